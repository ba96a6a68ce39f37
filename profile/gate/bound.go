package gate

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/loadx/loadx/profile"
)

// A bound is what an actual number is compared with, before a profile says what its plan was.
type bound struct {
	// fixed is the value as written, in canonical spelling, and its number in the metric's unit. It is empty when the
	// limit is a share of the plan.
	fixed  string
	number float64
	// share is the percentage of the plan, if fixed is empty and the limit is no relative one.
	share decimal
	// relative is the limit if a baseline gives it; baseline is its figure, nil before there is one, and lacks says why
	// there is none.
	relative relative
	baseline *profile.Value
	lacks    string
	// tolerance is the percentage on both sides that within allows.
	tolerance decimal
}

const wholePlan decimal = "100"

func (b bound) target() string {
	switch {
	case b.relative.named:
		return b.relative.String()
	case b.fixed != "":
		return b.fixed
	case b.share == wholePlan:
		return "plan"
	default:
		return string(b.share) + "% of plan"
	}
}

// of returns the limit for one profile and how to show it, or false when the profile has no plan, or the gate no
// baseline, that it is relative to. Shares are computed as fractions and rounded once, so that 99.9 % of 1,000,000 is
// 999,000 and nothing beside it.
func (b bound) of(m profile.Metric, p *profile.Profile, op operator) (limit profile.Value, text string, ok bool) {
	limit, text = profile.Exactly(b.number, m.Quantity), b.fixed
	switch {
	case b.relative.named && b.baseline == nil:
		return limit, b.target(), false
	case b.relative.named:
		limit = profile.Exactly(b.relative.of(b.baseline.Number), m.Quantity)
		text = limit.String()
	case b.fixed == "":
		planned, ok := m.Planned(p)
		if !ok {
			return limit, b.target(), false
		}
		limit = profile.Exactly(portion(planned.Number, b.share.percent()), m.Quantity)
		text = plain(limit.Number)
	}
	if op == within {
		limit = b.widened(limit)
		text = exactly(limit.Low, m.Quantity) + " to " + exactly(limit.High, m.Quantity)
	}
	return limit, text, true
}

// widened is a limit with the ends of what within lets pass.
func (b bound) widened(limit profile.Value) profile.Value {
	one, t := big.NewRat(1, 1), b.tolerance.percent()
	limit.Low = portion(limit.Number, new(big.Rat).Sub(one, t))
	limit.High = portion(limit.Number, new(big.Rat).Add(one, t))
	return limit
}

// planned says that the limit is a share of the plan.
func (b bound) planned() bool { return !b.relative.named && b.fixed == "" }

// missing says why there is no limit.
func (b bound) missing() string {
	switch {
	case !b.relative.named:
		return "there is no plan"
	case b.lacks == "":
		return "no baseline was given"
	default:
		return b.lacks
	}
}

func portion(of float64, share *big.Rat) float64 {
	x, _ := new(big.Rat).Mul(new(big.Rat).SetFloat64(of), share).Float64()
	return x
}

func plain(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// A decimal is a number in [0, 10^20) in its canonical spelling: digits, at most one point between digits, no needless
// zero.
type decimal string

// The most digits that a number of a gate may have before and after its point.
const maxDigits, maxDecimals = 20, 20

// scanDecimal takes a number from the start of the text. Underscores may stand between digits.
func scanDecimal(text string) (d decimal, rest string, ok bool) {
	whole, rest, ok := scanDigits(text)
	if !ok {
		return "", text, false
	}
	part := ""
	if after, found := strings.CutPrefix(rest, "."); found {
		if part, rest, ok = scanDigits(after); !ok {
			return "", text, false
		}
	}
	whole, part = strings.TrimLeft(whole, "0"), strings.TrimRight(part, "0")
	if len(whole) > maxDigits || len(part) > maxDecimals {
		return "", text, false
	}
	if whole == "" {
		whole = "0"
	}
	if part != "" {
		whole += "." + part
	}
	return decimal(whole), rest, true
}

func scanDigits(text string) (digits, rest string, ok bool) {
	i := 0
	for i < len(text) && ('0' <= text[i] && text[i] <= '9' || text[i] == '_') {
		i++
	}
	digits, rest = text[:i], text[i:]
	if i == 0 || digits[0] == '_' || digits[i-1] == '_' || strings.Contains(digits, "__") {
		return "", text, false
	}
	return strings.ReplaceAll(digits, "_", ""), rest, true
}

func (d decimal) rat() *big.Rat {
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		panic("BUG: gate: not a decimal: " + string(d))
	}
	return r
}

// percent is d hundredths.
func (d decimal) percent() *big.Rat { return new(big.Rat).Mul(d.rat(), big.NewRat(1, 100)) }

// timesHundred is the percentage that a share is.
func (d decimal) timesHundred() decimal {
	text := new(big.Rat).Mul(d.rat(), big.NewRat(100, 1)).FloatString(maxDecimals)
	out, _, _ := scanDecimal(text)
	return out
}

// hundredth is the share that a percentage is.
func (d decimal) hundredth() decimal {
	out, _, _ := scanDecimal(d.percent().FloatString(maxDecimals))
	return out
}

func (d decimal) whole() bool { return !strings.Contains(string(d), ".") }

func nearest(r *big.Rat) float64 {
	x, _ := r.Float64()
	return x
}
