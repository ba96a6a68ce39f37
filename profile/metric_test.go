package profile

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// known is an attack whose every number is chosen: 200 page views by 40 users in 20 s, of which half are in the first
// page; 2 time out, 3 get a 503, 5 follow a redirect and 1 is sent again. With it comes the log of the server, which lacks
// the keys of 10 hits.
func known() *Profile {
	r := NewAttackRecorder(40, Limits{})
	l := NewLogRecorder(time.UTC, Limits{})
	for i := range 200 {
		h := Hit{User: uint64(i % 40), Visitor: testVisitor(uint64(i % 40)), HasVisitor: true, Page: fmt.Appendf(nil, "/%d", i%2), Method: []byte("GET"),
			Time: int64(i) * 1e8, Due: time.Duration(i) * 100 * time.Millisecond, Status: 200, Bytes: 1000, PageView: true, Final: true}
		h.Sent = h.Due + 2*time.Millisecond
		h.Done = h.Sent + time.Duration(i+1)*time.Millisecond
		switch {
		case i < 2:
			h.Status, h.Bytes, h.Error = 0, 0, ErrReset
		case i < 5:
			h.Status, h.Error = 503, ErrStatus
		case i < 10:
			hop := h
			hop.Status, hop.Final = 302, false
			r.Add(&hop)
			h.Hop, h.PageView = Redirect, false
		case i == 10:
			stale := h
			stale.Status, stale.Bytes, stale.Error, stale.Final = 0, 0, ErrRetried, false
			r.Add(&stale)
			h.Hop, h.PageView = Retry, false
		case i == 11:
			h.Late = true
		}
		r.Add(&h)
		if h.Status > 0 {
			l.Add(&Hit{Time: h.Time, Visitor: h.Visitor, HasVisitor: i < 190, Page: h.Page, Method: h.Method, Status: h.Status, PageView: true,
				Server: time.Duration(i+1) * time.Millisecond, HasServer: true, Bot: i%50 == 0, Static: i%20 == 0})
		}
	}
	r.Drop(time.Second)
	p := r.Profile()
	p.Elapsed = 20 * time.Second
	p.Planned = &Planned{Hits: 201, UV: 41}
	p.Seen = l.Profile()
	*p.Seen.Lines = Lines{Read: 220, Parsed: 198, Filtered: 10, Comments: 7, Bad: 5}
	return p
}

