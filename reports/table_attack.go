package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/columns"
	"github.com/loadx/loadx/profile/compare"
)

// attack writes the figures of traffic that loadx sent.
func (t *tableWriter) attack() {
	p := t.p
	where := p.Target
	if p.Name != "" {
		where = p.Name + " → " + p.Target
	}
	t.heading("attack", where)
	when := fmt.Sprintf("%s UTC, %s", clock(p.FirstTime, time.UTC), profile.Duration(p.Elapsed))
	if p.FirstTime == 0 {
		when = profile.Duration(p.Elapsed)
	}
	if p.Planned != nil && len(p.Planned.Shards) < int(p.Planned.ShardCount) {
		when += fmt.Sprintf(", %d of %d shards", len(p.Planned.Shards), p.Planned.ShardCount)
	}
	t.linef("%s", when)
	t.sent()
	t.measured()
	if p.Planned != nil {
		t.latencies(latencyRow{"response (due to done)", p.Response}, latencyRow{"service (sent to done)", p.Service}, latencyRow{"lag (due to sent)", p.Lag})
	} else {
		// Without a schedule every hit is due when it is sent.
		t.latencies(latencyRow{"service (sent to done)", p.Service})
	}
	t.statuses()
	t.failures()
	t.overTime()
	t.pages("page")
	t.balance()
}

func (t *tableWriter) sent() {
	p := t.p
	planned := func(n uint64) string {
		if p.Planned == nil {
			return "-"
		}
		return grouped(n)
	}
	var hits, users uint64
	if p.Planned != nil {
		hits, users = p.Planned.Hits, p.Planned.UV
	}
	g := &grid{header: []string{"", "planned", "sent"}, left: []int{0}}
	g.add("page views (PV)", planned(hits), grouped(p.PageViews))
	g.add("unique visitors (UV)", planned(users), estimate(p.UV()))
	asked, achieved := "-", "-"
	if m, err := profile.FindMetric("rate"); err == nil {
		if v, ok := m.Of(p); ok {
			achieved = v.String()
			if p.Planned != nil && p.Planned.Duration > 0 && p.Measured == nil {
				asked = profile.Exactly(float64(hits)/p.Planned.Duration.Seconds(), profile.PerSecond).String()
			}
		}
	}
	g.add("mean rate", asked, achieved)
	t.section(g)
	parts := []string{"late " + grouped(p.Late), "dropped " + grouped(p.Dropped), t.failed()}
	if p.Redirects > 0 {
		parts = append(parts, "redirects "+grouped(p.Redirects))
	}
	if p.Retries > 0 {
		parts = append(parts, "retries "+grouped(p.Retries))
	}
	t.linef("%s", strings.Join(parts, "   "))
	t.tool()
}

// failed is how many hits failed, with their share, and how many users they met, where that is known.
func (t *tableWriter) failed() string {
	n := t.p.Failures.Total()
	text := "failed " + grouped(n)
	var more []string
	if n > 0 && t.p.Sent > 0 {
		more = append(more, percent(float64(n)/float64(t.p.Sent)))
	}
	if users := t.p.FailedUsers; users != nil && users.Count() > 0 {
		more = append(more, "of "+grouped(users.Count())+" users")
	}
	if len(more) > 0 {
		text += " (" + strings.Join(more, ", ") + ")"
	}
	return text
}

// failureClasses returns the classes that occurred, the most frequent first.
func failureClasses(p *profile.Profile) []profile.ErrorClass {
	var classes []profile.ErrorClass
	for c := range p.Failures {
		classes = append(classes, c)
	}
	slices.SortFunc(classes, func(a, b profile.ErrorClass) int {
		if x, y := p.Failures[a].Count, p.Failures[b].Count; x != y {
			if x > y {
				return -1
			}
			return 1
		}
		return strings.Compare(string(a), string(b))
	})
	return classes
}

func (t *tableWriter) failures() {
	g := &grid{header: []string{"errors", "count", "first", "last", "sample"}, left: []int{0, 4}}
	at := func(ns int64) string { return "+" + profile.Duration(time.Duration(ns-t.p.FirstTime)) }
	widths := make([]int, 4)
	for i := range widths {
		widths[i] = len(g.header[i])
	}
	for _, class := range failureClasses(t.p) {
		f := t.p.Failures[class]
		sample := ""
		if len(f.Samples) > 0 {
			sample = f.Samples[0].Page + ": " + f.Samples[0].Text
		}
		g.add(string(class), grouped(f.Count), at(f.First), at(f.Last), sample)
		for i := range widths {
			widths[i] = max(widths[i], columns.Of(g.rows[len(g.rows)-1][i]))
		}
	}
	// The sample has the room that the figures leave.
	room := t.width
	for _, w := range widths {
		room -= w + len("  ")
	}
	for _, row := range g.rows {
		row[4] = fit(row[4], max(room, 20))
	}
	t.section(g)
}

// differences writes what was sent beside what the server's log saw.
func (t *tableWriter) differences() {
	if len(t.r.Differences) == 0 {
		return
	}
	g := &grid{header: []string{"", "sent", "seen", "together", "difference", ""}, left: []int{0, 5}}
	for _, d := range t.r.Differences {
		mark := "agrees"
		switch {
		case d.Base == nil || d.Head == nil:
			mark = "UNKNOWN"
		case !d.Agrees:
			mark = "DIFFERS"
		}
		delta := ""
		if d.Base != nil && d.Head != nil {
			delta = signed(int64(d.Delta))
		}
		g.add(metricWords(d.Metric), optional(d.Base), optional(d.Head), optionalUnion(d), delta, mark)
	}
	t.section(g)
	for _, d := range t.r.Differences {
		if d.Explanation != "" {
			prefix := "  " + metricWords(d.Metric) + ": "
			t.wrapped(prefix, prefix, d.Explanation)
		}
	}
}

func metricWords(name string) string {
	switch name {
	case "pv":
		return "PV"
	case "uv":
		return "UV"
	}
	if code, ok := strings.CutPrefix(name, "status."); ok {
		return "status " + safe(code)
	}
	return safe(name)
}

func optional(v *profile.Value) string {
	if v == nil {
		return "no data"
	}
	return value(*v)
}

func optionalUnion(d compare.Difference) string {
	if d.Union == nil {
		return ""
	}
	return value(*d.Union)
}
