package analyze_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/analyze"
	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
)

// logLine is a line in the combined format.
func logLine(addr, when, request string, status int, agent string) string {
	return fmt.Sprintf("%s - - [%s] %q %d 100 \"-\" %q\n", addr, when, request, status, agent)
}

func read(t *testing.T, text string, opts analyze.Options) *profile.Profile {
	t.Helper()
	p, err := analyze.Read(context.Background(), []input.Source{input.FromReader("test.log", strings.NewReader(text))}, opts)
	if err != nil {
		t.Fatal(err)
	}
	checkIdentities(t, p)
	return p
}

// checkIdentities holds a profile to the sums that must always add up.
func checkIdentities(t *testing.T, p *profile.Profile) {
	t.Helper()
	l := p.Lines
	if l.Read != l.Parsed+l.Filtered+l.Comments+l.Bad {
		t.Errorf("lines do not add up: %+v", *l)
	}
	if p.Hits != l.Parsed || p.Hits != p.Status.Total()+p.NoStatus {
		t.Errorf("%d hits, %d parsed, %d with and %d without a status", p.Hits, l.Parsed, p.Status.Total(), p.NoStatus)
	}
	beyond := p.Calendar.Beyond()
	hits, views := p.NoTimeHits+beyond.Hits, beyond.PageViews
	for _, b := range p.Calendar.Roll(profile.Minute) {
		hits += b.Hits
		views += b.PageViews
	}
	if hits != p.Hits || views != p.PageViews && p.NoTimeHits == 0 {
		t.Errorf("the calendar holds %d hits and %d page views, the profile %d and %d", hits, views, p.Hits, p.PageViews)
	}
	if n := p.Tables[profile.ByPage].Total(); n != p.Hits {
		t.Errorf("the table of pages holds %d hits of %d", n, p.Hits)
	}
	if p.PageViews < p.WithoutKey {
		t.Errorf("%d page views, %d of them without a key", p.PageViews, p.WithoutKey)
	}
}

const browser = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"

func TestPageViewProfiles(t *testing.T) {
	when := "01/Mar/2026:10:00:00 +0100"
	text := logLine("192.0.2.1", when, "GET / HTTP/1.1", 200, browser) +
		logLine("192.0.2.1", when, "GET /style.CSS?v=1 HTTP/1.1", 200, browser) + // static, whatever the case
		logLine("192.0.2.1", when, "GET /v1.2/users HTTP/1.1", 304, browser) + // a dot before the last slash is no extension
		logLine("192.0.2.2", when, "POST /form HTTP/1.1", 200, browser) +
		logLine("192.0.2.3", when, "GET /missing HTTP/1.1", 404, browser) +
		logLine("192.0.2.4", when, "GET / HTTP/1.1", 200, "curl/8.5.0") +
		logLine("192.0.2.5", when, "GET /robots.txt HTTP/1.1", 200, browser) +
		logLine("192.0.2.6", when, "GET /old HTTP/1.1", 301, browser)
	for _, c := range []struct {
		views                 analyze.PageViews
		pv, uv, bots, statics uint64
	}{
		{analyze.Web, 2, 1, 1, 2},
		{analyze.API, 6, 5, 1, 2},
		{analyze.Raw, 8, 6, 1, 2},
	} {
		p := read(t, text, analyze.Options{PageViews: c.views})
		if p.PageViews != c.pv || p.UV().Value != c.uv || p.BotHits != c.bots || p.StaticHits != c.statics {
			t.Errorf("%s: PV %d UV %d bots %d static %d, want %d %d %d %d",
				c.views, p.PageViews, p.UV().Value, p.BotHits, p.StaticHits, c.pv, c.uv, c.bots, c.statics)
		}
		if e := p.Clients.Estimate(); e.Value != 6 || !e.Exact {
			t.Errorf("%s: clients %+v, want exactly 6", c.views, e)
		}
	}
}

