package profile

import "slices"

// OfRuns returns the metric's median over several runs of the same traffic, or false unless every one of them has data
// for it: of an even number of runs the mean of the two in the middle. It is an estimate where one of the runs' figures
// is, its interval the medians of theirs; how much the runs differ among each other it does not tell.
func (m Metric) OfRuns(runs []*Profile) (Value, bool) {
	if len(runs) == 1 {
		return m.Of(runs[0])
	}
	var numbers, lows, highs []float64
	estimated := false
	for _, p := range runs {
		v, ok := m.Of(p)
		if !ok {
			return Value{}, false
		}
		numbers, lows, highs = append(numbers, v.Number), append(lows, v.Low), append(highs, v.High)
		estimated = estimated || v.Estimated
	}
	if len(numbers) == 0 {
		return Value{}, false
	}
	return Value{Number: median(numbers), Quantity: m.Quantity, Estimated: estimated, Low: median(lows), High: median(highs)}, true
}

// median sorts the numbers, of which there is at least one.
func median(x []float64) float64 {
	slices.Sort(x)
	n := len(x)
	if n%2 == 1 {
		return x[n/2]
	}
	return x[n/2-1] + (x[n/2]-x[n/2-1])/2
}
