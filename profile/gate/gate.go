// Package gate is one expectation on a profile: "p95 < 250ms", "uv within 1% of plan".
//
// A gate is parsed before anything is measured, so that a misspelt one stops the run and not its report, and judged
// against a profile of either source. There are three verdicts: a gate whose metric has no data in the profile neither
// passes nor fails, and [Overall] lets it pass nowhere.
//
// # Grammar
//
//	gate    = metric operator limit
//	        | metric "within" percent "of" ( value | "plan" | "baseline" )
//	metric  = [ "seen." ] name | "page" "\"" page "\"." name
//	operator = "<" | "<=" | ">" | ">=" | "==" | "!="
//	limit   = value | "plan" | percent "of" "plan"
//	        | "baseline" [ ( "+" | "-" ) ( percent | value ) | "*" number ] | percent "of" "baseline"
//	value   = number [ unit ]
//
// The names are those of the table of metrics in package profile; p(95) is another spelling of p95. Digits may be
// grouped by underscores. The units are those of the metric: ns, us, ms, s, m and h for a duration, where a number alone
// means milliseconds; % or a number in [0, 1) for a share; /s, /m and /h for a rate, B, kB, KiB and so on for a size.
//
// The baseline is the same figure of another profile, which [Gate.Against] names. A percentage behind its sign is one of
// the baseline's figure, of shares too: errors <= baseline + 10% lets 1 % become 1.1 %. What is added to a share are
// percentage points, pp: errors <= baseline + 0.1pp lets 1 % become 1.1 %.
package gate

import "github.com/loadx/loadx/profile"

// A Gate is one expectation on a profile. It is immutable and safe for concurrent use; the zero Gate is not valid, use
// [Parse].
type Gate struct {
	source string
	metric profile.Metric
	op     operator
	bound  bound
}

// Source is the gate as it was written.
func (g Gate) Source() string { return g.source }

// Metric is the figure that the gate is about.
func (g Gate) Metric() profile.Metric { return g.metric }

// String is the gate in its canonical spelling: it parses to the same gate, and two gates of the same string are the
// same expectation.
func (g Gate) String() string {
	if g.op == within {
		return g.metric.Name + " within " + string(g.bound.tolerance) + "% of " + g.bound.target()
	}
	return g.metric.Name + " " + g.op.String() + " " + g.bound.target()
}

// An operator compares an actual number with a limit.
type operator uint8

const (
	less operator = iota
	lessOrEqual
	greater
	greaterOrEqual
	equal
	notEqual
	within
)

var operators = [...]string{
	less: "<", lessOrEqual: "<=", greater: ">", greaterOrEqual: ">=", equal: "==", notEqual: "!=", within: "within",
}

func (o operator) String() string { return operators[o] }

// holds compares a number with a limit, of which only within reads Low and High.
func (o operator) holds(x float64, limit profile.Value) bool {
	switch o {
	case less:
		return x < limit.Number
	case lessOrEqual:
		return x <= limit.Number
	case greater:
		return x > limit.Number
	case greaterOrEqual:
		return x >= limit.Number
	case equal:
		return x == limit.Number
	case notEqual:
		return x != limit.Number
	default:
		return limit.Low <= x && x <= limit.High
	}
}
