package profile

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestStepsAreExact holds new visitors to a set, over every unit, as long as the union is exact.
func TestStepsAreExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	r := NewLogRecorder(time.UTC, Limits{})
	type stamp struct{ at, visitor int64 }
	var all []stamp
	for range 3000 {
		s := stamp{at: 1_772_323_200 + rng.Int64N(40*86400), visitor: rng.Int64N(700)}
		all = append(all, s)
		r.Add(&Hit{Time: s.at * 1e9, Page: []byte("/"), Method: []byte("GET"), Status: 200, PageView: true, HasVisitor: true, Visitor: testVisitor(uint64(s.visitor))})
	}
	p := r.Profile()
	for _, unit := range []Unit{Minute, Hour, Day, Month} {
		first := map[int64]int64{} // visitor → bucket
		for _, s := range all {
			at := bucketStart(s.at, unit, time.UTC)
			if old, ok := first[s.visitor]; !ok || at < old {
				first[s.visitor] = at
			}
		}
		want := map[int64]uint64{}
		for _, at := range first {
			want[at]++
		}
		var sum uint64
		steps := p.Calendar.Steps(unit)
		for _, s := range steps {
			if !s.New.Exact || s.New.Value != want[s.Start] {
				t.Errorf("%s %d: new %+v, want exactly %d", unit, s.Start, s.New, want[s.Start])
			}
			sum += s.New.Value
		}
		if total := steps[len(steps)-1].Total; sum != total.Value || total.Value != uint64(len(first)) || total != p.UV() {
			t.Errorf("%s: %d new in all, %+v in the end, %+v in the range, want %d", unit, sum, total, p.UV(), len(first))
		}
	}
}

// TestNewVisitorsAreWithinTheirInterval measures how often the interval of new visitors holds the truth when the buckets
// are sketches: nine in ten times is the least that is tolerated of the 95 % it promises.
func TestNewVisitorsAreWithinTheirInterval(t *testing.T) {
	held, trials := 0, 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 13))
		c := NewCalendar(time.UTC, Limits{})
		seen := map[uint64]bool{}
		var want []uint64
		for day := range int64(6) {
			fresh := uint64(0)
			for range 2500 {
				v := testVisitor(rng.Uint64N(12_000) ^ seed<<32)
				if !seen[v] {
					seen[v] = true
					fresh++
				}
				h := Hit{Time: (1_772_323_200 + day*86400) * 1e9, PageView: true, HasVisitor: true, Visitor: v}
				h.sum(false)
				c.add(&h)
			}
			want = append(want, fresh)
		}
		for i, s := range c.Steps(Day) {
			trials++
			if s.New.Low <= want[i] && want[i] <= s.New.High {
				held++
			}
			if s.New.Value > s.UV.High || s.New.Low > s.New.Value || s.New.Value > s.New.High {
				t.Errorf("day %d: new %+v of %+v", i, s.New, s.UV)
			}
		}
	}
	if share := float64(held) / float64(trials); share < 0.9 {
		t.Errorf("the interval holds the truth in %.1f %% of %d cases", 100*share, trials)
	} else {
		t.Logf("held in %.1f %%", 100*share)
	}
}

func TestIncrease(t *testing.T) {
	exact := func(n uint64) Estimate { return Estimate{Value: n, Low: n, High: n, Exact: true} }
	about := func(n, half uint64) Estimate { return Estimate{Value: n, Low: n - half, High: n + half} }
	for _, c := range []struct{ before, after, came, want Estimate }{
		{exact(0), exact(5), exact(5), exact(5)},
		{exact(5), exact(5), exact(3), exact(0)},
		{about(1000, 30), about(1000, 30), exact(9), Estimate{Value: 0, Low: 0, High: 0}},
		{about(1000, 30), about(1400, 50), about(800, 20), Estimate{Value: 400, Low: 360, High: 440}},
		{exact(1000), about(1400, 50), about(420, 5), Estimate{Value: 400, Low: 350, High: 425}},
	} {
		if got := increase(c.before, c.after, c.came); got != c.want {
			t.Errorf("from %+v to %+v of %+v: %+v, want %+v", c.before, c.after, c.came, got, c.want)
		}
	}
}

