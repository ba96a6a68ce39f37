package compare

import (
	"fmt"
	"time"

	"github.com/loadx/loadx/profile"
)

// A Verdict is what became of a figure from base to head.
type Verdict string

// The verdicts.
const (
	Better       Verdict = "better"
	Worse        Verdict = "worse"
	Changed      Verdict = "changed"      // a figure of which neither direction is better has changed
	Same         Verdict = "same"         // it is shown to differ by less than the margin, or it is equal throughout
	Inconclusive Verdict = "inconclusive" // neither is shown
)

// Options say how base and head are compared. The zero value stands for the defaults.
type Options struct {
	// Alpha is the level of every single test, in (0, 0.5]: 0.05 by default. Intervals are those of 1 − Alpha.
	Alpha float64
	// Margin is the smallest change that matters, as a share of base's figure in (0, 1): 0.05 by default. What has changed by
	// less is not better or worse, and only what surely has is the same.
	Margin float64
	// Pages is how many of the heaviest pages are compared, 10 by default; a negative number is none.
	Pages int
}

const (
	defaultAlpha  = 0.05
	defaultMargin = 0.05
	defaultPages  = 10
	// MaxRuns is how many runs a side may have.
	MaxRuns = 64
)

func (o Options) withDefaults() (Options, error) {
	if o.Alpha == 0 {
		o.Alpha = defaultAlpha
	}
	if o.Margin == 0 {
		o.Margin = defaultMargin
	}
	if o.Pages == 0 {
		o.Pages = defaultPages
	}
	if !(o.Alpha > 0 && o.Alpha <= 0.5) {
		return o, fmt.Errorf("compare: alpha is above 0 and at most 0.5, not %v", o.Alpha)
	}
	if !(o.Margin > 0 && o.Margin < 1) {
		return o, fmt.Errorf("compare: the margin is a share above 0 and below 1, not %v", o.Margin)
	}
	return o, nil
}

// A Comparison is base and head side by side.
type Comparison struct {
	// Base and Head are the runs of each side.
	Base, Head []*profile.Profile
	// Differences are in the order of their importance: traffic, latency, status and errors, and then page by page. Figures
	// that neither side has are left out.
	Differences []Difference
	// Sampling says what the tests rest on, and Width how long a slice is, 0 of runs.
	Sampling Sampling
	Width    time.Duration
	// Alpha and Margin are those of the options.
	Alpha, Margin float64
}

// Sampling is what the values of a test are.
type Sampling string

// The samplings.
const (
	ByRun   Sampling = "run"   // each run gives one value
	BySlice Sampling = "slice" // there is one run a side, and each slice of its time gives one
	Nothing Sampling = "none"  // there is one run a side, and it has no slices: nothing is tested
)

// BaseHead compares runs before a change with runs after it. The profiles are not changed, and kept.
//
// With several runs a side, every run gives one value of every figure. With one run a side, the slices of its timeline give
// the values, joined to longer ones: they tell of that run alone. Values are compared by the Mann-Whitney U test and by the
// interval of the Hodges-Lehmann shift that belongs to it:
//
//   - same, if the interval lies within ±Margin (an equivalence test: Schuirmann, A comparison of the two one-sided tests
//     procedure, 1987), or if all values are equal;
//   - better or worse, or changed where no direction is the better one, if p ≤ Alpha and the shift is at least Margin;
//   - inconclusive otherwise, and where it is known how many runs it takes the explanation says so.
func BaseHead(base, head []*profile.Profile, o Options) (*Comparison, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	for side, runs := range map[string][]*profile.Profile{"base": base, "head": head} {
		if len(runs) == 0 || len(runs) > MaxRuns {
			return nil, fmt.Errorf("compare: %s has from 1 to %d runs, not %d", side, MaxRuns, len(runs))
		}
		if err := distinct(runs); err != nil {
			return nil, fmt.Errorf("compare: %s: %w", side, err)
		}
	}
	c := &Comparison{Base: base, Head: head, Sampling: ByRun, Alpha: o.Alpha, Margin: o.Margin}
	b := &builder{Comparison: c, exam: newExam(o.Alpha)}
	if len(base) == 1 && len(head) == 1 {
		b.slice(base[0], head[0])
	}
	for _, r := range rowsOf(base, head, o.Pages) {
		d := b.difference(r)
		if d.Base == nil && d.Head == nil {
			continue
		}
		c.Differences = append(c.Differences, d)
	}
	return c, nil
}

// Slices cuts a run into the slices that it was tested in, copies of each; there are none unless it was.
func (c *Comparison) Slices(p *profile.Profile) []profile.Slice {
	if c.Sampling != BySlice {
		return nil
	}
	from, to := bounds(p)
	return p.Timeline.Stretches(from, to, int(c.Width/p.Timeline.Width))
}

// distinct refuses one run given twice: it would count as if it had been repeated.
func distinct(runs []*profile.Profile) error {
	seen := map[string]bool{}
	for _, p := range runs {
		for _, origin := range p.Origins {
			if seen[origin.ID] {
				return fmt.Errorf("the same run or content (%s) is in two of the files: it would count as two", origin.Name)
			}
			seen[origin.ID] = true
		}
	}
	return nil
}

// Tested counts the differences that were tested, without those whose values are all equal: chance has no part in them.
func (c *Comparison) Tested() int {
	n := 0
	for _, d := range c.Differences {
		if d.Test != nil && d.Explanation != equalThroughout {
			n++
		}
	}
	return n
}

// Notes say what the verdicts rest on, and what they do not tell, each in a sentence without a full stop.
func (c *Comparison) Notes() []string {
	var notes []string
	switch c.Sampling {
	case ByRun:
		notes = append(notes, fmt.Sprintf("each run gives one value: %s of base, %s of head; figures are medians over the runs",
			several(uint64(len(c.Base)), "run"), several(uint64(len(c.Head)), "run")))
	case BySlice:
		notes = append(notes, fmt.Sprintf("there is one run a side: the values are those of its slices of %s. They tell whether these two runs differ, "+
			"not whether others would: what differs from run to run is not in them, and neighbouring slices depend on each other. "+
			"For a verdict on a change give %d runs or more a side", profile.Duration(c.Width), newExam(c.Alpha).fewest()))
	case Nothing:
		return []string{fmt.Sprintf("there is one run a side, and no timeline to take slices from: nothing is tested. Give %d or more a side",
			newExam(c.Alpha).fewest())}
	}
	notes = append(notes, fmt.Sprintf("p is that of the two-sided Mann-Whitney U test at alpha %v, the interval is the %s%% one of the shift; same is what surely changed "+
		"by less than %s%%, and better and worse what did by as much", c.Alpha, trimmed(100*(1-c.Alpha)), trimmed(100*c.Margin)))
	if n := c.Tested(); n > 1 {
		notes = append(notes, fmt.Sprintf("%d figures are tested, each by itself: chance alone makes about %s of them significant", n, trimmed(float64(n)*c.Alpha)))
	}
	return notes
}

// Warnings say what weakens the comparison: how base and head, or the runs of one side, are not alike, and which of them
// can't be trusted. What the first run of head warns of itself is not repeated.
func (c *Comparison) Warnings() []profile.Warning {
	all := append(Unlike(c.Base, c.Head), Untrusted("base", c.Base)...)
	for i, p := range c.Head[1:] {
		all = append(all, Untrusted(fmt.Sprintf("run %d of head", i+2), []*profile.Profile{p})...)
	}
	return all
}
