package analyze

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/analyze/client"
	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/profile"
)

// ErrNothingParsed is wrapped by the error of reading lines of which none was understood.
var ErrNothingParsed = errors.New("no line could be parsed")

// Read measures the lines of all sources into one profile.
//
// The profile is complete for everything that could be read, also when an error is returned beside it: a file that can't
// be read to its end does not spoil the rest, and a cancelled context ends the reading early and marks the profile as
// interrupted. The errors of several files are joined. Without a single parsed line the error wraps [ErrNothingParsed],
// or is an [*UnknownFormatError].
func Read(ctx context.Context, sources []input.Source, opts Options) (*profile.Profile, error) {
	r := newReader(opts.withDefaults())
	if _, err := client.New(opts.Client); err != nil {
		return profile.NewLogRecorder(time.UTC, opts.Limits).Profile(), fmt.Errorf("analyze: %w", err)
	}
	stop := r.reportProgress(sources)
	var errs []error
	for i := range sources {
		if ctx.Err() != nil {
			break
		}
		if err := r.source(ctx, i, sources[i]); err != nil && ctx.Err() == nil {
			errs = append(errs, err)
		}
	}
	stop()
	p, err := r.finish()
	if err != nil {
		errs = append(errs, err)
	}
	p.Interrupted = ctx.Err() != nil
	if p.Lines.Parsed+p.Lines.Filtered == 0 && len(errs) == 0 && !p.Interrupted {
		errs = append(errs, r.nothingParsed(p.Lines))
	}
	return p, errors.Join(errs...)
}

// nothingParsed says why there is nothing to measure.
func (r *reader) nothingParsed(l *profile.Lines) error {
	switch {
	case l.Read == 0:
		return fmt.Errorf("analyze: %w: the log is empty", ErrNothingParsed)
	case l.Bad == 0:
		return fmt.Errorf("analyze: %w: all lines are blank or comments", ErrNothingParsed)
	}
	if r.looksLike != nil {
		return fmt.Errorf("analyze: %w as %s: the format looks like %s", ErrNothingParsed, r.opts.Format.Name(), r.looksLike.Name())
	}
	return fmt.Errorf("analyze: %w", ErrNothingParsed)
}

// A reader holds what is common to all files of one reading.
type reader struct {
	opts      Options
	zone      *time.Location
	workers   []*worker
	pool      *input.Pool
	formats   []*accesslog.Format
	origins   []profile.Origin
	twice     []string          // pairs of files with the same content
	looksLike *accesslog.Format // what the first file is in when it is not in the format given; else nil
	without   bool              // some format carries no part of the visitor key
	lines     profile.Lines

	// What was in force at the end of the last file, which may be read on.
	lastName       string
	lastDirectives *accesslog.Directives

	current  atomic.Pointer[input.Stream]
	read     atomic.Int64 // lines
	doneDisk atomic.Int64 // bytes of the files before the current one
}

func newReader(opts Options) *reader {
	return &reader{opts: opts, zone: opts.Zone, pool: input.NewPool(input.PoolOptions{Blocks: opts.Workers + 2})}
}

