package reports

import (
	"fmt"
	"math"
	"strconv"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
)

// grouped writes a count with thousands separators: 1,234,567.
func grouped(n uint64) string { return profile.Grouped(n) }

// signed writes a difference of counts: +12, -3, 0.
func signed(n int64) string {
	switch {
	case n > 0:
		return "+" + grouped(uint64(n))
	case n < 0:
		return "-" + grouped(uint64(-n))
	default:
		return "0"
	}
}

// percent writes a ratio in [0, 1] as a percentage.
func percent(ratio float64) string {
	switch p := ratio * 100; {
	case p == 0 || p >= 10:
		return strconv.FormatFloat(p, 'f', 1, 64) + "%"
	case p >= 0.1:
		return strconv.FormatFloat(p, 'f', 2, 64) + "%"
	default:
		return strconv.FormatFloat(p, 'g', 2, 64) + "%"
	}
}

// estimate writes a number of visitors so that its error can't be overlooked: 4,540, or ~99,630.
func estimate(e uv.Estimate) string {
	if e.Exact {
		return grouped(e.Value)
	}
	return "~" + grouped(e.Value)
}

// margin is estimate with the half width of its 95 % interval where it is not exact: ~826 ±3.2%.
func margin(e uv.Estimate) string {
	switch {
	case e.Exact:
		return grouped(e.Value)
	case e.Value == 0:
		return "≤" + grouped(e.High) // a share of nothing is no margin
	}
	return "~" + grouped(e.Value) + " ±" + percent(halfWidth(e))
}

func halfWidth(e uv.Estimate) float64 {
	return math.Max(float64(e.High-e.Value), float64(e.Value-e.Low)) / math.Max(float64(e.Value), 1)
}

// certainty says how sure a number of visitors is: exact, or 98,833 to 100,427 (95 %).
func certainty(e uv.Estimate) string {
	if e.Exact {
		return "exact"
	}
	return fmt.Sprintf("%s to %s (95 %%)", grouped(e.Low), grouped(e.High))
}

// value writes a metric's value with thousands separators where it is a count.
func value(v profile.Value) string {
	if v.Quantity == profile.Count && v.Number >= 0 && v.Number == math.Trunc(v.Number) && v.Number < 1<<63 {
		s := grouped(uint64(v.Number))
		if v.Estimated {
			s = "~" + s
		}
		return s
	}
	return v.String()
}
