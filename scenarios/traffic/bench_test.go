package traffic

import (
	"testing"
	"time"
)

type namedSpec struct {
	name string
	spec Spec
}

// benchSpecs returns a million views in ten minutes, by a quarter as many users,
// under every law, order, kind of arrivals and shape (not every combination).
func benchSpecs() []namedSpec {
	base := Spec{PV: 1_000_000, UV: 250_000, Duration: 10 * time.Minute, Seed: 42}
	var out []namedSpec
	for _, order := range []Order{Paced, Mixed} {
		for _, law := range []Law{{Kind: Even}, {Kind: Zipf, S: 1.1}, {Kind: Geometric}} {
			for _, arrivals := range []Arrivals{EvenlySpaced, Poisson} {
				s := base
				s.Order, s.Law, s.Arrivals = order, law, arrivals
				out = append(out, namedSpec{"steady/" + order.String() + "/" + law.Kind.String() + "/" + arrivals.String(), s})
			}
		}
	}
	for name, shape := range map[string]Shape{
		"ramp":   Ramp{0, 4000},
		"stages": Stages{{time.Minute, 500}, {9 * time.Minute, 2000}},
		"sine":   Sine{2 * time.Minute, 0.5},
	} {
		for _, arrivals := range []Arrivals{EvenlySpaced, Poisson} {
			s := base
			s.Shape, s.Arrivals = shape, arrivals
			if name == "stages" {
				s.Duration = 0
			}
			out = append(out, namedSpec{name + "/" + arrivals.String(), s})
		}
	}
	big := base
	big.PV, big.UV, big.Law, big.Arrivals = 1_000_000_000_000, 1_000_000_000, Law{Zipf, 1}, Poisson
	return append(out, namedSpec{"steady/a billion users", big})
}

func BenchmarkVisit(b *testing.B) {
	for _, s := range benchSpecs() {
		b.Run(s.name, func(b *testing.B) {
			p := compile(b, s.spec)
			b.ReportAllocs()
			n := uint64(0)
			for b.Loop() {
				p.Visit(n)
				n = (n + 700_001) % p.PV()
			}
		})
	}
}

func BenchmarkCursor(b *testing.B) {
	for _, s := range benchSpecs() {
		b.Run(s.name, func(b *testing.B) {
			p := compile(b, s.spec)
			c := p.Cursor(Shard{})
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := c.Next(); !ok {
					c = p.Cursor(Shard{})
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		compile(b, Spec{PV: MaxPV, UV: MaxPV / 3, Duration: time.Hour, Law: Law{Zipf, 1.1}})
	}
}
