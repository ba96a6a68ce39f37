package live

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/gate"
	"github.com/loadx/loadx/profile/printable"
)

// maxText is how many bytes of a text from outside are looked at: no terminal shows more.
const maxText = 4000

// harmless makes text from outside fit for a terminal.
func harmless(s string) string {
	if len(s) > maxText {
		s = s[:maxText] + "…"
	}
	return printable.Text(s)
}

// perSecond writes a rate, whole where its parts do not matter.
func perSecond(x float64) string {
	if x >= 100 {
		return profile.Grouped(uint64(math.Round(x))) + "/s"
	}
	return profile.Exactly(x, profile.PerSecond).String()
}

// tally says how many gates stand how, the worst first.
func tally(all []Gate) []string {
	counts := map[string]int{}
	for _, g := range all {
		counts[g.Standing.String()]++
	}
	var parts []string
	for _, s := range []gate.Standing{gate.Failing, gate.Holding, gate.Open} {
		if n := counts[s.String()]; n > 0 {
			word := s.String()
			if s == gate.Failing {
				word = "FAIL"
			}
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	return parts
}

// Text is the attack in one line, for where nothing can be redrawn.
func (a *Attack) Text() string {
	var b strings.Builder
	p := &a.Now
	fmt.Fprintf(&b, "%s  PV %d", profile.Duration(p.Elapsed.Round(time.Second)), p.Sent)
	if p.Planned > 0 {
		fmt.Fprintf(&b, "/%d", p.Planned)
	}
	fmt.Fprintf(&b, "  UV %d  %.0f/s", p.UV, float64(p.Achieved))
	if p.Asked > 0 {
		fmt.Fprintf(&b, " of %.0f/s", float64(p.Asked))
	}
	if p.Response.Count > 0 {
		fmt.Fprintf(&b, "  p50 %s  p95 %s  p99 %s", profile.Duration(p.Response.P50), profile.Duration(p.Response.P95), profile.Duration(p.Response.P99))
	}
	fmt.Fprintf(&b, "  errors %d", p.Failed)
	if len(a.Gates) > 0 {
		b.WriteString("  gates " + strings.Join(tally(a.Gates), " "))
	}
	if p.Left > 0 {
		fmt.Fprintf(&b, "  left %s", profile.Duration(p.Left.Round(time.Second)))
	}
	return b.String()
}
