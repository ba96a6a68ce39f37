package accesslog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// token is one piece of a format string: a literal or a field.
type token struct {
	lit    string
	field  *spec
	offset int // where it starts in the format string
	blanks bool
	tail   bool // the line may end before the field
}

// SpecError says where a format string is wrong.
type SpecError struct {
	Spec   string // the format string
	Offset int    // byte offset into Spec
	Reason string
	Hint   string // how to mend it, or ""
}

// Error returns the reason with its column, counted from 1, and the hint.
func (e *SpecError) Error() string {
	s := "accesslog: format string: column " + strconv.Itoa(e.Offset+1) + ": " + e.Reason
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Caret returns the format string around the error and a second string with
// '^' below it, like LineError.Caret.
func (e *SpecError) Caret(width int) (snippet, caret string) {
	return caretAt([]byte(e.Spec), e.Offset, width)
}

// assemble makes a program of the tokens of a format string.
func assemble(tokens []token, escapes escape) (*program, *SpecError) {
	pr := &program{escapes: escapes, schema: schema{slotOf: map[string]int{}}}
	tokens = mergeLiterals(tokens)
	demote(tokens)
	inQuotes := false
	for i, tok := range tokens {
		if tok.field == nil {
			for _, c := range tok.lit {
				inQuotes = inQuotes != (c == '"')
			}
			if len(pr.steps) == 0 {
				pr.prefix = []byte(tok.lit)
				continue
			}
			pr.steps[len(pr.steps)-1].lit = []byte(tok.lit)
			continue
		}
		if err := pr.add(tok, inQuotes); err != nil {
			return nil, err
		}
		if i > 0 && tokens[i-1].field != nil && tokens[i-1].field.shape != shapeSelf {
			return nil, &SpecError{Offset: tok.offset, Reason: "nothing separates " + tokens[i-1].field.name + " from " + tok.field.name,
				Hint: "where would the first one end?"}
		}
	}
	if len(pr.steps) == 0 {
		return nil, &SpecError{Reason: "the format has no field"}
	}
	for i := range len(pr.steps) - 1 {
		pr.steps[i].last = pr.steps[i+1].tail
	}
	pr.describe()
	pr.quicken()
	pr.space()
	return pr, pr.check()
}

// check counts the fields that fill a record and refuses a format without.
func (pr *program) check() *SpecError {
	for i := range pr.steps {
		if k := pr.steps[i].kind; k != kindSkip && k != kindExtra {
			pr.known++
		}
	}
	if pr.known > 0 {
		return nil
	}
	return &SpecError{Reason: "no field that an analysis could use",
		Hint: "an address, a time, a request or a status is needed"}
}

func mergeLiterals(tokens []token) []token {
	var out []token
	for _, t := range tokens {
		if n := len(out); t.field == nil && n > 0 && out[n-1].field == nil {
			out[n-1].lit += t.lit
			continue
		}
		out = append(out, t)
	}
	return out
}

// demote turns all but the best field of a kind into captured ones, and with
// them the pieces of a time or a request that the line also has whole.
func demote(tokens []token) {
	best := map[kind]int{}
	for i, t := range tokens {
		if t.field == nil {
			continue
		}
		k := t.field.kind.group()
		if k == kindSkip || k == kindExtra || k == kindTimePart {
			continue
		}
		j, ok := best[k]
		if !ok {
			best[k] = i
			continue
		}
		loser := i
		if t.field.rank > tokens[j].field.rank {
			best[k], loser = i, j
		}
		tokens[loser].field = captured(tokens[loser].field)
	}
	_, hasTime := best[kindTimeLocal]
	_, hasRequest := best[kindRequest]
	for i, t := range tokens {
		if t.field == nil {
			continue
		}
		switch t.field.kind {
		case kindTimePart:
			if hasTime {
				tokens[i].field = captured(t.field)
			}
		case kindMethod, kindURI, kindPath, kindQuery, kindProto:
			if hasRequest {
				tokens[i].field = captured(t.field)
			}
		}
	}
}

// captured returns a field that is kept under its name alone.
func captured(f *spec) *spec {
	c := *f
	if c.kind != kindExtra {
		c.kind, c.meant = kindExtra, c.kind
	}
	if c.shape == shapeSelf {
		c.shape = shapeText
	}
	return &c
}

// group maps the kinds that fill one field of the record to one of them.
func (k kind) group() kind {
	switch k {
	case kindTimeISO, kindEpoch:
		return kindTimeLocal
	case kindPath:
		return kindURI
	case kindHostPort:
		return kindHost
	}
	return k
}

// add appends a step for a field.
func (pr *program) add(tok token, quoted bool) *SpecError {
	f := tok.field
	st := step{kind: f.kind, meant: f.meant, shape: f.shape, quoted: quoted, blanks: tok.blanks, tail: tok.tail,
		mark: f.mark, unit: f.unit, layout: f.layout, name: f.name}
	if quoted && st.shape == shapeToken {
		st.shape = shapeText
	}
	if f.kind == kindSkip {
		pr.steps = append(pr.steps, st)
		return nil
	}
	pr.fields = append(pr.fields, f.name)
	switch f.kind {
	case kindTimePart:
		pr.hasParts = true
	case kindPath, kindQuery:
		pr.hasPath = true
	case kindMethod:
		pr.hasMethod = true
	case kindExtra:
		st.slot = pr.addSlot(f.name)
	case kindHostPort:
		st.slot = pr.addSlot("server_port")
	}
	if pr.slots > maxSlots {
		return &SpecError{Offset: tok.offset, Reason: fmt.Sprintf("more than %d fields", maxSlots)}
	}
	if names := recordNames(f.kind); len(names) > 0 {
		for _, name := range names {
			pr.alias(name, recordSlot(name, names[0]))
		}
		pr.alias(canonicalName(f.name), recordSlot(names[0], names[0]))
	}
	pr.steps = append(pr.steps, st)
	return nil
}

// recordSlot returns the slot of a field that the record holds itself; an
// alias such as "header:referer" has that of the first name of its kind.
func recordSlot(name, first string) int {
	if i := slices.Index(recordFields, name); i >= 0 {
		return -1 - i
	}
	return -1 - slices.Index(recordFields, first)
}

// alias binds a name to a slot unless it is bound.
func (pr *program) alias(name string, slot int) {
	if _, taken := pr.slotOf[name]; !taken {
		pr.slotOf[name] = slot
	}
}

// addSlot reserves a slot for a captured field; a name that comes twice keeps
// the first.
func (pr *program) addSlot(name string) int {
	slot := pr.slots
	pr.slots++
	pr.alias(canonicalName(name), slot)
	return slot
}

// describe writes what each step wants behind it.
func (pr *program) describe() {
	for i := range pr.steps {
		st := &pr.steps[i]
		switch {
		case len(st.lit) == 0:
			st.wantLit = st.kind.describe()
		case st.lit[0] == '"' && st.quoted:
			st.wantLit = "a closing quote"
			if len(st.lit) > 1 {
				st.wantLit += " and " + show(string(st.lit[1:])) + " behind it"
			}
		default:
			st.wantLit = st.kind.describe() + " and " + show(string(st.lit)) + " behind it"
		}
	}
}

// show quotes a literal for an error.
func show(lit string) string {
	switch {
	case strings.Trim(lit, " ") == "":
		return "a space"
	case lit == "\t":
		return "a tab"
	}
	var b strings.Builder
	b.WriteByte('\'')
	for i := range len(lit) {
		writeSafe(&b, lit[i])
	}
	b.WriteByte('\'')
	return b.String()
}

// Field specs shared by the three languages.
var (
	specAddr      = spec{kind: kindAddr, shape: shapeToken, name: "addr", rank: 2}
	specUser      = spec{kind: kindUser, name: "user"}
	specTimeLocal = spec{kind: kindTimeLocal, shape: shapeSelf, name: "time", rank: 3}
	specTimeISO   = spec{kind: kindTimeISO, shape: shapeSelf, name: "time", rank: 2}
	specRequest   = spec{kind: kindRequest, name: "request"}
	specMethod    = spec{kind: kindMethod, name: "method"}
	specURI       = spec{kind: kindURI, name: "uri", rank: 2}
	specPath      = spec{kind: kindPath, name: "path", rank: 1}
	specQuery     = spec{kind: kindQuery, name: "query"}
	specProto     = spec{kind: kindProto, name: "proto"}
	specStatus    = spec{kind: kindStatus, shape: shapeSelf, name: "status", rank: 2}
	specBytes     = spec{kind: kindBytes, shape: shapeSelf, name: "bytes", rank: 2}
	specReferer   = spec{kind: kindReferer, name: "referer"}
	specUserAgent = spec{kind: kindUserAgent, name: "user_agent"}
	specHost      = spec{kind: kindHost, shape: shapeToken, name: "host", rank: 2}
	specForwarded = spec{kind: kindForwardedFor, shape: shapeList, name: "forwarded_for", rank: 2}
	specMIME      = spec{kind: kindContentType, name: "content_type"}
	specUpstream  = spec{kind: kindUpstream, shape: shapeList, name: "upstream"}
	specSkip      = spec{kind: kindSkip, name: "skipped field"}
)

func specDuration(name string, unit time.Duration, rank int) *spec {
	return &spec{kind: kindDuration, shape: shapeList, name: name, unit: unit, rank: rank}
}

func specEpoch(unit time.Duration) *spec {
	return &spec{kind: kindEpoch, shape: shapeSelf, name: "time", unit: unit, rank: 1}
}

func specExtra(name string) *spec { return &spec{kind: kindExtra, name: name} }

// ranked returns a copy of s with another name and rank.
func ranked(s spec, name string, rank int) *spec {
	s.name, s.rank = name, rank
	return &s
}
