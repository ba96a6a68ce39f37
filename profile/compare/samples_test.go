package compare

import (
	"math"
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// uOf counts the pairs in which head is the larger one; a tie is half of one.
func uOf(base, head []float64) float64 {
	u := 0.0
	for _, b := range base {
		for _, h := range head {
			switch {
			case h > b:
				u++
			case h == b:
				u += 0.5
			}
		}
	}
	return u
}

// enumerated is the p-value of the Mann-Whitney test by its definition: of all the ways to deal the values to the two
// sides, the share of those whose U lies as far on its side of the middle, doubled; in the middle itself it
// is 1.
func enumerated(base, head []float64) float64 {
	all := append(slices.Clone(base), head...)
	u := uOf(base, head)
	middle := float64(len(base)*len(head)) / 2
	if u == middle {
		return 1
	}
	var tail, total float64
	for mask := range 1 << len(all) {
		if bits.OnesCount(uint(mask)) != len(head) {
			continue
		}
		var b, h []float64
		for i, x := range all {
			if mask>>i&1 == 1 {
				h = append(h, x)
			} else {
				b = append(b, x)
			}
		}
		total++
		if v := uOf(b, h); u < middle && v <= u || u > middle && v >= u {
			tail++
		}
	}
	return min(2*tail/total, 1)
}

func dealt(spread int) *rapid.Generator[[]float64] {
	return rapid.SliceOfN(rapid.Map(rapid.IntRange(0, spread), func(n int) float64 { return float64(n) }), 1, 6)
}

func TestPValueIsThatOfEveryDeal(t *testing.T) {
	e := newExam(0.05)
	rapid.Check(t, func(t *rapid.T) {
		spread := rapid.SampledFrom([]int{4, 1_000_000}).Draw(t, "spread")
		base, head := dealt(spread).Draw(t, "base"), dealt(spread).Draw(t, "head")
		got, want := e.shift(base, head).p, enumerated(base, head)
		if math.Abs(got-want) > 1e-9 {
			t.Fatalf("p = %v, every deal says %v", got, want)
		}
	})
}

// Both ways round the same is found, and what is added to head is added to the shift.
func TestShiftIsSymmetricAndMovesWithTheHead(t *testing.T) {
	e := newExam(0.05)
	near := func(a, b float64) bool { return a == b || math.Abs(a-b) <= 1e-9*math.Max(1, math.Abs(a)) }
	rapid.Check(t, func(t *rapid.T) {
		base, head := dealt(50).Draw(t, "base"), dealt(50).Draw(t, "head")
		a, b := e.shift(base, head), e.shift(head, base)
		if !near(a.p, b.p) || !near(a.center, -b.center) || !near(a.low, -b.high) || !near(a.high, -b.low) {
			t.Fatalf("%+v, the other way round %+v", a, b)
		}
		moved := slices.Clone(head)
		by := float64(rapid.IntRange(-100, 100).Draw(t, "by"))
		for i := range moved {
			moved[i] += by
		}
		if m := e.shift(base, moved); !near(m.center, a.center+by) || !near(m.low, a.low+by) || !near(m.high, a.high+by) {
			t.Fatalf("%+v, moved by %v %+v", a, by, m)
		}
		if !(a.low <= a.center && a.center <= a.high) {
			t.Fatalf("%+v", a)
		}
	})
}

// The interval holds the shifts that the test does not refuse, and no others: it is tried at every point between two
// differences.
func TestIntervalIsTheTestTurnedRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := newExam(rapid.SampledFrom([]float64{0.01, 0.05, 0.2, 0.5}).Draw(t, "alpha"))
		distinct := rapid.SliceOfNDistinct(rapid.IntRange(0, 1_000_000_000), 4, 10, rapid.ID[int]).Draw(t, "values")
		cut := rapid.IntRange(1, len(distinct)-1).Draw(t, "cut")
		var base, head []float64
		for i, n := range distinct {
			// Square roots of different numbers: no two differences are the same.
			if x := math.Sqrt(float64(n)); i < cut {
				base = append(base, x)
			} else {
				head = append(head, x)
			}
		}
		s := e.shift(base, head)
		var differences []float64
		for _, b := range base {
			for _, h := range head {
				differences = append(differences, h-b)
			}
		}
		slices.Sort(differences)
		points := []float64{differences[0] - 1, differences[len(differences)-1] + 1}
		for i := 1; i < len(differences); i++ {
			if differences[i]-differences[i-1] < 1e-6 {
				return
			}
			points = append(points, (differences[i]+differences[i-1])/2)
		}
		for _, by := range points {
			moved := slices.Clone(head)
			for i := range moved {
				moved[i] -= by
			}
			if refused, inside := enumerated(base, moved) <= e.alpha, s.low < by && by < s.high; refused == inside {
				t.Fatalf("a shift of %v: refused %v, inside [%v, %v] %v", by, refused, s.low, s.high, inside)
			}
		}
	})
}

