package scenarios_test

import (
	"testing"
	"time"

	"github.com/loadx/loadx/scenarios"
	"github.com/loadx/loadx/scenarios/traffic"
)

const warmed = `
target: http://h
traffic: {pv: 100, duration: 60s}
pages: [get: /]
warmup: 12s
abort_on: ["errors < 5%", p95 < 1s]
`

func TestWarmupAndAbortOn(t *testing.T) {
	f := func(warmup string, want time.Duration) string {
		t.Helper()
		var o scenarios.Options
		if warmup != "" {
			o.Overrides = []scenarios.Override{{Field: "warmup", Value: warmup, From: "--warmup"}}
		}
		s, err := scenarios.Parse("warm.yaml", []byte(warmed), o)
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Plan(traffic.Shard{})
		if err != nil {
			t.Fatal(err)
		}
		if p.Warmup() != want {
			t.Errorf("warmup %v, want %v", p.Warmup(), want)
		}
		if got := p.AbortOn(); len(got) != 2 || got[0] != "errors < 5%" || got[1] != "p95 < 1s" {
			t.Errorf("abort on %q", got)
		}
		return p.Hash()
	}
	// What is left out of the figures changes nothing of what is sent.
	if f("", 12*time.Second) != f("0s", 0) {
		t.Error("the warmup is in the plan's hash")
	}
}
