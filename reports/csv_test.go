package reports_test

import (
	"encoding/csv"
	"strconv"
	"strings"
	"testing"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
)

// readCSV reads a report with a reader that takes nothing but RFC 4180.
func readCSV(t testing.TB, document string) [][]string {
	t.Helper()
	if strings.Count(document, "\n") != strings.Count(document, "\r\n") {
		t.Error("a line ends without a carriage return")
	}
	records, err := csv.NewReader(strings.NewReader(document)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) < 2 || strings.Join(records[0], ",") != "table,key,metric,value,unit,low,high" {
		t.Fatalf("%q", records)
	}
	return records[1:]
}

// The figures come back as they were measured, from whatever table.
func TestCSVValues(t *testing.T) {
	got := map[string]string{}
	for _, r := range readCSV(t, render(t, "csv", attacked(t))) {
		key := strings.Join(r[:3], " ")
		if old, twice := got[key]; twice {
			t.Errorf("%s twice: %s, %s", key, old, r[3])
		}
		got[key] = r[3] + " " + r[4]
	}
	for key, want := range map[string]string{
		"report  verdict": "fail text", "figure pv value": "12 count", "figure pv planned": "13 count", "figure rate value": "1.8461538461538463 per_second",
		"figure errors value": "0.16666666666666666 ratio", "page /item hits": "4 count", "page /item uv": "4 count",
		"slice 2026-11-21T10:00:01Z sent": "2 count", "slice 2026-11-21T10:00:05Z errors": "2 count", "slice 2026-11-21T10:00:06Z dropped": "1 count",
		"slice 2026-11-21T10:00:01Z start": "1 seconds", "seen.figure uv value": "2 count", "difference pv difference": "-9 count",
		"gate server.p95 < 1s verdict": "no_data text", "latency response requests": "12 count", "status 503 hits": "2 count",
	} {
		if got[key] != want {
			t.Errorf("%s: %q, want %q", key, got[key], want)
		}
	}
	if _, ok := got["seen.slice 2026-11-21T10:00:00Z sent"]; ok {
		t.Error("a log has slices")
	}
}

// An estimate has its interval beside it.
func TestCSVEstimates(t *testing.T) {
	p := measured()
	p.Visitors = uv.NewCounter(10, 14)
	for i := range 5000 {
		p.Visitors.Add(uv.HashString(strconv.Itoa(i)))
	}
	e := p.UV()
	for _, r := range readCSV(t, render(t, "csv", judged(t, p))) {
		if r[0] == "figure" && r[1] == "uv" {
			want := []string{strconv.FormatUint(e.Value, 10), "count", strconv.FormatUint(e.Low, 10), strconv.FormatUint(e.High, 10)}
			if e.Exact || strings.Join(r[3:], " ") != strings.Join(want, " ") {
				t.Errorf("%q, want %q", r[3:], want)
			}
			return
		}
	}
	t.Error("no uv")
}

// No cell begins a formula, and all of the text is there.
func TestCSVFormulas(t *testing.T) {
	for _, r := range attackedByText(t) {
		document := render(t, "csv", r)
		for _, record := range readCSV(t, document) {
			for i, cell := range record {
				if cell == "" || !strings.ContainsAny(cell[:1], "=+-@\t\r") {
					continue
				}
				if _, err := strconv.ParseFloat(cell, 64); err != nil || i < 3 || record[4] == "text" {
					t.Errorf("a formula: %q", record)
				}
			}
		}
		if r.Profile.Source == profile.AccessLog && !strings.Contains(document, "'=1+cmd|' /C calc'!A0") {
			t.Error("the formula is not there")
		}
	}
}
