// Package compare holds profiles side by side: what an attack sent and what the server's own log saw of it.
//
// It is arithmetic on profiles alone. Every difference is explained by what the profiles say, such as redirect hops and
// hits without a response, or called unexplained; numbers that can't be known are absent and never zero.
package compare

import (
	"strconv"
	"strings"

	"github.com/loadx/loadx/profile"
)

// A Difference is one figure in two profiles, whether or not it differs.
type Difference struct {
	// Metric is the figure's name in the table of metrics, of Base. Some rows have names of their own, which
	// [SentSeen] lists.
	Metric string
	// Base and Head are the figure in the two profiles: sent and seen. A nil one has no data.
	Base, Head *profile.Value
	// Delta is Head − Base in the unit of the values, 0 unless both have data.
	Delta float64
	// Union is, of visitors, how many distinct ones both profiles hold together, nil where it makes no sense.
	Union *profile.Value
	// Agrees says that the two are equal, or differ by no more than the profiles themselves account for. Without data
	// nothing agrees.
	Agrees bool
	// Explanation says why they differ, or that nothing explains it; of equal figures what it is that is equal, if that is
	// worth saying.
	Explanation string
}

// Agree reports whether there are differences at all and every one of them agrees.
func Agree(differences []Difference) bool {
	for _, d := range differences {
		if !d.Agrees {
			return false
		}
	}
	return len(differences) > 0
}

func newDifference(metric string, base, head *profile.Value) Difference {
	d := Difference{Metric: metric, Base: base, Head: head}
	if base != nil && head != nil {
		d.Delta = head.Number - base.Number
	}
	return d
}

func countOf(n uint64) *profile.Value {
	v := profile.Exactly(float64(n), profile.Count)
	return &v
}

// reasons collects the clauses of an explanation.
type reasons []string

func (r *reasons) add(clause string) { *r = append(*r, clause) }

func (r reasons) String() string { return strings.Join(r, "; ") }

// several writes a number of things: 1 hit, 2 hits, 250000 users.
func several(n uint64, one string) string {
	s := strconv.FormatUint(n, 10) + " " + one
	if n != 1 {
		s += "s"
	}
	return s
}

func are(n uint64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func over(a, b uint64) uint64 {
	if a > b {
		return a - b
	}
	return 0
}
