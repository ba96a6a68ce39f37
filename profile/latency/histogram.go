package latency

import (
	"iter"
	"math"
	"math/bits"
	"time"
)

// Highest is the longest duration with a bucket of its own, 73 minutes. Longer ones are counted as Highest; see
// [Histogram.Clamped].
const Highest = time.Duration(1)<<42 - 1

// A Histogram is a distribution of durations from 0 to [Highest], in buckets that are no wider than a fixed share of
// their durations. It takes no memory for buckets before the first duration. The zero value is an empty histogram of
// full resolution.
//
// A Histogram is not safe for concurrent use, also not by methods that only read: durations of low resolution wait until
// some are counted together. It must not be copied; see [Histogram.Clone].
type Histogram struct {
	// What waits stands in one line of the cache; a log has thousands of histograms, whose counts are far from it.
	sparse  bool
	waiting uint8
	pending [pendingDurations]time.Duration

	count   uint64
	clamped uint64
	min     time.Duration // of those recorded, exactly; with max and sum of no meaning while count is 0
	max     time.Duration
	sumHigh uint64 // nanoseconds; 128 bits, because 2^22 times an hour is more than 64
	sumLow  uint64

	full   fullCounts   // unless sparse
	chunks sparseCounts // if sparse
}

// pendingDurations is how many durations wait at most.
const pendingDurations = 7

// New returns an empty histogram of full resolution: a quantile is at most 0.1 % above a recorded duration. Once it is
// used it takes 264 KiB.
func New() *Histogram { return new(Histogram) }

// NewSparse returns an empty histogram of low resolution: a quantile is within 0.8 % of a recorded duration. It takes
// 0.3 KB plus 0.5 KB for each doubling of the duration in which something was recorded.
func NewSparse() *Histogram { return &Histogram{sparse: true} }

// Sparse says whether the histogram is of low resolution.
func (h *Histogram) Sparse() bool { return h.sparse }

// Record adds one duration. A negative one is counted as 0.
func (h *Histogram) Record(d time.Duration) {
	if !h.sparse {
		h.record(d)
		return
	}
	h.pending[h.waiting] = d
	if h.waiting++; h.waiting == pendingDurations {
		h.settle()
	}
}

// settle counts the durations that wait.
func (h *Histogram) settle() {
	n := h.waiting
	h.waiting = 0
	for i := range n {
		h.record(h.pending[i])
	}
}

func (h *Histogram) record(d time.Duration) {
	bucketed := d
	if uint64(d) > uint64(Highest) { // a negative duration, too
		h.clamped++
		d = max(d, 0)
		bucketed = min(d, Highest)
	}
	if h.count == 0 || d < h.min {
		h.min = d
	}
	if d > h.max {
		h.max = d
	}
	h.count++
	var carry uint64
	h.sumLow, carry = bits.Add64(h.sumLow, uint64(d), 0)
	h.sumHigh += carry
	if h.sparse {
		h.chunks.add(uint64(bucketed), 1)
	} else {
		h.full.add(uint64(bucketed), 1)
	}
}

// Merge adds what other has recorded. other is not changed and may be nil. Of two histograms of the same resolution it
// makes the one that would have recorded everything itself. Of different resolutions, h keeps its own, and the larger
// of the two errors holds.
func (h *Histogram) Merge(other *Histogram) {
	if other == nil || other.Count() == 0 {
		return
	}
	h.settle()
	for b := range other.buckets {
		if h.sparse {
			h.chunks.add(b.middle(), b.count)
		} else {
			h.full.add(b.middle(), b.count)
		}
	}
	if h.count == 0 {
		h.min = other.min
	}
	h.min = min(h.min, other.min)
	h.max = max(h.max, other.max)
	h.count += other.count
	h.clamped += other.clamped
	var carry uint64
	h.sumLow, carry = bits.Add64(h.sumLow, other.sumLow, 0)
	h.sumHigh += other.sumHigh + carry
}

// Count returns the number of durations recorded.
func (h *Histogram) Count() uint64 {
	h.settle()
	return h.count
}

// Clamped returns how many durations were recorded that are negative, and count as 0, or longer than [Highest].
func (h *Histogram) Clamped() uint64 {
	h.settle()
	return h.clamped
}

// Min returns the shortest duration, exactly; ok is false if there is none.
func (h *Histogram) Min() (d time.Duration, ok bool) {
	h.settle()
	return h.min, h.count > 0
}

// Max returns the longest duration, exactly; ok is false if there is none.
func (h *Histogram) Max() (d time.Duration, ok bool) {
	h.settle()
	return h.max, h.count > 0
}

// Mean returns the arithmetic mean, exactly but for the part of a nanosecond; ok is false if there is no duration.
func (h *Histogram) Mean() (d time.Duration, ok bool) {
	if h.Count() == 0 {
		return 0, false
	}
	mean, _ := bits.Div64(h.sumHigh, h.sumLow, h.count)
	return time.Duration(mean), true
}

// Quantile returns the duration at quantile q in [0, 1]: of n durations in ascending order the ⌈q·n⌉th (nearest rank),
// within the error of the resolution, and never outside the recorded durations. Quantile(0) is the shortest and
// Quantile(1) the longest, exactly. A q outside is taken as 0 or 1. ok is false if there is no duration, or q is not a
// number: then nothing can be said, least of all 0.
func (h *Histogram) Quantile(q float64) (d time.Duration, ok bool) {
	if h.Count() == 0 || math.IsNaN(q) {
		return 0, false
	}
	target := rank(q, h.count)
	switch {
	case target == 1:
		return h.min, true
	case target == h.count:
		return h.max, true
	case !h.sparse:
		d = h.full.at(target, h.count)
	default:
		d = h.chunks.at(target)
	}
	return min(max(d, h.min), h.max), true
}

// rank returns which of n durations in ascending order stands at quantile q, counted from 1.
func rank(q float64, n uint64) uint64 {
	// 0.95·20 is a hair above 19 in floating point and yet means the 19th: what is above a whole number by no more
	// than rounding is that number.
	r := math.Ceil(q * float64(n) * (1 - 1e-12))
	switch {
	case r <= 1:
		return 1
	case r >= float64(n):
		return n
	}
	return uint64(r)
}

// Buckets yields the buckets that hold something in ascending order: the longest duration that belongs to the bucket,
// and how many are in it. The histogram must not be changed meanwhile.
func (h *Histogram) Buckets() iter.Seq2[time.Duration, uint64] {
	return func(yield func(time.Duration, uint64) bool) {
		h.settle()
		for b := range h.buckets {
			if !yield(time.Duration(b.high), b.count) {
				return
			}
		}
	}
}

// Clone returns an independent copy.
func (h *Histogram) Clone() *Histogram {
	c := *h
	c.full = h.full.clone()
	c.chunks = h.chunks.clone()
	return &c
}

// Reset empties the histogram, keeps its resolution and lets go of its memory.
func (h *Histogram) Reset() { *h = Histogram{sparse: h.sparse} }

// Bytes returns the heap memory that the buckets take.
func (h *Histogram) Bytes() int {
	h.settle()
	return h.full.bytes() + h.chunks.bytes()
}