func TestFittingUnit(t *testing.T) {
	for _, c := range []struct {
		span time.Duration
		want Unit
	}{{0, Minute}, {2 * time.Hour, Minute}, {3 * time.Hour, Hour}, {48 * time.Hour, Hour}, {50 * time.Hour, Day}, {92 * 24 * time.Hour, Day}, {400 * 24 * time.Hour, Month}} {
		cal := NewCalendar(time.UTC, Limits{})
		for _, at := range []time.Duration{0, c.span} {
			cal.add(&Hit{Time: 1_772_323_200e9 + int64(at)})
		}
		if got := cal.Fitting(); got != c.want {
			t.Errorf("%s: by %s, want %s", c.span, got, c.want)
		}
	}
	empty := NewCalendar(time.UTC, Limits{})
	if got := empty.Fitting(); got > Month {
		t.Errorf("an empty calendar: %s", got)
	}
	for _, u := range []Unit{Minute, Hour, Day, Month} {
		if got, err := ParseUnit(u.String()); err != nil || got != u {
			t.Errorf("%s: %s, %v", u, got, err)
		}
	}
	if _, err := ParseUnit("dya"); err == nil || !strings.Contains(err.Error(), `"day"`) {
		t.Errorf("error %v", err)
	}
}

// TestLabelsAreTables counts the same hits under labels and by name.
func TestLabelsAreTables(t *testing.T) {
	rng := rand.New(rand.NewPCG(14, 15))
	r := NewLogRecorder(time.UTC, Limits{})
	names, systems := []string{"A", "B", "C"}, []string{"X", "Y"}
	want := map[string]uint64{}
	for i := range 500 {
		name := names[rng.IntN(len(names))]
		want[name]++
		r.Add(&Hit{Time: 1, Page: []byte("/"), Method: []byte("GET"), Status: 200, Agent: r.Label(Trait{ByBrowser, name}, Trait{BySystem, systems[i%2]}), PageView: true, HasVisitor: true, Visitor: uint64(i % 7)})
		if i%100 == 0 {
			r.Profile() // settling twice counts nothing twice
		}
	}
	for range 2 {
		p := r.Profile()
		for name, n := range want {
			row, ok := p.Tables[ByBrowser].Get(name)
			if !ok || row.Count != n || row.Value.Hits != n || row.Value.PageViews != n {
				t.Errorf("%s: %+v, want %d", name, row, n)
			}
		}
		for _, name := range systems {
			row, _ := p.Tables[BySystem].Get(name)
			if row.Count != 250 || row.Value.Hits != 250 || row.Value.Visitors.Estimate().Value != 7 {
				t.Errorf("%s: %+v, want 250 hits of all 7 visitors", name, row)
			}
		}
		if n, m := p.Tables[ByBrowser].Total(), p.Tables[BySystem].Total(); n != 500 || m != 500 {
			t.Errorf("%d and %d hits in all", n, m)
		}
		people, _ := p.Tables[ByAudience].Get(People)
		if people.Count != 500 || people.Value.Visitors.Estimate().Value != 7 || people.Value.Clients.Estimate().Value != 7 || p.UV().Value != 7 {
			t.Errorf("people: %+v", people)
		}
	}
	if l := r.Label(Trait{"no such dimension", "x"}); l != 0 {
		t.Errorf("label %d of no dimension", l)
	}
}

func TestMergeRefusesOtherDefinitions(t *testing.T) {
	make := func(change func(*Profile), fields ...string) *Profile {
		p := NewLogRecorder(time.UTC, Limits{}, fields...).Profile()
		if change != nil {
			change(p)
		}
		return p
	}
	for name, other := range map[string]*Profile{
		"secret": make(func(p *Profile) { p.Definitions.Secret = "0123" }),
		"paths":  make(func(p *Profile) { p.Definitions.Paths = "templated" }),
		"filter": make(func(p *Profile) { p.Definitions.Filter = "status == 200" }),
		"fields": make(nil, "upstream"),
	} {
		if err := make(nil).Merge(other); err == nil {
			t.Errorf("%s: merged", name)
		}
		if err := other.Merge(make(nil)); err == nil {
			t.Errorf("%s: merged the other way", name)
		}
	}
	if err := make(nil, "a", "b").Merge(make(nil, "b", "a")); err != nil {
		t.Errorf("the same fields: %v", err)
	}
}
