package reports_test

import (
	"encoding/json"
	"maps"
	"math"
	"os/exec"
	"strings"
	"testing"

	"github.com/loadx/loadx/profile/gate"
	"github.com/loadx/loadx/profile/latency"
	"github.com/loadx/loadx/profile/printable"
	"github.com/loadx/loadx/reports"
)

// referenceProgram gives the families that the reference parser of OpenMetrics sees in standard input, as JSON.
const referenceProgram = `
import io, json, sys
from prometheus_client.openmetrics.parser import text_fd_to_metric_families
text = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline="\n")
print(json.dumps([{"name": f.name, "type": f.type, "unit": f.unit, "help": f.documentation, "samples": [
    {"name": s.name, "labels": list(s.labels.items()), "value": s.value, "bare": s.timestamp is None and s.exemplar is None}
    for s in f.samples]} for f in text_fd_to_metric_families(text)]))
`

type omFamily struct {
	Name, Type, Unit, Help string
	Samples                []struct {
		Name   string
		Labels [][2]string
		Value  float64
		Bare   bool // without a timestamp and an exemplar
	}
}

// omSeries is a sample's name and labels as a document has them.
func omSeries(name string, labels ...[2]string) string {
	var pairs []string
	for _, l := range labels {
		pairs = append(pairs, l[0]+`="`+strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(l[1])+`"`)
	}
	if len(pairs) == 0 {
		return name
	}
	return name + "{" + strings.Join(pairs, ",") + "}"
}

// referenceParser returns prometheus_client's parser, the reference of OpenMetrics, which gives the families of a document by
// name and all its samples by their series, or a complaint.
func referenceParser(t *testing.T) func(document string) (families map[string]omFamily, samples map[string]float64, complaint string) {
	t.Helper()
	python := ""
	// Debian's modules are seen by Debian's Python, which need not be the first one on the path.
	for _, candidate := range []string{"/usr/bin/python3", "python3"} {
		if exec.CommandContext(t.Context(), candidate, "-c", "import prometheus_client.openmetrics.parser").Run() == nil {
			python = candidate
			break
		}
	}
	if python == "" {
		lacking(t, "python3 with prometheus_client", "the reference parser was not asked about OpenMetrics")
	}
	return func(document string) (map[string]omFamily, map[string]float64, string) {
		t.Helper()
		out, complaint := filter(t, document, python, "-c", referenceProgram)
		if complaint != "" {
			return nil, nil, complaint
		}
		var list []omFamily
		if err := json.Unmarshal(out, &list); err != nil {
			t.Fatal(err)
		}
		families, samples := map[string]omFamily{}, map[string]float64{}
		for _, f := range list {
			families[f.Name] = f
			for _, s := range f.Samples {
				samples[omSeries(s.Name, s.Labels...)] = s.Value
				if !s.Bare {
					t.Errorf("%s has more than a value", s.Name)
				}
			}
		}
		return families, samples, ""
	}
}

