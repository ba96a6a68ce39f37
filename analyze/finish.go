package analyze

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
)

// finish merges what the workers measured.
func (r *reader) finish() (*profile.Profile, error) {
	if r.zone == nil {
		r.zone = time.UTC
	}
	if len(r.workers) == 0 {
		r.workers = append(r.workers, newWorker(r.opts, r.zone))
	}
	var wg sync.WaitGroup
	for _, w := range r.workers {
		wg.Go(func() { w.recorder.Profile() }) // each brings its own up to date
	}
	wg.Wait()
	p := r.workers[0].recorder.Profile()
	all, bad, lone := r.workers[0].offsets, r.workers[0].bad, r.workers[0].lone
	for _, w := range r.workers[1:] {
		if err := p.Absorb(w.recorder.Profile()); err != nil {
			return p, fmt.Errorf("analyze: %w", err)
		}
		all.merge(w.offsets)
		lone.merge(&w.lone)
		bad = append(bad, w.bad...)
	}
	p.Lines.Read += r.lines.Read
	p.Lines.Bad += r.lines.Bad
	p.Lines.Comments += r.lines.Comments
	p.Lines.Overlong += r.lines.Overlong
	p.Origins = append(p.Origins, r.origins...)
	p.BadLines = firstBad(bad)
	r.describe(p)
	r.warn(p, all)
	r.warnOfProxies(p, &lone)
	return p, nil
}

func firstBad(bad []badLine) []profile.BadLine {
	slices.SortFunc(bad, func(a, b badLine) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
	})
	var out []profile.BadLine
	for _, b := range bad[:min(len(bad), profile.MaxBadLines)] {
		out = append(out, b.sample)
	}
	return out
}

func (r *reader) describe(p *profile.Profile) {
	prefix := r.opts.IPv6Prefix
	if prefix == 0 {
		prefix = 64
	}
	p.Definitions = profile.Definitions{
		PV:         r.opts.PageViews.Definition(),
		UV:         fmt.Sprintf("distinct %s among the page views, IPv6 addresses cut to /%d", r.opts.Key, prefix),
		Zone:       r.zone.String(),
		VisitorKey: r.opts.Key.String(),
		PageViews:  r.opts.PageViews.String(),
	}
	if r.opts.Secret != nil {
		p.Definitions.Secret = r.opts.Secret.ID()
	}
	if r.opts.Paths != RawPaths {
		p.Definitions.Paths = r.opts.Paths.String()
	}
	if r.opts.Filter != nil {
		p.Definitions.Filter = r.opts.Filter.String()
	}
	switch c := r.opts.Client; {
	case c.Hops > 0:
		p.Definitions.Client = fmt.Sprintf("address %d from the right of X-Forwarded-For", c.Hops)
	case len(c.Trusted) > 0:
		p.Definitions.Client = "the rightmost address of X-Forwarded-For that is no trusted proxy's"
	}
	for _, f := range r.formats {
		p.Definitions.Formats = append(p.Definitions.Formats, f.Name())
	}
}

func (r *reader) warn(p *profile.Profile, zones offsets) {
	if r.without {
		p.Warn(profile.Warning{Code: "no_visitor_key",
			Text: fmt.Sprintf("the log carries no part of the visitor key %s: its visitors can't be counted", r.opts.Key),
			Hint: "name what tells visitors apart with --uv-key, or add it to the log's format"})
	}
	// A format whose lines name their values, such as JSON, could carry any key; whether it does, the lines tell.
	if !r.without && p.PageViews > 0 && p.WithoutKey == p.PageViews {
		p.Warn(profile.Warning{Code: "no_visitor_key",
			Text: fmt.Sprintf("no line of the access log carries the visitor key %s: its visitors can't be counted", r.opts.Key),
			Hint: "name what tells visitors apart with --uv-key"})
	}
	if r.opts.PageViews == Web && p.Hits > 0 && p.NoStatus == p.Hits {
		p.Warn(profile.Warning{Code: "no_status", Text: "no line has a status: the page views of web are those with 2xx or 304, so there are none",
			Hint: "--pv raw counts every hit, --pv api those of no static file"})
	}
	for _, name := range r.opts.Fields {
		if rows := p.Tables[profile.ByField(name)].Rows(-1); len(rows) == 1 && rows[0].Key == string(noValue) {
			p.Warn(profile.Warning{Code: "no_field", Text: fmt.Sprintf("no line has a value for the field %s", name),
				Hint: "`loadx formats explain FILE` lists the fields that are understood"})
		}
	}
	if p.Lines.Filtered > 0 && p.Lines.Parsed == 0 {
		p.Warn(profile.Warning{Code: "all_filtered", Text: fmt.Sprintf("every line that could be parsed is left out: %s", r.leftOutBy())})
	}
	if zones.mixed && r.opts.Zone == nil {
		p.Warn(profile.Warning{Code: "mixed_offsets",
			Text: "the lines carry several time zone offsets; days and hours are those of " + r.zone.String(),
			Hint: "name the zone with --tz, such as --tz Europe/Berlin"})
	}
	if n := len(r.twice); n > 0 {
		more := ""
		if n > 1 {
			more = fmt.Sprintf(", and %d more pairs", n-1)
		}
		p.Warn(profile.Warning{Code: "same_content", Invalidates: true,
			Text: r.twice[0] + " have the same content" + more + ": it is counted twice", Hint: "leave one of them out"})
	}
	if n := p.Lines.Bad; n > 0 && n*100 > p.Lines.Read {
		p.Warn(profile.Warning{Code: "bad_lines", Invalidates: n*2 > p.Lines.Read,
			Text: fmt.Sprintf("%d of %d lines are not in the format and are not counted", n, p.Lines.Read),
			Hint: "`loadx formats` lists the formats; --format takes the log_format or LogFormat string of the server"})
	}
	if n := p.Lines.Overlong; n > 0 {
		p.Warn(profile.Warning{Code: "overlong_lines",
			Text: fmt.Sprintf("%d of the lines that are not in the format are longer than %d MiB and were not read", n, input.MaxLine>>20)})
	}
	p.WarnOfClamped()
	if n := p.NoTimeHits; n > 0 {
		p.Warn(profile.Warning{Code: "no_time", Text: fmt.Sprintf("%d hits carry no time: they are in no hour or day", n)})
	}
}

