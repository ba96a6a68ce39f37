package analyze

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/profile/uv"
)

// Present is what a log that a server writes has shown so far.
type Present struct {
	// Format is that of its last lines; nil when there are none or they are in no known format.
	Format *accesslog.Format

	lines      [][]byte
	before     *accesslog.Directives // in force before the lines
	directives *accesslog.Directives // in force behind them
}

// presentWindow is how much of the end of a log is looked at.
const presentWindow = 64 << 10

// LookAt looks at the last lines of a log: they tell its format, unless one is given, and what it carries. A log that does
// not exist yet has shown nothing. A log that begins with a directive, on which its lines then depend, is read whole.
func LookAt(ctx context.Context, path string, format *accesslog.Format) (*Present, error) {
	p := &Present{Format: format}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is no regular file", path)
	}
	from, err := p.read(f, info.Size())
	if err != nil {
		return nil, err
	}
	// Only a log that begins with directives has any further on.
	if start := []byte{0}; info.Size() > 0 {
		if _, err := f.ReadAt(start, 0); err != nil {
			return nil, err
		}
		if start[0] == '#' {
			if p.before, err = directivesOf(ctx, path, io.NewSectionReader(f, 0, from)); err != nil {
				return nil, err
			}
		}
	}
	p.directives = p.before
	for _, line := range p.lines {
		p.directives = accesslog.ScanDirectives(line, p.directives)
	}
	if p.Format == nil {
		if d, err := accesslog.DetectBehind(p.before, p.lines); err == nil {
			p.Format = d.Format
		}
	}
	return p, nil
}

// read takes the last whole lines, which start at from.
func (p *Present) read(f io.ReaderAt, size int64) (from int64, err error) {
	from = max(size-presentWindow, 0)
	text := make([]byte, size-from)
	if _, err := f.ReadAt(text, from); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	if from > 0 {
		torn := bytes.IndexByte(text, '\n') + 1
		text, from = text[torn:], from+int64(torn)
	}
	// What is behind the last line end the server is still writing.
	p.lines = linesOf(text[:bytes.LastIndexByte(text, '\n')+1])
	return from, nil
}

func linesOf(text []byte) (lines [][]byte) {
	for line, rest, more := accesslog.Cut(text); more; line, rest, more = accesslog.Cut(rest) {
		lines = append(lines, line)
	}
	return lines
}

// directivesOf returns what is in force behind a text.
func directivesOf(ctx context.Context, name string, text io.Reader) (*accesslog.Directives, error) {
	stream, err := input.FromReader(name, text).Open(ctx)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	var d *accesslog.Directives
	for lines := input.NewBlocks(stream, input.NewPool(input.PoolOptions{Blocks: 1})); ; {
		block, err := lines.Next(ctx)
		if block != nil {
			d = accesslog.ScanDirectives(block.Data, d)
			block.Release()
		}
		if errors.Is(err, io.EOF) {
			return d, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// Key returns the first of the keys whose every part the log carries, as its format or, where the values of a line have
// names, its last lines tell. It is the first of all when none is carried or nothing tells.
func (p *Present) Key(keys []uv.Key) uv.Key {
	for _, key := range keys {
		if p.carries(key) {
			return key
		}
	}
	return keys[0]
}

func (p *Present) carries(key uv.Key) bool {
	if p.Format == nil {
		return false
	}
	for _, part := range key.Parts() {
		if !p.Format.Carries(slotName(part), p.lines, p.before) {
			return false
		}
	}
	return true
}
