package reports

import (
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/compare"
)

// A jsonComparison says what was compared, and what the tests rest on.
type jsonComparison struct {
	Base []string `json:"base"` // the files
	Head []string `json:"head"`
	// Sampling is what the values of the tests are: runs, slices of one run a side, or none.
	Sampling string  `json:"sampling"`
	SliceS   float64 `json:"slice_s,omitempty"`
	Alpha    float64 `json:"alpha"`
	Margin   float64 `json:"margin"` // as a share of base
	Tested   int     `json:"tested"` // how many differences were
	// Notes say what the verdicts rest on, in words.
	Notes []string `json:"notes"`
}

func newJSONComparison(c *Comparison) *jsonComparison {
	return &jsonComparison{
		Base: c.BaseFiles, Head: c.HeadFiles, Sampling: string(c.Sampling), SliceS: c.Width.Seconds(), Alpha: c.Alpha, Margin: c.Margin,
		Tested: c.Tested(), Notes: c.Notes(),
	}
}

type jsonDifference struct {
	Metric      string     `json:"metric"`
	Unit        string     `json:"unit,omitempty"` // of the values and of delta
	Base        *jsonValue `json:"base"`
	Head        *jsonValue `json:"head"`
	Delta       float64    `json:"delta"`
	Change      *float64   `json:"change,omitempty"` // delta as a share of base
	Union       *jsonValue `json:"union,omitempty"`
	Agrees      bool       `json:"agrees"`
	Direction   string     `json:"direction,omitempty"`
	Verdict     string     `json:"verdict,omitempty"`
	Test        *jsonTest  `json:"test,omitempty"`
	Explanation string     `json:"explanation,omitempty"`
}

// A jsonTest is what a verdict rests on, in the unit of the difference.
type jsonTest struct {
	Method string    `json:"method"`
	Base   []float64 `json:"base"` // the values
	Head   []float64 `json:"head"`
	P      float64   `json:"p"`
	Shift  float64   `json:"shift"`         // of Hodges and Lehmann
	Low    *float64  `json:"low,omitempty"` // its interval, if there are values enough for one
	High   *float64  `json:"high,omitempty"`
	Margin float64   `json:"margin"`
	// Correlation is the greater of the two sides' rank autocorrelations at lag 1, of slices.
	Correlation *float64 `json:"correlation,omitempty"`
}

func newJSONDifference(d compare.Difference, slices bool) jsonDifference {
	j := jsonDifference{
		Metric: d.Metric, Base: newJSONValue(d.Base), Head: newJSONValue(d.Head), Delta: d.Delta, Union: newJSONValue(d.Union),
		Agrees: d.Agrees, Verdict: string(d.Verdict), Explanation: d.Explanation,
	}
	for _, v := range []*profile.Value{d.Base, d.Head} {
		if v != nil {
			j.Unit = unitOf(v.Quantity)
		}
	}
	if d.Verdict == "" {
		return j
	}
	j.Direction = map[profile.Direction]string{
		profile.Neutral: "neutral", profile.LowerIsBetter: "lower_is_better", profile.HigherIsBetter: "higher_is_better",
	}[d.Direction]
	if share, ok := d.Change(); ok {
		j.Change = &share
	}
	if t := d.Test; t != nil {
		j.Test = &jsonTest{Method: "mann_whitney_u", Base: t.Base, Head: t.Head, P: t.P, Shift: t.Shift, Margin: t.Margin}
		if t.Bounded {
			j.Test.Low, j.Test.High = &t.Low, &t.High
		}
		if slices {
			j.Test.Correlation = &t.Correlation
		}
	}
	return j
}
