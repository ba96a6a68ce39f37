package reports

import (
	"fmt"
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
)

// log writes the figures of traffic that access logs tell of.
func (t *tableWriter) log() {
	p := t.p
	t.heading("analyze", p.Name)
	zone := p.Calendar.Zone()
	if p.FirstTime != 0 {
		t.linef("%s to %s %s, %s", clock(p.FirstTime, zone), clock(p.LastTime, zone), zone, profile.Duration(p.Duration()))
	}
	l := p.Lines
	t.wrapped("", "", fmt.Sprintf("%s lines read = %s parsed + %s filtered + %s comments + %s bad; format %s", grouped(l.Read), grouped(l.Parsed),
		grouped(l.Filtered), grouped(l.Comments), grouped(l.Bad), strings.Join(p.Definitions.Formats, ", ")))
	t.totals()
	t.days()
	t.latencies(latencyRow{"server's own time", p.Server})
	t.statuses()
	t.methods()
	t.pages("path")
	t.badLines()
}

func (t *tableWriter) totals() {
	p := t.p
	g := &grid{header: []string{"", "", ""}, left: []int{0, 2}}
	g.add("hits", grouped(p.Hits), "every parsed line")
	g.add("page views (PV)", grouped(p.PageViews), fit(p.Definitions.PV, t.width-36))
	visitors, clients := p.UV(), p.Clients.Estimate()
	if visitors.Value == 0 && p.WithoutKey > 0 {
		g.add("unique visitors (UV)", "no data", "no page view has a "+p.Definitions.VisitorKey)
	} else {
		g.add("unique visitors (UV)", estimate(visitors), fit("by "+p.Definitions.VisitorKey+", "+certainty(visitors), t.width-36))
		g.add("clients", estimate(clients), fit("visitors among all hits, "+certainty(clients), t.width-36))
	}
	if p.WithoutKey > 0 {
		g.add("without a key", grouped(p.WithoutKey), "page views that no visitor could be told for")
	}
	g.add("bots", grouped(p.BotHits), "hits of programs, by User-Agent")
	g.add("static files", grouped(p.StaticHits), "hits")
	g.add("bytes sent", profile.Bytes(float64(p.Bytes)), "")
	t.section(g)
}

// maxDays is how many days the first screen has room for; the others are summed up.
const maxDays = 8

func (t *tableWriter) days() {
	p := t.p
	days := p.Calendar.Roll(profile.Day)
	if len(days) == 0 {
		return
	}
	zone := p.Calendar.Zone()
	title, layout := "day", "2006-01-02 Mon"
	if p.Calendar.Unit() == profile.Month {
		title, layout = "month", "2006-01"
	}
	g := &grid{header: []string{title, "hits", "PV", "UV"}, left: []int{0}}
	var sum uint64
	var earlier profile.Bucket
	exact := true
	for i, d := range days {
		e := d.Visitors.Estimate()
		sum += e.Value
		exact = exact && e.Exact
		if i < len(days)-maxDays && len(days) > maxDays+1 {
			earlier.Hits += d.Hits
			earlier.PageViews += d.PageViews
			continue
		}
		g.add(time.Unix(d.Start, 0).In(zone).Format(layout), grouped(d.Hits), grouped(d.PageViews), margin(e))
	}
	if n := len(days) - len(g.rows); n > 0 {
		first := fmt.Sprintf("%d before", n)
		g.rows = append([][]string{{first, grouped(earlier.Hits), grouped(earlier.PageViews), ""}}, g.rows...)
	}
	if len(days) > 1 {
		s := grouped(sum)
		if !exact {
			s = "~" + s
		}
		g.add("sum of "+title+"s", "", "", s)
		g.add("whole range", grouped(p.Hits), grouped(p.PageViews), margin(p.UV()))
	}
	t.section(g)
	t.linef("%ss are those of %s; who came on several is one visitor of the range", title, zone)
}

func (t *tableWriter) methods() {
	var parts []string
	for _, row := range t.p.Tables[profile.ByMethod].Rows(8) {
		parts = append(parts, fmt.Sprintf("%s: %s", fit(row.Key, 20), grouped(row.Count)))
	}
	t.list("methods", parts)
}

func (t *tableWriter) badLines() {
	if len(t.p.BadLines) == 0 {
		return
	}
	t.out.WriteByte('\n')
	t.linef("bad lines (%s, the first of them)", grouped(t.p.Lines.Bad))
	for _, b := range t.p.BadLines[:min(len(t.p.BadLines), 3)] {
		t.linef("  %s:%d: field %s: want %s", fit(b.File, 40), b.Line, fit(b.Field, 20), fit(b.Want, 60))
		t.linef("    %s", safe(b.Text))
		t.linef("    %s", safe(b.Caret))
	}
}
