package reports_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
)

// The grammar of OpenMetrics 1.0 (section "ABNF"), of which a label's value is the only part with escapes.
const (
	omName  = `[a-zA-Z_:][a-zA-Z0-9_:]*`
	omLabel = `[a-zA-Z_][a-zA-Z0-9_]*`
	omText  = `(?:[^"\\\n]|\\[\\n"])*`
)

var (
	omMeta   = regexp.MustCompile(`^# (TYPE|UNIT|HELP) (` + omName + `) (.*)$`)
	omHelp   = regexp.MustCompile(`^` + omText + `$`)
	omSample = regexp.MustCompile(`^(` + omName + `)(\{` + omLabel + `="` + omText + `"(?:,` + omLabel + `="` + omText + `")*\})? (-?[0-9]+(?:\.[0-9]+)?)$`)
	omPair   = regexp.MustCompile(`(` + omLabel + `)="(` + omText + `)"`)
)

// parseOpenMetrics reads a document as strictly as the specification allows, and returns the samples by name and labels. It
// asks for what the reference parser lets pass: the order of the metadata, a type for all, each series once, one state of
// each set, plain numbers. It is also what fuzzing can afford.
func parseOpenMetrics(document string) (map[string]float64, error) {
	body, ok := strings.CutSuffix(document, "# EOF\n")
	if !ok || body == "" {
		return nil, fmt.Errorf("no EOF, or nothing before it")
	}
	samples, done, states := map[string]float64{}, map[string]bool{}, map[string]float64{}
	name, kind, stage := "", "", 0
	for i, line := range strings.Split(strings.TrimSuffix(body, "\n"), "\n") {
		fail := func(what string) (map[string]float64, error) {
			return nil, fmt.Errorf("line %d: %s: %s", i+1, what, line)
		}
		if m := omMeta.FindStringSubmatch(line); m != nil {
			place := strings.Index("TYPE UNIT HELP", m[1])/5 + 1
			if m[1] == "TYPE" {
				if done[m[2]] || !strings.Contains(" gauge info stateset ", " "+m[3]+" ") || strings.HasSuffix(m[2], "_info") || strings.HasSuffix(m[2], "_total") ||
					strings.HasSuffix(m[2], "_count") || strings.HasSuffix(m[2], "_sum") || strings.HasSuffix(m[2], "_created") || strings.HasSuffix(m[2], "_bucket") {
					return fail("a family twice, or of no such name or type")
				}
				done[m[2]], name, kind, stage = true, m[2], m[3], 0
			}
			if m[2] != name || place <= stage || m[1] == "HELP" && !omHelp.MatchString(m[3]) {
				return fail("metadata out of order")
			}
			if m[1] == "UNIT" {
				if !strings.HasSuffix(name, "_"+m[3]) || kind != "gauge" {
					return fail("a unit that is not in the name")
				}
			}
			stage = place
			continue
		}
		m := omSample.FindStringSubmatch(line)
		if m == nil || stage == 0 {
			return fail("no sample")
		}
		stage = 4
		if want := map[string]string{"gauge": name, "stateset": name, "info": name + "_info"}[kind]; m[1] != want {
			return fail("a sample of another family")
		}
		labels, state := map[string]bool{}, ""
		for _, pair := range omPair.FindAllStringSubmatch(m[2], -1) {
			if labels[pair[1]] || strings.HasPrefix(pair[1], "__") {
				return fail("a label twice, or reserved")
			}
			labels[pair[1]] = true
			if pair[1] != name {
				state += pair[0] + ","
			}
		}
		series := m[1] + m[2]
		if _, twice := samples[series]; twice {
			return fail("a series twice")
		}
		value, err := strconv.ParseFloat(m[3], 64)
		if err != nil || kind == "info" && value != 1 || kind == "stateset" && (value != 0 && value != 1 || !labels[name]) {
			return fail("no such value")
		}
		samples[series] = value
		if kind == "stateset" {
			states[name+"{"+state] += value
		}
	}
	for series, sum := range states {
		if sum != 1 {
			return nil, fmt.Errorf("%s is in %v states", series, sum)
		}
	}
	return samples, nil
}