// The reference parser takes the reports, and sees what the profiles hold.
func TestOpenMetricsReference(t *testing.T) {
	parse := referenceParser(t)
	byText := attackedByText(t)
	for name, r := range map[string]*reports.Report{
		"attack": attacked(t), "log": judged(t, measured(), "pv == 3", "uv == 3"), "hostile attack": byText[0], "hostile log": byText[1],
	} {
		t.Run(name, func(t *testing.T) {
			r.Top = 100 // every row, of the less important tables too
			document := render(t, "openmetrics", r)
			families, samples, complaint := parse(document)
			if complaint != "" {
				t.Fatal(complaint)
			}
			own, err := parseOpenMetrics(document)
			if err != nil || !maps.Equal(own, samples) {
				t.Errorf("two parsers see two things: %v\n%v\n%v", err, own, samples)
			}
			expected := omExpected(r)
			if strings.HasPrefix(name, "hostile") {
				for _, text := range hostile { // a hit each
					for _, label := range []string{"page", "method"} {
						expected[omSeries("loadx_"+label+"_hits", [2]string{label, printable.Text(text)})] = 1
					}
				}
			}
			for series, want := range expected {
				if got, ok := samples[series]; !ok || math.Abs(got-want) > 1e-9*math.Abs(want) {
					t.Errorf("%s: %v (there: %v), want %v", series, got, ok, want)
				}
			}
			for name, f := range families {
				if f.Help == "" || printable.Text(f.Help) != f.Help || f.Unit != "" && !strings.HasSuffix(name, "_"+f.Unit) {
					t.Errorf("%s: help %q, unit %q", name, f.Help, f.Unit)
				}
			}
			for name, kind := range map[string]string{"loadx_report": "info", "loadx_verdict": "stateset", "loadx_gate": "stateset", "loadx_pv": "gauge"} {
				if families[name].Type != kind {
					t.Errorf("%s is of type %q, not %s", name, families[name].Type, kind)
				}
			}
			if unit := families["loadx_duration_seconds"].Unit; unit != "seconds" {
				t.Errorf("the duration is in %q", unit)
			}
		})
	}
	good := render(t, "openmetrics", attacked(t))
	for from, to := range map[string]string{
		"# EOF\n": "", "# UNIT loadx_rate_per_second per_second": "# UNIT loadx_rate_per_second seconds", `"shop"`: `"sh"op"`,
		`{loadx_verdict="fail"} 1`: `{loadx_verdict="fail"} 2`, "# EOF": "# TYPE loadx_pv gauge\n# EOF",
	} {
		if bad := strings.Replace(good, from, to, 1); bad == good {
			t.Errorf("no %q", from)
		} else if _, _, complaint := parse(bad); complaint == "" {
			t.Errorf("%q for %q is taken", to, from)
		}
	}
}

// omExpected is what a report's document must hold by its profile, by series.
func omExpected(r *reports.Report) map[string]float64 {
	p := r.Profile
	plan := ""
	if p.Planned != nil {
		plan = p.Planned.Hash
	}
	shown := func(name, label, text string) string { return omSeries(name, [2]string{label, printable.Text(text)}) }
	want := map[string]float64{
		omSeries("loadx_report_info", [2]string{"source", string(p.Source)}, [2]string{"name", printable.Text(p.Name)},
			[2]string{"target", printable.Text(p.Target)}, [2]string{"plan", plan}): 1,
		shown("loadx_verdict", "loadx_verdict", string(r.Verdict)): 1,
		"loadx_pv": float64(p.PageViews), "loadx_hits": float64(p.Hits), "loadx_uv": float64(p.UV().Value), "loadx_bytes": float64(p.Bytes),
		"loadx_duration_seconds": p.Duration().Seconds(),
	}
	for _, g := range r.Gates {
		for _, state := range []gate.Verdict{gate.Pass, gate.Fail, gate.NoData} {
			series, value := omSeries("loadx_gate", [2]string{"gate", printable.Text(g.Expr)}, [2]string{"loadx_gate", state.String()}), 0.0
			if g.Verdict == state {
				value = 1
			}
			want[series] = value
		}
	}
	if n := p.Status.Count(503); n > 0 {
		want[shown("loadx_status_hits", "status", "503")] = float64(n)
	}
	for name, h := range map[string]*latency.Histogram{"response": p.Response, "service": p.Service, "server": p.Server} {
		if p99, ok := h.Quantile(0.99); ok {
			want[shown("loadx_latency_p99_seconds", "latency", name)] = p99.Seconds()
			want[shown("loadx_latency_requests", "latency", name)] = float64(h.Count())
		}
	}
	for dimension, table := range p.Tables {
		for _, row := range table.Rows(r.Top) {
			series := shown("loadx_"+string(dimension)+"_hits", string(dimension), row.Key)
			if field, ok := dimension.Field(); ok {
				series = omSeries("loadx_field_hits", [2]string{"field", field}, [2]string{"value", printable.Text(row.Key)})
			}
			want[series] = float64(row.Count)
		}
	}
	return want
}
