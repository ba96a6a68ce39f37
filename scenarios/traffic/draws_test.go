package traffic

import (
	"math"
	"testing"
)

func TestDrawsAreUniformAndApart(t *testing.T) {
	const draws, limit = 100_000, 37
	a, b, c := NewDraws(1, 0), NewDraws(1, 1), NewDraws(2, 0)
	single, pairs, seeds := make([]uint64, limit), make([]uint64, limit*limit), make([]uint64, limit*limit)
	plan := make([]uint64, limit*limit)
	repeats := newStream(1, forRepeats)
	for n := range uint64(draws) {
		v := a.Below(n, limit)
		single[v]++
		pairs[v*limit+b.Below(n, limit)]++
		seeds[v*limit+c.Below(n, limit)]++
		plan[v*limit+below(repeats.at(n, 0), limit)]++
	}
	uniform := func(cells int) []float64 {
		out := make([]float64, cells)
		for i := range out {
			out[i] = float64(draws) / float64(cells)
		}
		return out
	}
	fits(t, "one source", single, uniform(limit))
	fits(t, "two sources", pairs, uniform(limit*limit))
	fits(t, "two seeds", seeds, uniform(limit*limit))
	fits(t, "a source and the plan", plan, uniform(limit*limit))
}

func TestRanksFitTheirLaw(t *testing.T) {
	const draws, n, exponent = 100_000, 200, 0.8
	r, d := NewRanks(n, exponent), NewDraws(3, 5)
	observed, expected := make([]uint64, n), make([]float64, n)
	sum := 0.0
	for k := range expected {
		expected[k] = math.Pow(float64(k+1), -exponent)
		sum += expected[k]
	}
	for k := range expected {
		expected[k] *= draws / sum
	}
	for hit := range uint64(draws) {
		observed[r.Rank(d, hit)]++
	}
	fits(t, "ranks", observed, expected)
}
