package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/gate"
	"github.com/loadx/loadx/reports"
	"github.com/loadx/loadx/scenarios"
	"github.com/loadx/loadx/scenarios/traffic"
)

const (
	// lateAbove is the share of a step's page views that may leave late before the rate does not hold.
	lateAbove = 0.01
	// overtime is how long after a step's end its requests may still leave, as a share of the step.
	overtime = 0.25
	// defaultCapacityGate is what has to hold when nothing else is asked for.
	defaultCapacityGate = "errors < 1%"
)

// capacityFlags say how the search goes.
type capacityFlags struct {
	plan      planFlags
	start     string
	most      string
	step      time.Duration
	settle    time.Duration
	precision float64
	steps     int
}

func newCapacity(env *Env) *cobra.Command {
	var shared sharedFlags
	var flags capacityFlags
	c := &cobra.Command{
		Use:   "capacity SCENARIO.yaml | capacity URL [--pv N --uv N]",
		Short: "search for the highest rate at which all gates hold",
		Long: `Search for the highest rate at which all gates hold: each rate is sent steadily for --step-duration, the first --settle
of it left out of the figures; the rate doubles while it holds, and then the gap is halved until it is within --precision.

A rate holds when every gate passes, nothing is dropped and at most 1 % of the page views leave late. Gates on counts of
the whole traffic (pv, uv, hits, sent, rate, duration, bytes, and those on the server's log) have no meaning in a step and
are left out; without any other gate, errors < 1% has to hold. UV keep their ratio to PV, and users are new in every
step: their identity begins with the number of the step.

Exits 0 when a rate was found, 1 when none held, 3 when loadx and not the target was the limit.`,
		Example: `  loadx capacity scenario.yaml --gate 'p95 < 250ms'
  loadx capacity http://127.0.0.1:8080/ --from 500/s --to 20000/s \
      --gate 'p99 < 50ms' --report json`,
		Args: arguments(1, 1, "one SCENARIO.yaml or URL"),
		RunE: func(c *cobra.Command, args []string) error {
			flags.plan.changed = c.Flags().Changed
			return runCapacity(c.Context(), env, args, &shared, &flags)
		},
	}
	inGroup(c, "Search", flags.registerSearch)
	flags.plan.register(c)
	shared.register(c)
	f := c.Flags()
	// These are what the search itself decides, or have no meaning for it.
	for _, name := range []string{"rate", "duration", "max-rate", "warmup", "shard", "save", "top", "step-summary"} {
		if f.Lookup(name) != nil {
			_ = f.MarkHidden(name)
		}
	}
	return c
}

func (f *capacityFlags) registerSearch(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.start, "from", "100/s", "the first `RATE`")
	fl.StringVar(&f.most, "to", "1000000/s", "the highest `RATE` that is tried")
	fl.DurationVar(&f.step, "step-duration", 10*time.Second, "how long each rate is sent")
	fl.DurationVar(&f.settle, "settle", 0, "how much of a step is left out (by default a fifth)")
	fl.Float64Var(&f.precision, "precision", 0.05, "how close to search, as a `SHARE` of the rate")
	fl.IntVar(&f.steps, "max-steps", 40, "try at most `N` rates")
}

// A capacityRun is one search.
type capacityRun struct {
	env      *Env
	scenario *scenarios.Scenario
	base     *scenarios.Plan // the traffic as written, for its ratio of users
	gates    []gate.Gate
	flags    *capacityFlags
	found    reports.Capacity
}

