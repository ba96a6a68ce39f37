package compare

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/loadx/loadx/profile"
)

// A Test is what a verdict rests on.
type Test struct {
	// Base and Head are the values, in the unit of the figure, in the order of the runs or of time.
	Base, Head []float64
	// P is the two-sided p-value of the Mann-Whitney U test.
	P float64
	// Shift is by how much head's values lie above base's (Hodges and Lehmann), and [Low, High] its interval; without enough
	// values there is none, and Bounded is false.
	Shift, Low, High float64
	Bounded          bool
	// Margin is the smallest change that matters, in the unit of the figure.
	Margin float64
	// Correlation is how much a slice is like the one before it, the greater of the two sides' rank autocorrelations; 0 of
	// runs.
	Correlation float64
}

const (
	// mostSlices is about how many slices a run is cut into: batch means (Law and Kelton, Simulation Modeling and Analysis,
	// section 9.5.3) of so few batches are long enough to depend little on each other.
	mostSlices = 20
	// fewestSlices is below how many their dependence can't be judged.
	fewestSlices = 8
	// sliceError is how exact the latency of a slice is, as a share of it.
	sliceError = 0.01
)

// equalThroughout explains that every value of both sides is the same.
const equalThroughout = "equal"

// A builder makes the differences of a comparison.
type builder struct {
	*Comparison
	exam   *exam
	slices [2][]profile.Slice
}

// slice cuts two runs into slices of the same length, if they have timelines.
func (b *builder) slice(base, head *profile.Profile) {
	b.Sampling = Nothing
	if base.Timeline == nil || head.Timeline == nil {
		return
	}
	unit := max(base.Timeline.Width, head.Timeline.Width)
	shortest := time.Duration(math.MaxInt64)
	for _, p := range []*profile.Profile{base, head} {
		from, to := bounds(p)
		shortest = min(shortest, to-from)
	}
	units := (int64(shortest/unit) + mostSlices - 1) / mostSlices
	if units < 1 {
		return
	}
	b.Sampling, b.Width = BySlice, time.Duration(units*int64(unit))
	b.slices = [2][]profile.Slice{b.Slices(base), b.Slices(head)}
}

// bounds is the part of a run that its figures are of, without the wait for the last responses.
func bounds(p *profile.Profile) (from, to time.Duration) {
	to = p.Elapsed
	if p.Planned != nil && p.Planned.Duration > 0 {
		to = min(to, p.Planned.Duration)
	}
	if m := p.Measured; m != nil {
		from = m.From
		if m.To > 0 {
			to = min(to, m.To)
		}
	}
	return from, to
}

// difference compares one figure.
func (b *builder) difference(r row) Difference {
	base, missing := figures(r.metric, b.Base)
	head, more := figures(r.metric, b.Head)
	d := newDifference(r.metric.Name, b.middle(r.metric, b.Base, base), b.middle(r.metric, b.Head, head))
	d.Page, d.Figure, d.Direction = r.page, r.figure, b.direction(r.metric)
	d.Verdict = Inconclusive
	switch {
	case d.Base == nil || d.Head == nil:
		d.Explanation = lacking(len(b.Base), missing, "base", len(b.Head), more, "head")
		return d
	case b.Sampling != ByRun:
		var few string
		if base, head, few = b.sliced(r.metric); few != "" {
			b.untested(&d, few)
			return d
		}
	}
	b.judge(&d, base, head)
	return d
}

// figures are the metric in each of the runs, and how many of them do not have it.
func figures(m profile.Metric, runs []*profile.Profile) (x []float64, missing int) {
	for _, p := range runs {
		if v, ok := m.Of(p); ok {
			x = append(x, v.Number)
		} else {
			missing++
		}
	}
	return x, missing
}

