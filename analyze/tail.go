package analyze

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/profile"
)

// A Tail measures the lines that are appended to one log from a certain moment on. It keeps the file open, so that a log
// which is renamed away is read to its end before the new one under the name is. It is not safe for concurrent use.
type Tail struct {
	path   string
	file   *os.File
	info   os.FileInfo
	offset int64
	r      *reader
}

// NewTail starts at the file's present end; present is what LookAt has found in it, or nil. A file that does not exist yet
// is read from its beginning once it does.
func NewTail(path string, present *Present, opts Options) (*Tail, error) {
	t := &Tail{path: path, r: newReader(opts.withDefaults())}
	if present != nil {
		t.r.lastName, t.r.lastDirectives = path, present.directives
	}
	if err := t.open(); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if t.info != nil {
		t.offset = t.info.Size()
	}
	return t, nil
}

// open opens what is under the name now, from its beginning.
func (t *Tail) open() error {
	f, err := os.Open(t.path)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: is no regular file", t.path)
	}
	if err != nil {
		f.Close()
		return err
	}
	if t.file != nil {
		t.file.Close()
	}
	t.file, t.info, t.offset = f, info, 0
	return nil
}

// Close closes the file.
func (t *Tail) Close() {
	if t.file != nil {
		t.file.Close()
		t.file = nil
	}
}

// Exists says whether there is, or was, a file under the name.
func (t *Tail) Exists() bool { return t.info != nil }

// Read measures the whole lines that have been appended since the last call and returns how many bytes they took. When
// another file stands under the name, the old one is read to its end and then the new one. A file that became shorter is
// an error: lines would be missing.
func (t *Tail) Read(ctx context.Context) (int64, error) {
	if t.file == nil {
		if err := t.open(); err != nil {
			if errors.Is(err, os.ErrNotExist) && t.info == nil {
				return 0, nil
			}
			return 0, err
		}
	}
	// Looked at before reading: what is renamed away afterwards is found by the next call.
	now, err := os.Stat(t.path)
	replaced := err == nil && !os.SameFile(t.info, now)
	n, err := t.readOn(ctx)
	if err != nil || !replaced {
		return n, err
	}
	if err := t.open(); err != nil {
		return n, err
	}
	more, err := t.readOn(ctx)
	return n + more, err
}

// readOn reads on in the open file.
func (t *Tail) readOn(ctx context.Context) (int64, error) {
	info, err := t.file.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() < t.offset {
		return 0, fmt.Errorf("%s: became shorter while it was read (a log is rotated by renaming it)", t.path)
	}
	end, err := lastLineEnd(t.file, t.offset, info.Size())
	if err != nil || end == t.offset {
		return 0, err
	}
	part := input.FromReader(t.path, io.NewSectionReader(t.file, t.offset, end-t.offset))
	err = t.r.source(ctx, 0, part)
	// The parts of one growing log are no origins that could be told apart again.
	t.r.origins, t.r.twice = nil, nil
	if err != nil {
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
		n += w.recorder.Profile().Lines.Parsed
	}
	return n
}

// Profile returns what was measured. The Tail must not be used afterwards.
func (t *Tail) Profile() (*profile.Profile, error) { return t.r.finish() }
