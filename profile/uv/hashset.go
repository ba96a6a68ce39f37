package uv

import (
	"math/bits"
	"math/rand/v2"
	"slices"
)

// slotFactor spreads hashes over the slots of a hashSet: Fibonacci hashing with an odd factor that differs from process
// to process, so that visitor keys cannot be crafted to fall into one chain of slots. No result depends on it.
var slotFactor = rand.Uint64() | 1

const (
	// minSlots is the size of the smallest table of a hashSet.
	minSlots = 8
	// quickSlots and largeSlots are between where a table grows at once, since who has thousands of visitors soon has more,
	// and moving them from table to table costs as much as counting them. Below, it grows by four, above by two.
	quickSlots = 1 << 13
	largeSlots = 1 << 17
)

// A hashSet is a set of 64-bit hashes: open addressing, linear probing, at most 4/5 full. An empty slot is 0, so the
// member 0 is kept beside the table. The zero value is an empty set, which holds no memory.
type hashSet struct {
	slots []uint64 // len is 0 or a power of two
	used  int      // slots that are not 0
	zero  bool     // 0 is a member
}

func (s *hashSet) len() int {
	if s.zero {
		return s.used + 1
	}
	return s.used
}

// add puts h into the set and says whether it was new.
func (s *hashSet) add(h uint64) bool {
	if h == 0 {
		grew := !s.zero
		s.zero = true
		return grew
	}
	if len(s.slots) == 0 {
		s.slots = make([]uint64, minSlots)
	}
	slots := s.slots
	mask := uint64(len(slots) - 1)
	i := slotOf(h, len(slots))
	for slots[i&mask] != h {
		if slots[i&mask] == 0 {
			slots[i&mask] = h
			s.used++
			if s.used*5 > len(slots)*4 {
				s.grow()
			}
			return true
		}
		i++
	}
	return false
}

func (s *hashSet) grow() {
	size := 2 * len(s.slots)
	switch {
	case len(s.slots) < quickSlots:
		size *= 2
	case size < largeSlots:
		size = largeSlots
	}
	s.rehash(size)
}

func slotOf(h uint64, slots int) uint64 {
	return h * slotFactor >> (64 - bits.TrailingZeros(uint(slots)))
}

// rehash moves the members to a table of size slots, which must have room for them.
func (s *hashSet) rehash(size int) {
	old := s.slots
	s.slots = make([]uint64, size)
	clear(s.slots) // see newSketch
	mask := uint64(size - 1)
	for _, h := range old {
		if h == 0 {
			continue
		}
		i := slotOf(h, size)
		for s.slots[i&mask] != 0 {
			i++
		}
		s.slots[i&mask] = h
	}
}

// each calls yield for every member until it returns false. Neighbours in the table are not neighbours in this order:
// a set that is filled in slot order would pile everything up at the front of its still small table.
func (s *hashSet) each(yield func(uint64) bool) {
	if s.zero && !yield(0) {
		return
	}
	n := len(s.slots)
	if n == 0 {
		return
	}
	stride := int(float64(n)*0.6180339887498949) | 1 // odd, so that it visits every slot of a power of two
	for i, at := 0, 0; i < n; i, at = i+1, (at+stride)&(n-1) {
		if h := s.slots[at]; h != 0 && !yield(h) {
			return
		}
	}
}

// sorted returns the members in ascending order.
func (s *hashSet) sorted() []uint64 {
	all := make([]uint64, 0, s.len())
	for h := range s.each {
		all = append(all, h)
	}
	slices.Sort(all)
	return all
}

func (s *hashSet) clone() hashSet {
	c := *s
	c.slots = slices.Clone(s.slots)
	return c
}

// bytes returns the heap memory of the table.
func (s *hashSet) bytes() int { return 8 * cap(s.slots) }
