package reports

import (
	"math"
	"slices"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/latency"
)

// A chart is what the page's script draws. The numbers of the series are in the unit, nil where there are no data.
type chart struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Note  string `json:"note"`
	// Kind is line, or bars, of which the later series stand in front of the earlier.
	Kind string `json:"kind"`
	// XKind says what X is: elapsed, seconds since the start; clock, Unix seconds; or tail, the decimal logarithm of
	// 1/(1-q), where q is the quantile.
	XKind string    `json:"x_kind"`
	X     []float64 `json:"x"`
	// Offsets are the zone's seconds east of UTC at each X of a clock.
	Offsets []int `json:"offsets,omitempty"`
	// Unit is count, per_second, seconds or ratio.
	Unit   string        `json:"unit"`
	Series []chartSeries `json:"series"`
}

type chartSeries struct {
	Label  string     `json:"label"`
	Values []*float64 `json:"values"`
}

// chartsOf returns the charts of a profile; those of nothing are left out.
func chartsOf(r *Report, p *profile.Profile) []chart {
	var all []chart
	if p.Timeline != nil && len(p.Timeline.Slices) > 0 {
		all = timelineCharts(p)
	}
	for _, unit := range unitsOf(r, p) {
		traffic, soFar, failed := stepsCharts(p, unit)
		if len(traffic.X) > 0 {
			all = append(all, traffic)
		}
		if unit == r.step(p) && len(traffic.X) > 1 {
			all = append(all, soFar)
		}
		if unit == r.step(p) {
			if c := serverTimesChart(p, unit); len(c.X) > 1 {
				all = append(all, c)
			}
		}
		if unit == r.step(p) && !nothing(failed.Series[0]) {
			all = append(all, failed)
		}
	}
	if c := tailChart(p); len(c.Series) > 0 {
		all = append(all, c)
	}
	return all
}

func timelineCharts(p *profile.Profile) []chart {
	t := p.Timeline
	base := chart{Kind: "line", XKind: "elapsed"}
	for i := range t.Slices {
		base.X = append(base.X, (time.Duration(i) * t.Width).Seconds())
	}
	each := func(label string, of func(s *profile.Slice) (float64, bool)) chartSeries {
		c := chartSeries{Label: label}
		for i := range t.Slices {
			var value *float64
			if v, ok := of(&t.Slices[i]); ok {
				value = &v
			}
			c.Values = append(c.Values, value)
		}
		return c
	}
	counted := func(label string, of func(s *profile.Slice) uint64) chartSeries {
		return each(label, func(s *profile.Slice) (float64, bool) { return float64(of(s)), true })
	}
	rated := func(label string, of func(s *profile.Slice) uint64) chartSeries {
		return each(label, func(s *profile.Slice) (float64, bool) { return float64(of(s)) / t.Width.Seconds(), true })
	}
	percentiles := func(of func(s *profile.Slice) *latency.Histogram) []chartSeries {
		var all []chartSeries
		for _, q := range quantiles {
			if q.q == 0.5 || q.q == 0.95 || q.q == 0.99 {
				all = append(all, each(q.name, func(s *profile.Slice) (float64, bool) {
					d, ok := of(s).Quantile(q.q)
					return d.Seconds(), ok
				}))
			}
		}
		return all
	}
	class := func(digit int) func(s *profile.Slice) uint64 {
		return func(s *profile.Slice) uint64 { return s.Classes[digit] }
	}
	chartOf := func(id, title, note, unit string, series ...chartSeries) chart {
		c := base
		c.ID, c.Title, c.Note, c.Unit, c.Series = id, title, note, unit, series
		return c
	}
	per := "in slices of " + profile.Duration(t.Width)
	all := []chart{
		chartOf("traffic", "PV and UV over time", "page views, and users whose first view it was, "+per, "count",
			counted("PV", func(s *profile.Slice) uint64 { return s.PageViews }), counted("new UV", func(s *profile.Slice) uint64 { return s.NewUsers })),
		chartOf("rate", "Rate asked and achieved", "planned requests by when they were due, and by when they left", "per_second",
			rated("asked", func(s *profile.Slice) uint64 { return s.Due }), rated("achieved", func(s *profile.Slice) uint64 { return s.Sent })),
		chartOf("service", "Service time over time", "sent to done", "seconds", percentiles(func(s *profile.Slice) *latency.Histogram { return s.Service })...),
		chartOf("status", "Status and errors over time", "hits by class of status and failed hits, "+per, "count",
			counted("2xx", class(2)), counted("3xx", class(3)), counted("4xx", class(4)), counted("5xx", class(5)), counted("no response", class(0)),
			counted("errors", func(s *profile.Slice) uint64 { return s.Errors })),
	}
	all[3].Series = append(slices.DeleteFunc(all[3].Series[:5:5], nothing), all[3].Series[5])
	var users uint64
	soFar := chartOf("visitors", "UV so far", "distinct users up to the end of each slice, as the plan introduces them, "+per, "count",
		counted("UV so far", func(s *profile.Slice) uint64 { users += s.NewUsers; return users }))
	if p.Planned == nil {
		// Without a schedule every hit is due when it is sent.
		all[1].Title, all[1].Note, all[1].Series = "Rate achieved", "requests that left", all[1].Series[1:]
		return slices.Insert(all, 1, soFar)
	}
	response := chartOf("response", "Response time over time", "due to done", "seconds", percentiles(func(s *profile.Slice) *latency.Histogram { return s.Response })...)
	return slices.Insert(slices.Insert(all, 2, response), 1, soFar)
}

