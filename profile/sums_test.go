package profile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/loadx/loadx/profile/latency"
)

// A naiveGroup is what a group counts, by its definition.
type naiveGroup struct {
	hits, views, bytes, warmup, errors uint64
	visitors, clients                  map[uint64]bool
	latency                            *latency.Histogram
}

func (g *naiveGroup) add(h *Hit, log bool, warmup time.Duration) {
	g.hits++
	if h.Bytes > 0 {
		g.bytes += uint64(h.Bytes)
	}
	early := !log && h.Due < warmup
	failed := h.Error != "" && h.Error != ErrRetried
	if log {
		failed = h.Status/100 == 5
	}
	switch {
	case early:
		g.warmup++
	case failed:
		g.errors++
	}
	if h.PageView {
		g.views++
	}
	if h.HasVisitor {
		g.clients[h.Visitor] = true
		if h.PageView {
			g.visitors[h.Visitor] = true
		}
	}
	whole := h.Status != 0 && (h.Error == "" || h.Error == ErrStatus)
	switch {
	case h.HasServer:
		g.latency.Record(h.Server)
	case h.Final && (whole || h.Error.TimedOut()) && !early:
		g.latency.Record(h.Done - h.Due)
	}
}

type naiveGroups map[string]*naiveGroup

func (n naiveGroups) add(key string, h *Hit, log bool, warmup time.Duration) {
	g := n[key]
	if g == nil {
		g = &naiveGroup{visitors: map[uint64]bool{}, clients: map[uint64]bool{}, latency: latency.NewSparse()}
		n[key] = g
	}
	g.add(h, log, warmup)
}

func (n naiveGroups) check(t *testing.T, what string, table *Table) {
	t.Helper()
	if table.Len() != len(n) {
		t.Errorf("%s: %d keys, want %d", what, table.Len(), len(n))
	}
	for key, want := range n {
		row, ok := table.Get(key)
		if !ok || row.Count != want.hits {
			t.Errorf("%s %s: %d hits, want %d", what, key, row.Count, want.hits)
			continue
		}
		want.check(t, what+" "+key, row.Value)
	}
}

