package latency

import (
	"fmt"
	"math/bits"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Both resolutions divide durations alike, into log-linear buckets: every doubling of the duration, an octave, into
// 2^subBits equal parts; the shortest 2^(subBits+1) nanoseconds have a bucket each. Buckets are numbered in order.
const (
	fullSubBits   = 10 // what HdrHistogram makes of three significant digits
	sparseSubBits = 6
)

const highestBits = 42 // bits.Len64(Highest)

// bucketOf returns the number of the bucket of v.
func bucketOf(v uint64, subBits int) int {
	octave := bits.Len64(v) - subBits - 1
	if octave <= 0 {
		return int(v)
	}
	return octave<<subBits + int(v>>octave)
}

// boundsOf returns the first and last value of a bucket.
func boundsOf(bucket, subBits int) (low, high uint64) {
	octave := bucket>>subBits - 1
	if octave <= 0 {
		return uint64(bucket), uint64(bucket)
	}
	low = uint64(bucket-octave<<subBits) << octave
	return low, low + 1<<octave - 1
}

// bucketCount returns how many buckets there are for values up to Highest.
func bucketCount(subBits int) int { return (highestBits - subBits + 1) << subBits }

// A bucket is one that holds something: its first and last value in nanoseconds.
type bucket struct {
	number    int
	low, high uint64
	count     uint64
}

func (b bucket) middle() uint64 { return b.low + (b.high-b.low)/2 }

// subBits returns the resolution of h.
func (h *Histogram) subBits() int {
	if h.sparse {
		return sparseSubBits
	}
	return fullSubBits
}

// buckets yields all that hold something in ascending order.
func (h *Histogram) buckets(yield func(bucket) bool) {
	if h.sparse {
		h.chunks.each(yield)
	} else {
		h.full.each(yield)
	}
}

// fullCounts is the storage of full resolution: an HdrHistogram, made with the first value.
type fullCounts struct {
	hdr *hdrhistogram.Histogram
}

// add counts v, which is at most Highest, n times.
func (f *fullCounts) add(v, n uint64) {
	if f.hdr == nil {
		f.hdr = hdrhistogram.New(1, int64(Highest), 3)
	}
	if err := f.hdr.RecordValues(int64(v), int64(n)); err != nil {
		panic(fmt.Sprintf("BUG: latency: %v", err))
	}
}

// at returns the longest duration that is equivalent to the one at that rank of count.
func (f *fullCounts) at(rank, count uint64) time.Duration {
	// The library rounds percentile/100·count to the nearest rank, so that a whole one stays what it is.
	return time.Duration(f.hdr.ValueAtPercentile(float64(rank) / float64(count) * 100))
}

func (f *fullCounts) each(yield func(bucket) bool) {
	if f.hdr == nil {
		return
	}
	for number, n := range f.hdr.Export().Counts { // the library numbers its buckets as bucketOf does
		if n == 0 {
			continue
		}
		low, high := boundsOf(number, fullSubBits)
		if !yield(bucket{number: number, low: low, high: high, count: uint64(n)}) {
			return
		}
	}
}

func (f *fullCounts) clone() fullCounts {
	if f.hdr == nil {
		return fullCounts{}
	}
	return fullCounts{hdr: f.hdr.Clone()}
}

func (f *fullCounts) bytes() int {
	if f.hdr == nil {
		return 0
	}
	return f.hdr.ByteSize()
}

// sparseCounts is the storage of low resolution: a chunk of counts for each octave in which there is something.
type sparseCounts struct {
	octaves *[highestBits - sparseSubBits + 1]*chunk // nil: nothing yet
}

type chunk [1 << sparseSubBits]uint64

// add counts v, which is at most Highest, n times.
func (s *sparseCounts) add(v, n uint64) {
	number := bucketOf(v, sparseSubBits)
	octave := number >> sparseSubBits
	if s.octaves == nil {
		octaves := new([highestBits - sparseSubBits + 1]*chunk)
		octaves[octave] = newChunk()
		s.octaves = octaves
	}
	at := &s.octaves[octave]
	if *at == nil {
		*at = newChunk()
	}
	(*at)[number%(1<<sparseSubBits)] += n
}

// newChunk returns an empty chunk that was written to: the first access to fresh memory had better not be a load, for
// which the system maps a page that the next store replaces.
func newChunk() *chunk {
	c := new(chunk)
	clear(c[:])
	return c
}

// at returns the middle of the bucket in which the value of that rank is.
func (s *sparseCounts) at(rank uint64) time.Duration {
	seen := uint64(0)
	for b := range s.each {
		if seen += b.count; seen >= rank {
			return time.Duration(b.middle())
		}
	}
	panic(fmt.Sprintf("BUG: latency: rank %d of %d", rank, seen))
}

func (s *sparseCounts) each(yield func(bucket) bool) {
	if s.octaves == nil {
		return
	}
	for o, c := range s.octaves {
		if c == nil {
			continue
		}
		for i, n := range c {
			if n == 0 {
				continue
			}
			number := o<<sparseSubBits + i
			low, high := boundsOf(number, sparseSubBits)
			if !yield(bucket{number: number, low: low, high: high, count: n}) {
				return
			}
		}
	}
}

func (s *sparseCounts) clone() sparseCounts {
	if s.octaves == nil {
		return sparseCounts{}
	}
	octaves := *s.octaves
	for i, c := range octaves {
		if c != nil {
			octaves[i] = &chunk{}
			*octaves[i] = *c
		}
	}
	return sparseCounts{octaves: &octaves}
}

func (s *sparseCounts) bytes() int {
	if s.octaves == nil {
		return 0
	}
	n := len(s.octaves) * 8
	for _, c := range s.octaves {
		if c != nil {
			n += len(c) * 8
		}
	}
	return n
}
