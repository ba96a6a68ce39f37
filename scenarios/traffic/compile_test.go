package traffic

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func TestResolve(t *testing.T) {
	const min = time.Minute
	for _, tt := range []struct {
		name     string
		spec     Spec
		pv       uint64
		duration time.Duration
		scale    float64
		start    Rate // Plan.Rate(0)
	}{
		{"pv and duration", Spec{PV: 1_000_000, Duration: 10 * min}, 1_000_000, 10 * min, 1, 1e6 / 600.0},
		{"pv and rate", Spec{PV: 1_200_000, Rate: 2000}, 1_200_000, 10 * min, 1, 2000},
		{"duration and rate", Spec{Duration: 10 * min, Rate: 2000}, 1_200_000, 10 * min, 1, 2000},
		{"all three", Spec{PV: 1_200_000, Duration: 10 * min, Rate: 2000}, 1_200_000, 10 * min, 1, 2000},
		{"all three, rounded", Spec{PV: 1000, Duration: 333 * time.Second, Rate: 3.0024}, 1000, 333 * time.Second, 1000 / (333 * 3.0024), 1000 / 333.0},
		{"a pv that is no whole number", Spec{Duration: time.Second, Rate: 10.4}, 10, time.Second, 10 / 10.4, 10},
		{"very slow", Spec{PV: 1, Rate: 0.001}, 1, 1000 * time.Second, 1, 0.001},
		{"very fast", Spec{PV: 10, Rate: 1e12}, 10, 1, 0.01, 1e10},
		{"one view", Spec{PV: 1, Duration: 1}, 1, 1, 1, 1e9},
		{"sine, pv and duration", Spec{PV: 6000, Duration: min, Shape: Sine{10 * time.Second, 0.5}}, 6000, min, 1, 100},
		{"sine, pv and rate", Spec{PV: 6000, Rate: 100, Shape: Sine{10 * time.Second, 0.5}}, 6000, min, 1, 100},
		{"sine, duration and rate", Spec{Duration: min, Rate: 100, Shape: Sine{10 * time.Second, 0.5}}, 6000, min, 1, 100},
		// Half a period above the mean: 100·(5 s + 0.5·10 s/π) views.
		{"half a sine", Spec{Duration: 5 * time.Second, Rate: 100, Shape: Sine{10 * time.Second, 0.5}}, 659, 5 * time.Second, 659 / (500 + 500/math.Pi), 100 * 659 / (500 + 500/math.Pi)},
		{"ramp, duration", Spec{Duration: 10 * min, Shape: Ramp{0, 4000}}, 1_200_000, 10 * min, 1, 0},
		{"ramp, pv", Spec{PV: 1_200_000, Shape: Ramp{1000, 3000}}, 1_200_000, 10 * min, 1, 1000},
		{"ramp, both", Spec{PV: 600_000, Duration: 10 * min, Shape: Ramp{1000, 3000}}, 600_000, 10 * min, 0.5, 500},
		{"stages", Spec{Shape: Stages{{min, 500}, {2 * min, 100}}}, 42_000, 3 * min, 1, 500},
		{"stages, duration", Spec{Duration: 3 * min, Shape: Stages{{min, 500}, {2 * min, 100}}}, 42_000, 3 * min, 1, 500},
		{"stages, pv", Spec{PV: 21_000, Shape: Stages{{min, 500}, {2 * min, 100}}}, 21_000, 3 * min, 0.5, 250},
	} {
		p, err := tt.spec.Compile()
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if p.PV() != tt.pv || p.Duration() != tt.duration {
			t.Errorf("%s: %d views in %v, want %d in %v", tt.name, p.PV(), p.Duration(), tt.pv, tt.duration)
		}
		if math.Abs(p.Scale()/tt.scale-1) > 1e-12 {
			t.Errorf("%s: scale %v, want %v", tt.name, p.Scale(), tt.scale)
		}
		if got := p.Rate(0); math.Abs(float64(got-tt.start)) > 1e-9*float64(tt.start) {
			t.Errorf("%s: starts at %v/s, want %v/s", tt.name, got, tt.start)
		}
		if p.UV() != tt.pv {
			t.Errorf("%s: uv left out is %d, not pv", tt.name, p.UV())
		}
		if p.Rate(-1) != 0 || p.Rate(p.Duration()) != 0 {
			t.Errorf("%s: a rate outside the schedule", tt.name)
		}
	}
}

