package agent

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// occurrence is a literal that ends at a place of a text.
type occurrence struct{ end, literal int }

func (a *automaton) occurrences(text string) []occurrence {
	var all []occurrence
	state := uint16(0)
	for i := range len(text) {
		next := a.next[uint(state)<<classBits|uint(a.class[text[i]])]
		state = next &^ found
		ends := a.ends[a.starts[state]:a.starts[state+1]]
		if (next&found != 0) != (len(ends) > 0) {
			panic("the mark and the list differ")
		}
		for _, literal := range ends {
			all = append(all, occurrence{i + 1, int(literal)})
		}
	}
	return all
}

// Random literals over a small alphabet overlap in every way there is; the
// oracle compares at every place.
func TestAutomatonAgainstNaiveSearch(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	word := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abc"[rng.IntN(3)]
		}
		return string(b)
	}
	for range 300 {
		var literals []string
		for range 1 + rng.IntN(20) {
			literals = append(literals, word(1+rng.IntN(6)))
		}
		text := word(rng.IntN(60)) + "X" + strings.ToUpper(word(rng.IntN(60)))
		var want []occurrence
		for end := range len(text) + 1 {
			for number, literal := range literals {
				if strings.HasSuffix(strings.ToLower(text[:end]), literal) {
					want = append(want, occurrence{end, number})
				}
			}
		}
		got := newAutomaton(literals).occurrences(text)
		order := func(a, b occurrence) int { return (a.end-b.end)*1000 + a.literal - b.literal }
		slices.SortFunc(got, order)
		slices.SortFunc(want, order)
		if !slices.Equal(got, want) {
			t.Fatalf("literals %q in %q: got %v, want %v", literals, text, got, want)
		}
	}
}

func TestPatterns(t *testing.T) {
	tests := []struct {
		pattern, ua string
		want        bool
	}{
		{"curl", "libCURL/8", true},
		{"^curl", "curl/8", true},
		{"^curl", "a curl/8", false},
		{"<red/", "red/1", true},
		{"<red/", "x (RED/1)", true},
		{"<red/", "shared/1", false},
		{"<red/", "4red/1", false},
		{"bot>", "bot", true},
		{"bot>", "robot/1", true},
		{"bot>", "botany", false},
		{"bot>", "botany bot", true},
		{"labs$", "SSL Labs", true},
		{"labs$", "SSL Labs 2", false},
		{"a*b*c", "xxA--B--C", true},
		{"a*b*c", "a c b", false},
		{"a*b*c", "a a b b c", true},
		{"spider*spider.com", "spider http://www.Spider.com", true},
		{"spider*spider.com", "spider.com", false},
	}
	for _, test := range tests {
		p := parsePattern(test.pattern)
		p.says = isMozilla
		if len(p.then) > 0 {
			p.starred = 1
		}
		m := &matcher{[]pattern{p}, nil, newAutomaton([]string{p.literal})}
		var f findings
		for _, o := range m.occurrences(test.ua) {
			m.weigh(&f, &m.patterns[0], []byte(test.ua), o.end)
		}
		if f.mozilla != test.want {
			t.Errorf("%q in %q: %v", test.pattern, test.ua, f.mozilla)
		}
	}
}
