package traffic

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

func logBinomial(n, k float64) float64 {
	a, _ := math.Lgamma(n + 1)
	b, _ := math.Lgamma(k + 1)
	c, _ := math.Lgamma(n - k + 1)
	return a - b - c
}

func TestLeftHalfIsBinomial(t *testing.T) {
	s := newStream(21, forArrivals)
	for _, m := range []uint64{2, 7, 63, 64, 65, 200, 256, 257, 258, 1000, 4097, 1_000_000} {
		const draws = 100_000
		sd := math.Sqrt(float64(m)) / 2
		// Cells of a tenth of a deviation, or of one point.
		width := uint64(max(sd/10, 1))
		observed := make([]uint64, m/width+1)
		expected := make([]float64, m/width+1)
		for k := range m + 1 {
			p := math.Exp(logBinomial(float64(m), float64(k)) - float64(m)*math.Ln2)
			expected[k/width] += draws * p
		}
		for cell := range uint64(draws) {
			observed[s.leftHalf(cell+1, m)/width]++
		}
		fits(t, fmt.Sprintf("half of %d", m), observed, expected)
	}
}

func TestLeftHalfOfHugeNumbers(t *testing.T) {
	s := newStream(22, forArrivals)
	for _, m := range []uint64{1<<40 + 1, 1<<53 + 1, 1<<62 - 1, 1 << 62} {
		const draws = 50_000
		// The normal distribution in tenths of a deviation from −4 to 4.
		observed, expected := make([]uint64, 82), make([]float64, 82)
		phi := func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
		for i := range expected {
			low, high := float64(i-41)/10, float64(i-40)/10
			if i == 0 {
				low = -40
			}
			if i == 81 {
				high = 40
			}
			expected[i] = draws * (phi(high) - phi(low))
		}
		for cell := range uint64(draws) {
			k := s.leftHalf(cell+1, m)
			x := float64(int64(k-m/2)) / (math.Sqrt(float64(m)) / 2)
			observed[min(max(int(math.Floor(x*10))+41, 0), 81)]++
		}
		fits(t, fmt.Sprintf("half of %d", m), observed, expected)
	}
}

func TestLogHalfAgainstLgamma(t *testing.T) {
	for _, m := range []float64{257, 1000, 100_001} {
		at := func(x float64) float64 { return logBinomial(m, m/2*(1+x)) }
		for x := -0.5; x <= 0.5; x += 1.0 / 128 {
			got, want := logHalf(m, x)-logHalf(m, 0), at(x)-at(0)
			if math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
				t.Errorf("m %v, x %v: %v, want %v", m, x, got, want)
			}
		}
	}
}

// TestPoissonPointsAreUniform checks the conditioned process against what
// defines it: over many seeds the points of a small plan, and within one seed
// those of a big plan, are uniform and independent.
func TestPoissonPointsAreUniform(t *testing.T) {
	const m, cells = 200_000, 1000
	s := newStream(31, forArrivals)
	observed, expected := make([]uint64, cells), make([]float64, cells)
	gaps, gapsExpected := make([]uint64, 50), make([]float64, 50)
	before := uint64(0)
	for n := range uint64(m) {
		at := s.orderStatistic(n, m)
		observed[mulDiv(at, cells/2, 1<<63)]++
		gap := float64(at-before) * 0x1p-64 * m // exponential with mean 1
		gaps[min(int(gap*10), 49)]++
		before = at
	}
	for i := range expected {
		expected[i] = m / cells
	}
	for i := range gapsExpected {
		gapsExpected[i] = m * (math.Exp(-float64(i)/10) - math.Exp(-float64(i+1)/10))
	}
	gapsExpected[49] = m * math.Exp(-4.9)
	fits(t, "points of one seed", observed, expected)
	fits(t, "gaps of one seed", gaps, gapsExpected)

	// Order statistic n of m is Beta(n+1, m−n): its distribution function is the
	// chance that more than n of m uniform points lie below x.
	const few, seeds = 5, 40_000
	for n := range uint64(few) {
		observed, expected := make([]uint64, 20), make([]float64, 20)
		for seed := range uint64(seeds) {
			observed[mulDiv(newStream(seed, forArrivals).orderStatistic(n, few), 10, 1<<63)]++
		}
		cdf := func(x float64) float64 {
			sum := 0.0
			for k := n + 1; k <= few; k++ {
				sum += math.Exp(logBinomial(few, float64(k))) * math.Pow(x, float64(k)) * math.Pow(1-x, float64(few-k))
			}
			return sum
		}
		for i := range expected {
			expected[i] = seeds * (cdf(float64(i+1)/20) - cdf(float64(i)/20))
		}
		fits(t, fmt.Sprintf("order statistic %d of %d", n, few), observed, expected)
	}
}

