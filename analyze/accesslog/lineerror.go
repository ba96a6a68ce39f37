package accesslog

import (
	"errors"
	"strconv"
	"strings"
)

// ErrComment is returned by Parser.Parse for a line that carries no request:
// a directive or comment that begins with '#'.
var ErrComment = errors.New("accesslog: comment line")

// LineError says where a line stops being what its format demands.
//
// The one that Parser.Parse returns belongs to the parser and is overwritten
// by the next Parse; Clone keeps it.
type LineError struct {
	Offset int    // byte offset into the line, in [0, len(line)]
	Field  string // the field that failed
	Want   string // what was expected there
}

// Error returns "byte 17: status: want a number".
func (e *LineError) Error() string {
	return "byte " + strconv.Itoa(e.Offset) + ": " + e.Field + ": want " + e.Want
}

// Clone returns a copy that outlives the parser's next call.
func (e *LineError) Clone() *LineError {
	c := *e
	return &c
}

// Caret returns the part of the line around the failing byte and a second
// string that has '^' below that byte. Neither is wider than width columns
// (at least 8). The snippet is printable ASCII: every other byte is shown as
// \xNN, so it is safe for a terminal.
func (e *LineError) Caret(line []byte, width int) (snippet, caret string) {
	return caretAt(line, e.Offset, width)
}

const minCaretWidth = 8

func caretAt(line []byte, offset, width int) (snippet, caret string) {
	width = max(width, minCaretWidth)
	offset = min(max(offset, 0), len(line))
	// Two thirds of the width before the failing byte, the rest after it: what
	// was understood is the better clue.
	start, columns := offset, 0
	for start > 0 {
		c := columnsOf(line[start-1])
		if columns+c > width*2/3-1 {
			break
		}
		columns += c
		start--
	}
	var b strings.Builder
	for i := start; i < len(line); i++ {
		if b.Len()+columnsOf(line[i]) > width {
			break
		}
		writeSafe(&b, line[i])
	}
	return b.String(), strings.Repeat(" ", columns) + "^"
}

func printable(c byte) bool { return 0x20 <= c && c < 0x7f }

func columnsOf(c byte) int {
	if printable(c) {
		return 1
	}
	return len(`\xNN`)
}

func writeSafe(b *strings.Builder, c byte) {
	if printable(c) {
		b.WriteByte(c)
		return
	}
	b.WriteString(`\x`)
	b.WriteByte(upperHex[c>>4])
	b.WriteByte(upperHex[c&15])
}
