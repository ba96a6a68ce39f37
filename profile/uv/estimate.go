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
