package reports

import (
	"fmt"
	"slices"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/gate"
)

// maxOutbreaks is how many stretches of errors a report lists.
const maxOutbreaks = 10

// measured says of which part of the run the figures are, if it is not the whole.
func (t *tableWriter) measured() {
	m := t.p.Measured
	if m == nil {
		return
	}
	part := "what was due from +" + profile.Duration(m.From) + " on"
	if m.Cut {
		part = "what was sent from +" + profile.Duration(m.From)
		if m.To > 0 {
			part += " to +" + profile.Duration(m.To)
		} else {
			part += " on"
		}
	}
	t.out.WriteByte('\n')
	t.wrapped("measured  ", "measured  ", fmt.Sprintf("latency, errors and rate are of %s: %s page views, %s failed; counts are of the whole run",
		part, grouped(m.Sent), grouped(m.Failed)))
}

// overTime shows when requests failed, if there were times in which none did.
func (t *tableWriter) overTime() {
	if t.p.Timeline == nil {
		return
	}
	all := t.p.Timeline.Outbreaks()
	var length time.Duration
	for _, o := range all {
		length += o.To - o.From
	}
	if len(all) == 1 && t.toldWhen() {
		return
	}
	if len(all) == 0 || length >= time.Duration(len(t.p.Timeline.Slices))*t.p.Timeline.Width {
		return
	}
	g := &grid{header: []string{"errors over time", "from", "to", "errors", "of hits", "share"}, left: []int{0}}
	for i, o := range all[:min(len(all), maxOutbreaks)] {
		share := fmt.Sprintf("%.1f%%", 100*float64(o.Errors)/float64(max(o.Hits, 1)))
		g.add(fmt.Sprintf("stretch %d of %d", i+1, len(all)), "+"+profile.Duration(o.From), "+"+profile.Duration(o.To),
			grouped(o.Errors), grouped(o.Hits), share)
	}
	t.section(g)
}

// toldWhen says that a gate which failed tells when requests failed.
func (t *tableWriter) toldWhen() bool {
	return slices.ContainsFunc(t.r.Gates, func(g gate.Result) bool {
		return g.Evidence != nil && g.Evidence.When != nil && g.Evidence.Sample != nil
	})
}

// tool says what this program itself used.
func (t *tableWriter) tool() {
	u := t.p.Tool
	if u == nil || u.Available <= 0 {
		return
	}
	noun := "processors"
	if u.Processors == 1 {
		noun = "processor"
	}
	t.linef("loadx itself: %.0f%% of %d %s, garbage collection %s, longest %s", 100*u.Busy()*float64(u.Processors), u.Processors, noun,
		profile.Duration(u.GCPause), profile.Duration(u.LongestGCPause))
}

// jsonOverTime are the parts of an attack's JSON that time and the tool itself have.
type jsonOverTime struct {
	Measured  *jsonMeasured  `json:"measured,omitempty"`
	Outbreaks []jsonOutbreak `json:"outbreaks"` // stretches in which requests failed, the first ones
	Tool      *jsonTool      `json:"tool,omitempty"`
	Aborted   string         `json:"aborted,omitempty"`
}

type jsonMeasured struct {
	FromS   float64  `json:"from_s"`
	ToS     *float64 `json:"to_s,omitempty"` // left out for the end
	LengthS float64  `json:"length_s"`
	Sent    uint64   `json:"sent"`
	Failed  uint64   `json:"failed"`
	Cut     bool     `json:"cut"`
}

type jsonOutbreak struct {
	FromS  float64 `json:"from_s"`
	ToS    float64 `json:"to_s"`
	Errors uint64  `json:"errors"`
	Hits   uint64  `json:"hits"`
}

type jsonTool struct {
	CPUS           float64 `json:"cpu_s"`
	Processors     int     `json:"processors"`
	Busy           float64 `json:"busy"` // share of the processors, in [0, 1]
	GCPauseMS      float64 `json:"gc_pause_ms"`
	LongestGCPause float64 `json:"longest_gc_pause_ms"`
}

// maxJSONOutbreaks bounds the list in JSON.
const maxJSONOutbreaks = 100

func newJSONOverTime(p *profile.Profile) *jsonOverTime {
	j := &jsonOverTime{Outbreaks: []jsonOutbreak{}, Aborted: p.Aborted}
	if m := p.Measured; m != nil {
		j.Measured = &jsonMeasured{FromS: m.From.Seconds(), LengthS: m.Length.Seconds(), Sent: m.Sent, Failed: m.Failed, Cut: m.Cut}
		if m.To > 0 {
			to := m.To.Seconds()
			j.Measured.ToS = &to
		}
	}
	if p.Timeline != nil {
		all := p.Timeline.Outbreaks()
		for _, o := range all[:min(len(all), maxJSONOutbreaks)] {
			j.Outbreaks = append(j.Outbreaks, jsonOutbreak{o.From.Seconds(), o.To.Seconds(), o.Errors, o.Hits})
		}
	}
	if u := p.Tool; u != nil && u.Available > 0 {
		ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
		j.Tool = &jsonTool{u.CPU.Seconds(), u.Processors, u.Busy(), ms(u.GCPause), ms(u.LongestGCPause)}
	}
	return j
}
