package gate

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
)

// Evidence tells how a gate came to fail. Parts that the profile does not tell are left out.
type Evidence struct {
	// When is when it failed, nil where that is not known.
	When *When
	// Pages are the pages that have most of what failed, the first ones; nil for a gate on one page, and for figures that
	// pages do not have.
	Pages []PageEvidence
	// Sample is one failure in words, nil for figures of which failures say nothing.
	Sample *Sample
}

// When is the stretch of time in which a gate failed. Of an attack it has From, To and Width, which are whole slices of its
// timeline since the start of the schedule; of a log it has Begin, End and Unit, in the log's time zone.
type When struct {
	From, To   time.Duration
	Width      time.Duration
	Begin, End time.Time
	Unit       profile.Unit
	// Lasting says that the stretch goes on to the end of what was measured.
	Lasting bool
	// Over is how many slices were beyond the limit, or held some of what makes a count too large, in the stretch and
	// outside of it; Of is how many there are with data. Both are 0 where slices do not tell.
	Over, Of int
	// Worst is the figure of the worst slice, which begins at WorstAt, or WorstBegin of a log; it has a meaning only if Over
	// is above 0.
	Worst      profile.Value
	WorstAt    time.Duration
	WorstBegin time.Time
	// Counted says that the gate is on a count, which grows: From is when it grew beyond the limit, and a slice's figure is
	// by how much it grew.
	Counted bool
}

// PageEvidence is a page's part in a failed gate.
type PageEvidence struct {
	// Page is its name, which may come from outside.
	Page string
	// Actual is the page's own figure in words, and ActualValue the same in numbers: of the response time of an attack, or
	// its share of errors.
	Actual      string
	ActualValue profile.Value
	// Share is the page's part of all requests that are beyond the limit, or that failed, in [0, 1].
	Share float64
}

// A Sample is one failure.
type Sample struct {
	Class profile.ErrorClass
	// Page and Text may come from outside.
	Page, Text string
	// At is when it was, since the first hit.
	At time.Duration
}

// mostPages is how many pages evidence names.
const mostPages = 3

// Evidence says how the gate came to fail in a profile; nil if it did not fail, or nothing is known of it.
func (g Gate) Evidence(p *profile.Profile) *Evidence {
	limit, _, ok := g.bound.of(g.metric, p, g.op)
	if !ok || g.Judge(p).Verdict != Fail {
		return nil
	}
	m := g.metric
	if name, ok := strings.CutPrefix(m.Name, "seen."); ok {
		p = p.Seen
		inner, err := profile.FindMetric(name)
		if p == nil || err != nil {
			return nil
		}
		m = inner
	}
	e := &Evidence{}
	switch {
	case p.Timeline != nil:
		e.When = g.whenSent(p, m, limit)
	case p.Calendar != nil:
		e.When = g.whenLogged(p, m, limit)
	}
	page := ""
	if g.op != greater && g.op != greaterOrEqual && (p.Measured == nil || !p.Measured.Cut) {
		e.Pages = worstPages(p, m, limit)
	}
	if len(e.Pages) > 0 {
		page = e.Pages[0].Page
	}
	e.Sample = sampleOf(p, m, page, e.When)
	if e.When == nil && len(e.Pages) == 0 && e.Sample == nil {
		return nil
	}
	return e
}

// A finding is a When in numbers of slices.
type finding struct {
	When
	from, to, worst int
}

// A span is what one slice of time says of a gate.
type span struct {
	value profile.Value
	known bool
}

// stretch finds when a figure that flows was beyond the limit: the run of slices with the largest sum, where one that is
// beyond counts 1 and one that is not -1 (the maximum-sum segment: Bentley, Programming Pearls, CACM 27(9), 1984). So a
// short calm does not end a bad time, and a short bad time does not begin it.
func (g Gate) stretch(all []span, limit profile.Value) (w finding, ok bool) {
	sum, best, start, last := 0, 0, 0, 0
	for i, s := range all {
		if !s.known {
			continue
		}
		w.Of++
		last = i + 1
		weight := -1
		if !g.op.holds(s.value.Number, limit) {
			weight = 1
			if w.Over++; w.Over == 1 || g.worse(s.value.Number, w.Worst.Number, limit) {
				w.Worst, w.worst = s.value, i
			}
		}
		if sum <= 0 {
			sum, start = 0, i
		}
		if sum += weight; sum > best {
			best, w.from, w.to = sum, start, i+1
		}
	}
	w.Lasting = w.to == last
	return w, best > 0
}