// TestPageViewsWithoutAMethod: a log that tells no method, as Bunny's, has page views all the same; one that tells no status
// has none, and says so.
func TestPageViewsWithoutAMethod(t *testing.T) {
	text := "HIT|200|1772323200000|10|390|192.0.2.1|-|https://shop.example.com/a|DE|" + browser + "|1|DE\n" +
		"HIT|304|1772323200000|10|390|192.0.2.2|-|https://shop.example.com/b?c|DE|" + browser + "|1|DE\n" +
		"HIT|404|1772323200000|10|390|192.0.2.3|-|https://shop.example.com/c|DE|" + browser + "|1|DE\n" +
		"HIT|200|1772323200000|10|390|192.0.2.4|-|https://shop.example.com/d.css|DE|" + browser + "|1|DE\n" +
		"HIT|200|1772323200000|10|390|192.0.2.5|-|https://shop.example.com/e|DE|curl/8.5.0|1|DE\n" +
		"HIT|200|1772323200000|10|390|192.0.2.6|-|-|DE|" + browser + "|1|DE\n" // no request at all
	p := read(t, text, analyze.Options{PageViews: analyze.Web})
	if p.Hits != 6 || p.PageViews != 2 || p.UV().Value != 2 || len(p.Warnings) != 0 {
		t.Errorf("hits %d PV %d UV %d, want 6 2 2; warnings %v", p.Hits, p.PageViews, p.UV().Value, p.Warnings)
	}
	text = `192.0.2.1 [01/Mar/2026:10:00:00 +0100] "GET / HTTP/1.1"` + "\n"
	for _, c := range []struct {
		views  analyze.PageViews
		pv     uint64
		warned bool
	}{{analyze.Web, 0, true}, {analyze.API, 1, false}, {analyze.Raw, 1, false}} {
		p := read(t, text, analyze.Options{PageViews: c.views, Format: mustFormat(t, `$remote_addr [$time_local] "$request"`)})
		warned := slices.ContainsFunc(p.Warnings, func(w profile.Warning) bool { return w.Code == "no_status" })
		if p.PageViews != c.pv || warned != c.warned {
			t.Errorf("%s without a status: PV %d, want %d; warned %t, want %t", c.views, p.PageViews, c.pv, warned, c.warned)
		}
	}
}

func TestVisitorKeys(t *testing.T) {
	format, err := accesslog.Parse(`nginx:$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$cookie_uid"`)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i := range 60 {
		user, cookie := "-", fmt.Sprintf("u%d", i%7)
		if i%5 == 0 {
			cookie = "-"
		}
		if i%3 == 0 {
			user = fmt.Sprintf("name%d", i%4)
		}
		fmt.Fprintf(&b, "2001:db8:0:%x::%x - %s [01/Mar/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"agent%d\" \"%s\"\n", i%6, i, user, i%2, cookie)
	}
	for key, want := range map[string]struct{ uv, without uint64 }{
		"ip":              {6, 0},  // /64 networks
		"ip+ua":           {6, 0},  // i%6 fixes i%2
		"cookie:uid":      {7, 12}, // every fifth has none
		"user":            {4, 40}, // two in three have none
		"user+cookie:uid": {0, 8},  // filled below: a visitor as soon as one part is there
	} {
		k, err := uv.ParseKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if key == "user+cookie:uid" {
			seen := map[string]bool{}
			want.without = 0
			for i := range 60 {
				user, cookie := "-", fmt.Sprintf("u%d", i%7)
				if i%5 == 0 {
					cookie = "-"
				}
				if i%3 == 0 {
					user = fmt.Sprintf("name%d", i%4)
				}
				if user == "-" && cookie == "-" {
					want.without++
				} else {
					seen[user+"\x00"+cookie] = true
				}
			}
			want.uv = uint64(len(seen))
		}
		p := read(t, b.String(), analyze.Options{Format: format, Key: k, PageViews: analyze.Raw})
		if e := p.UV(); e.Value != want.uv || p.WithoutKey != want.without {
			t.Errorf("%s: UV %d, %d without a key, want %d and %d", key, e.Value, p.WithoutKey, want.uv, want.without)
		}
	}
	if p := read(t, b.String(), analyze.Options{Format: format, IPv6Prefix: 128, Key: mustKey(t, "ip"), PageViews: analyze.Raw}); p.UV().Value != 60 {
		t.Errorf("whole addresses: UV %d, want 60", p.UV().Value)
	}
}

