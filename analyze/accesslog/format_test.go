package accesslog

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestSpecErrors(t *testing.T) {
	for _, c := range []struct {
		spec   string
		offset int
		reason string
	}{
		{"combind", 0, "did you mean combined?"},
		{"no-such", 0, "no format of that name"},
		{"clg", 0, "no format of that name (a name"}, // two of three letters are no near miss
		{"", 0, "no format"},
		{"nginx:$remote_addr $", 13, "'$' without"},
		{"nginx:$remote_addr${status}", 12, "nothing separates addr from status"},
		{"nginx:hello", 0, "no field"},
		{"nginx:$foo $bar", 0, "no field that an analysis could use"},
		{"%h %j", 3, "unknown conversion %j"},
		{"%h %", 3, "without a letter"},
		{"%h %{x", 4, "not closed"},
		{"%h %{%Q}t", 3, "unknown time conversion %Q"},
		{"%h %{%}t", 3, "ends behind a %"},
		{"apache:%h %^F", 3, "two letters"},
		{"goaccess:%h %w", 3, "unknown specifier %w"},
		{"goaccess:%h %", 3, "without a letter"},
		{"log_format main '$remote_addr", 16, "not closed"},
		{"log_format main escape=x '$remote_addr'", 16, "unknown escape=x"},
		{"log_format main '$remote_addr' '$'", 32, "'$' without"},
		{"nginx:$status" + strings.Repeat(" $a", maxSlots+1), 9 + 3*maxSlots - 1, "more than 256 fields"},
		{strings.Repeat("x", maxSpec+1), 0, "longer than 64 KiB"},
	} {
		_, err := Parse(c.spec)
		var se *SpecError
		if !errors.As(err, &se) {
			t.Errorf("%.60q: got %v", c.spec, err)
			continue
		}
		if se.Offset != c.offset || !strings.Contains(se.Error(), c.reason) {
			t.Errorf("%.60q: got %d: %v, want %d: %s", c.spec, se.Offset, se, c.offset, c.reason)
		}
		if strings.ContainsAny(se.Error(), "\n\x1b") {
			t.Errorf("%.60q: error is not one safe line: %q", c.spec, se)
		}
	}
	var se *SpecError
	_, err := Parse("%h \x1b[31m%j")
	if !errors.As(err, &se) {
		t.Fatal(err)
	}
	snippet, caret := se.Caret(60)
	equal(t, "snippet", snippet, `%h \x1B[31m%j`)
	equal(t, "caret", caret, `           ^`)
}

func TestParseKnowsItsBuiltins(t *testing.T) {
	for _, f := range Formats() {
		specs := []string{f.Name(), f.String()}
		if f.syntax == syntaxApache || f.syntax == syntaxNginx {
			specs = append(specs, f.def)
		}
		for _, spec := range specs {
			if got := mustParse(t, spec); got != f {
				t.Errorf("Parse(%q) is another format than %s", spec, f.Name())
			}
		}
	}
	for server, format := range map[string]string{"apache": "combined", "nginx": "combined", "LiteSpeed": "combined", "clf": "common", "IIS": "w3c"} {
		if mustParse(t, server) != mustParse(t, format) || mustParse(t, "syslog+apache").Name() != "syslog+combined" {
			t.Errorf("Parse(%q) is not %s", server, format)
		}
	}
	nginx := mustParse(t, `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`)
	equal(t, "name", nginx.Name(), "nginx")
	equal(t, "fields", fmt.Sprint(nginx.Fields()), "[addr user time request status bytes referer user_agent]")
	for name, want := range map[string]bool{"addr": true, "header:User-Agent": true, "header:referer": true, "method": true,
		"host": false, "cookie:uid": false, "status": false, "": false, "field:user": true} {
		if _, ok := nginx.Slot(name); ok != want {
			t.Errorf("Slot(%q) is %v", name, ok)
		}
	}
}

