package traffic

import (
	"math"
	"math/bits"
	"time"
)

// due returns the due time of hit n.
func (p *Plan) due(n uint64) time.Duration {
	if p.spec.Arrivals == Poisson {
		return p.dueAt(p.arrivals.orderStatistic(n, p.pv))
	}
	if p.steady {
		return time.Duration(mulDiv(n, uint64(p.duration), p.pv))
	}
	return p.dueIntegral(float64(float64(n)*p.total) / float64(p.pv))
}

// dueAt returns the time at which a share of 2^-64·share of the hits is over.
func (p *Plan) dueAt(share uint64) time.Duration {
	if p.steady {
		return time.Duration(below(share, uint64(p.duration)))
	}
	return p.dueIntegral(float64(float64(float64(share)*0x1p-64) * p.total))
}

func (p *Plan) dueIntegral(y float64) time.Duration {
	return time.Duration(invert(p.curve, y, p.total, p.duration))
}

// A Poisson process that is conditioned on m arrivals in an interval puts m
// independent uniform points there, in units of its integrated rate. Point n of
// them in order is found without the others: how many of a cell's points lie in
// its left half is a Binomial(m, 1/2), drawn from a hash of the cell, and given
// that number both halves are uniform again. Cells are numbered as in a heap: 1
// is the whole and 2c and 2c+1 are the halves of c, so that the bits below the
// leading one are the cell's place.

// lastCell is the first cell of the finest level. Points that are still
// together there, 2^-63 of the whole wide, are simultaneous.
const lastCell = 1 << 63

// orderStatistic returns the n-th of m uniform points in order, for n in
// [0, m), as a share of 2^64.
func (s stream) orderStatistic(n, m uint64) uint64 {
	cell := uint64(1)
	for m > 1 && cell < lastCell {
		left := s.leftHalf(cell, m)
		cell <<= 1
		if n < left {
			m = left
		} else {
			n -= left
			m -= left
			cell |= 1
		}
	}
	return s.pointIn(cell)
}

// pointIn returns the place of the only point of a cell.
func (s stream) pointIn(cell uint64) uint64 {
	depth := bits.Len64(cell) - 1
	return (cell-1<<depth)<<(64-depth) | s.at(cell, 0)>>depth
}

// coins is the number of points up to which each one tosses a coin.
const coins = 256

// leftHalf returns how many of a cell's m points lie in its left half:
// Binomial(m, 1/2).
func (s stream) leftHalf(cell, m uint64) uint64 {
	if m > coins {
		return s.binomialHalf(cell, m)
	}
	heads, i := 0, uint64(0)
	for ; m >= 64; m -= 64 {
		heads += bits.OnesCount64(s.at(cell, i))
		i++
	}
	if m > 0 {
		heads += bits.OnesCount64(s.at(cell, i) >> (64 - m))
	}
	return uint64(heads)
}

// binomialHalf draws Binomial(m, 1/2) for m > coins by transformed rejection
// (Hörmann, "The Generation of Binomial Random Variates", J. Stat. Comput.
// Simul. 46, 1993, algorithm BTRS). It works with the deviation from m/2, so
// that it keeps its digits up to m = 2^62. Deviations beyond m/4, less likely
// than 10^-14 at the smallest m, are not drawn.
func (s stream) binomialHalf(cell, m uint64) uint64 {
	mf := float64(m)
	half, odd := m/2, float64(m&1)
	sd := math.Sqrt(mf) / 2
	b := 1.15 + float64(2.53*sd)
	a := float64(0.0248*b) - 0.0823
	quick := 0.92 - 4.2/b
	alpha := float64((2.83 + 5.1/b) * sd)
	for i := uint64(0); ; i += 2 {
		v := unit(s.at(cell, i))
		u := unit(s.at(cell, i+1)) - 0.5
		us := 0.5 - math.Abs(u)
		k := math.Floor(float64(float64(2*a/us+b)*u) + (0.5 + float64(0.5*odd)))
		x := (k + k - odd) / mf // deviation from m/2 over m/2
		if math.Abs(x) > 0.5 {
			continue
		}
		if us >= 0.07 && v <= quick ||
			log(float64(v*alpha)/(a/float64(us*us)+b)) <= logHalf(mf, x)-logHalf(mf, odd/mf) {
			return half + uint64(int64(k))
		}
	}
}

// logHalf returns the logarithm of the probability of (1+x)·m/2 in
// Binomial(m, 1/2), up to a constant, for |x| ≤ 1/2: Stirling's series with the
// powers of m taken out by hand.
func logHalf(m, x float64) float64 {
	x2 := float64(x * x)
	entropy := float64((1+x)*log(1+x)) + float64((1-x)*log(1-x))
	if x2 < 0.01 { // the two nearly cancel; their sum as a series
		entropy = float64(x2 * (polynomial(x2, 1, 1.0/6, 1.0/15, 1.0/28) +
			float64(float64(x2*x2)*float64(x2*x2)*polynomial(x2, 1.0/45, 1.0/66, 1.0/91, 1.0/120))))
	}
	h := m / 2
	return -float64(h*entropy) - float64(0.5*log(1-x2)) - stirling(float64(h*(1+x))) - stirling(float64(h*(1-x)))
}

// stirling returns ln n! − (n·ln n − n + ln(2πn)/2) for n ≥ 64.
func stirling(n float64) float64 {
	n2 := float64(n * n)
	return (1.0/12 - (1.0/360-(1.0/1260)/n2)/n2) / n
}
