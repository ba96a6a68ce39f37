package scenarios

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadx/loadx/scenarios/traffic"
)

func launchDay(t testing.TB) *Plan {
	t.Helper()
	src, err := os.ReadFile("testdata/launch-day.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return mustPlan(t, mustParse(t, "testdata/launch-day.yaml", string(src), Options{}))
}

// The first requests of a plan and its hash are the same on every machine and in every version, unless planVersion says
// otherwise.
func TestGoldenPlan(t *testing.T) {
	p := launchDay(t)
	var b strings.Builder
	fmt.Fprintf(&b, "hash %s\n", p.Hash())
	var r Request
	for _, n := range []uint64{0, 1, 2, 3, 4, 5, 499_999, 999_999} {
		v := p.Visit(n)
		p.Request(&r, v)
		fmt.Fprintf(&b, "\n%d %d %d %d %t\n%s %s %s\nHost: %s\n%s", n, v.Due, v.User, v.ID, v.New, r.Name, r.Method, r.URL, r.Host,
			strings.ReplaceAll(string(r.Header), "\r\n", "\n"))
	}
	const golden = "testdata/launch-day.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestHash(t *testing.T) {
	const src = `name: a
target: http://h
traffic: {pv: 100, uv: 10, duration: 10s, seed: 1}
identity: {id: "u{user}", cookie: uid}
headers: {Accept: text/html}
pages:
  - get: /a
    weight: 2
    expect: 200
  - post: /b
    body: x
gates: [p95 < 1s]
`
	hashOf := func(src string) string { return mustPlan(t, mustParse(t, "f.yaml", src, Options{})).Hash() }
	base := hashOf(src)
	if len(base) != 32 || strings.Trim(base, "0123456789abcdef") != "" {
		t.Errorf("hash %q", base)
	}
	seen := map[string]string{base: "the scenario itself"}
	for _, c := range []struct {
		from, to string
		same     bool
	}{
		{"name: a", "name: b", true},
		{"http://h", "https://other:8443/base", true},
		{"p95 < 1s", "p95 < 2s", true},
		{"expect: 200", "expect: 2xx", true},
		{"weight: 2", "weight: 2\n    name: first", true},
		{"pv: 100, ", "pv: 1_00, ", true},
		{"duration: 10s", "rate: 10/s", true},
		{"gates:", "timeout: 1s\nmax_in_flight: 3\nredirects: 1\nkeepalive: false\ninsecure: true\ngates:", true},
		{"pv: 100", "pv: 101", false},
		{"uv: 10,", "uv: 11,", false},
		{"duration: 10s", "duration: 11s", false},
		{"seed: 1", "seed: 2", false},
		{"seed: 1", "seed: 1, visits: geometric", false},
		{"seed: 1", "seed: 1, arrivals: poisson", false},
		{"seed: 1", "seed: 1, new_users: mixed", false},
		{"u{user}", "v{user}", false},
		{"cookie: uid", "cookie: sid", false},
		{"cookie: uid", "header: uid", false},
		{"cookie: uid", "cookie: uid, user_agent: mixed", false},
		{"cookie: uid", "cookie: uid, user_agent: fixed", false},
		{"cookie: uid", "cookie: uid, forwarded_for: 10.0.0.0/8", false},
		{"cookie: uid", "cookie: uid, forwarded_for: 11.0.0.0/8", false},
		{"text/html", "text/plain", false},
		{"Accept", "Accept-Language", false},
		{"get: /a", "get: /c", false},
		{"get: /a", "put: /a", false},
		{"weight: 2", "weight: 3", false},
		{"    weight: 2\n", "", false},
		{"body: x", "body: y", false},
		{"pages:", "page_order: weight\npages:", true},
	} {
		changed := strings.Replace(src, c.from, c.to, 1)
		if changed == src {
			t.Fatalf("%q: nothing changed", c.from)
		}
		hash := hashOf(changed)
		if c.same != (hash == base) {
			t.Errorf("%q to %q: hash the same %v, want %v", c.from, c.to, hash == base, c.same)
		}
		if other, ok := seen[hash]; ok && !c.same {
			t.Errorf("%q to %q: the hash of %s", c.from, c.to, other)
		}
		seen[hash] = c.to
	}
	s := mustParse(t, "f.yaml", src, Options{})
	for i := range uint64(3) {
		p, err := s.Plan(traffic.Shard{Index: i, Count: 3})
		if err != nil {
			t.Fatal(err)
		}
		if p.Hash() != base {
			t.Errorf("the hash of shard %d differs", i)
		}
	}
}

func TestPageChoice(t *testing.T) {
	s := &Scenario{Target: "http://h", Traffic: Traffic{PV: 40_000, UV: 100, Duration: time.Minute, Seed: 5},
		Pages: []Page{{URL: "/a", Weight: 5}, {URL: "/b"}, {URL: "/c", Weight: 3}, {URL: "/d", Weight: 1000}}}
	p := mustPlan(t, s)
	counts := make([]int, 4)
	for n := range p.PV() {
		counts[p.Visit(n).Page]++
	}
	chiSquare(t, "pages", counts, []float64{5, 1, 3, 1000})
	if pages := p.Pages(); pages[3].Share != 1000.0/1009 || pages[1].Weight != 1 {
		t.Errorf("pages %+v", pages)
	}
	s.PageOrder = InTurn
	for i := range s.Pages {
		s.Pages[i].Weight = 0
	}
	p = mustPlan(t, s)
	for n := range uint64(100) {
		if page := p.Visit(n).Page; page != int(n%4) {
			t.Fatalf("visit %d has page %d in turn", n, page)
		}
	}
}

func TestRequest(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/body.json", []byte(`{"not": "{a template}"}`), 0o666); err != nil {
		t.Fatal(err)
	}
	const src = `target: https://site.example:8443/base/
traffic: {pv: 8, uv: 8, duration: 1s}
identity: none
page_order: turn
headers: {Accept: text/html, X-All: "1"}
pages:
  - get: /a?u={user}
    headers: {accept: [application/json, text/plain], Host: "t{user}.example"}
  - post: http://other.example/p q
    body: '{{"n": {seq}}}'
    expect: [201, 5xx]
  - put: /file
    name: upload
    body: '@body.json'
  - get: /?x
    body: '@@at'
  - get: https://other.example?only=query
`
	p := mustPlan(t, mustParse(t, dir+"/f.yaml", src, Options{}))
	var r Request
	for n, want := range []string{
		"/base/a?u=%d|https://site.example:8443|t%[1]d.example|GET /a|X-All: 1\r\naccept: application/json\r\naccept: text/plain\r\nUser-Agent: loadx\r\n|",
		"/p%%20q|http://other.example|other.example|POST /p q|Accept: text/html\r\nX-All: 1\r\nUser-Agent: loadx\r\n|{\"n\": 1}",
		"/base/file|https://site.example:8443|site.example:8443|PUT upload|Accept: text/html\r\nX-All: 1\r\nUser-Agent: loadx\r\n|{\"not\": \"{a template}\"}",
		"/base/?x|https://site.example:8443|site.example:8443|GET /|Accept: text/html\r\nX-All: 1\r\nUser-Agent: loadx\r\n|@at",
		"/?only=query|https://other.example|other.example|GET /|Accept: text/html\r\nX-All: 1\r\nUser-Agent: loadx\r\n|",
	} {
		v := p.Visit(uint64(n))
		p.Request(&r, v)
		got := fmt.Sprintf("%s|%s://%s|%s|%s %s|%s|%s", r.RequestURI, r.Scheme, r.Address(), r.Host, r.Method, r.Name, r.Header, r.Body)
		if strings.Contains(want, "%") {
			want = fmt.Sprintf(want, v.ID)
			want, _, _ = strings.Cut(want, "%!(EXTRA")
		}
		if got != want {
			t.Errorf("request %d\n%q, want\n%q", n, got, want)
		}
		if string(r.URL) != fmt.Sprintf("%s://%s%s", r.Scheme, r.Address(), r.RequestURI) || string(p.AppendURL(nil, v)) != string(r.URL) {
			t.Errorf("request %d: URL %s", n, r.URL)
		}
	}
	for _, c := range []struct {
		page, status int
		want         bool
	}{{0, 200, true}, {0, 399, true}, {0, 400, false}, {0, 0, false}, {0, 101, true}, {1, 200, false}, {1, 201, true}, {1, 503, true}, {1, 404, false}} {
		if got := p.Expects(c.page, c.status); got != c.want {
			t.Errorf("page %d expects %d: %v", c.page, c.status, got)
		}
	}
	if err := os.WriteFile(dir+"/body.json", make([]byte, MaxBodySize+1), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(dir+"/f.yaml", []byte(src), Options{}); err == nil || !strings.Contains(err.Error(), "16777217 bytes, more than 16777216") {
		t.Errorf("a body above the cap: %v", err)
	}
}

// The cursors of all shards together give each visit once, and each user in one shard only.
func TestShards(t *testing.T) {
	s := &Scenario{Target: "http://h", Traffic: Traffic{PV: 5000, UV: 700, Duration: time.Minute, Visits: traffic.Law{Kind: traffic.Zipf, S: 1}, Arrivals: traffic.Poisson},
		Pages: []Page{{URL: "/a"}, {URL: "/b"}}}
	seen, owner := map[uint64]bool{}, map[uint64]uint64{}
	users, share := uint64(0), 0.0
	for i := range uint64(3) {
		p, err := s.Plan(traffic.Shard{Index: i, Count: 3})
		if err != nil {
			t.Fatal(err)
		}
		users, share = users+p.ShardUsers(p.Shard()), share+p.ShardShare(p.Shard())
		cursor, last := p.Cursor(p.Shard()), time.Duration(0)
		for v, ok := cursor.Next(); ok; v, ok = cursor.Next() {
			if v != p.Visit(v.N) || seen[v.N] || v.Due < last {
				t.Fatalf("shard %d: visit %+v, by number %+v, seen %v, after %v", i, v, p.Visit(v.N), seen[v.N], last)
			}
			if o, ok := owner[v.ID]; ok && o != i {
				t.Fatalf("user %d is in shards %d and %d", v.ID, o, i)
			}
			seen[v.N], owner[v.ID], last = true, i, v.Due
		}
	}
	if len(seen) != 5000 || len(owner) != 700 || users != 700 || share < 0.999999 || share > 1.000001 {
		t.Errorf("%d visits, %d users (%d expected), share %v", len(seen), len(owner), users, share)
	}
}

func TestMaxRate(t *testing.T) {
	s, err := New("http://h/", Options{Overrides: []Override{{"traffic.pv", "10", "--pv"}, {"traffic.uv", "4", "--uv"}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Target, s.MaxRate, s.Pages = "http://h", true, []Page{{URL: "/"}}
	p := mustPlan(t, s)
	cursor, count, users := p.Cursor(p.Shard()), 0, map[string]bool{}
	for v, ok := cursor.Next(); ok; v, ok = cursor.Next() {
		if v.Due != 0 || v.User != v.N%4 || v.New != (v.N < 4) {
			t.Errorf("visit %+v", v)
		}
		count++
		users[string(p.AppendCounting(nil, v))] = true
	}
	if count != 10 || len(users) != 4 || p.PV() != 10 || p.UV() != 4 || p.Curve(3) != nil || p.Connections(time.Second) != 0 {
		t.Errorf("%d visits of %d users", count, len(users))
	}
	s.Traffic = Traffic{Duration: time.Second}
	p = mustPlan(t, s)
	if v := p.Visit(1 << 40); v.User != 1<<40 || !v.New || p.PV() != 0 {
		t.Errorf("visit %+v without an end", v)
	}
	for _, bad := range []Traffic{{}, {PV: 1, UV: 2}, {PV: 10, Rate: 1}, {PV: 10, Shape: traffic.Steady{}}, {PV: 1 << 63}} {
		s.Traffic = bad
		if _, err := s.Plan(traffic.Shard{}); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
	s.Traffic = Traffic{PV: 10}
	if _, err := s.Plan(traffic.Shard{Index: 1, Count: 2}); err == nil {
		t.Error("a shard at the maximum rate: no error")
	}
}

func TestCurve(t *testing.T) {
	for shape, want := range map[string]struct {
		peak        traffic.Rate
		connections [3]uint64 // at 10 ms, 100 ms and 1 s
	}{
		"duration: 100s":                            {10, [3]uint64{1, 1, 10}},
		"duration: 100s, arrivals: poisson":         {10, [3]uint64{1, 1, 10}},
		"shape: {ramp: {from: 0/s, to: 20/s}}":      {20, [3]uint64{1, 2, 20}},
		"shape: {ramp: {from: 2000/s, to: 1000/s}}": {2000, [3]uint64{20, 200, 2000}},
		"shape: {stages: [{for: 10s, rate: 5/s}, {for: 10s, rate: 90/s}, {for: 10s, rate: 5/s}]}":          {90, [3]uint64{1, 9, 90}},
		"duration: 80s, shape: {sine: {period: 40s, amplitude: 50%}}":                                      {18.75, [3]uint64{1, 2, 19}},
		"duration: 80s, shape: {sine: {period: 40s, amplitude: 50%}}, new_users: mixed, visits: geometric": {18.75, [3]uint64{1, 2, 19}},
	} {
		src := "target: http://h\ntraffic: {pv: 1000, uv: 250, " + shape + "}\npages: [get: /]\n"
		p := mustPlan(t, mustParse(t, "f.yaml", src, Options{}))
		if peak := p.PeakRate(); float64(peak) < 0.999*float64(want.peak) || float64(peak) > 1.001*float64(want.peak) {
			t.Errorf("%s: peak %v, want %v", shape, peak, want.peak)
		}
		for i, latency := range []time.Duration{10 * time.Millisecond, 100 * time.Millisecond, time.Second} {
			if got := p.Connections(latency); got != want.connections[i] {
				t.Errorf("%s: %d connections at %v, want %d", shape, got, latency, want.connections[i])
			}
		}
		curve := p.Curve(7)
		last := curve[len(curve)-1]
		if len(curve) != 8 || curve[0].At != 0 || last.At != p.Duration() || last.PV != 1000 || last.UV != 250 {
			t.Errorf("%s: curve %+v", shape, curve)
		}
		// Each point against a count of the visits themselves.
		for i, point := range curve {
			due := uint64(0)
			for n := range p.PV() {
				if p.Visit(n).Due <= point.At {
					due++
				}
			}
			if due != point.PV || i > 0 && (point.At <= curve[i-1].At || point.PV < curve[i-1].PV || point.UV < curve[i-1].UV) {
				t.Errorf("%s: point %+v after %+v, %d views are due", shape, point, curve[max(i-1, 0)], due)
			}
		}
	}
}

func TestPlanConcurrently(t *testing.T) {
	p := launchDay(t)
	want := make([]string, 200)
	var r Request
	for n := range want {
		p.Request(&r, p.Visit(uint64(n)))
		want[n] = string(r.URL) + string(r.Header)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			var r Request
			for n := range want {
				p.Request(&r, p.Visit(uint64(n)))
				if string(r.URL)+string(r.Header) != want[n] {
					t.Errorf("request %d differs", n)
				}
			}
		})
	}
	group.Wait()
}

func TestNoAllocations(t *testing.T) {
	p := launchDay(t)
	var r Request
	counting := make([]byte, 0, 64)
	n := uint64(0)
	if allocs := testing.AllocsPerRun(2000, func() {
		v := p.Visit(n)
		p.Request(&r, v)
		counting = p.AppendCounting(counting[:0], v)
		n++
	}); allocs > 0 {
		t.Errorf("%v allocations a request", allocs)
	}
}

// A URL's scheme may be written in any case, of a target and of a page.
func TestSchemesInAnyCase(t *testing.T) {
	p := mustPlan(t, mustParse(t, "f.yaml", "target: HTTPS://Shop.test\ntraffic: {pv: 2, rate: 1/s}\npages: [get: /a, get: 'HTTP://h/b']\npage_order: turn\n", Options{}))
	var r Request
	for page, want := range []string{"https Shop.test https://Shop.test/a", "http h http://h/b"} {
		p.Request(&r, Visit{Page: page})
		if got := fmt.Sprintf("%s %s %s", r.Scheme, r.Host, r.URL); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
