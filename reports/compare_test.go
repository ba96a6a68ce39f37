package reports_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/compare"
	"github.com/loadx/loadx/profile/gate"
	"github.com/loadx/loadx/profile/uv"
	"github.com/loadx/loadx/reports"
)

// took is an attack of so many seconds, 20 requests in each, whose responses took about so many milliseconds.
func took(seconds, ms, failing int) *profile.Profile { return queued(seconds, ms, 0, failing) }

// queued is one whose responses take so many milliseconds longer with every request.
func queued(seconds, ms, growth, failing int) *profile.Profile {
	r := profile.NewAttackRecorder(10, profile.Limits{})
	for i := range seconds * 20 {
		due := time.Duration(i) * 50 * time.Millisecond
		h := &profile.Hit{Time: start.Add(due).UnixNano(), Due: due, Sent: due, FirstByte: due, Done: due + time.Duration((ms+growth*i)*1000+i*7919%997)*time.Microsecond,
			User: uint64(i % 10), NewUser: i < 10, PageView: true, Final: true, Visitor: uv.HashString(fmt.Sprint(i % 10)), HasVisitor: true, Method: []byte("GET"),
			Status: 200, Bytes: 100, Page: []byte([]string{"/", "/item"}[i%2])}
		if i < failing {
			h.Status, h.Error, h.ErrorText = 503, profile.ErrStatus, "503 Service Unavailable"
		}
		r.Add(h)
	}
	p := r.Profile()
	length := time.Duration(seconds) * time.Second
	p.Name, p.Target, p.Elapsed, p.MadeBy = "shop", "http://127.0.0.1:8080", length, "1.0.0"
	p.Planned = &profile.Planned{Hits: uint64(seconds * 20), UV: 10, Population: 10, Hash: "c0ffee", Shards: []uint64{0}, ShardCount: 1, Duration: length}
	p.Definitions = profile.Definitions{PV: "planned views that were sent", UV: "distinct users sent", Zone: "UTC", VisitorKey: "cookie:uid", PageViews: "raw"}
	return p
}

