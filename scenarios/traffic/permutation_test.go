package traffic

import (
	"fmt"
	"testing"
)

func TestPermutationIsABijection(t *testing.T) {
	for seed := range uint64(3) {
		for n := uint64(1); n < 700; n++ {
			checkBijection(t, seed, n)
		}
		checkBijection(t, seed, 1<<17)
		checkBijection(t, seed, 1<<17+1)
		checkBijection(t, seed, 250_000)
	}
}

func checkBijection(t *testing.T, seed, n uint64) {
	t.Helper()
	p := newPermutation(newStream(seed, forIDs), n)
	seen := make([]bool, n)
	for x := range n {
		y := p.of(x)
		if y >= n || seen[y] {
			t.Fatalf("permutation of %d, seed %d: %d → %d is outside or taken", n, seed, x, y)
		}
		seen[y] = true
	}
}

func TestPermutationStaysInRangeOfAnySize(t *testing.T) {
	for _, n := range []uint64{1 << 31, 1<<31 + 1, 1<<32 - 1, 1 << 61, 1<<61 + 1, 1 << 62} {
		p := newPermutation(newStream(9, forOrder), n)
		distinct := map[uint64]bool{}
		for i := range uint64(10_000) {
			y := p.of(n - 1 - i)
			if y >= n {
				t.Fatalf("permutation of %d gave %d", n, y)
			}
			distinct[y] = true
		}
		if len(distinct) != 10_000 {
			t.Errorf("permutation of %d: %d distinct images of 10,000", n, len(distinct))
		}
	}
}

// TestPermutationNeighboursAreUnrelated checks the distances between the images
// of neighbours, and where the images of a run of neighbours lie: both uniform.
func TestPermutationNeighboursAreUnrelated(t *testing.T) {
	const cells = 64
	for _, n := range []uint64{6400, 100_000, 1 << 20, 1_000_003, 1 << 40, 1 << 62} {
		for _, step := range []uint64{1, 2, 64, 1024} {
			p := newPermutation(newStream(n, forIDs), n)
			samples := min(n, 100_000) - step
			distance, low := make([]uint64, cells), make([]uint64, cells)
			for x := range samples {
				d := (p.of(x+step) + n - p.of(x)) % n
				distance[mulDiv(d, cells, n)]++
				low[p.of(x)%cells]++
			}
			expected := make([]float64, cells)
			for i := range expected {
				expected[i] = float64(samples) / cells
			}
			fits(t, fmt.Sprintf("distances at step %d of %d", step, n), distance, expected)
			if n > 1<<20 { // a whole range is equal by force, not by chance
				fits(t, fmt.Sprintf("low bits at %d", n), low, expected)
			}
		}
	}
}

func TestStreamsAreUniformAndApart(t *testing.T) {
	a, b, c := newStream(1, forRepeats), newStream(1, forArrivals), newStream(2, forRepeats)
	const draws = 100_000
	expected := make([]float64, 256)
	for i := range expected {
		expected[i] = draws / 256.0
	}
	for name, draw := range map[string]func(uint64) uint64{
		"draws":                func(n uint64) uint64 { return a.at(n, 0) },
		"attempts":             func(n uint64) uint64 { return a.at(7, n) },
		"difference of draws":  func(n uint64) uint64 { return a.at(n+1, 0) - a.at(n, 0) },
		"purposes":             func(n uint64) uint64 { return a.at(n, 0) ^ b.at(n, 0) },
		"seeds":                func(n uint64) uint64 { return a.at(n, 0) ^ c.at(n, 0) },
		"neighbouring seeds":   func(n uint64) uint64 { return newStream(n, forIDs).at(0, 0) },
		"attempts against hit": func(n uint64) uint64 { return a.at(n, 1) ^ a.at(n+1, 0) },
	} {
		high, low := make([]uint64, 256), make([]uint64, 256)
		for n := range uint64(draws) {
			v := draw(n)
			high[v>>56]++
			low[v&255]++
		}
		fits(t, name+", high byte", high, expected)
		fits(t, name+", low byte", low, expected)
	}
}