func TestAppend(t *testing.T) {
	r := Record{
		Time: time.Date(2024, 2, 29, 23, 5, 6, 789e6, time.UTC).UnixNano(), HasTime: true, Offset: -12600, HasOffset: true,
		Addr: []byte("10.0.0.1"), Method: []byte("GET"), URI: []byte("/a?b=c"), Proto: []byte("HTTP/1.1"), Status: 200, Bytes: 12,
		UserAgent: []byte("x \"y\" \\ \x1b \xc3\xa9"), Host: []byte("h"), Server: 1234567 * time.Microsecond, HasServer: true,
		ForwardedFor: []byte("1.1.1.1, 2.2.2.2"), Upstream: []byte("10.1.1.1:80"), ContentType: []byte("text/html"), Referer: []byte{},
	}
	for _, c := range []struct{ spec, want string }{
		{"combined", `10.0.0.1 - - [29/Feb/2024:19:35:06 -0330] "GET /a?b=c HTTP/1.1" 200 12 "" "x \x22y\x22 \x5C \x1B \xC3\xA9"`},
		{"common", `10.0.0.1 - - [29/Feb/2024:19:35:06 -0330] "GET /a?b=c HTTP/1.1" 200 12`},
		{"vhost_combined", `h 10.0.0.1 - - [29/Feb/2024:19:35:06 -0330] "GET /a?b=c HTTP/1.1" 200 12 "" "x \x22y\x22 \x5C \x1B \xC3\xA9"`},
		{`$remote_addr $msec $time_iso8601 $request_time $upstream_addr $uri $args $cookie_uid $sent_http_content_type "$http_x_forwarded_for"`,
			`10.0.0.1 1709247906.789 2024-02-29T19:35:06-03:30 1.234 10.1.1.1:80 /a b=c - text/html "1.1.1.1, 2.2.2.2"`},
		{`%h %{%d/%b/%Y %T}t.%{usec_frac}t %{%z}t %{sec}t|%D %m %U%% "%q" %H`, `10.0.0.1 29/Feb/2024 19:35:06.789000 -0330 1709247906|1234567 GET /a% "?b=c" HTTP/1.1`},
		{`goaccess:%h [%d:%t %^] %L`, `10.0.0.1 [29/Feb/2024:19:35:06 -0330] 1234`},
	} {
		equal(t, c.spec, string(mustParse(t, c.spec).Append(nil, &r)), c.want)
	}
	f := mustParse(t, `$remote_addr "$cookie_uid" $http_x_user_id`)
	slot, ok := f.Slot("cookie:uid")
	if !ok {
		t.Fatal("no slot for the cookie")
	}
	rec := Record{Addr: []byte("::1")}
	rec.SetSlot(slot, []byte("u 7"))
	addr, _ := f.Slot("addr")
	rec.SetSlot(addr, []byte("::2"))
	equal(t, "slots", string(f.Append([]byte("> "), &rec)), `> ::2 "u 7" -`)
}

func TestDetect(t *testing.T) {
	lines := func(parts ...string) (out [][]byte) {
		for _, p := range parts {
			out = append(out, []byte(p))
		}
		return out
	}
	repeat := func(n int, s string) (out []string) {
		for range n {
			out = append(out, s)
		}
		return out
	}
	good, common := seeds[0], seeds[8]
	d, err := Detect(lines(append(repeat(8, good), "garbage", "# comment", good)...))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "winner", d.Format.Name(), "combined")
	equal(t, "score", d.Score, 0.9)
	equal(t, "lines", d.Lines, 10)
	equal(t, "runner-up", d.RunnerUp.Name(), "common")
	equal(t, "runner-up's score", d.RunnerUpScore, 0.9)

	_, err = Detect(lines(append(repeat(7, common), "# c", "garbage", "more", common)...))
	var de *DetectError
	if !errors.Is(err, ErrNoFormat) || !errors.As(err, &de) {
		t.Fatal(err)
	}
	equal(t, "closest", de.Closest.Name(), "common")
	equal(t, "share", de.Score, 0.8)
	equal(t, "line", de.Line, 8)
	equal(t, "field", de.Err.Field, "addr")

	// A log that is cut at its ends, and where what is left of a line would fit another format.
	for _, c := range []struct {
		lines  []string
		format string // "" for none
	}{
		{[]string{good[20:], good, good}, "combined"},
		{[]string{good, good, good[:len(good)/2+10]}, "combined"},
		{[]string{"# c", good[20:], good, good, good[:30], ""}, "combined"},
		{[]string{good, good, "garbage", good}, ""},
		{[]string{"garbage", "garbage", good, good}, ""},
		{[]string{good, "garbage"}, ""},
		{[]string{good[20:], good, "garbage"}, ""},
		{append(repeat(maxDetect, good), repeat(50, "garbage")...), "combined"},
	} {
		d, err := Detect(lines(c.lines...))
		switch {
		case (err != nil) != (c.format == ""):
			t.Errorf("%.60q: %v", c.lines, err)
		case err == nil && (d.Format.Name() != c.format || d.Score != 1):
			t.Errorf("%.60q: %s with %v", c.lines, d.Format.Name(), d.Score)
		}
	}

	for _, none := range [][][]byte{nil, lines("# only", "# comments")} {
		if _, err := Detect(none); !errors.As(err, &de) || de.Closest != nil {
			t.Errorf("got %v", err)
		}
	}
	// Only the first 200 lines are looked at.
	d, err = Detect(lines(append(repeat(200, good), repeat(500, "garbage")...)...))
	if err != nil || d.Lines != 200 || d.Score != 1 {
		t.Errorf("got %+v, %v", d, err)
	}
	// What has a path and a code, but no HTTP status, is no access log.
	_, err = Detect(lines(`{"ts":1700000003,"msg":"logged in","path":"/x","code":3}`, `{"ts":1700000004,"msg":"logged in","path":"/x","code":3}`))
	if !errors.As(err, &de) || de.Err.Field != "status" || de.Err.Offset != len(`{"ts":1700000003,"msg":"logged in","path":"/x","code":`) {
		t.Errorf("got %v", err)
	}
	if d, err := Detect(lines(`{"ts":1700000003,"path":"/x","code":204}`, `{"ts":1700000004,"path":"/y","code":0}`)); err != nil || d.Format.Name() != "json" {
		t.Errorf("got %+v, %v", d, err)
	}
	// A quoted field that is no list of addresses is no X-Forwarded-For.
	d, err = Detect(lines(good + ` "session=abc; theme=dark"`))
	if err != nil || d.Format.Name() != "combined" {
		t.Errorf("got %+v, %v", d, err)
	}
}

