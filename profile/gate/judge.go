package gate

import (
	"cmp"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
)

// A Verdict is what became of a gate.
type Verdict uint8

// The verdicts.
const (
	NoData Verdict = iota // the profile does not have the figure: never a pass
	Pass
	Fail
)

// String is the verdict's word in reports: pass, fail or no_data.
func (v Verdict) String() string {
	switch v {
	case Pass:
		return "pass"
	case Fail:
		return "fail"
	default:
		return "no_data"
	}
}

// A Result is a gate judged against one profile.
type Result struct {
	// Expr is the gate as it was written.
	Expr    string
	Verdict Verdict
	// Actual and Limit are the two sides in words. Actual has as many digits as it takes to stand on its side of the
	// limit, or its interval if it is an estimate; without data it is "no data".
	Actual, Limit string
	// Relative says that a baseline gave the limit, in which it is named: "105ms (baseline 100ms)". The gate alone does not
	// tell it.
	Relative bool
	// LacksBaseline says that there are no data only because no baseline was named, see [Gate.Against].
	LacksBaseline bool
	// ActualValue has a meaning only with data. LimitValue is the limit's number, and of a within Low and High are the
	// ends of what passes; without a plan that it is a share of it is zero.
	ActualValue, LimitValue profile.Value
	// Note says why there are no data, or that the verdict could be chance. Mostly it is empty.
	Note string
	// Evidence tells how the gate came to fail, nil if it did not or nothing is known. [JudgeAll] fills it in.
	Evidence *Evidence
}

// Judge compares the profile's figure with the limit, at full precision. On an estimate == passes when the limit lies in
// the estimate's interval; every other operator compares the estimate itself, and the note warns if the limit lies
// inside the interval. A baseline's figure that is an estimate is treated alike: == passes when the intervals overlap.
func (g Gate) Judge(p *profile.Profile) Result { return g.JudgeRuns(p) }

// JudgeRuns is Judge on the median over several runs of the same traffic, of which there is at least one; without data
// in one of them there are none. A limit that is relative to the plan needs one plan of all.
func (g Gate) JudgeRuns(runs ...*profile.Profile) Result {
	r := Result{Expr: g.source, Actual: "no data"}
	limit, text, known := g.bound.of(g.metric, runs[0], g.op)
	if known && g.bound.planned() {
		for _, p := range runs[1:] {
			other, _, ok := g.bound.of(g.metric, p, g.op)
			known = known && ok && other == limit
		}
	}
	r.Limit = text
	if known {
		r.LimitValue = limit
	}
	actual, ok := g.metric.OfRuns(runs)
	switch {
	case !ok:
		r.Note = g.withoutData(runs)
		return r
	case !known:
		r.Note = g.bound.missing()
		r.LacksBaseline = g.NamesBaseline() && g.bound.lacks == ""
		return r
	}
	pass := g.holds(actual, limit)
	r.Verdict = Fail
	if pass {
		r.Verdict = Pass
	}
	r.ActualValue, r.Actual = actual, spell(actual, limit)
	if b := g.bound.baseline; b != nil {
		if g.op != within {
			r.Limit = spell(limit, actual)
		}
		r.Limit, r.Relative = r.Limit+" (baseline "+b.String()+")", true
	}
	if actual.Estimated && g.op != equal && (contains(actual, limit.Low) || contains(actual, limit.High)) {
		r.Note = "the limit lies inside the estimate's interval: the verdict may be chance"
	} else if g.shaky(actual, pass) {
		r.Note = "the baseline is an estimate, and its interval has room for both verdicts: this one may be chance"
	}
	return r
}

// holds says whether an actual figure passes.
func (g Gate) holds(actual, limit profile.Value) bool {
	if g.op != equal {
		return g.op.holds(actual.Number, limit)
	}
	low, high := limit.Number, limit.Number
	if b := g.bound.baseline; b != nil {
		low, high = g.bound.relative.of(b.Low), g.bound.relative.of(b.High)
	}
	return actual.Low <= high && low <= actual.High
}

// shaky says that the verdict would be another one somewhere in the interval of a baseline that is an estimate.
func (g Gate) shaky(actual profile.Value, pass bool) bool {
	b := g.bound.baseline
	if b == nil || !b.Estimated || g.op == equal {
		return false
	}
	for _, end := range []float64{b.Low, b.High} {
		limit := profile.Exactly(g.bound.relative.of(end), g.metric.Quantity)
		if g.op == within {
			limit = g.bound.widened(limit)
		}
		for _, x := range []float64{actual.Low, actual.Number, actual.High} {
			if g.op.holds(x, limit) != pass {
				return true
			}
		}
	}
	return false
}

func contains(v profile.Value, x float64) bool { return v.Low <= x && x <= v.High }