// worse says whether one figure is further from the limit than another.
func (g Gate) worse(x, than float64, limit profile.Value) bool {
	distance := func(x float64) float64 { return max(x-limit.High, limit.Low-x, x-limit.Number, limit.Number-x) }
	if g.op == notEqual {
		return false
	}
	return distance(x) > distance(than)
}

// growth finds when a count grew beyond an upper limit.
func (g Gate) growth(all []span, limit profile.Value) (w finding, ok bool) {
	sum := 0.0
	w.from = -1
	for i, s := range all {
		w.Of++
		if s.value.Number == 0 {
			continue
		}
		sum += s.value.Number
		if w.from < 0 && g.op.exceeded(sum, limit) {
			w.from = i
		}
		w.to = i + 1
		if w.Over++; w.Over == 1 || s.value.Number > w.Worst.Number {
			w.Worst, w.worst = s.value, i
		}
	}
	w.Counted, w.Lasting = true, w.to == len(all)
	return w, w.from >= 0
}

// whenSent is when a gate on an attack failed, by its timeline.
func (g Gate) whenSent(p *profile.Profile, m profile.Metric, limit profile.Value) *When {
	t := p.Timeline
	var flow, grown []span
	for i := range t.Slices {
		at := time.Duration(i) * t.Width
		v, known := m.InSlice(&t.Slices[i], t.Width)
		flow = append(flow, span{v, known && inPart(p, m, at, t.Width)})
		if n, ok := m.GrowthIn(&t.Slices[i]); ok {
			grown = append(grown, span{profile.Exactly(float64(n), profile.Count), true})
		}
	}
	w, ok := g.stretch(flow, limit)
	if !ok {
		w, ok = g.growth(grown, limit)
	}
	switch {
	case len(t.Slices) < 2:
		return nil // it was when the run was
	case !ok:
		return firstFailure(p, m, g.op, limit)
	}
	at := func(i int) time.Duration { return time.Duration(i) * t.Width }
	w.From, w.To, w.WorstAt, w.Width = at(w.from), at(w.to), at(w.worst), t.Width
	return &w.When
}

// inPart says whether a slice lies in the part of the attack that a metric is of. A rate is not one of a slice that the
// run or its schedule ends in.
func inPart(p *profile.Profile, m profile.Metric, at, width time.Duration) bool {
	if part := p.Measured; part != nil && (at < part.From || part.To > 0 && at+width > part.To) {
		return false
	}
	if m.Name != "rate" {
		return true
	}
	end := p.Elapsed
	if p.Planned != nil && p.Planned.Duration > 0 {
		end = min(end, p.Planned.Duration)
	}
	return at+width <= end
}

// firstFailure is when the failures of one class were, if the first of them was one too many.
func firstFailure(p *profile.Profile, m profile.Metric, op operator, limit profile.Value) *When {
	class, ok := strings.CutPrefix(m.Name, "errors.")
	f := p.Failures[profile.ErrorClass(class)]
	if !ok || f == nil || !op.exceeded(1, limit) {
		return nil
	}
	t := p.Timeline
	at := func(ns int64) time.Duration { return max(time.Duration(ns-p.FirstTime), 0).Truncate(t.Width) }
	w := &When{From: at(f.First), To: at(f.Last) + t.Width, Width: t.Width, Counted: true}
	w.Lasting = w.To >= time.Duration(len(t.Slices))*t.Width
	return w
}

// whenLogged is when a gate on a log failed, by civil time of the unit that fits the log: of latencies and of the share of
// errors, and of counts that have an upper limit.
func (g Gate) whenLogged(p *profile.Profile, m profile.Metric, limit profile.Value) *When {
	c := p.Calendar
	unit := c.Fitting()
	var starts []int64
	var all []span
	find := g.stretch
	switch m.Name {
	case "errors", "status.5xx", "hits", "pv":
		for _, b := range c.Roll(unit) {
			n := map[string]uint64{"errors": b.Errors, "status.5xx": b.Errors, "hits": b.Hits, "pv": b.PageViews}[m.Name]
			v := profile.Exactly(float64(n), profile.Count)
			if m.Name == "errors" {
				v = profile.Exactly(float64(n)/float64(max(b.Hits, 1)), profile.Ratio)
			} else {
				find = g.growth
			}
			starts, all = append(starts, b.Start), append(all, span{v, b.Hits > 0})
		}
	default:
		var times []profile.ServerTime
		times, unit = c.ServerTimes(unit)
		for _, s := range times {
			v, ok := m.OfServerTimes(s.Latency)
			starts, all = append(starts, s.Start), append(all, span{v, ok})
		}
	}
	w, ok := find(all, limit)
	if !ok || len(all) < 2 {
		return nil
	}
	begin := func(i int) time.Time { return time.Unix(starts[i], 0).In(c.Zone()) }
	w.Begin, w.End, w.WorstBegin, w.Unit = begin(w.from), begin(w.to-1), begin(w.worst), unit
	return &w.When
}

