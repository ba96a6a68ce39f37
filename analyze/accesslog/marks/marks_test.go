package marks

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// naive is the oracle.
func naive(text []byte, mark byte) (at []uint32) {
	for i, c := range text {
		if c == mark {
			at = append(at, uint32(i))
		}
	}
	return at
}

// naiveGaps is the oracle of Gaps.
func naiveGaps(text []byte) (at []uint32) {
	inside := false
	for i, c := range text {
		inside = inside != (c == '"')
		if c == '\n' || c == ' ' && !inside {
			at = append(at, uint32(i))
		}
	}
	return at
}

func check(t *testing.T, m *Marks, text []byte) {
	t.Helper()
	m.Find(text)
	if len(m.Gaps()) > 0 || m.gapAt[0] != End {
		t.Fatalf("gaps of %q that nobody asked for: %v", text, m.Gaps())
	}
	newlines, quotes := slices.Clone(m.Newlines()), slices.Clone(m.Quotes())
	m.FindGaps(text)
	if !slices.Equal(m.Newlines(), newlines) || !slices.Equal(m.Quotes(), quotes) {
		t.Fatalf("other marks of %q with the gaps", text)
	}
	if got, want := m.Gaps(), naiveGaps(text); !slices.Equal(got, want) || m.gapAt[len(got)] != End {
		t.Fatalf("gaps of %q: %v, want %v", text, got, want)
	}
	if got, want := m.Newlines(), naive(text, '\n'); !slices.Equal(got, want) || m.newlineAt[len(got)] != End {
		t.Fatalf("newlines of %q: %v, want %v", text, got, want)
	}
	if got, want := m.Quotes(), naive(text, '"'); !slices.Equal(got, want) || m.quoteAt[len(got)] != End {
		t.Fatalf("quotes of %q: %v, want %v", text, got, want)
	}
	var portable Marks
	padded := append(bytes.Clone(text), make([]byte, (wordBytes-len(text)%wordBytes)%wordBytes)...)
	portable.markPortably(padded, 0, true)
	if !slices.Equal(portable.Newlines(), m.Newlines()) || !slices.Equal(portable.Quotes(), m.Quotes()) || !slices.Equal(portable.Gaps(), m.Gaps()) {
		t.Fatalf("the portable marks of %q differ", text)
	}
}

func TestFind(t *testing.T) {
	var m Marks
	for n := range 3 * wordBytes {
		for _, c := range []string{"x", "\n", "\"", "\"\n", " ", "\" ", " \"  \" ", "\x00", "\x0b\x09\x8a\x21\x23\xa2\xa0"} {
			check(t, &m, []byte(strings.Repeat(c, n)[:n]))
		}
	}
	for _, c := range []string{"a", "\n", "\"", " "} {
		check(t, &m, bytes.Repeat([]byte(c), Window))
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		text := make([]byte, rng.IntN(1000))
		sorts := 1 + rng.IntN(255)
		for i := range text {
			if text[i] = byte(rng.IntN(sorts)); rng.IntN(5) == 0 {
				text[i] = "\n\"  "[rng.IntN(4)]
			}
		}
		check(t, &m, text)
	}
}

func TestTooLong(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a text longer than the window is marked")
		}
	}()
	new(Marks).Find(make([]byte, Window+1))
}

func FuzzFind(f *testing.F) {
	f.Add([]byte("a \"b\"\nc"))
	f.Add(bytes.Repeat([]byte("\"\n"), 100))
	var m Marks
	f.Fuzz(func(t *testing.T, text []byte) {
		check(t, &m, text[:min(len(text), Window)])
	})
}

// BenchmarkFind marks combined lines.
func BenchmarkFind(b *testing.B) { benchmark(b, (*Marks).Find) }

// BenchmarkFindGaps marks their gaps as well.
func BenchmarkFindGaps(b *testing.B) { benchmark(b, (*Marks).FindGaps) }

func benchmark(b *testing.B, find func(*Marks, []byte)) {
	line := `1.10.144.211 - - [01/Mar/2026:00:00:00 +0000] "GET /section/96/page?ref=2 HTTP/1.1" 200 2260 "https://www.example.com/start" ` +
		`"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/105.0.0.0 Safari/537.36"` + "\n"
	text := []byte(strings.Repeat(line, Window/len(line)+1)[:Window])
	var m Marks
	b.SetBytes(Window)
	for b.Loop() {
		find(&m, text)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(m.Newlines())), "ns/line")
}
