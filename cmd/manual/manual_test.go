package manual_test

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/loadx/loadx/cmd/manual"
)

func examplePage() *manual.Page {
	return &manual.Page{Name: "tea-brew", Section: 1, Summary: "brew tea", Parts: []manual.Part{
		{Heading: "Synopsis", Text: "  tea brew LEAVES [flags]", Only: manual.Roff},
		{Heading: "Description", Text: "Brew tea of leaves, with\nwater that is hot.\n\n  green   80 degrees\n  black   95 degrees\n\n.dots and 'quotes' begin no request."},
		{Heading: "Usage", Text: "  tea brew LEAVES [flags]", Only: manual.Help},
		{Heading: "Flags", Entries: []manual.Entry{
			{Term: "--time DURATION", Text: "how long the leaves stay in (default 3m)"},
			{Term: "--a-very-long-flag-of-tea 'WITH A VALUE'", Text: "its text stands below it"},
			{Term: "-q", Text: strings.Repeat("word ", 30)},
		}},
		{Only: manual.Help, Text: "More is in the kitchen."},
	}}
}

func ExamplePage_WriteHelp() {
	page := &manual.Page{Name: "tea", Section: 1, Summary: "make tea", Parts: []manual.Part{
		{Heading: "Description", Text: "Make tea."},
		{Heading: "Flags", Entries: []manual.Entry{{Term: "--time DURATION", Text: "how long the leaves stay in"}}},
	}}
	if err := page.WriteHelp(os.Stdout); err != nil {
		panic(err)
	}
	// Output:
	// Make tea.
	//
	// Flags:
	//   --time DURATION  how long the leaves stay in
}

func TestWriteHelp(t *testing.T) {
	var b bytes.Buffer
	if err := examplePage().WriteHelp(&b); err != nil {
		t.Fatal(err)
	}
	want := `Brew tea of leaves, with water that is hot.

  green   80 degrees
  black   95 degrees

.dots and 'quotes' begin no request.

Usage:
  tea brew LEAVES [flags]

Flags:
  --time DURATION  how long the leaves stay in (default 3m)
  --a-very-long-flag-of-tea 'WITH A VALUE'
                   its text stands below it
  -q               word word word word word word word word word word word word
                   word word word word word word word word word word word word
                   word word word word word word

More is in the kitchen.
`
	if b.String() != want {
		t.Errorf("%s\nwant:\n%s", &b, want)
	}
}

func TestWriteRoff(t *testing.T) {
	var b bytes.Buffer
	edition := manual.Edition{Source: "tea 1.0", Manual: `"the" \ manual`, Date: time.Date(2026, 11, 22, 23, 0, 0, 0, time.FixedZone("", -7200))}
	if err := examplePage().WriteRoff(&b, edition); err != nil {
		t.Fatal(err)
	}
	want := `.TH "TEA\-BREW" 1 "2026\-11\-23" "tea 1.0" "\(dqthe\(dq \e manual"
.nh
.ad l
.SH NAME
tea\-brew \- brew tea
.SH "SYNOPSIS"
.nf
  tea brew LEAVES [flags]
.fi
.SH "DESCRIPTION"
Brew tea of leaves, with water that is hot.
.PP
.nf
  green   80 degrees
  black   95 degrees
.fi
.PP
\&.dots and \(aqquotes\(aq begin no request.
.SH "FLAGS"
.TP
.B "\-\-time DURATION"
how long the leaves stay in (default 3m)
.TP
.B "\-\-a\-very\-long\-flag\-of\-tea \(aqWITH A VALUE\(aq"
its text stands below it
.TP
.B "\-q"
`
	want += strings.Repeat("word ", 30) + "\n"
	if b.String() != want {
		t.Errorf("%s\nwant:\n%s", &b, want)
	}
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	if err := examplePage().WriteHelp(full{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
	if err := examplePage().WriteRoff(full{}, manual.Edition{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

// FuzzPage: help never loses a word or goes beyond its width, but for words that are longer; in roff no line of a text
// begins a request.
func FuzzPage(f *testing.F) {
	f.Add("a b\n\n  c\n d", "--flag", ".TH x\n'y")
	f.Add(strings.Repeat("x", 100), "\\fB", "- \\")
	f.Fuzz(func(t *testing.T, text, term, meaning string) {
		if !utf8.ValidString(text+term+meaning) || strings.ContainsAny(text+term+meaning, "\r\v\f\u0085\u2028\u2029") || strings.Contains(term, "\n") {
			return
		}
		page := &manual.Page{Name: "x", Section: 7, Parts: []manual.Part{{Heading: "H", Text: text, Entries: []manual.Entry{{Term: term, Text: meaning}}}}}
		var help, roff bytes.Buffer
		if page.WriteHelp(&help) != nil || page.WriteRoff(&roff, manual.Edition{}) != nil {
			t.Fatal("a buffer is never full")
		}
		if got, want := strings.Fields(help.String()), strings.Fields(text+" "+term+" "+meaning); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		requests := []string{".TH", ".nh", ".ad", ".SH", ".nf", ".fi", ".PP", ".TP", ".B "}
		for line := range strings.Lines(roff.String()) {
			if strings.HasPrefix(line, "'") || strings.HasPrefix(line, ".") && !slices.ContainsFunc(requests, func(r string) bool { return strings.HasPrefix(line, r) }) {
				t.Errorf("a request: %q", line)
			}
		}
	})
}
