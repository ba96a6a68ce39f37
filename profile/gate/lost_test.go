package gate

import (
	"testing"
	"time"

	"github.com/loadx/loadx/profile"
)

// underWay is an attack of 1,000 planned views after 100 of them, ten of which failed, in 5 s.
func underWay(warmup time.Duration) *profile.Profile {
	r := profile.NewAttackRecorder(1000, profile.Limits{})
	r.SetWarmup(warmup)
	for i := range 100 {
		due := time.Duration(i) * 50 * time.Millisecond
		h := &profile.Hit{Time: 1, User: uint64(i), Page: []byte("/"), Method: []byte("GET"), PageView: true, Due: due, Sent: due, Final: true,
			Status: 200, Bytes: 100, Done: due + time.Duration(i+1)*time.Millisecond}
		if i%10 == 9 {
			h.Status, h.Error = 500, profile.ErrStatus
		}
		r.Add(h)
	}
	p := r.Profile()
	p.Elapsed = 5 * time.Second
	p.Planned = &profile.Planned{Hits: 1000, UV: 1000, Population: 1000, ShardCount: 1, Shards: []uint64{0}}
	p.Dropped = 900
	if p.Measured != nil {
		p.Measured.Length = p.Elapsed - warmup
	}
	return p
}

func TestLost(t *testing.T) {
	for src, want := range map[string]bool{
		"status.5xx == 0": true, "status.5xx <= 9": true, "status.5xx <= 10": false, "status.5xx < 10": true, "status.5xx < 11": false,
		"status.5xx > 100": false, "status.5xx != 10": false, "errors.status < 10": true, "errors.timeout == 0": false,
		"pv == 99": true, "pv == 1000": false, "pv >= plan": false, "uv within 1% of 90": true, "uv within 1% of 900": false,
		"bytes <= 9kB": true, "bytes <= 10kB": false, "dropped == 0": false, "late == 0": false,
		`page "/".hits < 100`: true, `page "/".hits <= 100`: false,
		"max < 100ms": true, "max <= 100ms": false, "max > 1s": false, "service.max < 50ms": true, "service.max < 1s": false,
		"min > 1ms": true, "min >= 1ms": false, "min < 1ns": false, "min == 2ms": true,
		"duration < 5s": true, "duration <= 5s": false, "duration > 1h": false,
		// Ten of a thousand are a percent.
		"errors < 1%": true, "errors <= 1%": false, "errors < 2%": false, "errors > 90%": false,
		// A thousand in 5 s would be 200/s.
		"rate >= 200/s": false, "rate >= 201/s": true, "rate > 200/s": true, "rate < 1/s": false,
		// What may still come right.
		"p95 < 1ms": false, "p99.9 < 1ms": false, "mean < 1ms": false, "seen.pv == 0": false, `page "/".p95 < 1ms`: false,
	} {
		actual, lost := mustParse(t, src).Lost(underWay(0))
		if lost != want {
			t.Errorf("%s: lost is %v, actual %s", src, lost, actual)
		}
	}
	if actual, _ := mustParse(t, "status.5xx < 10").Lost(underWay(0)); actual != "10" {
		t.Errorf("actual %q", actual)
	}
	// Of the warmup's failures none counts.
	warm := underWay(4 * time.Second) // two failed since
	for src, want := range map[string]bool{"errors < 0.2%": true, "errors < 0.3%": false, "rate >= 1000/s": false, "rate >= 1001/s": true} {
		if _, lost := mustParse(t, src).Lost(warm); lost != want {
			t.Errorf("%s after the warmup: lost is %v", src, lost)
		}
	}
	unplanned := underWay(0)
	unplanned.Planned = nil
	for _, src := range []string{"errors < 1%", "pv == plan", "rate > 1000/s"} {
		if _, lost := mustParse(t, src).Lost(unplanned); lost {
			t.Errorf("%s without a plan: lost", src)
		}
	}
	if _, lost := mustParse(t, "pv == 1").Lost(profile.NewLogRecorder(time.UTC, profile.Limits{}).Profile()); lost {
		t.Error("of a log")
	}
}

func TestOverTime(t *testing.T) {
	for src, want := range map[string]bool{
		"p95 < 1s": true, "p99.9 < 1s": true, "service.p50 < 1s": true, "mean < 1s": true, "service.mean < 1s": true, "errors < 1%": true,
		"max < 1s": false, "service.max < 1s": false, "min < 1s": false, "duration < 1s": false, "rate > 1/s": false, "pv > 1": false,
		"errors.status < 1": false, "seen.p95 < 1s": false, "bytes < 1kB": false,
	} {
		if got := mustParse(t, src).OverTime(); got != want {
			t.Errorf("%s: %v", src, got)
		}
	}
}

func TestAbortedFails(t *testing.T) {
	p := underWay(0)
	p.Aborted = "why"
	if got := Overall([]Result{{Verdict: Pass}}, p); got != Failed {
		t.Errorf("%v", got)
	}
	p.Interrupted = true
	if got := Overall(nil, p); got != Invalid {
		t.Errorf("%v", got)
	}
}