// compared is the report of a comparison, under files called after its sides.
func compared(t testing.TB, base, head []*profile.Profile, sources ...string) *reports.Report {
	t.Helper()
	c, err := compare.BaseHead(base, head, compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	shown := &reports.Comparison{Comparison: c}
	for i := range base {
		shown.BaseFiles = append(shown.BaseFiles, fmt.Sprintf("base-%d.loadx", i+1))
	}
	for i := range head {
		shown.HeadFiles = append(shown.HeadFiles, fmt.Sprintf("head-%d.loadx", i+1))
	}
	r := &reports.Report{Profile: head[0], Comparison: shown, Differences: c.Differences}
	for _, w := range c.Warnings() {
		r.Profile.Warn(w)
	}
	for _, s := range sources {
		g, err := gate.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		r.Gates = append(r.Gates, g.Against(base...).JudgeRuns(head...))
	}
	r.Verdict = gate.Overall(r.Gates, r.Profile)
	return r
}

// comparedRuns are four runs a side: head is slower and sent elsewhere.
func comparedRuns(t testing.TB) *reports.Report {
	var base, head []*profile.Profile
	for i := range 4 {
		base = append(base, took(2, 100+i, 0))
		head = append(head, took(2, 120+i, 1))
		head[i].Target = "http://127.0.0.1:9090"
	}
	return compared(t, base, head, "p95 <= baseline + 5%", "uv == baseline", "seen.uv == baseline")
}

// comparedSlices is one run a side, and nothing to tell apart but errors in a few slices.
func comparedSlices(t testing.TB) *reports.Report {
	return compared(t, []*profile.Profile{took(12, 100, 0)}, []*profile.Profile{took(12, 100, 3)}, "p95 <= baseline + 5%", "errors <= baseline + 5pp")
}

// comparedByText has hostile text wherever a comparison shows text from outside.
func comparedByText(t testing.TB) *reports.Report {
	all := attackedByText(t)
	r := compared(t, []*profile.Profile{all[0].Profile}, []*profile.Profile{all[1].Profile}, "p95 <= baseline + 5%")
	for _, text := range hostile {
		g := r.Gates[0]
		g.Expr, g.Actual, g.Limit, g.Note = text, text, text, text
		r.Gates = append(r.Gates, g)
		r.Comparison.BaseFiles[0] += text
		r.Comparison.HeadFiles[0] += text
	}
	return r
}

func TestComparedValues(t *testing.T) {
	var got struct {
		Verdict    string
		Base       struct{ Target string }
		Profile    struct{ Target string }
		Comparison struct {
			Base, Head []string
			Sampling   string
			Tested     int
		}
		Differences []struct {
			Metric, Unit, Verdict, Direction string
			Base, Head                       *struct{ Value float64 }
			Delta                            float64
			Change                           *float64
			Agrees                           bool
			Test                             *struct {
				Base, Head []float64
				P          float64
				Low, High  *float64
			}
		}
		Gates []struct{ Verdict, Limit string }
	}
	if err := json.Unmarshal([]byte(render(t, "json", comparedRuns(t))), &got); err != nil {
		t.Fatal(err)
	}
	if got.Verdict != "fail" || got.Base.Target != "http://127.0.0.1:8080" || got.Profile.Target != "http://127.0.0.1:9090" || got.Comparison.Sampling != "run" ||
		len(got.Comparison.Base) != 4 || got.Comparison.Head[3] != "head-4.loadx" || got.Gates[0].Verdict != "fail" || got.Gates[1].Verdict != "pass" || got.Gates[2].Verdict != "no_data" {
		t.Errorf("%+v", got)
	}
	rows := 0
	for _, d := range got.Differences {
		switch d.Metric {
		case "max":
			rows++
			near := func(x, want float64) bool { return x > want*0.98 && x < want*1.02 }
			if d.Unit != "seconds" || d.Verdict != "worse" || d.Direction != "lower_is_better" || d.Agrees || !near(d.Base.Value, 0.1025) || !near(d.Head.Value, 0.1225) ||
				!near(d.Delta, 0.02) || !near(*d.Change, 0.02/0.1025) || len(d.Test.Base) != 4 || !near(d.Test.P, 2.0/70) || !near(*d.Test.Low, 0.017) || !near(*d.Test.High, 0.023) {
				t.Errorf("%+v %+v", d, d.Test)
			}
		case "pv":
			rows++
			if d.Unit != "count" || d.Verdict != "same" || d.Direction != "neutral" || !d.Agrees || d.Delta != 0 || d.Base.Value != 40 {
				t.Errorf("%+v", d)
			}
		}
	}
	if rows != 2 {
		t.Errorf("%d of 2 rows", rows)
	}
}

// A verdict that a growing queue takes away is explained in every format, in the table once for all its figures.
func TestComparedQueue(t *testing.T) {
	r := compared(t, []*profile.Profile{took(12, 1, 0)}, []*profile.Profile{queued(12, 1, 50, 0)})
	const why = "far above base, but head drifts within its run, as when a queue grows or a cache fills, and the test does not hold: " +
		"repeat the runs, 4 or more a side"
	d := map[string]compare.Difference{}
	for _, one := range r.Differences {
		d[one.Metric] = one
	}
	p50, p95 := d["p50"], d["p95"]
	if p50.Verdict != compare.Inconclusive || p50.Explanation != why || p95.Explanation != why || p50.Test.P >= 0.001 {
		t.Fatalf("%+v", p50)
	}
	times := p50.Head.Number / p50.Base.Number // of about 1.5 ms and 6 s
	if times < 1000 || times > 10000 {
		t.Fatal(times)
	}
	change := "×" + profile.Grouped(uint64(math.Round(times)))
	for _, format := range []string{"markdown", "html", "table"} {
		if !strings.Contains(render(t, format, r), change) {
			t.Errorf("%s: no %s", format, change)
		}
	}
	for _, format := range []string{"markdown", "html", "json", "csv"} {
		if got := strings.Count(render(t, format, r), why); got < 2 {
			t.Errorf("%s: explained %d times", format, got)
		}
	}
	if got := strings.Count(strings.Join(strings.Fields(render(t, "table", r)), " "), why); got != 1 {
		t.Errorf("the table explains %d times", got)
	}
}

// What is compared keeps to every format, whatever text it is of.
func TestComparedHostileText(t *testing.T) {
	r := comparedByText(t)
	if err := checkJUnit(render(t, "junit", r)); err != nil {
		t.Error(err)
	}
	for _, record := range readCSV(t, render(t, "csv", r)) {
		for _, cell := range record[:2] {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("a formula: %q", record)
			}
		}
	}
	if page := parsePage(t, render(t, "html", r)); len(page.odd) > 0 {
		t.Errorf("%q", page.odd)
	}
	if _, odd := elements(t, render(t, "markdown", r)); len(odd) > 0 {
		t.Errorf("%q", odd)
	}
	for _, format := range []string{"table", "json", "markdown", "csv", "junit"} {
		for _, line := range strings.Split(strings.ReplaceAll(render(t, format, r), "\r\n", "\n"), "\n") {
			for _, c := range line {
				if c < ' ' && c != '\t' || c == 0x7f || c == '\u202e' {
					t.Errorf("%s: %q in %q", format, c, line)
				}
			}
		}
	}
}
