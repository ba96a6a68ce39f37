package traffic

import "math/bits"

// user returns who makes hit n, and whether it is the one that introduces (or,
// under Mixed, guarantees) that user.
func (p *Plan) user(n uint64) (uint64, bool) {
	if p.spec.Order == Mixed {
		place := p.order.of(n)
		if place < p.uv {
			return place, true
		}
		return p.mixedRepeat(n, place), false
	}
	known, isNew := p.known(n)
	if isNew {
		return known - 1, true
	}
	return p.pacedRepeat(n, known), false
}

// known returns ⌈(n+1)·uv/pv⌉ and whether hit n raised it.
func (p *Plan) known(n uint64) (uint64, bool) {
	hi, lo := bits.Mul64(n+1, p.uv)
	lo, carry := bits.Add64(lo, p.pv-1, 0)
	q, r := bits.Div64(hi+carry, lo, p.pv)
	return q, r < p.uv
}

// pacedRepeat draws a returning user from [0, known).
func (p *Plan) pacedRepeat(n, known uint64) uint64 {
	switch p.spec.Law.Kind {
	case Zipf:
		return p.zipf.draw(p.draw, n, known, p.zipf.integral(float64(known)+0.5)) - 1
	case Geometric:
		return below(p.draw.at(n, 0), known)
	default:
		return p.evenRepeat(n, known-1)
	}
}

// cohorts is the number of cohorts that Even divides the users into.
const cohorts = 32

// evenRepeat returns who makes the repeat n while newest is the last user
// introduced. Users are introduced in cohorts of equal size, and while one is
// being introduced all repeats go in turn to the one before, as many to each
// user. The first cohort has none before it: there the same is done with cohorts
// of a smaller size, down to one user.
func (p *Plan) evenRepeat(n, newest uint64) uint64 {
	size := max(p.uv/cohorts, 1)
	for size > newest && size > 1 {
		size = max(size/cohorts, 1)
	}
	start := newest / size * size // first user of the cohort
	if start == 0 {
		return 0
	}
	introduced := mulDiv(start, p.pv, p.uv) // the hit that introduces it
	repeats := n - introduced - (newest - start) - 1
	return start - size + repeats%size
}

// mixedRepeat draws a returning user from all of [0, uv) for the hit whose
// place in the random order is given.
func (p *Plan) mixedRepeat(n, place uint64) uint64 {
	switch p.spec.Law.Kind {
	case Zipf:
		return p.zipf.draw(p.draw, n, p.uv, p.zipf.all) - 1
	case Geometric:
		// 1 − e^−x with x ~ Gamma(2) is 1 − u·v with u and v uniform.
		product, _ := bits.Mul64(p.draw.at(n, 0), p.draw.at(n, 1))
		return below(^product, p.uv)
	default:
		return place % p.uv
	}
}

// zipf draws k from [1, n] with probability ∝ 1/k^s in constant time, by
// rejection-inversion (Hörmann and Derflinger, "Rejection-Inversion to Generate
// Variates from Monotone Discrete Distributions", ACM TOMACS 6(3), 1996).
type zipf struct {
	s     float64
	first float64 // integral(3/2) − 1: where k = 1 starts
	sure  float64 // x this close below k needs no further test
	all   float64 // integral(uv + 1/2)
}

func newZipf(s float64, n uint64) zipf {
	z := zipf{s: s}
	z.first = z.integral(1.5) - 1
	z.sure = 2 - z.inverse(z.integral(2.5)-exp(-float64(s*log(2))))
	z.all = z.integral(float64(n) + 0.5)
	return z
}

// integral returns ∫ t^−s dt from 1 to x: ln x at s = 1, and without
// cancellation near it.
func (z *zipf) integral(x float64) float64 {
	l := log(x)
	return float64(expRatio(float64((1-z.s)*l)) * l)
}

// inverse returns the x with integral(x) = y.
func (z *zipf) inverse(y float64) float64 {
	return exp(float64(logRatio(max(float64((1-z.s)*y), -1)) * y))
}

// draw returns the user, counted from 1, of hit hit among n users; last is
// integral(n + 1/2).
func (z *zipf) draw(s stream, hit, n uint64, last float64) uint64 {
	for i := uint64(0); ; i++ {
		y := last + float64(unit(s.at(hit, i))*(z.first-last))
		x := z.inverse(y)
		k := uint64(1)
		if x >= float64(n) {
			k = n
		} else if x > 1 {
			k = min(uint64(x+0.5), n)
		}
		kf := float64(k)
		if kf-x <= z.sure || y >= z.integral(kf+0.5)-exp(-float64(z.s*log(kf))) {
			return k
		}
	}
}
