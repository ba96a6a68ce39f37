package cmd

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/profile"
)

func newReport(env *Env) *cobra.Command {
	var shared sharedFlags
	var part partFlags
	c := &cobra.Command{
		Use:   "report FILE",
		Short: "render a saved profile again and judge its gates again",
		Long: `Render a saved profile again and judge its gates again, with further ones.

--from and --to cut the figures of latency, errors and rate of an attack out of the slices that it was saved with, each a
second wide (of a run of more than 17 minutes two, four …). Whole slices are taken: from is rounded up, to down. Counts
stay those of the whole run. Of a part there is no lag, and there are no errors by class and no latency by page.`,
		Example: `  loadx report run.loadx --report json
  loadx report run.loadx --gate 'p99 < 100ms'
  loadx report run.loadx --from 30s --to 2m`,
		Args: arguments(1, 1, "one FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := load(args[0])
			if err != nil {
				return err
			}
			if err := part.cut(c, p); err != nil {
				return err
			}
			ready, err := shared.prepare(env, p.Gates, args)
			if err != nil {
				return err
			}
			return ready.conclude(env, p)
		},
	}
	shared.register(c)
	shared.registerStep(c)
	inGroup(c, "Part of a run", part.register)
	return c
}

func newMerge(env *Env) *cobra.Command {
	var shared sharedFlags
	c := &cobra.Command{
		Use:   "merge FILE... --save OUT",
		Short: "add up saved profiles: shards of one plan, hosts, days",
		Long: `Add up saved profiles into one: the shards of one plan, the logs of several hosts or days. Visitors of the whole are
those of the parts together, not their sum. What would count anything twice is refused: the same run or the same log
content in two files, or one shard twice; so are profiles whose definitions differ.`,
		Example: `  loadx merge shard1.loadx shard2.loadx --save all.loadx`,
		Args:    arguments(1, -1, "at least one FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			return runMerge(env, args, &shared)
		},
	}
	shared.register(c)
	shared.registerStep(c)
	return c
}

func runMerge(env *Env, args []string, shared *sharedFlags) error {
	if shared.save == "" {
		return withHint(usage(errors.New("merge: --save is missing")), "name the file for the sum: --save all.loadx")
	}
	var sum *profile.Profile
	for _, name := range args {
		p, err := load(name)
		if err != nil {
			return err
		}
		if sum == nil {
			sum = p
			continue
		}
		if err := sum.Merge(p); err != nil {
			return usage(fmt.Errorf("merge: %s: %w", name, err))
		}
	}
	ready, err := shared.prepare(env, sum.Gates, args)
	if err != nil {
		return err
	}
	return ready.conclude(env, sum)
}

// load reads a saved profile. A path that names nothing is a mistake of the caller, a file that can't be read or
// understood is a measurement that can't be had.
func load(path string) (*profile.Profile, error) {
	p, err := profile.Load(path)
	switch {
	case err == nil:
		return p, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, usage(err)
	case errors.Is(err, profile.ErrNotProfile):
		return nil, withHint(untrusted(err), "profiles are written by --save; `loadx analyze` reads access logs")
	default:
		return nil, untrusted(err)
	}
}