func TestOpenMetrics(t *testing.T) {
	document := render(t, "openmetrics", attacked(t))
	got, err := parseOpenMetrics(document)
	if err != nil {
		t.Fatal(err)
	}
	for series, want := range map[string]float64{
		`loadx_report_info{source="attack",name="shop",target="http://127.0.0.1:8080",plan="c0ffee"}`: 1,
		`loadx_verdict{loadx_verdict="fail"}`: 1, `loadx_verdict{loadx_verdict="pass"}`: 0,
		`loadx_gate{gate="server.p95 < 1s",loadx_gate="no_data"}`: 1, `loadx_gate{gate="uv == 5",loadx_gate="pass"}`: 1,
		`loadx_pv`: 12, `loadx_planned_pv`: 13, `loadx_uv`: 5, `loadx_dropped`: 1, `loadx_errors_ratio`: 1.0 / 6, `loadx_rate_per_second`: 12 / 6.5,
		`loadx_duration_seconds`: 6.5, `loadx_bytes`: 1200, `loadx_page_hits{page="/item"}`: 4, `loadx_page_bytes{page="/item"}`: 400,
		`loadx_status_hits{status="503"}`: 2, `loadx_error_hits{error="status"}`: 2, `loadx_latency_requests{latency="lag"}`: 12,
		`loadx_seen_pv`: 3, `loadx_seen_page_uv{page="/item"}`: 2,
	} {
		if v, ok := got[series]; !ok || v != want {
			t.Errorf("%s: %v, want %v", series, v, want)
		}
	}
	if p99 := got[`loadx_latency_p99_seconds{latency="response"}`]; p99 < 0.0209 || p99 > 0.0211 {
		t.Errorf("p99 %v", p99)
	}
	for from, to := range map[string]string{
		`{gate="uv == 5",loadx_gate="pass"} 1`: `{gate="uv == 5",loadx_gate="pass"} 0`, "loadx_hits 12\n": "loadx_hits 12\nloadx_hits 12\n",
		"# TYPE loadx_pv gauge\n": "", "loadx_pv 12\n": "loadx_pv 1.2e+01\n",
	} {
		bad := strings.Replace(document, from, to, 1)
		if _, err := parseOpenMetrics(bad); err == nil || bad == document {
			t.Errorf("%q for %q is taken", to, from)
		}
	}
}

// Hostile labels stay labels, and what is the same when it is made safe is there once.
func TestOpenMetricsHostile(t *testing.T) {
	rec := profile.NewAttackRecorder(2, profile.Limits{})
	for _, page := range []string{"\x00", `\x00`, `say "hi"`} {
		rec.Add(&profile.Hit{Time: start.UnixNano(), Page: []byte(page), Method: []byte("GET"), Status: 200, Final: true})
	}
	got, err := parseOpenMetrics(render(t, "openmetrics", judged(t, rec.Profile())))
	if err != nil {
		t.Fatal(err)
	}
	for _, series := range []string{`loadx_page_hits{page="\\x00"}`, `loadx_page_hits{page="say \"hi\""}`} {
		if got[series] != 1 {
			t.Errorf("no %s in %v", series, got)
		}
	}
}

// An estimate has the ends of its interval beside it.
func TestOpenMetricsEstimates(t *testing.T) {
	p := measured()
	p.Visitors, p.PageViews = uv.NewCounter(10, 14), 10_000
	for i := range 5000 {
		p.Visitors.Add(uv.HashString(strconv.Itoa(i)))
	}
	e := p.UV()
	got, err := parseOpenMetrics(render(t, "openmetrics", judged(t, p)))
	if err != nil || got["loadx_uv"] != float64(e.Value) || got["loadx_uv_low"] != float64(e.Low) || got["loadx_uv_high"] != float64(e.High) || e.Low == e.High {
		t.Errorf("%+v: %v %v %v, %v", e, got["loadx_uv_low"], got["loadx_uv"], got["loadx_uv_high"], err)
	}
}
