package traffic

import "math"

// The functions here are made of +, −, ×, ÷ and bit operations only, all of
// which IEEE 754 defines to the last bit, where package math has assembly on
// some architectures. Each product that is added to something is converted to
// float64, which keeps the compiler from fusing the two into one rounding.

const (
	ln2Hi = 6.93147180369123816490e-01 // the high 33 bits of ln 2
	ln2Lo = 1.90821492927058770002e-10 // the rest
)

// log returns the natural logarithm of a finite x > 0, to 1 ulp. It is −∞ for 0.
// The method is that of FreeBSD's msun, e_log.c.
func log(x float64) float64 {
	if x <= 0 {
		return math.Inf(-1)
	}
	scaled := 0
	if x < 0x1p-1022 {
		x = float64(x * 0x1p54)
		scaled = -54
	}
	b := math.Float64bits(x)
	e := int(b>>52) - 1022 + scaled
	f := math.Float64frombits(b&(1<<52-1) | 1022<<52) // in [1/2, 1)
	if f < math.Sqrt2/2 {
		f = float64(f * 2)
		e--
	}
	f--
	k := float64(e)
	s := f / (2 + f)
	s2 := float64(s * s)
	s4 := float64(s2 * s2)
	odd := float64(s2 * polynomial(s4, 6.666666666666735130e-01, 2.857142874366239149e-01, 1.818357216161805012e-01, 1.479819860511658591e-01))
	even := float64(s4 * polynomial3(s4, 3.999999999940941908e-01, 2.222219843214978396e-01, 1.531383769920937332e-01))
	half := float64(0.5 * float64(f*f))
	return float64(k*ln2Hi) - ((half - (float64(s*(half+(odd+even))) + float64(k*ln2Lo))) - f)
}

func polynomial3(x, a, b, c float64) float64 {
	return a + float64(x*(b+float64(x*c)))
}

func polynomial(x, a, b, c, d float64) float64 {
	return a + float64(x*polynomial3(x, b, c, d))
}

// exp returns e^x to 1 ulp, by the method of FreeBSD's msun, e_exp.c. It is 0
// below −708, where the result would lose digits, and +∞ above 709.
func exp(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > 709:
		return math.Inf(1)
	case x < -708:
		return 0
	}
	k := int(float64(x*(1/math.Ln2)) + 0.5)
	if x < 0 {
		k = int(float64(x*(1/math.Ln2)) - 0.5)
	}
	hi := x - float64(float64(k)*ln2Hi)
	lo := float64(float64(k) * ln2Lo)
	r := hi - lo
	t := float64(r * r)
	c := r - float64(t*(1.66666666666666657415e-01+float64(t*polynomial(t, -2.77777777770155933842e-03, 6.61375632143793436117e-05, -1.65339022054652515390e-06, 4.13813679705723846039e-08))))
	y := 1 - ((lo - float64(r*c)/(2-c)) - hi)
	return float64(y * math.Float64frombits(uint64(k+1023)<<52))
}

// logRatio returns ln(1+x)/x for x ≥ −1, and 1 at 0. The quotient forgives
// the rounding of 1+x (Higham, "Accuracy and Stability of Numerical Algorithms",
// 2nd ed., section 1.14.1).
func logRatio(x float64) float64 {
	u := 1 + x
	if u == 1 {
		return 1
	}
	return log(u) / (u - 1)
}

// expRatio returns (e^x − 1)/x, and 1 at 0, by the same trick.
func expRatio(x float64) float64 {
	u := exp(x)
	switch {
	case u == 1:
		return 1
	case x > 1 || x < -1:
		return (u - 1) / x
	}
	return (u - 1) / log(u)
}

// sinPi returns sin(πx) for x in [0, 1], to a relative error of 2^-50, also
// next to 0 and 1.
func sinPi(x float64) float64 {
	if x > 0.5 {
		x = 1 - x
	}
	if x > 0.25 {
		return cosSeries(float64(math.Pi * (0.5 - x)))
	}
	return sinSeries(float64(math.Pi * x))
}

// cosPi returns cos(πx) for x in [0, 1], to a relative error of 2^-50.
func cosPi(x float64) float64 {
	if x > 0.5 {
		return -cosPi(1 - x)
	}
	if x > 0.25 {
		return sinSeries(float64(math.Pi * (0.5 - x)))
	}
	return cosSeries(float64(math.Pi * x))
}

// sinSeries is the Taylor series on [0, π/4]; the first term left out is
// below 2^-57 of the result.
func sinSeries(z float64) float64 {
	t := float64(z * z)
	p := polynomial(t, -1.0/6, 1.0/120, -1.0/5040, 1.0/362880)
	q := polynomial3(t, -1.0/39916800, 1.0/6227020800, -1.0/1307674368000)
	t4 := float64(float64(t*t) * float64(t*t))
	return z + float64(float64(z*t)*(p+float64(t4*q)))
}

// cosSeries is the Taylor series on [0, π/4]; the first term left out is below
// 2^-57 of the result.
func cosSeries(z float64) float64 {
	t := float64(z * z)
	p := polynomial(t, -1.0/2, 1.0/24, -1.0/720, 1.0/40320)
	q := polynomial(t, -1.0/3628800, 1.0/479001600, -1.0/87178291200, 1.0/20922789888000)
	t4 := float64(float64(t*t) * float64(t*t))
	return 1 + float64(t*(p+float64(t4*q)))
}
