package reports

import (
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
)

// jsonLog are the figures that logs alone have.
type jsonLog struct {
	Audiences []jsonRow            `json:"audiences"`
	Hosts     []jsonRow            `json:"hosts"`
	Referrers []jsonRow            `json:"referrers"`
	Browsers  []jsonRow            `json:"browsers"`
	Systems   []jsonRow            `json:"systems"`
	Bots      []jsonRow            `json:"bot_families"`
	Fields    map[string][]jsonRow `json:"fields,omitempty"`
	Other     map[string]jsonOther `json:"other"`

	// Step names the width that fits the log's length; Steps are of it. Minutes are left out unless they are that.
	Step      string     `json:"step,omitempty"`
	Minutes   []jsonStep `json:"minutes,omitempty"`
	Hours     []jsonStep `json:"hours,omitempty"`
	Days      []jsonStep `json:"days,omitempty"`
	Months    []jsonStep `json:"months,omitempty"`
	SumOfDays *uint64    `json:"uv_sum_of_days,omitempty"`
}

// jsonOther is what a table's rows do not account for.
type jsonOther struct {
	Hits uint64 `json:"hits"`
	// Unseen is how many hits a value without a row in the profile can have at most.
	Unseen uint64 `json:"unseen_max"`
}

type jsonStep struct {
	Start  string      `json:"start"`
	Hits   uint64      `json:"hits"`
	PV     uint64      `json:"pv"`
	Bytes  uint64      `json:"bytes"`
	Errors uint64      `json:"errors"`
	UV     uv.Estimate `json:"uv"`
	// New are the visitors who were in no earlier bucket, Total those of all buckets up to this one.
	New   uv.Estimate `json:"uv_new"`
	Total uv.Estimate `json:"uv_total"`
}

type jsonBalance struct {
	Upstreams []jsonUpstream `json:"upstreams"`
	Other     *jsonUpstream  `json:"other,omitempty"`
	Hits      uint64         `json:"hits"`
	PV        uint64         `json:"pv"`
	UV        uv.Estimate    `json:"uv"`
	// Moved are the visitors that more than one upstream has served.
	Moved uv.Estimate `json:"uv_moved"`
	// Without are the hits that name no upstream.
	Without struct {
		Hits uint64 `json:"hits"`
		PV   uint64 `json:"pv"`
	} `json:"without"`
}

type jsonUpstream struct {
	Name    string  `json:"name,omitempty"`
	Hits    uint64  `json:"hits"`
	PV      uint64  `json:"pv"`
	PVRatio float64 `json:"pv_ratio"`
	UV      jsonUV  `json:"uv"`
	UVRatio float64 `json:"uv_ratio"`
}

func newJSONLog(r *Report, p *profile.Profile) *jsonLog {
	top := r.top()
	j := &jsonLog{Other: map[string]jsonOther{}}
	for d, rows := range map[profile.Dimension]*[]jsonRow{
		profile.ByAudience: &j.Audiences, profile.ByHost: &j.Hosts, profile.ByReferrer: &j.Referrers, profile.ByBrowser: &j.Browsers,
		profile.BySystem: &j.Systems, profile.ByBot: &j.Bots,
	} {
		*rows = jsonRows(p, d, top)
	}
	for _, d := range fieldsOf(p) {
		if j.Fields == nil {
			j.Fields = map[string][]jsonRow{}
		}
		name, _ := d.Field()
		j.Fields[name] = jsonRows(p, d, top)
	}
	for d, table := range p.Tables {
		j.Other[string(d)] = jsonOther{Hits: table.Other(table.Rows(top)), Unseen: table.Unseen()}
	}
	j.times(r, p)
	return j
}

func (j *jsonLog) times(r *Report, p *profile.Profile) {
	unit := r.step(p)
	j.Step = unit.String()
	finest := p.Calendar.Unit()
	if unit == profile.Minute {
		j.Minutes = jsonSteps(p, profile.Minute)
	}
	if finest <= profile.Hour {
		j.Hours = jsonSteps(p, profile.Hour)
	}
	if finest <= profile.Day {
		j.Days = jsonSteps(p, profile.Day)
		var sum uint64
		for _, d := range j.Days {
			sum += d.UV.Value
		}
		j.SumOfDays = &sum
	}
	j.Months = jsonSteps(p, profile.Month)
}

func jsonSteps(p *profile.Profile, unit profile.Unit) []jsonStep {
	var out []jsonStep
	for _, s := range p.Steps(unit) {
		out = append(out, jsonStep{
			Start: time.Unix(s.Start, 0).In(p.Calendar.Zone()).Format(time.RFC3339),
			Hits:  s.Hits, PV: s.PageViews, Bytes: s.Bytes, Errors: s.Errors, UV: s.UV, New: s.New, Total: s.Total,
		})
	}
	return out
}

func newJSONBalance(p *profile.Profile, top int) *jsonBalance {
	b := p.Balance
	j := &jsonBalance{Upstreams: []jsonUpstream{}, Hits: b.Hits(), PV: b.PageViews(), UV: b.Visitors(), Moved: b.Moved()}
	j.Without.Hits, j.Without.PV = b.Without().Hits, b.Without().PageViews
	ratio := func(part, whole uint64) float64 {
		if whole == 0 {
			return 0
		}
		return float64(part) / float64(whole)
	}
	for _, row := range b.Rows(top) {
		j.Upstreams = append(j.Upstreams, jsonUpstream{
			Name: row.Worker, Hits: row.Hits, PV: row.PageViews, PVRatio: ratio(row.PageViews, j.PV),
			UV: jsonUV{row.Visitors, row.AtLeast}, UVRatio: ratio(row.Visitors.Value, j.UV.Value),
		})
	}
	if other, _ := b.Other(top); other.Hits > 0 {
		j.Other = &jsonUpstream{
			Hits: other.Hits, PV: other.PageViews, PVRatio: ratio(other.PageViews, j.PV),
			UV: jsonUV{other.Visitors, other.AtLeast}, UVRatio: ratio(other.Visitors.Value, j.UV.Value),
		}
	}
	return j
}