// TestRealCustomLog holds a log with a LogFormat of its own against a regular
// expression that knows its 22 columns.
func TestRealCustomLog(t *testing.T) {
	row := regexp.MustCompile(`^([^,]*),(\d+),([^,]*),-,([^,]*),\[([^\]]*)\],(\d+),(\d+),(\d+),(\d+),(\d+),(\d+),(\d+|-),(\d+),` +
		`"([^"]*)","([^"]*)","((?:\\.|[^"\\])*)","((?:\\.|[^"\\])*)","((?:\\.|[^"\\])*)","((?:\\.|[^"\\])*)","([^"]*)",`)
	f := mustParse(t, csvApache)
	p := f.NewParser()
	var r Record
	seen := 0
	for _, name := range []string{"20241210", "20250617", "20260115"} {
		for _, line := range readLog(t, "logs/custom_csv/farmfreshsoftware.access.log-"+name) {
			m := row.FindSubmatch(line)
			err := p.Parse(line, &r)
			if m == nil {
				t.Fatalf("the oracle cannot read %q (parser: %v)", line, err)
			}
			if err != nil {
				t.Fatalf("%v: %q", err, line)
			}
			seen++
			at, err := time.Parse(localLayout, string(m[5]))
			micros, _ := strconv.Atoi(string(m[11]))
			status, _ := strconv.Atoi(string(m[13]))
			size, _ := strconv.Atoi(string(m[9]))
			if err != nil || r.Time != at.UnixNano() || r.Server != time.Duration(micros)*time.Microsecond ||
				r.Status != status || r.Bytes != int64(size) || string(r.Addr) != string(m[3]) || string(r.Host) != string(m[1]) ||
				string(r.Method) != string(naiveText(m[15])) || string(r.Proto) != string(naiveText(m[14])) ||
				string(r.URI) != string(naiveText(m[16]))+string(naiveText(m[17])) ||
				string(r.Referer) != string(naiveText(m[18])) || string(r.UserAgent) != string(naiveText(m[19])) {
				t.Fatalf("%q\ngot %+v", line, r)
			}
		}
	}
	if seen < 1000 {
		t.Errorf("only %d lines", seen)
	}
}

// A string is taken as it was copied: with the quotes of the configuration, and by what its letters mean.
func TestParseCopiedStrings(t *testing.T) {
	combined := samples["combined"]
	for spec, want := range map[string]string{
		`"%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\""`: "apache",
		`'%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"'`:       "combined",
		`'$remote_addr - $remote_user [$time_local] "$request" $status'`: "nginx",
		`%h - %e [%d:%t +0000] "%r" %s %b`:                               "goaccess",
	} {
		f := mustParse(t, spec)
		if f.Name() != want && f.Name() != "combined" {
			t.Errorf("%s: is of %s, want %s", spec, f.Name(), want)
		}
		var r Record
		line := combined
		if want == "goaccess" {
			line = `203.0.113.77 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/1.1" 200 5`
		}
		if err := f.NewParser().Parse([]byte(line), &r); err != nil {
			t.Errorf("%s: %v", spec, err)
		}
		equal(t, spec, string(r.Addr)+" "+string(appendDigits(nil, r.Status, 3)), "203.0.113.77 200")
		again := mustParse(t, f.String())
		equal(t, "again", again.String(), f.String())
	}
	f := mustParse(t, `"$remote_addr","$status"`) // the quotes of two fields
	var r Record
	if err := f.NewParser().Parse([]byte(`"192.0.2.1","404"`), &r); err != nil || r.Status != 404 {
		t.Errorf("%v: status %d", err, r.Status)
	}
}
