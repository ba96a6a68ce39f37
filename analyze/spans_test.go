package analyze_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadx/loadx/analyze"
	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/profile"
)

// longLog is a log of several MiB, which is read in spans where it is a plain
// file. Lines that are bad say which number they have; number is of the first.
func longLog(lines int, bad func(number int) bool) (text string, numbers []int64) {
	rng := rand.New(rand.NewPCG(31, 32))
	var b strings.Builder
	for i := range lines {
		number := i + 1
		switch {
		case bad(number):
			fmt.Fprintf(&b, "bad line %d\n", number)
			numbers = append(numbers, int64(number))
		case i%1000 == 500:
			b.WriteString("\r\n")
		default:
			line := logLine(fmt.Sprintf("192.0.%d.%d", i/251%9, i%251), time.Date(2026, 3, 1, 0, 0, i, 0, time.UTC).Format("02/Jan/2006:15:04:05 -0700"),
				fmt.Sprintf("GET /p%d?%s HTTP/1.1", i%700, strings.Repeat("q", rng.IntN(300))), 200+i%3*100, browser)
			if i%5 == 0 {
				line = strings.TrimSuffix(line, "\n") + "\r\n"
			}
			b.WriteString(line)
		}
	}
	return b.String(), numbers
}

// readFile measures a file that stands under a name of its own.
func readFile(t *testing.T, ctx context.Context, text string, opts analyze.Options) *profile.Profile {
	t.Helper()
	file, err := os.Open(writeLog(t, text))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p, err := analyze.Read(ctx, []input.Source{input.FromReader("test.log", file)}, opts)
	if err != nil {
		t.Fatal(err)
	}
	checkIdentities(t, p)
	return p
}

// The samples of bad lines are the first of the file and have the numbers that
// its lines have, whoever read the span that they are in.
func TestBadLinesOfSpans(t *testing.T) {
	const lines = 8000
	for name, bad := range map[string]func(int) bool{
		"everywhere":       func(n int) bool { return n%800 == 700 },
		"at the end":       func(n int) bool { return n > 7500 && n%70 == 7 },
		"more than enough": func(n int) bool { return n > 2000 && n%11 == 3 && n%1000 != 501 },
		"the last":         func(n int) bool { return n == lines },
	} {
		text, numbers := longLog(lines, bad)
		for _, workers := range []int{1, 2, 3, 7} {
			p := readFile(t, t.Context(), text, analyze.Options{Workers: workers})
			if p.Lines.Bad != uint64(len(numbers)) || p.Lines.Comments != lines/1000 || p.Lines.Read != lines {
				t.Errorf("%s, %d workers: lines %+v, want %d bad", name, workers, *p.Lines, len(numbers))
			}
			want := numbers[:min(len(numbers), profile.MaxBadLines)]
			if len(p.BadLines) != len(want) {
				t.Fatalf("%s, %d workers: %d samples, want %d", name, workers, len(p.BadLines), len(want))
			}
			for i, b := range p.BadLines {
				if b.Line != want[i] || b.Text != fmt.Sprintf("bad line %d", want[i]) || b.File != "test.log" {
					t.Errorf("%s, %d workers: sample %d is %q, line %d of %s, want line %d", name, workers, i, b.Text, b.Line, b.File, want[i])
				}
			}
		}
	}
}

// A file read in spans, the same through a pipe and packed are one traffic.
func TestSpansPipeAndGzipAgree(t *testing.T) {
	for name, end := range map[string]string{
		"whole":       "",
		"cut":         `192.0.2.1 - - [01/Mar/2026:00:00:00 +0000] "GET /cut HTTP/1.1" 200 5 "-" "half an ag`,
		"no newline":  strings.TrimSuffix(logLine("192.0.2.77", "03/Mar/2026:00:00:00 +0000", "GET /last HTTP/1.1", 200, browser), "\n"),
		"overlong":    strings.Repeat("x", input.MaxLine+1) + "\n" + strings.Repeat("y", input.MaxLine+1),
		"long enough": strings.Repeat("z", input.MaxLine) + "\n",
	} {
		text, _ := longLog(6000, func(n int) bool { return n%2000 == 0 })
		text += end
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		first := sameProfile(t, nil, read(t, text, analyze.Options{Workers: 1}), 1)
		for _, workers := range []int{1, 7} {
			opts := analyze.Options{Workers: workers}
			p := readFile(t, t.Context(), text, opts)
			if len(p.Origins) != 1 {
				t.Errorf("%s: %d origins", name, len(p.Origins))
			}
			sameProfile(t, first, p, workers)
			sameProfile(t, first, readFile(t, t.Context(), "\xef\xbb\xbf"+text, opts), workers)
			sameProfile(t, first, readFile(t, t.Context(), packed.String(), opts), workers)
			sameProfile(t, first, read(t, text, opts), workers)
			if t.Failed() {
				t.Fatalf("the text with the end %q", name)
			}
		}
	}
}

// Several files, each read in spans, have the numbers of their own lines.
func TestSpansOfSeveralFiles(t *testing.T) {
	text, _ := longLog(8000, func(n int) bool { return n == 7000 })
	paths := []string{writeLog(t, text), writeLog(t, text+logLine("192.0.2.1", "03/Mar/2026:00:00:00 +0000", "GET / HTTP/1.1", 200, browser))}
	files, err := input.Expand(paths, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := analyze.Read(t.Context(), files.Sources, analyze.Options{Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	checkIdentities(t, p)
	if p.Lines.Read != 16_001 || len(p.BadLines) != 2 || p.BadLines[0].Line != 7000 || p.BadLines[1].Line != 7000 ||
		p.BadLines[0].File != files.Sources[0].Name || p.BadLines[1].File != files.Sources[1].Name || len(p.Origins) != 2 {
		t.Errorf("lines %+v, bad %+v, origins %+v", *p.Lines, p.BadLines, p.Origins)
	}
}

// endsAfter is a context that is cancelled when it is asked for the nth time.
type endsAfter struct {
	context.Context
	asked  atomic.Int64
	cancel context.CancelFunc
}

func (c *endsAfter) Err() error {
	if c.asked.Add(-1) == 0 {
		c.cancel()
	}
	return c.Context.Err()
}

// Where the reading is called off, no line is told to have a number that it has
// not, and what is counted adds up.
func TestCancelledSpans(t *testing.T) {
	text, _ := longLog(8000, func(n int) bool { return n > 1500 && n%120 == 0 })
	interrupted, samples := 0, 0
	for n := int64(4); n < 40; n += 3 {
		for _, workers := range []int{1, 3} {
			inner, cancel := context.WithCancel(t.Context())
			ctx := &endsAfter{Context: inner, cancel: cancel}
			ctx.asked.Store(n)
			p := readFile(t, ctx, text, analyze.Options{Workers: workers})
			cancel()
			if p.Interrupted {
				interrupted++
			}
			if len(p.Origins) != 0 && p.Lines.Read != 8000 {
				t.Errorf("of a text of which %d lines were read there is an origin: %+v", p.Lines.Read, p.Origins)
			}
			for _, b := range p.BadLines {
				samples++
				if b.Text != fmt.Sprintf("bad line %d", b.Line) {
					t.Errorf("%q is told to be line %d", b.Text, b.Line)
				}
			}
		}
	}
	if interrupted < 10 || samples < 20 {
		t.Errorf("only %d readings were called off, %d samples", interrupted, samples)
	}
}
