package attack

import (
	"math"

	"github.com/loadx/loadx/scenarios/traffic"
)

// A Search finds the highest rate that a target holds, by trying: it doubles the rate while it holds, quarters it while
// not even the first one does, and then halves the gap between the best and the worst known, on a logarithmic scale,
// until that is narrow enough. It assumes that a target which does not hold a rate holds no higher one. The zero Search
// is not valid; it is not safe for concurrent use.
type Search struct {
	// Start is the first rate tried, Most the highest one that may be; both above 0.
	Start, Most traffic.Rate
	// Precision is how narrow the gap is to be, as a share of the rate held: 0.05 for 5 %.
	Precision float64
	// Steps is how many rates are tried at most.
	Steps int

	best, worst traffic.Rate // 0 for none yet
	tried       int
}

// least is the lowest rate that is tried: below it a step has no traffic to judge.
const least traffic.Rate = 1

// Next returns the rate to try; ok is false when the search is over.
func (s *Search) Next() (rate traffic.Rate, ok bool) {
	switch {
	case s.tried >= s.Steps:
		return 0, false
	case s.best == 0 && s.worst == 0:
		rate = max(min(s.Start, s.Most), least)
	case s.worst == 0 && s.best >= s.Most, s.best == 0 && s.worst <= least:
		return 0, false
	case s.worst == 0:
		rate = min(2*s.best, s.Most)
	case s.best == 0:
		rate = max(roundRate(s.worst/4), least)
	default:
		rate = roundRate(traffic.Rate(math.Sqrt(float64(s.best) * float64(s.worst))))
		if float64(s.worst) <= float64(s.best)*(1+s.Precision) || rate <= s.best || rate >= s.worst {
			return 0, false
		}
	}
	return rate, true
}

// Tried tells whether the rate was held.
func (s *Search) Tried(rate traffic.Rate, held bool) {
	s.tried++
	if held {
		s.best = max(s.best, rate)
	} else if s.worst == 0 || rate < s.worst {
		s.worst = rate
	}
}

// Best returns the highest rate that was held and the lowest one that was not, each 0 if there is none.
func (s *Search) Best() (held, failed traffic.Rate) { return s.best, s.worst }

// roundRate rounds to three significant digits: more, no step of some seconds can tell apart.
func roundRate(r traffic.Rate) traffic.Rate {
	unit := traffic.Rate(1)
	for r/unit >= 1000 {
		unit *= 10
	}
	return traffic.Rate(math.Round(float64(r/unit))) * unit
}
