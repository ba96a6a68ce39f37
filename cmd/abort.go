package cmd

import (
	"errors"
	"fmt"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/gate"
	"github.com/loadx/loadx/scenarios"
)

const (
	// abortWindow is how far back quantiles and the share of errors look that stop a run.
	abortWindow = 10 * time.Second
	// abortAfter is how much of the window there must be, abortHits how many requests in it.
	abortAfter = 3 * time.Second
	abortHits  = 20
)

// An abortWatch holds the expectations that stop a run as soon as they can't hold any more. A nil one never stops.
type abortWatch struct {
	gates  []gate.Gate
	warmup time.Duration
}

// newAbortWatch parses the scenario's expectations and those of the flags.
func newAbortWatch(plan *scenarios.Plan, more []string, shared *sharedFlags) (*abortWatch, error) {
	gates, err := shared.parseGates(append(plan.AbortOn(), more...), false)
	if err != nil {
		return nil, err
	}
	return &abortWatch{warmup: plan.Warmup(), gates: gates}, nil
}

// sources are the expectations as written: they are gates of the run, too.
func (w *abortWatch) sources() []string {
	var all []string
	for _, g := range w.gates {
		all = append(all, g.Source())
	}
	return all
}

// watches says whether there is anything that stops the run.
func (w *abortWatch) watches() bool { return w != nil && len(w.gates) > 0 }

// look stops the attack if an expectation can't hold any more by the profile so far, which it spends. It is called about
// once a second.
func (w *abortWatch) look(a *attack.Attack, p *profile.Profile) {
	if reason := w.reason(p); reason != "" {
		a.Abort(reason)
	}
}

// reason says why the run is to be stopped, if it is; it spends the profile.
func (w *abortWatch) reason(p *profile.Profile) string {
	for _, g := range w.gates {
		if actual, lost := g.Lost(p); lost {
			return fmt.Sprintf("gate %q can't hold any more: actual %s after %s", g.Source(), actual, profile.Duration(p.Elapsed))
		}
	}
	now := p.Elapsed
	window := max(abortWindow, 2*p.Timeline.Width)
	from := max(now-window, w.warmup)
	if now-from < abortAfter || p.Cut(from, now) != nil || p.Measured.Sent < abortHits {
		return ""
	}
	for _, g := range w.gates {
		if !g.OverTime() {
			continue
		}
		if r := g.Judge(p); r.Verdict == gate.Fail {
			return fmt.Sprintf("gate %q failed from +%s to +%s: actual %s of %d page views", g.Source(),
				profile.Duration(p.Measured.From), profile.Duration(p.Measured.To), r.Actual, p.Measured.Sent)
		}
	}
	return ""
}

// attackError gives what the machine lacks its fix.
func attackError(err error) error {
	var m *attack.MachineError
	if errors.As(err, &m) {
		return withHint(usage(err), m.Hint)
	}
	return usage(err)
}
