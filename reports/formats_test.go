package reports_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/compare"
	"github.com/loadx/loadx/profile/printable"
	"github.com/loadx/loadx/profile/uv"
	"github.com/loadx/loadx/reports"
)

var update = flag.Bool("update", false, "write the golden files")

// start is when the traffic of the tests begins.
var start = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// sent is an attack of 12 hits by 5 users in 6 seconds: two a second, of which the last two fail; one more was dropped.
func sent() *profile.Profile {
	r := profile.NewAttackRecorder(5, profile.Limits{})
	for i := range 12 {
		due := time.Duration(i) * 500 * time.Millisecond
		h := &profile.Hit{
			Time: start.Add(due).UnixNano(), Due: due, Sent: due + time.Millisecond, FirstByte: due + 5*time.Millisecond,
			Done: due + time.Duration(10+i)*time.Millisecond, User: uint64(i % 5), NewUser: i < 5, PageView: true, Final: true,
			Visitor: uv.HashString(string(rune('a' + i%5))), HasVisitor: true, Method: []byte("GET"), Status: 200, Bytes: 100,
			Page: []byte([]string{"/", "/item", "/cart"}[i%3]),
		}
		if i >= 10 {
			h.Status, h.Error, h.ErrorText = 503, profile.ErrStatus, "503 Service Unavailable"
		}
		r.Add(h)
	}
	r.Drop(6 * time.Second)
	p := r.Profile()
	p.Name, p.Target = "shop", "http://127.0.0.1:8080"
	p.Elapsed = 6500 * time.Millisecond
	p.Planned = &profile.Planned{Hits: 13, UV: 5, Population: 5, Hash: "c0ffee", Shards: []uint64{0}, ShardCount: 1}
	p.Definitions = profile.Definitions{PV: "planned views that were sent", UV: "distinct users sent", Zone: "UTC", VisitorKey: "cookie:uid", PageViews: "raw"}
	p.Warn(profile.Warning{Code: "slow", Text: "the target answers slowly", Hint: "look at its log"})
	return p
}

// attacked is the report of sent, held against a log that lacks a hit.
func attacked(t testing.TB) *reports.Report {
	p := sent()
	p.Seen = measured()
	r := judged(t, p, "p95 < 250ms", "errors < 0.1%", "uv == 5", "status.5xx == 0", "server.p95 < 1s")
	v := func(n float64) *profile.Value { v := profile.Exactly(n, profile.Count); return &v }
	r.Differences = []compare.Difference{
		{Metric: "pv", Base: v(12), Head: v(3), Delta: -9, Explanation: "9 hits are not in the log"},
		{Metric: "uv", Base: v(5), Head: v(5), Union: v(5), Agrees: true},
	}
	return r
}

// hostile is text that would be more than text somewhere.
var hostile = []string{
	`<script>alert(1)</script>`, `</script><img src=x onerror=alert(1)>`, `"><svg onload=alert(1)>`, `<!--`, `]]>`,
	"=1+cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r\n# heading\n\n- list",
	"a|b\\|c`d``e", "**bold** _em_ ~~gone~~ [link](http://evil.example) ![i](x) www.evil.example http://evil.example $x$",
	"\x1b[31mred\x1b[0m", "\x9b31mred", "\u009b31mred \x7f", "in\u200bvi\u00adsible\ufeff", "\U000e0041 tag", "\u202egnp.exe", "\u2028\u2029", "\xff\xfe not utf-8", "\x00", `{"a":"\"}`, "{{.Verdict}}", "1. one", "&lt;b&gt;&amp;",
}

