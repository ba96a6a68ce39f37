package gate

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/profile"
)

// An episode is what one second of an attack is like.
type episode struct {
	took   time.Duration // of /item; / takes 5 ms always
	errors int           // of the ten hits on /item
	late   int
}

// history is an attack of 20 hits a second, half of them on /item, that lives through episodes.
func history(width time.Duration, seconds []episode) *profile.Profile {
	r := profile.NewAttackRecorder(100_000, profile.Limits{})
	for s, e := range seconds {
		for i := range 20 {
			due := time.Duration(s)*width + time.Duration(i)*width/20
			h := &profile.Hit{Time: int64(due) + 1, User: uint64(20*s + i), Page: []byte("/"), Method: []byte("GET"), PageView: true, NewUser: true,
				Status: 200, Due: due, Sent: due, Done: due + 5*time.Millisecond, Final: true}
			if i%2 == 1 {
				h.Page, h.Done = []byte("/item"), due+max(e.took, 5*time.Millisecond)
				if i/2 < e.errors {
					h.Status, h.Error, h.ErrorText = 503, profile.ErrStatus, "status 503 Service Unavailable"
				}
			}
			h.Late = i < e.late
			r.Add(h)
		}
	}
	p := r.Profile()
	p.Elapsed = time.Duration(len(seconds)) * width
	p.Planned = &profile.Planned{Hits: p.Sent, UV: p.Sent, Population: 100_000, Duration: p.Elapsed, ShardCount: 1, Shards: []uint64{0}}
	return p
}

// from repeats episodes: of n, those from first to last are e.
func from(n, first, last int, e episode) []episode {
	all := make([]episode, n)
	for i := first; i <= last; i++ {
		all[i] = e
	}
	return all
}

func TestEvidence(t *testing.T) {
	slow, broken := episode{took: 400 * time.Millisecond}, episode{errors: 5}
	blip := from(60, 12, 59, slow)
	blip[3], blip[30] = slow, episode{} // neither a short bad time nor a short calm moves the stretch
	worst := from(60, 20, 29, episode{errors: 2})
	worst[25].errors = 10
	for _, c := range []struct {
		name, gate string
		seconds    []episode
		want       []string
	}{
		{"to the end", "p95 < 250ms", from(60, 12, 59, slow), []string{"since second 12 (48 of 60 seconds), worst in second 12: 400ms", "mostly on /item: 400ms, 100% of all beyond the limit"}},
		{"with blips", "p95 < 250ms", blip, []string{"since second 12 (48 of 60 seconds), worst in second 3: 400ms", "mostly on /item: 400ms, 100% of all beyond the limit"}},
		{"throughout", "p99 <= 10ms", from(5, 0, 4, slow), []string{"throughout (5 of 5 seconds), worst in second 0: 400ms", "mostly on /item: 400ms, 100% of all beyond the limit"}},
		{"all pages", "p50 < 1ms", from(3, 0, -1, slow), []string{"throughout (3 of 3 seconds), worst in second 0: 5ms", "mostly on /: 5ms, 50% of all beyond the limit; /item: 5ms, 50%"}},
		{"the longest", "max < 300ms", from(60, 7, 7, slow), []string{"in second 7 (1 of 60 seconds): 400ms", "mostly on /item: 400ms, 100% of all beyond the limit"}},
		{"service", "service.mean < 20ms", from(10, 5, 9, slow), []string{"since second 5 (5 of 10 seconds), worst in second 5: 203ms", "mostly on /item: 203ms, 100% of all beyond the limit"}},
		{"errors", "errors < 1%", worst, []string{"from second 20 to second 29 (10 of 60 seconds), worst in second 25: 50%", "mostly on /item: 4.7% failed, 100% of all failures", "such as /item at +20.05s: status 503 Service Unavailable"}},
		{"a count", "status.5xx <= 9", from(60, 30, 59, broken), []string{"since second 31 (30 of 60 seconds), most in second 30: 5", "mostly on /item: 25% failed, 100% of all failures", "such as /item at +30.05s: status 503 Service Unavailable"}},
		{"a class", "errors.status == 0", from(60, 30, 34, broken), []string{"from second 30 to second 34", "mostly on /item: 4.2% failed, 100% of all failures", "such as /item at +30.05s: status 503 Service Unavailable"}},
		{"users", "errors.uv == 0", from(4, 3, 3, broken), []string{"mostly on /item: 13% failed, 100% of all failures", "such as /item at +3.05s: status 503 Service Unavailable"}},
		{"late", "late < 10", from(10, 4, 8, episode{late: 6}), []string{"from second 5 to second 8 (5 of 10 seconds), most in second 4: 6"}},
		{"one page", `page "/item".errors < 1%`, from(4, 3, 3, broken), []string{"such as /item at +3.05s: status 503 Service Unavailable"}},
		{"another page", `page "/".p95 < 1ms`, from(4, 3, 3, broken), nil},
		{"the other way", "p95 > 1s", from(3, 0, -1, slow), []string{"throughout (3 of 3 seconds), worst in second 0: 5ms"}},
		{"too slow", "rate >= 21/s", from(4, 0, -1, slow), []string{"throughout (4 of 4 seconds), worst in second 0: 20/s"}},
		{"not to know", "redirects > 0", from(4, 0, -1, slow), nil},
		{"too few", "pv == 81", from(4, 0, -1, slow), nil},
		{"it passed", "p95 < 1s", from(4, 0, -1, slow), nil},
	} {
		p := history(time.Second, c.seconds)
		g := mustParse(t, c.gate)
		if got := g.Evidence(p).Words(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q\nwant %q", c.name, got, c.want)
		}
		if got := JudgeAll([]Gate{g}, p)[0]; !reflect.DeepEqual(got.Evidence.Words(), c.want) {
			t.Errorf("%s: judged with %q", c.name, got.Evidence.Words())
		}
	}
}

