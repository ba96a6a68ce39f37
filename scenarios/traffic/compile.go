package traffic

import (
	"fmt"
	"math"
	"time"
)

const (
	maxRate   Rate = 1e18
	minRate   Rate = 1e-18
	maxStages      = 10_000
	second         = float64(time.Second) // in ns
)

// Compile checks the spec and returns its plan. The error is a [SpecErrors] with
// everything that is wrong. The spec is not changed or kept.
func (s Spec) Compile() (*Plan, error) {
	var errs SpecErrors
	s.check(&errs)
	if len(errs) > 0 {
		return nil, errs
	}
	p := &Plan{spec: s}
	p.spec.Shard = s.Shard.whole()
	switch shape := s.Shape.(type) {
	case nil, Steady:
		p.spec.Shape = Steady{}
		resolveFree(p, steady{}, &errs)
	case Sine:
		resolveFree(p, newSine(shape), &errs)
	case Ramp:
		resolveRamp(p, shape, &errs)
	case Stages:
		p.spec.Shape = append(Stages(nil), shape...)
		resolveStages(p, shape, &errs)
	}
	if len(errs) == 0 && s.UV > p.pv {
		errs.add("uv", "every user makes at least one view: lower uv or raise pv",
			fmt.Sprintf("%d users can't appear in pv = %d views", s.UV, p.pv))
	}
	if len(errs) > 0 {
		return nil, errs
	}
	p.uv = s.UV
	if p.uv == 0 {
		p.uv = p.pv
	}
	p.arrivals = newStream(s.Seed, forArrivals)
	p.draw = newStream(s.Seed, forRepeats)
	p.ids = newPermutation(newStream(s.Seed, forIDs), p.uv)
	p.order = newPermutation(newStream(s.Seed, forOrder), p.pv)
	if s.Law.Kind == Zipf {
		p.zipf = newZipf(s.Law.S, p.uv)
	}
	return p, nil
}

// check reports what is wrong with each field by itself.
func (s Spec) check(errs *SpecErrors) {
	if s.PV > MaxPV {
		errs.add("pv", "", fmt.Sprintf("%d is above the limit of 2^62", s.PV))
	}
	if s.UV > MaxPV {
		errs.add("uv", "", fmt.Sprintf("%d is above the limit of 2^62", s.UV))
	} else if s.PV > 0 && s.UV > s.PV {
		errs.add("uv", "every user makes at least one view: lower uv or raise pv",
			fmt.Sprintf("%d users can't appear in pv = %d views", s.UV, s.PV))
	}
	if s.Duration < 0 {
		errs.add("duration", "", fmt.Sprintf("%v is negative", s.Duration))
	}
	s.Rate.check("rate", errs)
	checkShape(s.Shape, errs)
	if s.Arrivals > Poisson {
		errs.add("arrivals", "even or poisson", "unknown arrivals")
	}
	switch {
	case s.Law.Kind > Geometric:
		errs.add("visits", "even, zipf S or geometric", "unknown law")
	case s.Law.Kind == Zipf && !(s.Law.S > 0 && s.Law.S <= MaxZipf):
		errs.add("visits", "websites are near zipf 1",
			fmt.Sprintf("the exponent of zipf must be above 0 and at most %d, not %v", MaxZipf, s.Law.S))
	case s.Law.Kind != Zipf && s.Law.S != 0:
		errs.add("visits", "only zipf has an exponent", fmt.Sprintf("%v takes no number", s.Law.Kind))
	}
	if s.Order > Mixed {
		errs.add("new_users", "paced or mixed", "unknown order")
	}
	if s.Shard.Index >= s.Shard.whole().Count {
		errs.add("shard", "shards count from 0", fmt.Sprintf("index %d is not below the count %d", s.Shard.Index, s.Shard.Count))
	}
}

func (r Rate) check(field string, errs *SpecErrors) {
	switch {
	case r == 0 || r >= minRate && r <= maxRate:
	case r < 0:
		errs.add(field, "", fmt.Sprintf("%v/s is negative", float64(r)))
	default:
		errs.add(field, "", fmt.Sprintf("%v/s is not a rate from %g/s to %g/s", float64(r), float64(minRate), float64(maxRate)))
	}
}

func checkShape(shape Shape, errs *SpecErrors) {
	switch shape := shape.(type) {
	case nil, Steady:
	case Ramp:
		shape.From.check("shape.ramp.from", errs)
		shape.To.check("shape.ramp.to", errs)
		if shape.From == 0 && shape.To == 0 {
			errs.add("shape.ramp", "", "from and to are both 0/s")
		}
	case Stages:
		if len(shape) == 0 || len(shape) > maxStages {
			errs.add("shape.stages", "", fmt.Sprintf("%d stages, not 1 to %d", len(shape), maxStages))
			return
		}
		sum, idle := time.Duration(0), true
		for i, stage := range shape {
			at := fmt.Sprintf("shape.stages[%d]", i)
			stage.Rate.check(at+".rate", errs)
			idle = idle && stage.Rate == 0
			if stage.For <= 0 {
				errs.add(at+".for", "", fmt.Sprintf("%v is not above 0", stage.For))
			} else if sum > math.MaxInt64-stage.For {
				errs.add(at+".for", "", "the stages together are longer than 292 years")
				return
			} else {
				sum += stage.For
			}
		}
		if idle {
			errs.add("shape.stages", "", "all stages have the rate 0/s")
		}
	case Sine:
		if shape.Period <= 0 {
			errs.add("shape.sine.period", "", fmt.Sprintf("%v is not above 0", shape.Period))
		}
		if !(shape.Amplitude >= 0 && shape.Amplitude <= 1) {
			errs.add("shape.sine.amplitude", "the rate can't fall below 0",
				fmt.Sprintf("%v is not a ratio of the mean from 0 to 1", shape.Amplitude))
		}
	default:
		errs.add("shape", "", fmt.Sprintf("unknown shape %T", shape))
	}
}

