package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/compare"
)

// A Comparison is base and head side by side, and the files that they were read from: one each of Base and Head.
type Comparison struct {
	*compare.Comparison
	BaseFiles, HeadFiles []string
}

// title names both sides in a line.
func (c *Comparison) title() string { return fileNames(c.BaseFiles) + " → " + fileNames(c.HeadFiles) }

func fileNames(files []string) string {
	if len(files) == 1 {
		return files[0]
	}
	return fmt.Sprintf("%d runs (%s …)", len(files), files[0])
}

// tally counts the verdicts in words, those of consequence first.
func (c *Comparison) tally() string {
	n := map[compare.Verdict]int{}
	for _, d := range c.Differences {
		n[d.Verdict]++
	}
	var parts []string
	for _, v := range []compare.Verdict{compare.Worse, compare.Better, compare.Changed, compare.Same, compare.Inconclusive} {
		if n[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[v], v))
		}
	}
	return strings.Join(parts, ", ")
}

// shownName is how a figure is called where there is room for little.
func shownName(d compare.Difference) string {
	if d.Page != "" {
		return d.Figure
	}
	return metricWords(d.Metric)
}

// changeText is by how much head differs: a percentage of base or how many times it, of shares percentage points, and of nothing the figure.
func changeText(d compare.Difference) string {
	switch {
	case d.Base == nil || d.Head == nil:
		return ""
	case d.Delta == 0:
		return "="
	}
	if times := timesText(d); times != "" {
		return times
	}
	number, unit := inUnits(d, d.Delta)
	return number + unit
}

// timesText is how many times base head is, from ten times on, where a percentage is hard to read; else it is empty. Shares
// change by percentage points.
func timesText(d compare.Difference) string {
	if d.Base == nil || d.Head == nil || d.Base.Quantity == profile.Ratio || d.Base.Number <= 0 || d.Head.Number < 10*d.Base.Number {
		return ""
	}
	times := d.Head.Number / d.Base.Number
	if times >= 99.5 && times < 1e15 {
		return "×" + profile.Grouped(uint64(math.Round(times)))
	}
	return "×" + strconv.FormatFloat(times, 'g', 3, 64)
}

// intervalText is the interval of the change, in the unit of [changeText].
func intervalText(d compare.Difference) string {
	if d.Test == nil || !d.Test.Bounded || d.Test.Low == 0 && d.Test.High == 0 {
		return ""
	}
	low, _ := inUnits(d, d.Test.Low)
	high, unit := inUnits(d, d.Test.High)
	return low + " to " + high + unit
}

// inUnits writes an amount of a figure as the change that it is of base.
func inUnits(d compare.Difference, amount float64) (number, unit string) {
	switch {
	case d.Base.Quantity == profile.Ratio:
		return withSign(amount * 100), "pp"
	case d.Base.Number == 0 && amount > 0:
		return "+" + value(profile.Exactly(amount, d.Base.Quantity)), ""
	case d.Base.Number == 0:
		return value(profile.Exactly(amount, d.Base.Quantity)), ""
	}
	return withSign(100 * amount / math.Abs(d.Base.Number)), "%"
}

// absent says that neither side has any of a figure.
func absent(d compare.Difference) bool {
	return (d.Base == nil || d.Base.Number == 0) && (d.Head == nil || d.Head.Number == 0)
}

// withSign is rounded with the plus of what is above 0.
func withSign(x float64) string {
	if x > 0 {
		return "+" + rounded(x)
	}
	return rounded(x)
}

// rounded writes a number with three digits that count, more before the point.
func rounded(x float64) string {
	decimals := 2
	switch a := math.Abs(x); {
	case a >= 99.95:
		decimals = 0
	case a >= 9.995:
		decimals = 1
	case a < 0.01 && a > 0:
		return strconv.FormatFloat(x, 'g', 1, 64)
	}
	s := strconv.FormatFloat(x, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// probability writes a p-value.
func probability(p float64) string {
	switch {
	case p < 0.001:
		return "<0.001"
	case p >= 0.9995:
		return "1"
	}
	return strconv.FormatFloat(p, 'f', 3, 64)
}

// optionalValue writes a figure that may not be there.
func optionalValue(v *profile.Value) string {
	if v == nil {
		return "-"
	}
	return value(*v)
}
