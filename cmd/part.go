package cmd

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/profile"
)

// partFlags say which part of a saved run the figures are of.
type partFlags struct{ from, to time.Duration }

func (f *partFlags) register(c *cobra.Command) {
	c.Flags().DurationVar(&f.from, "from", 0, "latency, errors and rate of an attack from this time of the run on")
	c.Flags().DurationVar(&f.to, "to", 0, "and up to this one (the end by default)")
}

// cut cuts the part out, if one was asked for.
func (f *partFlags) cut(c *cobra.Command, p *profile.Profile) error {
	if !c.Flags().Changed("from") && !c.Flags().Changed("to") {
		return nil
	}
	if f.to == 0 && c.Flags().Changed("to") {
		return usage(fmt.Errorf("--to 0s: nothing is before the start"))
	}
	if err := p.Cut(f.from, f.to); err != nil {
		return usage(fmt.Errorf("--from, --to: %w", err))
	}
	p.Warn(profile.Warning{Code: "cut", Text: fmt.Sprintf("latency, errors and rate were cut out of slices of %s: quantiles are within 1%%, "+
		"and there is no lag, no error by class and no latency by page", profile.Duration(p.Timeline.Width))})
	return nil
}