func mustKey(t *testing.T, spec string) uv.Key {
	t.Helper()
	k, err := uv.ParseKey(spec)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func mustZone(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := profile.ParseZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestKeyThatTheLogDoesNotCarry(t *testing.T) {
	p := read(t, logLine("192.0.2.1", "01/Mar/2026:10:00:00 +0000", "GET / HTTP/1.1", 200, browser), analyze.Options{Key: mustKey(t, "cookie:uid")})
	if p.UV().Value != 0 || p.WithoutKey != 1 {
		t.Errorf("UV %d, without a key %d, want 0 and 1", p.UV().Value, p.WithoutKey)
	}
	if len(p.Warnings) != 1 || p.Warnings[0].Code != "no_visitor_key" {
		t.Errorf("warnings %+v, want no_visitor_key", p.Warnings)
	}
	m, err := profile.FindMetric("uv")
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := m.Of(p); ok {
		t.Errorf("uv is %v, want no data", v)
	}
}

func TestSinceUntilAndZone(t *testing.T) {
	var b strings.Builder
	for hour := range 24 {
		b.WriteString(logLine(fmt.Sprintf("192.0.2.%d", hour), fmt.Sprintf("29/Mar/2026:%02d:30:00 +0000", hour), "GET / HTTP/1.1", 200, browser))
	}
	at := func(hour int) time.Time { return time.Date(2026, 3, 29, hour, 30, 0, 0, time.UTC) }
	p := read(t, b.String(), analyze.Options{Since: at(3), Until: at(10)})
	if p.Hits != 7 || p.Lines.Filtered != 17 {
		t.Errorf("since 3:30 until 10:30: %d hits, %d filtered, want 7 and 17", p.Hits, p.Lines.Filtered)
	}
	// By the clock of the zone that is counted, the log's own here and Berlin's there, where 2:30 does not exist.
	own := strings.ReplaceAll(b.String(), "+0000", "-0500")
	p = read(t, own, analyze.Options{Since: at(3), Until: at(10), SinceByClock: true, UntilByClock: true})
	if p.Hits != 7 || p.Lines.Filtered != 17 || p.FirstTime != at(8).UnixNano() {
		t.Errorf("by the log's clock: %d hits, %d filtered, first %d", p.Hits, p.Lines.Filtered, p.FirstTime)
	}
	p = read(t, own, analyze.Options{Since: at(3), Until: at(10), UntilByClock: true})
	if p.Hits != 10 {
		t.Errorf("until by the log's clock: %d hits, want 10", p.Hits)
	}
	p = read(t, b.String(), analyze.Options{Since: time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC), SinceByClock: true, Until: at(2), Zone: mustZone(t, "Europe/Berlin")})
	if p.Hits != 2 || p.FirstTime != at(0).UnixNano() {
		t.Errorf("by the clock of Berlin: %d hits, first %d", p.Hits, p.FirstTime)
	}
	// The day on which Berlin loses an hour: 23:30 UTC of the day is already the next one there.
	p = read(t, b.String(), analyze.Options{Zone: mustZone(t, "Europe/Berlin")})
	days := p.Calendar.Roll(profile.Day)
	if len(days) != 2 || days[0].Hits != 22 || days[1].Hits != 2 || days[1].Start-days[0].Start != 23*3600 {
		t.Errorf("days in Berlin: %+v, want 22 and 2 hits, 23 hours apart", days)
	}
	if p.Definitions.Zone != "Europe/Berlin" {
		t.Errorf("zone %q", p.Definitions.Zone)
	}
}

func TestZoneIsTheLogsOwn(t *testing.T) {
	text := logLine("192.0.2.1", "01/Mar/2026:23:30:00 -0500", "GET / HTTP/1.1", 200, browser)
	p := read(t, text, analyze.Options{})
	if p.Definitions.Zone != "UTC-05:00" || len(p.Warnings) != 0 {
		t.Errorf("zone %q, warnings %+v", p.Definitions.Zone, p.Warnings)
	}
	p = read(t, text+logLine("192.0.2.1", "02/Mar/2026:23:30:00 -0400", "GET / HTTP/1.1", 200, browser), analyze.Options{})
	if p.Definitions.Zone != "UTC-05:00" || len(p.Warnings) != 1 || p.Warnings[0].Code != "mixed_offsets" {
		t.Errorf("two offsets: zone %q, warnings %+v", p.Definitions.Zone, p.Warnings)
	}
}

func TestBadLinesAreTheFirstOnes(t *testing.T) {
	var b strings.Builder
	for i := range 5000 {
		if i >= 200 && i%400 == 3 {
			fmt.Fprintf(&b, "192.0.2.1 - - [not a time] \"GET / HTTP/1.1\" 200 %d\n", i)
			continue
		}
		b.WriteString(logLine("192.0.2.1", "01/Mar/2026:10:00:00 +0000", "GET / HTTP/1.1", 200, strings.Repeat(browser, 4)))
	}
	b.WriteString("\n\r\n") // blank lines are comments
	p := read(t, b.String(), analyze.Options{Workers: 4})
	if p.Lines.Bad != 12 || p.Lines.Comments != 2 || len(p.BadLines) != profile.MaxBadLines {
		t.Fatalf("lines %+v, %d samples", *p.Lines, len(p.BadLines))
	}
	for i, bad := range p.BadLines {
		if want := int64(404 + 400*i); bad.Line != want || bad.File != "test.log" || !strings.HasPrefix(bad.Field, "time") {
			t.Errorf("sample %d is line %d, field %q of %s, want line %d, field time", i, bad.Line, bad.Field, bad.File, want)
		}
		if at := strings.IndexByte(bad.Caret, '^'); at < 0 || !strings.HasPrefix(bad.Text[at:], "n") {
			t.Errorf("the caret of %q is at %q", bad.Text, bad.Caret)
		}
	}
}

func TestNothingParsed(t *testing.T) {
	format, err := accesslog.Parse("combined")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		opts analyze.Options
		want error
	}{
		"empty":                {"", analyze.Options{}, analyze.ErrNothingParsed},
		"comments":             {"#Version: 1.0\n#Fields: date time\n\n", analyze.Options{}, analyze.ErrNothingParsed},
		"no log":               {"this is no log\nmore\n", analyze.Options{}, accesslog.ErrNoFormat},
		"no log, format given": {"nothing\nof the kind\n", analyze.Options{Format: format}, analyze.ErrNothingParsed},
	} {
		p, err := analyze.Read(context.Background(), []input.Source{input.FromReader(name, strings.NewReader(c.text))}, c.opts)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
		if p == nil || p.Hits != 0 {
			t.Errorf("%s: profile %+v", name, p)
		}
	}
}

