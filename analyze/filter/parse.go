package filter

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/loadx/loadx/analyze/accesslog"
)

const (
	// MaxLen is how long a filter may be, in bytes.
	MaxLen = 4096
	// MaxDepth is how deep parentheses and negations may nest.
	MaxDepth = 100
)

// A SourceError tells what is wrong with a filter, and where.
type SourceError struct {
	// Src is the filter as it was written, cut at MaxLen.
	Src string
	// Offset is the byte of Src at which the mistake is, from 0 to len(Src).
	Offset int
	// Message says what is wrong, Hint what would be right, empty if that is not known.
	Message string
	Hint    string
}

// Error is one line that holds everything but Src.
func (e *SourceError) Error() string {
	s := fmt.Sprintf("filter: column %d: %s", e.Offset+1, e.Message)
	if e.Hint != "" {
		s += ": " + e.Hint
	}
	return s
}

// Caret returns the filter around the mistake, harmless on a terminal and at most width columns wide, and a second
// string with '^' below it.
func (e *SourceError) Caret(width int) (snippet, caret string) {
	return (&accesslog.SpecError{Spec: e.Src, Offset: e.Offset}).Caret(width)
}

// Parse reads a filter. Every error is a [*SourceError].
func Parse(src string) (*Filter, error) {
	if len(src) > MaxLen {
		return nil, &SourceError{Src: src[:MaxLen], Offset: MaxLen, Message: fmt.Sprintf("a filter is at most %d bytes long", MaxLen)}
	}
	p := &parser{src: src}
	p.space()
	if p.rest() == "" {
		return nil, p.fail(p.pos, "empty", `write one such as status >= 500 && path ~ "^/api"`)
	}
	root, err := p.any(0)
	if err != nil {
		return nil, err
	}
	if p.rest() != "" {
		return nil, p.junk()
	}
	return &Filter{source: strings.TrimSpace(src), root: root}, nil
}

type parser struct {
	src string
	pos int
}

func (p *parser) rest() string { return p.src[p.pos:] }

func (p *parser) fail(offset int, message, hint string) error {
	return &SourceError{Src: p.src, Offset: offset, Message: message, Hint: hint}
}

const blanks = " \t\r\n"

func (p *parser) space() { p.pos = len(p.src) - len(strings.TrimLeft(p.rest(), blanks)) }

// skip moves over a literal and the blanks behind it, and says whether it was there.
func (p *parser) skip(literal string) bool {
	if !strings.HasPrefix(p.rest(), literal) {
		return false
	}
	p.pos += len(literal)
	p.space()
	return true
}

// any reads expressions joined by ||.
func (p *parser) any(depth int) (node, error) { return p.joined("||", isOr, depth, p.all) }

// all reads expressions joined by &&.
func (p *parser) all(depth int) (node, error) { return p.joined("&&", isAnd, depth, p.one) }

func (p *parser) joined(by string, kind nodeKind, depth int, part func(depth int) (node, error)) (node, error) {
	n, err := part(depth)
	if err != nil || !strings.HasPrefix(p.rest(), by) {
		return n, err
	}
	joined := node{kind: kind, kids: []node{n}}
	for p.skip(by) {
		if n, err = part(depth); err != nil {
			return n, err
		}
		joined.kids = append(joined.kids, n)
	}
	return joined, nil
}

// one reads a comparison, a negation, or an expression in parentheses.
func (p *parser) one(depth int) (node, error) {
	if depth > MaxDepth {
		return node{}, p.fail(p.pos, fmt.Sprintf("parentheses and negations are nested deeper than %d", MaxDepth), "")
	}
	start := p.pos
	switch {
	case p.skip("!"):
		n, err := p.one(depth + 1)
		return node{kind: isNot, kids: []node{n}}, err
	case p.skip("("):
		n, err := p.any(depth + 1)
		if err != nil {
			return n, err
		}
		if !p.skip(")") {
			if p.rest() != "" {
				return n, p.junk()
			}
			return n, p.fail(p.pos, "a closing parenthesis is missing", fmt.Sprintf("for the one in column %d", start+1))
		}
		return n, nil
	}
	t, err := p.comparison()
	return node{kind: isTest, test: t}, err
}

// junk fails at what stands where an expression has ended.
func (p *parser) junk() error {
	rest := p.rest()
	switch word := strings.ToLower(leading(rest, isLetter)); {
	case rest[0] == ')':
		return p.fail(p.pos, "a closing parenthesis without an opening one", "")
	case rest[0] == '&' || word == "and":
		return p.fail(p.pos, "no operator", "write &&")
	case rest[0] == '|' || word == "or":
		return p.fail(p.pos, "no operator", "write ||")
	}
	return p.fail(p.pos, "unexpected "+excerpt(rest), "comparisons are joined by && or ||")
}

// excerpt quotes the first word of what is left, or says that nothing is.
func excerpt(rest string) string {
	if rest == "" {
		return "end"
	}
	const most = 24
	word := rest
	if i := strings.IndexAny(word[1:], blanks+"()&|"); i >= 0 {
		word = word[:i+1]
	}
	if len(word) > most {
		word = word[:most]
	}
	return strconv.Quote(word)
}

