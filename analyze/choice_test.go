package analyze_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/analyze"
	"github.com/loadx/loadx/analyze/client"
	"github.com/loadx/loadx/analyze/filter"
	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
)

func TestFilterCountsWhatItLeavesOut(t *testing.T) {
	text, _ := richLog(1000)
	f, err := filter.Parse(`status >= 500 && path ~ "^/p/"`)
	if err != nil {
		t.Fatal(err)
	}
	p := read(t, text, analyze.Options{Format: mustFormat(t, richFormat), Filter: f, Workers: 2})
	want := uint64(0)
	for i := range 1000 {
		if i%17 == 0 && i%6 != 5 {
			want++
		}
	}
	if p.Hits != want || p.Lines.Filtered != 1000-want || p.Status.Class(5) != want {
		t.Errorf("%d hits and %d filtered, want %d of 1000", p.Hits, p.Lines.Filtered, want)
	}
	if p.Definitions.Filter != f.String() {
		t.Errorf("the definition says %q", p.Definitions.Filter)
	}
}

func TestFieldsThatAreNotThere(t *testing.T) {
	line := logLine("192.0.2.1", "01/Mar/2026:10:00:00 +0000", "GET / HTTP/1.1", 200, browser)
	source := func() []input.Source { return []input.Source{input.FromReader("a.log", strings.NewReader(line))} }
	_, err := analyze.Read(t.Context(), source(), analyze.Options{Fields: []string{"upstream"}})
	var field *analyze.FieldError
	if !errors.As(err, &field) || field.Field != "upstream" || field.Format != "combined" || len(field.Has) == 0 {
		t.Errorf("error %v", err)
	}
	f, err := filter.Parse(`upstream == "a"`)
	if err != nil {
		t.Fatal(err)
	}
	var at *filter.SourceError
	if _, err = analyze.Read(t.Context(), source(), analyze.Options{Filter: f}); !errors.As(err, &at) {
		t.Errorf("error %v", err)
	}
}

