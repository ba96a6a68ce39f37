package analyze

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/analyze/agent"
	"github.com/loadx/loadx/analyze/client"
	"github.com/loadx/loadx/analyze/filter"
	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/profile"
)

// A worker parses blocks of lines and measures them. It belongs to one goroutine.
type worker struct {
	opts     Options
	zone     *time.Location // whose days and hours are counted
	recorder *profile.Recorder
	agents   agent.Classifier
	scanner  *accesslog.Scanner
	key      *visitorKey
	record   accesslog.Record
	hit      profile.Hit
	families families
	referrer referrerReader
	host     []byte // of the record, in lower case
	page     []byte // of the record, when paths are templated

	// Of the format that is being read.
	filter      *filter.Bound
	local       *wallClock // when its lines carry no offset
	hasHost     bool
	hasReferer  bool
	hasUpstream bool
	groupings   []grouping

	resolver *client.Resolver // nil when connections are the clients' own
	lone     loneAddress

	// sinceNano and untilNano are the filter's bounds, when limited.
	sinceNano, untilNano int64
	limited              bool

	pool *input.Pool // of the blocks it reads for itself

	file    int // which of the files is being read
	part    int // and which part of it
	bad     []badLine
	offsets offsets
}

// A badLine is a sample with its place, so that the first ones of all workers are kept.
type badLine struct {
	file   int
	part   int // of the file that line is counted in, 0 once it is counted from the beginning
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
	w := &worker{opts: opts, zone: zone, pool: input.NewPool(input.PoolOptions{Blocks: 1}), recorder: profile.NewLogRecorder(zone, opts.Limits, opts.Fields...)}
	w.families.recorder = w.recorder
	w.hit.Fields = make([][]byte, len(opts.Fields))
	if opts.Client.Hops > 0 || len(opts.Client.Trusted) > 0 {
		w.resolver, _ = client.New(opts.Client) // Read has made one already
	}
	w.sinceNano, w.untilNano = -1<<63, 1<<63-1
	if !opts.Since.IsZero() {
		w.sinceNano, w.limited = opts.Since.UnixNano(), true
	}
	if !opts.Until.IsZero() {
		w.untilNano, w.limited = opts.Until.UnixNano(), true
	}
	return w
}

// absentSlot stands for a field that the format does not carry.
const absentSlot = 1 << 30

// use sets the format of the blocks that follow.
func (w *worker) use(file int, f *accesslog.Format) error {
	w.file = file
	if w.scanner != nil && w.scanner.Format() == f {
		return nil
	}
	w.scanner = f.NewScanner()
	w.key = bindKey(w.opts.Key, f, w.opts.IPv6Prefix, w.opts.Secret)
	_, w.hasHost = f.Slot("host")
	_, w.hasReferer = f.Slot("referer")
	_, w.hasUpstream = f.Slot("upstream")
	// What the new format does not carry must not stay from the old one.
	w.host, w.hit.Host, w.hit.Worker = w.host[:0], nil, nil
	w.groupings = w.groupings[:0]
	for _, name := range w.opts.Fields {
		g, ok := newGrouping(name, f, w.zone)
		if !ok {
			g = grouping{slot: absentSlot}
		}
		w.groupings = append(w.groupings, g)
	}
	w.local = nil
	if w.opts.LogZone != nil && f.Zoneless() {
		w.local = &wallClock{zone: w.opts.LogZone}
	}
	w.filter = nil
	if w.opts.Filter == nil {
		return nil
	}
	var err error
	if w.filter, err = w.opts.Filter.Bind(f); err != nil {
		w.scanner = nil
		return fmt.Errorf("--filter: %w", err)
	}
	return nil
}

// block measures every line of a block before whose start the directives are in force.
func (w *worker) block(b *input.Block, directives *accesslog.Directives) {
	w.scanner.Reset(b.Data, directives)
	w.part = b.Part
	lines, r := w.recorder.Lines(), &w.record
	for number := b.FirstLine; ; number++ {
		line, more, err := w.scanner.Scan(r)
		if !more {
			return
		}
		lines.Read++
		switch {
		case err == nil:
			w.parsed(lines, r)
		case errors.Is(err, accesslog.ErrComment) || len(bytes.TrimSpace(line)) == 0:
			lines.Comments++
		default:
			lines.Bad++
			w.sampleBad(line, number, b.Source.Name, err)
		}
	}
}

// parsed measures what a line says, unless it is left out.
func (w *worker) parsed(lines *profile.Lines, r *accesslog.Record) {
	if w.local != nil && r.HasTime && !r.HasOffset {
		r.Time = w.local.instant(r.Time)
	}
	if w.resolver != nil {
		r.Addr = w.resolver.Address(r)
	}
	if w.limited && (!r.HasTime || r.Time < w.sinceNano || r.Time >= w.untilNano) {
		lines.Filtered++
		return
	}
	if w.filter != nil && !w.filter.Match(r) {
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
	w.lone.add(r.Addr)
	h.Time, h.NoTime = r.Time, !r.HasTime
	h.Visitor, h.HasVisitor = w.key.of(r)
	h.Page, h.Method = path, r.Method
	if r.BadRequest {
		h.Page, h.Method = badRequestPage, badRequestMethod
	} else if w.opts.Paths == TemplatedPaths {
		w.page = appendTemplate(w.page[:0], path)
		h.Page = w.page
	}
	h.Status, h.Bytes = r.Status, r.Bytes
	h.Static = isStatic(path, r.ContentType)
	id := w.agents.Identify(r.UserAgent)
	h.Agent = w.families.of(id)
	h.Bot = id.Kind() == agent.Bot
	h.PageView = w.opts.PageViews.counts(r, h.Static, h.Bot)
	h.Server, h.HasServer = r.Server, r.HasServer
	if w.hasHost {
		w.host = appendLower(w.host[:0], r.Host)
		h.Host = w.host
	}
	h.Referrer = nil
	if h.PageView && w.hasReferer {
		h.Referrer = w.referrer.of(r.Referer, w.host)
	}
	if w.hasUpstream {
		h.Worker = r.Upstream
		if h.Worker == nil {
			h.Worker = noWorker
		}
	}
	for i := range w.groupings {
		h.Fields[i] = w.groupings[i].value(r)
	}
	w.recorder.Add(h)
}

// What stands for what a line does not say.
var (
	noValue  = []byte("-")
	noWorker = []byte{}
)

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
	w.bad = append(w.bad, badLine{file: w.file, part: w.part, line: number, sample: profile.BadLine{
		File: file, Line: number, Field: at.Field, Want: at.Want, Text: text, Caret: caret,
	}})
}

// placeBad numbers the bad lines of the file from its beginning. Where the reading broke off before, which number they
// have is not known, and they are no samples.
func (w *worker) placeBad(spans *input.Spans) {
	placed := w.bad[:0]
	for _, b := range w.bad {
		if before, known := spans.LinesBefore(b.part); known {
			b.line += before
			b.part, b.sample.Line = 0, b.line
			placed = append(placed, b)
		}
	}
	w.bad = placed
}

const badLineWidth = 72
