package cmd

import (
	"fmt"
	"strings"
	"time"

	"github.com/loadx/loadx/analyze"
	"github.com/loadx/loadx/cmd/live"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/printable"
)

// readingLine is how far the reading of logs is, after so long: a bar where the size is known, the file, the rates and the
// time left. Its text fits a terminal of 80 columns.
func readingLine(p analyze.Progress, elapsed time.Duration, width int) live.Line {
	parts := []string{shortName(p.Name, 28)}
	if seconds := elapsed.Seconds(); seconds > 0 {
		lines, thousands := scaled(float64(p.Lines) / seconds)
		size, prefix := scaled(float64(p.Done) / seconds)
		parts = append(parts, lines+thousands+" lines/s", size+" "+prefix+"B/s")
		if p.Total > p.Done && p.Done > 0 {
			left := time.Duration(seconds / float64(p.Done) * float64(p.Total-p.Done) * float64(time.Second))
			parts = append(parts, profile.Duration(left.Round(time.Second))+" left")
		}
	}
	text := strings.Join(parts, "  ")
	if p.Total <= 0 {
		return live.Line{{Text: text}}
	}
	return live.Bar(min(float64(p.Done)/float64(p.Total), 1), text, width)
}

// scaled splits a number into one of at most three digits and a decimal prefix: 950; 1.2, k; 34, M.
func scaled(x float64) (number, prefix string) {
	prefixes := []string{"", "k", "M", "G"}
	i := 0
	for x >= 999.5 && i < len(prefixes)-1 {
		x /= 1000
		i++
	}
	if x < 9.95 && i > 0 {
		return fmt.Sprintf("%.1f", x), prefixes[i]
	}
	return fmt.Sprintf("%.0f", x), prefixes[i]
}

// shortName makes the end of a path safe and at most that many columns wide.
func shortName(name string, width int) string {
	clean := printable.Text(name)
	if runes := []rune(clean); len(runes) > width {
		return "…" + string(runes[len(runes)-width+1:])
	}
	return clean
}
