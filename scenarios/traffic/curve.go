package traffic

import (
	"math"
	"math/bits"
	"sort"
)

// A curve is a rate over time and its integral, in a unit of its own: only the
// integral's share of the total matters, which the plan scales to pv hits.
// Times are in nanoseconds from the start.
type curve interface {
	// rate returns the rate at t, from the right.
	rate(t int64) float64
	// integral returns the integral of the rate over [0, t], to a few units in
	// the last place of the total.
	integral(t int64) float64
	// guess returns about the time at which the integral is y.
	guess(y float64) float64
}

// steady is the rate 1.
type steady struct{}

func (steady) rate(int64) float64       { return 1 }
func (steady) integral(t int64) float64 { return float64(t) }
func (steady) guess(y float64) float64  { return y }

// segment is a rate that goes linearly from one value to the other. Rates are
// in hits per second and the integral is in hits per second × nanoseconds, so
// that whole rates and durations give integrals without rounding.
type segment struct {
	start, length int64
	before        float64 // integral up to start
	from, to      float64
}

func (s *segment) total() float64 { return float64((s.from + s.to) / 2 * float64(s.length)) }

// piecewise is a row of segments without gaps.
type piecewise []segment

// at returns the segment that holds t; the last one for a t at or after the end.
func (p piecewise) at(t int64) *segment {
	i := sort.Search(len(p), func(i int) bool { return p[i].start > t })
	return &p[max(i-1, 0)]
}

func (p piecewise) rate(t int64) float64 {
	s := p.at(t)
	share := float64(t-s.start) / float64(s.length)
	return s.from + float64((s.to-s.from)*share)
}

func (p piecewise) integral(t int64) float64 {
	s := p.at(t)
	d := float64(t - s.start)
	if t-s.start >= s.length {
		return s.before + s.total()
	}
	slope := (s.to - s.from) / float64(2*float64(s.length))
	return s.before + float64(float64(s.from+float64(slope*d))*d)
}

func (p piecewise) guess(y float64) float64 {
	i := sort.Search(len(p), func(i int) bool { return p[i].before > y })
	s := &p[max(i-1, 0)]
	y -= s.before
	// The root of from·d + (to−from)/(2·length)·d² = y in the form that does
	// not cancel.
	slope := (s.to - s.from) / float64(s.length)
	root := s.from + math.Sqrt(max(float64(s.from*s.from)+float64(2*float64(slope*y)), 0))
	if root <= 0 {
		return float64(s.start)
	}
	return float64(s.start) + float64(2*y)/root
}

// sine is the rate 1 + amplitude·sin(2πt/period). Its integral is
// t + amplitude·period/π·sin²(πt/period), a form without cancellation.
type sine struct {
	period    int64
	amplitude float64
	swing     float64 // amplitude·period/π
}

func newSine(s Sine) sine {
	return sine{int64(s.Period), s.Amplitude, float64(s.Amplitude*float64(s.Period)) / math.Pi}
}

// phase returns t as a share of the period it lies in.
func (s sine) phase(t int64) float64 { return float64(t%s.period) / float64(s.period) }

func (s sine) rate(t int64) float64 {
	half := s.phase(t)
	return 1 + float64(2*s.amplitude*sinPi(half)*cosPi(half))
}

func (s sine) integral(t int64) float64 {
	v := sinPi(s.phase(t))
	return float64(t) + float64(s.swing*float64(v*v))
}

// guess runs Newton's method, kept inside a bracket that every step narrows.
func (s sine) guess(y float64) float64 {
	whole := math.Floor(y / float64(s.period))
	start := float64(whole * float64(s.period))
	y = max(y-start, 0)
	low, high := max(y-s.swing, 0), min(y, float64(s.period))
	t := (low + high) / 2
	for range 60 {
		x := t / float64(s.period)
		v := sinPi(x)
		miss := t + float64(s.swing*float64(v*v)) - y
		if miss < 0 {
			low = t
		} else {
			high = t
		}
		slope := 1 + float64(2*s.amplitude*v*cosPi(x))
		next := t - miss/slope
		if !(next > low && next < high) {
			next = (low + high) / 2
		}
		if math.Abs(next-t) < 0.25 {
			return start + next
		}
		t = next
	}
	return start + t
}

// invert returns the last nanosecond in [0, end) at which the integral is at
// most y, for y in [0, total] where total is the integral up to end.
//
// The answer is defined as the end of a bisection over the fixed dyadic grid of
// nanoseconds, in which a node goes right when the computed integral there is at
// most y. So it never decreases in y, whatever the rounding of the integral.
// Most of that path is known without walking it: the guess gives a bracket, and
// integrals at its ends that differ from y by more than the rounding decide all
// nodes outside.
func invert(c curve, y, total float64, end int64) int64 {
	slack := float64(total * (1.0 / (1 << 46)))
	guess := int64(min(max(c.guess(y), 0), float64(end-1)))
	guess = min(guess, end-1) // float64(end-1) may have been rounded up
	low, high := int64(0), end
	for width := int64(1); width < end; width *= 16 {
		if l := guess - width; low == 0 && l > 0 && c.integral(l) < y-slack {
			low = l
		}
		if h := guess + width; high == end && h > 0 && h < end && c.integral(h) > y+slack {
			high = h
		}
		if (low > 0 || guess-width <= 0) && (high < end || guess+width >= end) || width > math.MaxInt64/16 {
			break
		}
	}
	k := bits.Len64(uint64(low ^ high))
	t := high &^ (1<<k - 1)
	for k > 0 {
		k--
		mid := t | 1<<k
		if mid <= low || mid < high && c.integral(mid) <= y {
			t = mid
		}
	}
	return t
}
