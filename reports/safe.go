package reports

import (
	"github.com/loadx/loadx/profile/columns"
	"github.com/loadx/loadx/profile/printable"
)

// safe makes text from outside harmless on a terminal.
func safe(s string) string { return printable.Text(s) }

// fit makes text safe and at most width columns wide, with an ellipsis where it was cut. It cuts in the middle, since
// paths differ at both ends.
func fit(s string, width int) string {
	// Nothing beyond what could be shown is looked at: a path may have a megabyte.
	if len(s) > 8*width+16 {
		s = s[:4*width] + "…" + s[len(s)-4*width:]
	}
	return columns.Fit(safe(s), width)
}
