package manual

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// An Edition is what manual pages say of the program that they belong to.
type Edition struct {
	// Source is the program and its version, as in "loadx 1.2.0", Manual the book, as in "loadx manual".
	Source, Manual string
	// Date is when the program was made; the zero time is not written.
	Date time.Time
}

// WriteRoff writes the page in the man macros of roff (man(7) of groff and of mandoc), for `man -l` and for a man1 or man7
// directory.
func (p *Page) WriteRoff(w io.Writer, e Edition) error {
	var b strings.Builder
	date := ""
	if !e.Date.IsZero() {
		date = e.Date.UTC().Format(time.DateOnly)
	}
	fmt.Fprintf(&b, ".TH %s %d %s %s %s\n", quoted(strings.ToUpper(p.Name)), p.Section, quoted(date), quoted(e.Source), quoted(e.Manual))
	// No hyphenation, and no filling of lines to the right edge: names and commands stay as they are written.
	b.WriteString(".nh\n.ad l\n.SH NAME\n" + escaped(p.Name) + ` \- ` + escaped(p.Summary) + "\n")
	for _, part := range p.Parts {
		if part.Only != Help {
			part.roff(&b)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *Part) roff(b *strings.Builder) {
	if p.Under {
		b.WriteString(".SS " + quoted(p.Heading) + "\n")
	} else {
		b.WriteString(".SH " + quoted(strings.ToUpper(p.Heading)) + "\n")
	}
	for i, block := range blocks(p.Text) {
		if block.verbatim {
			if i > 0 {
				b.WriteString(".PP\n")
			}
			b.WriteString(".nf\n")
			for _, line := range block.lines {
				b.WriteString(textLine(line) + "\n")
			}
			b.WriteString(".fi\n")
			continue
		}
		if i > 0 {
			b.WriteString(".PP\n")
		}
		b.WriteString(textLine(block.lines[0]) + "\n")
	}
	for _, e := range p.Entries {
		b.WriteString(".TP\n.B " + quoted(e.Term) + "\n" + textLine(e.Text) + "\n")
	}
}

var roffEscapes = strings.NewReplacer(`\`, `\e`, "-", `\-`, "`", `\(ga`, "'", `\(aq`, "^", `\(ha`, "~", `\(ti`)

// escaped is text that roff prints as it is: its own sign, and those that it would make typographic.
func escaped(text string) string { return roffEscapes.Replace(text) }

// textLine is escaped text as a line of its own: a full stop at its beginning is no request.
func textLine(text string) string {
	text = escaped(text)
	if strings.HasPrefix(text, ".") {
		return `\&` + text
	}
	return text
}

// quoted is escaped text as one argument of a macro.
func quoted(text string) string { return `"` + strings.ReplaceAll(escaped(text), `"`, `\(dq`) + `"` }
