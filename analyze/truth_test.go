package analyze_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/loadx/loadx/analyze"
	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
)

// shared is where the real logs are, when they are there.
const shared = "../../shared/data"

func TestRealLogsMatchTheirCounts(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(shared, "TRUTH.json"))
	if err != nil {
		t.Skip("no real logs here: ", err)
	}
	var truth map[string]struct {
		Files    []string          `json:"files"`
		Lines    uint64            `json:"lines"`
		Unparsed uint64            `json:"unparsed"`
		PV       uint64            `json:"pv"`
		UVIP     uint64            `json:"uv_ip"`
		UVIPUA   uint64            `json:"uv_ip_ua"`
		Status   map[string]uint64 `json:"status"`
		PerDay   map[string]struct {
			PV     uint64 `json:"pv"`
			UVIP   uint64 `json:"uv_ip"`
			UVIPUA uint64 `json:"uv_ip_ua"`
		} `json:"per_day"`
	}
	if err := json.Unmarshal(raw, &truth); err != nil {
		t.Fatal(err)
	}
	for name, want := range truth {
		for key, uniques := range map[string]uint64{"ip": want.UVIP, "ip+ua": want.UVIPUA} {
			var paths []string
			for _, f := range want.Files {
				paths = append(paths, filepath.Join(shared, f))
			}
			files, err := input.Expand(paths, nil)
			if err != nil {
				t.Fatal(err)
			}
			// The counts take an address as its text, and every parsed line as a page view.
			opts := analyze.Options{Key: mustKey(t, key), IPv6Prefix: 128, PageViews: analyze.Raw, Limits: profile.Limits{ExactVisitors: uv.NoLimit}}
			if name == "almhuette_2018H2" { // half a year, over the change of the clocks; the counts are by the clock as logged
				opts.Zone = mustZone(t, "Europe/Vienna")
			}
			p, err := analyze.Read(context.Background(), files.Sources, opts)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			checkIdentities(t, p)
			if p.Lines.Read != want.Lines || p.Lines.Bad != want.Unparsed || p.PageViews != want.PV {
				t.Errorf("%s: lines %+v, PV %d, want %d read, %d bad, PV %d", name, *p.Lines, p.PageViews, want.Lines, want.Unparsed, want.PV)
			}
			if e := p.UV(); !e.Exact || e.Value != uniques {
				t.Errorf("%s by %s: UV %+v, want exactly %d", name, key, e, uniques)
			}
			for code, n := range want.Status {
				var c int
				fmt.Sscan(code, &c)
				if got := p.Status.Count(c); got != n {
					t.Errorf("%s: status %s: %d, want %d", name, code, got, n)
				}
			}
			days := p.Calendar.Roll(profile.Day)
			if len(days) != len(want.PerDay) {
				t.Errorf("%s: %d days, want %d", name, len(days), len(want.PerDay))
			}
			for _, d := range days {
				day := time.Unix(d.Start, 0).In(p.Calendar.Zone()).Format("02/Jan/2006")
				w := want.PerDay[day]
				visitors := w.UVIP
				if key == "ip+ua" {
					visitors = w.UVIPUA
				}
				if e := d.Visitors.Estimate(); d.PageViews != w.PV || e.Value != visitors || !e.Exact {
					t.Errorf("%s by %s, %s: PV %d UV %+v, want %d and %d", name, key, day, d.PageViews, e, w.PV, visitors)
				}
			}
		}
	}
}
