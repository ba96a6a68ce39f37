package topk

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/apache/datasketches-go/frequencies"
)

// A residue counts the hits on keys while they have no place in a table, by the hash of the key. Of every key it knows a
// lower bound, and the truth is at most err above. The zero value has counted nothing and holds no memory.
type residue struct {
	size   int // map size as a power of two
	sketch *frequencies.LongsSketch
	base   int64 // what the counts already lacked when they were put into the sketch
}

// used says whether anything was counted.
func (r *residue) used() bool { return r.sketch != nil || r.base > 0 }

// add counts n hits on a key.
func (r *residue) add(hash uint64, n uint64) {
	if n == 0 {
		return
	}
	if r.sketch == nil {
		// At its full size from the start: growing is the one step in which the sketch can lose keys it had counted.
		sketch, err := frequencies.NewLongsSketch(r.size, r.size)
		if err != nil {
			panic(fmt.Sprintf("BUG: topk: sketch of size 2^%d: %v", r.size, err))
		}
		r.sketch = sketch
	}
	// The sketch fails if 1,024 keys fall into one chain of its map, which only crafted keys do. Then the hits are among
	// those that it may miss.
	if err := r.sketch.UpdateMany(int64(hash), int64(min(n, math.MaxInt64))); err != nil {
		r.base += int64(n)
	}
}

// atLeast returns a lower bound for the hits on a key.
func (r *residue) atLeast(hash uint64) uint64 {
	if r.sketch == nil {
		return 0
	}
	n, err := r.sketch.GetLowerBound(int64(hash))
	if err != nil {
		return 0
	}
	return uint64(n)
}

// err returns by how much any lower bound may be too low.
func (r *residue) err() uint64 {
	if r.sketch == nil {
		return uint64(r.base)
	}
	return uint64(r.sketch.GetMaximumError() + r.base)
}

// A weight is a lower bound for the hits on a key.
type weight struct {
	hash uint64
	n    uint64
}

// weights returns what r still knows of single keys, by ascending hash.
func (r *residue) weights() []weight {
	if r.sketch == nil {
		return nil
	}
	rows, err := r.sketch.GetFrequentItemsWithThreshold(0, frequencies.ErrorTypeEnum.NoFalseNegatives)
	if err != nil {
		panic(fmt.Sprintf("BUG: topk: list the sketch: %v", err))
	}
	all := make([]weight, 0, len(rows))
	for _, row := range rows {
		all = append(all, weight{hash: uint64(row.GetItem()), n: uint64(row.GetLowerBound())})
	}
	slices.SortFunc(all, func(a, b weight) int { return cmp.Compare(a.hash, b.hash) })
	return all
}

// merge adds what other has counted.
func (r *residue) merge(other *residue) {
	for _, w := range other.weights() {
		r.add(w.hash, w.n)
	}
	r.base += int64(other.err())
}

func (r *residue) clone() residue {
	c := residue{size: r.size}
	c.merge(r)
	return c
}
