package accesslog

import (
	"bytes"
	"errors"
	"io"
)

// MaxLine is the longest line, in bytes without its "\n", that is handed on. A longer one is counted by Chunker.TooLong and skipped.
const MaxLine = 1 << 20

// Cut splits off the first line of a chunk, without its "\n" or "\r\n". A rest
// without a line end is a line too. more is false when the chunk is empty.
func Cut(chunk []byte) (line, rest []byte, more bool) {
	if len(chunk) == 0 {
		return nil, nil, false
	}
	i := bytes.IndexByte(chunk, '\n')
	if i < 0 {
		return trimCR(chunk), nil, true
	}
	return trimCR(chunk[:i]), chunk[i+1:], true
}

func trimCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}

// Scanner cuts a chunk into lines. The zero Scanner has no lines; Reset gives
// it a chunk. It belongs to one goroutine.
type Scanner struct {
	line, rest []byte
}

// Reset starts the scanner on a chunk of lines, which it reads and keeps.
func (s *Scanner) Reset(chunk []byte) { s.line, s.rest = nil, chunk }

// Scan moves to the next line and reports whether there is one.
func (s *Scanner) Scan() bool {
	var more bool
	s.line, s.rest, more = Cut(s.rest)
	return more
}

// Line returns the current line without its line end. It aliases the chunk.
func (s *Scanner) Line() []byte { return s.line }

// Chunker cuts a stream into chunks of whole lines, so that chunks can be
// parsed side by side. It belongs to one goroutine.
type Chunker struct {
	r        io.Reader
	carry    []byte // begin of a line whose end was not yet read; ≤ MaxLine
	err      error  // sticky, shown once the carry is out
	skipping bool   // inside a line that is too long
	tooLong  int64
}

// NewChunker returns a Chunker that reads from r.
func NewChunker(r io.Reader) *Chunker { return &Chunker{r: r} }

// MinChunk is the smallest buffer that Chunker.Next takes: the longest line
// with its line end, twice.
const MinChunk = 2 * (MaxLine + 1)

// TooLong returns the number of lines longer than MaxLine that were met so far
// and skipped without being held in memory.
func (c *Chunker) TooLong() int64 { return c.tooLong }

// Next fills buf, at least MinChunk long, and returns the part of it that
// holds whole lines; the last line of the stream may lack its line end. The
// returned slice aliases buf. At the end of the stream it returns io.EOF. A
// read error is returned after the lines that preceded it; the beginning of a
// line that it tore off is handed out as a line, as at the end of a file.
func (c *Chunker) Next(buf []byte) ([]byte, error) {
	if len(buf) < MinChunk {
		return nil, errors.New("accesslog: buffer below MinChunk")
	}
	for {
		n := copy(buf, c.carry)
		c.carry = c.carry[:0]
		n = c.fill(buf, n)
		chunk := buf[:n]
		if c.err == nil {
			chunk = c.hold(chunk)
		}
		if chunk = c.dropLong(chunk); len(chunk) > 0 {
			return chunk, nil
		}
		if c.err != nil {
			return nil, c.err
		}
		// All of the buffer was one line that is too long.
	}
}

// maxEmptyReads is how many reads in a row may return nothing and no error.
const maxEmptyReads = 100

// fill reads until buf, which holds n bytes, is full or the reader ends.
func (c *Chunker) fill(buf []byte, n int) int {
	for empty := 0; c.err == nil && n < len(buf); {
		m, err := c.r.Read(buf[n:])
		if m < 0 || m > len(buf)-n {
			c.err = errors.New("accesslog: reader returned an impossible count")
			return n
		}
		c.err = err
		if m == 0 {
			if empty++; empty == maxEmptyReads && err == nil {
				c.err = io.ErrNoProgress
			}
			continue
		}
		empty = 0
		if c.skipping {
			m = c.skip(buf[n : n+m])
		}
		n += m
	}
	return n
}

// skip removes the rest of an overlong line from the front of b, which was
// just read, and returns how many bytes stay (moved to the front of b).
func (c *Chunker) skip(b []byte) int {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return 0
	}
	c.skipping = false
	return copy(b, b[i+1:])
}

// hold keeps the begin of a torn last line for the next call.
func (c *Chunker) hold(chunk []byte) []byte {
	i := bytes.LastIndexByte(chunk, '\n')
	tail := chunk[i+1:]
	if len(tail) > MaxLine {
		c.skipping = true
		c.tooLong++
	} else {
		c.carry = append(c.carry, tail...)
	}
	return chunk[:i+1]
}

// dropLong removes lines over MaxLine from a chunk in place. It looks for one
// line end in each stretch of MaxLine bytes, not for all of them.
func (c *Chunker) dropLong(chunk []byte) []byte {
	out, in := 0, 0
	for in < len(chunk) {
		if len(chunk)-in <= MaxLine {
			break
		}
		if i := bytes.LastIndexByte(chunk[in:in+MaxLine+1], '\n'); i >= 0 {
			out = keep(chunk, out, in, in+i+1)
			in += i + 1
			continue
		}
		c.tooLong++
		i := bytes.IndexByte(chunk[in:], '\n')
		if i < 0 {
			return chunk[:out]
		}
		in += i + 1
	}
	return chunk[:keep(chunk, out, in, len(chunk))]
}

// keep moves chunk[from:to] down to out and returns the end of it.
func keep(chunk []byte, out, from, to int) int {
	if out == from {
		return to
	}
	return out + copy(chunk[out:], chunk[from:to])
}
