package reports_test

import (
	"strings"
	"testing"

	"github.com/loadx/loadx/profile"
)

// Whatever a page is called, every format stays what it is.
func FuzzPageName(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		rec := profile.NewAttackRecorder(1, profile.Limits{})
		rec.Add(&profile.Hit{Time: start.UnixNano(), Page: []byte(name), Method: []byte(name), Final: true, PageView: true, Error: profile.ErrOther, ErrorText: name})
		p := rec.Profile()
		p.Name = name
		p.Warn(profile.Warning{Code: "x", Text: name, Hint: name})
		r := judged(t, p, "pv == 1")
		if err := checkJUnit(render(t, "junit", r)); err != nil {
			t.Error(err)
		}
		if _, err := parseOpenMetrics(render(t, "openmetrics", r)); err != nil {
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
	})
}
