package profile

import (
	"math"
	"time"

	"github.com/loadx/loadx/profile/uv"
)

// A Step is a bucket of a rolled calendar beside what it added to all before it.
type Step struct {
	Bucket
	// UV is the number of distinct visitors of the bucket.
	UV Estimate
	// New is the number of its visitors who were in no earlier bucket: |union up to it| − |union before it|.
	New Estimate
	// Total is the number of distinct visitors up to the end of the bucket.
	Total Estimate
}

// Steps returns what [Calendar.Roll] does, with the visitors who were new in each bucket.
//
// While the union is counted exactly New is exact. Of two sketches, one of which holds the other, the difference is
// estimated with a variance of c²·(after² − before²), where c is the relative standard error of one: that of a sum of
// uncorrelated increments, as counting along a stream makes them (Ting: Streamed approximate counting of distinct
// elements, KDD 2014, section 4). The interval is 1.96 times its root to either side, and never below 0 or above the
// bucket's own visitors.
func (c *Calendar) Steps(unit Unit) []Step {
	buckets := c.Roll(unit)
	steps := make([]Step, len(buckets))
	union := c.limits.rangeCounter()
	before := uv.ExactEstimate(0)
	for i, b := range buckets {
		if err := union.Absorb(b.Visitors); err != nil {
			panic("BUG: calendar: " + err.Error()) // counters of one making always merge
		}
		after := union.Estimate()
		steps[i] = Step{Bucket: b, UV: b.Visitors.Estimate().AtMost(b.PageViews), Total: after}
		steps[i].New = increase(before, after, steps[i].UV)
		before = after
	}
	return steps
}

// increase is after − before, of which before is a part, and at most as many as came.
func increase(before, after, came Estimate) Estimate {
	n := after.Value - min(before.Value, after.Value)
	if after.Exact {
		return uv.ExactEstimate(n)
	}
	half := func(e Estimate) float64 { return float64(e.High-e.Low) / 2 }
	variance := half(after) * half(after)
	if !before.Exact {
		variance -= half(before) * half(before)
	}
	margin := math.Ceil(math.Sqrt(max(variance, 0)))
	n = min(n, came.High)
	return Estimate{
		Value: n,
		Low:   uint64(max(float64(n)-margin, 0)),
		High:  max(min(uint64(float64(n)+margin), came.High), n),
	}
}

// Fitting returns the unit that shows the calendar in a readable number of buckets: minutes for up to two hours, hours
// for up to two days, days for up to three months, then months. It is never finer than the calendar.
func (c *Calendar) Fitting() Unit {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for start := range c.buckets {
		first, last = min(first, start), max(last, start)
	}
	unit := Month
	switch span := time.Duration(max(last-first, 0)) * time.Second; {
	case last < first || last-first > 93*86400:
	case span <= 2*time.Hour:
		unit = Minute
	case span <= 48*time.Hour:
		unit = Hour
	default:
		unit = Day
	}
	return max(unit, c.unit)
}
