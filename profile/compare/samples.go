package compare

import (
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

// A shift is by how much head's values lie above base's.
type shift struct {
	// p is the two-sided p-value of the Mann-Whitney U test: how often samples of one and the same distribution would be
	// this far apart.
	p float64
	// center is the Hodges-Lehmann estimate, the median of all differences between a head and a base value. low and high
	// are its interval, infinite where there are too few values for one.
	center, low, high float64
}

// An exam tests samples at one level. It remembers what depends on the numbers of values alone.
type exam struct {
	alpha  float64
	cutoff map[[2]int]int
}

func newExam(alpha float64) *exam { return &exam{alpha: alpha, cutoff: map[[2]int]int{}} }

// shift compares two samples, neither of them empty. The interval is the inversion of the test (Hollander, Wolfe and
// Chicken, Nonparametric Statistical Methods, 3rd ed., section 4.3): with c values of U improbable at each end, it reaches from
// the c-th smallest to the c-th largest difference.
func (e *exam) shift(base, head []float64) shift {
	s := shift{p: e.probability(base, head), low: math.Inf(-1), high: math.Inf(1)}
	differences := make([]float64, 0, len(base)*len(head))
	for _, b := range base {
		for _, h := range head {
			differences = append(differences, h-b)
		}
	}
	slices.Sort(differences)
	n := len(differences)
	s.center = (differences[(n-1)/2] + differences[n/2]) / 2
	if c := e.improbable(len(base), len(head)); c > 0 {
		s.low, s.high = differences[c-1], differences[n-c]
	}
	return s
}

// probability is the p-value: twice the probability of a U at least as far on the side on which U lies, at most 1.
//
// Where values are equal the distribution of U is not symmetric, and benchmath takes the tail of its first sample by the
// smaller U of the two: it is right if that is the first sample's own. So the first is the one that has it.
func (e *exam) probability(base, head []float64) float64 {
	var above float64 // of U: the pairs in which head is the larger one, less those in which base is
	for _, b := range base {
		for _, h := range head {
			above += sign(h - b)
		}
	}
	if above < 0 {
		base, head = head, base
	}
	thresholds := benchmath.DefaultThresholds
	thresholds.CompareAlpha = e.alpha
	sample := func(x []float64) *benchmath.Sample { return benchmath.NewSample(slices.Clone(x), &thresholds) }
	return min(benchmath.AssumeNothing.Compare(sample(base), sample(head)).P, 1)
}

func sign(x float64) float64 {
	switch {
	case x < 0:
		return -1
	case x > 0:
		return 1
	}
	return 0
}

// exactly is up to how many values a side the distribution of U is computed; beyond, the normal one stands for it.
const exactly = 50

// improbable is the largest c for which fewer than c of U have a probability of at most alpha/2 without a shift.
func (e *exam) improbable(m, n int) int {
	key := [2]int{m, n}
	if c, ok := e.cutoff[key]; ok {
		return c
	}
	c := 0
	if m <= exactly && n <= exactly {
		all, sum := distributionOfU(m, n), 0.0
		for c < len(all) && e.significant(2*(sum+all[c])) {
			sum += all[c]
			c++
		}
	} else {
		mean, deviation := float64(m*n)/2, math.Sqrt(float64(m)*float64(n)*float64(m+n+1)/12)
		c = max(int(math.Floor(mean-deviation*math.Sqrt2*math.Erfinv(1-e.alpha))), 0)
	}
	e.cutoff[key] = c
	return c
}

// significant says whether a p-value is at most alpha, or as little above as the sum of its fractions may err.
func (e *exam) significant(p float64) bool { return p <= e.alpha*(1+1e-9) }

// enough says whether so many values could be told apart at all: whether the most different samples differ significantly.
func (e *exam) enough(m, n int) bool { return e.improbable(m, n) > 0 }

// fewest is how many values a side it takes at least.
func (e *exam) fewest() int {
	n := 1
	for !e.enough(n, n) {
		n++
	}
	return n
}

// distributionOfU is the probability of each value of U from 0 to m·n without a shift and without ties (Mann and Whitney, On a
// Test of Whether one of Two Random Variables is Stochastically Larger than the Other, 1947, section 3): the largest of all values
// is one of either side.
func distributionOfU(m, n int) []float64 {
	ways := make([][]float64, n+1) // by the number of values of the second side, for a growing number of the first
	for j := range ways {
		ways[j] = make([]float64, m*n+1)
		ways[j][0] = 1
	}
	for i := 1; i <= m; i++ {
		for j := 1; j <= n; j++ {
			now := make([]float64, m*n+1)
			for u := 0; u <= i*j; u++ {
				now[u] = ways[j-1][u]
				if u >= j {
					now[u] += ways[j][u-j]
				}
			}
			ways[j] = now
		}
	}
	total := 0.0
	for _, w := range ways[n] {
		total += w
	}
	for u := range ways[n] {
		ways[n][u] /= total
	}
	return ways[n]
}

// correlation is how much each value of a series is like the one before it: the autocorrelation of their ranks at lag 1,
// from −1 to 1; 0 where all values are the same.
func correlation(series []float64) float64 {
	rank := ranks(series)
	mean := float64(len(series)+1) / 2
	var of, with float64
	for i, r := range rank {
		of += (r - mean) * (r - mean)
		if i > 0 {
			with += (r - mean) * (rank[i-1] - mean)
		}
	}
	if of == 0 {
		return 0
	}
	return with / of
}

// ranks are the places of values in their order, from 1; equal ones share the mean of theirs.
func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case x[a] < x[b]:
			return -1
		case x[a] > x[b]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(x))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && x[order[j]] == x[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			out[order[k]] = float64(i+1+j) / 2
		}
		i = j
	}
	return out
}

// center is the median and its interval at a level, infinite where there are too few values for one.
func center(x []float64, level float64) (median, low, high float64) {
	s := benchmath.AssumeNothing.Summary(benchmath.NewSample(slices.Clone(x), &benchmath.DefaultThresholds), level)
	return s.Center, s.Lo, s.Hi
}
