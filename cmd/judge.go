package cmd

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/compare"
	"github.com/loadx/loadx/profile/gate"
	"github.com/loadx/loadx/reports"
)

// sharedFlags are the flags of every command that ends in a report.
type sharedFlags struct {
	reports []string
	gates   []string
	save    string
	top     int
	step    string

	stepSummary bool
	changed     func(name string) bool

	// baseline names the profiles that gates may be relative to; base are those, once they are read.
	baseline, basePaths []string
	base                []*profile.Profile
}

// reportFlags is the group of the flags that say what becomes of the numbers.
const reportFlags = "Report and gates"

// register adds the flags in a group of their own.
func (f *sharedFlags) register(c *cobra.Command) {
	f.registerJudged(c)
	inGroup(c, reportFlags, func(c *cobra.Command) {
		fl := c.Flags()
		fl.StringArrayVar(&f.baseline, "baseline", nil, "gates such as 'p95 <= baseline + 5%' are held against the saved profile in `FILE`; repeatable, of several the median counts")
		fl.StringVar(&f.save, "save", "", "save the profile to `FILE`")
	})
}

// registerJudged adds those of what is shown and judged, whatever it is.
func (f *sharedFlags) registerJudged(c *cobra.Command) {
	inGroup(c, reportFlags, func(c *cobra.Command) {
		fl := c.Flags()
		fl.StringArrayVar(&f.gates, "gate", nil, "expect `EXPR` to hold, such as 'p95 < 250ms'; repeatable")
		fl.StringArrayVar(&f.reports, "report", nil, "write the report as `FORMAT[=FILE]`: "+strings.Join(reports.Formats(), ", ")+"; repeatable")
		fl.IntVar(&f.top, "top", 10, "show `N` rows in the tables of the heaviest")
		fl.BoolVar(&f.stepSummary, "step-summary", true, "append the report as Markdown to $GITHUB_STEP_SUMMARY where that is set")
	})
	f.changed = c.Flags().Changed
}

// registerStep adds the flag of those commands whose report may be of a log.
func (f *sharedFlags) registerStep(c *cobra.Command) {
	inGroup(c, reportFlags, func(c *cobra.Command) {
		c.Flags().StringVar(&f.step, "step", "", "show a log's figures by `UNIT`: minute, hour, day or month (what fits by default)")
	})
}

// prepared is what must be sound before anything is sent or read.
type prepared struct {
	outs  outputs
	gates []gate.Gate
	base  []*profile.Profile // that gates may be relative to
	saver *profile.Saver
	top   int
	step  *profile.Unit
	// summary is nil for none.
	summary *stepSummary
}

// prepare parses the gates, the saved ones that came with a profile first, and opens the reports and the file to save to.
// Inputs are the files that the command reads.
func (f *sharedFlags) prepare(env *Env, savedGates, inputs []string) (*prepared, error) {
	saved, err := f.parseGates(savedGates, true)
	if err != nil {
		return nil, err
	}
	p, err := f.parse(nil)
	if err != nil {
		return nil, err
	}
	p.gates = append(saved, p.gates...)
	return p, p.open(env, f, inputs)
}

// parse does the part of prepare that writes no file.
func (f *sharedFlags) parse(moreGates []string) (*prepared, error) {
	gates, err := f.parseGates(append(append([]string(nil), moreGates...), f.gates...), false)
	if err != nil {
		return nil, err
	}
	p := &prepared{top: f.top, gates: gates, base: f.base}
	if f.step != "" {
		unit, err := profile.ParseUnit(f.step)
		if err != nil {
			return nil, usage(fmt.Errorf("--step: %w", err))
		}
		p.step = &unit
	}
	if f.top < 1 {
		return nil, usage(fmt.Errorf("--top %d: at least one row is needed", f.top))
	}
	return p, nil
}

// open does the rest: what it opens truncates files, so that it comes after every mistake that can be told before.
func (p *prepared) open(env *Env, f *sharedFlags, inputs []string) (err error) {
	if err := refuseClash(append(inputs, f.basePaths...), f.files()); err != nil {
		return err
	}
	if p.summary, err = openStepSummary(env, f); err != nil {
		return err
	}
	if p.outs, err = openOutputs(f.reports); err != nil {
		p.abandon()
		return err
	}
	if f.save != "" {
		if p.saver, err = profile.Create(f.save); err != nil {
			p.abandon()
			return usage(err)
		}
	}
	return nil
}