// leftOutBy says what leaves out lines.
func (r *reader) leftOutBy() string {
	var by []string
	if !r.opts.Since.IsZero() {
		by = append(by, "since "+r.opts.Since.Format(time.RFC3339))
	}
	if !r.opts.Until.IsZero() {
		by = append(by, "until "+r.opts.Until.Format(time.RFC3339))
	}
	if r.opts.Filter != nil {
		by = append(by, "filter "+r.opts.Filter.String())
	}
	return strings.Join(by, ", ")
}

// loneHits is from how many hits on it is odd that all come from one address.
const loneHits = 1000

// warnOfProxies tells when the addresses seem to be those of proxies and not of clients.
func (r *reader) warnOfProxies(p *profile.Profile, lone *loneAddress) {
	resolved := r.opts.Client.Hops > 0 || len(r.opts.Client.Trusted) > 0
	forwarded := false
	for _, f := range r.formats {
		_, ok := f.Slot("forwarded_for")
		forwarded = forwarded || ok
	}
	if resolved && !forwarded && len(r.formats) > 0 {
		p.Warn(profile.Warning{Code: "no_forwarded_for",
			Text: "the log carries no X-Forwarded-For: the clients behind proxies can't be told apart",
			Hint: `add "$http_x_forwarded_for" (nginx) or %{X-Forwarded-For}i (Apache) to the log's format`})
	}
	byAddress := slices.ContainsFunc(r.opts.Key.Parts(), func(part uv.Part) bool { return part.Kind == uv.PartIP })
	if lone.many || lone.hits < loneHits || !byAddress {
		return
	}
	w := profile.Warning{Code: "single_client",
		Text: fmt.Sprintf("all %d hits come from one address: visitors are told apart by it, and it is perhaps a proxy's", lone.hits)}
	switch {
	case resolved:
		w.Hint = "is one proxy more in front? --trusted-proxy takes its network, --xff-hops the number of proxies"
	case forwarded:
		w.Hint = "the log has X-Forwarded-For: name the proxies with --trusted-proxy CIDR, or their number with --xff-hops N"
	default:
		w.Hint = `log X-Forwarded-For, "$http_x_forwarded_for" in nginx, and name the proxies with --trusted-proxy CIDR; or tell visitors apart by a cookie: --uv-key cookie:NAME`
	}
	p.Warn(w)
}

// reportProgress calls the progress function until the returned function is called.
func (r *reader) reportProgress(sources []input.Source) (stop func()) {
	if r.opts.Progress == nil {
		return func() {}
	}
	total := int64(0)
	for _, s := range sources {
		if s.Size < 0 || total < 0 {
			total = -1
			break
		}
		total += s.Size
	}
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			pr := Progress{Done: r.doneDisk.Load(), Total: total, Lines: r.read.Load()}
			if s := r.current.Load(); s != nil {
				pr.Name = s.Source().Name
				pr.Done += s.Progress().Consumed
			}
			r.opts.Progress(pr)
		}
	}()
	return func() { close(done); <-gone }
}
