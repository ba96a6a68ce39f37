package attack

import (
	"errors"
	"math"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
	"github.com/loadx/loadx/scenarios/traffic"
)

func planOf(t *testing.T, s scenarios.Scenario) *scenarios.Plan {
	t.Helper()
	s.Pages = []scenarios.Page{{URL: "/"}}
	if s.Target == "" {
		s.Target = "http://192.0.2.1"
	}
	p, err := s.Plan(traffic.Shard{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestMachineCheck(t *testing.T) {
	closed := false
	schedule := scenarios.Traffic{Rate: 1000, Duration: time.Hour}
	for _, c := range []struct {
		name    string
		machine Machine
		plan    scenarios.Scenario
		want    string // a part of the warning, or of the error behind "error: "
	}{
		{"nothing known", Machine{}, scenarios.Scenario{Traffic: schedule, KeepAlive: &closed}, ""},
		{"enough files", Machine{OpenFiles: 1024 + ownFiles}, scenarios.Scenario{Traffic: schedule}, ""},
		{"a file too few", Machine{OpenFiles: 1024 + ownFiles - 1}, scenarios.Scenario{Traffic: schedule},
			"1024 requests in flight need 1056 open files, and this process may have 1055"},
		{"a closed loop without files", Machine{OpenFiles: 256},
			scenarios.Scenario{MaxRate: true, MaxInFlight: 300, Traffic: scenarios.Traffic{PV: 1000}},
			"error: 300 requests in flight need 332 open files, and this process may have 256"},
		{"a closed loop that ends before", Machine{OpenFiles: 256},
			scenarios.Scenario{MaxRate: true, MaxInFlight: 300, Traffic: scenarios.Traffic{PV: 100}}, "need 332 open files"},
		{"connections of users without files", Machine{OpenFiles: 2000}, scenarios.Scenario{Traffic: schedule, Connections: scenarios.PerUserConnections},
			"1024 requests in flight and 4096 connections that are kept for their users need 5152 open files, and this process may have 2000: as users come,"},
		{"connections of users with as many files", Machine{OpenFiles: 5152}, scenarios.Scenario{Traffic: schedule, Connections: scenarios.PerUserConnections}, ""},
		{"connections of users without ports", Machine{Ports: 5000}, scenarios.Scenario{Traffic: schedule, Connections: scenarios.PerUserConnections},
			"4096 connections that are kept for their users may need 5120 local ports, and there are 5000"},
		{"kept connections", Machine{Ports: 28232, TimeWait: time.Minute}, scenarios.Scenario{Traffic: schedule}, ""},
		{"fresh connections", Machine{Ports: 28232, TimeWait: time.Minute}, scenarios.Scenario{Traffic: schedule, KeepAlive: &closed},
			"may need 61024 local ports, and there are 28232"},
		{"a fresh connection for each", Machine{Ports: 28232, TimeWait: time.Minute}, scenarios.Scenario{Traffic: schedule, Connections: scenarios.FreshConnections},
			"may need 61024 local ports, and there are 28232"},
		{"on loopback", Machine{Ports: 28232, TimeWait: time.Minute, TimeWaitLocal: time.Second},
			scenarios.Scenario{Target: "http://127.0.0.1", Traffic: schedule, KeepAlive: &closed}, ""},
		{"few fresh connections", Machine{Ports: 28232, TimeWait: time.Minute},
			scenarios.Scenario{Traffic: scenarios.Traffic{PV: 20_000, Duration: time.Second}, KeepAlive: &closed}, ""},
		{"memory", Machine{Memory: 1 << 30}, scenarios.Scenario{Traffic: schedule}, ""},
		{"little memory", Machine{Memory: 80 << 20}, scenarios.Scenario{Traffic: schedule}, "of memory, and there is 80 MiB"},
		{"no memory", Machine{Memory: 33 << 20}, scenarios.Scenario{Traffic: schedule}, "MiB of memory, and there is 33 MiB: 32 MiB for the program, "},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.machine.check(planOf(t, c.plan))
			var text string
			switch {
			case err != nil:
				var e *MachineError
				if !errors.Is(err, ErrMachine) || !errors.As(err, &e) || e.Hint == "" {
					t.Errorf("error %#v", err)
				}
				text = "error: " + err.Error()
			case len(got) > 1:
				t.Errorf("%+v", got)
			case len(got) == 1:
				text = got[0].Text
				if got[0].Hint == "" || got[0].Code != "machine" || got[0].Invalidates {
					t.Errorf("%+v", got[0])
				}
			}
			if !strings.Contains(text, c.want) || (text == "") != (c.want == "") {
				t.Errorf("%q, want %q", text, c.want)
			}
		})
	}
}

func TestJudgeTool(t *testing.T) {
	const two = 2
	tool := func(lasted time.Duration, busy float64, paused time.Duration) *profile.Tool {
		available := lasted * two
		return &profile.Tool{CPU: time.Duration(busy * float64(available)), Available: available, Processors: two, GCPause: paused, LongestGCPause: paused}
	}
	for _, c := range []struct {
		name       string
		p          profile.Profile
		closedLoop bool
		want       string // the first warning, behind "invalid: " if it is one that invalidates
	}{
		{"idle", profile.Profile{Sent: 100, Tool: tool(10*time.Second, 0.3, 0)}, false, ""},
		{"hard at work in a closed loop", profile.Profile{Sent: 100, Tool: tool(10*time.Second, 0.94, 0)}, true, ""},
		{"saturated in a closed loop", profile.Profile{Sent: 100, Tool: tool(10*time.Second, 0.985, 0)}, true,
			"invalid: loadx and not the target was the limit: it used 197% of 2 processors"},
		{"saturated for a moment", profile.Profile{Sent: 100, Tool: tool(time.Second/2, 1, time.Second)}, true, ""},
		{"saturated and on time", profile.Profile{Sent: 100, Late: 1, Tool: tool(10*time.Second, 0.985, 0)}, false,
			"loadx kept its schedule, but used 197% of 2 processors"},
		{"saturated and late", profile.Profile{Sent: 100, Late: 2, Tool: tool(10*time.Second, 0.985, 0)}, false,
			"invalid: loadx and not the target was the limit: it used 197% of 2 processors, 2 page views left late and 0 never"},
		{"saturated and dropped", profile.Profile{Sent: 100, Dropped: 3, Tool: tool(10*time.Second, 1, 0)}, false,
			"invalid: loadx and not the target was the limit: it used 200% of 2 processors, 0 page views left late and 3 never"},
		{"saturated and interrupted", profile.Profile{Sent: 100, Dropped: 3, Interrupted: true, Tool: tool(10*time.Second, 1, 0)}, false,
			"loadx kept its schedule"},
		{"idle and dropped", profile.Profile{Sent: 100, Dropped: 3, Late: 50, Tool: tool(10*time.Second, 0.2, 0)}, false, ""},
		{"few pauses", profile.Profile{Sent: 100, Tool: tool(10*time.Second, 0.2, 99*time.Millisecond)}, false, ""},
		{"a long pause", profile.Profile{Sent: 100, Tool: tool(10*time.Second, 0.2, 150*time.Millisecond)}, false,
			"garbage collection stopped loadx for 150ms of 10s, up to 150ms at a time"},
		{"short pauses", profile.Profile{Sent: 100, Tool: &profile.Tool{Available: 20 * time.Second, Processors: two,
			GCPause: 150 * time.Millisecond, LongestGCPause: 2 * time.Millisecond}}, false, ""},
		{"many pauses", profile.Profile{Sent: 100, Tool: tool(10*time.Second, 0.2, 1500*time.Millisecond)}, false,
			"invalid: garbage collection stopped loadx for 1.5s of 10s, up to 1.5s at a time"},
		{"nothing sent", profile.Profile{Tool: tool(10*time.Second, 1, time.Second)}, true, ""},
		{"nothing known", profile.Profile{Sent: 1, Tool: &profile.Tool{Processors: 2}}, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			judgeTool(&c.p, c.closedLoop)
			var text string
			if len(c.p.Warnings) > 0 {
				text = c.p.Warnings[0].Text
				if c.p.Warnings[0].Invalidates {
					text = "invalid: " + text
				}
			}
			if !strings.HasPrefix(text, c.want) || (text == "") != (c.want == "") {
				t.Errorf("%q, want %q", text, c.want)
			}
		})
	}
}

