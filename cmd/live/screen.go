package live

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/loadx/loadx/profile/columns"
	"github.com/loadx/loadx/profile/printable"
)

// A Style is how text looks on a terminal.
type Style uint8

// The styles.
const (
	Plain Style = iota
	Bold
	Dim
	Good
	Bad
)

var codes = [...]string{Plain: "", Bold: "1", Dim: "2", Good: "32", Bad: "31"}

// A Span is text in one style. The text may come from outside: it is made harmless when it is drawn.
type Span struct {
	Text  string
	Style Style
}

// A Line is what stands in one row.
type Line []Span

// String is the line's text without its styles.
func (l Line) String() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
	}
	return b.String()
}

// A Screen is a terminal on which a block of lines is redrawn in place, below all that is written to it otherwise. It is
// safe for concurrent use. The cursor stays visible and in normal mode at every moment, so that a process which ends
// without warning leaves the terminal as it was.
type Screen struct {
	w    io.Writer
	size func() (columns, rows int)

	mu sync.Mutex
	// shown are the widths of the lines of the block that stands there now, nil for none.
	shown []int
	text  bytes.Buffer
}

// NewScreen returns a screen of a terminal. Size tells its size; it is asked at every redraw, so that a resized terminal
// shows right from the next one on. What it gives as 0 or less counts as 80 columns and 24 rows.
func NewScreen(w io.Writer, size func() (columns, rows int)) *Screen {
	return &Screen{w: w, size: size}
}

// Size is the size of the block's largest form: one column and one row less than the terminal, whose last ones would
// scroll it.
func (s *Screen) Size() (columns, rows int) {
	columns, rows = s.size()
	if columns <= 0 {
		columns = 80
	}
	if rows <= 0 {
		rows = 24
	}
	return max(columns-1, 1), max(rows-1, 1)
}

// Draw shows lines in place of those that stood there. What does not fit is cut. A terminal that can't be written to
// shows nothing.
func (s *Screen) Draw(lines []Line) {
	width, height := s.Size()
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &s.text
	b.Reset()
	s.rewind(b, width)
	lines = lines[:min(len(lines), height)]
	s.shown = s.shown[:0]
	for i, l := range lines {
		if i > 0 {
			b.WriteString("\r\n")
		}
		s.shown = append(s.shown, writeLine(b, l, width))
		b.WriteString("\x1b[K") // what the line before was longer by
	}
	b.WriteString("\x1b[J") // and what the block was
	s.w.Write(b.Bytes())    //nolint:errcheck // progress is shown as long as it can be
}

// Clear takes the block away, so that what follows stands where it began, and says whether there was one.
func (s *Screen) Clear() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clear()
}

func (s *Screen) clear() bool {
	if len(s.shown) == 0 {
		return false
	}
	width, _ := s.Size()
	s.text.Reset()
	s.rewind(&s.text, width)
	s.text.WriteString("\x1b[J")
	s.shown = s.shown[:0]
	s.w.Write(s.text.Bytes()) //nolint:errcheck // as above
	return true
}

// Write writes what is no progress, as a message that stays: the block goes, and comes back below with the next Draw. The
// text is passed on as it is.
func (s *Screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	return s.w.Write(text)
}

// rewind moves the cursor to where the block begins. A terminal that was made narrower has broken the block's lines into
// more rows.
func (s *Screen) rewind(b *bytes.Buffer, width int) {
	if len(s.shown) == 0 {
		return
	}
	up := -1
	for _, w := range s.shown {
		up += max((w+width)/(width+1), 1)
	}
	b.WriteByte('\r')
	if up > 0 {
		b.WriteString("\x1b[" + strconv.Itoa(up) + "A")
	}
}

// writeLine writes as much of a line as takes at most width columns, and returns how many it takes.
func writeLine(b *bytes.Buffer, l Line, width int) (used int) {
	for _, span := range l {
		text := columns.Fit(printable.Text(span.Text), width-used)
		if text == "" {
			continue
		}
		used += columns.Of(text)
		if code := codes[span.Style]; code != "" {
			b.WriteString("\x1b[" + code + "m" + text + "\x1b[0m")
		} else {
			b.WriteString(text)
		}
	}
	return used
}
