package input

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// Progress is how far a stream is read. Consumed may pass Total when a file
// grows meanwhile.
type Progress struct {
	Consumed int64 // bytes read as they are on disk
	Total    int64 // bytes on disk when opened, -1 where that is unknown
	Text     int64 // bytes of decompressed text handed out, a byte order mark not counted
}

// Stream is the text of one opened source. Read, Origin and Close belong to
// one goroutine; Progress and Compression may be called from any.
type Stream struct {
	source *Source
	ctx    context.Context
	cancel context.CancelFunc
	file   *os.File // nil when the reader is not ours
	total  int64

	consumed    atomic.Int64
	text        atomic.Int64
	compression atomic.Pointer[Compression]

	direct io.Reader  // the text, when reading it neither blocks nor costs
	plain  *os.File   // a regular file that direct is the text of, nil if there is none
	textAt int64      // where the text begins in plain
	fileAt int64      // from where plain is read
	ahead  *readAhead // else the goroutine that reads it
	origin origin
	err    error // what every further Read returns
}

// Open opens the source. The stream ends with ctx's error as soon as ctx is
// done, also while a read of a pipe is blocked. The caller must Close it.
//
// The text is told from the bytes: gzip (any number of members), zstd (any
// number of frames, also skippable ones, window at most MaxZstdWindow) and
// bzip2 are decompressed in a goroutine of their own, whatever the name says;
// a UTF-8 byte order mark is skipped. Other compressions and UTF-16 are
// refused with ErrUnsupported.
func (s Source) Open(ctx context.Context) (*Stream, error) {
	if err := ctx.Err(); err != nil {
		return nil, s.fail(err)
	}
	st := &Stream{source: &s, total: s.Size}
	raw := s.reader
	if raw == nil {
		file, err := openFile(ctx, s.Name, s.pipe)
		if err != nil {
			return nil, nameError(s.Name, err)
		}
		st.file, raw = file, file
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			st.total = info.Size()
		}
	}
	st.ctx, st.cancel = context.WithCancel(ctx)
	if file, ok := raw.(*os.File); ok && !s.pipe {
		if at, err := file.Seek(0, io.SeekCurrent); err == nil {
			st.plain, st.fileAt = file, at
		}
	}
	raw = &counted{ctx: st.ctx, r: raw, n: &st.consumed}
	if s.pipe {
		st.ahead = startAhead(st.ctx, false, func() (io.Reader, func(), error) {
			text, compression, done, err := openText(raw)
			st.compression.Store(&compression)
			return text, done, err
		})
		return st, nil
	}
	text, compression, done, err := openText(raw)
	if err != nil {
		return nil, errors.Join(s.fail(err), st.Close())
	}
	st.compression.Store(&compression)
	if compression == Uncompressed {
		st.direct = text
		st.textAt = st.fileAt + st.consumed.Load() - int64(len(text.prefix))
		return st, nil
	}
	st.ahead = startAhead(st.ctx, true, func() (io.Reader, func(), error) { return text, done, nil })
	return st, nil
}

// openFile opens a path for reading. Opening a named pipe waits for a writer,
// so that ctx must be able to end it.
func openFile(ctx context.Context, path string, pipe bool) (*os.File, error) {
	if !pipe {
		return os.Open(path)
	}
	type opened struct {
		file *os.File
		err  error
	}
	result := make(chan opened, 1)
	go func() {
		file, err := os.Open(path)
		result <- opened{file, err}
	}()
	select {
	case r := <-result:
		return r.file, r.err
	case <-ctx.Done():
	}
	// Be the writer that the open waits for until it has returned. Opened for
	// both ends a named pipe does not block. Without the right to write to it
	// the goroutine above stays until a writer comes.
	writer, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, ctx.Err()
	}
	if r := <-result; r.err == nil {
		r.file.Close()
	}
	writer.Close()
	return nil, ctx.Err()
}

// openText returns the text in raw, decompressed and without byte order mark.
func openText(raw io.Reader) (text *peeked, c Compression, done func(), err error) {
	head := newPeeked(raw, sniffLength)
	c, err = sniff(head.prefix)
	if err != nil {
		return nil, c, func() {}, err
	}
	done = func() {}
	if c != Uncompressed {
		decoder, closeDecoder, err := decompress(c, head)
		if err != nil {
			return nil, c, done, decodeError(c, err)
		}
		done = closeDecoder
		head = newPeeked(&decoded{decoder, c}, sniffLength)
	}
	if err := head.skipMark(); err != nil {
		done()
		return nil, c, func() {}, err
	}
	return head, c, done, nil
}

// Source returns what was opened; the pointer is the same for the stream's life.
func (s *Stream) Source() *Source { return s.source }

// Compression returns how the stream is packed, "" while that is not known
// (a pipe is looked at with the first Read).
func (s *Stream) Compression() Compression {
	if c := s.compression.Load(); c != nil {
		return *c
	}
	return ""
}

// Progress returns how far the stream is read. It may be called at any time
// from any goroutine.
func (s *Stream) Progress() Progress {
	return Progress{Consumed: s.consumed.Load(), Total: s.total, Text: s.text.Load()}
}

// Read reads decompressed text. An error of the data, such as a compressed
// file cut short (io.ErrUnexpectedEOF) or damaged, comes after all text before
// it; every error but io.EOF names the source. No error is ever forgotten: it
// is returned again by every further Read.
func (s *Stream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	var n int
	var err error
	if s.direct != nil {
		if err = s.ctx.Err(); err == nil {
			n, err = s.direct.Read(p)
		}
	} else {
		n, err = s.ahead.read(s.ctx, p)
	}
	s.origin.add(p[:n])
	s.text.Add(int64(n))
	if errors.Is(err, io.EOF) {
		s.err = io.EOF
		s.origin.complete = true
	} else if err != nil {
		s.err = s.source.fail(err)
	}
	return n, s.err
}

// Origin identifies the text of a stream that was read to its end: 32 hex
// digits of XXH3-128 over its first 4 KiB, its length as 8 bytes little
// endian, and its last 4 KiB. The same text has the same origin whatever its
// name or compression. It is "", false before the end, after an error, and for
// an empty text, of which two can never be counted twice.
func (s *Stream) Origin() (string, bool) { return s.origin.id() }

// Close ends the stream and its goroutine. It closes the file, but not the
// reader of FromReader.
func (s *Stream) Close() error {
	s.cancel()
	if s.err == nil {
		s.err = s.source.fail(os.ErrClosed)
	}
	if s.file == nil {
		if s.ahead != nil && !s.source.pipe {
			s.ahead.wait()
		}
		return nil
	}
	// Where the poller can interrupt a read, closing the file does so; a read
	// of a regular file returns by itself.
	interruptible := !s.source.pipe || s.file.SetReadDeadline(time.Time{}) == nil
	err := s.file.Close()
	if s.ahead != nil && interruptible {
		s.ahead.wait()
	}
	if err != nil && !errors.Is(err, os.ErrClosed) {
		return s.source.fail(err)
	}
	return nil
}

// fail puts the source's name before an error.
func (s *Source) fail(err error) error {
	name := printable(s.Name)
	if s.Name == StandardInput {
		name = "standard input"
	}
	var pathErr *os.PathError
	if errors.As(err, &pathErr) && pathErr.Path == s.Name {
		err = pathErr.Err
	}
	return fmt.Errorf("input: %s: %w", name, err)
}
