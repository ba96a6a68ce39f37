package profile

import (
	"errors"
	"math"
	"testing"
	"time"
)

// secondsOfRun is an attack of ten hits a second for ten seconds: hit i of second s takes s+1 ms and fails if s is in
// bad, with no answer.
func secondsOfRun(warmup time.Duration, bad ...int) *Profile {
	r := NewAttackRecorder(100, Limits{})
	r.SetWarmup(warmup)
	fails := map[int]bool{}
	for _, s := range bad {
		fails[s] = true
	}
	for s := range 10 {
		for i := range 10 {
			due := time.Duration(s)*time.Second + time.Duration(i)*100*time.Millisecond
			h := &Hit{Time: int64(due) + 1, User: uint64(10*s + i), NewUser: true, Page: []byte("/"), Method: []byte("GET"), PageView: true,
				Status: 200, Due: due, Sent: due + time.Millisecond/2, Done: due + time.Duration(s+1)*time.Millisecond, Final: true}
			if fails[s] {
				h.Status, h.Error = 0, ErrRefused
			}
			r.Add(h)
		}
	}
	p := r.Profile()
	p.Elapsed = 10 * time.Second
	if p.Measured != nil {
		p.Measured.Length = p.Elapsed - warmup
	}
	return p
}

// is wants a metric's value within 1 %; a negative one stands for no data.
func is(t *testing.T, p *Profile, name string, want float64) {
	t.Helper()
	m, err := FindMetric(name)
	checkMetric(t, p, m, err, want)
}

func isOfPage(t *testing.T, p *Profile, name string, want float64) {
	t.Helper()
	m, err := FindPageMetric("/", name)
	checkMetric(t, p, m, err, want)
}

func checkMetric(t *testing.T, p *Profile, m Metric, err error, want float64) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	v, ok := m.Of(p)
	if !ok {
		v.Number = -1
	}
	if math.Abs(v.Number-want) > math.Abs(want)/100 {
		t.Errorf("%s is %v, want %v", m.Name, v.Number, want)
	}
}

func TestWarmup(t *testing.T) {
	p := secondsOfRun(3*time.Second, 0, 5)
	// Counts are of the whole.
	is(t, p, "pv", 100)
	is(t, p, "uv", 100)
	is(t, p, "sent", 100)
	is(t, p, "status.200", 80)
	if n := p.Failures.Total(); n != 20 {
		t.Errorf("%d failures", n)
	}
	// Figures are of the seven seconds from the third on, of which the fifth failed.
	is(t, p, "errors", 10.0/70)
	is(t, p, "errors.refused", 10)
	is(t, p, "rate", 10)
	is(t, p, "min", 0.004)
	is(t, p, "max", 0.010)
	is(t, p, "lag.max", 0.0005)
	if n := p.Response.Count(); n != 60 {
		t.Errorf("%d responses", n)
	}
	if n := p.Lag.Count(); n != 70 {
		t.Errorf("%d lags", n)
	}
	isOfPage(t, p, "hits", 100)
	isOfPage(t, p, "errors", 10.0/70)
	isOfPage(t, p, "min", 0.004)
	// The timeline has all.
	if s := p.Timeline.Slices[0]; s.Sent != 10 || s.Errors != 10 {
		t.Errorf("the first slice is %+v", s)
	}

	none := secondsOfRun(0, 0)
	if none.Measured != nil {
		t.Error("a part without a warmup")
	}
	is(t, none, "errors", 0.1)
	all := secondsOfRun(time.Minute)
	is(t, all, "errors", -1)
	is(t, all, "rate", -1)
	is(t, all, "p95", -1)
	is(t, all, "pv", 100)
}

