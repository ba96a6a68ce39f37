package accesslog

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/loadx/loadx/analyze/accesslog/marks"
)

// fastFormats are those with a fast path.
func fastFormats(t testing.TB) (fast []*Format) {
	for _, f := range Formats() {
		if f.fast != nil {
			fast = append(fast, f)
		}
	}
	if len(fast) < 3 {
		t.Fatalf("%d formats with a fast path", len(fast))
	}
	return fast
}

// checkScanner holds a scanner to Cut and to Parse without a fast path, line by
// line.
func checkScanner(t *testing.T, s *Scanner, text []byte) {
	t.Helper()
	s.Reset(text, nil)
	slow := *s.Format()
	slow.fast = nil
	p := slow.NewParser()
	p.SetDirectives(nil)
	rest := text
	for n := 1; ; n++ {
		var want, got Record
		wantLine, after, wantMore := Cut(rest)
		line, more, err := s.Scan(&got)
		if more != wantMore || !bytes.Equal(line, wantLine) {
			t.Fatalf("%v: line %d is %q, %v, want %q, %v", s.Format(), n, line, more, wantLine, wantMore)
		}
		if !more {
			break
		}
		wantErr := p.Parse(wantLine, &want)
		var le, wantLE *LineError
		switch {
		case wantErr == nil && err == nil:
			sameRecord(t, line, fmt.Sprintf("%v: line %d", s.Format(), n), &got, &want)
		case errors.As(err, &le) && errors.As(wantErr, &wantLE) && *le == *wantLE:
		case errors.Is(err, ErrComment) && errors.Is(wantErr, ErrComment):
		default:
			t.Fatalf("%v: line %d %q: %v, want %v", s.Format(), n, line, err, wantErr)
		}
		rest = after
	}
	if line, more, _ := s.Scan(new(Record)); more {
		t.Fatalf("%v: %q behind the end", s.Format(), line)
	}
}

