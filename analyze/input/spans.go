package input

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"sync"
)

// Sizes of spans. The largest keep what is near in a log, as the hits of one
// minute are, with one reader; towards the end they get smaller, so that all
// readers end at the same time.
const (
	minSpan = 256 << 10
	maxSpan = 8 << 20
	// maxSpans bounds how many there are: those of larger files are larger.
	maxSpans = 1 << 14
)

// Spans are the rest of a file, cut into parts of whole lines that several
// goroutines read at the same time, each on its own. They are handed out in the
// order of the file. The methods are safe for concurrent use.
type Spans struct {
	stream  *Stream
	file    io.ReaderAt
	readers int
	end     int64 // of the file, when it was split

	mu     sync.Mutex
	next   int64 // where the next span begins in the file, -1 behind the last
	parts  []*Blocks
	before LineCounts // of the lines before the first span
	ended  int64      // where the last span met the file's end, -1 before
	err    error      // the first of any span, but io.EOF
}

// Split returns what is left behind the blocks delivered so far as spans for a
// number of readers, or nil where the text cannot be read at any place (it is
// compressed, or comes through a pipe) or nothing is left worth splitting. When
// it is not nil the blocks are at their end: Next returns io.EOF.
func (b *Blocks) Split(readers int) *Spans {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil || b.stream == nil || b.stream.direct == nil || b.stream.plain == nil {
		return nil
	}
	file, start := b.stream.plain, b.stream.textAt+b.offset
	info, err := file.Stat()
	if err != nil || info.Size()-start < 2*minSpan {
		return nil
	}
	b.rest, b.err = nil, io.EOF
	b.stream.consumed.Store(start - b.stream.fileAt)
	b.stream.text.Store(b.offset)
	return &Spans{
		stream: b.stream, file: file, readers: max(readers, 1),
		end: info.Size(), next: start, before: b.counts, ended: -1,
	}
}

// Next returns the blocks of the next span, which take their memory from pool,
// or io.EOF behind the last, or the error that ended the reading of any span.
// The lines of a span are numbered from 1: [Block.Part] says which span, and
// [Spans.LinesBefore] how many lines came before it.
func (s *Spans) Next(ctx context.Context, pool *Pool) (*Blocks, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.next < 0 {
		return nil, io.EOF
	}
	from := s.next
	to, err := s.cut(from + s.size(from))
	if err != nil {
		s.err = s.stream.source.fail(err)
		return nil, s.err
	}
	text := &spanReader{spans: s, at: from, to: to}
	part := &Blocks{
		text: text, source: s.stream.source, pool: pool,
		offset: from - s.stream.textAt, part: len(s.parts) + 1,
	}
	s.parts = append(s.parts, part)
	s.next = to
	if to == math.MaxInt64 {
		s.next = -1
	}
	return part, nil
}

// size is how large a span from an offset on should be.
func (s *Spans) size(from int64) int64 {
	largest := max(maxSpan, s.end/maxSpans)
	return min(max((s.end-from)/int64(4*s.readers), minSpan), largest)
}

// cut returns the first beginning of a line at or behind an offset, or
// math.MaxInt64 when that is the end: the last span goes as far as the file.
func (s *Spans) cut(offset int64) (int64, error) {
	var buffer [4 << 10]byte
	for offset < s.end {
		n, err := s.file.ReadAt(buffer[:], offset-1)
		if i := bytes.IndexByte(buffer[:n], '\n'); i >= 0 {
			return offset + int64(i), nil
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		if err := s.stream.ctx.Err(); err != nil {
			return 0, err
		}
		offset += int64(n)
	}
	return math.MaxInt64, nil
}

// LinesBefore returns how many lines are before a part ([Block.Part]) of the
// text. It may be called when all spans before it were read to their end.
func (s *Spans) LinesBefore(part int) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if part == 0 {
		return 0
	}
	lines := s.before.Read
	for _, b := range s.parts[:part-1] {
		lines += b.Counts().Read
	}
	return lines
}

// Counts returns the account of the lines met so far, those before the first
// span with them.
func (s *Spans) Counts() LineCounts {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.before
	for _, b := range s.parts {
		c := b.Counts()
		if all.FirstOverlong == 0 && c.FirstOverlong > 0 {
			all.FirstOverlong = all.Read + c.FirstOverlong
		}
		all.Read += c.Read
		all.Overlong += c.Overlong
	}
	return all
}

// Close tells the stream, when all spans were read to their end, what its text
// was, so that it has an Origin.
func (s *Spans) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil || s.ended < 0 {
		return
	}
	length := s.ended - s.stream.textAt
	tail := make([]byte, min(originSpan, length))
	if n, _ := s.file.ReadAt(tail, s.ended-int64(len(tail))); n < len(tail) {
		return // cut short meanwhile
	}
	s.stream.origin.tail, s.stream.origin.length, s.stream.origin.complete = tail, length, true
	s.stream.err = io.EOF
}

// fail keeps the first error of any span.
func (s *Spans) fail(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.stream.source.fail(err)
	if s.err == nil {
		s.err = err
	}
	return err
}

// A spanReader reads a part of a file.
type spanReader struct {
	spans  *Spans
	at, to int64
}

func (r *spanReader) Read(p []byte) (int, error) {
	stream := r.spans.stream
	if err := stream.ctx.Err(); err != nil {
		return 0, r.spans.fail(err)
	}
	left := r.to - r.at
	if left <= 0 {
		return 0, io.EOF
	}
	n, err := r.spans.file.ReadAt(p[:min(int64(len(p)), left)], r.at)
	r.at += int64(n)
	stream.consumed.Add(int64(n))
	stream.text.Add(int64(n))
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		if r.to == math.MaxInt64 {
			r.spans.mu.Lock()
			r.spans.ended = r.at
			r.spans.mu.Unlock()
		}
		return n, io.EOF
	}
	return n, r.spans.fail(err)
}
