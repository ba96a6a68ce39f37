package analyze

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/profile"
)

// A Tail measures the lines that are appended to one file from a certain moment on. It is not safe for concurrent use.
type Tail struct {
	path   string
	info   os.FileInfo
	offset int64
	r      *reader
	format *accesslog.Format
}

// NewTail starts at the file's present end. A file that does not exist yet is read from its beginning once it does.
func NewTail(path string, opts Options) (*Tail, error) {
	t := &Tail{path: path, format: opts.Format, r: newReader(opts.withDefaults())}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: is no regular file", path)
	default:
		t.info, t.offset = info, info.Size()
	}
	return t, nil
}

// Read measures the whole lines that have been appended since the last call and returns how many bytes they took. A file
// that became shorter, or another file under the name, is an error: lines would be missing.
func (t *Tail) Read(ctx context.Context) (int64, error) {
	f, err := os.Open(t.path)
	if errors.Is(err, os.ErrNotExist) && t.info == nil {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if t.info != nil && !os.SameFile(t.info, info) {
		return 0, fmt.Errorf("%s: was replaced while it was read (rotated?)", t.path)
	}
	t.info = info
	if info.Size() < t.offset {
		return 0, fmt.Errorf("%s: became shorter while it was read", t.path)
	}
	end, err := lastLineEnd(f, t.offset, info.Size())
	if err != nil || end == t.offset {
		return 0, err
	}
	part := input.FromReader(t.path, io.NewSectionReader(f, t.offset, end-t.offset))
	if err := t.r.source(ctx, 0, part); err != nil {
		return 0, err
	}
	n := end - t.offset
	t.offset = end
	return n, nil
}

// lastLineEnd returns the offset behind the last newline in [from, to), or from when there is none.
func lastLineEnd(f io.ReaderAt, from, to int64) (int64, error) {
	buf := make([]byte, 64<<10)
	for to > from {
		n := min(int64(len(buf)), to-from)
		if _, err := f.ReadAt(buf[:n], to-n); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		for i := n - 1; i >= 0; i-- {
			if buf[i] == '\n' {
				return to - n + i + 1, nil
			}
		}
		to -= n
	}
	return from, nil
}

// Parsed is how many lines have been understood so far.
func (t *Tail) Parsed() uint64 {
	var n uint64
	for _, w := range t.r.workers {
		n += w.recorder.Lines().Parsed
	}
	return n
}

// Format is the format of the lines, nil before the first one of a file whose format is detected.
func (t *Tail) Format() *accesslog.Format {
	if t.format == nil && len(t.r.formats) > 0 {
		return t.r.formats[0]
	}
	return t.format
}

// Profile returns what was measured. The Tail must not be used afterwards.
func (t *Tail) Profile() (*profile.Profile, error) { return t.r.finish() }