// scannerLines are what logs in the formats with a fast path have, and what
// tries to get at them.
var scannerLines = []string{
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 2260`,
	`192.0.2.1 - ann [01/Mar/2026:00:00:00 +0000] "GET /a?b=c HTTP/1.1" 304 -`,
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET /x y HTTP/2.0" 200 99999999 "https://www.example.com/" "Mozilla/5.0 (X11)"`,
	`2001:db8:0:0:1:2:3:4 - - [01/Mar/2026:00:00:00 +0100] "POST /x HTTP/1.0" 500 12345678 "-" "curl/8.5.0"`,
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 17 "-" "curl" "10.0.0.1, 10.0.0.2"`,
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 17 "-" "curl" "-" "more" "and" "more" "yet"`,
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 17 "a \"quoted\" word" "back\\slash"`,
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 17 "a "quoted" word" "x"y"`,
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "\x16\x03\x01" 400 0 "-" "-"`,
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "-" 408 - "-" "-"`,
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "" 400 - "" ""`,
	`"192.0.2.1" - - [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 17`,
	`192.0.2.1 - "u" [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 17`,
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200`,
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET /`,
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] `,
	"192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] \"GET /\x00 HTTP/1.1\" 200 17 \"\x00\" \"\x00\"",
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000]x"GET / HTTP/1.1" 200 17 "-" "x" "-"`,
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000x "GET / HTTP/1.1" 200 17 "-" "x" "-"`,
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1"x200 17 "-" "x" "-"`,
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 2000 17 "-" "x" "-"`,
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 17x"-" "x" "-"`,
	"\x00\x00\x00", `"`, `""`, `""""""""""""""""""`, "# a comment", "", " ", "\t", "\r", "\r\r", "\\", "x\r\r",
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 2260` + "\r",
	`192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 2260 "-" "x"` + "\r\r",
	"  192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] \"GET / HTTP/1.1\" 200 2260 \"-\" \"x\"",
}

// A text of every line and its line end by every other.
func TestScannerOfHostileLines(t *testing.T) {
	for _, f := range fastFormats(t) {
		s := f.NewScanner()
		for _, a := range scannerLines {
			for _, end := range []string{"", "\n", "\r\n", "\r\r\n", "\n\n"} {
				checkScanner(t, s, []byte(a+end))
			}
			for _, b := range scannerLines {
				checkScanner(t, s, []byte(a+"\n"+b+"\r\n"+a))
			}
		}
		checkScanner(t, s, nil)
		checkScanner(t, s, []byte(strings.Join(scannerLines, "\n")))
	}
}

// The windows of a text end at every byte of a line, also of one with escapes
// among lines that have none.
func TestScannerWindows(t *testing.T) {
	const plain = `192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 22 "-" "Mozilla/5.0 (X11)" "10.0.0.1"` + "\n"
	special := `192.0.2.2 - - [01/Mar/2026:00:00:00 +0000] "GET /\x22 HTTP/1.1" 404 0 "a \"b\"" "c\\" "-"` + "\r\n"
	for _, f := range fastFormats(t) {
		s := f.NewScanner()
		for at := range len(special) + 2 {
			// The window ends before the byte at of the special line.
			var text []byte
			for len(text)+2*len(plain) < marks.Window-at {
				text = append(text, plain...)
			}
			text = append(text, bytes.Repeat([]byte("#"), marks.Window-at-1-len(text))...)
			text = append(append(text, '\n'), special...)
			text = append(text, strings.Repeat(plain, 3)...)
			checkScanner(t, s, text)
		}
	}
}

// Lines as long as the window, and longer, with quotes and without.
func TestScannerOfLongLines(t *testing.T) {
	head := `192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 22 "-" "`
	for _, f := range fastFormats(t) {
		s := f.NewScanner()
		for _, n := range []int{marks.Window - 2, marks.Window - 1, marks.Window, marks.Window + 1, 2*marks.Window - 1, 2 * marks.Window, 5*marks.Window + 7} {
			for _, fill := range []string{"x", `"`, `\`, "\x00", "\r", `" "`} {
				long := head + strings.Repeat(fill, n)[:n-len(head)-5] + `" "-"`
				for _, text := range []string{long, long + "\n", long + "\r\n" + head + `a" "b"` + "\n", "short\n" + long + "\n" + long} {
					checkScanner(t, s, []byte(text))
				}
			}
		}
	}
}

// A text may be left before its end, and what one line took is free for the next.
func TestScannerIsReused(t *testing.T) {
	line := `192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET /\x22 HTTP/1.1" 200 22 "\\" "\"x\"" "-"` + "\n"
	text := []byte(strings.Repeat(line, 400))
	for _, f := range fastFormats(t) {
		s := f.NewScanner()
		for n := range 200 {
			s.Reset(text, nil)
			for range n {
				if _, more, _ := s.Scan(new(Record)); !more {
					t.Fatal("the text is over")
				}
			}
			checkScanner(t, s, []byte(scannerLines[n%len(scannerLines)]+"\n"+line))
		}
		if n := cap(s.parser.scratch); n > 10*len(line) {
			t.Errorf("%v: %d bytes of scratch for lines of %d", f, n, len(line))
		}
	}
}

// Random texts: lines of logs in all formats with bytes changed here and there.
func TestScannerRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	const hostile = "\"\"\"\"\\\n\n\r \x00[]-#\xff"
	var scanners []*Scanner
	for _, f := range fuzzFormats(t) {
		if !f.Stateful() {
			scanners = append(scanners, f.NewScanner())
		}
	}
	lines := append(append([]string{}, scannerLines...), seeds...)
	for range 120 {
		var text []byte
		for range rng.IntN(250) {
			text = append(text, lines[rng.IntN(len(lines))]...)
			text = append(text, []string{"\n", "\n", "\r\n", "", " "}[rng.IntN(5)]...)
		}
		for range rng.IntN(1 + len(text)/200) {
			text[rng.IntN(len(text))] = hostile[rng.IntN(len(hostile))]
		}
		for _, s := range scanners {
			if s.marks != nil || rng.IntN(20) == 0 {
				checkScanner(t, s, text)
			}
		}
	}
}

func FuzzScanner(f *testing.F) {
	for _, line := range scannerLines {
		f.Add([]byte(line+"\n"+line), uint16(0))
		f.Add([]byte(line+"\r\n"), uint16(len(line)/2))
	}
	for _, line := range seeds {
		f.Add([]byte(line), uint16(1))
	}
	var scanners []*Scanner
	for _, format := range fuzzFormats(f) {
		scanners = append(scanners, format.NewScanner())
	}
	// The text is looked at by itself and where a window ends inside it.
	f.Fuzz(func(t *testing.T, text []byte, inside uint16) {
		before := append(bytes.Repeat([]byte("#"), max(0, marks.Window-int(inside)-1)), '\n')
		split := append(before, text...)
		for _, s := range scanners {
			checkScanner(t, s, text)
			if s.marks != nil {
				checkScanner(t, s, split)
			}
		}
	})
}