// middle is the figure of a side: of several runs the median, with its interval where there is one.
func (b *builder) middle(m profile.Metric, runs []*profile.Profile, x []float64) *profile.Value {
	v, ok := m.OfRuns(runs)
	if !ok {
		return nil
	}
	if len(runs) > 1 {
		if _, low, high := center(x, 1-b.Alpha); !math.IsInf(low, 0) && !math.IsInf(high, 0) {
			v.Estimated, v.Low, v.High = low != high || v.Estimated, min(low, v.Low), max(high, v.High)
		}
	}
	return &v
}

func lacking(base, noBase int, baseName string, head, noHead int, headName string) string {
	var why reasons
	for _, side := range []struct {
		runs, without int
		name          string
	}{{base, noBase, baseName}, {head, noHead, headName}} {
		switch {
		case side.without == 0:
		case side.runs == 1:
			why.add(side.name + " has no data")
		default:
			why.add(fmt.Sprintf("%d of %d runs of %s have no data", side.without, side.runs, side.name))
		}
	}
	return why.String()
}

// direction is the metric's own, but that a plan says how much is sent.
func (b *builder) direction(m profile.Metric) profile.Direction {
	if _, planned := m.Planned(b.Base[0]); planned {
		return profile.Neutral
	}
	return m.Direction
}

// sliced is the figure in each slice of the two runs, or why there are too few.
func (b *builder) sliced(m profile.Metric) (base, head []float64, few string) {
	if b.Sampling == Nothing || !m.Sliced() {
		return nil, nil, "one run a side"
	}
	var out [2][]float64
	need := requests(m)
	for i, all := range b.slices {
		sparse := 0
		for j := range all {
			if all[j].Sent < need {
				sparse++
			} else if v, ok := m.OfSlice(&all[j], b.Width); ok {
				out[i] = append(out[i], v.Number)
			}
		}
		if len(out[i]) >= fewestSlices {
			continue
		}
		if sparse > 0 && len(all) >= fewestSlices {
			return nil, nil, fmt.Sprintf("too few requests a slice: it takes %d", need)
		}
		return nil, nil, fmt.Sprintf("%s are too few: it takes %d", several(uint64(len(out[i])), "slice"), fewestSlices)
	}
	return out[0], out[1], ""
}

// requests is how many a slice must have for a figure to be more than its longest ones.
func requests(m profile.Metric) uint64 {
	if q, ok := m.Quantile(); ok && q < 1 {
		return uint64(math.Ceil(1/(1-q) - 1e-9))
	}
	return 0
}

// untested gives the verdict of a figure that there is only one value of a side of.
func (b *builder) untested(d *Difference, why string) {
	if d.Delta == 0 && !d.Base.Estimated && !d.Head.Estimated {
		d.Verdict, d.Agrees, d.Explanation = Same, true, equalThroughout
		return
	}
	d.Explanation = why
}

// judge tests two samples and gives the verdict.
func (b *builder) judge(d *Difference, base, head []float64) {
	s := b.exam.shift(base, head)
	t := &Test{Base: base, Head: head, P: s.p, Shift: s.center, Margin: b.Margin * math.Abs(d.Base.Number)}
	d.Test = t
	if !math.IsInf(s.low, 0) {
		t.Low, t.High, t.Bounded = s.low, s.high, true
	}
	if b.Sampling == BySlice {
		if d.Base.Quantity == profile.Time {
			t.Margin = math.Max(t.Margin, sliceError*math.Abs(d.Base.Number))
		}
		t.Correlation = math.Max(correlation(base), correlation(head))
	}
	d.Verdict, d.Explanation = b.verdict(d, t)
	d.Agrees = d.Verdict == Same
}

