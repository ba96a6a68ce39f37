package latency

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Whatever is asked in between, a histogram says what one says that nobody asked before.
func TestWaitingDurations(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	ask := []func(h *Histogram){
		func(h *Histogram) { h.Count() }, func(h *Histogram) { h.Clamped() }, func(h *Histogram) { h.Min() }, func(h *Histogram) { h.Max() },
		func(h *Histogram) { h.Mean() }, func(h *Histogram) { h.Quantile(0.5) }, func(h *Histogram) { h.Bytes() }, func(h *Histogram) { h.Clone() },
		func(h *Histogram) { New().Merge(h) }, func(h *Histogram) { h.Merge(NewSparse()) },
		func(h *Histogram) {
			for range h.Buckets() {
				break
			}
		},
		func(h *Histogram) { _, _ = h.AppendBinary(nil) },
	}
	for n := range 3 * pendingDurations {
		asked, other := NewSparse(), NewSparse()
		want := map[time.Duration]uint64{}
		var sum, longest time.Duration
		for range n {
			d := time.Duration(rng.Int64N(100)) // each has a bucket of its own
			asked.Record(d)
			other.Record(d)
			want[d]++
			sum += d
			longest = max(longest, d)
			ask[rng.IntN(len(ask))](asked)
		}
		if string(encoded(t, asked)) != string(encoded(t, other)) {
			t.Fatalf("%d durations: the encodings differ", n)
		}
		clone, merged := other.Clone(), NewSparse()
		merged.Record(3)
		want[3]++
		merged.Merge(other)
		merged.Merge(nil)
		for d, count := range merged.Buckets() {
			if want[d] != count {
				t.Fatalf("%d of %v, want %d", count, d, want[d])
			}
			delete(want, d)
		}
		if len(want) > 0 {
			t.Fatalf("missing %v", want)
		}
		if mean, ok := clone.Mean(); ok != (n > 0) || ok && mean != sum/time.Duration(n) {
			t.Fatalf("mean %v of %d durations, want %v", mean, n, sum)
		}
		if got, _ := clone.Max(); got != longest || clone.Count() != uint64(n) {
			t.Fatalf("max %v of %d, want %v of %d", got, clone.Count(), longest, n)
		}
		if other.Reset(); other.Count() != 0 {
			t.Fatal("a histogram that was reset holds something")
		}
	}
}
