package cmd

import (
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/analyze"
	"github.com/loadx/loadx/cmd/live"
)

func TestReadingLine(t *testing.T) {
	text := func(l live.Line) (s string) {
		for _, span := range l {
			s += span.Text
		}
		return s
	}
	half := analyze.Progress{Name: "access.log", Done: 1000e6, Total: 2000e6, Lines: 2_500_000}
	for _, c := range []struct {
		p       analyze.Progress
		elapsed time.Duration
		width   int
		want    string
	}{
		{half, time.Second, 80, "━━━━━━━━━━━━━━━─────────────── " + " 50%  access.log  2.5M lines/s  1.0 GB/s  1s left"},
		{half, time.Second, 59, "50%  access.log  2.5M lines/s  1.0 GB/s  1s left"}, // no room for a bar
		{half, time.Second, 200, strings.Repeat("━", 30) + strings.Repeat("─", 30) + "  50%  access.log  2.5M lines/s  1.0 GB/s  1s left"},
		{analyze.Progress{Name: "access.log", Done: 500e6, Total: -1, Lines: 900}, 2 * time.Second, 80, "access.log  450 lines/s  250 MB/s"},
		{analyze.Progress{Name: "a", Total: 10}, 0, 20, "────────────   0%  a"},
		{analyze.Progress{Name: "/var/log/nginx/a/very/long/way/to/access.log", Done: 11, Total: 10, Lines: 12_345}, time.Second, 80,
			strings.Repeat("━", 24) + " 100%  …very/long/way/to/access.log  12k lines/s  11 B/s"},
	} {
		if got := text(readingLine(c.p, c.elapsed, c.width)); got != c.want {
			t.Errorf("%+v after %s:\n%q, want\n%q", c.p, c.elapsed, got, c.want)
		}
	}
	hostile := text(readingLine(analyze.Progress{Name: "\x1b]0;x\x07\n\u202e.log", Total: 1}, 0, 80))
	if strings.ContainsAny(hostile, "\x1b\x07\n\u202e") {
		t.Errorf("%q", hostile)
	}
}