// A long run has slices of more than a second, and a warmup has no part in what is measured.
func TestEvidenceOfPartsAndLongRuns(t *testing.T) {
	p := history(20*time.Second, from(200, 100, 199, episode{took: time.Second}))
	e := mustParse(t, "p95 < 250ms").Evidence(p)
	if want := "since +33m20s (100 of 200 slices of 4s), worst in +33m20s: 1s"; e.When.String() != want {
		// Sent in slices of 4 s, of which every fifth has more than another.
		if !strings.HasPrefix(e.When.String(), "since +33m20s (") || !strings.Contains(e.When.String(), " slices of 4s), worst in +") {
			t.Errorf("%s", e.When)
		}
	}
	warm := history(time.Second, from(20, 0, 9, episode{took: time.Second}))
	warm.Measured = &profile.Measured{From: 5 * time.Second, Length: 15 * time.Second, Sent: 300}
	if got := mustParse(t, "p90 < 250ms").Evidence(warm).When.String(); got != "from second 5 to second 9 (5 of 15 seconds), worst in second 5: 1s" {
		t.Error(got)
	}
	if err := warm.Cut(8*time.Second, 12*time.Second); err != nil {
		t.Fatal(err)
	}
	if e := mustParse(t, "p50 < 5ms").Evidence(warm); e.When.Of != 4 || e.When.From != 8*time.Second || len(e.Pages) != 0 {
		t.Errorf("%+v", e)
	}
}

// What a timeout tells of a latency, and what of the page and the time fits best.
func TestEvidenceSample(t *testing.T) {
	p := history(time.Second, from(20, 10, 19, episode{took: time.Second, errors: 1}))
	p.Failures[profile.ErrTimeout] = &profile.Failure{Count: 1, Samples: []profile.FailureSample{{Page: "/item", Text: "no response in 1s", Time: int64(15*time.Second) + 1}}}
	if s := mustParse(t, "p99 < 250ms").Evidence(p).Sample; s == nil || s.Class != profile.ErrTimeout || s.At != 15*time.Second {
		t.Errorf("%+v", s)
	}
	if s := mustParse(t, "errors < 1%").Evidence(p).Sample; s == nil || s.Class != profile.ErrStatus {
		t.Errorf("%+v", s)
	}
	if s := mustParse(t, "errors.timeout == 0").Evidence(p); s != nil && s.Sample != nil && s.Sample.Class != profile.ErrTimeout {
		t.Errorf("%+v", s.Sample)
	}
}

// Of a log the calendar tells the minute, the hour or the day, and the paths tell where.
func TestEvidenceOfLog(t *testing.T) {
	r := profile.NewLogRecorder(time.UTC, profile.Limits{})
	start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for i := range 1440 {
		h := &profile.Hit{Time: start.Add(time.Duration(i) * time.Minute).UnixNano(), Page: []byte("/"), Method: []byte("GET"), Status: 200, PageView: true,
			HasServer: true, Server: time.Millisecond}
		if hour := i / 60; i%2 == 0 && hour >= 14 && hour < 17 {
			h.Page, h.Status, h.Server = []byte("/pay"), 500, time.Second
		}
		r.Add(h)
	}
	p := r.Profile()
	p.Lines.Read, p.Lines.Parsed = 1440, 1440
	for src, want := range map[string][]string{
		"errors < 1%":     {"from 2026-11-20 14:00 to 2026-11-20 16:00 (3 of 24 hours), worst at 2026-11-20 14:00: 50%", "mostly on /pay: 100% failed, 100% of all failures"},
		"status.5xx < 60": {"from 2026-11-20 15:00 to 2026-11-20 16:00 (3 of 24 hours), most at 2026-11-20 14:00: 30", "mostly on /pay: 100% failed, 100% of all failures"},
		"p95 < 100ms":     {"from 2026-11-20 14:00 to 2026-11-20 16:00 (3 of 24 hours), worst at 2026-11-20 14:00: 1s", "mostly on /pay: 1s, 100% of all beyond the limit"},
		"hits < 1000":     {"since 2026-11-20 16:00 (24 of 24 hours), most at 2026-11-20 00:00: 60"},
		"uv == 5":         nil,
	} {
		if got := mustParse(t, src).Evidence(p).Words(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q\nwant %q", src, got, want)
		}
		// Seen by a server, of an attack, it is the same.
		sent := history(time.Second, from(4, 0, -1, episode{}))
		sent.Seen = p
		if src == "p95 < 100ms" {
			src = "server." + src
		}
		if got := mustParse(t, "seen."+src).Evidence(sent).Words(); !reflect.DeepEqual(got, want) {
			t.Errorf("seen.%s: %q\nwant %q", src, got, want)
		}
	}
}
