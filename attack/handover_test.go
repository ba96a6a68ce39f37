package attack

import (
	"testing"
	"time"

	"github.com/loadx/loadx/scenarios"
	"github.com/loadx/loadx/scenarios/traffic"
)

func numbered(n uint64) scenarios.Visit { return scenarios.Visit{Visit: traffic.Visit{N: n}} }

// Visits are taken in the order they were pushed, however pushes and takes alternate, and the queue does not grow with
// the visits that passed.
func TestHandoverOrder(t *testing.T) {
	h := newHandover(1000)
	var pushed, taken uint64
	for round := range 5000 {
		for range 1 + round%7 {
			h.push(numbered(pushed), 0, true)
			pushed++
		}
		for range 1 + round%5 {
			e, ok := h.take(0)
			if ok != (taken < pushed) {
				t.Fatalf("taken %v after %d of %d", ok, taken, pushed)
			}
			if !ok {
				break
			}
			if e.visit.N != taken {
				t.Fatalf("took %d, want %d", e.visit.N, taken)
			}
			taken++
		}
		for pushed-taken > 300 {
			if e, _ := h.take(0); e.visit.N != taken {
				t.Fatalf("took %d, want %d", e.visit.N, taken)
			}
			taken++
		}
	}
	if c := cap(h.waiting); c > 2000 {
		t.Errorf("the queue has grown to %d for 300 that waited", c)
	}
	if n, inFlight, _ := h.state(); n != taken || uint64(inFlight) != taken {
		t.Errorf("state: %d taken, %d in flight, want %d", n, inFlight, taken)
	}
	if left := h.left(); uint64(len(left)) != pushed-taken || left[0].visit.N != taken {
		t.Errorf("%d are left, want %d", len(left), pushed-taken)
	}
}

// Who is taken is told for how long all slots were in use by others since the plan was last kept.
func TestHandoverCap(t *testing.T) {
	const ms = time.Millisecond
	h := newHandover(2)
	push := func(now time.Duration, onTime bool) { h.push(numbered(0), now, onTime) }
	take := func(now, want time.Duration) {
		t.Helper()
		if e, ok := h.take(now); !ok || e.blocked != want {
			t.Errorf("at %v: taken %v, blocked for %v, want %v", now, ok, e.blocked, want)
		}
	}
	push(0, true)
	take(0, 0)
	push(1*ms, true)
	take(1*ms, 0) // the last slot, which was free
	push(3*ms, true)
	h.done(8 * ms)
	take(8*ms, 5*ms) // of the 7 ms in which both were in use, it waited for 5
	push(4*ms, false)
	h.done(18 * ms)
	take(20*ms, 15*ms) // behind the one before, it waits for the same and more
	push(21*ms, false)
	h.done(30 * ms)
	h.done(31 * ms) // one of two in use: nobody is blocked
	take(31*ms, 25*ms)
	push(40*ms, true) // the plan is kept again
	take(41*ms, 0)
	if _, inFlight, lastDone := h.state(); inFlight != 2 || lastDone != 31*ms {
		t.Errorf("%d in flight, last done at %v", inFlight, lastDone)
	}
}

func TestHandoverClosed(t *testing.T) {
	h := newHandover(2)
	h.push(numbered(1), 0, true)
	h.push(numbered(2), 0, true)
	if !h.open() {
		t.Error("closed from the start")
	}
	if _, ok := h.take(0); !ok {
		t.Error("nothing to take")
	}
	h.close()
	if e, ok := h.take(0); ok || h.open() {
		t.Errorf("took %d after the end", e.visit.N)
	}
	if left := h.left(); len(left) != 1 || left[0].visit.N != 2 {
		t.Errorf("left: %v", left)
	}
}