func TestWarmupMerges(t *testing.T) {
	a, b := secondsOfRun(3*time.Second, 5), secondsOfRun(3*time.Second)
	if err := a.Absorb(b); err != nil {
		t.Fatal(err)
	}
	if m := a.Measured; m.Sent != 140 || m.Failed != 10 || m.Failures[ErrRefused] != 10 || m.Length != 7*time.Second {
		t.Errorf("%+v", m)
	}
	c, err := a.Clone()
	if err != nil {
		t.Fatal(err)
	}
	is(t, c, "errors", 10.0/140)
	for _, other := range []*Profile{secondsOfRun(0), secondsOfRun(time.Second)} {
		other.Planned, a.Planned = &Planned{Hash: "x", ShardCount: 2, Shards: []uint64{1}}, &Planned{Hash: "x", ShardCount: 2, Shards: []uint64{0}}
		if err := a.Merge(other); !errors.Is(err, ErrMerge) {
			t.Errorf("merged: %v", err)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		from, to      time.Duration
		sent, failed  uint64
		length        time.Duration
		lowest, worst float64
	}{
		{0, 0, 100, 10, 10 * time.Second, 0.001, 0.010},
		{3 * time.Second, 0, 70, 10, 7 * time.Second, 0.004, 0.010},
		{2500 * time.Millisecond, 0, 70, 10, 7 * time.Second, 0.004, 0.010},
		{3 * time.Second, 5500 * time.Millisecond, 20, 0, 2 * time.Second, 0.004, 0.005},
		{3 * time.Second, time.Hour, 70, 10, 7 * time.Second, 0.004, 0.010},
		{9 * time.Second, 0, 10, 0, time.Second, 0.010, 0.010},
	} {
		p := secondsOfRun(time.Second, 5)
		if err := p.Cut(c.from, c.to); err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		if m := p.Measured; m.Sent != c.sent || m.Failed != c.failed || m.Length != c.length || !m.Cut {
			t.Errorf("%v: %+v", c, m)
		}
		is(t, p, "pv", 100)
		is(t, p, "errors", float64(c.failed)/float64(c.sent))
		is(t, p, "rate", 10)
		is(t, p, "min", c.lowest)
		is(t, p, "max", c.worst)
		is(t, p, "lag.p99", -1)
		is(t, p, "errors.refused", -1)
		is(t, p, "errors.timeout", -1)
		isOfPage(t, p, "p95", -1)
		isOfPage(t, p, "errors", -1)
		isOfPage(t, p, "hits", 100)
	}
	for _, c := range [][2]time.Duration{{10 * time.Second, 0}, {9500 * time.Millisecond, 0}, {-1, 0}, {5 * time.Second, 5 * time.Second},
		{5 * time.Second, 3 * time.Second}, {5100 * time.Millisecond, 5900 * time.Millisecond}, {1 << 62, 0}} {
		p := secondsOfRun(0)
		if err := p.Cut(c[0], c[1]); !errors.Is(err, ErrCut) || p.Measured != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
	if err := NewLogRecorder(time.UTC, Limits{}).Profile().Cut(0, 0); !errors.Is(err, ErrCut) {
		t.Errorf("a log: %v", err)
	}
}

func TestOutbreaks(t *testing.T) {
	for _, c := range []struct {
		bad  []int
		want []Outbreak
	}{
		{nil, nil},
		{[]int{0}, []Outbreak{{0, time.Second, 10, 10}}},
		{[]int{3, 4, 5}, []Outbreak{{3 * time.Second, 6 * time.Second, 30, 30}}},
		{[]int{3, 5}, []Outbreak{{3 * time.Second, 6 * time.Second, 20, 30}}},
		{[]int{1, 4, 9}, []Outbreak{{time.Second, 2 * time.Second, 10, 10}, {4 * time.Second, 5 * time.Second, 10, 10}, {9 * time.Second, 10 * time.Second, 10, 10}}},
	} {
		got := secondsOfRun(0, c.bad...).Timeline.Outbreaks()
		if len(got) != len(c.want) {
			t.Errorf("%v: %v", c.bad, got)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%v: %+v, want %+v", c.bad, got[i], c.want[i])
			}
		}
	}
}

func TestTool(t *testing.T) {
	a, b := secondsOfRun(0), secondsOfRun(0)
	b.Tool = &Tool{CPU: time.Second, Available: 4 * time.Second, Processors: 2, GCPause: time.Millisecond, LongestGCPause: 300}
	for range 2 {
		if err := a.Absorb(b); err != nil {
			t.Fatal(err)
		}
	}
	if want := (Tool{2 * time.Second, 8 * time.Second, 2, 2 * time.Millisecond, 300}); *a.Tool != want {
		t.Errorf("%+v, want %+v", *a.Tool, want)
	}
	if a.Tool.Busy() != 0.25 || (&Tool{}).Busy() != 0 {
		t.Error(a.Tool.Busy())
	}
}
