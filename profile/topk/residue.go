package topk

import (
	"cmp"
	"slices"
)

// A residue counts the hits on keys while they have no place in a table, by the hash of the key. Of every key it knows a
// lower bound, and the truth is at most err above. The zero value has counted nothing and holds no memory.
//
// It is the algorithm for frequent items of Anderson, Bevan, Lang, Liberty, Rhodes and Thaler, "A High-Performance
// Algorithm for Identifying Frequent Items in Data Streams" (IMC'17, section 2): a map of counters which, once it is
// full, takes the median of a sample of them off every one and drops those that had no more. A hit is one look at one
// chain of slots; the chains are those of linear probing, at most three quarters full.
type residue struct {
	size   int        // of slots, as a power of two
	slots  []residual // nil until the first hit
	active int        // slots that hold a counter
	lacks  uint64     // by how much any counter may be too low
}

// A residual is one counter; without hits it is an empty slot.
type residual struct {
	hash uint64
	n    uint64
}

const (
	// medianSample is how many counters the median is taken of.
	medianSample = 1024
	// maxChain is how far from its slot a counter may stand. Only crafted keys go further, and their hits are among those
	// that any counter may lack.
	maxChain = 1024
)

// limit is how many counters the slots hold.
func (r *residue) limit() int { return 3 << r.size / 4 }

// used says whether anything was counted.
func (r *residue) used() bool { return r.slots != nil || r.lacks > 0 }

// find returns the slot of a key's counter, or the empty one where it belongs; nil if the chain is too long.
func (r *residue) find(hash uint64) *residual {
	mask := uint64(len(r.slots) - 1)
	for i := hash; i-hash < maxChain; i++ {
		if s := &r.slots[i&mask]; s.n == 0 || s.hash == hash {
			return s
		}
	}
	return nil
}

// add counts n hits on a key and returns the lower bound of its hits.
func (r *residue) add(hash uint64, n uint64) uint64 {
	if n == 0 {
		return r.atLeast(hash)
	}
	if r.slots == nil {
		r.slots = make([]residual, 1<<r.size)
		clear(r.slots) // fresh memory that is read first is mapped twice
	}
	s := r.find(hash)
	if s == nil {
		r.lacks += n
		return 0
	}
	if s.n > 0 {
		s.n += n
		return s.n
	}
	*s = residual{hash, n}
	if r.active++; r.active > r.limit() {
		r.purge()
		return r.atLeast(hash)
	}
	return n
}

// purge takes the median count off every counter, and drops those that have no more: about half.
func (r *residue) purge() {
	var sample [medianSample]uint64
	counts := sample[:0]
	for i := range r.slots {
		if n := r.slots[i].n; n > 0 {
			if counts = append(counts, n); len(counts) == len(sample) {
				break
			}
		}
	}
	slices.Sort(counts)
	median := counts[len(counts)/2]
	r.lacks += median
	r.active = 0
	mask := uint64(len(r.slots) - 1)
	start := uint64(0)
	for r.slots[start].n > 0 {
		start++
	}
	// From behind an empty slot on, every counter finds its new slot at or before its old one.
	for i := start + 1; i <= start+mask; i++ {
		s := &r.slots[i&mask]
		old := *s
		s.n = 0
		if old.n > median {
			*r.find(old.hash) = residual{old.hash, old.n - median}
			r.active++
		}
	}
}

// atLeast returns a lower bound for the hits on a key.
func (r *residue) atLeast(hash uint64) uint64 {
	if r.slots == nil {
		return 0
	}
	if s := r.find(hash); s != nil {
		return s.n
	}
	return 0
}

// err returns by how much any lower bound may be too low.
func (r *residue) err() uint64 { return r.lacks }

// A weight is a lower bound for the hits on a key.
type weight = residual

// weights returns what r still knows of single keys, by ascending hash.
func (r *residue) weights() []weight {
	all := make([]weight, 0, r.active)
	for _, s := range r.slots {
		if s.n > 0 {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b weight) int { return cmp.Compare(a.hash, b.hash) })
	return all
}

// merge adds what other has counted.
func (r *residue) merge(other *residue) {
	for _, w := range other.weights() {
		r.add(w.hash, w.n)
	}
	r.lacks += other.lacks
}

func (r *residue) clone() residue {
	c := *r
	c.slots = slices.Clone(r.slots)
	return c
}
