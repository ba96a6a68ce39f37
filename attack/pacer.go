package attack

import (
	"runtime"
	"time"

	"github.com/loadx/loadx/scenarios"
)

// A visitor gives the visits of a run in due order.
type visitor interface {
	Next() (v scenarios.Visit, ok bool)
}

// A pacer is the vegeta.Pacer of a plan. It waits inside Pace, where a closed channel wakes it; a wait that is returned
// from Pace is slept by vegeta and can't be ended. It belongs to the goroutine that calls Pace.
type pacer struct {
	epoch  time.Time
	visits visitor
	out    *handover
	stop   <-chan struct{} // closed when nothing more is to be sent

	// closed is set for a closed loop: a visit is due when it is sent.
	closed bool

	timer     *time.Timer
	oversleep time.Duration   // about how much longer than asked a nap takes
	pending   scenarios.Visit // read from visits and not handed over
	holds     bool            // there is a pending visit

	exhausted bool   // the visits have ended
	ended     func() // called when Pace asks to stop
}

const (
	// spin is a wait that is shorter than any sleep.
	spin = 2 * time.Microsecond
	// napStep is how fast oversleep follows the machine, maxOversleep how far.
	napStep      = 400 * time.Nanosecond
	maxOversleep = 100 * time.Microsecond
)

// Pace implements vegeta.Pacer. It returns when the next visit is due and was handed over, or with stop set.
func (p *pacer) Pace(time.Duration, uint64) (wait time.Duration, stop bool) {
	if !p.holds {
		if p.pending, p.holds = p.visits.Next(); !p.holds {
			p.exhausted = true
			p.ended()
			return 0, true
		}
	}
	now := time.Since(p.epoch)
	onTime := !p.closed && now < p.pending.Due
	if onTime && !p.waitFor(p.pending.Due) || p.stopped() {
		return 0, true
	}
	if onTime {
		now = p.pending.Due
	}
	p.holds = false
	p.out.push(p.pending, now, onTime)
	return 0, false
}

// Rate implements vegeta.Pacer; nothing calls it during an attack.
func (p *pacer) Rate(time.Duration) float64 { return 0 }

func (p *pacer) stopped() bool {
	select {
	case <-p.stop:
		return true
	default:
		return false
	}
}

// waitFor returns at an instant since the epoch, or with false as soon as nothing more is to be sent: most of the wait
// on a timer that the channel cuts short, the last stretch in naps, the last microseconds looking at the clock.
func (p *pacer) waitFor(due time.Duration) bool {
	for yielded := false; ; {
		left := due - time.Since(p.epoch)
		switch {
		case left <= 0:
			return true
		case left <= spin:
			continue
		case left <= finest && !yielded:
			// The worker that got the last visit is next on this processor, which a nap would keep from it.
			yielded = true
			runtime.Gosched()
			continue
		case left <= finest:
			p.nap(left)
			continue
		}
		if p.timer == nil {
			p.timer = time.NewTimer(left - finest/2)
		} else {
			p.timer.Reset(left - finest/2)
		}
		select {
		case <-p.timer.C:
		case <-p.stop:
			p.timer.Stop()
			return false
		}
	}
}

// nap sleeps for less than a wait, by as much as naps were too long before: waking takes a machine tens of microseconds,
// a virtual one more.
func (p *pacer) nap(left time.Duration) {
	asked := max(left-p.oversleep, spin)
	before := time.Now()
	nap(asked)
	// A step up weighs a quarter of a step down, which settles where a fifth of the naps are shorter: most waits end
	// without the clock being looked at for long.
	if time.Since(before) < asked+p.oversleep {
		p.oversleep = max(p.oversleep-napStep, 0)
	} else {
		p.oversleep = min(p.oversleep+napStep/4, maxOversleep)
	}
}
