package gate

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/spelling"
)

// A relative is a limit that is what a baseline had, or more or less than that.
type relative struct {
	// named says that the limit is relative to a baseline at all.
	named bool
	// sign is '+', '-' or '*' with what follows, 0 for the baseline's figure as it is.
	sign byte
	// percent of the baseline's figure is added or taken away, or it is multiplied by factor, if they are not empty.
	percent, factor decimal
	// fixed is an amount in the metric's unit to add or take away, in canonical spelling, and number is it in numbers.
	fixed  string
	number float64
}

const baselineWord = "baseline"

func (r relative) String() string {
	switch {
	case r.sign == 0:
		return baselineWord
	case r.percent != "":
		return baselineWord + " " + string(r.sign) + " " + string(r.percent) + "%"
	case r.factor != "":
		return baselineWord + " * " + string(r.factor)
	default:
		return baselineWord + " " + string(r.sign) + " " + r.fixed
	}
}

// of computes the limit from a baseline's figure, as a fraction of decimals that is rounded once: 5 % more than 100 ms are
// 105 ms, and not what the binary fraction next to 0.1 would make of it.
func (r relative) of(base float64) float64 {
	x := asWritten(base)
	switch {
	case r.sign == 0:
	case r.factor != "":
		x.Mul(x, r.factor.rat())
	default:
		amount := asWritten(r.number)
		if r.percent != "" {
			amount = new(big.Rat).Mul(x, r.percent.percent())
		}
		if r.sign == '-' {
			amount.Neg(amount)
		}
		x.Add(x, amount)
	}
	return nearest(x)
}

// asWritten is the shortest decimal that reads as the number.
func asWritten(x float64) *big.Rat {
	d, ok := new(big.Rat).SetString(strconv.FormatFloat(x, 'g', -1, 64))
	if !ok {
		panic("BUG: gate: not a finite number")
	}
	return d
}

// Against returns the gate held against a baseline: one run, or several of the same traffic, of which the median counts.
// A gate that does not name the baseline stays as it is. The profiles are not kept.
func (g Gate) Against(runs ...*profile.Profile) Gate {
	if !g.bound.relative.named {
		return g
	}
	g.bound.baseline, g.bound.lacks = nil, "the baseline has no such data"
	if v, ok := g.metric.OfRuns(runs); ok {
		g.bound.baseline, g.bound.lacks = &v, ""
	}
	return g
}

// NamesBaseline says whether the limit is relative to a baseline. Until [Gate.Against] names one the gate has no data.
func (g Gate) NamesBaseline() bool { return g.bound.relative.named }

const relativeForm = "write one such as p95 <= baseline + 5%, p95 <= baseline * 1.1 or p95 <= baseline + 10ms"

// mostFactor bounds factors and percentages: beyond it a limit limits nothing.
var mostFactor = big.NewRat(1_000_000, 1)

// relative reads what follows an operator if it begins with the baseline.
func (p *parser) relative(m profile.Metric, first word) (relative, error) {
	rest := strings.TrimPrefix(p.src[first.offset:], baselineWord)
	at := func() int { return len(p.src) - len(rest) }
	skip := func() { rest = strings.TrimLeft(rest, blanks) }
	r := relative{named: true}
	if skip(); rest == "" {
		return r, nil
	}
	if !strings.ContainsRune("+-*", rune(rest[0])) {
		return r, p.fail(at(), "unexpected "+quoted(strings.TrimRight(rest, blanks))+" behind the baseline", relativeForm)
	}
	r.sign, rest = rest[0], rest[1:]
	skip()
	start, text := at(), strings.TrimRight(rest, blanks)
	if text == "" {
		return r, p.fail(start, "what comes behind the sign is missing", relativeForm)
	}
	d, unit, number := scanDecimal(text)
	unit = strings.TrimLeft(unit, blanks)
	if strings.ContainsAny(unit, blanks+"+*") || number && strings.Contains(unit, "-") {
		return r, p.fail(start, "unexpected "+quoted(text)+" behind the baseline", "one gate is one expectation")
	}
	if number && (r.sign == '*' || unit == "%") && d.rat().Cmp(mostFactor) > 0 {
		return r, p.fail(start, "the number is too large", "")
	}
	switch {
	case r.sign == '*' && number && unit == "":
		r.factor = d
		return r, nil
	case r.sign == '*':
		return r, p.fail(start, "a factor is a number without unit: "+quoted(text), relativeForm)
	case number && unit == "%":
		// Of every metric, shares too: what is 5% of an error ratio would else be read in two ways, one of them lenient.
		r.percent = d
		return r, nil
	}
	if number && unit == "" && strings.HasSuffix(m.Name, "duration") {
		return r, p.fail(start, "a duration needs its unit", needsUnit(d))
	}
	var wrong *mistake
	if r.number, r.fixed, wrong = parseAmount(m, d, unit, text); wrong != nil {
		return r, p.fail(start, wrong.message, wrong.hint)
	}
	return r, nil
}

// parseAmount reads what is added to a figure or taken from it, in the metric's unit; of shares that is percentage points.
func parseAmount(m profile.Metric, d decimal, unit, text string) (number float64, canonical string, wrong *mistake) {
	if m.Quantity != profile.Ratio {
		return parseValue(string(d)+unit, m.Quantity)
	}
	switch {
	case d == "":
		return 0, "", notANumber(text)
	case unit != "pp":
		return 0, "", &mistake{"a share grows by percentage points or by a percentage of itself: " + quoted(text),
			"write " + string(d) + "pp for percentage points, or " + string(d) + "% for a percentage of the baseline's share"}
	case d.rat().Cmp(big.NewRat(100, 1)) > 0:
		return 0, "", &mistake{"a share can't exceed 100%", ""}
	}
	return nearest(d.percent()), string(d) + "pp", nil
}

// wordMeant suggests the word of a limit that a misspelt one was meant to be.
func wordMeant(text string) string {
	if near := spelling.Nearest(text, []string{baselineWord, "plan"}); near != "" {
		return "did you mean \"" + near + "\"?"
	}
	return ""
}
