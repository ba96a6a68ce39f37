package traffic

import "time"

// Visit is one page view of a plan.
type Visit struct {
	N    uint64        // its number, in [0, PV)
	Due  time.Duration // from the start of the run, in [0, Duration)
	User uint64        // who makes it, in [0, UV); under Paced users count in the order of their first view
	ID   uint64        // the user under a keyed permutation of [0, UV), in which neighbours are unrelated
	// New is set for exactly one view of each user. Under Paced it is the
	// user's first; under Mixed it is the one that guarantees that the user
	// appears, which may come after a repeat.
	New bool
}

// Plan is a compiled [Spec]: a pure function from the number of a hit to the
// hit. It is immutable and safe for use by many goroutines. Its size does not
// depend on PV or UV.
type Plan struct {
	pv, uv   uint64
	duration int64 // ns
	spec     Spec  // as asked for

	arrivals stream
	curve    curve   // of the rate over time
	total    float64 // the curve's integral over the duration
	scale    float64
	steady   bool // the curve is flat: due times are integer arithmetic

	ids   permutation // of [0, uv)
	order permutation // of [0, pv), for Mixed
	draw  stream      // of repeats
	zipf  zipf
}

// PV returns the number of page views.
func (p *Plan) PV() uint64 { return p.pv }

// UV returns the number of distinct users who make them.
func (p *Plan) UV() uint64 { return p.uv }

// Duration returns the length of the schedule. Every hit is due before it.
func (p *Plan) Duration() time.Duration { return time.Duration(p.duration) }

// Shard returns the shard that the spec asked for, with a Count of at least 1.
func (p *Plan) Shard() Shard { return p.spec.Shard.whole() }

// Scale returns what the rates asked for were multiplied by to give exactly PV
// hits in whole nanoseconds: 1 where no rate was asked for, and next to 1 where
// rates and PV agree.
func (p *Plan) Scale() float64 { return p.scale }

// Rate returns the rate at t after the start, scaled so that its integral over
// the schedule is PV. It is 0 outside the schedule.
func (p *Plan) Rate(t time.Duration) Rate {
	if t < 0 || int64(t) >= p.duration {
		return 0
	}
	unit := float64(float64(p.pv) / p.total * second)
	return Rate(max(float64(p.curve.rate(int64(t))*unit), 0))
}

// Known returns how many users the hits 0 to n have introduced. Under Paced the
// number is exact. Under Mixed it is the number of users whose New view is
// among them in expectation, which is a lower bound of the expected number seen,
// as repeats may come before.
func (p *Plan) Known(n uint64) uint64 {
	known, _ := p.known(min(n, p.pv-1))
	return known
}

// Visit returns hit n. It panics if n is not below PV. It needs no memory and
// takes constant time, but for Poisson arrivals, which take O(log PV).
func (p *Plan) Visit(n uint64) Visit {
	if n >= p.pv {
		panic("BUG: traffic: visit beyond the plan")
	}
	user, isNew := p.user(n)
	return Visit{N: n, Due: p.due(n), User: user, ID: p.ids.of(user), New: isNew}
}