func runCapacity(ctx context.Context, env *Env, args []string, shared *sharedFlags, flags *capacityFlags) error {
	search, err := flags.search()
	if err != nil {
		return err
	}
	r, err := newCapacityRun(env, args, shared, flags)
	if err != nil {
		return err
	}
	if err := refuseClash(append(args, shared.basePaths...), shared.files()); err != nil {
		return err
	}
	outs, err := r.outputs(shared.reports)
	if err != nil {
		return err
	}
	ctx, release := env.interruptible(ctx, "the search ends; Ctrl-C again leaves at once")
	defer release()
	if err := r.run(ctx, search); err != nil {
		outs.close()
		return err
	}
	if err := outs.write(env.Stdout, &reports.Report{Width: env.StdoutWidth}); err != nil {
		return untrusted(err)
	}
	switch {
	case r.found.Interrupted:
		return silent(exitInterrupted)
	case r.found.Verdict == gate.Invalid:
		return untrusted(errors.New("invalid: " + r.found.Why))
	case r.found.Verdict == gate.Failed:
		return &failure{code: exitGateFailed, err: errors.New(r.found.Why)}
	}
	return nil
}

// search reads the flags of the search.
func (f *capacityFlags) search() (*attack.Search, error) {
	for _, name := range []string{"rate", "duration", "max-rate", "warmup", "shard", "save"} {
		if f.plan.changed(name) {
			return nil, withHint(usage(fmt.Errorf("--%s: the search decides it itself", name)), "see --from, --to, --step-duration and --settle")
		}
	}
	start, err := scenarios.ParseRate(f.start)
	if err != nil {
		return nil, usage(fmt.Errorf("--from %q: %w", f.start, err))
	}
	most, err := scenarios.ParseRate(f.most)
	if err != nil {
		return nil, usage(fmt.Errorf("--to %q: %w", f.most, err))
	}
	if !f.plan.changed("settle") {
		f.settle = f.step / 5
	}
	switch {
	case start <= 0 || most < start:
		return nil, usage(fmt.Errorf("--from %s --to %s: from must be above 0, and not above to", f.start, f.most))
	case f.step < 100*time.Millisecond || f.settle < 0 || f.settle >= f.step:
		return nil, usage(fmt.Errorf("--step-duration %s --settle %s: a step takes at least 100ms, and settling less than the step", f.step, f.settle))
	case !(f.precision > 0 && f.precision <= 1):
		return nil, usage(fmt.Errorf("--precision %v: it is above 0 and at most 1", f.precision))
	case f.steps < 1:
		return nil, usage(fmt.Errorf("--max-steps %d: at least one is needed", f.steps))
	}
	return &attack.Search{Start: start, Most: most, Precision: f.precision, Steps: f.steps}, nil
}

func newCapacityRun(env *Env, args []string, shared *sharedFlags, flags *capacityFlags) (*capacityRun, error) {
	if isURL(args[0]) {
		// Only the ratio of users to views counts.
		changed := flags.plan.changed
		if !changed("pv") {
			if changed("uv") {
				return nil, withHint(usage(errors.New("--uv without --pv is no ratio")), "--pv 4 --uv 1 lets each user make four views")
			}
			flags.plan.pv = "1"
		}
		flags.plan.duration = flags.step
		flags.plan.changed = func(name string) bool { return name == "pv" || name == "duration" || changed(name) }
	}
	s, err := flags.plan.scenario(env, args)
	if err != nil {
		return nil, err
	}
	base, err := s.Plan(traffic.Shard{})
	if err != nil {
		return nil, scenarioError(err)
	}
	r := &capacityRun{env: env, scenario: s, base: base, flags: flags}
	r.found = reports.Capacity{Name: base.Name(), Target: cmp.Or(base.Target(), base.Pages()[0].URL), Step: flags.step, Settle: flags.settle}
	return r, r.takeGates(shared, append(base.Gates(), shared.gates...))
}

