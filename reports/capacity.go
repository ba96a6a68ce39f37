package reports

import (
	"fmt"
	"io"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/gate"
)

// CapacitySchema is the name and version of the JSON layout of [CapacityJSON].
const CapacitySchema = "loadx.capacity/1"

// A Capacity is a search for the highest rate at which all gates hold, and what it found.
type Capacity struct {
	Name, Target string
	// Step is how long each rate was sent, Settle how much of that is left out of the figures.
	Step, Settle time.Duration
	// Gates are what had to hold, as written.
	Gates []string
	// Rate is the highest rate that held, in page views a second, 0 for none; Failed is the lowest that did not, 0 for
	// none.
	Rate, Failed float64
	// Verdict is pass when the search found a rate, fail when none held, invalid when it could not be ended.
	Verdict gate.Outcome
	// Why says what ended the search.
	Why         string
	Interrupted bool
	Steps       []CapacityStep
}

// A CapacityStep is one rate that was tried. Latency and errors are of the measured part; so is the achieved rate, to the
// last answer, unless all left when they were due: then it is that of sending.
type CapacityStep struct {
	Asked, Achieved float64 // page views a second
	PV, UV          uint64  // of the whole step
	Late, Dropped   uint64
	P50, P95, P99   time.Duration // of the response time; they have a meaning only if HasLatency
	HasLatency      bool
	Errors          float64 // a share in [0, 1]
	Busy            float64 // the share of its processors that loadx used
	Verdict         gate.Outcome
	// Why says what did not hold, empty if all did.
	Why string
}

// CapacityTable writes the search for a terminal or a plain file: the curve, then what was found.
func CapacityTable(w io.Writer, c *Capacity, width int) error {
	t := &tableWriter{width: (&Report{Width: width}).width()}
	where := c.Target
	if c.Name != "" && c.Name != c.Target {
		where = c.Name + " → " + c.Target
	}
	t.heading("capacity", where)
	t.linef("steps of %s, the first %s of each left out; users are new in every step", profile.Duration(c.Step), profile.Duration(c.Settle))
	g := &grid{header: []string{"asked", "achieved", "PV", "UV", "p50", "p95", "p99", "errors", "loadx", "verdict"}, left: []int{9}}
	for _, s := range c.Steps {
		latency := func(d time.Duration) string {
			if !s.HasLatency {
				return "-"
			}
			return profile.Duration(d)
		}
		verdict := string(s.Verdict)
		if s.Verdict == gate.Passed {
			verdict = "holds"
		}
		g.add(rateText(s.Asked), rateText(s.Achieved), grouped(s.PV), grouped(s.UV), latency(s.P50), latency(s.P95), latency(s.P99),
			fmt.Sprintf("%.2f%%", 100*s.Errors), fmt.Sprintf("%.0f%%", 100*s.Busy), verdict)
	}
	t.section(g)
	t.out.WriteByte('\n')
	for _, s := range c.Steps {
		if s.Why != "" {
			prefix := fmt.Sprintf("  at %s: ", rateText(s.Asked))
			t.wrapped(prefix, prefix, s.Why)
		}
	}
	for i, src := range c.Gates {
		prefix := "gates   "
		if i > 0 {
			prefix = "        "
		}
		t.linef("%s%s", prefix, fit(src, t.width-len(prefix)))
	}
	found := "none"
	if c.Rate > 0 {
		found = rateText(c.Rate)
		if c.Failed == 0 || c.Verdict == gate.Invalid {
			found = "at least " + found
		}
	}
	t.linef("capacity: %s", found)
	t.wrapped("verdict: "+string(c.Verdict)+": ", "verdict: "+string(c.Verdict)+": ", c.Why)
	_, err := w.Write(t.out.Bytes())
	return err
}

func rateText(r float64) string { return profile.Exactly(r, profile.PerSecond).String() }

type jsonCapacity struct {
	Schema      string             `json:"schema"`
	Verdict     string             `json:"verdict"`
	Interrupted bool               `json:"interrupted"`
	Name        string             `json:"name,omitempty"`
	Target      string             `json:"target"`
	Rate        float64            `json:"capacity_per_s"`         // the highest that held, 0 for none
	Failed      *float64           `json:"failed_per_s,omitempty"` // the lowest that did not hold
	Why         string             `json:"why"`
	StepS       float64            `json:"step_s"`
	SettleS     float64            `json:"settle_s"`
	Gates       []string           `json:"gates"`
	Steps       []jsonCapacityStep `json:"steps"`
}

type jsonCapacityStep struct {
	Asked    float64  `json:"asked_per_s"`
	Achieved float64  `json:"achieved_per_s"`
	PV       uint64   `json:"pv"`
	UV       uint64   `json:"uv"`
	Late     uint64   `json:"late"`
	Dropped  uint64   `json:"dropped"`
	P50      *float64 `json:"p50_ms,omitempty"`
	P95      *float64 `json:"p95_ms,omitempty"`
	P99      *float64 `json:"p99_ms,omitempty"`
	Errors   float64  `json:"errors"`
	Busy     float64  `json:"loadx_busy"`
	Verdict  string   `json:"verdict"`
	Why      string   `json:"why,omitempty"`
}

// CapacityJSON writes the search as one JSON object of the layout [CapacitySchema].
func CapacityJSON(w io.Writer, c *Capacity) error {
	j := jsonCapacity{
		Schema: CapacitySchema, Verdict: string(c.Verdict), Interrupted: c.Interrupted, Name: c.Name, Target: c.Target, Rate: c.Rate, Why: c.Why,
		StepS: c.Step.Seconds(), SettleS: c.Settle.Seconds(), Gates: append([]string{}, c.Gates...), Steps: []jsonCapacityStep{},
	}
	if c.Failed > 0 {
		j.Failed = &c.Failed
	}
	for _, s := range c.Steps {
		step := jsonCapacityStep{
			Asked: s.Asked, Achieved: s.Achieved, PV: s.PV, UV: s.UV, Late: s.Late, Dropped: s.Dropped, Errors: s.Errors, Busy: s.Busy,
			Verdict: string(s.Verdict), Why: s.Why,
		}
		if s.HasLatency {
			ms := func(d time.Duration) *float64 {
				f := float64(d) / float64(time.Millisecond)
				return &f
			}
			step.P50, step.P95, step.P99 = ms(s.P50), ms(s.P95), ms(s.P99)
		}
		j.Steps = append(j.Steps, step)
	}
	return writeJSON(w, j)
}