// comparison reads a field, an operator and what stands on its right.
func (p *parser) comparison() (test, error) {
	t := test{offset: p.pos}
	var err error
	if t.field, err = p.field(); err != nil {
		return t, err
	}
	p.space()
	start := p.pos
	if t.op, err = p.operator(t.field); err != nil {
		return t, err
	}
	if !t.field.takes(t.op) {
		return t, p.fail(start, fmt.Sprintf("%s does not go with %s", t.op, t.field.word),
			fmt.Sprintf("%s takes %s", t.field.word, t.field.operators()))
	}
	p.space()
	if t.op == in {
		return t, p.list(&t)
	}
	return t, p.value(&t)
}

// list reads one value or several in parentheses.
func (p *parser) list(t *test) error {
	if !p.skip("(") {
		return p.value(t)
	}
	for {
		if err := p.value(t); err != nil {
			return err
		}
		if p.skip(")") {
			return nil
		}
		if !p.skip(",") {
			return p.fail(p.pos, "unexpected "+excerpt(p.rest())+" in a list", "values are separated by commas and end with )")
		}
	}
}

// field reads a field's word and, behind a colon, its name.
func (p *parser) field() (field, error) {
	start := p.pos
	word := leading(p.rest(), isWordByte)
	if word == "" {
		return field{}, p.fail(start, "a field is expected, not "+excerpt(p.rest()), `write a comparison such as status >= 500`)
	}
	p.pos += len(word)
	if !strings.HasPrefix(p.rest(), ":") {
		f, ok := lookUp(word, "")
		switch {
		case ok && f.id == fieldNamed:
			return f, p.fail(p.pos, word+" needs a name", word+":NAME")
		case !ok:
			return f, p.fail(start, "unknown field "+strconv.Quote(word), suggest(word))
		}
		return f, nil
	}
	p.pos++
	at := p.pos
	name, err := p.text(isNameByte)
	if err != nil {
		return field{}, err
	}
	if name == "" {
		return field{}, p.fail(at, "the name is missing", word+":NAME")
	}
	f, ok := lookUp(word, name)
	if !ok {
		return f, p.fail(start, "unknown field "+strconv.Quote(word), suggest(word))
	}
	if f.id != fieldNamed {
		return f, p.fail(at-1, word+" takes no name", "cookie, header, response and field do")
	}
	return f, nil
}

// spellings holds the operators, longer ones before those that they start with.
var spellings = []struct {
	text string
	op   operator
}{
	{"==", equal}, {"!=", notEqual}, {"<=", lessEqual}, {">=", greaterEqual}, {"!~", matchesNot},
	{"<", less}, {">", greater}, {"~", matches},
}

// misspellings are operators of other languages, and what they are here.
var misspellings = []struct{ text, meant string }{
	{"=~", "~"}, {"~=", "~"}, {"<>", "!="}, {"===", "=="}, {"!==", "!="}, {"=>", ">="}, {"=<", "<="}, {"=", "=="}, {"≥", ">="},
	{"≤", "<="}, {"≠", "!="}, {":", "=="},
}

func (p *parser) operator(f field) (operator, error) {
	rest := p.rest()
	for _, m := range misspellings {
		if strings.HasPrefix(rest, m.text) && (m.text != "=" || !strings.HasPrefix(rest, "==")) {
			return 0, p.fail(p.pos, "no operator", "write "+m.meant)
		}
	}
	for _, s := range spellings {
		if strings.HasPrefix(rest, s.text) {
			p.pos += len(s.text)
			return s.op, nil
		}
	}
	switch word := leading(rest, isWordByte); strings.ToLower(word) {
	case "in":
		p.pos += len(word)
		return in, nil
	case "not":
		return 0, p.fail(p.pos, "no operator", fmt.Sprintf("write !(%s in …)", f.word))
	case "contains", "matches", "like":
		return 0, p.fail(p.pos, "no operator", "write ~ and a regular expression")
	}
	return 0, p.fail(p.pos, fmt.Sprintf("%s lacks an operator", f.word), "it takes "+f.operators())
}

// text reads a text in quotes, or the bytes without that may stand so.
func (p *parser) text(bare func(c byte) bool) (string, error) {
	rest := p.rest()
	if rest == "" || rest[0] != '"' && rest[0] != '\'' {
		word := leading(rest, bare)
		p.pos += len(word)
		return word, nil
	}
	quote := rest[0]
	var b strings.Builder
	for i := 1; i < len(rest); i++ {
		c := rest[i]
		switch {
		case c == quote:
			p.pos += i + 1
			return b.String(), nil
		case c == '\\' && i+1 < len(rest) && (rest[i+1] == quote || rest[i+1] == '\\'):
			i++
			c = rest[i]
		}
		b.WriteByte(c)
	}
	return "", p.fail(p.pos, "the closing quote is missing", "")
}

// leading returns the bytes at the start of s that are of a class.
func leading(s string, class func(c byte) bool) string {
	for i := range len(s) {
		if !class(s[i]) {
			return s[:i]
		}
	}
	return s
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func isWordByte(c byte) bool { return isLetter(c) || c == '_' || '0' <= c && c <= '9' }

func isNameByte(c byte) bool { return isWordByte(c) || c == '-' || c == '.' }

func isBareByte(c byte) bool { return isNameByte(c) || strings.IndexByte(":/+%@*", c) >= 0 }
