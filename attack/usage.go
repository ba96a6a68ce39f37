package attack

import (
	"fmt"
	"math"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/loadx/loadx/profile"
)

const (
	// saturated is the share of its processors above which the tool has nothing left: the rest is what the system and
	// the idle moments between wakings take.
	saturated = 0.95
	// judgedAfter is how long a run has to send before its share of the processors says anything: starting up is busy.
	judgedAfter = time.Second
	// pausedAbove is the share of the time that garbage collection may stop the tool: above it latencies are its own.
	// From the first of them on, long stops are worth a warning.
	pausedAbove, pausedLong = 0.1, 0.01
)

// pauses is the distribution of the garbage collector's stops.
const pauses = "/sched/pauses/total/gc:seconds"

// A usage is what the process had used at an instant.
type usage struct {
	at     time.Time
	cpu    time.Duration
	known  bool // cpu is
	pauses *metrics.Float64Histogram
}

func usageNow() usage {
	u := usage{at: time.Now()}
	u.cpu, u.known = processTime()
	sample := []metrics.Sample{{Name: pauses}}
	metrics.Read(sample)
	if sample[0].Value.Kind() == metrics.KindFloat64Histogram {
		u.pauses = sample[0].Value.Float64Histogram()
	}
	return u
}

// since is what was used between two instants.
func (u usage) since(start usage) *profile.Tool {
	processors := runtime.GOMAXPROCS(0)
	t := &profile.Tool{Processors: processors}
	if u.known && start.known {
		t.CPU = max(u.cpu-start.cpu, 0)
		t.Available = time.Duration(processors) * u.at.Sub(start.at)
	}
	t.GCPause, t.LongestGCPause = pausesSince(u.pauses, start.pauses)
	return t
}

// pausesSince sums the stops between two states of their distribution: each counts as long as its class at most is.
func pausesSince(now, before *metrics.Float64Histogram) (all, longest time.Duration) {
	if now == nil || before == nil || len(now.Counts) != len(before.Counts) {
		return 0, 0
	}
	for i, n := range now.Counts {
		n -= before.Counts[i]
		if n == 0 {
			continue
		}
		upper := now.Buckets[i+1]
		if math.IsInf(upper, 0) {
			upper = now.Buckets[i]
		}
		longest = time.Duration(upper * 1e9)
		all += time.Duration(float64(n) * upper * 1e9)
	}
	return all, longest
}

// judgeTool adds the warnings that say that the tool and not the target was the limit. The processors alone convict
// nobody of a schedule that was kept.
func judgeTool(p *profile.Profile, closedLoop bool) {
	t := p.Tool
	if t == nil || p.Sent == 0 {
		return
	}
	lasted := t.Available / time.Duration(max(t.Processors, 1))
	busy := lasted >= judgedAfter && t.Busy() >= saturated
	missed := p.Dropped > 0 && !p.Interrupted && p.Aborted == "" || float64(p.Late) > limitedAbove*float64(p.Sent)
	const hint = "lower the rate, share the plan among machines by shards, or leave more of this machine's processors to loadx"
	switch {
	case busy && closedLoop:
		p.Warn(profile.Warning{Code: "tool_busy", Invalidates: true, Hint: "the target may well be faster: give loadx more processors, or the target fewer",
			Text: "loadx and not the target was the limit: it " + usedText(t)})
	case busy && missed:
		p.Warn(profile.Warning{Code: "tool_busy", Invalidates: true, Hint: hint,
			Text: fmt.Sprintf("loadx and not the target was the limit: it %s, %d page views left late and %d never", usedText(t), p.Late, p.Dropped)})
	case busy:
		p.Warn(profile.Warning{Code: "tool_busy", Hint: hint,
			Text: "loadx kept its schedule, but " + usedText(t) + ": latencies may hold waiting of its own"})
	}
	stopped := float64(t.GCPause) / float64(max(lasted, 1))
	if lasted >= judgedAfter && (stopped > pausedAbove || stopped > pausedLong && t.LongestGCPause > profile.LateAfter) {
		p.Warn(profile.Warning{Code: "tool_paused", Invalidates: stopped > pausedAbove, Hint: "lower the cap on requests in flight, or share the plan among machines by shards",
			Text: fmt.Sprintf("garbage collection stopped loadx for %s of %s, up to %s at a time",
				profile.Duration(t.GCPause), profile.Duration(lasted), profile.Duration(t.LongestGCPause))})
	}
}

// usedText says how much of its processors the tool used.
func usedText(t *profile.Tool) string {
	noun := "processors"
	if t.Processors == 1 {
		noun = "processor"
	}
	return fmt.Sprintf("used %.0f%% of %d %s", 100*t.Busy()*float64(t.Processors), t.Processors, noun)
}
