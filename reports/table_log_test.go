package reports_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/printable"
	"github.com/loadx/loadx/profile/uv"
	"github.com/loadx/loadx/reports"
)

// everything is a log that has every part that a log can have. text passes every value from outside.
func everything(text func(string) string) *profile.Profile {
	r := profile.NewLogRecorder(time.UTC, profile.Limits{}, text("cache"))
	pick := func(values []string, i int) []byte { return []byte(text(values[i%len(values)])) }
	start := time.Date(2026, 11, 20, 22, 0, 0, 0, time.UTC)
	for i := range 600 {
		h := profile.Hit{
			Time: start.Add(time.Duration(i) * time.Minute / 4).UnixNano(), Visitor: uv.HashString(fmt.Sprint(i / 2 % 170)), HasVisitor: i%50 != 49,
			Page: pick([]string{"/", "/item/{id}", "/cart", "/style.css"}, i), Method: []byte("GET"), Status: []int{200, 200, 200, 304, 503}[i%5], Bytes: 1000,
			Host: pick([]string{"shop.example", "www.example"}, i/2), Fields: [][]byte{pick([]string{"HIT", "MISS", "-"}, i)},
			Server: time.Duration(1+i%40) * time.Millisecond, HasServer: true, Worker: pick([]string{"10.0.0.1:80", "10.0.0.2:80"}, i/5),
			Static: i%4 == 3, Bot: i%10 == 6,
		}
		if h.Bot {
			h.Agent = r.Label(profile.Trait{Dimension: profile.ByBot, Name: text("Googlebot")})
		} else {
			h.Agent = r.Label(profile.Trait{Dimension: profile.ByBrowser, Name: text([]string{"Firefox", "Chrome"}[i%2])},
				profile.Trait{Dimension: profile.BySystem, Name: text([]string{"Linux", "Windows", "iOS"}[i%3])})
		}
		if h.PageView = !h.Static && !h.Bot && h.Status < 500; h.PageView {
			h.Referrer = pick([]string{"(none)", "search.example", "(internal)"}, i)
		}
		r.Add(&h)
	}
	p := r.Profile()
	p.Name = text("access.log")
	p.Lines = &profile.Lines{Read: 612, Parsed: 600, Filtered: 7, Comments: 2, Bad: 3}
	p.BadLines = []profile.BadLine{{File: text("access.log"), Line: 12, Field: text("status"), Want: text("an HTTP status code"), Text: text("- - two-hundred"), Caret: "    ^"}}
	p.Definitions = profile.Definitions{
		PV: "web: GET, 2xx or 304, no static file, no bot", UV: "distinct ip+ua", Zone: "UTC", VisitorKey: text("ip+ua"), PageViews: "web",
		Filter: text(`host ~ "example"`), Client: "address 1 from the right of X-Forwarded-For", Secret: "0123456789abcdef", Formats: []string{text("nginx")},
	}
	p.Warn(profile.Warning{Code: "single_client", Text: text("all hits come from one address"), Hint: text("--trusted-proxy")})
	return p
}

func table(t *testing.T, r *reports.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := reports.Table(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTableOfEverything(t *testing.T) {
	got := table(t, judged(t, everything(func(s string) string { return s })))
	const path = "testdata/everything.table"
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
	for line := range strings.Lines(got) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestTableByStep(t *testing.T) {
	p := everything(func(s string) string { return s })
	for unit, want := range map[profile.Unit]string{
		profile.Minute: "minute", profile.Hour: "2026-11-20 23:00", profile.Day: "2026-11-21 Sat", profile.Month: "2026-11 ",
	} {
		r := judged(t, p)
		r.Step = &unit
		if got := table(t, r); !strings.Contains(got, "\n"+want) || !strings.Contains(got, "\n"+unit.String()+"  ") {
			t.Errorf("by %s there is no %q:\n%s", unit, want, got)
		}
	}
}

// TestTableOfHostileText puts bytes that would take over a terminal, a spreadsheet or a page into every place.
func TestTableOfHostileText(t *testing.T) {
	hostile := "\x1b[31m\x1b]0;owned\x07\r\n\x00\u009b2J\u202egnp.exe\u2066\u200b\xff<script>alert(1)</script>=cmd|'/c calc'!A1"
	p := everything(func(s string) string { return hostile + s })
	for _, r := range []*reports.Report{judged(t, p), {Profile: p, Width: 160, Color: false, Top: 50, Verdict: "pass"}} {
		got := table(t, r)
		for i, c := range got {
			if c == '\n' {
				continue
			}
			if c == utf8.RuneError || printable.Unsafe(c) {
				t.Fatalf("rune %U at %d: %q", c, i, got[max(i-40, 0):min(i+40, len(got))])
			}
		}
		for line := range strings.Lines(got) {
			if strings.HasPrefix(line, "=") {
				t.Errorf("a formula: %q", line)
			}
		}
	}
}
