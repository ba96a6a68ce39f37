package compare

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/loadx/loadx/profile"
)

// A row is a figure to be compared.
type row struct {
	metric       profile.Metric
	page, figure string
}

var latencyFigures = []string{"p50", "p90", "p95", "p99", "p99.9", "max", "mean"}

// pageFigures are compared of each page.
var pageFigures = []string{"hits", "uv", "errors", "p50", "p95", "p99"}

// rowsOf lists what is compared of the runs: whatever any of them has.
func rowsOf(base, head []*profile.Profile, pages int) []row {
	runs := append(slices.Clone(base), head...)
	var rows []row
	add := func(name string) {
		m, err := profile.FindMetric(name)
		if err != nil {
			panic("BUG: compare: " + err.Error())
		}
		rows = append(rows, row{metric: m})
	}
	scheduled := slices.ContainsFunc(runs, func(p *profile.Profile) bool { return p.Planned != nil })
	for _, m := range profile.Metrics() {
		rows = append(rows, row{metric: m})
	}
	for _, figure := range latencyFigures {
		add(figure)
	}
	// Without a schedule every hit is due when it is sent: response and service are one.
	if scheduled {
		for _, of := range []string{"service.", "lag."} {
			for _, figure := range latencyFigures {
				add(of + figure)
			}
		}
	}
	for code := range 1000 {
		if slices.ContainsFunc(runs, func(p *profile.Profile) bool { return p.Status.Count(code) > 0 }) {
			add(fmt.Sprintf("status.%03d", code))
		}
	}
	classes := map[profile.ErrorClass]bool{}
	for _, p := range runs {
		for class := range p.Failures {
			classes[class] = true
		}
	}
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		// A class that a later version knows has no metric here.
		if m, err := profile.FindMetric("errors." + string(class)); err == nil {
			rows = append(rows, row{metric: m})
		}
	}
	if slices.ContainsFunc(runs, func(p *profile.Profile) bool { return p.Seen != nil }) {
		for _, name := range []string{"seen.pv", "seen.uv", "seen.server.p50", "seen.server.p95", "seen.server.p99"} {
			add(name)
		}
	}
	return append(rows, pageRows(runs, pages)...)
}

// pageRows are the figures of the heaviest pages of all runs together.
func pageRows(runs []*profile.Profile, n int) []row {
	hits := map[string]uint64{}
	for _, p := range runs {
		for _, r := range p.Tables[profile.ByPage].Rows(max(n, 0)) {
			hits[r.Key] += r.Count
		}
	}
	var names []string
	for name := range hits {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(hits[b], hits[a]), cmp.Compare(a, b)) })
	var rows []row
	for _, name := range names[:min(len(names), max(n, 0))] {
		for _, figure := range pageFigures {
			m, err := profile.FindPageMetric(name, figure)
			if err != nil {
				panic("BUG: compare: " + err.Error())
			}
			rows = append(rows, row{metric: m, page: name, figure: figure})
		}
	}
	return rows
}
