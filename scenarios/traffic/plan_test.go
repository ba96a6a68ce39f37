package traffic

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func drawLaw(t *rapid.T) Law {
	switch kind := rapid.SampledFrom([]LawKind{Even, Zipf, Geometric}).Draw(t, "law"); kind {
	case Zipf:
		return Law{Zipf, rapid.Float64Range(0.001, MaxZipf).Draw(t, "exponent")}
	default:
		return Law{Kind: kind}
	}
}

func drawRate(t *rapid.T, name string) Rate {
	return Rate(rapid.Float64Range(0.01, 1e6).Draw(t, name))
}

func drawShape(t *rapid.T) Shape {
	switch rapid.IntRange(0, 3).Draw(t, "shape") {
	case 1:
		return Ramp{drawRate(t, "from"), drawRate(t, "to")}
	case 2:
		stages := make(Stages, rapid.IntRange(1, 5).Draw(t, "stages"))
		for i := range stages {
			stages[i] = Stage{time.Duration(rapid.Int64Range(1, 1e13).Draw(t, "for")), drawRate(t, "rate")}
			if i > 0 && rapid.Bool().Draw(t, "pause") {
				stages[i].Rate = 0
			}
		}
		return stages
	case 3:
		return Sine{time.Duration(rapid.Int64Range(1, 1e13).Draw(t, "period")), rapid.Float64Range(0, 1).Draw(t, "amplitude")}
	default:
		return Steady{}
	}
}

// drawSpec draws a valid spec of up to most page views.
func drawSpec(t *rapid.T, most uint64) Spec {
	s := Spec{
		PV:       rapid.Uint64Range(1, most).Draw(t, "pv"),
		Shape:    drawShape(t),
		Arrivals: rapid.SampledFrom([]Arrivals{EvenlySpaced, Poisson}).Draw(t, "arrivals"),
		Law:      drawLaw(t),
		Order:    rapid.SampledFrom([]Order{Paced, Mixed}).Draw(t, "order"),
		Seed:     rapid.Uint64().Draw(t, "seed"),
	}
	s.UV = rapid.Uint64Range(1, s.PV).Draw(t, "uv")
	if _, ok := s.Shape.(Stages); !ok {
		s.Duration = time.Duration(rapid.Int64Range(1, 1e15).Draw(t, "duration"))
	}
	return s
}

// TestPlanProperties goes through whole random plans: exactly uv users appear,
// as IDs too, each with one New view (under Paced its first, in order, and as
// Known says); due times are monotone and inside; the cursor agrees with random
// access; the shards are disjoint and complete.
func TestPlanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t, 1500)
		p, err := spec.Compile()
		if err != nil {
			t.Fatal(err)
		}
		if p.PV() != spec.PV || p.UV() != spec.UV {
			t.Fatalf("pv %d, uv %d", p.PV(), p.UV())
		}
		users, ids := map[uint64]uint64{}, map[uint64]uint64{}
		introduced := uint64(0)
		var visits []Visit
		var before time.Duration
		for n := range p.PV() {
			v := p.Visit(n)
			if v.N != n || v.User >= p.UV() || v.ID >= p.UV() || v.Due < before || v.Due >= p.Duration() {
				t.Fatalf("%+v after %v in %v", v, before, p.Duration())
			}
			if user, ok := ids[v.ID]; ok && user != v.User {
				t.Fatalf("users %d and %d have the ID %d", user, v.User, v.ID)
			}
			if spec.Order == Paced && (v.New != (users[v.User] == 0) || v.New && v.User != introduced) {
				t.Fatalf("%+v: new after %d views, %d users introduced", v, users[v.User], introduced)
			}
			if v.New {
				introduced++
			}
			if spec.Order == Paced && p.Known(n) != introduced {
				t.Fatalf("known(%d) = %d, introduced %d", n, p.Known(n), introduced)
			}
			users[v.User]++
			ids[v.ID] = v.User
			before = v.Due
			visits = append(visits, v)
		}
		if uint64(len(users)) != spec.UV || uint64(len(ids)) != spec.UV || introduced != spec.UV {
			t.Fatalf("%d users, %d IDs, %d new", len(users), len(ids), introduced)
		}
		checkShards(t, p, visits, rapid.Uint64Range(0, 7).Draw(t, "shards"))
	})
}

