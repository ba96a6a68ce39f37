package reports

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/compare"
	"github.com/loadx/loadx/profile/latency"
	"github.com/loadx/loadx/profile/printable"
	"github.com/loadx/loadx/profile/uv"
)

// Schema is the name and version of the JSON layout.
const Schema = "loadx.report/1"

// JSON writes the report as one JSON object of the layout [Schema]: counts are integers and present even when 0, parts
// that do not apply are left out, ratios are in [0, 1], durations carry their unit in the name.
func JSON(w io.Writer, r *Report) error {
	out := jsonReport{
		Schema: Schema, Verdict: string(r.Verdict), Interrupted: r.Profile.Interrupted,
		Profile: newJSONProfile(r, r.Profile), Gates: []jsonGate{},
	}
	for _, g := range r.Gates {
		out.Gates = append(out.Gates, jsonGate{Expr: g.Expr, Verdict: g.Verdict.String(), Actual: g.Actual, Limit: g.Limit, Note: g.Note,
			Evidence: newJSONEvidence(g.Evidence)})
	}
	if r.Profile.Seen != nil {
		seen := newJSONProfile(r, r.Profile.Seen)
		out.Seen = &seen
	}
	if c := r.Comparison; c != nil {
		base := newJSONProfile(r, c.Base[0])
		out.Base, out.Comparison = &base, newJSONComparison(c)
	}
	for _, d := range r.Differences {
		out.Differences = append(out.Differences, newJSONDifference(d, r.Comparison != nil && r.Comparison.Sampling == compare.BySlice))
	}
	return writeJSON(w, out)
}

// writeJSON writes a value as indented JSON in which nothing does more on a terminal than show itself: control and
// bidirectional characters, which JSON lets stand in strings, are escaped.
func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escapeUnsafe(b.Bytes()))
	return err
}

