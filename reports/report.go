package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/compare"
	"github.com/loadx/loadx/profile/gate"
	"github.com/loadx/loadx/profile/spelling"
)

// A Report is what is shown: a profile and how it was judged. Renderers do not change it.
type Report struct {
	Profile *profile.Profile
	Gates   []gate.Result
	// Verdict is pass, fail or invalid.
	Verdict gate.Outcome
	// Differences hold the profile against what a server saw of it, or are those of Comparison.
	Differences []compare.Difference
	// Comparison is base and head, of which Profile is head's first run; nil where nothing is compared.
	Comparison *Comparison
	// Top is how many rows tables of the heaviest show; 0 stands for 10.
	Top int
	// Step is the width of the time buckets that a log's table shows; nil takes what fits its length.
	Step *profile.Unit
	// Width is the number of columns of the terminal; 0 stands for 80.
	Width int
	// Color allows ANSI colours.
	Color bool
}

func (r *Report) top() int {
	if r.Top <= 0 {
		return 10
	}
	return r.Top
}

// fewer is how many rows the less important tables show.
func (r *Report) fewer() int { return (r.top() + 1) / 2 }

// step is the width of the time buckets of a log.
func (r *Report) step(p *profile.Profile) profile.Unit {
	if r.Step == nil {
		return p.Calendar.Fitting()
	}
	return max(*r.Step, p.Calendar.Unit())
}

func (r *Report) width() int {
	if r.Width <= 0 {
		return 80
	}
	return min(max(r.Width, 60), 160)
}

// A Renderer writes a report in one format. It returns the first error of the writer.
type Renderer func(w io.Writer, r *Report) error

var renderers = []struct {
	name   string
	render Renderer
}{
	{"table", Table},
	{"json", JSON},
	{"junit", JUnit},
	{"markdown", Markdown},
	{"csv", CSV},
	{"html", HTML},
	{"openmetrics", OpenMetrics},
}

// Formats are the names of the formats, the default first.
func Formats() []string {
	var names []string
	for _, f := range renderers {
		names = append(names, f.name)
	}
	return names
}

// Lookup returns the renderer of a format.
func Lookup(name string) (Renderer, error) {
	for _, f := range renderers {
		if f.name == name {
			return f.render, nil
		}
	}
	if near := spelling.Nearest(name, Formats()); near != "" {
		return nil, fmt.Errorf("unknown report format %q: did you mean %q?", name, near)
	}
	return nil, fmt.Errorf("unknown report format %q: there are %s", name, strings.Join(Formats(), ", "))
}