// Every name of a metric, with the number that was measured. Latencies are those of 3 ms to 200 ms, one each.
func TestMetrics(t *testing.T) {
	p := known()
	for name, want := range map[string]string{
		"hits": "206", "pv": "200", "uv": "40", "clients": "40", "without_key": "0", "sent": "200", "late": "1", "dropped": "1",
		"redirects": "5", "retries": "1", "errors": "2.5%", "rate": "10/s", "duration": "20s", "bytes": "198 KiB",
		"status.200": "195", "status.302": "5", "status.503": "3", "status.404": "0", "status.2xx": "195", "status.3xx": "5", "status.5xx": "3",
		"errors.timeout": "0", "errors.status": "3", "errors.retried": "1", "errors.refused": "0", "errors.reset": "2", "errors.tls": "0",
		"errors.dns": "0", "errors.protocol": "0", "errors.other": "0",
		"min": "5ms", "max": "202ms", "mean": "104ms", "p50": "103ms", "p100": "202ms",
		"response.max": "202ms", "service.min": "3ms", "service.max": "200ms", "service.mean": "102ms", "service.p50": "101ms", "lag.max": "2ms",
		"bots": "-", "static": "-", "lines.read": "-", "lines.parsed": "-", "lines.filtered": "-", "lines.comments": "-", "lines.bad": "-",
		"server.max": "-", "server.p99": "-",

		"seen.hits": "198", "seen.pv": "198", "seen.uv": "40", "seen.clients": "40", "seen.without_key": "10", "seen.errors": "1.5152%",
		"seen.duration": "19.7s", "seen.rate": "10.05/s", "seen.bytes": "0 B", "seen.bots": "3", "seen.static": "9", "seen.status.5xx": "3",
		"seen.lines.read": "220", "seen.lines.parsed": "198", "seen.lines.filtered": "10", "seen.lines.comments": "7", "seen.lines.bad": "5",
		"seen.max": "200ms", "seen.server.max": "200ms", "seen.server.min": "3ms", "seen.p100": "200ms",
		"seen.sent": "-", "seen.dropped": "-", "seen.late": "-", "seen.redirects": "-", "seen.retries": "-", "seen.errors.timeout": "-",
		"seen.service.p99": "-", "seen.response.max": "-", "seen.lag.max": "-",
	} {
		m, err := FindMetric(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := "-"
		v, ok := m.Of(p)
		if ok {
			got = v.String()
		}
		if got != want || m.Name != name || ok && v.Quantity != m.Quantity || m.Doc == "" {
			t.Errorf("%s: %s, want %s (%+v)", name, got, want, v)
		}
	}
	for _, m := range Metrics() {
		if found, err := FindMetric(m.Name); err != nil || found.Doc != m.Doc {
			t.Errorf("%s is not found by its name: %v", m.Name, err)
		}
	}
}

// Percentiles are those of sorted durations, within the recorder's resolution.
func TestPercentiles(t *testing.T) {
	p := known()
	for percent, rank := range map[string]int{"0.1": 1, "10": 20, "50": 99, "90": 179, "95": 189, "99": 197, "99.9": 198, "99.99": 198} {
		for name, first := range map[string]float64{"p": 4, "response.p": 4, "service.p": 2, "seen.server.p": 2} {
			m, err := FindMetric(name + percent)
			if err != nil {
				t.Fatal(err)
			}
			v, ok := m.Of(p)
			want := (first + float64(rank)) / 1000
			if !ok || v.Number < want*0.999 || v.Number > want*1.001 {
				t.Errorf("%s: %v, want %v", m.Name, v.Number, want)
			}
		}
	}
}

func TestPageMetrics(t *testing.T) {
	p := known()
	for name, want := range map[string]string{
		"hits": "103", "pv": "100", "uv": "20", "errors": "1.9417%", "max": "202ms", "min": "6ms",
	} {
		m, err := FindPageMetric("/1", name)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := m.Of(p); !ok || v.String() != want || v.Quantity != m.Quantity || m.Name != `page "/1".`+name {
			t.Errorf("%s: %s, want %s", m.Name, v, want)
		}
		if m, _ = FindPageMetric("/none", name); m.Name != `page "/none".`+name {
			t.Errorf("%s", m.Name)
		} else if v, ok := m.Of(p); ok {
			t.Errorf("%s: %s of a page that is not there", m.Name, v)
		}
	}
	if _, err := FindPageMetric("/1", "rate"); err == nil {
		t.Error("a page has no rate")
	}
}

// A page that the table took in late is a page of which a few hits are not known: the truth lies in the intervals.
func TestPageMetricsOfALatePage(t *testing.T) {
	r := NewLogRecorder(time.UTC, Limits{TableKeys: 2})
	add := func(page string, visitor uint64, status int) {
		r.Add(&Hit{Page: []byte(page), Method: []byte("GET"), Status: status, PageView: true, Visitor: testVisitor(visitor), HasVisitor: true})
	}
	for range 20 {
		add("/a", 1, 200)
		add("/b", 1, 200)
	}
	for i := range uint64(100) {
		add("/late", i, 200+300*int(i%2))
	}
	row, ok := r.Profile().Tables[ByPage].Get("/late")
	if !ok || !row.Late || row.Value.Hits >= 100 {
		t.Fatalf("the page is not late: %+v", row)
	}
	for name, truth := range map[string]float64{"hits": 100, "pv": 100, "uv": 100, "errors": 0.5} {
		m, err := FindPageMetric("/late", name)
		if err != nil {
			t.Fatal(err)
		}
		v, ok := m.Of(r.Profile())
		if !ok || !v.Estimated || v.Low > truth || v.High < truth || v.Low > v.Number || v.Number > v.High || v.Quantity != m.Quantity {
			t.Errorf("%s: %+v does not enclose %v", name, v, truth)
		}
	}
	for _, name := range []string{"hits", "pv", "uv", "errors"} {
		m, _ := FindPageMetric("/a", name)
		if v, ok := m.Of(r.Profile()); ok && v.Estimated {
			t.Errorf("%s of a page that was there from the start: %+v", name, v)
		}
	}
}

func TestPlannedMetrics(t *testing.T) {
	p := known()
	for name, want := range map[string]string{"pv": "201", "uv": "41", "sent": "201", "seen.pv": "201", "seen.uv": "41", "hits": "-", "p95": "-", "dropped": "-"} {
		m, err := FindMetric(name)
		if err != nil {
			t.Fatal(err)
		}
		got := "-"
		if v, ok := m.Planned(p); ok {
			got = v.String()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if _, ok := m.Planned(&Profile{}); ok {
			t.Errorf("%s of no plan", name)
		}
	}
}

func TestUnknownMetrics(t *testing.T) {
	for name, near := range map[string]string{
		"p9x": "p90", "p101": "", "p-1": "", "p": "", "p95.": "p95", "sevice.p95": "service.p95", "status.20": "", "status.1000": "", "status.xx": "",
		"status.5XX": "status.5xx", "errors.tiemout": "errors.timeout", "seen.": "", "seen.seen.uv": "seen.uv", "seen.uvs": "seen.uv", "service": "", "": "", "UV": "uv", "droped": "dropped",
		"service.p101": "service.p95", "lag.": "",
	} {
		_, err := FindMetric(name)
		var unknown *UnknownMetricError
		if !errors.As(err, &unknown) || unknown.Name != name {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if near != "" && unknown.Near != near {
			t.Errorf("%q: suggests %q, want %q", name, unknown.Near, near)
		}
	}
}

// Nothing measured is no data, not a zero: an absence of failures is read off no empty traffic.
func TestMetricsOfNothing(t *testing.T) {
	volumes := map[string]bool{"hits": true, "pv": true, "uv": true, "clients": true, "sent": true, "lines.read": true, "lines.parsed": true}
	names := []string{"p95", "mean", "service.max", "server.min", "lag.p50", "status.500", "status.5xx", "errors.timeout"}
	for _, m := range Metrics() {
		names = append(names, m.Name)
	}
	for _, p := range []*Profile{NewAttackRecorder(1, Limits{}).Profile(), NewLogRecorder(time.UTC, Limits{}).Profile()} {
		for _, name := range names {
			m, err := FindMetric(name)
			if err != nil {
				t.Fatal(err)
			}
			if v, ok := m.Of(p); ok && (!volumes[name] || v.Number != 0) {
				t.Errorf("%s of an empty %s: %s", name, p.Source, v)
			}
		}
	}
}

// A log whose lines carry no visitor has no UV, which is not a UV of 0.
func TestVisitorsWithoutKeys(t *testing.T) {
	r := NewLogRecorder(time.UTC, Limits{})
	r.Add(&Hit{Status: 200, PageView: true})
	for _, name := range []string{"uv", "clients"} {
		m, err := FindMetric(name)
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := m.Of(r.Profile()); ok {
			t.Errorf("%s: %s", name, v)
		}
	}
}

func TestEstimatedMetric(t *testing.T) {
	r := NewLogRecorder(time.UTC, Limits{ExactVisitors: 10})
	for i := range uint64(2000) {
		r.Add(&Hit{Visitor: testVisitor(i % 1000), HasVisitor: true, PageView: true, Page: []byte("/"), Method: []byte("GET")})
	}
	m, err := FindMetric("uv")
	if err != nil {
		t.Fatal(err)
	}
	v, ok := m.Of(r.Profile())
	if !ok || !v.Estimated || !(v.Low < v.Number && v.Number < v.High && v.Low <= 1000 && 1000 <= v.High) {
		t.Errorf("%+v", v)
	}
	page, err := FindPageMetric("/", "uv")
	if err != nil {
		t.Fatal(err)
	}
	if w, ok := page.Of(r.Profile()); !ok || !w.Estimated || w.High-w.Low <= v.High-v.Low {
		t.Errorf("a page's own estimate is the rougher one: %+v", w)
	}
}

func TestValueString(t *testing.T) {
	for _, c := range []struct {
		number float64
		q      Quantity
		want   string
	}{
		{0, Count, "0"}, {250000, Count, "250000"}, {1.5, Count, "1.5"}, {9007199254740992, Count, "9007199254740992"},
		{0, Ratio, "0%"}, {0.0005, Ratio, "0.05%"}, {1, Ratio, "100%"}, {1.0 / 3, Ratio, "33.3333%"},
		{0, Time, "0s"}, {9.5e-4, Time, "950µs"}, {0.0121, Time, "12.1ms"}, {0.25, Time, "250ms"}, {1.25, Time, "1.25s"}, {125, Time, "2m5s"}, {-0.0121, Time, "-12.1ms"},
		{59.999, Time, "1m0s"}, {0.9999, Time, "1s"}, {0.000999999, Time, "1ms"}, {7e-9, Time, "7ns"},
		{59.994, Time, "59.99s"}, {0.9994, Time, "999ms"}, {3600, Time, "1h0m0s"}, {200 * 3600, Time, "8d8h"},
		{950, PerSecond, "950/s"}, {0.125, PerSecond, "0.13/s"}, {512, Size, "512 B"}, {1536 << 10, Size, "1.5 MiB"},
	} {
		if got := Exactly(c.number, c.q).String(); got != c.want {
			t.Errorf("%v of %d: %s, want %s", c.number, c.q, got, c.want)
		}
	}
}
