package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/compare"
)

// comparison writes the figures of base and head for a terminal.
func (t *tableWriter) comparison() {
	c := t.r.Comparison
	t.heading("compare", "")
	t.side("base", c.BaseFiles, c.Base)
	t.side("head", c.HeadFiles, c.Head)
	g := &grid{header: []string{"", "base", "head", "change", "interval", "p", ""}, left: []int{0, 6}}
	for _, d := range c.Differences {
		if d.Page != "" || !shown(d) {
			continue
		}
		p := ""
		if d.Test != nil && d.Explanation != "equal" {
			p = probability(d.Test.P)
		}
		g.add(shownName(d), optionalValue(d.Base), optionalValue(d.Head), changeText(d), intervalText(d), p, t.painted(d.Verdict))
	}
	t.section(g)
	t.comparedPages()
	t.explanations()
	t.out.WriteByte('\n')
	for _, note := range c.Notes() {
		t.wrapped("  ", "  ", note)
	}
	t.out.WriteByte('\n')
	t.linef("%s", c.tally())
}

// side writes what a side was measured from.
func (t *tableWriter) side(name string, files []string, runs []*profile.Profile) {
	for i, p := range runs {
		if i > 0 {
			name = ""
		}
		if i == maxSideFiles && len(runs) > maxSideFiles+1 {
			t.linef("      and %d more", len(runs)-i)
			return
		}
		what := []string{files[i]}
		for _, s := range []string{p.Name, p.Target} {
			if s != "" && s != files[i] {
				what = append(what, s)
			}
		}
		if p.FirstTime != 0 {
			what = append(what, instantOf(p))
		}
		t.linef("%-5s %s", name, fit(strings.Join(append(what, profile.Duration(p.Duration())), "  "), t.width-6))
	}
}

// maxSideFiles is how many files of a side are named.
const maxSideFiles = 3

func instantOf(p *profile.Profile) string {
	zone := zoneOf(p)
	return clock(p.FirstTime, zone) + " " + zone.String()
}

// shown says whether a figure of the whole traffic is on the first screen: not what neither side had any of, and of service
// time and lag only what tells most.
func shown(d compare.Difference) bool {
	if absent(d) && d.Metric != "errors" {
		return false
	}
	if d.Verdict == compare.Better || d.Verdict == compare.Worse {
		return true
	}
	if figure, ok := strings.CutPrefix(d.Metric, "service."); ok {
		return slices.Contains([]string{"p50", "p95", "p99"}, figure)
	}
	if figure, ok := strings.CutPrefix(d.Metric, "lag."); ok {
		return figure == "p99"
	}
	return !strings.HasPrefix(d.Metric, "lines.") || d.Delta != 0
}

func (t *tableWriter) painted(v compare.Verdict) string {
	switch v {
	case compare.Worse:
		return t.paint(red, string(v))
	case compare.Better:
		return t.paint(green, string(v))
	}
	return string(v)
}

// comparedPages writes a line a page: its hits, and its latency or else its errors.
func (t *tableWriter) comparedPages() {
	figure := "hits"
	for _, d := range t.r.Differences {
		if d.Page != "" && d.Figure == "p95" {
			figure = "p95"
		}
	}
	g := &grid{header: []string{"page", "hits", "", figure, "", "change", ""}, left: []int{0, 6}}
	if figure == "hits" {
		g = &grid{header: []string{"page", "hits", "", "change", ""}, left: []int{0, 4}}
	}
	var hits compare.Difference
	for _, d := range t.r.Differences {
		if d.Page == "" {
			continue
		}
		if d.Figure == "hits" {
			hits = d
		}
		if d.Figure != figure {
			continue
		}
		cells := []string{fit(d.Page, max(t.width-60, 16)), optionalValue(hits.Base), optionalValue(hits.Head)}
		if figure != "hits" {
			cells = append(cells, optionalValue(d.Base), optionalValue(d.Head))
		}
		g.add(append(cells, changeText(d), t.painted(d.Verdict))...)
	}
	t.section(g)
}

// explanations say, each once, what the verdicts lack, and of which figures.
func (t *tableWriter) explanations() {
	var order []string
	of := map[string][]string{}
	for _, d := range t.r.Differences {
		if d.Page != "" || !shown(d) || d.Explanation == "" || d.Explanation == "equal" {
			continue
		}
		if of[d.Explanation] == nil {
			order = append(order, d.Explanation)
		}
		of[d.Explanation] = append(of[d.Explanation], shownName(d))
	}
	if len(order) > 0 {
		t.out.WriteByte('\n')
	}
	for _, why := range order {
		t.wrapped("  ", "  ", fmt.Sprintf("%s: %s", strings.Join(of[why], ", "), why))
	}
}