func TestPausesSince(t *testing.T) {
	buckets := []float64{math.Inf(-1), 0, 1e-3, 2e-3, math.Inf(1)}
	before := &metrics.Float64Histogram{Counts: []uint64{0, 5, 1, 0}, Buckets: buckets}
	now := &metrics.Float64Histogram{Counts: []uint64{0, 7, 1, 1}, Buckets: buckets}
	if all, longest := pausesSince(now, before); all != 4*time.Millisecond || longest != 2*time.Millisecond {
		t.Errorf("%v in all, %v the longest", all, longest)
	}
	if all, longest := pausesSince(now, nil); all != 0 || longest != 0 {
		t.Errorf("%v, %v of what is not known", all, longest)
	}
}

// What the process uses is seen: a busy second is one.
func TestUsage(t *testing.T) {
	before := usageNow()
	if !before.known {
		t.Skip("SKIPPED: processor times are not known here")
	}
	for deadline := time.Now().Add(50 * time.Millisecond); time.Now().Before(deadline); {
		continue
	}
	got := usageNow().since(before)
	if got.CPU <= 0 || got.Available < 50*time.Millisecond || got.CPU > 2*got.Available {
		t.Errorf("%+v", got)
	}
}

// Hour 10 of a run is paced as its first second: nothing is added up that could drift.
func TestPacerAtHourTen(t *testing.T) {
	plan := planOf(t, scenarios.Scenario{Traffic: scenarios.Traffic{Rate: 1000, Duration: 11 * time.Hour}})
	const first = 36_000_000 // of hour 10, on the dot
	for n := uint64(first); n < first+5000; n++ {
		if due, want := plan.Visit(n).Due, 10*time.Hour+time.Duration(n-first)*time.Millisecond; due != want {
			t.Fatalf("visit %d is due at %v, want %v", n, due, want)
		}
	}
	line := newHandover(1 << 10)
	at := 10 * time.Hour
	p := &pacer{epoch: time.Now().Add(-at + 20*time.Millisecond), out: line, stop: make(chan struct{}), ended: func() {},
		visits: &visitsFrom{plan: plan, n: first, end: first + 200}}
	for {
		if _, stop := p.Pace(0, 0); stop {
			break
		}
		e, ok := line.take(time.Since(p.epoch))
		line.done(0)
		if now := time.Since(p.epoch); !ok || now < e.visit.Due {
			t.Fatalf("visit %d left at %v, due at %v", e.visit.N, now, e.visit.Due)
		}
	}
	// The last one leaves 199 ms after the first, however long each took: a busy machine delays one, not all that follow.
	if over := time.Since(p.epoch) - at - 199*time.Millisecond; over < 0 || over > time.Second {
		t.Errorf("the last visit left %v late", over)
	}
}