// A log without a request, as servers make one a day, is nothing wrong beside others.
func TestLogsWithoutRequests(t *testing.T) {
	const declared = "#Version: 1.0\n#Fields: date time c-ip cs-method cs-uri-stem sc-status\n"
	long := strings.Repeat("# nothing\n", 50_000) // more than a block
	logs := []input.Source{}
	for i, text := range []string{"", declared, "\n\n", declared + long + "2026-03-01 10:00:00 192.0.2.1 GET / 200\n", logLine("192.0.2.2", "01/Mar/2026:10:00:00 +0000", "GET / HTTP/1.1", 200, browser)} {
		logs = append(logs, input.FromReader(fmt.Sprint(i), strings.NewReader(text)))
	}
	p, err := analyze.Read(context.Background(), logs, analyze.Options{PageViews: analyze.Raw})
	if err != nil {
		t.Fatal(err)
	}
	checkIdentities(t, p)
	if l := p.Lines; p.Hits != 2 || l.Read != 50_008 || l.Comments != 50_006 || l.Bad != 0 || p.Status.Count(200) != 2 {
		t.Errorf("%d hits, lines %+v", p.Hits, *p.Lines)
	}
}

// A line that is too long to be read is told, however few there are.
func TestOverlongLines(t *testing.T) {
	line := logLine("192.0.2.2", "01/Mar/2026:10:00:00 +0000", "GET / HTTP/1.1", 200, browser)
	p := read(t, strings.Repeat(line, 500)+strings.Repeat("x", input.MaxLine+1)+"\n"+line, analyze.Options{})
	if l := p.Lines; l.Read != 502 || l.Bad != 1 || l.Overlong != 1 || len(p.Warnings) != 1 || p.Warnings[0].Code != "overlong_lines" {
		t.Errorf("%+v, warnings %+v", *p.Lines, p.Warnings)
	}
}

