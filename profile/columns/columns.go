// Package columns measures and cuts text by the columns that it takes on a terminal: a Chinese character takes two, a
// combining mark none. Text has to be harmless already, see package printable.
package columns

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// Of is how many columns a text of one line takes, by the width of its grapheme clusters (Unicode Standard Annex #11 and
// #29); characters of ambiguous width count as one.
func Of(s string) int { return displaywidth.String(s) }

// Fit returns text that takes at most width columns: where it was too wide, an ellipsis stands for what was cut out of
// its middle, since paths differ at both ends. Of a width below 2 there is no room for one.
func Fit(s string, width int) string {
	if width <= 0 {
		return ""
	}
	// No text is wider than two columns a byte, and most are narrower by far.
	if len(s) <= width && isASCII(s) || Of(s) <= width {
		return s
	}
	for room := width; room >= 2; room-- {
		front := head(s, (room-1)*2/3)
		cut := front + "…" + tail(s[len(front):], room-1-Of(front))
		// What is no text, or a joiner at the cut, may be wider beside an ellipsis than it was before.
		if Of(cut) <= width {
			return cut
		}
	}
	return head(s, width)
}

// Pad is Fit, filled with blanks to the right until it takes exactly width columns.
func Pad(s string, width int) string {
	s = Fit(s, width)
	return s + strings.Repeat(" ", max(width-Of(s), 0))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// head is as much from the start of a text as takes at most width columns.
func head(s string, width int) string {
	used, end := 0, 0
	for g := displaywidth.StringGraphemes(s); g.Next(); {
		if used += g.Width(); used > width {
			break
		}
		end += len(g.Value())
	}
	return s[:end]
}

// tail is as much from the end of a text as takes at most width columns.
func tail(s string, width int) string {
	type cut struct{ at, used int }
	cuts := []cut{{0, 0}} // before each cluster, with the columns before it
	for g := displaywidth.StringGraphemes(s); g.Next(); {
		last := cuts[len(cuts)-1]
		cuts = append(cuts, cut{last.at + len(g.Value()), last.used + g.Width()})
	}
	all := cuts[len(cuts)-1].used
	for _, c := range cuts {
		if all-c.used <= width {
			return s[c.at:]
		}
	}
	return ""
}