// nothing says that a series of counts is 0 throughout.
func nothing(s chartSeries) bool {
	return !slices.ContainsFunc(s.Values, func(v *float64) bool { return v != nil && *v != 0 })
}

// stepsCharts show page views and visitors of a log, its distinct visitors up to the end of each step, to which who comes
// again adds nothing, and its server errors, by civil time.
func stepsCharts(p *profile.Profile, unit profile.Unit) (traffic, soFar, failed chart) {
	zone := p.Calendar.Zone()
	traffic = chart{ID: unit.String(), Title: "PV and UV by " + unit.String(), Note: "time zone " + zone.String(), Kind: "bars", XKind: "clock", Unit: "count",
		Series: []chartSeries{{Label: "PV"}, {Label: "UV"}}}
	failures, distinct := chartSeries{Label: "errors"}, chartSeries{Label: "UV so far"}
	for _, s := range p.Steps(unit) {
		_, offset := time.Unix(s.Start, 0).In(zone).Zone()
		traffic.X, traffic.Offsets = append(traffic.X, float64(s.Start)), append(traffic.Offsets, offset)
		views, visitors, errors, total := float64(s.PageViews), float64(s.UV.Value), float64(s.Errors), float64(s.Total.Value)
		traffic.Series[0].Values = append(traffic.Series[0].Values, &views)
		traffic.Series[1].Values = append(traffic.Series[1].Values, &visitors)
		failures.Values = append(failures.Values, &errors)
		distinct.Values = append(distinct.Values, &total)
	}
	failed = traffic
	failed.ID, failed.Title, failed.Series = "errors", "Errors by "+unit.String(), []chartSeries{failures}
	failed.Note = "hits with a status of 500 to 599, time zone " + zone.String()
	soFar = traffic
	soFar.ID, soFar.Title, soFar.Kind, soFar.Series = "visitors", "UV so far", "line", []chartSeries{distinct}
	soFar.Note = "distinct visitors up to the end of each " + unit.String() + ", time zone " + zone.String()
	return traffic, soFar, failed
}

// serverTimesChart shows percentiles of what the server's log says that requests took, by civil time.
func serverTimesChart(p *profile.Profile, unit profile.Unit) chart {
	zone := p.Calendar.Zone()
	times, unit := p.Calendar.ServerTimes(unit)
	c := chart{ID: "server", Title: "Server's own time by " + unit.String(), Note: "what the log says that requests took, time zone " + zone.String(), Kind: "line",
		XKind: "clock", Unit: "seconds"}
	for _, s := range times {
		_, offset := time.Unix(s.Start, 0).In(zone).Zone()
		c.X, c.Offsets = append(c.X, float64(s.Start)), append(c.Offsets, offset)
	}
	for _, q := range quantiles {
		if q.q != 0.5 && q.q != 0.95 && q.q != 0.99 {
			continue
		}
		series := chartSeries{Label: q.name}
		for _, s := range times {
			d, _ := s.Latency.Quantile(q.q)
			v := d.Seconds()
			series.Values = append(series.Values, &v)
		}
		c.Series = append(c.Series, series)
	}
	return c
}

// tailPoints is how many points a decade of the tail has.
const tailPoints = 20

// tailChart is the distribution of the latencies.
func tailChart(p *profile.Profile) chart { return tailOf(latencyRows(p)) }

// tailOf draws distributions by quantile on a logarithmic scale of what exceeds it, as HdrHistogram's plots do. A curve ends
// where less than one request is left.
func tailOf(rows []namedLatency) chart {
	c := chart{ID: "distribution", Title: "Latency distribution", Note: "the duration that a share of the requests did not exceed", Kind: "line", XKind: "tail", Unit: "seconds"}
	var longest uint64
	for _, row := range rows {
		longest = max(longest, row.of.Count())
	}
	if longest == 0 {
		return c
	}
	for i := 0; float64(i)/tailPoints <= math.Log10(float64(longest)); i++ {
		c.X = append(c.X, float64(i)/tailPoints)
	}
	for _, row := range rows {
		s := chartSeries{Label: row.name}
		for _, x := range c.X {
			var value *float64
			if d, ok := row.of.Quantile(1 - math.Pow(10, -x)); ok && x <= math.Log10(float64(row.of.Count())) {
				v := d.Seconds()
				value = &v
			}
			s.Values = append(s.Values, value)
		}
		c.Series = append(c.Series, s)
	}
	return c
}