func (n *naiveGroup) check(t *testing.T, what string, g *Group) {
	t.Helper()
	got := [...]uint64{g.Hits, g.PageViews, g.Bytes, g.Warmup, g.Errors}
	if want := [...]uint64{n.hits, n.views, n.bytes, n.warmup, n.errors}; got != want {
		t.Errorf("%s: hits, views, bytes, warmup, errors are %v, want %v", what, got, want)
	}
	if g.Visitors != nil {
		if e := g.Visitors.Estimate(); e.Value != uint64(len(n.visitors)) {
			t.Errorf("%s: %d visitors, want %d", what, e.Value, len(n.visitors))
		}
	}
	if g.Clients != nil {
		if e := g.Clients.Estimate(); e.Value != uint64(len(n.clients)) {
			t.Errorf("%s: %d clients, want %d", what, e.Value, len(n.clients))
		}
	}
	encoded := func(h *latency.Histogram) []byte {
		b, err := h.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if !bytes.Equal(encoded(g.Latency), encoded(n.latency)) {
		t.Errorf("%s: %d latencies, want %d, or others", what, g.Latency.Count(), n.latency.Count())
	}
}

// anyHits are hits with all that an attack or a log can say, also at once.
func anyHits(rng *rand.Rand, n int) []Hit {
	hits := randomAttack(rng, n, 60)
	for i := range hits {
		h := &hits[i]
		one := func(of int) bool { return rng.IntN(of) == 0 }
		if one(2) {
			h.Status = []int{0, 200, 304, 404, 499, 500, 503, 599, 600, 999}[rng.IntN(10)]
		}
		h.Bytes = []int64{-1, 0, 1, 7777}[rng.IntN(4)]
		h.PageView, h.HasVisitor, h.Bot, h.Static = one(2), !one(4), one(4), one(5)
		h.HasServer, h.Server = one(2), time.Duration(rng.Int64N(1e9))
		h.Method = []byte([]string{"GET", "POST"}[rng.IntN(2)])
		h.Host = []byte([]string{"", "a.example", "b.example"}[rng.IntN(3)])
		h.Fields = [][]byte{[]byte(fmt.Sprint(rng.IntN(3)))}
		h.NoTime = one(50)
	}
	return hits
}

// A naiveTraffic is what one recorder counts.
type naiveTraffic struct {
	log     bool
	warmup  time.Duration
	groups  map[Dimension]naiveGroups
	minutes naiveGroups
}

func newNaiveTraffic(log bool, warmup time.Duration) *naiveTraffic {
	n := &naiveTraffic{log: log, warmup: warmup, groups: map[Dimension]naiveGroups{ByPage: {}, ByMethod: {}}, minutes: naiveGroups{}}
	if log {
		n.groups = map[Dimension]naiveGroups{ByPage: {}, ByMethod: {}, ByHost: {}, ByField("f"): {}, ByBrowser: {}, BySystem: {}, ByAudience: {}}
	}
	return n
}

func (n *naiveTraffic) add(h *Hit) {
	add := func(d Dimension, key string) { n.groups[d].add(key, h, n.log, n.warmup) }
	add(ByPage, string(h.Page))
	add(ByMethod, string(h.Method))
	if !n.log {
		return
	}
	if len(h.Host) > 0 {
		add(ByHost, string(h.Host))
	}
	add(ByField("f"), string(h.Fields[0]))
	if h.Agent != 0 {
		add(ByBrowser, "Firefox")
		add(BySystem, "Linux")
	}
	if !h.NoTime {
		n.minutes.add(fmt.Sprint(h.Time/1e9/60*60), h, true, 0)
	}
	audience := People
	if h.Bot {
		audience = Bots
	} else if h.Static {
		audience = StaticFiles
	}
	server := *h
	server.Final = false // the time of an audience is the server's alone
	n.groups[ByAudience].add(audience, &server, true, 0)
}

func (n *naiveTraffic) check(t *testing.T, name string, p *Profile) {
	t.Helper()
	for d, groups := range n.groups {
		groups.check(t, fmt.Sprint(name, " ", d), p.Tables[d])
	}
	var all naiveGroup
	for _, g := range n.groups[ByMethod] {
		all.bytes += g.bytes
		all.views += g.views
	}
	equal(t, name+": bytes", p.Bytes, all.bytes)
	equal(t, name+": page views", p.PageViews, all.views)
	if !n.log {
		return
	}
	minutes := 0
	for _, b := range p.Calendar.Roll(Minute) {
		want := n.minutes[fmt.Sprint(b.Start)]
		if want == nil {
			if b.Hits > 0 {
				t.Errorf("%s: %d hits in the minute at %d", name, b.Hits, b.Start)
			}
			continue
		}
		minutes++
		got := [...]uint64{b.Hits, b.PageViews, b.Bytes, b.Errors, b.Visitors.Estimate().Value}
		if w := [...]uint64{want.hits, want.views, want.bytes, want.errors, uint64(len(want.visitors))}; got != w {
			t.Errorf("%s: minute at %d: %v, want %v", name, b.Start, got, w)
		}
	}
	if minutes != len(n.minutes) || minutes < 2 {
		t.Errorf("%s: %d minutes, want %d", name, minutes, len(n.minutes))
	}
}

// What is worked out once for a hit is what each of its groups would have worked
// out, also where one Hit is filled again and again and goes to several recorders.
func TestSumsAgainstNaive(t *testing.T) {
	hits := anyHits(rand.New(rand.NewPCG(51, 52)), 3000)
	const warmup = 100 * time.Second // a third of them
	early, log, attack := NewAttackRecorder(60, Limits{}), NewLogRecorder(time.UTC, Limits{}, "f"), NewAttackRecorder(60, Limits{})
	early.SetWarmup(warmup)
	label := log.Label(Trait{ByBrowser, "Firefox"}, Trait{BySystem, "Linux"})
	naiveEarly, naiveLog, naiveAttack := newNaiveTraffic(false, warmup), newNaiveTraffic(true, 0), newNaiveTraffic(false, 0)

	var h Hit
	for i := range hits {
		stale := h.sums
		h = hits[i]
		h.sums = stale
		early.Add(&h)
		naiveEarly.add(&h)
		if i%3 == 0 {
			h.Agent = label
		}
		log.Add(&h)
		naiveLog.add(&h)
		attack.Add(&h)
		naiveAttack.add(&h)
	}
	naiveEarly.check(t, "attack with a warmup", early.Profile())
	naiveLog.check(t, "log", log.Profile())
	naiveAttack.check(t, "attack", attack.Profile())
}