// worstPages are the pages that have most of the requests that exceed the limit, of a latency, or that failed.
func worstPages(p *profile.Profile, m profile.Metric, limit profile.Value) []PageEvidence {
	figure := "errors"
	count := func(row profile.Row) uint64 { return row.Value.Errors }
	switch {
	case strings.HasPrefix(m.Name, "page "), strings.HasPrefix(m.Name, "lag."), m.Name == "duration":
		return nil
	case m.Quantity == profile.Time:
		figure = latencyFigure(m.Name)
		count = func(row profile.Row) uint64 { return beyond(row, limit.Number) }
	case !failing(m.Name):
		return nil
	}
	type counted struct {
		page string
		n    uint64
	}
	var all []counted
	var sum uint64
	table := p.Tables[profile.ByPage]
	for _, row := range table.Rows(table.Len()) {
		if n := count(row); n > 0 {
			all = append(all, counted{row.Key, n})
			sum += n
		}
	}
	slices.SortStableFunc(all, func(a, b counted) int { return cmp.Compare(b.n, a.n) })
	var worst []PageEvidence
	for _, c := range all[:min(len(all), mostPages)] {
		own, err := profile.FindPageMetric(c.page, figure)
		if err != nil {
			continue
		}
		if v, ok := own.Of(p); ok {
			worst = append(worst, PageEvidence{Page: c.page, Actual: v.String(), ActualValue: v, Share: float64(c.n) / float64(sum)})
		}
	}
	return worst
}

// latencyFigure is the name of a figure without the latency that it is of.
func latencyFigure(name string) string {
	for _, of := range []string{"service.", "response.", "server."} {
		name = strings.TrimPrefix(name, of)
	}
	return name
}

// beyond is how many requests of a page took longer than so many seconds, within the resolution of its latencies.
func beyond(row profile.Row, seconds float64) (n uint64) {
	limit := time.Duration(seconds * 1e9)
	for upTo, count := range row.Value.Latency.Buckets() {
		if upTo > limit {
			n += count
		}
	}
	return n
}

// failing says whether a metric counts failures.
func failing(name string) bool {
	return name == "errors" || strings.HasPrefix(name, "errors.") || strings.HasPrefix(name, "status.4") || strings.HasPrefix(name, "status.5")
}

// sampleOf is a failure that belongs to a metric: if there is one of the page and in the time in which the gate failed,
// else one of the most frequent.
func sampleOf(p *profile.Profile, m profile.Metric, page string, when *When) *Sample {
	match := func(profile.ErrorClass, string) bool { return false }
	name := m.Name
	ofPage := false
	if rest, ok := strings.CutPrefix(name, "page "); ok {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return nil
		}
		page, _ = strconv.Unquote(quoted)
		name, ofPage = strings.TrimPrefix(rest[len(quoted):], "."), true
	}
	class, ofClass := strings.CutPrefix(name, "errors.")
	status, ofStatus := strings.CutPrefix(name, "status.")
	switch {
	case ofClass && class != "uv":
		match = func(c profile.ErrorClass, _ string) bool { return string(c) == class }
	case ofStatus:
		status = strings.TrimSuffix(status, "xx")
		match = func(_ profile.ErrorClass, text string) bool { return strings.HasPrefix(text, "status "+status) }
	case failing(name):
		match = func(c profile.ErrorClass, _ string) bool { return c != profile.ErrRetried }
	case m.Quantity == profile.Time && !strings.HasPrefix(name, "lag."):
		match = func(c profile.ErrorClass, _ string) bool { return c.TimedOut() }
	}
	classes := make([]profile.ErrorClass, 0, len(p.Failures))
	for c := range p.Failures {
		classes = append(classes, c)
	}
	slices.SortFunc(classes, func(a, b profile.ErrorClass) int {
		return cmp.Or(cmp.Compare(p.Failures[b].Count, p.Failures[a].Count), cmp.Compare(a, b))
	})
	var best *Sample
	most := -1
	for _, c := range classes {
		for _, s := range p.Failures[c].Samples {
			if !match(c, s.Text) || ofPage && s.Page != page {
				continue
			}
			at, points := time.Duration(s.Time-p.FirstTime), 0
			if s.Page == page {
				points++
			}
			if when != nil && when.Width > 0 && at >= when.From && at < when.To {
				points++
			}
			if points > most {
				most, best = points, &Sample{Class: c, Page: s.Page, Text: s.Text, At: at}
			}
		}
	}
	return best
}
