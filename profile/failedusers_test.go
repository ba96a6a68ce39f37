package profile

import (
	"testing"
	"time"
)

// Users of whom a view failed are counted once each, across shards and views; not those of a request that was sent again,
// of a redirect on the way, or of the warmup. Where it is not known there is no data.
func TestFailedUsers(t *testing.T) {
	record := func(warmup time.Duration, hits ...Hit) *Profile {
		r := NewAttackRecorder(1000, Limits{})
		r.SetWarmup(warmup)
		for _, h := range hits {
			h.PageView, h.Page, h.Method = h.Hop == Request, []byte("/"), []byte("GET")
			r.Add(&h)
		}
		return r.Profile()
	}
	bad := func(user uint64, due time.Duration) Hit {
		return Hit{User: user, Due: due, Sent: due, Done: due, Error: ErrReset, Final: true}
	}
	good := func(user uint64) Hit { return Hit{User: user, Status: 200, Final: true} }
	one := record(0, bad(1, 0), bad(1, time.Second), good(1), good(2), Hit{User: 3, Error: ErrRetried}, Hit{User: 3, Status: 200, Final: true, Hop: Retry})
	two := record(0, bad(900, 0), bad(1, 0), good(5))
	if err := one.Absorb(two); err != nil {
		t.Fatal(err)
	}
	known := func(what string, p *Profile, want float64) {
		t.Helper()
		m, err := FindMetric("errors.uv")
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := m.Of(p); ok != (want >= 0) || ok && (v.Number != want || v.Estimated) {
			t.Errorf("%s: %+v, %v, want %v", what, v, ok, want)
		}
	}
	known("two parts", one, 2)
	clone, err := one.Clone()
	if err != nil {
		t.Fatal(err)
	}
	known("saved and read", clone, 2)
	known("after a warmup", record(500*time.Millisecond, bad(1, 0), bad(2, time.Second), bad(1, time.Second), bad(7, 0)), 2)
	known("nobody", record(0, good(1)), 0)
	known("nothing sent", record(0), -1)
	if err := clone.Cut(0, time.Second); err != nil {
		t.Fatal(err)
	}
	known("a part cut out", clone, -1)
	if err := one.Absorb(clone); err != nil {
		t.Fatal(err)
	}
	known("with one who does not know", one, -1)
}
