package reports

import (
	"fmt"
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/compare"
	"github.com/loadx/loadx/profile/latency"
)

// comparisonPage turns the page of head into one of base and head.
func comparisonPage(r *Report, page *htmlPage) {
	c := r.Comparison
	page.Title, page.Name, page.Target = fit(junitSuiteName(r), maxCellText), fit(c.title(), maxCellText), ""
	page.What, page.When = "compare", c.tally()
	page.Figures, page.Definitions = comparedFigures(c), nil
	for i, note := range c.Notes() {
		page.Definitions = append(page.Definitions, htmlDefinition{[]string{"values", "test", "chance"}[i], note + "."})
	}
}

// comparedFigures are the few that a reader wants first, head's with what became of base's.
func comparedFigures(c *Comparison) []htmlFigure {
	byName := map[string]compare.Difference{}
	for _, d := range c.Differences {
		byName[d.Metric] = d
	}
	var all []htmlFigure
	for _, f := range keyFigures(c.Head[0]) {
		d, ok := byName[f.Name]
		if !ok || d.Head == nil {
			continue
		}
		f.Value, f.Planned, f.Error = value(*d.Head), "", ""
		if d.Base != nil {
			f.Was = "base " + value(*d.Base)
			if change := changeText(d); change != "=" {
				f.Was += ", " + change
			}
		}
		f.Verdict = string(d.Verdict)
		all = append(all, f)
	}
	return all
}

// comparisonCharts show base and head in one: over time if there is one run a side, and their distributions.
func comparisonCharts(c *Comparison) []chart {
	var all []chart
	if c.Sampling == compare.BySlice {
		all = comparedOverTime(c)
	}
	rows := append(latencyRows(c.Head[0]), latencyRows(c.Base[0])...)
	if len(rows) == 0 {
		return all
	}
	name := rows[0].name
	sides := []namedLatency{{name: "base", of: mergedLatency(c.Base, name)}, {name: "head", of: mergedLatency(c.Head, name)}}
	tail := tailOf(sides)
	tail.Title = "Distribution of the " + name + " time"
	if name == "server" {
		tail.Title = "Distribution of the logged duration"
	}
	if len(tail.Series) > 0 {
		all = append(all, tail)
	}
	return all
}

// mergedLatency is a latency of all runs of a side together.
func mergedLatency(runs []*profile.Profile, name string) *latency.Histogram {
	sum := latency.New()
	for _, p := range runs {
		for _, row := range latencyRows(p) {
			if row.name == name {
				sum.Merge(row.of)
			}
		}
	}
	return sum
}

// comparedOverTime draws figures of both runs in the slices that they were tested in.
func comparedOverTime(c *Comparison) []chart {
	sides := [][]profile.Slice{c.Slices(c.Base[0]), c.Slices(c.Head[0])}
	longest := max(len(sides[0]), len(sides[1]))
	var all []chart
	for _, of := range []struct{ id, title, metric, unit string }{
		{"p50", "Response p50 over time", "p50", "seconds"}, {"p95", "Response p95 over time", "p95", "seconds"},
		{"rate", "Rate over time", "rate", "per_second"}, {"failures", "Share of errors over time", "errors", "ratio"},
	} {
		m, err := profile.FindMetric(of.metric)
		if err != nil {
			panic("BUG: reports: " + err.Error())
		}
		ch := chart{ID: of.id, Title: of.title, Note: "in slices of " + profile.Duration(c.Width) + ", since the start of the measured part", Kind: "line", XKind: "elapsed", Unit: of.unit}
		for i := range longest {
			ch.X = append(ch.X, (time.Duration(i) * c.Width).Seconds())
		}
		anything := false
		for i, slices := range sides {
			s := chartSeries{Label: []string{"base", "head"}[i], Values: make([]*float64, longest)}
			for j := range slices {
				if v, ok := m.OfSlice(&slices[j], c.Width); ok {
					s.Values[j] = &v.Number
					anything = anything || v.Number != 0
				}
			}
			ch.Series = append(ch.Series, s)
		}
		if anything {
			all = append(all, ch)
		}
	}
	return all
}

// junitSuiteName names what a report is of, in a line.
func junitSuiteName(r *Report) string {
	if r.Comparison == nil {
		return junitName(r.Profile)
	}
	return "loadx compare " + r.Comparison.title()
}

// comparedWords say what became of a figure, for programs that show text alone: 100ms → 120ms (+20%, worse).
func comparedWords(d compare.Difference) string {
	words := []string{string(d.Verdict)}
	if change := changeText(d); change != "" && change != "=" {
		words = append([]string{change}, words...)
	}
	return fmt.Sprintf("%s → %s (%s)", optionalValue(d.Base), optionalValue(d.Head), strings.Join(words, ", "))
}
