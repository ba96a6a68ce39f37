package cmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/compare"
	"github.com/loadx/loadx/profile/gate"
)

// readBaseline loads the profiles that gates may be relative to, before anything is sent or read.
func (f *sharedFlags) readBaseline() error {
	if len(f.baseline) == 0 || f.base != nil {
		return nil
	}
	paths, err := expandSaved(f.baseline)
	if err != nil {
		return withPlace("--baseline", err)
	}
	f.basePaths = paths
	if f.base, err = loadRuns(paths); err != nil {
		return withPlace("--baseline", err)
	}
	return nil
}

// withPlace says in front of an error where it comes from, and keeps its exit code and its hint.
func withPlace(where string, err error) error {
	f := &failure{code: exitUsage}
	errors.As(err, &f)
	return &failure{code: f.code, err: fmt.Errorf("%s: %w", where, err), hint: f.hint}
}

// nameBaseline is what to do where a gate is relative to a baseline that was not given.
const nameBaseline = "name the saved profile of one: --baseline FILE"

// hintAtBaseline tells in the results of gates that lack a baseline how to give one, and whether there are any.
func hintAtBaseline(results []gate.Result) (lacking bool) {
	for i := range results {
		if r := &results[i]; r.LacksBaseline {
			r.Note += "; " + nameBaseline
			lacking = true
		}
	}
	return lacking
}

// parseGates reads gates and holds those that name the baseline against it. One that names it where there is none is a
// mistake; of the saved ones, which came with a profile, it has no data.
func (f *sharedFlags) parseGates(sources []string, saved bool) ([]gate.Gate, error) {
	if err := f.readBaseline(); err != nil {
		return nil, err
	}
	var gates []gate.Gate
	for _, src := range sources {
		g, err := parseGate(src)
		if err != nil {
			return nil, err
		}
		switch {
		case len(f.base) > 0:
			g = g.Against(f.base...)
		case g.NamesBaseline() && !saved:
			return nil, withHint(usage(fmt.Errorf("gate %q: there is no baseline", g.Source())), nameBaseline)
		}
		gates = append(gates, g)
	}
	return gates, nil
}

// warnOfBaseline tells how a baseline that a gate names is not like what was measured, or can't be trusted.
func (p *prepared) warnOfBaseline(measured *profile.Profile) {
	for _, g := range p.gates {
		if !g.NamesBaseline() || len(p.base) == 0 {
			continue
		}
		for _, w := range append(compare.Unlike(p.base, []*profile.Profile{measured}), compare.Untrusted("base", p.base)...) {
			measured.Warn(w)
		}
		return
	}
}

// expandSaved turns the names of saved profiles into paths: a name of no file that is a pattern stands for all files that
// match, in the order of their names.
func expandSaved(names []string) ([]string, error) {
	var paths []string
	for _, name := range names {
		if _, err := os.Lstat(name); err == nil || !strings.ContainsAny(name, "*?[") {
			paths = append(paths, name)
			continue
		}
		matches, err := filepath.Glob(name)
		if err != nil {
			return nil, usage(fmt.Errorf("%s: %w", name, err))
		}
		if len(matches) == 0 {
			return nil, usage(fmt.Errorf("%s: no file matches", name))
		}
		paths = append(paths, matches...)
	}
	if len(paths) > compare.MaxRuns {
		return nil, usage(fmt.Errorf("%d files are more than %d", len(paths), compare.MaxRuns))
	}
	return paths, nil
}

// loadRuns loads saved profiles.
func loadRuns(paths []string) ([]*profile.Profile, error) {
	var runs []*profile.Profile
	for _, path := range paths {
		p, err := load(path)
		if err != nil {
			return nil, err
		}
		runs = append(runs, p)
	}
	return runs, nil
}