func checkShards(t *rapid.T, p *Plan, visits []Visit, count uint64) {
	seen := make([]bool, len(visits))
	total, usersOfAll := uint64(0), uint64(0)
	for index := range max(count, 1) {
		shard := Shard{index, count}
		c := p.Cursor(shard)
		got := uint64(0)
		users := map[uint64]bool{}
		before := int64(-1)
		for v, ok := c.Next(); ok; v, ok = c.Next() {
			if v != visits[v.N] {
				t.Fatalf("the cursor gives %+v, Visit %+v", v, visits[v.N])
			}
			if seen[v.N] || int64(v.N) <= before || p.Owner(v.User, count) != index {
				t.Fatalf("%+v in shard %d of %d, seen %v, after hit %d", v, index, count, seen[v.N], before)
			}
			seen[v.N], before = true, int64(v.N)
			users[v.User] = true
			got++
		}
		if n, err := p.Count(context.Background(), shard); err != nil || n != got {
			t.Fatalf("Count = %d, %v; the cursor has %d", n, err, got)
		}
		if p.Users(shard) != uint64(len(users)) {
			t.Fatalf("Users = %d; the cursor has %d", p.Users(shard), len(users))
		}
		total += got
		usersOfAll += p.Users(shard)
	}
	if total != p.PV() || usersOfAll != p.UV() {
		t.Fatalf("the shards have %d views of %d and %d users of %d", total, p.PV(), usersOfAll, p.UV())
	}
}

// TestHugePlanProperties draws from plans that nobody can go through.
func TestHugePlanProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, err := drawSpec(t, MaxPV).Compile()
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.Uint64Range(0, p.PV()-1).Draw(t, "n")
		v := p.Visit(n)
		if v.User >= p.UV() || v.ID >= p.UV() || v.Due < 0 || v.Due >= p.Duration() {
			t.Fatalf("%+v in %v", v, p.Duration())
		}
		if p.spec.Order == Paced && v.User >= p.Known(n) {
			t.Fatalf("%+v of %d known", v, p.Known(n))
		}
		if n > 0 && p.Visit(n-1).Due > v.Due {
			t.Fatalf("hit %d is due after hit %d", n-1, n)
		}
		if last := p.Known(p.PV() - 1); last != p.UV() {
			t.Fatalf("%d users at the end, not %d", last, p.UV())
		}
	})
}

func TestEndedAndEmptyCursors(t *testing.T) {
	p := compile(t, Spec{PV: 3, Arrivals: Poisson})
	c := p.Cursor(Shard{})
	for range 3 {
		if _, ok := c.Next(); !ok {
			t.Fatal("ended early")
		}
	}
	for range 2 {
		if v, ok := c.Next(); ok {
			t.Fatalf("%+v after the end", v)
		}
	}
	if v, ok := p.Cursor(Shard{Index: 4, Count: 2}).Next(); ok {
		t.Fatalf("%+v in a shard that is none", v)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Count(cancelled, Shard{0, 2}); !errors.Is(err, context.Canceled) {
		t.Errorf("Count under a cancelled context: %v", err)
	}
}

// TestSimultaneousPoints is about points that share a cell of the finest level,
// as many of a plan of MaxPV do: the cursor must give each of them.
func TestSimultaneousPoints(t *testing.T) {
	p := compile(t, Spec{PV: MaxPV, Arrivals: Poisson, Seed: 4})
	c := p.Cursor(Shard{})
	together := 0
	for n := range uint64(500) {
		if c.together > 0 {
			together++
		}
		if got, _ := c.Next(); got != p.Visit(n) {
			t.Fatalf("the cursor gives %+v, Visit %+v", got, p.Visit(n))
		}
	}
	if together == 0 {
		t.Error("no two points in one cell: the test sees nothing")
	}
}

func TestVisitBeyondThePlanPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	compile(t, Spec{PV: 3}).Visit(3)
}

