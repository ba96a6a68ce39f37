package reports

import (
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/gate"
)

type jsonEvidence struct {
	// Words say the same for people.
	Words  []string           `json:"words"`
	When   *jsonWhen          `json:"when,omitempty"`
	Pages  []jsonPageEvidence `json:"pages,omitempty"` // those with most of what failed
	Sample *jsonSample        `json:"sample,omitempty"`
}

// jsonWhen is the stretch in which a gate failed: seconds since the start of an attack, or instants of a log.
type jsonWhen struct {
	FromS *float64 `json:"from_s,omitempty"`
	ToS   *float64 `json:"to_s,omitempty"`
	From  string   `json:"from,omitempty"`
	Last  string   `json:"last,omitempty"` // where the last slice begins
	// Slice is how wide the slices are, such as 1s or hour; SlicesOver of Slices were beyond the limit.
	Slice      string     `json:"slice"`
	Lasting    bool       `json:"lasting"` // to the end
	SlicesOver int        `json:"slices_over"`
	Slices     int        `json:"slices"`
	Worst      *jsonWorst `json:"worst,omitempty"`
}

type jsonWorst struct {
	AtS   *float64 `json:"at_s,omitempty"`
	At    string   `json:"at,omitempty"`
	Value float64  `json:"value"` // in the unit
	Unit  string   `json:"unit"`
}

type jsonPageEvidence struct {
	Page  string  `json:"page"`
	Value float64 `json:"value"` // in the unit
	Unit  string  `json:"unit"`
	Share float64 `json:"share"` // of all that is beyond the limit or failed, in [0, 1]
}

type jsonSample struct {
	Class string  `json:"class"`
	Page  string  `json:"page"`
	Text  string  `json:"text"`
	AtS   float64 `json:"at_s"` // since the first hit
}

func newJSONEvidence(e *gate.Evidence) *jsonEvidence {
	if e == nil {
		return nil
	}
	j := &jsonEvidence{Words: e.Words()}
	if e.When != nil {
		j.When = newJSONWhen(e.When)
	}
	for _, p := range e.Pages {
		j.Pages = append(j.Pages, jsonPageEvidence{p.Page, p.ActualValue.Number, unitOf(p.ActualValue.Quantity), p.Share})
	}
	if s := e.Sample; s != nil {
		j.Sample = &jsonSample{string(s.Class), s.Page, s.Text, s.At.Seconds()}
	}
	return j
}

func newJSONWhen(w *gate.When) *jsonWhen {
	j := &jsonWhen{Lasting: w.Lasting, SlicesOver: w.Over, Slices: w.Of}
	seconds := func(d time.Duration) *float64 { s := d.Seconds(); return &s }
	if w.Over > 0 {
		j.Worst = &jsonWorst{Value: w.Worst.Number, Unit: unitOf(w.Worst.Quantity)}
	}
	if w.Width > 0 {
		j.FromS, j.ToS, j.Slice = seconds(w.From), seconds(w.To), profile.Duration(w.Width)
		if j.Worst != nil {
			j.Worst.AtS = seconds(w.WorstAt)
		}
		return j
	}
	j.From, j.Last, j.Slice = w.Begin.Format(time.RFC3339), w.End.Format(time.RFC3339), w.Unit.String()
	if j.Worst != nil {
		j.Worst.At = w.WorstBegin.Format(time.RFC3339)
	}
	return j
}
