package topk

import (
	"math/rand/v2"
	"testing"

	"github.com/apache/datasketches-go/frequencies"
)

// A residue's bounds hold for every key of a stream with a long tail, its error is no larger than that of the reference
// implementation of the same algorithm, and a merged one's bounds hold for both streams.
func TestResidueBounds(t *testing.T) {
	const size, hits = 10, 300_000
	rng := rand.New(rand.NewPCG(3, 4))
	zipf := rand.NewZipf(rng, 1.1, 8, 1<<40)
	parts := [2]residue{{size: size}, {size: size}}
	truth := map[uint64]uint64{}
	reference, err := frequencies.NewLongsSketch(size, size)
	if err != nil {
		t.Fatal(err)
	}
	for i := range hits {
		hash := (zipf.Uint64() + 1) * 0x9e3779b97f4a7c15
		n := 1 + rng.Uint64N(3)
		truth[hash] += n
		r := &parts[i%2]
		if got := r.add(hash, n); got != r.atLeast(hash) {
			t.Fatalf("add says %d, then there are %d", got, r.atLeast(hash))
		}
		if err := reference.UpdateMany(int64(hash), int64(n)); err != nil {
			t.Fatal(err)
		}
	}
	whole := parts[0].clone()
	whole.merge(&parts[1])
	check := func(name string, r *residue, atMost uint64) {
		t.Helper()
		if r.err() > atMost {
			t.Errorf("%s: may lack %d, want %d at most", name, r.err(), atMost)
		}
		if r.active > r.limit() || len(r.weights()) != r.active {
			t.Errorf("%s: %d counters of %d, %d weights", name, r.active, r.limit(), len(r.weights()))
		}
		for hash, n := range truth {
			if low := r.atLeast(hash); low > n || name == "whole" && low+r.err() < n {
				t.Fatalf("%s: %d to %d for %d hits", name, low, low+r.err(), n)
			}
		}
	}
	check("half", &parts[0], uint64(reference.GetMaximumError()))
	check("whole", &whole, 2*uint64(reference.GetMaximumError()))
	single := residue{size: size}
	for hash, n := range truth { // in any order
		single.add(hash, n)
	}
	if most := single.err(); most > uint64(4*hits*2)>>size {
		t.Errorf("may lack %d of %d hits with %d slots", most, hits*2, 1<<size)
	}
}

// Keys made to fall into one chain of slots cost a bounded search, and what finds no room is owned up to.
func TestResidueCraftedKeys(t *testing.T) {
	r := residue{size: 14}
	const keys = 3 * maxChain
	for i := range uint64(keys) {
		r.add(i<<20, 5)
	}
	if r.active > maxChain || r.err() != 5*(keys-maxChain) {
		t.Errorf("%d counters, lacks %d", r.active, r.err())
	}
	if r.atLeast(0) != 5 || r.atLeast((keys-1)<<20) != 0 {
		t.Errorf("%d and %d hits", r.atLeast(0), r.atLeast((keys-1)<<20))
	}
}
