package manual

import (
	"io"
	"strings"
	"unicode/utf8"
)

const (
	// Width is how many columns help takes: those of a terminal that nobody made larger.
	Width = 80
	// indent is before everything below a heading.
	indent = 2
	// maxTerm is how wide a term may be to have its text beside it.
	maxTerm = 24
)

// WriteHelp writes the page for a terminal.
func (p *Page) WriteHelp(w io.Writer) error {
	var b strings.Builder
	first := true
	for _, part := range p.Parts {
		if part.Only == Roff {
			continue
		}
		switch {
		case first:
		case part.Heading == "":
			b.WriteString("\n")
		default:
			b.WriteString("\n" + part.Heading + ":\n")
		}
		part.help(&b, first || part.Heading == "")
		first = false
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// help writes the part below its heading. Without one it is not indented.
func (p *Part) help(b *strings.Builder, bare bool) {
	margin := strings.Repeat(" ", indent)
	if bare {
		margin = ""
	}
	for i, block := range blocks(p.Text) {
		if i > 0 {
			b.WriteString("\n")
		}
		lines := block.lines
		if !block.verbatim {
			lines = fill(block.lines[0], Width-len(margin))
		}
		for _, line := range lines {
			if !block.verbatim {
				line = margin + line
			}
			b.WriteString(line + "\n")
		}
	}
	if p.Text != "" && len(p.Entries) > 0 {
		b.WriteString("\n")
	}
	column := 0
	for _, e := range p.Entries {
		if n := utf8.RuneCountInString(e.Term); n <= maxTerm {
			column = max(column, n)
		}
	}
	column = max(column, 8) + indent + 2
	for _, e := range p.Entries {
		e.help(b, column)
	}
}

// help writes the entry with its text in a column of its own.
func (e *Entry) help(b *strings.Builder, column int) {
	line := strings.Repeat(" ", indent) + e.Term
	lines := fill(e.Text, Width-column)
	if n := utf8.RuneCountInString(line); n+2 > column || len(lines) == 0 {
		b.WriteString(line + "\n")
	} else {
		b.WriteString(line + strings.Repeat(" ", column-n) + lines[0] + "\n")
		lines = lines[1:]
	}
	for _, line := range lines {
		b.WriteString(strings.Repeat(" ", column) + line + "\n")
	}
}
