package traffic

import (
	"strings"
	"time"
)

// Rate is a number of hits per second.
type Rate float64

// MaxPV is the largest number of page views a plan can have.
const MaxPV = 1 << 62

// MaxZipf is the largest exponent of a [Zipf] law. Long before it the first
// user takes every repeat.
const MaxZipf = 100

// LawKind names the law of repeats: who makes a view that is not a user's
// first.
type LawKind uint8

const (
	// Even gives the users the same number of views. Under [Mixed] the numbers
	// differ by one at most. Under [Paced] the same holds for about nine tenths
	// of the users; see the package documentation for the others.
	Even LawKind = iota
	// Zipf gives the k-th user a share of repeats that is proportional to
	// 1/k^S.
	Zipf
	// Geometric makes the number of views of a user 1 + a geometric variable,
	// with a mean of PV/UV in all.
	Geometric
)

// String returns the name as a scenario writes it.
func (k LawKind) String() string { return nameOf(k, "even", "zipf", "geometric") }

// Law is the law of repeats. The zero value is Even.
type Law struct {
	Kind LawKind
	S    float64 // the exponent of Zipf, in (0, MaxZipf]; 0 for the others
}

// Order is the order in which users make their first view.
type Order uint8

const (
	// Paced introduces new users at a constant pace over the hits, to the end
	// of the run.
	Paced Order = iota
	// Mixed puts all views in a random order, in which most users are seen
	// early.
	Mixed
)

// String returns the name as a scenario writes it.
func (o Order) String() string { return nameOf(o, "paced", "mixed") }

// Arrivals is how hits are laid along the rate that the shape asks for.
type Arrivals uint8

const (
	// EvenlySpaced puts hit n where the integral of the rate is n.
	EvenlySpaced Arrivals = iota
	// Poisson makes the hits a Poisson process with that rate, conditioned on
	// exactly PV of them.
	Poisson
)

// String returns the name as a scenario writes it.
func (a Arrivals) String() string { return nameOf(a, "even", "poisson") }

func nameOf[T ~uint8](v T, names ...string) string {
	if int(v) < len(names) {
		return names[v]
	}
	return "unknown"
}

// Shape is the rate over time: [Steady], [Ramp], [Stages] or [Sine].
type Shape interface {
	// isShape closes the set: a plan's fingerprint has to know them all.
	isShape()
}

// Steady is one rate from start to end.
type Steady struct{}

// Ramp is a rate that grows or falls linearly over the whole run.
type Ramp struct {
	From, To Rate // ≥ 0, not both 0
}

// Stage is a constant rate for a while.
type Stage struct {
	For  time.Duration // > 0
	Rate Rate          // ≥ 0; 0 is a pause
}

// Stages is one constant rate after the other.
type Stages []Stage

// Sine is a rate that swings about its mean m: m·(1 + Amplitude·sin(2πt/Period)).
// It starts at the mean, going up.
type Sine struct {
	Period    time.Duration // > 0
	Amplitude float64       // ratio of the mean, in [0, 1]
}

func (Steady) isShape() {}
func (Ramp) isShape()   {}
func (Stages) isShape() {}
func (Sine) isShape()   {}

// Shard is one of several parts of a plan that are sent by different
// processes. A user belongs to one shard with all of its views. The zero value
// is the whole plan.
type Shard struct {
	Index uint64 // in [0, Count)
	Count uint64 // 0 and 1 are the whole plan
}

// Spec is the traffic asked for. A zero PV, UV, Duration or Rate is one that is
// left out; the shape decides which may be:
//
//	steady, sine  two of pv, duration and rate, which fix the third. All three
//	              are accepted when they agree. For a sine, rate is the mean
//	              that it swings about.
//	ramp          pv or duration, which fixes the other. With both, the rates
//	              from and to are scaled to give exactly pv.
//	stages        fix duration and pv. With pv, their rates are scaled to give
//	              exactly pv. A duration must be the sum of theirs.
//
// A ramp and stages have rates of their own, so that rate beside them is a
// contradiction. A pv that follows is rounded to the nearest whole number, and
// then the rate is scaled (by less than half a hit in all) to give exactly that;
// [Plan.Scale] has the factor.
type Spec struct {
	PV       uint64        // page views, in [1, MaxPV]
	UV       uint64        // distinct users among them, in [1, PV]; 0 is PV
	Duration time.Duration // of the schedule
	Rate     Rate          // of hits, the mean of the shape
	Shape    Shape         // nil is Steady
	Arrivals Arrivals
	Law      Law
	Order    Order
	Seed     uint64
	Shard    Shard // only checked and handed on; it is no part of the fingerprint
}

// SpecError is one thing that is wrong with a [Spec].
type SpecError struct {
	// Field is the path of the offending key under a scenario's traffic, such
	// as "uv", "visits" or "shape.stages[2].for".
	Field   string
	Problem string // what is wrong, naming the other field of a contradiction
	Hint    string // what to do; may be empty
}

// Error returns field and problem in one line, without the hint.
func (e *SpecError) Error() string { return e.Field + ": " + e.Problem }

// SpecErrors is all that is wrong with a [Spec], in the order of its fields. It
// is what [Spec.Compile] returns as its error.
type SpecErrors []*SpecError

// Error returns all problems in one line.
func (es SpecErrors) Error() string {
	var b strings.Builder
	b.WriteString("traffic: ")
	for i, e := range es {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(e.Error())
	}
	return b.String()
}

// Unwrap returns the problems one by one, for errors.As.
func (es SpecErrors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}

func (es *SpecErrors) add(field, hint, problem string) {
	*es = append(*es, &SpecError{Field: field, Problem: problem, Hint: hint})
}
