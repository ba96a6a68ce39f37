package reports_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/compare"
	"github.com/loadx/loadx/profile/gate"
	"github.com/loadx/loadx/profile/uv"
	"github.com/loadx/loadx/reports"
)

// measured is a log of two visitors and three hits.
func measured() *profile.Profile {
	r := profile.NewLogRecorder(time.UTC, profile.Limits{})
	for i, user := range []string{"a", "b", "a"} {
		r.Add(&profile.Hit{
			Time:    time.Date(2026, 11, 21, 10, 0, i, 0, time.UTC).UnixNano(),
			Visitor: uv.HashString(user), HasVisitor: true, Page: []byte("/item"), Method: []byte("GET"), Status: 200, PageView: true,
			Server: time.Duration(i+1) * time.Millisecond, HasServer: true,
		})
	}
	p := r.Profile()
	p.Name = "access.log"
	p.Definitions = profile.Definitions{PV: "every hit", UV: "distinct ip", Zone: "UTC", VisitorKey: "ip", PageViews: "raw"}
	return p
}

func judged(t testing.TB, p *profile.Profile, sources ...string) *reports.Report {
	r := &reports.Report{Profile: p}
	var gates []gate.Gate
	for _, s := range sources {
		g, err := gate.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		gates = append(gates, g)
	}
	r.Gates = gate.JudgeAll(gates, p)
	r.Verdict = gate.Overall(r.Gates, p)
	return r
}

var errFull = errors.New("the device is full")

// A fullWriter takes so many bytes and then fails.
type fullWriter struct{ room int }

func (w *fullWriter) Write(b []byte) (int, error) {
	if len(b) > w.room {
		n := w.room
		w.room = 0
		return n, errFull
	}
	w.room -= len(b)
	return len(b), nil
}

// Whoever writes tells it when it could not be written, at whatever byte.
func TestWriteErrors(t *testing.T) {
	p := measured()
	report := judged(t, p, "pv == 3")
	writers := map[string]func(io.Writer) error{
		"plan": func(w io.Writer) error { return reports.WritePlan(w, &reports.Plan{Name: "x", PV: 10, UV: 3}, 0) },
		"sent against seen": func(w io.Writer) error {
			value := profile.Exactly(3, profile.Count)
			row := reports.SentSeenRow{Name: "x", Profile: p, Differences: []compare.Difference{{Metric: "pv", Base: &value, Head: &value, Agrees: true}}}
			return reports.SentSeen(w, []reports.SentSeenRow{row}, 0)
		},
	}
	comparison := comparedSlices(t)
	for _, name := range reports.Formats() {
		render, err := reports.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		writers[name] = func(w io.Writer) error { return render(w, report) }
		writers[name+" of a comparison"] = func(w io.Writer) error { return render(w, comparison) }
	}
	for name, write := range writers {
		var whole bytes.Buffer
		if err := write(&whole); err != nil || whole.Len() == 0 {
			t.Fatalf("%s: %d bytes, %v", name, whole.Len(), err)
		}
		// Every byte of the formats that are quickly made, and some of the others.
		stride := 1
		if !slices.Contains([]string{"json", "junit", "csv"}, name) {
			stride = max(whole.Len()/150, 1)
		}
		for room := 0; room < whole.Len(); room += stride {
			if err := write(&fullWriter{room}); !errors.Is(err, errFull) {
				t.Fatalf("%s: with room for %d of %d bytes: %v", name, room, whole.Len(), err)
			}
		}
		if err := write(&fullWriter{whole.Len()}); err != nil {
			t.Errorf("%s: with room for all: %v", name, err)
		}
	}
}

// What is shown is what was measured, and showing it twice changes nothing.
func TestValues(t *testing.T) {
	report := judged(t, measured(), "pv == 3", "uv == 3", "seen.uv == 1")
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := reports.JSON(out, report); err != nil {
			t.Fatal(err)
		}
	}
	if first.String() != second.String() {
		t.Error("the second time differs")
	}
	var got struct {
		Verdict string
		Profile struct {
			Source    string
			DurationS float64 `json:"duration_s"`
			Hits, PV  int
			UV        struct{ Estimate, Low, High int }
			Status    map[string]int
			Errors    map[string]int
			Latency   map[string]struct {
				P50   float64 `json:"p50_ms"`
				Max   float64 `json:"max_ms"`
				Mean  float64 `json:"mean_ms"`
				Count int
			}
			Sent  *int
			Pages []struct {
				Name     string
				Hits, PV int
				UV       struct{ Estimate int }
			}
		}
		Gates []struct{ Expr, Verdict, Actual, Limit string }
	}
	if err := json.Unmarshal(first.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	p := got.Profile
	if p.Source != "access_log" || p.Hits != 3 || p.PV != 3 || p.UV.Estimate != 2 || p.UV.Low != 2 || p.UV.High != 2 || p.Status["200"] != 3 ||
		p.DurationS != 2 || p.Sent != nil || len(p.Errors) != 0 {
		t.Errorf("%+v", p)
	}
	// The recorder keeps three digits.
	near := func(got, want float64) bool { return got > want*0.995 && got < want*1.005 }
	if l := p.Latency["server"]; len(p.Latency) != 1 || l.Count != 3 || !near(l.P50, 2) || !near(l.Max, 3) || !near(l.Mean, 2) {
		t.Errorf("%+v", p.Latency)
	}
	if len(p.Pages) != 1 || p.Pages[0].Name != "/item" || p.Pages[0].Hits != 3 || p.Pages[0].UV.Estimate != 2 {
		t.Errorf("%+v", p.Pages)
	}
	verdicts := ""
	for _, g := range got.Gates {
		verdicts += g.Verdict + " " + g.Actual + ";"
	}
	if got.Verdict != "fail" || !strings.HasPrefix(verdicts, "pass 3;fail 2;no_data") {
		t.Errorf("%s: %s", got.Verdict, verdicts)
	}
}

func TestLookup(t *testing.T) {
	for name, want := range map[string]string{
		"tabel": `did you mean "table"?`, "JSON": `did you mean "json"?`, "nothing like it": "there are table, json",
	} {
		if _, err := reports.Lookup(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if formats := reports.Formats(); formats[0] != "table" || formats[1] != "json" {
		t.Errorf("%v", formats)
	}
}

func ExampleWritePlan() {
	err := reports.WritePlan(os.Stdout, &reports.Plan{Name: "shop", Target: "http://127.0.0.1:8080", Hash: "c0ffee", PV: 1000, UV: 250, Duration: time.Minute, PeakRate: 20}, 80)
	if err != nil {
		panic(err)
	}
	// Output:
	// loadx plan  shop → http://127.0.0.1:8080
	//
	// page views (PV)       1,000
	// unique visitors (UV)  250
	// duration              1m0s
	// rate                  16.67/s on average, 20/s at the peak
	// plan hash             c0ffee
}
