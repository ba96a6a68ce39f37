package accesslog

import (
	"bytes"

	"github.com/loadx/loadx/analyze/accesslog/marks"
)

// A Scanner cuts texts into lines and decodes each, as Cut and Parser.Parse
// do one after the other, and finds what divides the lines of the most common
// formats all at once. It belongs to one goroutine.
type Scanner struct {
	parser Parser
	text   []byte // from the first line that is not scanned yet, or from window on
	window []byte // the part of text that is marked, nil when none is
	marks  *marks.Marks

	start    int // of the next line in window
	newlines []uint32
	quotes   []uint32 // those not passed yet, with marks.End behind them

	spaced *spaced  // of the format, nil if its gaps are not looked at
	gaps   []uint32 // as quotes
	parity int      // of len(quotes) where the gaps are outside of quotes
}

// NewScanner returns a scanner for the format. Each goroutine needs its own.
func (f *Format) NewScanner() *Scanner {
	s := &Scanner{parser: Parser{format: f}}
	if f.marked {
		s.marks = new(marks.Marks)
	}
	if pr, ok := f.codec.(*program); ok && !f.byHand {
		s.spaced = pr.spaced
	}
	return s
}

// Format returns the format that the scanner reads.
func (s *Scanner) Format() *Format { return s.parser.format }

// Reset begins a text of whole lines, before which the directives are in force
// (nil for formats that are not Stateful). The text must stay as it is until
// its last line is scanned.
func (s *Scanner) Reset(text []byte, inForce *Directives) {
	s.parser.SetDirectives(inForce)
	s.text, s.window, s.start = text, nil, 0
	s.newlines, s.quotes, s.gaps = nil, nil, nil
}

// Scan decodes the next line into r and returns it, without its line end, and
// the error of Parser.Parse. more is false when there is no line left.
func (s *Scanner) Scan(r *Record) (line []byte, more bool, err error) {
	if s.marks == nil {
		if line, s.text, more = Cut(s.text); !more {
			return nil, false, nil
		}
		return line, true, s.parser.Parse(line, r)
	}
	if len(s.newlines) == 0 && !s.mark() {
		// A line without an end, or longer than what is marked at once.
		if line, s.text, more = Cut(s.text); !more {
			return nil, false, nil
		}
		return line, true, s.parser.Parse(line, r)
	}
	start, end := s.start, int(s.newlines[0])
	s.newlines, s.start = s.newlines[1:], end+1
	line = trimCR(s.window[start:end])
	quotes := s.quotes
	n := 0
	for quotes[n] < uint32(end) {
		n++
	}
	s.quotes = quotes[n:]
	p := &s.parser
	p.scratch = p.scratch[:0]
	if s.spaced != nil {
		p.gaps = s.gapsTo(uint32(end), len(line) == end-start && len(quotes)&1 == s.parity)
	}
	text := trimCR(line) // as Parse has it, which does not know what is cut off already
	if p.format.fast(p, text, quoted{quotes[:n], uint32(start), true}, r) {
		return line, true, nil
	}
	return line, true, p.format.codec.decode(p, text, r)
}

// gapsTo passes the gaps of the line that a newline ends, and returns them if
// they are enough for its fields and good: nothing was cut off the line, and no
// quotes are open before it.
func (s *Scanner) gapsTo(newline uint32, good bool) []uint32 {
	gaps, n := s.gaps, s.spaced.gaps
	if n >= len(gaps) || gaps[n] != newline {
		for n = 0; gaps[n] < newline; n++ {
		}
	}
	s.gaps = gaps[n+1:]
	if n < s.spaced.gaps || !good {
		return nil
	}
	return gaps[:n+1]
}

// mark marks what follows the lines that are scanned, and reports whether a
// line ends in it.
func (s *Scanner) mark() bool {
	s.text, s.start = s.text[s.start:], 0
	s.window = s.text[:min(len(s.text), marks.Window)]
	if len(s.window) == 0 {
		return false
	}
	if s.spaced != nil {
		s.marks.FindGaps(s.window)
		gaps := s.marks.Gaps()
		s.gaps = gaps[:len(gaps)+1]
	} else {
		s.marks.Find(s.window)
	}
	s.newlines, s.quotes = s.marks.Newlines(), s.marks.Quotes()
	s.quotes = s.quotes[:len(s.quotes)+1] // with the end behind them
	s.parity = len(s.quotes) & 1
	s.parser.plain = bytes.IndexByte(s.window, '\\') < 0
	return len(s.newlines) > 0
}
