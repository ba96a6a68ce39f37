package attack_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
)

// near says whether a measured value is within a share of the computed one.
func near[T ~int64 | ~uint64](got, want T, share float64) bool {
	diff := float64(got) - float64(want)
	return max(diff, -diff) <= share*float64(want)
}

// A target stops answering for a second. Whoever is due in that time waits for its end: with a rate of r, a run of d and
// a stall of s the response times above quantile q, for 1-q < s/d, are s - (1-q)d. The cap on requests in flight holds
// some back, which changes who is late and no response time.
func TestStall(t *testing.T) {
	for _, limit := range []uint64{600, 40} {
		t.Run(fmt.Sprint(limit, " in flight"), func(t *testing.T) {
			onCalmMachine(t, func() error { return stall(t, limit) })
		})
	}
}

func stall(t *testing.T, limit uint64) error {
	const (
		rate      = 500
		d         = 3 * time.Second
		s         = time.Second
		stallFrom = 700 // the number of the first hit that waits
	)
	var hits atomic.Int64
	var ended, drained atomic.Int64 // Unix ns: the end of the stall, and when all that were due by then had come
	end := make(chan struct{})
	target := answerServer(t, func() {
		n := hits.Add(1) - 1
		if n == stallFrom+rate {
			drained.Store(time.Now().UnixNano())
		}
		switch {
		case n == stallFrom:
			time.Sleep(s)
			ended.Store(time.Now().UnixNano())
			close(end)
		case n > stallFrom:
			<-end
		}
	})
	p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{
		MaxInFlight: limit, Traffic: scenarios.Traffic{Rate: rate, Duration: d}}, target)})
	var f findings
	for _, q := range []float64{0.9, 0.95, 0.99, 0.999} {
		got, _ := p.Response.Quantile(q)
		if want := s - time.Duration((1-q)*float64(d)); !near(got, want, 0.02) {
			f.addf("p%g of response is %v, want %v", 100*q, got, want)
		}
	}
	// In the stall rate·s hits are due; those beyond the cap leave at its end, all but the last 10 ms of them late.
	due := uint64(rate * s.Seconds())
	late := uint64(0)
	if due > limit {
		late = due - limit - uint64(rate*profile.LateAfter.Seconds())
	}
	if p.Dropped != 0 || p.Sent != uint64(rate*d.Seconds()) {
		f.addf("sent %d, dropped %d", p.Sent, p.Dropped)
	}
	// What falls due while the backlog leaves waits behind it, and may be late by that.
	behind := uint64(rate * max(time.Duration(drained.Load()-ended.Load()), 0).Seconds())
	if blamed := p.Late - p.LateFree; late > 0 && (blamed < late*97/100 || blamed > late*103/100+behind) || late == 0 && blamed > 0 {
		f.addf("%d are late for want of the target, want %d and up to %d behind them", blamed, late, behind)
	}
	if p.Invalid() {
		f.addf("%v", p.Warnings)
	}
	return f.err()
}

// A backlog that the target caused is the target's until it is worked off, also where no slot lacks any more.
func TestBacklog(t *testing.T) {
	onCalmMachine(t, func() error {
		var hits atomic.Int64
		end := make(chan struct{})
		target := answerServer(t, func() {
			switch n := hits.Add(1) - 1; {
			case n == 1000:
				time.Sleep(300 * time.Millisecond)
				close(end)
			case n > 1000:
				<-end
			}
		})
		p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{
			MaxInFlight: 32, Traffic: scenarios.Traffic{Rate: 6000, Duration: time.Second}}, target)})
		var f findings
		// All but those that found a slot and those due at the very end of the stall.
		if p.Late < 6000*3/10-100 || p.LateFree > p.Sent/200 {
			f.addf("%d are late, %d of them with slots to spare", p.Late, p.LateFree)
		}
		return f.err()
	})
}

