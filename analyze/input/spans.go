package input

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"sync"
)

// spanSizes are in bytes. The largest keep what is near in a log, as the hits of
// one minute are, with one reader; towards the end they get smaller, so that all
// readers end at the same time.
type spanSizes struct {
	smallest, largest int64
	// most is how many there are but for those that get smaller, 4·readers for
	// each time that what is left is e times less: those of larger files are larger.
	most int64
}

var usualSpans = spanSizes{smallest: 256 << 10, largest: 8 << 20, most: 1 << 14}

// Spans are the rest of a file, cut into parts of whole lines that several
// goroutines read at the same time, each on its own. They are handed out in the
// order of the file. The methods but Close are safe for concurrent use, also
// while spans are being read.
//
// A file that grows meanwhile is read to its new end, and one that is cut short
// to where it ends, as by Blocks alone.
type Spans struct {
	stream  *Stream
	file    io.ReaderAt
	sizes   spanSizes
	readers int
	end     int64      // of the file, when it was split
	before  LineCounts // of the lines before the first span

	// Whoever holds mu does not wait for the blocks of a span, whose readers
	// come here while they hold those.
	mu    sync.Mutex
	next  int64 // where the next span begins in the file, -1 behind the last
	parts []*Blocks
	ended int64 // where the last span met the file's end, -1 before
	short bool  // the file ended inside another span: it was cut short
	err   error // the first of any span, but io.EOF
}

// Split returns what is left behind the blocks delivered so far as spans for a
// number of readers, or nil where the text cannot be read at any place (it is
// compressed, or comes through a pipe) or nothing is left worth splitting. When
// it is not nil the blocks are at their end: Next returns io.EOF.
func (b *Blocks) Split(readers int) *Spans { return b.split(readers, usualSpans) }

func (b *Blocks) split(readers int, sizes spanSizes) *Spans {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil || b.stream == nil || b.stream.direct == nil || b.stream.plain == nil {
		return nil
	}
	file, start := b.stream.plain, b.stream.textAt+b.offset
	info, err := file.Stat()
	if err != nil || info.Size()-start < 2*sizes.smallest {
		return nil
	}
	b.rest, b.err = nil, io.EOF
	b.stream.consumed.Store(start - b.stream.fileAt)
	b.stream.text.Store(b.offset)
	return &Spans{
		stream: b.stream, file: file, sizes: sizes, readers: max(readers, 1),
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
	willNeed(s.stream.plain, from, min(to, s.end)-from)
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
	largest := max(s.sizes.largest, s.end/s.sizes.most)
	return min(max((s.end-from)/int64(4*s.readers), s.sizes.smallest), largest)
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
// text. ok is false while a span before it was not read to its end.
func (s *Spans) LinesBefore(part int) (lines int64, ok bool) {
	if part == 0 {
		return 0, true
	}
	lines = s.before.Read
	for _, b := range s.handedOut()[:part-1] {
		counts, whole := b.account()
		if !whole {
			return 0, false
		}
		lines += counts.Read
	}
	return lines, true
}

// Counts returns the account of the lines met so far, those before the first
// span with them. The number of the first line dropped is right when all spans
// before it were read to their end.
func (s *Spans) Counts() LineCounts {
	all := s.before
	for _, b := range s.handedOut() {
		c := b.Counts()
		if all.FirstOverlong == 0 && c.FirstOverlong > 0 {
			all.FirstOverlong = all.Read + c.FirstOverlong
		}
		all.Read += c.Read
		all.Overlong += c.Overlong
	}
	return all
}

// handedOut returns the spans so far. They only get more.
func (s *Spans) handedOut() []*Blocks {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.parts
}

// Close tells the stream what its text was, if all spans were read to their end
// without an error and the file was not cut short meanwhile: it then has an
// Origin, and a file that is shared, as standard input is, stands at its end. It
// belongs to the goroutine of the stream, once nobody reads a span any more.
func (s *Spans) Close() {
	for _, b := range s.handedOut() {
		if _, whole := b.account(); !whole {
			return
		}
	}
	if s.err != nil || s.ended < 0 || s.short {
		return
	}
	length := s.ended - s.stream.textAt
	head, tail := make([]byte, min(originSpan, length)), make([]byte, min(originSpan, length))
	for _, end := range []struct {
		text []byte
		at   int64
	}{{head, s.stream.textAt}, {tail, s.ended - int64(len(tail))}} {
		if n, _ := s.file.ReadAt(end.text, end.at); n < len(end.text) {
			return // cut short since
		}
	}
	s.stream.origin = origin{head: head, tail: tail, length: length, complete: true}
	s.stream.err = io.EOF
	if s.stream.file == nil {
		// Where reading on would begin is for others to see. A file that could be
		// read at any place can be moved to any.
		_, _ = s.stream.plain.Seek(s.ended, io.SeekStart)
	}
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
		r.spans.meetEnd(r)
		return n, io.EOF
	}
	return n, r.spans.fail(err)
}

// meetEnd notes that a reader is where the file ends.
func (s *Spans) meetEnd(r *spanReader) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.to == math.MaxInt64 {
		s.ended = r.at
	} else {
		s.short = true
	}
}
