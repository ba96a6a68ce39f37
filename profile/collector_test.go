package profile

import (
	"testing"
	"time"

	"github.com/loadx/loadx/profile/latency"
)

// The live figures of a collector are those of one recorder of the same hits.
func TestCollectorLive(t *testing.T) {
	c := NewCollector(3, func() *Recorder { return NewAttackRecorder(1000, Limits{}) })
	want := map[int]*latency.Histogram{}
	for s := range 10 {
		want[s] = latency.NewSparse()
		for i := range 20 {
			at := time.Duration(s)*time.Second + time.Duration(i)*time.Millisecond
			h := &Hit{User: uint64(s), Page: []byte("/"), Status: 200, Due: at, Sent: at, Done: at + time.Duration(s+1)*time.Millisecond, Final: true}
			switch {
			case i == 0 && s > 7:
				h.Status, h.Error = 0, ErrReset
			case i == 1:
				h.Status, h.Error = 503, ErrStatus
			case i == 2:
				h.Error, h.Final = ErrRetried, false
			}
			c.Add(uint64(i), h)
			if h.timed() {
				want[s].Record(h.Done - h.Due)
			}
		}
	}
	for _, r := range []struct{ from, to, first, last int }{{5000, 9999, 5, 9}, {4500, 9500, 5, 9}, {9900, 9950, 9, 9}, {-2000, 1500, 0, 1}, {3000, 60_000, 3, 9}} {
		got, all := c.Recent(time.Duration(r.from)*time.Millisecond, time.Duration(r.to)*time.Millisecond), latency.NewSparse()
		for s := r.first; s <= r.last; s++ {
			all.Merge(want[s])
		}
		for _, q := range []float64{0, 0.5, 0.95, 1} {
			x, _ := got.Quantile(q)
			y, _ := all.Quantile(q)
			if x != y || got.Count() != all.Count() {
				t.Errorf("%+v: %s at %v of %d, want %s of %d", r, x, q, got.Count(), y, all.Count())
			}
		}
	}
	if n := c.Counts(); n.Failures != 12 || len(n.Errors) != 2 || n.Errors[ErrStatus] != 10 || n.Errors[ErrReset] != 2 {
		t.Errorf("%+v", n)
	}
	if n := NewCollector(1, func() *Recorder { return NewAttackRecorder(1, Limits{}) }).Counts(); n.Errors != nil {
		t.Errorf("%+v", n)
	}
}
