package live

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/columns"
	"github.com/loadx/loadx/profile/gate"
)

// An Attack is what is shown of an attack that is under way.
type Attack struct {
	// Command is what runs, such as "attack"; What names the traffic, as a scenario's name and target do. It may come from
	// outside.
	Command, What string
	// Now are the figures of this moment.
	Now attack.Progress
	// Timeline is what happened so far in slices of time, nil before there is one. It may be a second old, as Gates may.
	Timeline *profile.Timeline
	Gates    []Gate
}

// A Gate is an expectation and how it stands.
type Gate struct {
	// Expr is the gate as it was written.
	Expr     string
	Standing gate.Standing
	// Actual is its figure in words, empty where there is none yet.
	Actual string
}

const (
	labelWidth  = 11 // of the column that says what a line is about
	figureWidth = 10 // of a percentile
	// worthwhile is the fewest slices of time that a sparkline is drawn for, mostSlices the most.
	worthwhile, mostSlices = 3, 120
)

// Lines lays the attack out in at most that many columns and rows: what a narrow or low terminal has no room for is left
// out, the lesser things first.
func (a *Attack) Lines(width, height int) []Line {
	blocks := []struct {
		lines []Line
		// rank says when the lines go: the highest first.
		rank int
	}{
		{[]Line{a.title(width)}, 4},
		{[]Line{a.bar(width)}, 0},
		{[]Line{a.rate(width)}, 1},
		{[]Line{a.sent(width)}, 2},
		{a.response(width), 5},
		{[]Line{a.errors(width)}, 3},
	}
	used := 0
	for _, b := range blocks {
		used += len(b.lines)
	}
	// The gates have room for what fails, at least, before anything else goes.
	gates := a.gates(width, max(height-used, 0))
	least := len(a.gates(width, 1))
	for rank := 5; rank > 0 && used+max(len(gates), least) > height; rank-- {
		for i := range blocks {
			if blocks[i].rank == rank {
				used -= len(blocks[i].lines)
				blocks[i].lines = nil
			}
		}
		gates = a.gates(width, max(height-used, 0))
	}
	var lines []Line
	for _, b := range blocks {
		lines = append(lines, b.lines...)
	}
	lines = append(lines, gates...)
	return lines[:min(len(lines), height)]
}

func (a *Attack) title(width int) Line {
	head := "loadx " + a.Command
	return Line{{head, Bold}, {"  " + columns.Fit(harmless(a.What), max(width-len(head)-2, 0)), Plain}}
}

// bar is how far the run is and how long it still takes.
func (a *Attack) bar(width int) Line {
	p := &a.Now
	seconds := func(d time.Duration) string { return profile.Duration(d.Round(time.Second)) }
	done, known, text := 0.0, true, seconds(p.Elapsed)
	switch whole := p.Elapsed + p.Left; {
	case p.Draining:
		done, text = 1, text+", waiting for "+profile.Grouped(uint64(max(p.InFlight, 0)))+" in flight"
	case p.Left > 0:
		done = float64(p.Elapsed) / float64(whole)
		text += " of " + seconds(whole) + ", " + seconds(p.Left) + " left"
	case p.Planned > 0:
		done = min(float64(p.Sent)/float64(p.Planned), 1)
	default:
		known = false
	}
	if p.Warmup > 0 && !p.Draining {
		text += ", warming up"
	}
	if !known {
		return Line{{text, Plain}}
	}
	return Bar(done, text, width)
}

// Bar is a bar of what is done, in [0, 1], with the percentage and a text behind it; a width in columns that leaves no
// room for the bar gets them alone.
func Bar(done float64, text string, width int) Line {
	text = fmt.Sprintf("%3.0f%%  %s", math.Floor(100*done), text)
	room := min(width-columns.Of(text)-1, 60)
	if room < 10 {
		return Line{{strings.TrimLeft(text, " "), Plain}}
	}
	full := int(done * float64(room))
	return Line{{strings.Repeat("━", full), Good}, {strings.Repeat("─", room-full), Dim}, {" " + text, Plain}}
}