// source measures one file.
func (r *reader) source(ctx context.Context, index int, source input.Source) error {
	stream, err := source.Open(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	r.current.Store(stream)
	defer func() {
		r.current.Store(nil)
		r.doneDisk.Add(stream.Progress().Consumed)
	}()
	lines := input.NewBlocks(stream, r.pool)
	directives := r.inForce(source.Name)
	first, err := lines.Next(ctx)
	for first != nil && r.opts.Format == nil && allComments(first.Data) {
		// They tell no format, and need none.
		r.lines.Read += uint64(first.Lines)
		r.lines.Comments += uint64(first.Lines)
		directives = accesslog.ScanDirectives(first.Data, directives)
		first.Release()
		first, err = lines.Next(ctx)
	}
	if first == nil {
		r.lastName, r.lastDirectives = source.Name, directives
		r.account(lines.Counts())
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	format, ferr := r.formatOf(source.Name, first.Data, directives)
	if ferr != nil {
		first.Release()
		return ferr
	}
	if err := r.prepare(index, format, first.Data); err != nil {
		first.Release()
		r.account(lines.Counts())
		return fmt.Errorf("%s: %w", source.Name, err)
	}
	blocks := newBlocks(lines, format, first, directives, len(r.workers))
	err = r.drain(ctx, blocks)
	r.lastName, r.lastDirectives = source.Name, blocks.directives
	r.account(blocks.counts())
	if id, ok := stream.Origin(); ok {
		r.origin(profile.Origin{ID: id, Name: source.Name})
	}
	return err
}

// allComments says whether all lines of a text are comments or blank.
func allComments(text []byte) bool {
	for line, rest, more := accesslog.Cut(text); more; line, rest, more = accesslog.Cut(rest) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

// origin notes what was read, and of what was read before under another name that it was.
func (r *reader) origin(o profile.Origin) {
	for _, old := range r.origins {
		if old.ID == o.ID {
			r.twice = append(r.twice, o.Name+" and "+old.Name)
			return
		}
	}
	r.origins = append(r.origins, o)
}

// account adds the lines that never reached a worker.
func (r *reader) account(n input.LineCounts) {
	r.lines.Read += uint64(n.Overlong)
	r.lines.Bad += uint64(n.Overlong)
	r.lines.Overlong += uint64(n.Overlong)
}

func (r *reader) formatOf(name string, head []byte, directives *accesslog.Directives) (*accesslog.Format, error) {
	format, lines := r.opts.Format, sampleLines(head)
	if format != nil && len(r.formats) == 0 && !parsesAny(format, lines, directives) {
		if detected, err := accesslog.DetectBehind(directives, lines); err == nil {
			r.looksLike = detected.Format
		}
	}
	if format == nil {
		detected, err := accesslog.DetectBehind(directives, lines)
		if err != nil {
			return nil, newUnknownFormat(name, lines, err)
		}
		format = detected.Format
	}
	for _, f := range r.formats {
		if f == format {
			return format, nil
		}
	}
	r.formats = append(r.formats, format)
	return format, nil
}

// parsesAny says whether a format understands any of the lines.
func parsesAny(format *accesslog.Format, lines [][]byte, directives *accesslog.Directives) bool {
	parser := format.NewParser()
	parser.SetDirectives(directives)
	var record accesslog.Record
	for _, line := range lines {
		if parser.Parse(line, &record) == nil {
			return true
		}
	}
	return false
}

// An UnknownFormatError says that a file is in no known format. Text and Caret show the first line that the closest
// format refuses and where; they are safe for a terminal, and empty when there was no line.
type UnknownFormatError struct {
	File        string
	Text, Caret string
	Err         error
}

// Error is one line.
func (e *UnknownFormatError) Error() string { return e.File + ": " + e.Err.Error() }

// Unwrap is the [*accesslog.DetectError].
func (e *UnknownFormatError) Unwrap() error { return e.Err }

func newUnknownFormat(name string, lines [][]byte, err error) error {
	e := &UnknownFormatError{File: name, Err: err}
	var d *accesslog.DetectError
	if errors.As(err, &d) && d.Err != nil && d.Line < len(lines) {
		e.Text, e.Caret = d.Err.Caret(lines[d.Line], badLineWidth)
	}
	return e
}

const maxSampleLines = 200

// sampleLines are the first lines, and the comments among them.
func sampleLines(head []byte) (lines [][]byte) {
	for n := 0; n < maxSampleLines; {
		line, rest, more := accesslog.Cut(head)
		if !more {
			break
		}
		if len(line) > 0 && line[0] != '#' {
			n++
		}
		lines, head = append(lines, line), rest
	}
	return lines
}

// prepare makes the workers once it is known which zone the log is in.
func (r *reader) prepare(index int, format *accesslog.Format, head []byte) error {
	if err := r.checkFields(format); err != nil {
		return err
	}
	if !bindKey(r.opts.Key, format, 0, nil).present {
		r.without = true
	}
	if r.zone == nil {
		r.zone = zoneOf(format, head, r.opts.LogZone)
	}
	r.opts.bound(r.zone)
	for len(r.workers) < r.opts.Workers {
		r.workers = append(r.workers, newWorker(r.opts, r.zone))
	}
	for _, w := range r.workers {
		if err := w.use(index, format); err != nil {
			return err
		}
	}
	return nil
}

// A FieldError says that a log's format has no field of a name.
type FieldError struct {
	Field, Format string
	// Has are the fields that hits of the format can be counted by.
	Has []string
}

// Error is one line.
func (e *FieldError) Error() string {
	return fmt.Sprintf("the format %s has no field %q: it has %s", e.Format, e.Field, strings.Join(e.Has, ", "))
}

// checkFields makes sure that the first format carries every field to count by. Later ones may lack them.
func (r *reader) checkFields(format *accesslog.Format) error {
	if len(r.workers) > 0 {
		return nil
	}
	for _, name := range r.opts.Fields {
		if _, ok := newGrouping(name, format, nil); !ok {
			return &FieldError{Field: name, Format: format.Name(), Has: groupings(format)}
		}
	}
	return nil
}

// zoneOf is the zone of the first line that says one, else that of the log's clock.
func zoneOf(format *accesslog.Format, head []byte, clock *time.Location) *time.Location {
	parser := format.NewParser()
	var record accesslog.Record
	for _, line := range sampleLines(head) {
		if parser.Parse(line, &record) == nil && record.HasOffset {
			return profile.FixedZone(int(record.Offset))
		}
	}
	if clock != nil && format.Zoneless() {
		return clock
	}
	return time.UTC
}

// drain lets the workers take blocks until there are none.
func (r *reader) drain(ctx context.Context, blocks *blocks) error {
	var wg sync.WaitGroup
	errs := make([]error, len(r.workers))
	for i, w := range r.workers {
		wg.Go(func() {
			errs[i] = blocks.each(ctx, w.pool, func(block *input.Block, inForce *accesslog.Directives) {
				w.block(block, inForce)
				r.read.Add(block.Lines)
			})
		})
	}
	wg.Wait()
	if blocks.spans != nil {
		blocks.spans.Close()
		for _, w := range r.workers {
			w.placeBad(blocks.spans)
		}
	}
	for _, err := range errs {
		if err != nil {
			return err // the stream's own error, which every worker got
		}
	}
	return nil
}
