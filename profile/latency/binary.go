package latency

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"time"

	"github.com/loadx/loadx/profile/codec"
)

// ErrCorrupt is wrapped by the error of [Histogram.UnmarshalBinary].
var ErrCorrupt = errors.New("corrupt encoding")

// encodingVersion is the first byte of an encoded Histogram. A change of the layout or of the bucket limits needs a new one.
const encodingVersion = 1

// maxCount bounds what is believed of an encoding: 9 years of a million durations a second. Thousands of such can be
// merged before a count overflows.
const maxCount = 1 << 48

// AppendBinary appends the encoding of h to dst. The error is always nil.
//
//	byte     version, 1
//	byte     parts to which a doubling of the duration is divided, as a power of two: 10 full, 6 sparse
//	uvarint  count; if it is 0, nothing follows
//	uvarint  clamped, then min, max, and the sum, its upper and its lower 64 bits, in nanoseconds
//	uvarint  number of buckets that hold something, and for each in ascending order two uvarints: its number less the
//	         one before, less 1 (the first: its number), and its count
func (h *Histogram) AppendBinary(dst []byte) ([]byte, error) {
	h.settle()
	dst = append(dst, encodingVersion, byte(h.subBits()))
	dst = binary.AppendUvarint(dst, h.count)
	if h.count == 0 {
		return dst, nil
	}
	for _, v := range []uint64{h.clamped, uint64(h.min), uint64(h.max), h.sumHigh, h.sumLow} {
		dst = binary.AppendUvarint(dst, v)
	}
	n := uint64(0)
	for range h.buckets {
		n++
	}
	dst = binary.AppendUvarint(dst, n)
	next := 0
	for b := range h.buckets {
		dst = binary.AppendUvarint(dst, uint64(b.number-next))
		dst = binary.AppendUvarint(dst, b.count)
		next = b.number + 1
	}
	return dst, nil
}

// UnmarshalBinary makes h what AppendBinary has encoded, its resolution included; data must hold nothing else. The error
// wraps [ErrCorrupt], and h is then unchanged. It takes the memory of one histogram, whatever data says.
func (h *Histogram) UnmarshalBinary(data []byte) error {
	decoded, err := decode(data)
	if err != nil {
		return fmt.Errorf("latency: histogram: %w: %w", err, ErrCorrupt)
	}
	*h = *decoded
	return nil
}

func decode(data []byte) (*Histogram, error) {
	if len(data) < 2 {
		return nil, fmt.Errorf("%d bytes are no header", len(data))
	}
	if data[0] != encodingVersion {
		return nil, fmt.Errorf("version %d", data[0])
	}
	h := new(Histogram)
	switch data[1] {
	case fullSubBits:
	case sparseSubBits:
		h.sparse = true
	default:
		return nil, fmt.Errorf("resolution %d", data[1])
	}
	r := codec.Reader{Rest: data[2:]}
	h.count = r.Uvarint("count", maxCount)
	if r.Err == nil && h.count > 0 {
		h.clamped = r.Uvarint("clamped", h.count)
		h.min = time.Duration(r.Uvarint("min", math.MaxInt64))
		h.max = time.Duration(r.Uvarint("max", math.MaxInt64))
		h.sumHigh = r.Uvarint("sum", h.count-1)
		h.sumLow = r.Uvarint("sum", math.MaxUint64)
		h.decodeBuckets(&r)
	}
	switch {
	case r.Err != nil:
		return nil, r.Err
	case len(r.Rest) > 0:
		return nil, fmt.Errorf("%d bytes behind the last bucket", len(r.Rest))
	}
	return h, nil
}

// decodeBuckets reads the counts and checks that they agree with the summary.
func (h *Histogram) decodeBuckets(r *codec.Reader) {
	subBits := h.subBits()
	limit := uint64(bucketCount(subBits))
	n := r.Uvarint("number of buckets", min(limit, h.count))
	// Nothing is stored before all is read: a full histogram is large, and data may be bad in its last byte.
	pass := *r
	first, last, total, next := uint64(0), uint64(0), uint64(0), uint64(0)
	for i := uint64(0); i < n && pass.Err == nil; i++ {
		last = next + pass.Uvarint("bucket", limit-1)
		total += pass.Uvarint("count of a bucket", h.count-total)
		if i == 0 {
			first = last
		}
		next = last + 1
	}
	if pass.Err == nil {
		pass.Err = h.checkSummary(first, last, total)
	}
	if pass.Err != nil {
		r.Err = pass.Err
		return
	}
	next = 0
	for range n {
		number := next + r.Uvarint("bucket", limit-1)
		count := r.Uvarint("count of a bucket", h.count)
		if count == 0 {
			r.Err = fmt.Errorf("bucket %d is empty", number)
			return
		}
		low, _ := boundsOf(int(number), subBits)
		if h.sparse {
			h.chunks.add(low, count)
		} else {
			h.full.add(low, count)
		}
		next = number + 1
	}
}

// checkSummary says how count, min, max and sum contradict the buckets, of which first and last hold something. As max
// is in the last bucket, none is beyond those that there are.
func (h *Histogram) checkSummary(first, last, total uint64) error {
	subBits := h.subBits()
	if total != h.count {
		return fmt.Errorf("%d durations in buckets of %d", total, h.count)
	}
	if uint64(bucketOf(uint64(min(h.min, Highest)), subBits)) != first {
		return fmt.Errorf("min %v is not in the first bucket", h.min)
	}
	if uint64(bucketOf(uint64(min(h.max, Highest)), subBits)) != last {
		return fmt.Errorf("max %v is not in the last bucket", h.max)
	}
	if h.min > h.max {
		return fmt.Errorf("min %v is above max %v", h.min, h.max)
	}
	if mean, _ := bits.Div64(h.sumHigh, h.sumLow, h.count); mean < uint64(h.min) || mean > uint64(h.max) {
		return fmt.Errorf("sum is not that of %d durations from %v to %v", h.count, h.min, h.max)
	}
	if h.clamped == 0 && h.max > Highest {
		return fmt.Errorf("max %v is not clamped", h.max)
	}
	return nil
}