func (b *builder) verdict(d *Difference, t *Test) (Verdict, string) {
	n := min(len(t.Base), len(t.Head))
	within := t.Bounded && -t.Margin <= t.Low && t.High <= t.Margin
	switch {
	case allEqual(t.Base, t.Head) && (d.Delta == 0 || b.Sampling == ByRun):
		return Same, equalThroughout
	case !t.Bounded:
		return Inconclusive, fmt.Sprintf("too few: it takes %d %ss a side", b.exam.fewest(), b.Sampling)
	case t.Correlation > drifting(n):
		return Inconclusive, b.drift(d, t, n)
	case within && math.Abs(d.Delta) > t.Margin:
		return Inconclusive, b.contrary("changed", "have not")
	case within && b.exam.significant(t.P):
		return Same, "differs by less than matters"
	case within:
		return Same, ""
	case b.exam.significant(t.P) && math.Abs(t.Shift) >= t.Margin && t.Shift*d.Delta <= 0:
		return Inconclusive, b.contrary("changed one way", "the other")
	case b.exam.significant(t.P) && math.Abs(t.Shift) >= t.Margin:
		return b.changed(d.Direction, t.Shift), ""
	case b.exam.significant(t.P):
		return Inconclusive, "differs, perhaps by less than matters"
	}
	return Inconclusive, b.howMany(t, n)
}

// drifting is from which rank autocorrelation on a series of n values is not one of independent ones (at the 5 % level).
func drifting(n int) float64 { return 1.96 / math.Sqrt(float64(n)) }

// drift says that slices depend on the ones before. Where that alone takes a verdict away it says how the figures lie, too,
// in the same words for all figures alike, so that a report can say them once.
func (b *builder) drift(d *Difference, t *Test, n int) string {
	far := math.Min(math.Abs(t.Shift), math.Abs(d.Delta)) > t.Margin && t.Shift*d.Delta > 0
	if !far || !b.exam.significant(t.P) {
		return fmt.Sprintf("the run drifts: slices depend on the ones before (rank correlation %.2f)", t.Correlation)
	}
	side := "head"
	if correlation(t.Base) > drifting(n) {
		if side = "base"; correlation(t.Head) > drifting(n) {
			side = "each side"
		}
	}
	return fmt.Sprintf("%s, but %s drifts within its run, as when a queue grows or a cache fills, and the test does not hold: repeat the runs, %d or more a side",
		apart(d), side, b.exam.fewest())
}

// apart is on which side of base head lies, far if it is at least twice as much or half.
func apart(d *Difference) string {
	low, high, where := math.Abs(d.Base.Number), math.Abs(d.Head.Number), "above base"
	if d.Delta < 0 {
		low, high, where = high, low, "below base"
	}
	if high >= 2*low {
		return "far " + where
	}
	return where
}

// contrary says that the figure itself and what the test tells of it do not fit.
func (b *builder) contrary(whole, values string) string {
	if b.Sampling == ByRun {
		return "the median has " + whole + ", and the runs mostly " + values
	}
	return "the whole has " + whole + ", and its slices mostly " + values
}

func (b *builder) changed(direction profile.Direction, shift float64) Verdict {
	switch {
	case direction == profile.Neutral:
		return Changed
	case (direction == profile.HigherIsBetter) == (shift > 0):
		return Better
	default:
		return Worse
	}
}

// mostNeeded is beyond how many runs none are proposed.
const mostNeeded = 1000

// howMany says how many values a side would tell: as an interval narrows with the square root of their number, so many that
// it would be as narrow as the margin on each side.
func (b *builder) howMany(t *Test, n int) string {
	if b.Sampling != ByRun {
		return "the runs are too short or too unsteady to tell"
	}
	if t.Margin == 0 {
		return "unsteady around none"
	}
	need := math.Ceil(float64(n) * math.Pow((t.High-t.Low)/2/t.Margin, 2))
	if need > mostNeeded {
		return fmt.Sprintf("too unsteady: it may take more than %d runs a side", mostNeeded)
	}
	return fmt.Sprintf("too unsteady: it may take about %d runs a side", max(int(need), n+1))
}

func allEqual(base, head []float64) bool {
	return slices.Max(base) == slices.Min(base) && slices.Max(head) == slices.Min(head) && base[0] == head[0]
}

// trimmed writes a number without needless digits.
func trimmed(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }
