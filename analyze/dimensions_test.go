package analyze_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/analyze"
	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/analyze/agent"
	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/balance"
	"github.com/loadx/loadx/profile/uv"
)

// combinedLine takes a line of the combined format apart; what it does not take is left to the parser's own tests.
var combinedLine = regexp.MustCompile(`^(\S+) \S+ \S+ \[([^\]]+)\] "([A-Z]+) ([^ "\\]*) (HTTP/\d\.\d)" (\d{3}) (\d+|-) "([^"\\]*)" "([^"\\]*)"$`)

// A tally is what an oracle counts for one value.
type tally struct {
	hits, views uint64
	visitors    map[string]bool // among the page views
	clients     map[string]bool // among all hits
}

type tallies map[profile.Dimension]map[string]*tally

func (t tallies) add(d profile.Dimension, value, visitor string, view bool) {
	if t[d] == nil {
		t[d] = map[string]*tally{}
	}
	c := t[d][value]
	if c == nil {
		c = &tally{visitors: map[string]bool{}, clients: map[string]bool{}}
		t[d][value] = c
	}
	c.hits++
	c.clients[visitor] = true
	if view {
		c.views++
		c.visitors[visitor] = true
	}
}

var staticName = regexp.MustCompile(`(?i)^/(robots\.txt|favicon\.ico)$|\.(css|js|mjs|map|gif|jpe?g|png|webp|avif|bmp|ico|svgz?|ttf|otf|eot|woff2?|mp[34]|webm|ogg|wav|avi|flv|swf|wasm)$`)

// count is the oracle: regular expressions and maps.
func (t tallies) count(m []string) {
	addr, method, uri, status, referer, ua := m[1], m[3], m[4], m[6], m[8], m[9]
	path, _, _ := strings.Cut(uri, "?")
	path, _, _ = strings.Cut(path, "#")
	a := agent.Classify([]byte(ua))
	visitor := addr + "\x00" + ua
	static := staticName.MatchString(path)
	view := method == "GET" && (status[0] == '2' || status == "304") && !static && a.Kind != agent.Bot
	t.add(profile.ByPage, path, visitor, view)
	t.add(profile.ByMethod, method, visitor, view)
	switch {
	case a.Kind == agent.Bot:
		t.add(profile.ByAudience, profile.Bots, visitor, view)
		t.add(profile.ByBot, cmp.Or(a.Bot, "(unnamed)"), visitor, view)
	case static:
		t.add(profile.ByAudience, profile.StaticFiles, visitor, view)
	default:
		t.add(profile.ByAudience, profile.People, visitor, view)
	}
	if a.Kind != agent.Bot {
		t.add(profile.ByBrowser, a.Browser, visitor, view)
		t.add(profile.BySystem, a.System, visitor, view)
	}
	if view {
		from := "(none)"
		if referer != "" && referer != "-" {
			from = "(no address)"
			if s := regexp.MustCompile(`^[^:]{1,60}://(?:[^/?#]*@)?([^/?#]+?)(?::\d*)?(?:[/?#]|$)`).FindStringSubmatch(referer); s != nil {
				from = strings.ToLower(s[1])
			}
		}
		t.add(profile.ByReferrer, from, visitor, view)
	}
}

// check holds a profile's tables to an oracle's maps. Every table must be exact.
func (t tallies) check(test *testing.T, name string, p *profile.Profile) {
	test.Helper()
	for d, want := range t {
		table := p.Tables[d]
		rows := table.Rows(-1)
		if table.Exact() && len(rows) != len(want) {
			test.Errorf("%s: by %s: %d values, want %d", name, d, len(rows), len(want))
		}
		var total uint64
		for _, c := range want {
			total += c.hits
		}
		if got := table.Total(); got != total {
			test.Errorf("%s: by %s: %d hits in all, want %d", name, d, got, total)
		}
		for _, row := range rows {
			w, v := want[row.Key], row.Value
			switch {
			case w == nil:
				test.Errorf("%s: by %s: %q is not in the log", name, d, row.Key)
				continue
			case row.Count > w.hits || row.Count+row.Missed < w.hits:
				test.Errorf("%s: by %s: %q: %d to %d hits, want %d", name, d, row.Key, row.Count, row.Count+row.Missed, w.hits)
			case !row.Late && v.PageViews != w.views:
				test.Errorf("%s: by %s: %q: PV %d, want %d", name, d, row.Key, v.PageViews, w.views)
			}
			for what, c := range map[string]struct {
				counter *uv.Counter
				want    int
			}{"UV": {v.Visitors, len(w.visitors)}, "clients": {v.Clients, len(w.clients)}} {
				if c.counter == nil || row.Late {
					continue
				}
				if e := c.counter.Estimate(); !e.Exact || e.Value != uint64(c.want) {
					test.Errorf("%s: by %s: %q: %s %+v, want exactly %d", name, d, row.Key, what, e, c.want)
				}
			}
		}
	}
}

func TestDimensionsOfRealLogs(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shared, "logs/combined/*"))
	if len(files) == 0 {
		t.Skip("no real logs here")
	}
	for _, file := range files {
		text := unpacked(t, file, 1<<19)
		want := tallies{}
		var kept bytes.Buffer
		for line := range bytes.Lines(text) {
			if m := combinedLine.FindStringSubmatch(strings.TrimRight(string(line), "\r\n")); m != nil && !strings.Contains(m[4], "://") && strings.HasPrefix(m[4], "/") {
				want.count(m)
				kept.Write(line)
			}
		}
		if kept.Len() == 0 {
			continue
		}
		p, err := analyze.Read(context.Background(), []input.Source{input.FromReader(file, &kept)}, analyze.Options{
			Format: mustFormat(t, "combined"), IPv6Prefix: 128, Limits: profile.Limits{ExactVisitors: uv.NoLimit}})
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		checkIdentities(t, p)
		want.check(t, filepath.Base(file), p)
	}
}

// unpacked returns the whole lines of the first bytes of a file.
func unpacked(t *testing.T, file string, most int64) []byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	text, err := io.ReadAll(io.LimitReader(r, most))
	if err != nil {
		t.Fatal(err)
	}
	return text[:bytes.LastIndexByte(text, '\n')+1]
}

func mustFormat(t *testing.T, spec string) *accesslog.Format {
	t.Helper()
	f, err := accesslog.Parse(spec)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// richFormat carries all that there are dimensions of.
const richFormat = `nginx:$remote_addr [$time_local] $host "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for" $request_time $upstream_addr $upstream_cache_status`

// richLog has every dimension, each with values that repeat at a pace of their own, and says what there is to count.
func richLog(lines int) (string, tallies) {
	agents := []string{browser, "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "curl/8.5.0"}
	hosts := []string{"shop.example", "WWW.example", "-"}
	referers := []string{"-", "https://Search.example:8443/q?x=1", "http://shop.example/start", "about:blank", "https://user@news.example"}
	want := tallies{}
	var b strings.Builder
	for i := range lines {
		addr, ua, host := fmt.Sprintf("192.0.2.%d", i%50), agents[i%len(agents)], hosts[i/3%len(hosts)]
		referer, up, cache := referers[i/7%len(referers)], fmt.Sprintf("10.0.0.%d:80", i/11%3), []string{"HIT", "MISS", "-"}[i%3]
		if i%13 == 0 {
			up = "-"
		}
		path := fmt.Sprintf("/p/%d", i%30)
		if i%6 == 5 {
			path = "/style.css"
		}
		status := 200
		if i%17 == 0 {
			status = 503
		}
		fmt.Fprintf(&b, "%s [%s] %s \"GET %s HTTP/1.1\" %d 10 \"%s\" \"%s\" \"-\" 0.%03d %s %s\n", addr,
			time.Date(2026, 3, 1, 0, 0, i, 0, time.UTC).Format("02/Jan/2006:15:04:05 -0700"), host, path, status, referer, ua, 1+i%900, up, cache)
		visitor := addr + "\x00" + ua
		a := agent.Classify([]byte(ua))
		static := path == "/style.css"
		view := status == 200 && !static && a.Kind != agent.Bot
		if host != "-" {
			want.add(profile.ByHost, strings.ToLower(host), visitor, view)
		}
		if view {
			from := map[string]string{"-": "(none)", referers[1]: "search.example", referers[2]: "shop.example", "about:blank": "(no address)", referers[4]: "news.example"}[referer]
			if from == "shop.example" && host == "shop.example" {
				from = "(internal)"
			}
			want.add(profile.ByReferrer, from, visitor, view)
		}
		want.add(profile.ByField("upstream_cache_status"), cache, visitor, view)
		want.add("balance", up, visitor, view) // not a table: looked at by itself
	}
	return b.String(), want
}

func TestDimensionsOfRichLog(t *testing.T) {
	text, want := richLog(6000)
	var first []byte
	for _, workers := range []int{1, 2, 3, 8} {
		p := read(t, text, analyze.Options{Format: mustFormat(t, richFormat), Workers: workers, Fields: []string{"upstream_cache_status"}})
		upstreams := want["balance"]
		tables := maps.Clone(want)
		delete(tables, "balance")
		tables.check(t, "rich", p)
		rows := p.Balance.Rows(-1)
		if len(rows) != len(upstreams)-1 {
			t.Errorf("%d upstreams, want %d", len(rows), len(upstreams)-1)
		}
		seenAt := map[string]int{}
		for name, w := range upstreams {
			if name == "-" {
				if p.Balance.Without().Hits != w.hits || p.Balance.Without().PageViews != w.views {
					t.Errorf("without upstream: %+v, want %d hits and %d views", p.Balance.Without(), w.hits, w.views)
				}
				continue
			}
			i := slices.IndexFunc(rows, func(r balance.Row) bool { return r.Worker == name })
			if i < 0 || rows[i].Hits != w.hits || rows[i].PageViews != w.views || rows[i].Visitors.Value != uint64(len(w.visitors)) {
				t.Errorf("upstream %s: %+v, want %d hits, PV %d, UV %d", name, rows, w.hits, w.views, len(w.visitors))
			}
			for v := range w.visitors {
				seenAt[v]++
			}
		}
		moved := uint64(0)
		for _, n := range seenAt {
			if n > 1 {
				moved++
			}
		}
		if e := p.Balance.Moved(); !e.Exact || e.Value != moved || moved == 0 {
			t.Errorf("moved %+v, want exactly %d", e, moved)
		}
		if n := p.Tables[profile.ByPage].Rows(1)[0].Value.Latency.Count(); n == 0 {
			t.Error("a path has no latencies")
		}
		first = sameProfile(t, first, p, workers)
	}
}

// TestDerivedGroupings counts by what is made of numbers and by parts of the request, and holds that to counts made from
// the lines' own parameters.
func TestDerivedGroupings(t *testing.T) {
	zone := mustZone(t, "Europe/Berlin")
	want := map[string]map[string]uint64{}
	count := func(name, value string) {
		if want[name] == nil {
			want[name] = map[string]uint64{}
		}
		want[name][value]++
	}
	var b strings.Builder
	start := time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC) // the clocks go back in the night
	for i := range 3000 {
		at := start.Add(time.Duration(i) * 37 * time.Second)
		status, bytes, ms := []string{"200", "404", "503", "-"}[i%4], i*i*7%30_000_000, i*i%20_000
		fmt.Fprintf(&b, "192.0.2.1 [%s] \"GET /a/%d?b=%d HTTP/1.1\" %s %d %d.%03d\n", at.Format("02/Jan/2006:15:04:05 -0700"), i%3, i%2, status, bytes, ms/1000, ms%1000)
		count("status", status)
		count("status_class", map[string]string{"200": "2xx", "404": "4xx", "503": "5xx", "-": "-"}[status])
		local := at.In(zone)
		count("hour", fmt.Sprintf("%02d", local.Hour()))
		count("weekday", local.Weekday().String()[:3])
		count("day", fmt.Sprintf("%d-%02d-%02d", local.Year(), local.Month(), local.Day()))
		count("month", fmt.Sprintf("%d-%02d", local.Year(), local.Month()))
		count("path", fmt.Sprintf("/a/%d", i%3))
		count("query", fmt.Sprintf("b=%d", i%2))
		switch {
		case ms < 1:
			count("duration", "under 1ms")
		case ms < 10:
			count("duration", "1ms to 10ms")
		case ms < 100:
			count("duration", "10ms to 100ms")
		case ms < 1000:
			count("duration", "100ms to 1s")
		case ms < 10_000:
			count("duration", "1s to 10s")
		default:
			count("duration", "10s and more")
		}
		digits := len(fmt.Sprint(bytes))
		switch {
		case bytes == 0:
			count("bytes", "0 B")
		case digits <= 3:
			count("bytes", "under 1 kB")
		default:
			count("bytes", []string{"1 kB to 10 kB", "10 kB to 100 kB", "100 kB to 1 MB", "1 MB to 10 MB", "10 MB to 100 MB"}[digits-4])
		}
	}
	format := mustFormat(t, `nginx:$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_time`)
	for _, names := range [][]string{{"status", "status_class", "bytes", "duration"}, {"hour", "weekday", "day", "month"}, {"path", "query"}} {
		p := read(t, b.String(), analyze.Options{Format: format, Zone: zone, Fields: names, Workers: 2})
		for _, name := range names {
			got := map[string]uint64{}
			for _, row := range p.Tables[profile.ByField(name)].Rows(-1) {
				got[row.Key] = row.Count
			}
			if !maps.Equal(got, want[name]) {
				t.Errorf("by %s: %v, want %v", name, got, want[name])
			}
		}
	}
}
