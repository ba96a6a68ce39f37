package uv

import (
	"fmt"

	"github.com/axiomhq/hyperloglog"
)

// NoLimit as the exact limit of a [Counter] keeps it exact at any size, for 10 to 20 bytes of memory a visitor.
const NoLimit = -1

// MinPrecision and MaxPrecision bound the precision of a [Counter].
const (
	MinPrecision = 4
	MaxPrecision = 18
)

// A Counter counts distinct visitors by their [Hash]. Up to its exact limit it keeps the hashes themselves; with the
// first one beyond it hands over to a HyperLogLog sketch of 2^precision one-byte registers.
//
// What a counter says depends only on the set of hashes it was given: not on their order, not on repeats, and not on
// how they were split over counters that were merged. It is exact if and only if that set is no larger than the limit.
// (Two hashes are one visitor if they are equal: with a million visitors that happens once in 37 million logs.)
//
// Make one with [NewCounter] or [Counter.UnmarshalBinary]. A Counter is not safe for concurrent use, also not by methods
// that only read: a few hashes wait until they are counted together.
type Counter struct {
	// The way from here to a register is a chain of loads, each of which may wait for memory. Hashes wait beside their
	// number, in one line of the cache, and go that way together.
	waiting   uint8
	precision uint8
	pending   [pendingHashes]uint64

	limit  int
	set    hashSet             // while sketch is nil
	sketch *hyperloglog.Sketch // dense; nil while exact
}

// pendingHashes is how many hashes wait, so many that Counter is two lines of the cache long.
const pendingHashes = 7

// NewCounter returns an empty counter, which is exact up to exactLimit visitors ([NoLimit], or any negative number:
// always) and then has the given precision in [MinPrecision, MaxPrecision]. It panics if the precision is outside.
func NewCounter(exactLimit int, precision uint8) *Counter {
	if precision < MinPrecision || precision > MaxPrecision {
		panic(fmt.Sprintf("BUG: uv: precision %d is outside [%d, %d]", precision, MinPrecision, MaxPrecision))
	}
	return &Counter{limit: max(exactLimit, NoLimit), precision: precision}
}

// Add counts the visitor with this hash. It allocates only to double the exact set and, once, to hand over.
func (c *Counter) Add(hash uint64) {
	c.pending[c.waiting] = hash
	if c.waiting++; c.waiting == pendingHashes {
		c.settle()
	}
}

// settle counts the hashes that wait.
func (c *Counter) settle() {
	n := c.waiting
	c.waiting = 0
	for i := range n {
		c.count(c.pending[i])
	}
}

// count counts a hash at once.
func (c *Counter) count(hash uint64) {
	if c.sketch != nil {
		insertHash(c.sketch, hash)
	} else if c.set.add(hash) {
		c.enforceLimit()
	}
}

// enforceLimit hands over to a sketch if the exact set has outgrown the limit.
func (c *Counter) enforceLimit() {
	if c.sketch != nil || c.limit < 0 || c.set.len() <= c.limit {
		return
	}
	c.sketch = newSketch(c.precision)
	for h := range c.set.each {
		insertHash(c.sketch, h)
	}
	c.set = hashSet{}
}

// Merge makes c count the union of what c and other have counted. It takes the smaller exact limit and the smaller
// precision of the two, whatever they hold. What other has counted is not changed; it may be nil or c itself.
//
// The error is always nil today: any two counters merge.
func (c *Counter) Merge(other *Counter) error {
	if other == nil || other == c {
		return nil
	}
	c.settle()
	other.settle()
	if c.takesOver(other) {
		return nil
	}
	precision := min(c.precision, other.precision)
	if c.sketch != nil {
		c.sketch = foldSketch(c.sketch, c.precision, precision)
	}
	c.precision = precision
	if c.limit < 0 || other.limit >= 0 && other.limit < c.limit {
		c.limit = other.limit
	}
	if other.sketch == nil {
		c.enforceLimit()
		for h := range other.set.each {
			c.count(h)
		}
		return nil
	}
	if c.sketch == nil {
		// other is beyond its limit, so the union is beyond the smaller one.
		c.sketch = newSketch(precision)
		for h := range c.set.each {
			insertHash(c.sketch, h)
		}
		c.set = hashSet{}
	}
	if err := c.sketch.Merge(foldSketch(other.sketch, other.precision, precision)); err != nil {
		return fmt.Errorf("uv: merge sketches: %w", err)
	}
	return nil
}

// takesOver makes c a copy of other if it has counted nobody and hands over at the same size to the same precision.
func (c *Counter) takesOver(other *Counter) bool {
	if c.sketch != nil || c.set.len() > 0 || c.limit != other.limit || c.precision != other.precision {
		return false
	}
	*c = *other.Clone()
	return true
}

// Estimate returns the number of distinct visitors. The interval of an estimate is the value
// ± 1.96·1.04/√2^precision, and never reaches down to the exact limit, which the visitors are known to exceed.
//
// From a sketch it takes the time to read all registers: some microseconds at precision 12, about 40 at 16.
func (c *Counter) Estimate() Estimate {
	c.settle()
	if c.sketch == nil {
		return ExactEstimate(uint64(c.set.len()))
	}
	return sketchEstimate(ertl(registersOf(c.sketch), c.precision), uint64(c.limit)+1, c.precision)
}

// Exact says whether the counter still holds every hash.
func (c *Counter) Exact() bool {
	c.settle()
	return c.sketch == nil
}

// Limit returns the exact limit, [NoLimit] if there is none.
func (c *Counter) Limit() int { return c.limit }

// Precision returns the precision of the sketch that c holds or would hand over to.
func (c *Counter) Precision() uint8 { return c.precision }

// Clone returns an independent copy.
func (c *Counter) Clone() *Counter {
	clone := *c
	clone.set = c.set.clone()
	if c.sketch != nil {
		clone.sketch = c.sketch.Clone()
	}
	return &clone
}

// Reset empties the counter, keeps its limit and precision and lets go of its memory.
func (c *Counter) Reset() {
	c.waiting = 0
	c.set = hashSet{}
	c.sketch = nil
}

// Bytes returns the heap memory that the counter holds for what it has counted, in bytes.
func (c *Counter) Bytes() int {
	n := c.set.bytes()
	if c.sketch != nil {
		n += 1<<c.precision + sketchOverhead
	}
	return n
}

// sketchOverhead is the size of a hyperloglog.Sketch beside its registers.
const sketchOverhead = 64
