package compare

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
)

// Unlike tells how runs that are compared are not of the same kind: each thing in which head differs from base, and in which
// the runs of a side differ among each other, with both sides of it. The measured figures do not count.
func Unlike(base, head []*profile.Profile) []profile.Warning {
	var all []profile.Warning
	for _, d := range unlikeness(base[0], head[0]) {
		all = append(all, profile.Warning{Code: "unlike_" + d.code, Text: fmt.Sprintf("base and head are not alike: %s", d.text)})
	}
	for _, side := range []struct {
		name string
		runs []*profile.Profile
	}{{"base", base}, {"head", head}} {
		for i, p := range side.runs[1:] {
			for _, d := range unlikeness(side.runs[0], p) {
				all = append(all, profile.Warning{Code: "unlike_" + d.code, Text: fmt.Sprintf("runs 1 and %d of %s are not alike: %s", i+2, side.name, d.text)})
			}
		}
	}
	if sameRun(base, head) {
		all = append(all, profile.Warning{Code: "same_run", Text: "base and head are the same run"})
	}
	return all
}

// Untrusted tells which runs of a side, base or head, can't be trusted, and why. What is held against them can't be, either.
func Untrusted(side string, runs []*profile.Profile) []profile.Warning {
	var all []profile.Warning
	for i, p := range runs {
		which := side
		if len(runs) > 1 {
			which = fmt.Sprintf("run %d of %s", i+1, side)
		}
		if p.Interrupted {
			all = append(all, profile.Warning{Code: side + "_invalid", Invalidates: true, Text: which + " was interrupted"})
		}
		for _, w := range p.Warnings {
			if w.Invalidates {
				all = append(all, profile.Warning{Code: side + "_invalid", Invalidates: true, Text: which + ": " + w.Text})
			}
		}
		if p.Seen != nil && p.Seen.Invalid() {
			all = append(all, profile.Warning{Code: side + "_invalid", Invalidates: true, Text: which + ": what the server's log saw can't be trusted"})
		}
	}
	return all
}

// An unlike thing is what one profile has otherwise than the other.
type unlike struct{ code, text string }

func unlikeness(a, b *profile.Profile) []unlike {
	var all []unlike
	add := func(code, what string, of func(p *profile.Profile) string) {
		if x, y := of(a), of(b); x != y {
			all = append(all, unlike{code, fmt.Sprintf("%s %s and %s", what, cmp.Or(x, "none"), cmp.Or(y, "none"))})
		}
	}
	add("source", "the sources are", func(p *profile.Profile) string { return strings.ReplaceAll(string(p.Source), "_", " ") })
	add("target", "the targets are", func(p *profile.Profile) string { return p.Target })
	for _, d := range []struct {
		code, what string
		of         func(p *profile.Planned) string
	}{
		{"plan", "the plans are", func(p *profile.Planned) string { return fmt.Sprintf("%.12s", p.Hash) }},
		{"shards", "the parts of the plan are", shards},
		{"planned_pv", "the planned PV are", func(p *profile.Planned) string { return fmt.Sprint(p.Hits) }},
		{"planned_uv", "the planned UV are", func(p *profile.Planned) string { return fmt.Sprint(p.UV) }},
		{"planned_duration", "the planned durations are", func(p *profile.Planned) string { return profile.Duration(p.Duration) }},
	} {
		// Runs without a plan are told once.
		if d.code == "plan" || a.Planned != nil && b.Planned != nil {
			add(d.code, d.what, func(p *profile.Profile) string {
				if p.Planned == nil {
					return ""
				}
				return d.of(p.Planned)
			})
		}
	}
	add("part", "the figures are of", part)
	add("version", "the versions of loadx that measured are", func(p *profile.Profile) string { return cmp.Or(p.MadeBy, "unknown") })
	if a.Source == b.Source {
		all = append(all, definitions(a.Definitions, b.Definitions)...)
	}
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

func definitions(a, b profile.Definitions) []unlike {
	var all []unlike
	for _, d := range []struct{ code, what, x, y string }{
		{"pv", "page views are counted as", a.PageViews, b.PageViews},
		{"uv", "visitors are told apart by", a.VisitorKey, b.VisitorKey},
		{"paths", "paths are", cmp.Or(a.Paths, "raw"), cmp.Or(b.Paths, "raw")},
		{"filter", "hits are chosen by", cmp.Or(a.Filter, "no filter"), cmp.Or(b.Filter, "no filter")},
		{"client", "the client is", cmp.Or(a.Client, "the connection's address"), cmp.Or(b.Client, "the connection's address")},
	} {
		if d.x != d.y {
			all = append(all, unlike{d.code, fmt.Sprintf("%s %s and %s", d.what, cmp.Or(d.x, "none"), cmp.Or(d.y, "none"))})
		}
	}
	return all
}

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
