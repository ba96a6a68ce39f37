package cmd

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/compare"
	"github.com/loadx/loadx/profile/gate"
	"github.com/loadx/loadx/reports"
)

// compareFlags say how the two sides are compared.
type compareFlags struct{ alpha, margin float64 }

func newCompare(env *Env) *cobra.Command {
	var shared sharedFlags
	var flags compareFlags
	c := &cobra.Command{
		Use:   "compare BASE HEAD | compare BASE... -- HEAD...",
		Short: "say what became better or worse between saved profiles",
		Long: `Compare saved profiles: before a change (base) and after it (head). Each figure is shown with its change and a verdict:
better, worse, changed (of figures of which neither direction is better), same, or inconclusive.

With several runs a side, 4 or more, each run gives one value of every figure; -- stands between the sides, or each side
is one quoted pattern. With one run a side, the slices of its time give the values: that tells whether the two runs
differ, and not whether a third one would. Verdicts are by the Mann-Whitney U test: better and worse need p of at most
--alpha and a change of at least --margin, same needs the whole interval of the change to be within the margin.

A gate may be relative to base: 'p95 <= baseline + 5%'. Of several runs it is judged by their medians. The exit code is 0
unless such a gate fails (1), or one of the profiles can't be trusted (3).`,
		Example: `  loadx compare before.loadx after.loadx
  loadx compare 'before-*.loadx' 'after-*.loadx' --gate 'p95 <= baseline + 5%'
  loadx compare --report html=diff.html b1.loadx b2.loadx -- h1.loadx h2.loadx`,
		Args: func(c *cobra.Command, args []string) error {
			_, _, err := sides(args, c.ArgsLenAtDash())
			return err
		},
		RunE: func(c *cobra.Command, args []string) error {
			base, head, err := sides(args, c.ArgsLenAtDash())
			if err != nil {
				return err
			}
			return runCompare(env, base, head, &shared, &flags)
		},
	}
	shared.registerJudged(c)
	c.Flags().Float64Var(&flags.alpha, "alpha", 0.05, "level of each test: how often chance alone may make it significant")
	c.Flags().Float64Var(&flags.margin, "margin", 0.05, "smallest change that matters, as a share of base")
	return c
}

// sides divides the arguments; dash is how many stand before --, negative without one.
func sides(args []string, dash int) (base, head []string, err error) {
	const how = "`loadx compare BASE HEAD`, or `loadx compare BASE... -- HEAD...`, flags before the files"
	switch {
	case dash < 0 && len(args) == 2:
		return args[:1], args[1:], nil
	case dash < 0 && len(args) > 2:
		return nil, nil, withHint(usage(fmt.Errorf("loadx compare: %d files, and nothing says which are of base and which of head", len(args))),
			"write -- between them: "+how)
	case dash < 1 || dash >= len(args):
		return nil, nil, withHint(usage(errors.New("loadx compare takes at least one file of base and one of head")), "write "+how)
	}
	return args[:dash], args[dash:], nil
}

func runCompare(env *Env, base, head []string, shared *sharedFlags, flags *compareFlags) error {
	for _, spec := range shared.reports {
		if format, _, _ := cutReport(spec); format == "openmetrics" {
			return usage(errors.New("--report openmetrics: a comparison is no measurement to collect: there are table, json, junit, markdown, csv and html"))
		}
	}
	if !(flags.alpha > 0 && flags.alpha <= 0.5) {
		return usage(fmt.Errorf("--alpha %v: it is above 0 and at most 0.5", flags.alpha))
	}
	if !(flags.margin > 0 && flags.margin < 1) {
		return usage(fmt.Errorf("--margin %v: it is a share above 0 and below 1, such as 0.05", flags.margin))
	}
	base, headErr := expandSaved(base)
	head, err := expandSaved(head)
	if err := errors.Join(headErr, err); err != nil {
		return withPlace("compare", err)
	}
	before, err := loadRuns(base)
	if err != nil {
		return err
	}
	after, err := loadRuns(head)
	if err != nil {
		return err
	}
	shared.base = before
	ready, err := shared.parse(nil)
	if err != nil {
		return err
	}
	c, err := compare.BaseHead(before, after, compare.Options{Alpha: flags.alpha, Margin: flags.margin, Pages: shared.top})
	if err != nil {
		return usage(err)
	}
	if err := ready.open(env, shared, slices.Concat(base, head)); err != nil {
		return err
	}
	return ready.concludeComparison(env, &reports.Comparison{Comparison: c, BaseFiles: base, HeadFiles: head})
}

// concludeComparison judges the gates, writes the reports and returns the error that carries the exit code.
func (p *prepared) concludeComparison(env *Env, c *reports.Comparison) error {
	head := c.Head[0]
	for _, w := range c.Warnings() {
		head.Warn(w)
	}
	r := &reports.Report{Profile: head, Comparison: c, Differences: c.Differences, Top: p.top, Width: env.StdoutWidth, Color: env.color()}
	if len(c.Head) == 1 {
		r.Gates = gate.JudgeAll(p.gates, head) // and how one came to fail
	} else {
		for _, g := range p.gates {
			r.Gates = append(r.Gates, g.JudgeRuns(c.Head...))
		}
	}
	r.Verdict = gate.Overall(r.Gates, head)
	if len(r.Gates) == 0 && !head.Invalid() {
		r.Verdict = gate.Passed // a run that was stopped by its own gates is shown like any other
	}
	errs := []error{p.outs.write(env.Stdout, r)}
	errs = append(errs, p.summary.write(env, func(w io.Writer) error { return reports.Markdown(w, plain(r)) }))
	switch err := errors.Join(errs...); {
	case err != nil:
		return untrusted(err)
	case r.Verdict == gate.Invalid:
		return untrusted(errors.New("invalid: " + whyNoComparison(head)))
	case r.Verdict == gate.Failed:
		return &failure{code: exitGateFailed, err: errors.New(failedGates(r.Gates))}
	}
	return nil
}

func whyNoComparison(head *profile.Profile) string {
	if head.Interrupted {
		return "head was interrupted"
	}
	return whyInvalid(head)
}