// resolveFree resolves the shapes that have no rates of their own: two of pv,
// duration and rate fix the third.
func resolveFree(p *Plan, c curve, errs *SpecErrors) {
	s := &p.spec
	perHit := second / float64(s.Rate) // in the curve's unit; only used with a rate
	switch {
	case s.PV > 0 && s.Duration > 0 && s.Rate > 0:
		asked := c.integral(int64(s.Duration)) / perHit
		// Half a hit is what a pv or a duration that someone rounded may be off.
		if math.Abs(asked-float64(s.PV)) > 0.5+float64(1e-9*asked) {
			errs.add("rate", "leave one of the three out",
				fmt.Sprintf("contradicts pv and duration: %v/s for %v are %.0f views, not pv = %d", float64(s.Rate), s.Duration, asked, s.PV))
			return
		}
		p.settle(c, s.PV, s.Duration, asked)
	case s.PV > 0 && s.Duration > 0:
		p.settle(c, s.PV, s.Duration, float64(s.PV))
	case s.PV > 0 && s.Rate > 0:
		ns := c.guess(float64(float64(s.PV) * perHit))
		if d, ok := duration(ns, "rate", errs); ok {
			p.settle(c, s.PV, d, c.integral(int64(d))/perHit)
		}
	case s.Duration > 0 && s.Rate > 0:
		asked := c.integral(int64(s.Duration)) / perHit
		if pv, ok := views(asked, "duration and rate", errs); ok {
			p.settle(c, pv, s.Duration, asked)
		}
	default:
		missing("two of pv, duration and rate are needed, which fix the third", s, errs)
	}
}

func resolveRamp(p *Plan, ramp Ramp, errs *SpecErrors) {
	s := &p.spec
	if s.Rate > 0 {
		errs.add("rate", "leave rate out, or use shape: steady", "contradicts shape.ramp, which has rates of its own")
		return
	}
	mean := float64(ramp.From+ramp.To) / 2
	d := s.Duration
	switch {
	case d > 0:
	case s.PV > 0:
		var ok bool
		if d, ok = duration(float64(float64(s.PV)*second)/mean, "shape.ramp", errs); !ok {
			return
		}
	default:
		missing("a ramp needs pv or duration, which fixes the other", s, errs)
		return
	}
	c := piecewise{{start: 0, length: int64(d), from: float64(ramp.From), to: float64(ramp.To)}}
	settleRates(p, c, d, "duration and shape.ramp", errs)
}

func resolveStages(p *Plan, stages Stages, errs *SpecErrors) {
	s := &p.spec
	if s.Rate > 0 {
		errs.add("rate", "leave rate out, or use shape: steady", "contradicts shape.stages, which have rates of their own")
	}
	var sum time.Duration
	c := make(piecewise, len(stages))
	before := 0.0
	for i, stage := range stages {
		c[i] = segment{start: int64(sum), length: int64(stage.For), before: before, from: float64(stage.Rate), to: float64(stage.Rate)}
		before += c[i].total()
		sum += stage.For
	}
	if s.Duration > 0 && s.Duration != sum {
		errs.add("duration", "leave duration out", fmt.Sprintf("%v contradicts shape.stages, which take %v together", s.Duration, sum))
	}
	if len(*errs) == 0 {
		settleRates(p, c, sum, "shape.stages", errs)
	}
}

// settleRates settles a plan whose curve is in the rates asked for.
func settleRates(p *Plan, c curve, d time.Duration, by string, errs *SpecErrors) {
	asked := c.integral(int64(d)) / second
	pv, ok := p.spec.PV, true
	if pv == 0 {
		pv, ok = views(asked, by, errs)
	}
	if ok {
		p.settle(c, pv, d, asked)
	}
}

// settle stores what was resolved. asked is the number of hits that the rates
// asked for would have given, before rounding and scaling.
func (p *Plan) settle(c curve, pv uint64, d time.Duration, asked float64) {
	p.pv, p.duration = pv, int64(d)
	p.scale = float64(pv) / asked
	p.curve, p.total = c, c.integral(int64(d))
	_, p.steady = c.(steady)
}

func missing(rule string, s *Spec, errs *SpecErrors) {
	field := "pv"
	if s.PV > 0 {
		field = "duration"
	}
	errs.add(field, "add "+field, "missing: "+rule)
}

func views(asked float64, by string, errs *SpecErrors) (uint64, bool) {
	switch n := math.Round(asked); {
	case n < 1:
		errs.add("pv", "", fmt.Sprintf("%s give less than one view", by))
	case n > MaxPV:
		errs.add("pv", "", fmt.Sprintf("%s give %g views, above the limit of 2^62", by, n))
	default:
		return uint64(n), true
	}
	return 0, false
}

func duration(ns float64, by string, errs *SpecErrors) (time.Duration, bool) {
	if !(ns < math.MaxInt64) {
		errs.add("duration", "", fmt.Sprintf("pv and %s give more than 292 years", by))
		return 0, false
	}
	return time.Duration(max(math.Round(ns), 1)), true
}

// whole makes the zero shard the only one of one.
func (s Shard) whole() Shard {
	s.Count = max(s.Count, 1)
	return s
}