// takeGates keeps the gates that have a meaning in a step.
func (r *capacityRun) takeGates(shared *sharedFlags, sources []string) error {
	gates, err := shared.parseGates(sources, false)
	if err != nil {
		return err
	}
	for _, g := range gates {
		name := g.Metric().Name
		whole := []string{"pv", "uv", "hits", "clients", "without_key", "sent", "rate", "duration", "bytes"}
		figure := name[strings.LastIndexByte(name, '.')+1:]
		if strings.HasPrefix(name, "seen.") || slices.Contains(whole, name) || strings.HasPrefix(name, "page ") && slices.Contains(whole, figure) {
			fmt.Fprintf(r.env.Stderr, "loadx: gate %q is of the whole traffic and left out\n", g.Source())
			continue
		}
		r.gates = append(r.gates, g)
	}
	if len(r.gates) == 0 {
		g, err := parseGate(defaultCapacityGate)
		if err != nil {
			return err
		}
		r.gates = append(r.gates, g)
	}
	for _, g := range r.gates {
		r.found.Gates = append(r.found.Gates, g.Source())
	}
	return nil
}

// outputs opens the reports: a table or JSON, of the search instead of a profile.
func (r *capacityRun) outputs(specs []string) (outputs, error) {
	var formats []string
	if r.flags.plan.changed("step-summary") {
		return nil, usage(errors.New("--step-summary: a search is shown as table or json"))
	}
	for _, spec := range specs {
		format, _, _ := cutReport(spec)
		if format != "table" && format != "json" {
			return nil, usage(fmt.Errorf("--report %s: a search is shown as table or json", format))
		}
		formats = append(formats, format)
	}
	outs, err := openOutputs(specs)
	if err != nil {
		return nil, err
	}
	first := len(outs) - len(specs) // a table to standard output that nobody asked for comes before
	for i, o := range outs {
		o.render = func(w io.Writer, as *reports.Report) error { return reports.CapacityTable(w, &r.found, as.Width) }
		if i >= first && formats[i-first] == "json" {
			o.render = func(w io.Writer, _ *reports.Report) error { return reports.CapacityJSON(w, &r.found) }
		}
	}
	return outs, nil
}

// run tries rates until the search is over. An error means that nothing was sent.
func (r *capacityRun) run(ctx context.Context, search *attack.Search) error {
	c := &r.found
	limited := ""
	for rate, ok := search.Next(); ok; rate, ok = search.Next() {
		p, err := r.try(ctx, rate, len(c.Steps)+1)
		if p == nil {
			return err
		}
		s := r.step(rate, p)
		c.Steps = append(c.Steps, s)
		fmt.Fprintf(r.env.Stderr, "loadx: %.0f/s: %s\n", float64(rate), verdictText(s))
		if p.Interrupted {
			c.Interrupted = true
			break
		}
		if s.Verdict == gate.Invalid {
			limited = s.Why
			break
		}
		search.Tried(rate, s.Verdict == gate.Passed)
	}
	held, failed := search.Best()
	c.Rate, c.Failed = float64(held), float64(failed)
	switch {
	case c.Interrupted:
		c.Verdict, c.Why = gate.Invalid, "interrupted: the steps before are complete"
	case limited != "":
		c.Verdict, c.Why = gate.Invalid, limited
	case held == 0:
		c.Verdict, c.Why = gate.Failed, fmt.Sprintf("no rate held, down to %.0f/s", c.Failed)
	case failed == 0:
		c.Verdict, c.Why = gate.Passed, fmt.Sprintf("%.0f/s held, and no higher rate was tried", c.Rate)
	default:
		c.Verdict, c.Why = gate.Passed, fmt.Sprintf("%.0f/s held, %.0f/s did not", c.Rate, c.Failed)
	}
	return nil
}

func verdictText(s reports.CapacityStep) string {
	if s.Why == "" {
		return "holds"
	}
	return s.Why
}

