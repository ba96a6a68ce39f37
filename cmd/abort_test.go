package cmd

import (
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/gate"
)

// underWay is an attack after some seconds: 40 hits a second of 5 ms, from the second slow on of 500 ms, and from the
// second bad on failed.
func underWay(seconds, slow, bad int, perSecond int) *profile.Profile {
	r := profile.NewAttackRecorder(100_000, profile.Limits{})
	for s := range seconds {
		for i := range perSecond {
			due := time.Duration(s)*time.Second + time.Duration(i)*time.Second/time.Duration(perSecond)
			h := &profile.Hit{Time: int64(due) + 1, User: uint64(perSecond*s + i), Page: []byte("/"), Method: []byte("GET"), PageView: true,
				Status: 200, Due: due, Sent: due, Done: due + 5*time.Millisecond, Final: true}
			if s >= slow {
				h.Done = due + 500*time.Millisecond
			}
			if s >= bad {
				h.Status, h.Error = 503, profile.ErrStatus
			}
			r.Add(h)
		}
	}
	p := r.Profile()
	p.Elapsed = time.Duration(seconds)*time.Second + 300*time.Millisecond
	p.Planned = &profile.Planned{Hits: 100_000, UV: 100_000, Population: 100_000, ShardCount: 1, Shards: []uint64{0}}
	return p
}

func TestAbortReason(t *testing.T) {
	const never = 1000
	for _, c := range []struct {
		name   string
		p      *profile.Profile
		warmup time.Duration
		gates  string
		want   string // the beginning of the reason
	}{
		{"all well", underWay(20, never, never, 40), 0, "errors < 5%; p95 < 100ms; status.5xx == 0", ""},
		{"slow for long", underWay(20, 15, never, 40), 0, "p95 < 100ms", `gate "p95 < 100ms" failed from +11s to +20s: actual 500ms of 360 page views`},
		{"slow for a moment", underWay(20, 19, never, 40), 0, "p50 < 100ms", ""},
		{"slow in the warmup alone", underWay(6, 0, never, 40), 5 * time.Second, "p50 < 100ms", ""},
		{"slow after it", underWay(9, 0, never, 40), 5 * time.Second, "p50 < 100ms", `gate "p50 < 100ms" failed from +5s to +9s`},
		{"too early to say", underWay(2, 0, 0, 40), 0, "p50 < 100ms; errors < 50%", ""},
		{"too few to say", underWay(9, 0, 0, 2), 0, "p50 < 100ms; errors < 50%", ""},
		{"errors of late", underWay(20, never, 17, 40), 0, "errors < 20%", `gate "errors < 20%" failed from +11s to +20s: actual 33`},
		{"few errors of late", underWay(20, never, 19, 40), 0, "errors < 20%", ""},
		{"certain", underWay(20, never, 19, 40), 0, "status.5xx < 10", `gate "status.5xx < 10" can't hold any more: actual 40 after 20.3s`},
		{"no data is no failure", underWay(20, 0, 0, 40), 0, `lag.p99 < 1ns; page "/".p50 < 1ms; dropped == 0; rate > 1/s; seen.pv == 0`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &abortWatch{warmup: c.warmup}
			for _, src := range strings.Split(c.gates, "; ") {
				g, err := gate.Parse(src)
				if err != nil {
					t.Fatal(err)
				}
				w.gates = append(w.gates, g)
			}
			if got := w.reason(c.p); !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