func TestRateOverTime(t *testing.T) {
	sec := time.Second
	for _, tt := range []struct {
		name  string
		spec  Spec
		rates map[time.Duration]Rate
	}{
		{"ramp", Spec{Duration: 10 * sec, Shape: Ramp{100, 200}}, map[time.Duration]Rate{0: 100, 5 * sec: 150, 9 * sec: 190}},
		{"stages", Spec{Shape: Stages{{sec, 5}, {sec, 0}, {sec, 7}}}, map[time.Duration]Rate{sec - 1: 5, sec: 0, 2*sec - 1: 0, 2 * sec: 7}},
		{"sine", Spec{Rate: 100, Duration: 20 * sec, Shape: Sine{10 * sec, 0.5}}, map[time.Duration]Rate{0: 100, 2500 * time.Millisecond: 150, 5 * sec: 100, 7500 * time.Millisecond: 50, 12500 * time.Millisecond: 150}},
	} {
		p := compile(t, tt.spec)
		for at, want := range tt.rates {
			if got := p.Rate(at); math.Abs(float64(got-want)) > 1e-9 {
				t.Errorf("%s: %v/s at %v, want %v/s", tt.name, got, at, want)
			}
		}
	}
}

func TestSpecErrors(t *testing.T) {
	const min = time.Minute
	for _, tt := range []struct {
		name string
		spec Spec
		want string // "field: part of the problem", one for each, joined by " | "
	}{
		{"nothing", Spec{}, "pv: two of pv, duration and rate"},
		{"pv alone", Spec{PV: 5}, "duration: two of pv, duration and rate"},
		{"rate alone", Spec{Rate: 5}, "pv: two of pv"},
		{"three that disagree", Spec{PV: 1000, Duration: min, Rate: 50}, "rate: contradicts pv and duration: 50/s for 1m0s are 3000 views, not pv = 1000"},
		{"uv above pv", Spec{PV: 10, UV: 11, Duration: min}, "uv: 11 users can't appear in pv = 10"},
		{"uv above a pv that follows", Spec{Rate: 1, UV: 61, Duration: min}, "uv: 61 users can't appear in pv = 60"},
		{"too many", Spec{PV: MaxPV + 1, UV: MaxPV + 1, Duration: min}, "pv: above the limit | uv: above the limit"},
		{"negative", Spec{PV: 10, Duration: -min, Rate: -1}, "duration: negative | rate: negative"},
		{"no number", Spec{PV: 10, Rate: Rate(math.NaN())}, "rate: not a rate"},
		{"infinite", Spec{PV: 10, Rate: Rate(math.Inf(1))}, "rate: not a rate"},
		{"less than a view", Spec{Duration: time.Second, Rate: 0.4}, "pv: less than one view"},
		{"more than can be", Spec{Duration: 200 * 365 * 24 * time.Hour, Rate: 1e15}, "pv: above the limit"},
		{"longer than can be", Spec{PV: MaxPV, Rate: 1e-3}, "duration: more than 292 years"},
		{"law", Spec{PV: 10, Duration: min, Law: Law{Kind: 9}, Order: 9, Arrivals: 9}, "arrivals: unknown | visits: unknown | new_users: unknown"},
		{"zipf 0", Spec{PV: 10, Duration: min, Law: Law{Kind: Zipf}}, "visits: exponent"},
		{"zipf NaN", Spec{PV: 10, Duration: min, Law: Law{Zipf, math.NaN()}}, "visits: exponent"},
		{"zipf 101", Spec{PV: 10, Duration: min, Law: Law{Zipf, 101}}, "visits: exponent"},
		{"even 2", Spec{PV: 10, Duration: min, Law: Law{Even, 2}}, "visits: even takes no number"},
		{"shard", Spec{PV: 10, Duration: min, Shard: Shard{3, 3}}, "shard: index 3 is not below the count 3"},
		{"shard of none", Spec{PV: 10, Duration: min, Shard: Shard{1, 0}}, "shard: index 1"},
		{"ramp, no length", Spec{Shape: Ramp{1, 2}}, "pv: a ramp needs pv or duration"},
		{"ramp and rate", Spec{PV: 10, Rate: 2, Shape: Ramp{1, 2}}, "rate: contradicts shape.ramp"},
		{"flat ramp", Spec{PV: 10, Shape: Ramp{}}, "shape.ramp: both 0/s"},
		{"negative ramp", Spec{PV: 10, Shape: Ramp{-1, Rate(math.NaN())}}, "shape.ramp.from: negative | shape.ramp.to: not a rate"},
		{"slow ramp", Spec{PV: MaxPV, Shape: Ramp{0, 1e-9}}, "duration: more than 292 years"},
		{"no stages", Spec{PV: 10, Shape: Stages{}}, "shape.stages: 0 stages"},
		{"bad stages", Spec{Shape: Stages{{0, 1}, {min, -1}}}, "shape.stages[0].for: not above 0 | shape.stages[1].rate: negative"},
		{"idle stages", Spec{PV: 10, Shape: Stages{{min, 0}}}, "shape.stages: all stages have the rate 0/s"},
		{"endless stages", Spec{Shape: Stages{{math.MaxInt64, 1}, {1, 1}}}, "shape.stages[1].for: longer than 292 years"},
		{"stages, rate and another duration", Spec{Rate: 1, Duration: min, Shape: Stages{{2 * min, 1}}}, "rate: contradicts shape.stages | duration: 1m0s contradicts shape.stages, which take 2m0s"},
		{"sine", Spec{PV: 10, Duration: min, Shape: Sine{0, 1.5}}, "shape.sine.period: not above 0 | shape.sine.amplitude: not a ratio"},
		{"a pointer", Spec{PV: 10, Duration: min, Shape: &Ramp{1, 2}}, "shape: unknown shape *traffic.Ramp"},
	} {
		p, err := tt.spec.Compile()
		var errs SpecErrors
		if p != nil || !errors.As(err, &errs) {
			t.Errorf("%s: %v, %v", tt.name, p, err)
			continue
		}
		wants := strings.Split(tt.want, " | ")
		if len(errs) != len(wants) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
			continue
		}
		for i, want := range wants {
			field, problem, _ := strings.Cut(want, ": ")
			if errs[i].Field != field || !strings.Contains(errs[i].Problem, problem) {
				t.Errorf("%s: %v, want %s", tt.name, errs[i], want)
			}
			if !strings.Contains(err.Error(), errs[i].Error()) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %q is not one line with all problems", tt.name, err)
			}
		}
		var one *SpecError
		if !errors.As(err, &one) || one != errs[0] {
			t.Errorf("%s: errors.As finds %v", tt.name, one)
		}
	}
}

func TestCompileKeepsNoStagesOfTheCaller(t *testing.T) {
	stages := Stages{{time.Second, 100}}
	p := compile(t, Spec{Shape: stages})
	before := string(p.AppendFingerprint(nil))
	stages[0].Rate = 7
	if string(p.AppendFingerprint(nil)) != before || p.Rate(0) != 100 {
		t.Error("the plan changed with the caller's slice")
	}
}

func TestNames(t *testing.T) {
	for got, want := range map[string]string{
		Even.String(): "even", Zipf.String(): "zipf", Geometric.String(): "geometric", LawKind(9).String(): "unknown",
		Paced.String(): "paced", Mixed.String(): "mixed", EvenlySpaced.String(): "even", Poisson.String(): "poisson",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
