package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// numbers is a profile as text, without what tells where it came from and without samples, which depend on the order.
func numbers(t testing.TB, p *Profile) string {
	t.Helper()
	c, err := p.Clone()
	if err != nil {
		t.Fatal(err)
	}
	c.Origins, c.Planned, c.Name, c.Target = nil, nil, "", ""
	for _, f := range c.Failures {
		f.Samples = nil
	}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func shard(p *Profile, i, n uint64, population uint64) *Profile {
	p.Origins = []Origin{{ID: fmt.Sprint("run ", i), Name: fmt.Sprint("shard ", i)}}
	p.Planned = &Planned{Hits: p.Sent, UV: p.UV().Value, Population: population, Hash: "abc", Shards: []uint64{i}, ShardCount: n}
	return p
}

// Shards of a plan by user merge, in any order, to what one recorder of the whole run measured.
func TestMergedShardsAreTheWholeRun(t *testing.T) {
	const population = 60
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 1))
		n := 2 + rng.Uint64N(3)
		hits := randomAttack(rng, 1+rng.IntN(300), population)
		parts := make([][]Hit, n)
		for _, h := range hits {
			parts[h.User%n] = append(parts[h.User%n], h)
		}
		order := seq(n)
		rng.Shuffle(int(n), func(i, j int) { order[i], order[j] = order[j], order[i] })
		merged := shard(recordAttack(parts[order[0]], population), order[0], n, population)
		for _, i := range order[1:] {
			p := shard(recordAttack(parts[i], population), i, n, population)
			before := numbers(t, p)
			if err := merged.Merge(p); err != nil {
				t.Fatal(err)
			}
			if numbers(t, p) != before {
				t.Fatal("the other profile was changed")
			}
		}
		whole := recordAttack(hits, population)
		if got, want := numbers(t, merged), numbers(t, whole); got != want {
			t.Fatalf("seed %d: merged %s\nwhole  %s", seed, got, want)
		}
		pl := merged.Planned
		if pl.Hits != whole.Sent || pl.UV != whole.UV().Value || fmt.Sprint(pl.Shards) != fmt.Sprint(seq(n)) || len(merged.Origins) != int(n) {
			t.Fatalf("seed %d: %+v of %v", seed, pl, merged.Origins)
		}
	}
}

func seq(n uint64) []uint64 {
	s := make([]uint64, n)
	for i := range s {
		s[i] = uint64(i)
	}
	return s
}

