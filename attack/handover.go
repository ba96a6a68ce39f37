package attack

import (
	"sync"
	"time"

	"github.com/loadx/loadx/scenarios"
)

// never is an instant before every run.
const never = time.Duration(-1 << 63)

// An event is a visit on its way from the pacer to a worker.
type event struct {
	visit scenarios.Visit
	// lastFull is the latest instant, as of taking, at which every allowed request was in flight.
	lastFull time.Duration
}

// A handover passes due events from the pacer to the workers in due order and knows how many requests are in flight.
// It is safe for concurrent use. It holds no more events than there are workers.
type handover struct {
	capacity int

	mu       sync.Mutex
	waiting  []event // from first on
	first    int
	inFlight int
	lastFull time.Duration
	lastDone time.Duration
	taken    uint64
	closed   bool
}

func newHandover(capacity int) *handover {
	return &handover{capacity: capacity, lastFull: never}
}

// push hands a due visit over.
func (h *handover) push(v scenarios.Visit) {
	h.mu.Lock()
	if h.first > 0 && h.first == len(h.waiting) {
		h.waiting, h.first = h.waiting[:0], 0
	}
	h.waiting = append(h.waiting, event{visit: v})
	h.mu.Unlock()
}

// take gives the earliest visit to a worker and counts a request in flight. ok is false once nothing may be sent any
// more, and for a worker that came for nothing.
func (h *handover) take() (e event, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || h.first == len(h.waiting) {
		return event{}, false
	}
	e = h.waiting[h.first]
	e.lastFull = h.lastFull
	if h.first++; h.first >= 64 && 2*h.first >= len(h.waiting) {
		h.waiting = h.waiting[:copy(h.waiting, h.waiting[h.first:])]
		h.first = 0
	}
	h.inFlight++
	h.taken++
	return e, true
}

// done ends a request in flight.
func (h *handover) done(now time.Duration) {
	h.mu.Lock()
	if h.inFlight == h.capacity {
		h.lastFull = max(h.lastFull, now)
	}
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
