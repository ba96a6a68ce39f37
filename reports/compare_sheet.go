package reports

import (
	"time"

	"github.com/loadx/loadx/profile"
)

// comparisonSheets are the tables of a comparison; unless they are to be whole, without what neither side had any of.
func comparisonSheets(r *Report, whole bool) []sheet {
	all := []sheet{gatesSheet(r), changesSheet(r, false, whole), changesSheet(r, true, whole), runsSheet(r.Comparison), warningsSheet(r.Profile)}
	kept := all[:0]
	for _, s := range all {
		if len(s.rows) > 0 {
			kept = append(kept, s)
		}
	}
	return kept
}

// changesSheet has the differences of the whole traffic, or those of the pages.
func changesSheet(r *Report, pages, whole bool) sheet {
	c := r.Comparison
	s := sheet{id: "difference", title: "Base and head", note: c.tally(), keyTitle: "figure", columns: []column{
		{"base", "base", "before; of several runs the median, with its interval where there are runs enough"},
		{"head", "head", "after; of several runs the median, with its interval where there are runs enough"},
		{"delta", "difference", "head less base"},
		{"change", "change", "the difference as a share of base"},
		{"verdict", "verdict", "better, worse, changed where no direction is the better one, same, or inconclusive"},
		{"p", "p", "how often values of one and the same distribution would be this far apart (two-sided Mann-Whitney U test)"},
		{"shift_low", "from", "the lower end of the interval of the shift between the values of base and those of head (Hodges and Lehmann)"},
		{"shift_high", "to", "its upper end"},
		{"n_base", "n base", "how many values the test had of base: " + string(c.Sampling) + "s"},
		{"n_head", "n head", "how many it had of head"},
		{"better", "better is", "which direction is the better one, if any is"},
		{"explanation", "explanation", "what the verdict lacks"},
	}}
	if pages {
		s.id, s.title, s.note = "page_difference", "Base and head by page", ""
	}
	optional := func(v *profile.Value) cell {
		if v == nil {
			return cell{}
		}
		return figure(*v)
	}
	for _, d := range c.Differences {
		if (d.Page != "") != pages || !whole && absent(d) {
			continue
		}
		cells := make([]cell, len(s.columns))
		cells[0], cells[1], cells[4] = optional(d.Base), optional(d.Head), text(string(d.Verdict))
		cells[10], cells[11] = text(betterIs(d.Direction)), text(d.Explanation)
		if d.Base != nil && d.Head != nil {
			cells[2] = difference(d.Delta, d.Base.Quantity)
		}
		if share, ok := d.Change(); ok {
			cells[3] = number(share, profile.Ratio)
			if cells[3].text = timesText(d); cells[3].text == "" {
				cells[3].text = withSign(100*share) + "%"
			}
		}
		if t := d.Test; t != nil {
			p := profile.Exactly(t.P, profile.Ratio)
			cells[5] = cell{figure: &p, text: probability(t.P)}
			if t.Bounded {
				cells[6], cells[7] = difference(t.Low, d.Base.Quantity), difference(t.High, d.Base.Quantity)
			}
			cells[8], cells[9] = count(uint64(len(t.Base))), count(uint64(len(t.Head)))
		}
		s.add(d.Metric, cells...)
	}
	if !whole {
		s.drop("n_base", "n_head")
	}
	s.dropEmptyColumns()
	return s
}

// difference is an amount by which figures differ, shares by percentage points.
func difference(amount float64, q profile.Quantity) cell {
	c := number(amount, q)
	switch {
	case q == profile.Ratio:
		c.text = withSign(100*amount) + "pp"
	case amount > 0:
		c.text = "+" + value(*c.figure)
	}
	return c
}

func betterIs(d profile.Direction) string {
	switch d {
	case profile.LowerIsBetter:
		return "less"
	case profile.HigherIsBetter:
		return "more"
	default:
		return ""
	}
}

// runsSheet names what was compared.
func runsSheet(c *Comparison) sheet {
	s := sheet{id: "run", title: "Runs", keyTitle: "file", columns: []column{
		{"side", "side", "base or head"}, {"name", "name", "the scenario's name, or the files of a log"}, {"target", "target", "where it was sent"},
		{"first", "from", "when its first hit was"}, {"duration", "duration", "how long it was"}, {"hits", "hits", "all its hits"},
		{"plan", "plan", "the hash of its plan"}, {"version", "loadx", "the version that measured it"},
	}}
	for _, side := range []struct {
		name  string
		files []string
		runs  []*profile.Profile
	}{{"base", c.BaseFiles, c.Base}, {"head", c.HeadFiles, c.Head}} {
		for i, p := range side.runs {
			plan := ""
			if p.Planned != nil {
				plan = p.Planned.Hash
			}
			s.add(side.files[i], text(side.name), text(p.Name), text(p.Target), text(instant(p.FirstTime)), timed(p.Duration(), true), count(p.Hits), text(plan), text(p.MadeBy))
		}
	}
	s.dropEmptyColumns()
	return s
}

// zoneOf is the time zone that a profile's times are shown in.
func zoneOf(p *profile.Profile) *time.Location {
	if p.Calendar != nil {
		return p.Calendar.Zone()
	}
	return time.UTC
}