// rate is the rate asked and achieved, with what it was before.
func (a *Attack) rate(width int) Line {
	text := perSecond(float64(a.Now.Achieved))
	if a.Now.Asked > 0 {
		text += " of " + perSecond(float64(a.Now.Asked)) + " asked"
	}
	spark := a.spark(width-labelWidth-3*figureWidth-2, "sent", func(s *profile.Slice) (float64, bool) { return float64(s.Sent), true })
	if spark == nil {
		return Line{label("rate"), {text, Plain}}
	}
	return append(Line{label("rate"), {columns.Pad(text, 3*figureWidth+2), Plain}}, spark...)
}

func (a *Attack) sent(width int) Line {
	p := &a.Now
	of := func(n, planned uint64) string {
		if planned == 0 {
			return profile.Grouped(n)
		}
		return profile.Grouped(n) + " of " + profile.Grouped(planned)
	}
	parts := []Span{{"PV " + of(p.Sent, p.Planned), Plain}, {"UV " + of(p.UV, p.PlannedUV), Plain},
		{"in flight " + profile.Grouped(uint64(max(p.InFlight, 0))), Plain}}
	if p.Late > 0 {
		parts = append(parts, Span{"late " + profile.Grouped(p.Late), Plain})
	}
	return fitting(label("sent"), parts, width)
}

// response are the percentiles of the last seconds and of the whole run.
func (a *Attack) response(width int) []Line {
	header := Line{label("response")}
	for _, name := range []string{"p50", "p95", "p99"} {
		header = append(header, Span{fmt.Sprintf("%*s", figureWidth, name), Dim})
	}
	row := func(name string, p attack.Percentiles) Line {
		l := Line{{columns.Pad("  "+name, labelWidth), Plain}}
		for _, d := range []time.Duration{p.P50, p.P95, p.P99} {
			text := "-"
			if p.Count > 0 {
				text = profile.Duration(d)
			}
			l = append(l, Span{strings.Repeat(" ", max(figureWidth-columns.Of(text), 0)) + text, Plain})
		}
		return l
	}
	whole := "whole run"
	if a.Now.Warmup > 0 {
		whole = "measured"
	}
	recent := row("last "+profile.Duration(attack.RecentFor), a.Now.Recent)
	if spark := a.spark(width-labelWidth-3*figureWidth-2, "p95", func(s *profile.Slice) (float64, bool) {
		d, ok := s.Response.Quantile(0.95)
		return float64(d), ok
	}); spark != nil {
		recent = append(append(recent, Span{"  ", Plain}), spark...)
	}
	return []Line{header, recent, row(whole, a.Now.Response)}
}

func (a *Attack) errors(width int) Line {
	p := &a.Now
	if p.Failed == 0 {
		return Line{label("errors"), {"0", Plain}}
	}
	text := profile.Grouped(p.Failed)
	if p.Sent > 0 {
		text += " (" + profile.Exactly(math.Round(1e4*float64(p.Failed)/float64(p.Sent))/1e4, profile.Ratio).String() + ")"
	}
	parts := []Span{{text, Bad}}
	classes := make([]profile.ErrorClass, 0, len(p.Errors))
	for c := range p.Errors {
		classes = append(classes, c)
	}
	slices.SortFunc(classes, func(x, y profile.ErrorClass) int {
		if p.Errors[x] != p.Errors[y] {
			if p.Errors[x] > p.Errors[y] {
				return -1
			}
			return 1
		}
		return strings.Compare(string(x), string(y))
	})
	for _, c := range classes {
		parts = append(parts, Span{string(c) + " " + profile.Grouped(p.Errors[c]), Plain})
	}
	return fitting(label("errors"), parts, width)
}

