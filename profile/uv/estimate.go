package uv

import "math"

// An Estimate is a number of distinct visitors and how certain it is.
type Estimate struct {
	// Value is the best single number.
	Value uint64 `json:"estimate"`
	// Low and High enclose the true number: for certain if Exact, else in 95 % of cases. Low ≤ Value ≤ High.
	Low  uint64 `json:"low"`
	High uint64 `json:"high"`
	// Exact says that the three are equal and that nothing was estimated.
	Exact bool `json:"exact"`
}

// ExactEstimate returns n as an estimate that is none.
func ExactEstimate(n uint64) Estimate {
	return Estimate{Value: n, Low: n, High: n, Exact: true}
}

// AtMost returns the estimate with what is known besides: there are no more visitors than n, since each made a hit.
func (e Estimate) AtMost(n uint64) Estimate {
	e.Value, e.Low, e.High = min(e.Value, n), min(e.Low, n), min(e.High, n)
	return e
}

// relativeError returns the half width of the 95 % interval of a HyperLogLog with 2^precision registers, as a share of
// the estimate: 1.96 standard errors of 1.04/√m each (Flajolet, Fusy, Gandouet, Meunier: HyperLogLog, AofA 2007, theorem 1).
func relativeError(precision uint8) float64 {
	return 1.96 * 1.04 / math.Sqrt(float64(uint64(1)<<precision))
}

// sketchEstimate surrounds what a sketch says by its interval. There are certainly at least floor visitors.
func sketchEstimate(value, floor uint64, precision uint8) Estimate {
	value = max(value, floor)
	e := relativeError(precision)
	low := max(uint64(math.Floor(float64(value)*(1-e))), floor)
	high := max(uint64(math.Ceil(float64(value)*(1+e))), value)
	return Estimate{Value: value, Low: min(low, value), High: high}
}

// ertl returns how many distinct hashes the registers of a sketch of that precision have taken, in any order: Ertl's improved raw estimator (Otmar
// Ertl: New cardinality estimation algorithms for HyperLogLog sketches, arXiv 1702.01284, algorithm 6), which Redis uses
// as well. It needs no correction for small or large numbers, and reads the registers once: the
// library's own estimator takes a power for each of them, twenty times as long, which reports of thousands of sketches feel.
func ertl(registers []byte, precision uint8) uint64 {
	var histogram [256]int32
	for _, v := range registers {
		histogram[v]++
	}
	m, q := float64(len(registers)), 64-int(precision)
	// Products are rounded by themselves, so that no machine fuses them with a sum: all give the same number.
	z := float64(m * tau(1-float64(histogram[q+1])/m))
	for k := q; k >= 1; k-- {
		z = float64(0.5 * (z + float64(histogram[k])))
	}
	z += float64(m * sigma(float64(histogram[0])/m))
	const alpha = 0.5 / math.Ln2
	return uint64(math.Round(float64(alpha*m) * m / z))
}

// sigma is x + Σ x^(2^k)·2^(k−1) over k ≥ 1, for x in [0, 1] (Ertl, equation 12).
func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for {
		x = float64(x * x)
		before := z
		z += float64(x * y)
		y += y
		if z == before {
			return z
		}
	}
}

// tau is (1 − x − Σ (1 − x^(2^−k))²·2^(−k))/3 over k ≥ 1, for x in [0, 1] (Ertl, equation 18).
func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		before := z
		y *= 0.5
		z -= float64(float64((1-x)*(1-x)) * y)
		if z == before {
			return z / 3
		}
	}
}
