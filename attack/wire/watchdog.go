package wire

import (
	"math"
	"sync/atomic"
	"time"
)

const noDeadline = math.MaxInt64

// watchdog interrupts the exchanges that are overdue, and closes connections
// idle too long: one goroutine and one timer for all of them. It sleeps until the
// earliest deadline it knows; an exchange with an earlier one pokes it.
type watchdog struct {
	wake atomic.Int64 // since the epoch
	bell chan struct{}
	quit chan struct{}
	gone chan struct{}
}

func (w *watchdog) start(t *Transport) {
	w.bell = make(chan struct{}, 1)
	w.quit = make(chan struct{})
	w.gone = make(chan struct{})
	go w.run(t)
}

func (w *watchdog) end() {
	close(w.quit)
	<-w.gone
}

func (w *watchdog) poke() {
	select {
	case w.bell <- struct{}{}:
	default:
	}
}

func (w *watchdog) run(t *Transport) {
	defer close(w.gone)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-w.quit:
			return
		case <-w.bell:
		case <-timer.C:
		}
		// While it looks, every exchange that begins with a deadline pokes.
		w.wake.Store(noDeadline)
		next := t.sweep()
		w.wake.Store(int64(next))
		timer.Reset(max(next-t.now(), time.Millisecond))
	}
}

// sweep interrupts and closes what is due, and returns when to come again.
func (t *Transport) sweep() time.Duration {
	now := t.now()
	next := now + time.Minute
	// What begins after this look is due no earlier than the shortest of these from now.
	for _, d := range [...]time.Duration{t.opt.Timeout, t.opt.FirstByteTimeout, t.opt.IdleTimeout} {
		if d > 0 {
			next = min(next, now+d)
		}
	}
	t.mu.Lock()
	for _, c := range t.open {
		// The state first: a deadline read after it is of this exchange or a later one.
		s := c.state.Load()
		if s&stateMask != stateBusy {
			continue
		}
		deadline := time.Duration(c.deadline.Load())
		if deadline > now {
			next = min(next, deadline)
		} else {
			c.interrupt(s, stateTimedOut)
		}
	}
	var expired []*conn
	if t.opt.IdleTimeout > 0 {
		for c := t.pool.oldest(); c != nil; c = t.pool.oldest() {
			if end := c.idleSince + t.opt.IdleTimeout; end > now {
				next = min(next, end)
				break
			}
			t.pool.remove(c)
			expired = append(expired, c)
		}
	}
	t.mu.Unlock()
	for _, c := range expired {
		t.discard(c)
	}
	return next
}

// wholeDeadline is when Options.Timeout ends the exchange.
func (t *Transport) wholeDeadline(x *Exchange) int64 {
	if t.opt.Timeout == 0 {
		return noDeadline
	}
	return int64(x.Start + t.opt.Timeout)
}