// TestFormatsInTurn reads a log with hosts, upstreams and fields before one without: nothing of the one sticks to the other.
func TestFormatsInTurn(t *testing.T) {
	plain := strings.Repeat(strings.Replace(logLine("192.0.2.1", "01/Mar/2026:10:00:00 +0000", "GET / HTTP/1.1", 200, browser), `"-" "Moz`, `"http://shop.example/" "Moz`, 1), 200)
	source := func(name, text string) input.Source { return input.FromReader(name, strings.NewReader(text)) }
	p, err := analyze.Read(t.Context(), []input.Source{source("json", jsonLines), source("plain", plain)}, analyze.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if n := p.Tables[profile.ByHost].Total(); n != 2 {
		t.Errorf("%d hits name a host, want the 2 of the first log", n)
	}
	if _, ok := p.Tables[profile.ByReferrer].Get("shop.example"); !ok {
		t.Errorf("referrers %+v: a log without hosts has no internal ones", p.Tables[profile.ByReferrer].Rows(-1))
	}
	if n := p.Balance.Hits() + p.Balance.Without().Hits; n > 2 {
		t.Errorf("%d hits are of a log with upstreams", n)
	}
}

// jsonLines are of Caddy, which names the host.
const jsonLines = `{"level":"info","ts":1646861401.5241,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"127.0.0.1","remote_port":"41342","client_ip":"127.0.0.1","proto":"HTTP/2.0","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.82.0"]}},"duration":0.000929675,"size":10900,"status":200}
{"level":"info","ts":1646861402.5241,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"127.0.0.1","remote_port":"41342","client_ip":"127.0.0.1","proto":"HTTP/2.0","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/7.82.0"]}},"duration":0.000929675,"size":10900,"status":200}
`

func TestClientsBehindProxies(t *testing.T) {
	format := mustFormat(t, "nginx_main")
	var b strings.Builder
	for i := range 1200 {
		fmt.Fprintf(&b, "10.0.0.1 - - [01/Mar/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"%s\" \"203.0.113.9, 198.51.100.%d\"\n", browser, i%40)
	}
	has := func(p *profile.Profile, code string) bool {
		for _, w := range p.Warnings {
			if w.Code == code {
				return w.Hint != ""
			}
		}
		return false
	}
	p := read(t, b.String(), analyze.Options{Format: format})
	if p.UV().Value != 1 || !has(p, "single_client") {
		t.Errorf("by connection: UV %d, warnings %+v", p.UV().Value, p.Warnings)
	}
	for name, c := range map[string]client.Options{
		"trusted": {Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		"hops":    {Hops: 1},
	} {
		p := read(t, b.String(), analyze.Options{Format: format, Client: c, Workers: 3})
		if p.UV().Value != 40 || has(p, "single_client") || p.Definitions.Client == "" {
			t.Errorf("%s: UV %d, want 40; client %q, warnings %+v", name, p.UV().Value, p.Definitions.Client, p.Warnings)
		}
	}
	p = read(t, b.String(), analyze.Options{Format: format, Client: client.Options{Hops: 2}})
	if p.UV().Value != 1 || !has(p, "single_client") {
		t.Errorf("all behind one: UV %d, warnings %+v", p.UV().Value, p.Warnings)
	}
	// 999 hits are no large log, and a key without addresses does not depend on them.
	short := strings.Join(strings.SplitAfter(b.String(), "\n")[:999], "")
	if p := read(t, short, analyze.Options{Format: format}); has(p, "single_client") {
		t.Errorf("a short log: %+v", p.Warnings)
	}
	if p := read(t, b.String(), analyze.Options{Format: format, Key: mustKey(t, "header:user-agent")}); has(p, "single_client") {
		t.Errorf("by User-Agent: %+v", p.Warnings)
	}
	plain := logLine("10.0.0.1", "01/Mar/2026:10:00:00 +0000", "GET / HTTP/1.1", 200, browser)
	if p := read(t, plain, analyze.Options{Client: client.Options{Hops: 1}}); !has(p, "no_forwarded_for") {
		t.Errorf("without X-Forwarded-For: %+v", p.Warnings)
	}
}

func TestSecretKeysVisitors(t *testing.T) {
	text, _ := richLog(500)
	secret := func(key string) *uv.Secret {
		s, err := uv.NewSecret([]byte(key))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	measure := func(s *uv.Secret) *profile.Profile {
		return read(t, text, analyze.Options{Format: mustFormat(t, richFormat), Secret: s})
	}
	plain, one, same, other := measure(nil), measure(secret("one secret of many bytes")), measure(secret("one secret of many bytes")), measure(secret("another one of many bytes"))
	for name, p := range map[string]*profile.Profile{"one": one, "other": other} {
		if p.UV() != plain.UV() {
			t.Errorf("%s: UV %+v, want %+v", name, p.UV(), plain.UV())
		}
		p.Origins = nil
		both, err := plain.Clone()
		if err != nil {
			t.Fatal(err)
		}
		both.Origins = nil
		if err := both.Merge(p); !errors.Is(err, profile.ErrMerge) {
			t.Errorf("%s: merged with a profile without secret: %v", name, err)
		}
	}
	if err := one.Merge(other); !errors.Is(err, profile.ErrMerge) {
		t.Errorf("two secrets merge: %v", err)
	}
	same.Origins = nil
	if err := one.Merge(same); err != nil || one.UV() != plain.UV() {
		t.Errorf("one secret twice: %v, UV %+v, want %+v", err, one.UV(), plain.UV())
	}
}

// TestClockOfTheLog reads lines without an offset over the change of the clocks in Berlin, on 2026-03-29 at 02:00.
func TestClockOfTheLog(t *testing.T) {
	zone := mustZone(t, "Europe/Berlin")
	format := mustFormat(t, `goaccess:log-format %h [%d:%t] "%r" %s %b
date-format %Y-%m-%d
time-format %H:%M:%S`)
	if !format.Zoneless() {
		t.Fatal("the format says a zone")
	}
	var b strings.Builder
	for _, clock := range []string{"2026-03-29:01:30:00", "2026-03-29:03:00:00", "2026-10-25:01:59:59", "2026-10-25:02:30:00"} {
		fmt.Fprintf(&b, "192.0.2.1 [%s] \"GET / HTTP/1.1\" 200 5\n", clock)
	}
	p := read(t, b.String(), analyze.Options{Format: format, LogZone: zone, PageViews: analyze.Raw})
	if p.Definitions.Zone != "Europe/Berlin" {
		t.Errorf("days are those of %s", p.Definitions.Zone)
	}
	var got []string
	for _, bucket := range p.Calendar.Roll(profile.Minute) {
		got = append(got, time.Unix(bucket.Start, 0).UTC().Format("01-02 15:04"))
	}
	if want := "[03-29 00:30 03-29 01:00 10-24 23:59 10-25 00:30]"; fmt.Sprint(got) != want {
		t.Errorf("instants %v, want %s", got, want)
	}
	if p := read(t, b.String(), analyze.Options{Format: format}); p.FirstTime != time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC).UnixNano() {
		t.Errorf("without a zone the clock shows UTC: %v", time.Unix(0, p.FirstTime).UTC())
	}
}

func TestTemplatedPaths(t *testing.T) {
	for path, want := range map[string]string{
		"/item/1": "/item/{id}", "/item/1/": "/item/{id}/", "/": "/", "//": "//", "/a/007/b": "/a/{id}/b",
		"/u/123e4567-e89b-12d3-a456-426614174000/x": "/u/{id}/x",
		"/u/123E4567-E89B-12D3-A456-426614174000":   "/u/{id}",
		"/u/123e4567-e89b-12d3-a456-42661417400":    "/u/123e4567-e89b-12d3-a456-42661417400",
		"/h/0123456789abcdef":                       "/h/{id}",
		"/h/0123456789abcde":                        "/h/0123456789abcde",
		"/h/deadbeefdeadbeef":                       "/h/deadbeefdeadbeef", // no digit: a word for all we know
		"/face":                                     "/face", "/v2/x": "/v2/x", "/2026-03-01": "/2026-03-01", "*": "*", "/12a": "/12a", "/x/1.html": "/x/1.html",
	} {
		line := logLine("192.0.2.1", "01/Mar/2026:10:00:00 +0000", "GET "+path+" HTTP/1.1", 200, browser)
		p := read(t, line, analyze.Options{Paths: analyze.TemplatedPaths})
		if got := p.Tables[profile.ByPage].Rows(1)[0].Key; got != want {
			t.Errorf("%s becomes %s, want %s", path, got, want)
		}
		if p.Definitions.Paths != "templated" {
			t.Errorf("the definition says %q", p.Definitions.Paths)
		}
	}
	if _, err := analyze.ParsePaths("template"); err == nil || !strings.Contains(err.Error(), "templated") {
		t.Errorf("error %v", err)
	}
}

// TestLineAllocatesNothing reads the same lines once and ten times over: the difference is what lines cost.
func TestLineAllocatesNothing(t *testing.T) {
	text, _ := richLog(2000)
	for name, opts := range map[string]analyze.Options{
		"default":   {Format: mustFormat(t, richFormat), Workers: 1},
		"templated": {Format: mustFormat(t, richFormat), Workers: 1, Paths: analyze.TemplatedPaths, Fields: []string{"upstream_cache_status"}, Client: client.Options{Hops: 1}},
		"derived":   {Format: mustFormat(t, richFormat), Workers: 1, Fields: []string{"status", "hour", "duration", "query"}},
	} {
		allocs := func(times int) float64 {
			all := strings.Repeat(text, times)
			return testing.AllocsPerRun(3, func() {
				if _, err := analyze.Read(t.Context(), []input.Source{input.FromReader("a", strings.NewReader(all))}, opts); err != nil {
					t.Fatal(err)
				}
			})
		}
		if once, often := allocs(1), allocs(8); often-once > 200 {
			t.Errorf("%s: %0.f allocations for 2,000 lines, %0.f for 16,000", name, once, often)
		}
	}
}
