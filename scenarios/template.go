package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/loadx/loadx/profile/uv"
	"github.com/loadx/loadx/scenarios/traffic"
)

// A template is text with placeholders, compiled once and rendered for each visit without allocation. A rendering is
// a pure function of the seed, the visit's number and the user.
type template struct {
	parts []part
	slots uint64 // random draws that rendering makes
}

// partKind says what a part of a template renders.
type partKind uint8

const (
	literalPart partKind = iota // fixed bytes
	envPart                     // fixed bytes that are never printed
	userPart                    // the user's number
	seqPart                     // the visit's number
	uniformPart                 // a whole number, all alike
	zipfPart                    // a whole number, small ones more often
	choicePart                  // one of several texts
	idPart                      // the user's name
	addressPart                 // the user's address
	browserPart                 // the user's User-Agent
	clientPart                  // the user's address, as a log's analysis counts it
)

type part struct {
	kind    partKind
	literal []byte // literalPart, envPart
	shown   []byte // envPart: what is printed in its place
	slot    uint64 // uniformPart, zipfPart, choicePart: which draw of the visit
	draws   traffic.Draws
	low     uint64 // uniformPart, zipfPart
	span    uint64 // uniformPart, zipfPart: how many numbers; choicePart: how many texts
	ranks   *traffic.Ranks
	choices [][]byte
	id      *template
	network *network
}

// textError is a problem at a byte of a text.
type textError struct {
	offset       int
	reason, hint string
}

// Error returns the reason without its place.
func (e *textError) Error() string { return e.reason }

// syntax is what a template may hold where it stands.
type syntax struct {
	env func(string) (string, bool)
	// fixed forbids the placeholders that differ from visit to visit of one user.
	fixed bool
	// clean makes text fit for the place, or returns why it can't be; nil takes every text.
	clean func(string) (string, error)
	// secrets receives the environment variables used.
	secrets map[string]string
}

// placeholderNames are the words that begin a placeholder.
var placeholderNames = []string{"zipf", "uniform", "choice", "user", "seq", "env"}

const braceHint = "write {{ and }} for braces that are meant as they are"

// compile adds the parts of a text to the template.
func (t *template) compile(text string, x syntax) error {
	var plain strings.Builder
	start := 0 // of plain in text
	flush := func() error {
		if plain.Len() == 0 {
			return nil
		}
		clean, err := x.cleaned(plain.String())
		if err != nil {
			return at(err, start)
		}
		t.addLiteral(clean)
		plain.Reset()
		return nil
	}
	for i := 0; i < len(text); {
		rest := text[i:]
		if plain.Len() == 0 {
			start = i
		}
		switch {
		case strings.HasPrefix(rest, "{{") || strings.HasPrefix(rest, "}}"):
			plain.WriteByte(rest[0])
			i += 2
			continue
		case rest[0] == '}':
			return &textError{i, "a } without its {", braceHint}
		case rest[0] != '{' && !isEnvStart(rest):
			plain.WriteByte(rest[0])
			i++
			continue
		}
		if err := flush(); err != nil {
			return err
		}
		open := strings.IndexByte(rest, '{')
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return &textError{i, "a { without its }", braceHint}
		}
		inner, name := rest[open+1:end], ""
		if open == 1 {
			name = inner
		} else if words := strings.Fields(inner); len(words) == 2 && words[0] == "env" {
			name = words[1]
		}
		var err error
		if name != "" || open == 1 {
			err = t.addEnv(name, x)
		} else {
			err = t.addPlaceholder(inner, x)
		}
		if err != nil {
			return at(err, i)
		}
		i += end + 1
	}
	return flush()
}

// at gives an error the offset it has in a text.
func at(err error, offset int) error {
	return &textError{offset, err.Error(), hintOf(err)}
}

// isEnvStart says whether text begins with ${ of a variable; ${{ is a dollar and an escaped brace.
func isEnvStart(text string) bool {
	return strings.HasPrefix(text, "${") && !strings.HasPrefix(text, "${{")
}

func (x syntax) cleaned(text string) (string, error) {
	if x.clean == nil {
		return text, nil
	}
	return x.clean(text)
}

// addLiteral adds fixed text; neighbouring literals become one.
func (t *template) addLiteral(text string) {
	if n := len(t.parts); n > 0 && t.parts[n-1].kind == literalPart {
		t.parts[n-1].literal = append(t.parts[n-1].literal, text...)
	} else if text != "" {
		t.parts = append(t.parts, part{kind: literalPart, literal: []byte(text)})
	}
}

func (t *template) addEnv(name string, x syntax) error {
	value, err := lookUp(name, x.env)
	if err != nil {
		return err
	}
	clean, err := x.cleaned(value)
	if err != nil {
		return fmt.Errorf("the value of ${%s}: %w", name, err)
	}
	if x.secrets != nil {
		x.secrets[name] = value
	}
	t.parts = append(t.parts, part{kind: envPart, literal: []byte(clean), shown: []byte("${" + name + "}")})
	return nil
}

