package attack

import (
	"sync"
	"time"

	"github.com/loadx/loadx/scenarios"
)

// An event is a visit on its way from the pacer to a worker.
type event struct {
	visit scenarios.Visit
	// blocked is, once the event is taken, for how long every allowed request was in flight since the last visit before
	// it, or itself, that the pacer had to wait for: since the plan was last kept.
	blocked time.Duration
}

// A handover passes due events from the pacer to the workers in due order and knows how many requests are in flight.
// It is safe for concurrent use. It holds no more events than there are workers.
type handover struct {
	capacity int

	mu       sync.Mutex
	waiting  []event // from first on
	first    int
	inFlight int
	lastDone time.Duration
	taken    uint64
	closed   bool

	full  time.Duration // how long all that are allowed were in flight, before the time that runs
	since time.Duration // since when that time runs
	kept  time.Duration // fullUntil the instant at which the plan was last kept
}

func newHandover(capacity int) *handover {
	return &handover{capacity: capacity}
}

// fullUntil is how long all that are allowed were in flight up to an instant.
func (h *handover) fullUntil(now time.Duration) time.Duration {
	if h.inFlight < h.capacity {
		return h.full
	}
	return h.full + max(now-h.since, 0)
}

// push hands a due visit over; onTime says that the pacer had to wait for it.
func (h *handover) push(v scenarios.Visit, now time.Duration, onTime bool) {
	h.mu.Lock()
	if onTime {
		h.kept = h.fullUntil(now)
	}
	if h.first > 0 && h.first == len(h.waiting) {
		h.waiting, h.first = h.waiting[:0], 0
	}
	h.waiting = append(h.waiting, event{visit: v, blocked: -h.kept})
	h.mu.Unlock()
}

// take gives the earliest visit to a worker and counts a request in flight. ok is false once nothing may be sent any
// more, and for a worker that came for nothing.
func (h *handover) take(now time.Duration) (e event, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.first == len(h.waiting) {
		return event{}, false
	}
	e = h.waiting[h.first]
	e.blocked += h.fullUntil(now)
	if h.first++; h.first >= 64 && 2*h.first >= len(h.waiting) {
		h.waiting = h.waiting[:copy(h.waiting, h.waiting[h.first:])]
		h.first = 0
	}
	if h.inFlight++; h.inFlight == h.capacity {
		h.since = now
	}
	h.taken++
	return e, true
}

// done ends a request in flight.
func (h *handover) done(now time.Duration) {
	h.mu.Lock()
	h.full = h.fullUntil(now)
	h.inFlight--
	h.lastDone = max(h.lastDone, now)
	h.mu.Unlock()
}

// close ends the sending: no visit is taken after it returns.
func (h *handover) close() {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
}

// open reports whether visits may still be sent.
func (h *handover) open() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.closed
}

// left returns the visits that were handed over and never taken.
func (h *handover) left() []event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.waiting[h.first:]
}

// state returns how many visits were taken, how many requests are in flight, and when the last one was done.
func (h *handover) state() (taken uint64, inFlight int, lastDone time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.taken, h.inFlight, h.lastDone
}