func TestPoissonFollowsTheShape(t *testing.T) {
	p := compile(t, Spec{PV: 100_000, Duration: 10 * time.Minute, Arrivals: Poisson, Seed: 8,
		Shape: Sine{Period: 4 * time.Minute, Amplitude: 1}})
	observed, expected := make([]uint64, 600), make([]float64, 600)
	for n := range p.PV() {
		observed[p.Visit(n).Due/time.Second]++
	}
	for i := range expected {
		expected[i] = p.integral(time.Duration(i+1)*time.Second) - p.integral(time.Duration(i)*time.Second)
	}
	fits(t, "arrivals a second", observed, expected)
}

// integral returns the hits that the plan's rate asks for up to t, with package
// math and from the definition of each shape: the oracle of the schedule.
func (p *Plan) integral(t time.Duration) float64 {
	raw := func(t float64) float64 {
		switch s := p.spec.Shape.(type) {
		case Ramp:
			d := float64(p.duration)
			return float64(s.From)*t + float64(s.To-s.From)*t*t/d/2
		case Stages:
			sum := 0.0
			for _, stage := range s {
				part := min(t, float64(stage.For))
				sum += float64(stage.Rate) * part
				t -= part
			}
			return sum
		case Sine:
			w := 2 * math.Pi / float64(s.Period)
			return t + s.Amplitude/w*(1-math.Cos(w*t))
		default:
			return t
		}
	}
	return raw(float64(t)) / raw(float64(p.duration)) * float64(p.pv)
}

var shapes = map[string]Spec{
	"steady":       {PV: 12_345, Duration: 7 * time.Minute},
	"steady dense": {PV: 50_000, Duration: 40_000},
	"steady long":  {PV: 1000, Duration: 2000 * time.Hour},
	"ramp up":      {PV: 10_000, Duration: 10 * time.Minute, Shape: Ramp{0, 4000}},
	"ramp down":    {PV: 10_000, Duration: 10 * time.Minute, Shape: Ramp{4000, 0}},
	"ramp":         {Duration: time.Minute, Shape: Ramp{100, 300}},
	"stages":       {Shape: Stages{{time.Minute, 50}, {10 * time.Second, 500}, {time.Minute, 20}}},
	"pauses":       {Shape: Stages{{time.Second, 0}, {time.Second, 100}, {time.Hour, 0}, {time.Second, 300}, {time.Minute, 0}}},
	"stages of pv": {PV: 7777, Shape: Stages{{time.Second, 1}, {time.Second, 2}, {time.Second, 0.5}}},
	"sine":         {PV: 10_000, Duration: 10 * time.Minute, Shape: Sine{2 * time.Minute, 0.5}},
	"sine to 0":    {PV: 10_000, Duration: 10*time.Minute + 17, Shape: Sine{100 * time.Second, 1}},
	"sine slow":    {PV: 10_000, Duration: time.Hour, Shape: Sine{24 * time.Hour, 0.9}},
	"sine fast":    {PV: 10_000, Duration: time.Hour, Shape: Sine{time.Millisecond, 0.9}},
}

// TestDueIsTheInverseOfTheIntegral holds every due time against the integral:
// at most n then, and more than n a nanosecond later.
func TestDueIsTheInverseOfTheIntegral(t *testing.T) {
	for name, spec := range shapes {
		p := compile(t, spec)
		tolerance := 1e-12 * float64(p.PV())
		before := time.Duration(0)
		for n := range p.PV() {
			due := p.Visit(n).Due
			if due < before || due >= p.Duration() {
				t.Fatalf("%s: hit %d is due at %v, after %v, in %v", name, n, due, before, p.Duration())
			}
			before = due
			if low, high := p.integral(due), p.integral(due+1); low > float64(n)+tolerance || high < float64(n)-tolerance {
				t.Fatalf("%s: hit %d is due at %v, where the integral is %v to %v", name, n, due, low, high)
			}
		}
		if end := p.integral(p.Duration()); math.Abs(end-float64(p.PV())) > tolerance {
			t.Errorf("%s: the rate integrates to %v, not %d", name, end, p.PV())
		}
		// Simpson's rule over Rate, which no due time was made from.
		const steps = 200_000
		if _, stages := spec.Shape.(Stages); !stages && name != "sine fast" && p.Duration() > steps {
			h := float64(p.Duration()-1) / steps
			sum := float64(p.Rate(0) + p.Rate(p.Duration()-1))
			for i := 1; i < steps; i++ {
				sum += float64(p.Rate(time.Duration(float64(i)*h))) * float64(2+2*(i&1))
			}
			if got := sum * h / 3 / 1e9; math.Abs(got/float64(p.PV())-1) > 1e-6 {
				t.Errorf("%s: Rate integrates to %v, not %d", name, got, p.PV())
			}
		}
	}
}