// withoutData says why a profile does not have the gate's figure.
func (g Gate) withoutData(runs []*profile.Profile) string {
	p := runs[0]
	for _, run := range runs {
		if _, ok := g.metric.Of(run); !ok {
			p = run
			break
		}
	}
	switch {
	case strings.HasPrefix(g.metric.Name, "seen.") && p.Seen == nil:
		return "no log of the server was read"
	case p.Hits == 0:
		return "nothing was measured"
	case strings.HasPrefix(g.metric.Name, "page "):
		return "the page has no such data"
	default:
		return "the traffic has no such data"
	}
}

// spell writes the actual number as short as it stays on its side of the limit: 250.0004 ms is not "250ms" where the
// limit is 250 ms.
func spell(actual, limit profile.Value) string {
	if actual.Estimated {
		at := func(x float64) string { return profile.Exactly(x, actual.Quantity).String() }
		return at(actual.Number) + " (" + at(actual.Low) + " to " + at(actual.High) + ")"
	}
	sameSide := func(x float64) bool {
		return cmp.Compare(x, limit.Low) == cmp.Compare(actual.Number, limit.Low) &&
			cmp.Compare(x, limit.High) == cmp.Compare(actual.Number, limit.High)
	}
	for digits := -1; digits <= maxDecimals; digits++ {
		text := spelled(actual, digits)
		x, _, wrong := parseValue(strings.ReplaceAll(text, " ", ""), actual.Quantity)
		if wrong == nil && sameSide(x) {
			return text
		}
	}
	return exactly(actual.Number, actual.Quantity)
}

// spelled writes a value with the given digits more than its usual spelling has, which -1 stands for.
func spelled(v profile.Value, digits int) string {
	if digits < 0 {
		return v.String()
	}
	switch v.Quantity {
	case profile.Time:
		d := nanoseconds(v.Number)
		unit := time.Duration(1)
		for unit <= d/10_000 {
			unit *= 10
		}
		for ; digits > 0; digits-- {
			unit = max(unit/10, 1)
		}
		return spellDuration(d.Round(unit))
	case profile.Ratio:
		return decimals(v.Number, 100, 4+digits) + "%"
	case profile.PerSecond:
		return decimals(v.Number, 1, 2+digits) + "/s"
	default:
		return exactly(v.Number, v.Quantity)
	}
}

// decimals writes scale·x, computed without rounding, to that many decimals.
func decimals(x float64, scale int64, n int) string {
	text := new(big.Rat).Mul(new(big.Rat).SetFloat64(x), big.NewRat(scale, 1)).FloatString(n)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// exactly writes a number with all its digits.
func exactly(x float64, q profile.Quantity) string {
	switch q {
	case profile.Time:
		return spellDuration(nanoseconds(x))
	case profile.Ratio:
		return plain(x*100) + "%"
	case profile.PerSecond:
		return plain(x) + "/s"
	case profile.Size:
		return strconv.FormatFloat(x, 'f', 0, 64) + " B"
	default:
		return plain(x)
	}
}

func nanoseconds(seconds float64) time.Duration { return time.Duration(math.Round(seconds * 1e9)) }

// JudgeAll judges every gate, in their order, with evidence for those that fail.
func JudgeAll(gates []Gate, p *profile.Profile) []Result {
	results := make([]Result, len(gates))
	for i, g := range gates {
		results[i] = g.Judge(p)
		if results[i].Verdict == Fail {
			results[i].Evidence = g.Evidence(p)
		}
	}
	return results
}

// An Outcome is the verdict on a whole measurement, in the word of the reports.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "pass"    // every gate passed
	Failed  Outcome = "fail"    // a gate failed or had no data
	Invalid Outcome = "invalid" // the numbers can't be trusted, whatever the gates say
)

// Overall is the outcome of a profile's gates. A run that was stopped because one could not hold any more has failed,
// whatever they say of the part that was sent.
func Overall(results []Result, p *profile.Profile) Outcome {
	if p.Invalid() {
		return Invalid
	}
	if p.Aborted != "" {
		return Failed
	}
	for _, r := range results {
		if r.Verdict != Pass {
			return Failed
		}
	}
	return Passed
}

// WithDefaults returns the given gates and behind them those that every profile of this kind has, unless they are
// among the given: for an attack, that nothing was dropped.
func WithDefaults(given []Gate, p *profile.Profile) []Gate {
	gates := append([]Gate(nil), given...)
	if p.Source != profile.Attack {
		return gates
	}
	dropped, err := Parse("dropped == 0")
	if err != nil {
		panic("BUG: " + err.Error())
	}
	for _, g := range given {
		if g.String() == dropped.String() {
			return gates
		}
	}
	return append(gates, dropped)
}
