package latency

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"
)

func TestCorrupt(t *testing.T) {
	good := encoded(t, record(NewSparse(), 3, 3, 300))
	// version, resolution, count, clamped, min, max (2 bytes), sum high, sum low (2 bytes), 2 buckets: 3 holds 2, 203 holds 1
	if want := []byte{1, 6, 3, 0, 3, 0xac, 2, 0, 0xb2, 2, 2, 3, 2, 199, 1, 1}; !bytes.Equal(good, want) {
		t.Fatalf("encoding %v, want %v", good, want)
	}
	edit := func(at int, v byte) []byte {
		c := bytes.Clone(good)
		c[at] = v
		return c
	}
	for name, data := range map[string][]byte{
		"empty": nil, "version": edit(0, 2), "resolution": edit(1, 7), "count": edit(2, 4), "clamped": edit(3, 4), "min": edit(4, 4),
		"max in another bucket": edit(5, 0xbc), "sum too small": edit(9, 0), "sum too large": edit(7, 2), "buckets": edit(10, 1), "more buckets": edit(10, 3),
		"first bucket": edit(11, 4), "count of a bucket": edit(12, 1), "cut off": good[:len(good)-1], "more": append(bytes.Clone(good), 0),
		"empty bucket": {1, 6, 3, 0, 3, 0xac, 2, 0, 0xb2, 2, 3, 3, 2, 0, 0, 198, 1, 1}, "bucket beyond": {1, 6, 1, 0, 3, 3, 0, 3, 1, 0xff, 0xff, 3, 1},
		"huge count": {1, 6, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, "empty and more": {1, 6, 0, 0}, "long varint": {1, 6, 0x80, 0},
		"max not clamped": encodedUnclamped(t),
	} {
		h := record(New(), 7, 8)
		before := encoded(t, h)
		if err := h.UnmarshalBinary(data); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: error %v", name, err)
		}
		if !bytes.Equal(before, encoded(t, h)) {
			t.Errorf("%s: the receiver changed", name)
		}
	}
}

// encodedUnclamped claims a duration above Highest that was not clamped.
func encodedUnclamped(t *testing.T) []byte {
	h := record(NewSparse(), math.MaxInt64)
	h.settle()
	h.clamped = 0
	return encoded(t, h)
}

func FuzzUnmarshalBinary(f *testing.F) {
	for _, h := range []*Histogram{
		New(), NewSparse(), record(New(), 0, 5, time.Second, Highest), record(NewSparse(), -1, math.MaxInt64, 77, 77), record(NewSparse(), Highest, Highest-1),
	} {
		f.Add(encoded(f, h))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h := record(NewSparse(), 7, 8)
		before := encoded(t, h)
		if err := h.UnmarshalBinary(data); err != nil {
			if !errors.Is(err, ErrCorrupt) || !bytes.Equal(before, encoded(t, h)) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(data, encoded(t, h)) {
			t.Fatalf("accepted %x, encodes as %x", data, encoded(t, h))
		}
		last := time.Duration(0)
		for _, q := range []float64{0, 0.5, 0.9, 0.999, 1} {
			d, ok := h.Quantile(q)
			if ok != (h.Count() > 0) || d < last {
				t.Fatalf("Quantile(%v) = %v, %v behind %v", q, d, ok, last)
			}
			last = d
		}
		h.Merge(record(New(), 1, 2, 3))
	})
}
