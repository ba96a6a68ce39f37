package analyze

import (
	"bytes"
	"errors"
	"time"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/analyze/agent"
	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/profile"
)

// A worker parses blocks of lines and measures them. It belongs to one goroutine.
type worker struct {
	opts     Options
	recorder *profile.Recorder
	agents   agent.Classifier
	parser   *accesslog.Parser
	key      *visitorKey
	record   accesslog.Record
	hit      profile.Hit
	// sinceNano and untilNano are the filter's bounds, when limited.
	sinceNano, untilNano int64
	limited              bool

	file    int // which of the files is being read
	bad     []badLine
	offsets offsets
}

// A badLine is a sample with its place, so that the first ones of all workers are kept.
type badLine struct {
	file   int
	line   int64
	sample profile.BadLine
}

// offsets are the time zone offsets that lines carry.
type offsets struct {
	first int32
	any   bool
	mixed bool
}

func (o *offsets) add(offset int32) {
	if !o.any {
		o.first, o.any = offset, true
	} else if offset != o.first {
		o.mixed = true
	}
}

func (o *offsets) merge(other offsets) {
	if other.any {
		o.add(other.first)
		o.mixed = o.mixed || other.mixed
	}
}

func newWorker(opts Options, zone *time.Location) *worker {
	w := &worker{opts: opts, recorder: profile.NewLogRecorder(zone, opts.Limits)}
	w.sinceNano, w.untilNano = -1<<63, 1<<63-1
	if !opts.Since.IsZero() {
		w.sinceNano, w.limited = opts.Since.UnixNano(), true
	}
	if !opts.Until.IsZero() {
		w.untilNano, w.limited = opts.Until.UnixNano(), true
	}
	return w
}

// use sets the format of the blocks that follow.
func (w *worker) use(file int, f *accesslog.Format) {
	w.file = file
	if w.parser == nil || w.parser.Format() != f {
		w.parser = f.NewParser()
		w.key = bindKey(w.opts.Key, f, w.opts.IPv6Prefix)
	}
}

// block measures every line of a block before whose start the directives are in force.
func (w *worker) block(b *input.Block, directives *accesslog.Directives) {
	w.parser.SetDirectives(directives)
	lines := w.recorder.Profile().Lines
	rest, number := b.Data, b.FirstLine
	for {
		line, after, more := accesslog.Cut(rest)
		if !more {
			return
		}
		rest = after
		lines.Read++
		w.line(line, number, b.Source.Name)
		number++
	}
}

func (w *worker) line(line []byte, number int64, file string) {
	lines := w.recorder.Profile().Lines
	r := &w.record
	if err := w.parser.Parse(line, r); err != nil {
		if errors.Is(err, accesslog.ErrComment) || len(bytes.TrimSpace(line)) == 0 {
			lines.Comments++
			return
		}
		lines.Bad++
		w.sampleBad(line, number, file, err)
		return
	}
	if w.limited && (!r.HasTime || r.Time < w.sinceNano || r.Time >= w.untilNano) {
		lines.Filtered++
		return
	}
	lines.Parsed++
	if r.HasOffset {
		w.offsets.add(r.Offset)
	}
	w.measure(r)
}

func (w *worker) measure(r *accesslog.Record) {
	h := &w.hit
	path := r.Path()
	h.Time, h.NoTime = r.Time, !r.HasTime
	h.Visitor, h.HasVisitor = w.key.of(r)
	h.Page, h.Method = path, r.Method
	if r.BadRequest {
		h.Page, h.Method = badRequestPage, badRequestMethod
	}
	h.Status, h.Bytes = r.Status, r.Bytes
	h.Static = isStatic(path, r.ContentType)
	h.Bot = w.agents.Identify(r.UserAgent).Kind() == agent.Bot
	h.PageView = w.opts.PageViews.counts(r, h.Static, h.Bot)
	h.Server, h.HasServer = r.Server, r.HasServer
	w.recorder.Add(h)
}

// What stands in the tables for a request line that is no request.
var (
	badRequestPage   = []byte("(no request)")
	badRequestMethod = []byte("(none)")
)

func (w *worker) sampleBad(line []byte, number int64, file string, err error) {
	// A worker's blocks come in order, so its first samples of a file are the first there are.
	if n := len(w.bad); n >= profile.MaxBadLines {
		return
	}
	var at *accesslog.LineError
	if !errors.As(err, &at) {
		return
	}
	text, caret := at.Caret(line, badLineWidth)
	w.bad = append(w.bad, badLine{file: w.file, line: number, sample: profile.BadLine{
		File: file, Line: number, Field: at.Field, Want: at.Want, Text: text, Caret: caret,
	}})
}

const badLineWidth = 72
