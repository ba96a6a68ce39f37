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
			h.push(numbered(pushed))
			pushed++
		}
		for range 1 + round%5 {
			e, ok := h.take()
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
			if e, _ := h.take(); e.visit.N != taken {
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

// Who is taken is told when the slots were last all in use by others.
func TestHandoverCap(t *testing.T) {
	const ms = time.Millisecond
	h := newHandover(2)
	take := func(want time.Duration) {
		t.Helper()
		h.push(numbered(0))
		if e, ok := h.take(); !ok || e.lastFull != want {
			t.Errorf("taken %v, last full at %v, want %v", ok, e.lastFull, want)
		}
	}
	take(never)
	take(never) // takes the last slot, which was free
	h.done(5 * ms)
	take(5 * ms)
	h.done(9 * ms)
	h.done(7 * ms) // one of two in use: no change
	take(9 * ms)
	h.done(20 * ms)
	take(9 * ms)
	if _, inFlight, lastDone := h.state(); inFlight != 1 || lastDone != 20*ms {
		t.Errorf("%d in flight, last done at %v", inFlight, lastDone)
	}
}

func TestHandoverClosed(t *testing.T) {
	h := newHandover(2)
	h.push(numbered(1))
	h.push(numbered(2))
	if !h.open() {
		t.Error("closed from the start")
	}
	if _, ok := h.take(); !ok {
		t.Error("nothing to take")
	}
	h.close()
	if e, ok := h.take(); ok || h.open() {
		t.Errorf("took %d after the end", e.visit.N)
	}
	if left := h.left(); len(left) != 1 || left[0].visit.N != 2 {
		t.Errorf("left: %v", left)
	}
}