func parseGate(src string) (gate.Gate, error) {
	g, err := gate.Parse(src)
	if err == nil {
		return g, nil
	}
	f := &failure{code: exitUsage, err: fmt.Errorf("gate %q: %w", src, err)}
	if s := (*gate.SyntaxError)(nil); errors.As(err, &s) {
		f.err = fmt.Errorf("gate: column %d: %s", s.Offset+1, s.Message)
		f.detail = fmt.Sprintf("  %s\n  %s^\n", src, strings.Repeat(" ", s.Offset))
		f.hint = s.Hint
	}
	return gate.Gate{}, f
}

// conclude judges a profile, saves it, writes every report and returns the error that carries the exit code. Failures
// are what went wrong while measuring; they are told after the report.
func (p *prepared) conclude(env *Env, measured *profile.Profile, failures ...error) error {
	measured.Gates = nil
	for _, g := range p.gates {
		measured.Gates = append(measured.Gates, g.Source())
	}
	errs := failures
	if p.saver != nil {
		if err := p.saver.Finish(measured); err != nil {
			errs = append(errs, err)
		}
	}
	p.warnOfBaseline(measured)
	r, err := judged(measured, p.gates)
	if err != nil {
		errs = append(errs, err)
	}
	lacking := hintAtBaseline(r.Gates)
	r.Top, r.Step, r.Width, r.Color = p.top, p.step, env.StdoutWidth, env.color()
	if err := p.outs.write(env.Stdout, r); err != nil {
		errs = append(errs, err)
	}
	if err := p.summary.write(env, func(w io.Writer) error { return reports.Markdown(w, plain(r)) }); err != nil {
		errs = append(errs, err)
	}
	err = verdictError(r, errors.Join(errs...))
	if f := (*failure)(nil); lacking && errors.As(err, &f) && f.code == exitGateFailed && f.hint == "" {
		f.hint = nameBaseline
	}
	return err
}

func judged(p *profile.Profile, gates []gate.Gate) (*reports.Report, error) {
	r := &reports.Report{Profile: p, Gates: gate.JudgeAll(gate.WithDefaults(gates, p), p)}
	r.Verdict = gate.Overall(r.Gates, p)
	if p.Seen == nil {
		return r, nil
	}
	var err error
	if r.Differences, err = compare.SentSeen(p); err != nil {
		return r, fmt.Errorf("sent against seen: %w", err)
	}
	return r, nil
}

// verdictError turns a verdict and what went wrong into one exit code, 130 before 3 before 1, and one line.
func verdictError(r *reports.Report, err error) error {
	switch {
	case r.Profile.Interrupted && err != nil:
		return &failure{code: exitInterrupted, err: err}
	case r.Profile.Interrupted:
		return silent(exitInterrupted)
	case err != nil:
		return untrusted(err)
	case r.Verdict == gate.Invalid:
		return untrusted(errors.New("invalid: " + whyInvalid(r.Profile)))
	case r.Profile.Aborted != "":
		return &failure{code: exitGateFailed, err: errors.New("stopped before its end: " + r.Profile.Aborted)}
	case r.Verdict == gate.Failed:
		return &failure{code: exitGateFailed, err: errors.New(failedGates(r.Gates))}
	default:
		return nil
	}
}

func whyInvalid(p *profile.Profile) string {
	for _, w := range p.Warnings {
		if w.Invalidates {
			return w.Text
		}
	}
	if p.Seen != nil {
		return whyInvalid(p.Seen)
	}
	return "see the report"
}

// failedGates names the first gate that did not pass, and how many more there are.
func failedGates(results []gate.Result) string {
	first, more := "", 0
	for _, g := range results {
		switch {
		case g.Verdict == gate.Pass:
		case first != "":
			more++
		case g.LacksBaseline:
			first = fmt.Sprintf("gate %q had no data: no baseline was given", g.Expr)
		case g.Verdict == gate.NoData:
			first = fmt.Sprintf("gate %q had no data", g.Expr)
		default:
			first = fmt.Sprintf("gate %q failed: actual %s", g.Expr, g.Actual)
			if g.Relative {
				first += ", limit " + g.Limit
			}
			if g.Evidence != nil && g.Evidence.When != nil {
				first += ", " + g.Evidence.When.Stretch()
			}
		}
	}
	if more > 0 {
		first += fmt.Sprintf("; and %d more", more)
	}
	return first
}

// abandon closes what prepare opened, for a run that measured nothing.
func (p *prepared) abandon() {
	p.outs.close()
	p.summary.close()
	if p.saver != nil {
		p.saver.Abandon()
	}
}