func TestDistributionOfU(t *testing.T) {
	for m := 1; m <= 6; m++ {
		for n := 1; n <= 6; n++ {
			// By the ranks of all: a side of m is any m of the m+n.
			want, total := make([]float64, m*n+1), 0.0
			for mask := range 1 << (m + n) {
				if bits.OnesCount(uint(mask)) != m {
					continue
				}
				u, below := 0, 0
				for i := range m + n {
					if mask>>i&1 == 1 {
						u += below
					} else {
						below++
					}
				}
				want[u]++
				total++
			}
			for u, got := range distributionOfU(m, n) {
				if math.Abs(got-want[u]/total) > 1e-12 {
					t.Errorf("%d, %d: P(U=%d) = %v, want %v", m, n, u, got, want[u]/total)
				}
			}
		}
	}
	// Of large samples the sum stays 1, and the normal distribution comes close to the exact one.
	sum := 0.0
	for _, p := range distributionOfU(50, 50) {
		sum += p
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("the sum is %v", sum)
	}
	e := newExam(0.05)
	exact, normal := e.improbable(50, 50), e.improbable(51, 51)
	if exact != 966 || normal < exact || normal > exact+60 {
		t.Errorf("%d and %d", exact, normal)
	}
}

// What the tables say (Hollander and Wolfe, table A.6; the rest follows from 2/C(2n, n)).
func TestFewest(t *testing.T) {
	for alpha, want := range map[float64]int{0.05: 4, 0.01: 5, 0.1: 3, 0.2: 3, 0.5: 2, 0.001: 7} {
		if got := newExam(alpha).fewest(); got != want {
			t.Errorf("alpha %v: %d, want %d", alpha, got, want)
		}
	}
	e := newExam(0.05)
	if e.enough(3, 4) || !e.enough(3, 5) || e.enough(2, 7) || !e.enough(2, 8) || e.enough(1, 38) || !e.enough(1, 39) {
		t.Error("unequal numbers")
	}
	if c := e.improbable(10, 10); c != 24 { // critical value 23
		t.Errorf("10 and 10: %d", c)
	}
}

func TestCorrelation(t *testing.T) {
	up := make([]float64, 100)
	flip := make([]float64, 100)
	for i := range up {
		up[i], flip[i] = float64(i*i), float64(i%2)
	}
	if r := correlation(up); r < 0.95 {
		t.Errorf("rising: %v", r)
	}
	if r := correlation(flip); r > -0.95 {
		t.Errorf("to and fro: %v", r)
	}
	if r := correlation([]float64{3, 3, 3}); r != 0 {
		t.Errorf("constant: %v", r)
	}
	// By hand: ranks 1.5 3 1.5 4, around 2.5: -1 .5 -1 1.5; products -.5 -.5 -1.5 by 1+.25+1+2.25.
	if r := correlation([]float64{5, 6, 5, 9}); math.Abs(r+2.5/4.5) > 1e-12 {
		t.Errorf("%v", r)
	}
}