func TestDueByHand(t *testing.T) {
	sec := time.Second
	for _, tt := range []struct {
		name string
		spec Spec
		want map[uint64]time.Duration
	}{
		{"steady", Spec{PV: 100, Rate: 10}, map[uint64]time.Duration{0: 0, 1: sec / 10, 99: 9900 * time.Millisecond}},
		{"ramp from 0", Spec{PV: 100, Shape: Ramp{0, 20}}, map[uint64]time.Duration{0: 0, 1: sec, 4: 2 * sec, 25: 5 * sec, 81: 9 * sec}},
		{"ramp to 0", Spec{PV: 100, Shape: Ramp{20, 0}}, map[uint64]time.Duration{0: 0, 19: sec, 75: 5 * sec, 99: 9 * sec}},
		{"stages", Spec{Shape: Stages{{sec, 0}, {sec, 10}, {10 * sec, 0}, {sec, 100}}},
			map[uint64]time.Duration{0: sec, 5: 1500 * time.Millisecond, 10: 12 * sec, 60: 12500 * time.Millisecond}},
		{"whole sines", Spec{PV: 1000, Duration: 100 * sec, Shape: Sine{10 * sec, 1}},
			map[uint64]time.Duration{0: 0, 100: 10 * sec, 900: 90 * sec}},
	} {
		p := compile(t, tt.spec)
		for n, want := range tt.want {
			// 100 ns of leave: where the rate is near 0, and the inverse steep
			// (a sine's trough), the rounding of the integral shows.
			if got := p.Visit(n).Due; (got-want).Abs() > 1 && !(tt.name == "whole sines" && (got-want).Abs() < 100) {
				t.Errorf("%s: hit %d is due at %v, want %v", tt.name, n, got, want)
			}
		}
	}
}

// TestDueOfHugePlans checks the order of hits where float64 can't tell them
// apart any more.
func TestDueOfHugePlans(t *testing.T) {
	for name, spec := range shapes {
		if _, ok := spec.Shape.(Stages); spec.PV == 0 && !ok {
			continue
		}
		for _, arrivals := range []Arrivals{EvenlySpaced, Poisson} {
			spec.PV, spec.Arrivals = MaxPV, arrivals
			p := compile(t, spec)
			for _, from := range []uint64{0, 1<<53 - 50, MaxPV / 3, MaxPV/2 - 50, MaxPV - 200} {
				before := time.Duration(0)
				for n := from; n < from+200; n++ {
					due := p.Visit(n).Due
					if due < before || due >= p.Duration() {
						t.Fatalf("%s, %v: hit %d is due at %v, after %v, in %v", name, arrivals, n, due, before, p.Duration())
					}
					before = due
				}
			}
			if arrivals == EvenlySpaced {
				mid := p.Visit(MaxPV / 2).Due
				if got := p.integral(mid) / MaxPV; math.Abs(got-0.5) > 1e-4 {
					t.Errorf("%s: half of the hits are due at %v, where the integral is %v", name, mid, got)
				}
			}
		}
	}
}

func TestDueDoesNotDrift(t *testing.T) {
	p := compile(t, Spec{Rate: 3, Duration: 1000 * time.Hour})
	var got []time.Duration
	for _, hour := range []uint64{1, 10, 999} {
		got = append(got, p.Visit(hour*3*3600).Due)
	}
	if want := []time.Duration{time.Hour, 10 * time.Hour, 999 * time.Hour}; !slices.Equal(got, want) {
		t.Errorf("due %v, want %v", got, want)
	}
}