// gates are the expectations in their order, or those that fail first where there is no room for all.
func (a *Attack) gates(width, room int) []Line {
	if len(a.Gates) == 0 || room <= 0 {
		return nil
	}
	all := slices.Clone(a.Gates)
	rest := ""
	if len(all) > room {
		slices.SortStableFunc(all, func(x, y Gate) int { return int(y.Standing) - int(x.Standing) })
		if room > 1 {
			rest = "and " + strings.Join(tally(all[room-1:]), ", ")
			all = all[:room-1]
		} else {
			return []Line{{label("gates"), {strings.Join(tally(all), ", "), Plain}}}
		}
	}
	const wordWidth = 6
	widest, actual := 0, 0
	for _, g := range all {
		actual = max(actual, min(columns.Of(harmless(g.Actual)), 20))
	}
	most := max(width-labelWidth-wordWidth-2-actual, 10)
	for _, g := range all {
		widest = max(widest, min(columns.Of(harmless(g.Expr)), most))
	}
	var lines []Line
	for i, g := range all {
		l := Line{label("")}
		if i == 0 {
			l = Line{label("gates")}
		}
		word := Span{"open", Dim}
		switch g.Standing {
		case gate.Holding:
			word = Span{"pass", Good}
		case gate.Failing, gate.Missed:
			word = Span{"FAIL", Bad}
		}
		l = append(l, word, Span{strings.Repeat(" ", wordWidth-len(word.Text)) + columns.Pad(harmless(g.Expr), widest), Plain})
		if g.Actual != "" {
			l = append(l, Span{"  " + columns.Fit(harmless(g.Actual), max(width-labelWidth-wordWidth-widest-2, 0)), Plain})
		}
		lines = append(lines, l)
	}
	if rest != "" {
		lines = append(lines, Line{label(""), {rest, Dim}})
	}
	return lines
}

// spark is a line of bars, one for each of the last slices of time but the one that runs, from 0 to the highest of them,
// with what it shows and how far it goes back. It takes at most width columns, and is nothing where that is too few.
func (a *Attack) spark(width int, name string, of func(*profile.Slice) (float64, bool)) Line {
	if a.Timeline == nil {
		return nil
	}
	over := a.Timeline.Slices[:max(len(a.Timeline.Slices)-1, 0)]
	if len(over) < worthwhile {
		return nil
	}
	text := "  " + name + " by second"
	if w := a.Timeline.Width; w > time.Second {
		text = "  " + name + " by " + profile.Duration(w)
	}
	n := min(len(over), mostSlices, width-columns.Of(text))
	if n < 2*worthwhile && n < len(over) {
		return nil
	}
	over = over[len(over)-n:]
	return Line{{bars(over, of), Plain}, {text, Dim}}
}

// bars are eighths of a row's height.
func bars(over []profile.Slice, of func(*profile.Slice) (float64, bool)) string {
	highest := 0.0
	for i := range over {
		v, _ := of(&over[i])
		highest = max(highest, v)
	}
	var b strings.Builder
	for i := range over {
		switch v, ok := of(&over[i]); {
		case !ok:
			b.WriteByte(' ')
		case highest == 0:
			b.WriteRune('▁')
		default:
			b.WriteRune([]rune("▁▂▃▄▅▆▇█")[min(int(v/highest*8), 7)])
		}
	}
	return b.String()
}

// fitting puts as many parts behind a label as there is room for.
func fitting(label Span, parts []Span, width int) Line {
	l, used := Line{label}, labelWidth
	for i, part := range parts {
		gap := 0
		if i > 0 {
			gap = 3
		}
		n := columns.Of(part.Text)
		if i > 0 && used+gap+n > width {
			break
		}
		l = append(l, Span{strings.Repeat(" ", gap), Plain}, part)
		used += gap + n
	}
	return l
}

func label(s string) Span { return Span{columns.Pad(s, labelWidth), Dim} }