// TestWorkersAgree reads the same log with one to eight workers: nothing may depend on who parsed which line.
func TestWorkersAgree(t *testing.T) {
	var b strings.Builder
	for i := range 60_000 {
		b.WriteString(logLine(fmt.Sprintf("192.0.%d.%d", i/251%9, i%251), time.Date(2026, 3, 1, 0, 0, i, 0, time.UTC).Format("02/Jan/2006:15:04:05 -0700"),
			fmt.Sprintf("GET /p%d HTTP/1.1", i%700), 200+i%3*100, browser))
	}
	var first []byte
	for _, workers := range []int{1, 2, 3, 8} {
		p := read(t, b.String(), analyze.Options{Workers: workers})
		first = sameProfile(t, first, p, workers)
	}
}

// sameProfile fails unless a profile is encoded as the one of one worker, first, is; with first nil it is that one.
func sameProfile(t *testing.T, first []byte, p *profile.Profile, workers int) []byte {
	t.Helper()
	got, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if first != nil && !bytes.Equal(got, first) {
		t.Errorf("%d workers measure another profile than one", workers)
	}
	return got
}

func TestCancelKeepsWhatWasRead(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	line := logLine("192.0.2.1", "01/Mar/2026:10:00:00 +0000", "GET / HTTP/1.1", 200, browser)
	text := strings.Repeat(line, 1<<20/len(line)*8)
	p, err := analyze.Read(ctx, []input.Source{
		input.FromReader("a", &cancelAfter{r: strings.NewReader(text), n: 4, cancel: cancel}),
		input.FromReader("b", strings.NewReader(text)),
	}, analyze.Options{})
	if err != nil || !p.Interrupted || !p.Invalid() {
		t.Fatalf("error %v, interrupted %v", err, p.Interrupted)
	}
	checkIdentities(t, p)
}

// cancelAfter cancels a context with its nth read.
type cancelAfter struct {
	r      *strings.Reader
	n      int
	cancel context.CancelFunc
}

func (c *cancelAfter) Read(b []byte) (int, error) {
	if c.n--; c.n == 0 {
		c.cancel()
	}
	return c.r.Read(b)
}

func BenchmarkRead(b *testing.B) {
	var text bytes.Buffer
	const lines = 200_000
	for i := range lines {
		text.WriteString(logLine(fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i*7&255), time.Date(2026, 3, 1, 0, 0, i/4, 0, time.UTC).Format("02/Jan/2006:15:04:05 -0700"),
			fmt.Sprintf("GET /section/%d/page?q=%d HTTP/1.1", i%20_000, i%9), 200, strings.Replace(browser, "120", fmt.Sprint(100+i%40), 2)))
	}
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				src := []input.Source{input.FromReader("bench", bytes.NewReader(text.Bytes()))}
				if _, err := analyze.Read(context.Background(), src, analyze.Options{Workers: workers}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
