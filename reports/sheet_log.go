package reports

import (
	"fmt"
	"time"

	"github.com/loadx/loadx/profile"
)

// dimensionTitles are what the rows of a dimension are called, one and all of them.
var dimensionTitles = map[profile.Dimension][2]string{
	profile.ByPage: {"page", "Pages"}, profile.ByMethod: {"method", "Methods"}, profile.ByAudience: {"audience", "Audience"},
	profile.ByHost: {"host", "Hosts"}, profile.ByReferrer: {"referrer", "Referrers"}, profile.ByBrowser: {"browser", "Browsers"},
	profile.BySystem: {"system", "Systems"}, profile.ByBot: {"bot", "Bots"},
}

// dimensionsOf are the dimensions that a profile has, the most telling first.
func dimensionsOf(p *profile.Profile) []profile.Dimension {
	var all []profile.Dimension
	for _, d := range []profile.Dimension{
		profile.ByPage, profile.ByAudience, profile.ByReferrer, profile.ByBot, profile.ByBrowser, profile.BySystem, profile.ByHost, profile.ByMethod,
	} {
		if p.Tables[d] != nil {
			all = append(all, d)
		}
	}
	return append(all, fieldsOf(p)...)
}

// dimensionSheet has the heaviest values of a dimension, all if top is negative. Columns without a figure are left out.
func dimensionSheet(p *profile.Profile, d profile.Dimension, top int) sheet {
	table := p.Tables[d]
	title := dimensionTitles[d]
	if name, ok := d.Field(); ok {
		title = [2]string{fit(name, 60), "Field " + fit(name, 60)}
	}
	failed, lasted := "hits with a status of 500 to 599", "of what the server logged, within 1 %"
	if p.Source == profile.Attack {
		failed, lasted = "failed hits", "of the response time, due to done, within 1 %"
	}
	s := sheet{id: string(d), title: title[1], keyTitle: title[0], columns: []column{
		{"hits", "hits", "all requests; ≥ is a lower bound, here and elsewhere"}, {"pv", "PV", "page views"},
		{"uv", "UV", "unique visitors among the page views; ~ is an estimate with its 95 % interval, ≥ a lower bound"},
		{"clients", "clients", "distinct visitors among all hits"},
		{"errors", "errors", failed}, {"bytes", "bytes", "size of the response bodies"},
		{"p50", "p50", lasted}, {"p95", "p95", lasted}, {"p99", "p99", lasted},
	}}
	rows := table.Rows(top)
	for _, row := range rows {
		g := row.Value
		hits, views, errors, size := count(row.Count), count(g.PageViews), count(g.Errors), number(float64(g.Bytes), profile.Size)
		hits.least = row.Missed > 0
		views.least, errors.least, size.least = row.Late, row.Late, row.Late
		s.add(row.Key, hits, views, visitors(g.Visitors, g.PageViews, row.Late), visitors(g.Clients, g.Hits, row.Late), errors,
			size, timed(g.Latency.Quantile(0.5)), timed(g.Latency.Quantile(0.95)), timed(g.Latency.Quantile(0.99)))
	}
	if other := table.Other(rows); other > 0 {
		name := "(other)"
		if more := table.Len() - len(rows); more > 0 && table.Exact() {
			name = "(" + grouped(uint64(more)) + " others)"
		}
		s.rows = append(s.rows, sheetRow{key: name, rest: true, cells: append([]cell{count(other)}, make([]cell, len(s.columns)-1)...)})
	}
	s.dropEmptyColumns()
	return s
}

func balanceSheet(p *profile.Profile, top int) sheet {
	s := sheet{id: "upstream", title: "Balance", keyTitle: "upstream", columns: []column{
		{"hits", "hits", "requests that the upstream answered"}, {"pv", "PV", "page views among them"},
		{"uv", "UV", "unique visitors among the page views; who was served by several counts for each"},
	}}
	b := p.Balance
	if b == nil || b.Hits() == 0 {
		return s
	}
	moved := distinct(b.Moved(), false)
	s.note = fmt.Sprintf("%s of %s visitors were served by more than one upstream", moved, distinct(b.Visitors(), false))
	if top < 0 {
		top = int(b.Hits())
	}
	rows := b.Rows(top)
	for _, row := range rows {
		s.add(row.Worker, count(row.Hits), count(row.PageViews), distinct(row.Visitors, row.AtLeast))
	}
	if other, _ := b.Other(len(rows)); other.Hits > 0 {
		s.rows = append(s.rows, sheetRow{key: "(other)", rest: true, cells: []cell{count(other.Hits), count(other.PageViews), distinct(other.Visitors, other.AtLeast)}})
	}
	if none := b.Without(); none.Hits > 0 {
		s.rows = append(s.rows, sheetRow{key: "(none)", rest: true, cells: []cell{count(none.Hits), count(none.PageViews), {}}})
	}
	return s
}

// unitsOf are the widths of time that a log is shown by: the one that fits its length, hours and days.
func unitsOf(r *Report, p *profile.Profile) []profile.Unit {
	if p.Calendar == nil {
		return nil
	}
	finest, fitting := p.Calendar.Unit(), r.step(p)
	var units []profile.Unit
	for _, u := range []profile.Unit{profile.Minute, profile.Hour, profile.Day, profile.Month} {
		if u == fitting || u >= finest && (u == profile.Hour || u == profile.Day) {
			units = append(units, u)
		}
	}
	return units
}

func stepsSheet(p *profile.Profile, unit profile.Unit) sheet {
	zone := p.Calendar.Zone()
	s := sheet{id: unit.String(), title: "By " + unit.String(), keyTitle: unit.String(),
		note: fmt.Sprintf("%ss are those of %s; who came in several is one visitor of the range", unit, zone),
		columns: []column{
			{"hits", "hits", "all parsed lines"}, {"pv", "PV", "page views"},
			{"uv", "UV", "unique visitors of the " + unit.String()}, {"uv_new", "new UV", "those of them who were in no earlier one"},
			{"uv_total", "UV so far", "unique visitors from the start to the end of the " + unit.String()},
			{"errors", "errors", "hits with a status of 500 to 599"}, {"bytes", "bytes", "size of the response bodies"},
		}}
	for _, c := range p.Steps(unit) {
		s.add(time.Unix(c.Start, 0).In(zone).Format("2006-01-02T15:04:05Z07:00"), count(c.Hits), count(c.PageViews), distinct(c.UV, false), distinct(c.New, false),
			distinct(c.Total, false), count(c.Errors), number(float64(c.Bytes), profile.Size))
	}
	if b := p.Calendar.Beyond(); b.Hits > 0 {
		s.rows = append(s.rows, sheetRow{key: "(beyond)", rest: true, cells: []cell{count(b.Hits), count(b.PageViews), {}, {}, {}, count(b.Errors), number(float64(b.Bytes), profile.Size)}})
	}
	return s
}
