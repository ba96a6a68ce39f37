package reports

import (
	"fmt"
	"strings"

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
	account := fmt.Sprintf("%s lines read = %s parsed + %s filtered + %s comments + %s bad", grouped(l.Read), grouped(l.Parsed),
		grouped(l.Filtered), grouped(l.Comments), grouped(l.Bad))
	if len(p.Definitions.Formats) > 0 {
		account += "; format " + strings.Join(p.Definitions.Formats, ", ")
	}
	t.wrapped("", "", account)
	t.chosen()
	t.totals()
	t.audiences()
	t.steps()
	t.latencies(latencyRow{"server's own time", p.Server})
	t.statuses()
	t.names("methods", profile.ByMethod, 8)
	t.names("browsers", profile.ByBrowser, t.r.fewer())
	t.names("systems", profile.BySystem, t.r.fewer())
	t.names("bots", profile.ByBot, t.r.fewer())
	t.pages("path")
	t.heaviest("host", profile.ByHost, t.r.fewer(), 1)
	t.heaviest("referrer", profile.ByReferrer, t.r.fewer(), 1)
	t.fields()
	t.balance()
	t.badLines()
}

// chosen tells what was left out and what visitors are told apart by, where it is not the usual.
func (t *tableWriter) chosen() {
	d := t.p.Definitions
	if d.Filter != "" {
		t.wrapped("filter: ", "filter: ", d.Filter)
	}
	if d.Client != "" {
		t.wrapped("client: ", "client: ", d.Client)
	}
	if d.Secret != "" {
		t.linef("visitors are hashed with the secret %s", fit(d.Secret, 40))
	}
}

func (t *tableWriter) totals() {
	p := t.p
	g := &grid{header: []string{"", "", ""}, left: []int{0, 2}}
	g.add("hits", grouped(p.Hits), "every parsed line")
	g.add("page views (PV)", grouped(p.PageViews), fit(p.Definitions.PV, t.width-36))
	visitors, clients := p.UV(), p.DistinctClients()
	if visitors.Value == 0 && p.WithoutKey > 0 {
		g.add("unique visitors (UV)", "no data", "no page view has a "+fit(p.Definitions.VisitorKey, t.width-54))
	} else {
		g.add("unique visitors (UV)", estimate(visitors), fit("by "+p.Definitions.VisitorKey+", "+certainty(visitors), t.width-36))
		g.add("clients", estimate(clients), fit("visitors among all hits, "+certainty(clients), t.width-36))
	}
	if p.WithoutKey > 0 {
		g.add("without a key", grouped(p.WithoutKey), "page views that no visitor could be told for")
	}
	g.add("bytes sent", profile.Bytes(float64(p.Bytes)), "")
	t.section(g)
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
