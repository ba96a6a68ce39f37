package scenarios

import (
	"fmt"
	"strings"

	"unicode/utf8"

	"github.com/loadx/loadx/profile/printable"
	"github.com/loadx/loadx/profile/spelling"
)

// maxSourceColumns bounds the part of a source line that a Problem carries.
const maxSourceColumns = 160

// Problem is one thing wrong with a scenario, or one warning about it.
// All texts are safe to print: control bytes are written as \xNN.
type Problem struct {
	// Line and Column say where in the file, both from 1; Column counts characters.
	// Both are 0 when the value was not written in the file: it is missing, or code or a flag set it.
	Line, Column int
	// Field is the path of the value, as in "traffic.pv" or "pages[2].get"; a flag's name when a flag set it.
	// It is empty when the file as a whole is meant.
	Field string
	// Source is the source line, shortened around the column; empty when Line is 0.
	Source string
	// Caret is the offset of the column in Source, in characters.
	Caret int
	// Message says what is wrong, lower case, in one line.
	Message string
	// Hint says what to do about it; it may be empty.
	Hint string
}

// line is the message with its place, without the file's name: "3:7: MESSAGE" or " FIELD: MESSAGE".
func (p Problem) line() string {
	switch {
	case p.Line > 0:
		return fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Message)
	case p.Field == "":
		return " " + p.Message
	case strings.HasPrefix(p.Message, fieldName(p.Field)):
		return " " + strings.TrimSuffix(p.Field, fieldName(p.Field)) + p.Message
	}
	return " " + p.Field + ": " + p.Message
}

// Error is all that is wrong with a scenario, in the order of the file.
type Error struct {
	// Name is the scenario's file name, or what else it was called.
	Name string
	// Problems has at least one entry and at most 100.
	Problems []Problem
	// More is how many problems there are beyond those.
	More int
}

// maxProblems bounds the problems of an Error.
const maxProblems = 100

// Error returns one line: the first problem and how many more there are.
func (e *Error) Error() string {
	if len(e.Problems) == 0 {
		return "scenario: " + safeText(e.Name) + ": refused"
	}
	first := e.Problems[0]
	text := "scenario: " + safeText(e.Name) + ":" + first.line()
	if more := len(e.Problems) - 1 + e.More; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// Detail returns every problem with its source line, a caret under the column and its hint; it ends with a newline.
func (e *Error) Detail() string {
	var b strings.Builder
	for _, p := range e.Problems {
		b.WriteString(safeText(e.Name) + ":" + p.line() + "\n")
		if p.Line > 0 {
			number := fmt.Sprintf("%5d", p.Line)
			b.WriteString(number + " | " + p.Source + "\n")
			b.WriteString(strings.Repeat(" ", len(number)) + " | " + strings.Repeat(" ", p.Caret) + "^\n")
		}
		if p.Hint != "" {
			b.WriteString("      hint: " + p.Hint + "\n")
		}
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "and %d more\n", e.More)
	}
	return b.String()
}

// showSource makes a source line printable and cuts it to a window around the column;
// it returns the text and the offset of the column in it, in characters.
func showSource(line string, column int) (text string, caret int) {
	var b strings.Builder
	window := 0
	for i, c := 1, 0; len(line) > 0; i++ {
		_, size := utf8.DecodeRuneInString(line)
		shown := safeText(line[:size])
		line = line[size:]
		if i == column {
			caret = c
		}
		n := utf8.RuneCountInString(shown)
		if window+n > maxSourceColumns {
			if column > i {
				// The column is still to come: start the window anew.
				b.Reset()
				b.WriteString("…")
				window, c = 1, 1
			} else {
				b.WriteString("…")
				return b.String(), caret
			}
		}
		b.WriteString(shown)
		window += n
		c += n
		if column > i {
			caret = c
		}
	}
	return b.String(), caret
}

// safeText makes text of unknown origin fit to print in one line, a tab being one blank so that carets keep their columns.
func safeText(s string) string { return printable.Text(strings.ReplaceAll(s, "\t", " ")) }

// quoted shows a value in a message: in quotes, safe, and cut when long.
func quoted(s string) string {
	const limit = 60
	s = safeText(s)
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit]) + "…"
	}
	return `"` + s + `"`
}

// nearest returns the candidate that word is likely a slip of.
func nearest(word string, candidates []string) (string, bool) {
	near := spelling.Nearest(word, candidates)
	return near, near != ""
}
