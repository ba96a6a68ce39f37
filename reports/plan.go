package reports

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
)

// A Plan is what an attack would send, as a dry run shows it. Rates are in hits a second.
type Plan struct {
	Name, Target, Hash string
	PV, UV             uint64
	Duration           time.Duration
	PeakRate           float64
	// MaxRate says that there is no schedule; InFlight requests are then in flight.
	MaxRate  bool
	InFlight uint64
	// Channels are the visitor keys that carry the user, the counting channel first.
	Channels []string
	Pages    []PlannedPage
	Curve    []PlannedPoint
	Hits     []PlannedHit
	// Connections are how many requests are in flight at the peak when each response takes so long.
	Connections []Connections
	// Shard is empty for the whole plan.
	Shard *PlannedShard
}

// A PlannedPage is a page and its expected share of the hits, in [0, 1].
type PlannedPage struct {
	Name, Method, URL string
	Share             float64
}

// A PlannedPoint is what was sent by a time.
type PlannedPoint struct {
	At     time.Duration
	Rate   float64
	PV, UV uint64
}

// A PlannedHit is one of the first hits.
type PlannedHit struct {
	N           uint64
	Due         time.Duration
	User        uint64
	New         bool
	Method, URL string
}

// Connections are how many requests are in flight when each response takes Latency.
type Connections struct {
	Latency time.Duration
	Needed  uint64
}

// A PlannedShard is a part of the plan: the exact number of its users and its expected share of the views.
type PlannedShard struct {
	Index, Count, Users uint64
	Share               float64
}

// WritePlanLine writes in one line what a plan comes to: "1,000 PV, 250 UV, 10s, plan HASH". Without a schedule it says how
// many requests are in flight, and what is not limited is left out.
func WritePlanLine(w io.Writer, p *Plan) error {
	var parts []string
	if p.PV > 0 {
		parts = append(parts, grouped(p.PV)+" PV")
	}
	if p.UV > 0 {
		parts = append(parts, grouped(p.UV)+" UV")
	}
	if p.Duration > 0 {
		parts = append(parts, profile.Duration(p.Duration))
	}
	if p.MaxRate {
		parts = append(parts, grouped(p.InFlight)+" in flight")
	}
	_, err := fmt.Fprintf(w, "%s\n", strings.Join(append(parts, "plan "+p.Hash), ", "))
	return err
}

// WritePlan writes a plan for a terminal of that many columns, 0 for none.
func WritePlan(w io.Writer, p *Plan, width int) error {
	t := &tableWriter{width: (&Report{Width: width}).width()}
	where := p.Target
	if p.Name != "" {
		where = p.Name + " → " + p.Target
	}
	t.heading("plan", where)
	t.planTotals(p)
	g := &grid{header: []string{"page", "method", "share", "url"}, left: []int{0, 1, 3}}
	for i, page := range p.Pages {
		if i == 20 {
			g.add(fmt.Sprintf("(%d more)", len(p.Pages)-i), "", "", "")
			break
		}
		g.add(fit(page.Name, 24), fit(page.Method, 8), percent(page.Share), fit(page.URL, t.width-48))
	}
	t.section(g)
	g = &grid{header: []string{"at", "rate", "PV", "UV"}}
	for _, c := range p.Curve {
		g.add(profile.Duration(c.At), profile.Exactly(c.Rate, profile.PerSecond).String(), grouped(c.PV), grouped(c.UV))
	}
	t.section(g)
	g = &grid{header: []string{"hit", "due", "user", "", "request"}, left: []int{3, 4}}
	for _, h := range p.Hits {
		kind := "returning"
		if h.New {
			kind = "new"
		}
		g.add(grouped(h.N), h.Due.String(), fmt.Sprint(h.User), kind, fit(h.Method+" "+h.URL, t.width-44))
	}
	t.section(g)
	g = &grid{header: []string{"a response takes", "connections needed at the peak"}}
	for _, c := range p.Connections {
		g.add(profile.Duration(c.Latency), grouped(c.Needed))
	}
	t.section(g)
	_, err := w.Write(t.out.Bytes())
	return err
}

func (t *tableWriter) planTotals(p *Plan) {
	g := &grid{header: []string{"", ""}, left: []int{0, 1}}
	count := func(n uint64) string {
		if n == 0 {
			return "as many as fit"
		}
		return grouped(n)
	}
	g.add("page views (PV)", count(p.PV))
	g.add("unique visitors (UV)", count(p.UV))
	if p.MaxRate {
		g.add("rate", fmt.Sprintf("as fast as the target answers, %s in flight", grouped(p.InFlight)))
		if p.Duration > 0 {
			g.add("for", profile.Duration(p.Duration))
		}
	} else {
		mean := float64(p.PV) / math.Max(p.Duration.Seconds(), 1e-9)
		g.add("duration", p.Duration.String())
		g.add("rate", fmt.Sprintf("%s on average, %s at the peak", profile.Exactly(mean, profile.PerSecond), profile.Exactly(p.PeakRate, profile.PerSecond)))
	}
	for i, c := range p.Channels {
		name := "identity"
		if i == 0 {
			name = "counted by"
		}
		g.add(name, fit(c, t.width-24))
	}
	if s := p.Shard; s != nil {
		g.add("this shard", fmt.Sprintf("%d of %d: %s users, about %s of the views", s.Index+1, s.Count, grouped(s.Users), percent(s.Share)))
	}
	g.add("plan hash", p.Hash)
	t.section(g)
}
