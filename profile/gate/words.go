package gate

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
)

// Words are the evidence in a few short sentences without a full stop: when, where, and one failure. They hold text from
// outside, which is not made safe here.
func (e *Evidence) Words() []string {
	if e == nil {
		return nil
	}
	var all []string
	if e.When != nil {
		all = append(all, e.When.String())
	}
	if len(e.Pages) > 0 {
		all = append(all, "mostly on "+e.pages())
	}
	if s := e.Sample; s != nil {
		text := s.Text
		if text == "" {
			text = string(s.Class)
		}
		all = append(all, fmt.Sprintf("such as %s at +%s: %s", s.Page, profile.Duration(s.At), text))
	}
	return all
}

// pages names the pages: /item: 812ms, 93% of all beyond the limit; /cart: 300ms, 5%.
func (e *Evidence) pages() string {
	var parts []string
	for i, p := range e.Pages {
		figure, all := shown(p.ActualValue), " of all beyond the limit"
		if p.ActualValue.Quantity == profile.Ratio {
			figure, all = figure+" failed", " of all failures"
		}
		if i > 0 {
			all = ""
		}
		parts = append(parts, fmt.Sprintf("%s: %s, %s%s", p.Page, figure, wholePercent(p.Share), all))
	}
	return strings.Join(parts, "; ")
}

// shown is a value with no more digits than a sentence wants.
func shown(v profile.Value) string {
	if v.Quantity == profile.Ratio {
		return wholePercent(v.Number)
	}
	return v.String()
}

// wholePercent writes a share in [0, 1] with two digits at least.
func wholePercent(share float64) string {
	switch p := 100 * share; {
	case p > 99 && p < 100:
		return ">99%"
	case p >= 10 || p == 0:
		return fmt.Sprintf("%.0f%%", math.Floor(p+0.5))
	case p >= 0.1:
		return fmt.Sprintf("%.1f%%", p)
	default:
		return "<0.1%"
	}
}

// String says when in words: since second 12 (48 of 60 seconds), worst in second 31: 812ms.
func (w *When) String() string {
	var b strings.Builder
	b.WriteString(w.Stretch())
	if w.Over == 0 {
		return b.String()
	}
	fmt.Fprintf(&b, " (%s of %s)", profile.Grouped(uint64(w.Over)), w.slices())
	word := "worst"
	if w.Counted {
		word = "most"
	}
	if w.Over > 1 || !w.single() {
		in := "in"
		if w.logged() {
			in = "at"
		}
		fmt.Fprintf(&b, ", %s %s %s: %s", word, in, w.at(w.WorstAt, w.WorstBegin), shown(w.Worst))
	} else {
		b.WriteString(": " + shown(w.Worst))
	}
	return b.String()
}

// Stretch is the stretch alone in words: since second 12.
func (w *When) Stretch() string {
	switch {
	case !w.Counted && w.Over > 0 && w.Over == w.Of:
		return "throughout"
	case w.Lasting:
		return "since " + w.at(w.From, w.Begin)
	case w.single():
		if w.logged() {
			return "at " + w.at(w.From, w.Begin)
		}
		return "in " + w.at(w.From, w.Begin)
	default:
		return "from " + w.at(w.From, w.Begin) + " to " + w.until()
	}
}

func (w *When) logged() bool { return w.Width == 0 }

// single says that the stretch is one slice.
func (w *When) single() bool {
	if w.logged() {
		return w.Begin.Equal(w.End)
	}
	return w.To-w.From <= w.Width
}

// until is the last slice of the stretch.
func (w *When) until() string {
	if w.logged() || w.Width == time.Second {
		return w.at(w.To-w.Width, w.End)
	}
	return "+" + profile.Duration(w.To)
}

// at names the slice that begins at an instant.
func (w *When) at(since time.Duration, begin time.Time) string {
	if !w.logged() {
		if w.Width == time.Second {
			return fmt.Sprintf("second %d", int64(since/time.Second))
		}
		return "+" + profile.Duration(since)
	}
	switch w.Unit {
	case profile.Month:
		return begin.Format("2006-01")
	case profile.Day:
		return begin.Format("2006-01-02")
	default:
		return begin.Format("2006-01-02 15:04")
	}
}

// slices is how many slices there are, in words.
func (w *When) slices() string {
	name := "second"
	switch {
	case w.logged():
		name = w.Unit.String()
	case w.Width != time.Second:
		name = "slice"
	}
	if w.Of != 1 {
		name += "s"
	}
	text := profile.Grouped(uint64(w.Of)) + " " + name
	if name == "slice" || name == "slices" {
		text += " of " + profile.Duration(w.Width)
	}
	return text
}