// What keeps loadx itself from sending makes the numbers invalid: here it is a slow disk for the results.
func TestToolLimited(t *testing.T) {
	target := answerServer(t, nil)
	p := run(t, attack.Options{Results: slowWriter{}, Plan: plan(t, scenarios.Scenario{
		MaxInFlight: 32, Traffic: scenarios.Traffic{PV: 16_000, Duration: 400 * time.Millisecond}}, target)})
	i := slices.IndexFunc(p.Warnings, func(w profile.Warning) bool { return w.Code == "tool_limited" })
	if i < 0 || !p.Warnings[i].Invalidates || p.Warnings[i].Hint == "" || !p.Invalid() {
		t.Fatalf("warnings %+v with %d of %d late and slots to spare", p.Warnings, p.LateFree, p.Sent)
	}
	if want := fmt.Sprintf("loadx and not the target was too slow: %d of 16000 page views, ", p.LateFree); !strings.HasPrefix(p.Warnings[i].Text, want) {
		t.Errorf("text %q, want %q", p.Warnings[i].Text, want)
	}
}

type slowWriter struct{}

func (slowWriter) Write(b []byte) (int, error) {
	time.Sleep(60 * time.Millisecond)
	return len(b), nil
}

// A queue in front of a few slots: what is sent when, and what is dropped, by simulation of the schedule.
func TestCapped(t *testing.T) {
	for _, c := range []struct {
		name    string
		timeout time.Duration
		drops   bool
	}{
		{"all wait", 10 * time.Second, false},
		{"some are dropped", 400 * time.Millisecond, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			onCalmMachine(t, func() error { return capped(t, c.timeout, c.drops) })
		})
	}
}

func capped(t *testing.T, timeout time.Duration, drops bool) error {
	const slots, serving = 4, 20 * time.Millisecond
	var served atomic.Uint64
	target := answerServer(t, func() {
		served.Add(1)
		time.Sleep(serving)
	})
	pl := plan(t, scenarios.Scenario{MaxInFlight: slots, Timeout: timeout,
		Traffic: scenarios.Traffic{Rate: 400, Duration: time.Second}}, target)
	p := run(t, attack.Options{Plan: pl})
	var f findings
	// The sleep is never exact: the mean of what was served is.
	mean, _ := p.Service.Mean()
	responses, late, dropped := simulate(pl, slots, mean, timeout)
	if drops != (dropped > 0) {
		t.Fatalf("the simulation drops %d", dropped)
	}
	if !near(p.Dropped, dropped, 0.04) || !near(p.Late, late, 0.04) {
		f.addf("dropped %d, late %d; by simulation %d and %d", p.Dropped, p.Late, dropped, late)
	}
	if p.LateFree > p.Sent/50 {
		f.addf("%d of %d are late with slots to spare", p.LateFree, p.Sent)
	}
	for _, q := range []float64{0.5, 0.9, 0.99} {
		got, _ := p.Response.Quantile(q)
		if want := responses[int(q*float64(len(responses)))]; !near(got, want, 0.04) {
			f.addf("p%g of response is %v, by simulation %v", 100*q, got, want)
		}
	}
	if served.Load() != p.Sent {
		t.Errorf("the server counted %d hits, sent %d", served.Load(), p.Sent)
	}
	var due, gone uint64
	for _, s := range p.Timeline.Slices {
		due += s.Due
		gone += s.Dropped
	}
	if due != pl.PV() || gone != p.Dropped {
		t.Errorf("in the slices %d are due and %d dropped, want %d and %d", due, gone, pl.PV(), p.Dropped)
	}
	return f.err()
}

// simulate serves a plan by a number of slots that take the same time for each hit, first come, first served. It returns
// the response times in ascending order, how many leave late, and how many have not left a timeout after the last due.
func simulate(pl *scenarios.Plan, slots int, service, timeout time.Duration) (responses []time.Duration, late, dropped uint64) {
	free := make([]time.Duration, slots)
	lastDue := pl.Visit(pl.PV() - 1).Due
	for n := range pl.PV() {
		due := pl.Visit(n).Due
		slot := slices.Index(free, slices.Min(free))
		start := max(due, free[slot])
		if start > lastDue+timeout {
			dropped++
			continue
		}
		if start-due > profile.LateAfter {
			late++
		}
		free[slot] = start + service
		responses = append(responses, free[slot]-due)
	}
	slices.Sort(responses)
	return responses, late, dropped
}
