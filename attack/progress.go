package attack

import (
	"fmt"
	"sort"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/latency"
	"github.com/loadx/loadx/scenarios/traffic"
)

// Progress is how far an attack is: what a live view shows. Durations count from the first due time.
type Progress struct {
	Elapsed time.Duration
	// Left is the time to the end of the schedule, 0 beyond it; of a closed loop that ends with a number of page views
	// it is an estimate by the achieved rate, 0 where there is none yet.
	Left time.Duration
	// Draining says that nothing more is sent, and what is in flight is waited for.
	Draining bool
	// Planned is how many page views this attack is to send, 0 where it is not known: a shard's number is the expected
	// one.
	Planned uint64
	// Sent is how many page views left and were answered or failed; InFlight, how many more are under way.
	Sent     uint64
	InFlight int
	// UV is how many users were sent for the first time, PlannedUV how many this attack is to send, expected for a shard.
	UV, PlannedUV uint64
	// Asked is the rate that the plan asks for now, 0 without a schedule; Achieved is that at which views left in the
	// last second or so.
	Asked, Achieved traffic.Rate
	// Late and Failed are among Sent.
	Late, Failed uint64
	// Errors is Failed by class, nil while it is 0; it is the caller's.
	Errors map[profile.ErrorClass]uint64
	// Warmup is how long latency, errors and rate are not measured yet, 0 once they are.
	Warmup time.Duration
	// Response is the response time of all of the run without its warmup; Recent is that of what was sent in the last
	// [RecentFor] or so and has come back, warmup or not.
	Response, Recent Percentiles
}

// RecentFor is about how far [Progress.Recent] looks back: more in a run so long that a slice of its timeline is longer.
const RecentFor = 5 * time.Second

// Percentiles are three of a distribution; they have a meaning only if Count is above 0.
type Percentiles struct {
	P50, P95, P99 time.Duration
	Count         uint64
}

func percentilesOf(h *latency.Histogram) Percentiles {
	p := Percentiles{Count: h.Count()}
	p.P50, _ = h.Quantile(0.50)
	p.P95, _ = h.Quantile(0.95)
	p.P99, _ = h.Quantile(0.99)
	return p
}

// A sample is how many views had left at an instant.
type sample struct {
	at    time.Duration
	taken uint64
}

// window is about how long the achieved rate looks back.
const window = time.Second

// Progress returns the figures of now: zeros before the run. It is cheap enough for some calls a second.
func (a *Attack) Progress() Progress {
	r := a.run.Load()
	if r == nil {
		return Progress{}
	}
	plan, s := a.opt.Plan, r.sender
	now := s.now()
	taken, inFlight, _ := s.line.state()
	n := s.collector.Counts()
	pr := Progress{
		Elapsed: max(now-r.firstDue, 0), Planned: a.expected(), Sent: n.Sent, InFlight: inFlight, UV: n.UV,
		Achieved: a.achieved(sample{now, taken}), Late: n.Late, Failed: n.Failures, Errors: n.Errors,
		Warmup: max(plan.Warmup()-max(now, 0), 0),
	}
	if !plan.MaxRate() {
		pr.PlannedUV = plan.ShardUsers(plan.Shard())
	}
	pr.Draining = r.stopped.Load() > 0
	if end := plan.Duration(); end > now {
		pr.Left = end - max(now, 0)
		pr.Asked = a.asked(now)
	}
	if plan.MaxRate() && taken < plan.PV() && pr.Achieved > 0 {
		left := time.Duration(float64(plan.PV()-taken) / float64(pr.Achieved) * 1e9)
		if pr.Left == 0 || left < pr.Left {
			pr.Left = left
		}
	}
	pr.Response = percentilesOf(s.collector.Response())
	pr.Recent = percentilesOf(s.collector.Recent(max(now, 0)-RecentFor, max(now, 0)))
	return pr
}

// expected is how many visits the shard is expected to have.
func (a *Attack) expected() uint64 {
	plan := a.opt.Plan
	if share := plan.ShardShare(plan.Shard()); share < 1 {
		return uint64(share*float64(plan.PV()) + 0.5)
	}
	return plan.PV()
}

// asked is the rate that the plan asks of the shard, 0 without a schedule.
func (a *Attack) asked(now time.Duration) traffic.Rate {
	i := sort.Search(len(a.curve), func(i int) bool { return a.curve[i].At > now })
	if len(a.curve) == 0 {
		return 0
	}
	plan := a.opt.Plan
	return traffic.Rate(float64(a.curve[max(i-1, 0)].Rate) * plan.ShardShare(plan.Shard()))
}

// achieved adds a sample and returns the rate since one that is about a window old.
func (a *Attack) achieved(s sample) traffic.Rate {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.past) > 1 && s.at-a.past[1].at >= window {
		a.past = a.past[1:]
	}
	if n := len(a.past); n == 0 || s.at-a.past[n-1].at >= window/10 {
		a.past = append(a.past, s)
	}
	since := s.at - a.past[0].at
	if since <= 0 {
		return 0
	}
	return traffic.Rate(float64(s.taken-a.past[0].taken) / since.Seconds())
}

// Snapshot returns the profile so far, as if the run had been interrupted now and what is in flight had not been sent;
// it is the caller's. It is nil before the run. Of a shard it holds the expected number of planned hits. It may be taken
// every second.
func (a *Attack) Snapshot() (*profile.Profile, error) {
	r := a.run.Load()
	if r == nil {
		return nil, nil
	}
	p, err := r.sender.collector.Snapshot()
	if err != nil {
		return nil, err
	}
	p.Interrupted = true
	a.describe(p, r, max(a.expected(), p.Sent))
	r.last(p, max(r.sender.now()-r.firstDue, 0))
	return p, nil
}

func lateText(p *profile.Profile) string {
	return fmt.Sprintf("loadx and not the target was too slow: %d of %d page views, %s, left more than %s late with requests to spare",
		p.LateFree, p.Sent, profile.Exactly(float64(p.LateFree)/float64(p.Sent), profile.Ratio), profile.Duration(profile.LateAfter))
}

func localText(failed uint64) string {
	return fmt.Sprintf("%d page views failed for want of ports, files, memory or permissions on this machine", failed)
}