// attackedByText has hostile text wherever a profile holds text from outside.
func attackedByText(t testing.TB) []*reports.Report {
	all := strings.Join(hostile, " ")
	a := profile.NewAttackRecorder(100, profile.Limits{})
	l := profile.NewLogRecorder(time.UTC, profile.Limits{}, "host")
	for i, text := range hostile {
		due := time.Duration(i) * time.Second
		a.Add(&profile.Hit{Time: start.Add(due).UnixNano(), Due: due, Sent: due, Done: due + time.Millisecond, User: uint64(i), NewUser: true, PageView: true,
			Final: true, Page: []byte(text), Method: []byte(text), Error: profile.ErrOther, ErrorText: text})
		l.Add(&profile.Hit{Time: start.Add(due).UnixNano(), Page: []byte(text), Method: []byte(text), Host: []byte(text), Referrer: []byte(text),
			Fields: [][]byte{[]byte(text)}, Status: 200, PageView: true, Visitor: uint64(i), HasVisitor: true,
			Agent: l.Label(profile.Trait{Dimension: profile.ByBrowser, Name: text}, profile.Trait{Dimension: profile.BySystem, Name: text})})
	}
	var out []*reports.Report
	for _, p := range []*profile.Profile{a.Profile(), l.Profile()} {
		p.Name, p.Target, p.Aborted, p.Elapsed = all, all, all, time.Minute
		p.Definitions = profile.Definitions{PV: all, UV: all, Zone: "UTC", VisitorKey: all, Filter: all, Client: all, Secret: all, Paths: all, Formats: hostile}
		for _, text := range hostile {
			p.Warn(profile.Warning{Code: text, Text: text, Hint: text, Invalidates: true})
			p.BadLines = append(p.BadLines, profile.BadLine{File: text, Field: text, Want: text, Text: text, Caret: text})
		}
		r := judged(t, p, "pv == 3", "seen.uv == 1")
		for _, text := range hostile {
			g := r.Gates[0]
			g.Expr, g.Actual, g.Limit, g.Note = text, text, text, text
			r.Gates = append(r.Gates, g)
			r.Differences = append(r.Differences, compare.Difference{Metric: text, Explanation: text})
		}
		out = append(out, r)
	}
	return out
}

// render gives what a format makes of a report.
func render(t testing.TB, format string, r *reports.Report) string {
	t.Helper()
	f, err := reports.Lookup(format)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Whatever a log or a target says, no format lets it do more on a terminal than show itself.
func TestNothingUnsafeLeaves(t *testing.T) {
	for _, r := range attackedByText(t) {
		for _, format := range reports.Formats() {
			text := render(t, format, r)
			if !utf8.ValidString(text) {
				t.Errorf("%s of %s: no UTF-8", format, r.Profile.Source)
			}
			if format == "csv" { // whose lines end so, by RFC 4180
				text = strings.ReplaceAll(text, "\r\n", "\n")
			}
			for line := range strings.Lines(text) {
				if i := strings.IndexFunc(strings.TrimSuffix(line, "\n"), printable.Unsafe); i >= 0 {
					t.Errorf("%s of %s: %q", format, r.Profile.Source, line[i:min(len(line), i+20)])
					break
				}
			}
		}
	}
	c := &reports.Capacity{Name: strings.Join(hostile, " "), Target: hostile[0], Why: strings.Join(hostile, "")}
	var b bytes.Buffer
	if err := reports.CapacityJSON(&b, c); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsFunc(strings.ReplaceAll(b.String(), "\n", ""), printable.Unsafe) {
		t.Errorf("the JSON of a search for capacity: %q", &b)
	}
	var back struct{ Name string }
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || back.Name != string([]rune(c.Name)) {
		t.Errorf("%v: reads back as %q", err, back.Name)
	}
}

// The files under testdata are what the formats make of an attack and of a log; they are written by -update and read by
// people before they are committed.
func TestGolden(t *testing.T) {
	for _, format := range reports.Formats() {
		for name, r := range map[string]*reports.Report{"attack": attacked(t), "log": judged(t, measured(), "pv == 3", "uv == 3"),
			"compare_runs": comparedRuns(t), "compare_slices": comparedSlices(t)} {
			if r.Comparison != nil && format == "openmetrics" {
				continue // it is no format of a comparison
			}
			path := filepath.Join("testdata", name+"."+format)
			got := render(t, format, r)
			if format == "html" {
				got = skeleton(got)
			}
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs from what is rendered now; see go test -update:\n%s", path, got)
			}
		}
	}
}
