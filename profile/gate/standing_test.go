package gate

import (
	"testing"

	"github.com/loadx/loadx/profile"
)

func TestStand(t *testing.T) {
	for src, want := range map[string]struct {
		standing Standing
		actual   string
	}{
		"p95 < 250ms": {Holding, "95ms"}, "p95 < 50ms": {Failing, "95ms"}, "mean > 1s": {Failing, "50.5ms"},
		"max < 100ms": {Missed, "100ms"}, "max <= 100ms": {Holding, "100ms"}, "min > 1ms": {Missed, "1ms"},
		"errors < 50%": {Holding, "10%"}, "errors < 5%": {Failing, "10%"}, "errors < 1%": {Missed, "10%"},
		"status.5xx == 0": {Missed, "10"}, "status.5xx <= 10": {Holding, "10"}, "late == 0": {Holding, "0"},
		// What grows may still come.
		"pv == plan": {Open, "100"}, "uv within 1% of plan": {Open, "100"}, "pv >= 99": {Holding, "100"}, "pv == 99": {Missed, "100"},
		"bytes > 1MB": {Open, "9.77 KiB"}, "duration >= 1m": {Open, "5s"}, "uv == 100": {Holding, "100"},
		"rate >= 10/s": {Holding, "20/s"}, "rate >= 100/s": {Failing, "20/s"}, "rate >= 201/s": {Missed, "20/s"},
		// Only the end tells.
		"dropped == 0": {Open, ""}, "seen.uv == 1000": {Open, ""}, `page "/x".p95 < 1s`: {Open, ""},
	} {
		standing, actual := mustParse(t, src).Stand(underWay(0))
		if standing != want.standing || actual != want.actual {
			t.Errorf("%s: %s (%d), actual %q; want %s (%d), %q", src, standing, standing, actual, want.standing, want.standing, want.actual)
		}
	}
	if standing, actual := mustParse(t, "p95 < 1s").Stand(profile.NewAttackRecorder(1, profile.Limits{}).Profile()); standing != Open || actual != "" {
		t.Errorf("before anything was sent: %s, %q", standing, actual)
	}
}