// TestVisitDoesNotAllocate is about memory that does not grow: not with users,
// and not with hits.
func TestVisitDoesNotAllocate(t *testing.T) {
	for _, s := range benchSpecs() {
		p := compile(t, s.spec)
		n := uint64(0)
		if got := testing.AllocsPerRun(100, func() {
			p.Visit(n * 9_999_999 % p.PV())
			n++
		}); got != 0 {
			t.Errorf("%s: %v allocations a visit", s.name, got)
		}
		c := p.Cursor(Shard{})
		if got := testing.AllocsPerRun(100, func() { c.Next() }); got != 0 {
			t.Errorf("%s: %v allocations a step", s.name, got)
		}
	}
}

func TestFingerprintCoversWhatDecides(t *testing.T) {
	base := Spec{PV: 100, UV: 50, Duration: time.Minute, Law: Law{Zipf, 1}, Shape: Sine{time.Second, 0.5}}
	want := compile(t, base).AppendFingerprint(nil)
	same := base
	same.Shard = Shard{1, 2}
	if got := compile(t, same).AppendFingerprint(nil); !bytes.Equal(got, want) {
		t.Error("the shard changes the fingerprint")
	}
	byRate := compile(t, Spec{PV: 600, Rate: 10}).AppendFingerprint([]byte("x"))
	if got := compile(t, Spec{PV: 600, Duration: time.Minute, Shape: Steady{}}).AppendFingerprint([]byte("x")); !bytes.Equal(got, byRate) {
		t.Error("the same traffic asked for in another way has another fingerprint")
	}
	seen := map[string]string{string(want): "base"}
	for name, change := range map[string]func(*Spec){
		"pv": func(s *Spec) { s.PV++ }, "uv": func(s *Spec) { s.UV++ }, "duration": func(s *Spec) { s.Duration++ },
		"arrivals": func(s *Spec) { s.Arrivals = Poisson }, "law": func(s *Spec) { s.Law = Law{Kind: Geometric} },
		"exponent": func(s *Spec) { s.Law.S = 1.5 }, "order": func(s *Spec) { s.Order = Mixed }, "seed": func(s *Spec) { s.Seed = 1 },
		"steady": func(s *Spec) { s.Shape = nil }, "period": func(s *Spec) { s.Shape = Sine{2 * time.Second, 0.5} },
		"amplitude": func(s *Spec) { s.Shape = Sine{time.Second, 0.6} }, "ramp": func(s *Spec) { s.Shape = Ramp{1, 2} },
		"ramp's to": func(s *Spec) { s.Shape = Ramp{1, 3} }, "stages": func(s *Spec) { s.Shape = Stages{{time.Minute, 1}} },
		"stage's rate": func(s *Spec) { s.Shape = Stages{{30 * time.Second, 1}, {30 * time.Second, 2}} },
	} {
		s := base
		change(&s)
		got := string(compile(t, s).AppendFingerprint(nil))
		if other, ok := seen[got]; ok {
			t.Errorf("%s and %s have the same fingerprint", name, other)
		}
		seen[got] = name
	}
}

// TestGoldenVisits holds the visits (due, user, ID and New) of a matrix of specs
// against those of before. A change that means to give other visits raises
// AlgorithmVersion with them.
func TestGoldenVisits(t *testing.T) {
	got := map[string]string{}
	for _, s := range benchSpecs() {
		p := compile(t, s.spec)
		h := sha256.New()
		c := p.Cursor(Shard{})
		for range 10_000 {
			v, _ := c.Next()
			var b []byte
			for _, word := range []uint64{uint64(v.Due), v.User, v.ID} {
				b = binary.LittleEndian.AppendUint64(b, word)
			}
			if v.New {
				b = append(b, 1)
			}
			h.Write(b)
		}
		got[s.name] = fmt.Sprintf("%x", h.Sum(nil)[:8])
	}
	for name, sum := range got {
		if golden[name] != sum {
			t.Errorf("%q: %q,", name, sum)
		}
	}
	if len(got) != len(golden) {
		t.Errorf("%d specs, %d sums", len(got), len(golden))
	}
}