// Logs of several hosts or days merge, by both ways, to what one recorder of all lines measured.
func TestMergedLogsAreOneLog(t *testing.T) {
	hits := randomLog(rand.New(rand.NewPCG(3, 3)), 4000, 1_700_000_000, 1_700_900_000)
	zone := mustZone(t, "Europe/Berlin")
	log := func(hits []Hit, i int) *Profile {
		p := recordLog(hits, zone)
		p.Origins = []Origin{{ID: fmt.Sprint(i), Name: fmt.Sprint("host", i, ".log")}}
		*p.Lines = Lines{Read: uint64(len(hits)) + 6, Parsed: uint64(len(hits)), Filtered: 1, Comments: 2, Bad: 3, Overlong: 1}
		return p
	}
	whole, absorbed := log(hits, 0), log(nil, 0)
	*whole.Lines = Lines{Read: 4000 + 24, Parsed: 4000, Filtered: 4, Comments: 8, Bad: 12, Overlong: 4}
	var merged *Profile
	for i := range 4 {
		p := log(hits[i*1000:i*1000+1000], i)
		if merged == nil {
			merged = p
		} else if err := merged.Merge(p); err != nil {
			t.Fatal(err)
		}
		if err := absorbed.Absorb(log(hits[i*1000:i*1000+1000], i)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := numbers(t, merged), numbers(t, whole); got != want {
		t.Errorf("merged %.3000s\nwhole  %.3000s", got, want)
	}
	absorbed.Lines = whole.Lines
	if got, want := numbers(t, absorbed), numbers(t, whole); got != want {
		t.Errorf("absorbed %.3000s\nwhole    %.3000s", got, want)
	}
	if merged.Name != "" || len(merged.Origins) != 4 {
		t.Errorf("%q of %v", merged.Name, merged.Origins)
	}
}

func TestMergeRefuses(t *testing.T) {
	hits := randomAttack(rand.New(rand.NewPCG(4, 4)), 50, 10)
	attack := func(change func(*Profile)) *Profile {
		p := shard(recordAttack(hits, 10), 1, 3, 10)
		p.Definitions = Definitions{PV: "pv", UV: "uv", Zone: "UTC", VisitorKey: "cookie:uid", PageViews: "raw"}
		if change != nil {
			change(p)
		}
		return p
	}
	other := func(change func(*Profile)) *Profile {
		return attack(func(p *Profile) {
			p.Origins[0].ID, p.Origins[0].Name, p.Planned.Shards = "other run", "other", []uint64{2}
			change(p)
		})
	}
	log := func(zone *time.Location, id string) *Profile {
		p := recordLog(randomLog(rand.New(rand.NewPCG(5, 5)), 50, 0, 1000), zone)
		p.Origins = []Origin{{ID: id, Name: id + ".log"}}
		p.Definitions.Zone = zone.String()
		return p
	}
	for _, c := range []struct {
		name string
		a, b *Profile
		want string
	}{
		{"an attack and a log", attack(nil), log(time.UTC, "l"), "one is of an attack, the other of an access log"},
		{"the same run", attack(nil), other(func(p *Profile) { p.Origins[0].ID = "run 1" }), "shard 1 and other are the same run or content: it would be counted twice"},
		{"the same file", log(time.UTC, "a"), log(time.UTC, "a"), "the same run or content (a.log) is in both"},
		{"the same shard", attack(nil), other(func(p *Profile) { p.Planned.Shards = []uint64{1} }), "both hold shard 2 of 3: two runs of one plan are compared, not merged"},
		{"another plan", attack(nil), other(func(p *Profile) { p.Planned.Hash = "xyz" }), "they are of different plans, abc and xyz"},
		{"another sharding", attack(nil), other(func(p *Profile) { p.Planned.ShardCount = 4 }), "one is of 3 shards, the other of 4"},
		{"another population", attack(nil), other(func(p *Profile) { p.Planned.Population = 11 }), "one plan has 10 users, the other 11"},
		{"another population of users alone", attack(nil), other(func(p *Profile) { p.Users = recordAttack(nil, 11).Users }), "population"},
		{"one plan", attack(nil), other(func(p *Profile) { p.Planned = nil }), "only one of them has a plan"},
		{"no plan", attack(func(p *Profile) { p.Planned = nil }), other(func(p *Profile) { p.Planned = nil }), "neither has a plan"},
		{"another key", attack(nil), other(func(p *Profile) { p.Definitions.VisitorKey = "ip" }), "visitors are counted by cookie:uid in one and by ip in the other"},
		{"another page view", attack(nil), other(func(p *Profile) { p.Definitions.PageViews = "web" }), "page views are counted as raw in one and as web in the other"},
		{"another zone", log(time.UTC, "a"), log(FixedZone(3600), "b"), "days are those of UTC in one and of UTC+01:00 in the other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, origins := numbers(t, c.a), len(c.a.Origins)
			err := c.a.Merge(c.b)
			if !errors.Is(err, ErrMerge) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %q", err, c.want)
			}
			if numbers(t, c.a) != before || len(c.a.Origins) != origins {
				t.Error("the profile was changed")
			}
		})
	}
	a, b := attack(nil), other(func(*Profile) {})
	if err := a.Merge(b); err != nil || a.Sent != 100 {
		t.Errorf("what differs in nothing: %d sent, %v", a.Sent, err)
	}
	if err := a.Merge(b); !errors.Is(err, ErrMerge) {
		t.Errorf("merged in twice: %v", err)
	}
}

func TestMergeNames(t *testing.T) {
	named := func(i uint64, name, target string, gates, formats []string) *Profile {
		p := shard(recordAttack(nil, 5), i, 3, 5)
		p.Name, p.Target, p.Gates, p.Definitions.Formats = name, target, gates, formats
		p.Seen = recordLog(nil, time.UTC)
		p.Warn(Warning{Code: "same", Text: "same"})
		p.Warn(Warning{Code: "own", Text: name, Invalidates: i == 2})
		return p
	}
	p := named(0, "launch", "http://a", []string{"p95 < 1s"}, []string{"combined"})
	for _, o := range []*Profile{
		named(1, "launch", "http://b", []string{"p95 < 1s", "uv == 5"}, []string{"combined", "common"}),
		named(2, "day", "http://a", nil, nil),
	} {
		if p.Invalid() {
			t.Error("invalid by nothing")
		}
		if err := p.Merge(o); err != nil {
			t.Fatal(err)
		}
	}
	got := fmt.Sprint(p.Name, "|", p.Target, "|", p.Gates, "|", p.Definitions.Formats, "|", len(p.Warnings), p.Seen == nil, p.Invalid())
	if want := "launch, day|http://a, http://b|[p95 < 1s uv == 5]|[combined common]|4 true true"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
