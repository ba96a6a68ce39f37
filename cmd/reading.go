package cmd

import (
	"fmt"
	"strings"
	"time"

	"github.com/loadx/loadx/analyze"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/printable"
)

// readingStatus is how far the reading of logs is, after so long: the file, the share, the rates and the time left, in so
// few columns that they fit a terminal.
func readingStatus(p analyze.Progress, elapsed time.Duration) string {
	parts := []string{shortName(p.Name, 28)}
	if p.Total > 0 {
		parts = append(parts, fmt.Sprintf("%d%%", min(p.Done*100/p.Total, 100)))
	}
	seconds := elapsed.Seconds()
	if seconds <= 0 {
		return strings.Join(parts, "  ")
	}
	parts = append(parts, rateOf(float64(p.Lines)/seconds)+" lines/s", rateOf(float64(p.Done)/seconds)+"B/s")
	if p.Total > p.Done && p.Done > 0 {
		left := time.Duration(seconds / float64(p.Done) * float64(p.Total-p.Done) * float64(time.Second))
		parts = append(parts, profile.Duration(left.Round(time.Second))+" left")
	}
	return strings.Join(parts, "  ")
}

// rateOf writes a number with a decimal prefix: 950, 1.2 k, 3.4 M.
func rateOf(x float64) string {
	for _, prefix := range []string{"", "k", "M", "G"} {
		if x < 999.5 || prefix == "G" {
			if x < 9.95 && prefix != "" {
				return fmt.Sprintf("%.1f %s", x, prefix)
			}
			return fmt.Sprintf("%.0f %s", x, prefix)
		}
		x /= 1000
	}
	return ""
}

// shortName makes the end of a path safe and at most that many columns wide.
func shortName(name string, width int) string {
	clean := printable.Text(name)
	if runes := []rune(clean); len(runes) > width {
		return "…" + string(runes[len(runes)-width+1:])
	}
	return clean
}
