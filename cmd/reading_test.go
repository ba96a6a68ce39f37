package cmd

import (
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/analyze"
)

func TestReadingStatus(t *testing.T) {
	for _, c := range []struct {
		p       analyze.Progress
		elapsed time.Duration
		want    string
	}{
		{analyze.Progress{Name: "access.log", Done: 500e6, Total: 2000e6, Lines: 2_500_000}, time.Second, "access.log  25%  2.5M lines/s  500 MB/s  3s left"},
		{analyze.Progress{Name: "access.log", Done: 500e6, Total: -1, Lines: 900}, 2 * time.Second, "access.log  450 lines/s  250 MB/s"},
		{analyze.Progress{Name: "a", Total: 10}, 0, "a  0%"},
		{analyze.Progress{Name: "/var/log/nginx/a/very/long/way/to/access.log", Done: 10, Total: 10, Lines: 12_345}, time.Second, "…very/long/way/to/access.log  100%  12k lines/s  10 B/s"},
	} {
		if got := readingStatus(c.p, c.elapsed); got != c.want {
			t.Errorf("%+v after %s:\n%q, want\n%q", c.p, c.elapsed, got, c.want)
		}
	}
	hostile := readingStatus(analyze.Progress{Name: "\x1b]0;x\x07\n\u202e.log", Total: 1}, 0)
	if strings.ContainsAny(hostile, "\x1b\x07\n\u202e") {
		t.Errorf("%q", hostile)
	}
}