// escapeUnsafe writes the characters of a JSON text that are no plain text as \uXXXX (RFC 8259, section 7). They can only
// be inside of strings; the encoder has escaped those of ASCII, but for DEL, and the blank space outside stays.
func escapeUnsafe(text []byte) []byte {
	out := make([]byte, 0, len(text)+len(text)/16)
	for i := 0; i < len(text); {
		c := text[i]
		if c < 0x7f {
			out = append(out, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case !printable.Unsafe(r):
			out = append(out, text[i:i+size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += size
	}
	return out
}

type jsonReport struct {
	Schema      string           `json:"schema"`
	Verdict     string           `json:"verdict"`
	Interrupted bool             `json:"interrupted"`
	Profile     jsonProfile      `json:"profile"`
	Base        *jsonProfile     `json:"base,omitempty"`
	Comparison  *jsonComparison  `json:"comparison,omitempty"`
	Seen        *jsonProfile     `json:"seen,omitempty"`
	Differences []jsonDifference `json:"differences,omitempty"`
	Gates       []jsonGate       `json:"gates"`
}

type jsonGate struct {
	Expr    string `json:"expr"`
	Verdict string `json:"verdict"`
	Actual  string `json:"actual"`
	Limit   string `json:"limit"`
	Note    string `json:"note,omitempty"`
	// Evidence tells how the gate came to fail, where that is known.
	Evidence *jsonEvidence `json:"evidence,omitempty"`
}

type jsonEstimate struct {
	uv.Estimate
	Key string `json:"key"`
}

type jsonPlanned struct {
	Hits       uint64   `json:"hits"`
	UV         uint64   `json:"uv"`
	Hash       string   `json:"hash"`
	Shards     []uint64 `json:"shards"` // from 1, as in --shard 1/2
	ShardCount uint64   `json:"shard_count"`
	DurationS  float64  `json:"duration_s"` // of the schedule
}

type jsonProfile struct {
	Source     string       `json:"source"`
	Name       string       `json:"name,omitempty"`
	Target     string       `json:"target,omitempty"`
	MadeBy     string       `json:"made_by,omitempty"` // the version of loadx that measured
	First      string       `json:"first,omitempty"`
	Last       string       `json:"last,omitempty"`
	DurationS  float64      `json:"duration_s"`
	Hits       uint64       `json:"hits"`
	PV         uint64       `json:"pv"`
	UV         jsonEstimate `json:"uv"`
	Clients    jsonEstimate `json:"clients"`
	WithoutKey uint64       `json:"without_key"`
	Bytes      uint64       `json:"bytes"`
	Planned    *jsonPlanned `json:"planned,omitempty"`
	*jsonSent               // an attack's own figures
	*jsonOverTime
	Lines    *profile.Lines     `json:"lines,omitempty"`
	BadLines []profile.BadLine  `json:"bad_lines,omitempty"`
	Bots     *uint64            `json:"bots,omitempty"`
	Static   *uint64            `json:"static,omitempty"`
	Status   profile.Status     `json:"status"`
	NoStatus uint64             `json:"no_status"` // hits without a response, or lines without a status
	Errors   map[string]uint64  `json:"errors"`
	Failures []jsonFailure      `json:"failures,omitempty"`
	Latency  map[string]jsonLag `json:"latency"`
	Pages    []jsonRow          `json:"pages"`
	Methods  []jsonRow          `json:"methods"`
	// Balance is how workers or upstreams share the traffic.
	Balance     *jsonBalance         `json:"balance,omitempty"`
	Connections *profile.Connections `json:"connections,omitempty"`
	SiteCookies *profile.SiteCookies `json:"site_cookies,omitempty"`
	*jsonLog                         // a log's own figures

	Definitions jsonDefinitions   `json:"definitions"`
	Warnings    []profile.Warning `json:"warnings"`
}

type jsonSent struct {
	Sent      uint64 `json:"sent"`
	Late      uint64 `json:"late"`
	LateFree  uint64 `json:"late_free"`
	Dropped   uint64 `json:"dropped"`
	Redirects uint64 `json:"redirects"`
	Retries   uint64 `json:"retries"`
	// FailedUV is how many distinct users a page view failed of, left out where it is not known.
	FailedUV *uint64 `json:"failed_uv,omitempty"`
}

type jsonDefinitions struct {
	PV      string   `json:"pv"`
	UV      string   `json:"uv"`
	TZ      string   `json:"tz"`
	Secret  string   `json:"uv_secret,omitempty"`
	Paths   string   `json:"paths,omitempty"`
	Client  string   `json:"client,omitempty"`
	Filter  string   `json:"filter,omitempty"`
	Formats []string `json:"formats,omitempty"`
}

type jsonLag struct {
	P50   float64 `json:"p50_ms"`
	P90   float64 `json:"p90_ms"`
	P95   float64 `json:"p95_ms"`
	P99   float64 `json:"p99_ms"`
	P999  float64 `json:"p999_ms"`
	Max   float64 `json:"max_ms"`
	Mean  float64 `json:"mean_ms"`
	Count uint64  `json:"count"`
}

type jsonFailure struct {
	Class   string   `json:"class"`
	Count   uint64   `json:"count"`
	First   string   `json:"first"`
	Last    string   `json:"last"`
	Samples []string `json:"samples"`
}

type jsonRow struct {
	Name string `json:"name"`
	Hits uint64 `json:"hits"`
	// HitsMissed is by how much Hits may be too low, because more keys came than the table holds.
	HitsMissed uint64   `json:"hits_missed"`
	PV         uint64   `json:"pv"`
	UV         *jsonUV  `json:"uv,omitempty"`
	Clients    *jsonUV  `json:"clients,omitempty"`
	Errors     uint64   `json:"errors"`
	Bytes      uint64   `json:"bytes"`
	Latency    *jsonLag `json:"latency,omitempty"`
	// LowerBound says that all but the hits was counted only from when the table took the key in.
	LowerBound bool `json:"lower_bound,omitempty"`
}

// jsonUV is a key's visitors; LowerBound says that the key was counted only from when its table took it in.
type jsonUV struct {
	uv.Estimate
	LowerBound bool `json:"lower_bound,omitempty"`
}

func newJSONProfile(r *Report, p *profile.Profile) jsonProfile {
	top := r.top()
	j := jsonProfile{
		Source: string(p.Source), Name: p.Name, Target: p.Target, MadeBy: p.MadeBy, First: instant(p.FirstTime), Last: instant(p.LastTime),
		DurationS: p.Duration().Seconds(), Hits: p.Hits, PV: p.PageViews,
		UV: jsonEstimate{p.UV(), p.Definitions.VisitorKey}, Clients: jsonEstimate{p.DistinctClients(), p.Definitions.VisitorKey},
		WithoutKey: p.WithoutKey, Bytes: p.Bytes, Lines: p.Lines, BadLines: p.BadLines, Status: p.Status, NoStatus: p.NoStatus,
		Errors: map[string]uint64{}, Latency: map[string]jsonLag{},
		Definitions: newJSONDefinitions(p.Definitions),
		Warnings:    append([]profile.Warning{}, p.Warnings...),
	}
	if p.Planned != nil {
		j.Planned = &jsonPlanned{p.Planned.Hits, p.Planned.UV, p.Planned.Hash, nil, p.Planned.ShardCount, p.Planned.Duration.Seconds()}
		for _, index := range p.Planned.Shards {
			j.Planned.Shards = append(j.Planned.Shards, index+1)
		}
	}
	if p.Source == profile.Attack {
		j.UV.Key = "user"
		j.jsonSent = &jsonSent{p.Sent, p.Late, p.LateFree, p.Dropped, p.Redirects, p.Retries, nil}
		if p.FailedUsers != nil {
			n := p.FailedUsers.Count()
			j.FailedUV = &n
		}
		j.jsonOverTime = newJSONOverTime(p)
		// Failures are counted also where there are none of a class.
		for _, class := range profile.ErrorClasses() {
			j.Errors[string(class)] = 0
		}
	} else {
		j.Bots, j.Static = &p.BotHits, &p.StaticHits
	}
	for class, f := range p.Failures {
		j.Errors[string(class)] = f.Count
	}
	for _, class := range failureClasses(p) {
		j.Failures = append(j.Failures, newJSONFailure(string(class), p.Failures[class]))
	}
	for name, h := range map[string]*latency.Histogram{"service": p.Service, "response": p.Response, "lag": p.Lag, "server": p.Server} {
		if h.Count() > 0 {
			j.Latency[name] = newJSONLag(h)
		}
	}
	j.Pages, j.Methods = jsonRows(p, profile.ByPage, top), jsonRows(p, profile.ByMethod, top)
	if b := p.Balance; b != nil && b.Hits() > 0 {
		j.Balance = newJSONBalance(p, top)
	}
	j.Connections, j.SiteCookies = p.Connections, p.SiteCookies
	if p.Source == profile.AccessLog {
		j.jsonLog = newJSONLog(r, p)
	}
	return j
}

func newJSONDefinitions(d profile.Definitions) jsonDefinitions {
	return jsonDefinitions{
		PV: d.PV, UV: d.UV, TZ: cmp.Or(d.Zone, "UTC"), Secret: d.Secret, Paths: d.Paths, Client: d.Client, Filter: d.Filter, Formats: d.Formats,
	}
}

func jsonRows(p *profile.Profile, d profile.Dimension, top int) []jsonRow {
	out := []jsonRow{}
	for _, row := range p.Tables[d].Rows(top) {
		g := row.Value
		j := jsonRow{Name: row.Key, Hits: row.Count, HitsMissed: row.Missed, PV: g.PageViews, Errors: g.Errors, Bytes: g.Bytes, LowerBound: row.Late}
		if g.Visitors != nil {
			j.UV = &jsonUV{g.UV(), row.Late}
		}
		if g.Clients != nil {
			j.Clients = &jsonUV{g.DistinctClients(), row.Late}
		}
		if g.Latency.Count() > 0 {
			l := newJSONLag(g.Latency)
			j.Latency = &l
		}
		out = append(out, j)
	}
	return out
}

func newJSONFailure(class string, f *profile.Failure) jsonFailure {
	j := jsonFailure{Class: class, Count: f.Count, First: instant(f.First), Last: instant(f.Last), Samples: []string{}}
	for _, s := range f.Samples {
		j.Samples = append(j.Samples, strconv.Quote(s.Page)+": "+s.Text)
	}
	return j
}

// durations is what every recorder of durations gives; ok is false when nothing was recorded.
type durations interface {
	Quantile(q float64) (d time.Duration, ok bool)
	Mean() (time.Duration, bool)
	Max() (time.Duration, bool)
	Count() uint64
}

func newJSONLag(h durations) jsonLag {
	ms := func(d time.Duration, _ bool) float64 { return float64(d) / float64(time.Millisecond) }
	return jsonLag{
		P50: ms(h.Quantile(0.5)), P90: ms(h.Quantile(0.9)), P95: ms(h.Quantile(0.95)), P99: ms(h.Quantile(0.99)),
		P999: ms(h.Quantile(0.999)), Max: ms(h.Max()), Mean: ms(h.Mean()), Count: h.Count(),
	}
}

func instant(ns int64) string {
	if ns == 0 {
		return ""
	}
	return time.Unix(0, ns).UTC().Format(time.RFC3339Nano)
}

type jsonValue struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Exact bool    `json:"exact"`
}

func newJSONValue(v *profile.Value) *jsonValue {
	if v == nil {
		return nil
	}
	return &jsonValue{Value: v.Number, Low: v.Low, High: v.High, Exact: !v.Estimated}
}