// try sends one rate. A nil profile comes with an error of the plan.
func (r *capacityRun) try(ctx context.Context, rate traffic.Rate, number int) (*profile.Profile, error) {
	s := *r.scenario
	pv := uint64(max(math.Round(float64(rate)*r.flags.step.Seconds()), 1))
	ratio := 1.0
	if r.base.PV() > 0 {
		ratio = float64(r.base.UV()) / float64(r.base.PV())
	}
	t := r.scenario.Traffic
	s.Traffic = scenarios.Traffic{PV: pv, UV: min(uint64(max(math.Round(ratio*float64(pv)), 1)), pv), Duration: r.flags.step,
		Arrivals: t.Arrivals, Visits: t.Visits, NewUsers: t.NewUsers, Seed: t.Seed + uint64(number)}
	s.Warmup, s.MaxRate, s.Gates, s.AbortOn = r.flags.settle, false, nil, nil
	if !s.Identity.None {
		id := s.Identity.ID
		if id == "" {
			id = "u{user}"
		}
		s.Identity.ID = fmt.Sprintf("c%d-%s", number, id)
	}
	plan, err := s.Plan(traffic.Shard{})
	if err != nil {
		return nil, scenarioError(err)
	}
	a, err := attack.New(attack.Options{Plan: plan, UserAgent: "loadx/" + Version(), Machine: r.env.machine(plan, false)})
	if err != nil {
		return nil, attackError(err)
	}
	over := r.flags.step + time.Duration(overtime*float64(r.flags.step))
	timer := time.AfterFunc(over, func() { a.Abort("the step was over, and not all had left") })
	defer timer.Stop()
	shown := &attackRun{env: r.env, plan: plan, ready: &prepared{gates: r.gates}, attack: a}
	shown.title.command = fmt.Sprintf("capacity, step %d at %.0f/s", number, float64(rate))
	stop := shown.watch()
	p, err := a.Run(ctx)
	stop()
	if p == nil {
		return nil, usage(err)
	}
	return p, nil
}

// step judges what was measured at a rate.
func (r *capacityRun) step(rate traffic.Rate, p *profile.Profile) reports.CapacityStep {
	s := reports.CapacityStep{
		Asked: float64(rate), PV: p.PageViews, UV: p.UV().Value, Late: p.Late, Dropped: p.Dropped, Verdict: gate.Passed,
	}
	figure := func(name string) float64 {
		m, err := profile.FindMetric(name)
		if err != nil {
			panic("BUG: cmd: " + err.Error())
		}
		v, _ := m.Of(p)
		return v.Number
	}
	s.Achieved, s.Errors = figure("rate"), figure("errors")
	if p.Dropped == 0 && float64(p.Late) <= lateAbove*float64(p.Sent) && !p.Interrupted && p.Aborted == "" {
		// All left when they were due: how long the last answers took is latency, and no lower rate.
		s.Achieved = float64(p.Sent) / r.flags.step.Seconds()
	}
	s.P50, s.HasLatency = p.Response.Quantile(0.5)
	s.P95, _ = p.Response.Quantile(0.95)
	s.P99, _ = p.Response.Quantile(0.99)
	if p.Tool != nil {
		s.Busy = p.Tool.Busy()
	}
	results := gate.JudgeAll(r.gates, p)
	failed := func(why string) { s.Verdict, s.Why = gate.Failed, why }
	switch {
	case p.Interrupted:
		s.Verdict, s.Why = gate.Invalid, "interrupted"
	case p.Status.Total() == 0 && slices.ContainsFunc(r.found.Steps, func(s reports.CapacityStep) bool { return s.Verdict == gate.Passed }):
		failed("no request got a response, as they did at a lower rate")
	case p.Invalid():
		s.Verdict, s.Why = gate.Invalid, whyInvalid(p)
	case slices.ContainsFunc(results, func(r gate.Result) bool { return r.Verdict != gate.Pass }):
		failed(failedGates(results))
	case p.Dropped > 0:
		failed(fmt.Sprintf("%d of %d page views never left: the target had all allowed requests", p.Dropped, p.Planned.Hits))
	case float64(p.Late) > lateAbove*float64(p.Sent):
		failed(fmt.Sprintf("%d of %d page views left late: the target had all allowed requests", p.Late, p.Sent))
	}
	return s
}
