package balance

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"

	"github.com/loadx/loadx/profile/uv"
)

// What a tag may mean beside a worker.
const (
	noTag    = 0 // none
	movedTag = 1 // more than one worker
	minTag   = 2 // the first that is a worker
)

// A sample remembers visitors and whether each touched one worker, and which, or more: all of them up to the limit, and
// beyond it those whose hash starts with level zero bits or more, where level is the least with which they fit
// (Gibbons: Distinct sampling for highly-accurate answers to distinct values queries and event reports, VLDB 2001).
// Which visitors those are depends on the set of all visitors alone: not on their order, and not on how they were split
// over samples that were merged.
//
// It is an open-addressing table with linear probing, at most 4/5 full. An empty slot has no tag. The zero value with a
// limit is empty and holds no memory.
type sample struct {
	limit int // or uv.NoLimit
	level int
	used  int
	moved int    // of used, those with movedTag
	slots []slot // len is 0 or a power of two

	// The slots are far from the processor: visitors wait for it together. What is asked or merged settles them first.
	waiting uint8
	pending [pendingVisitors]slot
}

// pendingVisitors is how many visitors wait at most.
const pendingVisitors = 8

// A slot holds a visitor, hash and tag side by side: a hit costs one cache miss.
type slot struct {
	hash uint64
	tag  uint32
}

// slotFactor spreads hashes over the slots: Fibonacci hashing with an odd factor that differs from process to process,
// so that visitors cannot be crafted to fall into one chain of slots. No result depends on it.
var slotFactor = rand.Uint64() | 1

const minSlots = 16

// keeps says whether a visitor with this hash belongs into the sample.
func (s *sample) keeps(hash uint64) bool { return hash>>uint(64-s.level) == 0 }

// find returns the slot in which a hash is, or to which it would go.
func (s *sample) find(hash uint64) *slot {
	mask := uint64(len(s.slots) - 1)
	i := hash * slotFactor >> (64 - bits.TrailingZeros(uint(len(s.slots))))
	for s.slots[i&mask].tag != noTag && s.slots[i&mask].hash != hash {
		i++
	}
	return &s.slots[i&mask]
}

// add notes that a visitor, who belongs into the sample, has touched a worker, or more than one if tag is movedTag.
func (s *sample) add(hash uint64, tag uint32) {
	s.pending[s.waiting] = slot{hash, tag}
	if s.waiting++; s.waiting == pendingVisitors {
		s.settle()
	}
}

// settle puts the visitors that wait into their slots.
func (s *sample) settle() {
	n := s.waiting
	s.waiting = 0
	for _, v := range s.pending[:n] {
		if s.keeps(v.hash) { // the level may have been raised since
			s.put(v.hash, v.tag)
		}
	}
}

func (s *sample) put(hash uint64, tag uint32) {
	if len(s.slots) == 0 {
		s.resize(minSlots)
	}
	found := s.find(hash)
	switch found.tag {
	case tag, movedTag:
		return
	case noTag:
		*found = slot{hash, tag}
		s.used++
	default:
		found.tag = movedTag
	}
	if found.tag == movedTag {
		s.moved++
	}
	s.shrink()
	if s.used*5 > len(s.slots)*4 {
		s.resize(2 * len(s.slots))
	}
}

// shrink raises the level until the sample fits its limit.
func (s *sample) shrink() {
	for s.limit != uv.NoLimit && s.used > s.limit {
		s.raise(s.level + 1)
	}
}

// raise forgets who does not belong into the sample at a level.
func (s *sample) raise(level int) {
	s.level = level
	s.resize(len(s.slots))
}

// resize moves those who belong into the sample to a table of size slots.
func (s *sample) resize(size int) {
	old := s.slots
	s.slots = make([]slot, size)
	clear(s.slots) // fresh memory that is read first is mapped twice
	s.used, s.moved = 0, 0
	for _, v := range old {
		if v.tag == noTag || !s.keeps(v.hash) {
			continue
		}
		*s.find(v.hash) = v
		s.used++
		if v.tag == movedTag {
			s.moved++
		}
	}
}

// merge adds who is in other.
func (s *sample) merge(other *sample) {
	s.settle()
	other.settle()
	if s.limit == uv.NoLimit || other.limit != uv.NoLimit && other.limit < s.limit {
		s.limit = other.limit
	}
	if other.level > s.level {
		s.raise(other.level)
	}
	s.shrink()
	for _, v := range other.slots {
		if v.tag != noTag && s.keeps(v.hash) {
			s.put(v.hash, v.tag)
		}
	}
}

func (s *sample) clone() sample {
	c := *s
	c.slots = slices.Clone(s.slots)
	return c
}

// bytes returns the heap memory of the table.
func (s *sample) bytes() int {
	s.settle()
	return 16 * cap(s.slots)
}

// estimate returns how many visitors there are of a kind of which n are in the sample.
//
// Each visitor is in the sample with probability p = 2^−level, so n is binomial with an unknown number of trials N. The
// interval holds every N that a two-sided 5 % test does not refute, whose test statistic is (n−Np)/√(Np(1−p)): the roots
// of (n−Np)² = z²·Np(1−p) (the score interval, Wilson 1927, solved for the trials), and at least the n that were seen.
func (s *sample) estimate(n int) uv.Estimate {
	if s.level == 0 {
		return uv.ExactEstimate(uint64(n))
	}
	const z2 = 1.96 * 1.96
	scale := math.Ldexp(1, s.level)
	q := 1 - 1/scale
	x := float64(n)
	middle := x + float64(z2*q/2)
	half := math.Sqrt(float64(z2*q*x) + float64(z2*q/2)*float64(z2*q/2))
	low := max(math.Floor((middle-half)*scale), x)
	high := math.Ceil((middle + half) * scale)
	value := x * scale
	return uv.Estimate{Value: toUint(value), Low: toUint(min(low, value)), High: toUint(max(high, value))}
}

// toUint converts what may be beyond the range of a uint64.
func toUint(v float64) uint64 {
	if v >= math.MaxUint64 {
		return math.MaxUint64
	}
	return uint64(v)
}