// visitsFrom are the visits of a plan from one to another.
type visitsFrom struct {
	plan   *scenarios.Plan
	n, end uint64
}

func (v *visitsFrom) Next() (scenarios.Visit, bool) {
	if v.n == v.end {
		return scenarios.Visit{}, false
	}
	v.n++
	return v.plan.Visit(v.n - 1), true
}

// Every shape's due times stay on its own curve over ten hours: the views due by any hour are those that the rate's
// integral gives, with no error that grows.
func TestShapesOverHours(t *testing.T) {
	const hours = 10
	day := hours * time.Hour
	for name, traffic := range map[string]struct {
		scenarios.Traffic
		dueBy func(share float64) float64 // share of the views due by that share of the time
	}{
		"steady": {scenarios.Traffic{Rate: 1000, Duration: day}, func(s float64) float64 { return s }},
		"ramp": {scenarios.Traffic{Duration: day, Shape: traffic.Ramp{From: 0, To: 2000}},
			func(s float64) float64 { return s * s }},
		"sine": {scenarios.Traffic{Rate: 1000, Duration: day, Shape: traffic.Sine{Period: time.Hour, Amplitude: 0.5}},
			func(s float64) float64 { return s }},
	} {
		t.Run(name, func(t *testing.T) {
			plan := planOf(t, scenarios.Scenario{Traffic: traffic.Traffic})
			pv := plan.PV()
			for h := 1; h < hours; h++ {
				share := float64(h) / hours
				n := uint64(traffic.dueBy(share) * float64(pv))
				due := plan.Visit(n).Due
				if off := (due - time.Duration(share*float64(day))).Abs(); off > 5*time.Millisecond {
					t.Errorf("after %d h visit %d is due %v off", h, n, off)
				}
			}
		})
	}
}
