package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
)

// Unlike tells how runs that are compared are not of the same kind: each thing in which head differs from base, or the runs
// of a side from each other, with what it is of both. The measured figures do not count.
func Unlike(base, head []*profile.Profile) []profile.Warning {
	var all []profile.Warning
	warn := func(code, who, what, which string) {
		all = append(all, profile.Warning{Code: "unlike_" + code, Text: who + " are not alike: " + what + " " + which})
	}
	for _, t := range traits(base[0].Source == head[0].Source) {
		a, b := valuesOf(base, t.of), valuesOf(head, t.of)
		switch {
		case len(a) == 0 || len(b) == 0: // it does not apply to one of them, of which another trait tells
		case !slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))):
			between := " and "
			if len(a) > 1 || len(b) > 1 {
				between = " against "
			}
			warn(t.code, "base and head", t.what, listed(a)+between+listed(b))
		case len(a) > 1:
			warn(t.code, "the runs of each side", t.what, listed(a))
		}
	}
	if sameRun(base, head) {
		all = append(all, profile.Warning{Code: "same_run", Text: "base and head are the same run"})
	}
	return all
}

// valuesOf are the different values of a trait, in the order of the runs.
func valuesOf(runs []*profile.Profile, of func(p *profile.Profile) string) []string {
	var values []string
	for _, p := range runs {
		if v := of(p); v != "" && !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values
}

// listed names some of the values of a side.
func listed(values []string) string {
	const most = 3
	if len(values) <= most {
		return strings.Join(values, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(values[:most-1], ", "), len(values)-most+1)
}

// Untrusted tells which runs of a side, base or head in words, can't be trusted, and why. What is held against them can't be, either.
func Untrusted(side string, runs []*profile.Profile) []profile.Warning {
	var all []profile.Warning
	for i, p := range runs {
		which := side
		if len(runs) > 1 {
			which = fmt.Sprintf("run %d of %s", i+1, side)
		}
		if p.Interrupted {
			all = append(all, profile.Warning{Code: "compared_invalid", Invalidates: true, Text: which + " was interrupted"})
		}
		for _, w := range p.Warnings {
			if w.Invalidates {
				all = append(all, profile.Warning{Code: "compared_invalid", Invalidates: true, Text: which + ": " + w.Text})
			}
		}
		if p.Seen != nil && p.Seen.Invalid() {
			all = append(all, profile.Warning{Code: "compared_invalid", Invalidates: true, Text: which + ": what the server's log saw can't be trusted"})
		}
	}
	return all
}

// A trait is what makes a run what it is; empty for a run to which it does not apply.
type trait struct {
	code, what string
	of         func(p *profile.Profile) string
}

// traits lists them, without those of logs' and attacks' own definitions where both are compared.
func traits(oneSource bool) []trait {
	planned := func(of func(p *profile.Planned) string) func(p *profile.Profile) string {
		return func(p *profile.Profile) string {
			if p.Planned == nil {
				return ""
			}
			return of(p.Planned)
		}
	}
	all := []trait{
		{"source", "the sources are", func(p *profile.Profile) string { return strings.ReplaceAll(string(p.Source), "_", " ") }},
		{"target", "the targets are", func(p *profile.Profile) string {
			if p.Source != profile.Attack {
				return ""
			}
			return cmp.Or(p.Target, "unnamed")
		}},
		{"plan", "the plans are", func(p *profile.Profile) string {
			switch {
			case p.Source != profile.Attack:
				return ""
			case p.Planned == nil:
				return "none"
			}
			return fmt.Sprintf("%.12s", p.Planned.Hash)
		}},
		{"shards", "the parts of the plan are", planned(shards)},
		{"planned_pv", "the planned PV are", planned(func(p *profile.Planned) string { return fmt.Sprint(p.Hits) })},
		{"planned_uv", "the planned UV are", planned(func(p *profile.Planned) string { return fmt.Sprint(p.UV) })},
		{"planned_duration", "the planned durations are", planned(func(p *profile.Planned) string { return profile.Duration(p.Duration) })},
		{"part", "the figures are of", part},
		{"version", "the versions of loadx that measured are", func(p *profile.Profile) string { return cmp.Or(p.MadeBy, "unknown") }},
	}
	if !oneSource {
		return all
	}
	definition := func(code, what, none string, of func(d profile.Definitions) string) {
		all = append(all, trait{code, what, func(p *profile.Profile) string { return cmp.Or(of(p.Definitions), none) }})
	}
	definition("pv", "page views are counted as", "unnamed", func(d profile.Definitions) string { return d.PageViews })
	definition("uv", "visitors are told apart by", "nothing", func(d profile.Definitions) string { return d.VisitorKey })
	definition("paths", "paths are", "raw", func(d profile.Definitions) string { return d.Paths })
	definition("filter", "hits are chosen by", "no filter", func(d profile.Definitions) string { return d.Filter })
	definition("client", "the client is", "the connection's address", func(d profile.Definitions) string { return d.Client })
	return all
}

func shards(p *profile.Planned) string {
	if len(p.Shards) == int(p.ShardCount) {
		return "all"
	}
	return fmt.Sprintf("%d of %d", len(p.Shards), p.ShardCount)
}

// part says what latency, errors and rate are of.
func part(p *profile.Profile) string {
	m := p.Measured
	switch {
	case m == nil:
		return "the whole"
	case m.To == 0:
		return "what is from " + since(m.From) + " on"
	default:
		return "what is from " + since(m.From) + " to " + since(m.To)
	}
}

func since(d time.Duration) string { return "+" + profile.Duration(d) }

// sameRun says that a run is on both sides.
func sameRun(base, head []*profile.Profile) bool {
	ids := map[string]bool{}
	for _, p := range base {
		for _, o := range p.Origins {
			ids[o.ID] = true
		}
	}
	for _, p := range head {
		for _, o := range p.Origins {
			if ids[o.ID] {
				return true
			}
		}
	}
	return false
}
