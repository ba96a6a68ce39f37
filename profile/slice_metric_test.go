package profile

import (
	"math"
	"testing"
	"time"
)

// clocked is an attack of ten requests a second for so many seconds: those of second i take i+1 ms, and in every third second
// one of them fails.
func clocked(seconds int) *Profile {
	r := NewAttackRecorder(1000, Limits{})
	for i := range seconds * 10 {
		at := time.Duration(i) * 100 * time.Millisecond
		h := &Hit{Time: 1, User: uint64(i), Page: []byte("/"), Method: []byte("GET"), Status: 200, PageView: true, Final: true,
			Due: at, Sent: at, Done: at + time.Duration(i/10+1)*time.Millisecond}
		if i%30 == 0 {
			h.Status, h.Error = 500, ErrStatus
		}
		r.Add(h)
	}
	p := r.Profile()
	p.Elapsed = time.Duration(seconds) * time.Second
	return p
}

func TestOfSlice(t *testing.T) {
	p := clocked(7)
	f := func(name string, width time.Duration, s *Slice, want float64) {
		t.Helper()
		m, err := FindMetric(name)
		if err != nil {
			t.Fatal(err)
		}
		v, ok := m.OfSlice(s, width)
		if ok != (want >= 0) || ok && (v.Number < want*0.99 || v.Number > want*1.01) {
			t.Errorf("%s: %v, %v; want %v", name, v.Number, ok, want)
		}
	}
	one := &p.Timeline.Slices[3]
	for name, want := range map[string]float64{"rate": 10, "errors": 0.1, "p50": 0.004, "service.p99": 0.004, "response.mean": 0.004,
		"max": -1, "uv": -1, "lag.p50": -1, "hits": -1, "server.p95": -1} {
		f(name, time.Second, one, want)
	}
	all := p.Timeline.Stretches(time.Second, 7*time.Second, 3)
	if len(all) != 2 {
		t.Fatalf("%d stretches", len(all))
	}
	for name, want := range map[string]float64{"rate": 10, "errors": 1.0 / 30, "p50": 0.003, "p99": 0.004, "mean": 0.003} {
		f(name, 3*time.Second, &all[0], want)
	}
	// They are copies, and only whole ones.
	if n := p.Timeline.Slices[1].Response.Count(); n != 10 {
		t.Errorf("the timeline was changed: %d", n)
	}
	for _, c := range []struct {
		from, to time.Duration
		n, want  int
	}{
		{0, 7 * time.Second, 1, 7}, {0, 7 * time.Second, 4, 1}, {1, 7 * time.Second, 1, 6}, {0, 7*time.Second - 1, 1, 6}, {0, time.Hour, 1, 7},
		{5 * time.Second, time.Second, 1, 0}, {-time.Second, 7 * time.Second, 7, 1}, {0, 7 * time.Second, 0, 0}, {0, -1, 1, 0},
	} {
		if got := len(p.Timeline.Stretches(c.from, c.to, c.n)); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

func TestQuantileOfMetric(t *testing.T) {
	for name, want := range map[string]float64{"p50": 0.5, "service.p99.9": 0.999, "response.p100": 1, "p0": 0, "mean": -1, "max": -1, "lag.p99": -1, "pv": -1, "errors": -1} {
		m, err := FindMetric(name)
		if err != nil {
			t.Fatal(err)
		}
		if q, ok := m.Quantile(); ok != (want >= 0) || ok && math.Abs(q-want) > 1e-12 {
			t.Errorf("%s: %v, %v", name, q, ok)
		}
	}
	if m, _ := FindPageMetric("/", "p95"); m.Sliced() {
		t.Error("a page has no slices")
	}
}
