// Package compare holds profiles side by side: what an attack sent and what the server's own log saw of it ([SentSeen]),
// and what was measured before and after a change ([BaseHead]).
//
// It is arithmetic on profiles alone. A difference of sent and seen is explained by what the profiles say, such as redirect
// hops and hits without a response, or called unexplained; one of base and head is judged by a test that says what it
// rests on. Numbers that can't be known are absent and never zero.
package compare

import (
	"strconv"
	"strings"

	"github.com/loadx/loadx/profile"
)

// A Difference is one figure in two profiles, whether or not it differs.
type Difference struct {
	// Metric is the figure's name in the table of metrics, of Base. Some rows of [SentSeen] have names of their own, which
	// it lists. Page is the page that it is of, and Figure the name without the page; both are empty of the whole traffic.
	Metric       string
	Page, Figure string
	// Base and Head are the figure in the two profiles: sent and seen, or before and after. A nil one has no data. Of
	// several runs it is the median, with the 95 % interval of the median where there are runs enough for one.
	Base, Head *profile.Value
	// Delta is Head − Base in the unit of the values, 0 unless both have data.
	Delta float64
	// Union is, of visitors, how many distinct ones both profiles hold together, nil where it makes no sense.
	Union *profile.Value
	// Agrees says that the two are equal, or differ by no more than the profiles themselves account for; of base and head,
	// that the verdict is [Same]. Without data nothing agrees.
	Agrees bool
	// Direction tells which change is for the better. Verdict says what became of the figure, and Test what that rests on;
	// it is nil where there was nothing to test. Of sent and seen all three are empty.
	Direction profile.Direction
	Verdict   Verdict
	Test      *Test
	// Explanation says why they differ, or that nothing explains it; of equal figures what it is that is equal, if that is
	// worth saying; of a verdict, what it lacks.
	Explanation string
}

// Change is Delta as a share of Base; ok is false without data, and where Base is 0.
func (d Difference) Change() (share float64, ok bool) {
	if d.Base == nil || d.Head == nil || d.Base.Number == 0 {
		return 0, false
	}
	return d.Delta / d.Base.Number, true
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
