// Package manual lays out what a program says of itself, once as help for a terminal and once as a manual page: the same
// words, in both.
//
// Texts are paragraphs, separated by empty lines and filled anew for the place; lines that begin with blank space are
// taken as they are, as tables and commands need. All of it is the program's own: nothing is escaped for a terminal.
package manual

import (
	"strings"
	"unicode/utf8"
)

// A Page is what there is to say of a command or of a topic.
type Page struct {
	// Name is the page's, as in "loadx-attack"; Summary is a line without a full stop.
	Name, Summary string
	// Section is the manual's section: 1 for commands, 7 for topics.
	Section int
	// Parts follow each other; the first one of help stands without its heading.
	Parts []Part
}

// A Part is a text and then a list of entries; either may be empty.
type Part struct {
	// Heading is written as in a sentence: "Exit status". Help may have parts without one.
	Heading string
	Text    string
	Entries []Entry
	// Under says that the part belongs to the last one before that is not: it becomes a subsection.
	Under bool
	// Only is where the part is shown.
	Only Medium
}

// An Entry is a term and what it means.
type Entry struct {
	Term, Text string
}

// Medium is where a part is shown; the zero value is everywhere.
type Medium int

// The media.
const (
	// Everywhere is both of the others.
	Everywhere Medium = iota
	// Help is a terminal.
	Help
	// Roff is a manual page.
	Roff
)

// A block is a paragraph, in one line, or lines as they are.
type block struct {
	lines    []string
	verbatim bool
}

// blocks takes a text apart.
func blocks(text string) []block {
	var out []block
	fresh := true // nothing to go on with
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		line = strings.TrimRight(line, " \t")
		if line == "" {
			fresh = true
			continue
		}
		verbatim := line[0] == ' ' || line[0] == '\t'
		if fresh || out[len(out)-1].verbatim != verbatim {
			out = append(out, block{verbatim: verbatim})
		}
		fresh = false
		last := &out[len(out)-1]
		if verbatim || len(last.lines) == 0 {
			last.lines = append(last.lines, line)
		} else {
			last.lines[0] += " " + line
		}
	}
	return out
}

// fill breaks a paragraph into lines of at most that many columns; a longer word has a line of its own.
func fill(paragraph string, width int) []string {
	var lines []string
	columns := 0
	for word := range strings.FieldsSeq(paragraph) {
		n := utf8.RuneCountInString(word)
		if len(lines) == 0 || columns+1+n > width {
			lines, columns = append(lines, word), n
			continue
		}
		lines[len(lines)-1] += " " + word
		columns += 1 + n
	}
	return lines
}