// addPlaceholder adds what stands between braces.
func (t *template) addPlaceholder(inner string, x syntax) error {
	word, arguments, _ := strings.Cut(inner, " ")
	words := strings.Fields(arguments)
	p := part{slot: t.slots}
	switch {
	case word == "user" && len(words) == 0:
		p.kind = userPart
	case word == "seq" && len(words) == 0:
		p.kind = seqPart
	case word == "uniform" && len(words) == 1:
		p.kind = uniformPart
		if err := p.setRange(words[0]); err != nil {
			return err
		}
	case word == "zipf" && (len(words) == 1 || len(words) == 2):
		p.kind = zipfPart
		if err := p.setZipf(words); err != nil {
			return err
		}
	case word == "choice" && strings.TrimSpace(arguments) != "":
		p.kind = choicePart
		for _, choice := range strings.Split(arguments, "|") {
			clean, err := x.cleaned(choice)
			if err != nil {
				return err
			}
			p.choices = append(p.choices, []byte(clean))
		}
		p.span = uint64(len(p.choices))
	default:
		return placeholderError(word)
	}
	if p.kind != userPart {
		if x.fixed {
			return &hintedError{"{" + word + "} differs between the visits of one user", "an identity may hold {user} and {env NAME}"}
		}
		if p.kind != seqPart {
			t.slots++
		}
	}
	t.parts = append(t.parts, p)
	return nil
}

// placeholderError explains a placeholder that is none.
func placeholderError(word string) error {
	usage := map[string]string{"zipf": "{zipf 1.1 1..50000}", "uniform": "{uniform 1..100}", "choice": "{choice a|b}",
		"user": "{user}", "seq": "{seq}", "env": "{env NAME}"}
	if example, ok := usage[word]; ok {
		return &hintedError{"a {" + word + "} that can't be understood", "write it as in " + example}
	}
	hint := "placeholders: " + strings.Join(placeholderNames, ", ") + "; " + braceHint
	if near, ok := nearest(word, placeholderNames); ok {
		hint = "did you mean " + usage[near] + "? " + braceHint
	}
	return &hintedError{"unknown placeholder {" + strings.Trim(quoted(word), `"`) + "}", hint}
}

// setRange reads A..B.
func (p *part) setRange(text string) error {
	first, last, ok := strings.Cut(text, "..")
	low, err := parseCount(first)
	high, err2 := parseCount(last)
	if !ok || err != nil || err2 != nil {
		return &hintedError{"not a range of whole numbers", "write it as in 1..50000"}
	}
	p.low = low.(uint64)
	if high.(uint64) < p.low {
		return &hintedError{"a range that ends before it begins", "write the smaller number first"}
	}
	p.span = high.(uint64) - p.low + 1
	if p.span == 0 || p.span > traffic.MaxPV {
		return &hintedError{"a range of more than 2^62 numbers", ""}
	}
	return nil
}

func (p *part) setZipf(words []string) error {
	exponent := 1.0
	if len(words) == 2 {
		var err error
		if exponent, err = parseExponent(words[0]); err != nil {
			return &hintedError{err.Error(), "write it as in {zipf 1.1 1..50000}"}
		}
	}
	if err := p.setRange(words[len(words)-1]); err != nil {
		return err
	}
	p.ranks = traffic.NewRanks(p.span, exponent)
	return nil
}

// join adds the parts of another template, whose draws come after those of t.
func (t *template) join(other template) {
	for _, p := range other.parts {
		if p.kind == literalPart {
			t.addLiteral(string(p.literal))
			continue
		}
		p.slot += t.slots
		t.parts = append(t.parts, p)
	}
	t.slots += other.slots
}

// seed gives each part that draws a source of its own; first is the number of the first one. It returns the next.
func (t *template) seed(seed, first uint64) uint64 {
	for i := range t.parts {
		t.parts[i].draws = traffic.NewDraws(seed, first+t.parts[i].slot)
	}
	return first + t.slots
}

// has says whether the template has a part of the kind.
func (t *template) has(kind partKind) bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return p.kind == kind })
}

// subject is what a template is rendered for.
type subject struct {
	n, user uint64 // the visit's number and its user's
	shown   bool   // print ${NAME} in place of an environment variable's value
}

// append renders the template.
func (t *template) append(dst []byte, s subject) []byte {
	for i := range t.parts {
		p := &t.parts[i]
		switch p.kind {
		case literalPart:
			dst = append(dst, p.literal...)
		case envPart:
			if s.shown {
				dst = append(dst, p.shown...)
			} else {
				dst = append(dst, p.literal...)
			}
		case userPart:
			dst = strconv.AppendUint(dst, s.user, 10)
		case seqPart:
			dst = strconv.AppendUint(dst, s.n, 10)
		case uniformPart:
			dst = strconv.AppendUint(dst, p.low+p.draws.Below(s.n, p.span), 10)
		case zipfPart:
			dst = strconv.AppendUint(dst, p.low+p.ranks.Rank(p.draws, s.n), 10)
		case choicePart:
			dst = append(dst, p.choices[p.draws.Below(s.n, p.span)]...)
		case idPart:
			dst = p.id.append(dst, s)
		case addressPart:
			dst = p.network.append(dst, s.user)
		case clientPart:
			var text [64]byte
			dst, _ = uv.AppendIP(dst, p.network.append(text[:0], s.user), uv.DefaultV6Prefix)
		case browserPart:
			dst = appendBrowser(dst, s.user)
		}
	}
	return dst
}
