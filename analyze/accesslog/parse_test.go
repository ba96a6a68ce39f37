package accesslog

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// say writes the parts of a record that a test names, one "name=value" each.
func say(r *Record, names ...string) string {
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte(' ')
		}
		switch name {
		case "time":
			fmt.Fprintf(&b, "time=%s", r.when().Format("2006-01-02T15:04:05.999999999Z07:00"))
		case "status":
			fmt.Fprintf(&b, "status=%d", r.Status)
		case "bytes":
			fmt.Fprintf(&b, "bytes=%d", r.Bytes)
		case "server":
			fmt.Fprintf(&b, "server=%v,%v", r.Server, r.HasServer)
		case "bad":
			fmt.Fprintf(&b, "bad=%v", r.BadRequest)
		case "offset":
			fmt.Fprintf(&b, "offset=%d,%v", r.Offset, r.HasOffset)
		case "path":
			fmt.Fprintf(&b, "path=%s", r.Path())
		default:
			v, ok := r.Field(name)
			if !ok {
				fmt.Fprintf(&b, "%s=nil", name)
			} else {
				fmt.Fprintf(&b, "%s=%q", name, v)
			}
		}
	}
	return b.String()
}

func mustParse(t testing.TB, spec string) *Format {
	t.Helper()
	f, err := Parse(spec)
	if err != nil {
		t.Fatalf("%s: %v", spec, err)
	}
	return f
}

const ingressNginx = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" ` +
	`$request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr ` +
	`$upstream_response_length $upstream_response_time $upstream_status $req_id`

const csvApache = `%v,%p,%h,%l,%u,%t,%I,%O,%S,%B,%{ms}T,%D,%^FB,%>s,"%H","%m","%U","%q","%{Referer}i","%{User-Agent}i","%{VARNAME}C",%L`

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, spec, line string
		names            []string
		want             string
	}{
		{"combined", "combined", seeds[0], []string{"addr", "user", "time", "offset", "method", "uri", "proto", "status", "bytes", "referer", "user_agent", "bad", "server"},
			`addr="127.0.0.1" user=nil time=2000-10-10T13:55:36-07:00 offset=-25200,true method="GET" uri="/apache_pb.gif" proto="HTTP/1.0" status=200 bytes=2326 referer="http://www.example.com/start.html" user_agent="Mozilla/4.08 [en] (Win98; I ;Nav)" bad=false server=0s,false`},
		{"absent and spaces", "combined", seeds[2], []string{"addr", "ident", "user", "uri", "bytes", "referer", "user_agent"},
			`addr="host.example.com" ident="ident" user="john doe" uri="/a b" bytes=0 referer="" user_agent=""`},
		{"leap second, leading blank, port, trailing field", "combined", seeds[3], []string{"addr", "time", "request", "method", "bad", "status", "bytes", "user_agent"},
			`addr="10.0.0.1:5123" time=2024-03-01T00:00:00Z request=nil method=nil bad=true status=408 bytes=0 user_agent=nil`},
		{"empty request", "combined", seeds[4], []string{"addr", "request", "bad", "user_agent"},
			`addr="[2001:db8::1]:443" request="" bad=true user_agent="curl/8.5"`},
		{"tls bytes", "combined", seeds[5], []string{"addr", "request", "bad"}, `addr="::1" request="\x16\x03\x01\x02" bad=true`},
		{"escapes", "combined", seeds[6], []string{"uri", "referer", "user_agent", "path"},
			`uri="/?q=\"x\"" referer="a \"b\" c" user_agent="UA \\ \"quoted\" \t\n" path=/`},
		{"raw quotes", "combined", seeds[7], []string{"uri", "proto", "referer", "user_agent"},
			`uri="/\"x\"y" proto="HTTP/1.1" referer="say \"hi\" there" user_agent="Agent \"X\"; 1.0"`},
		{"http/0.9", "common", seeds[8], []string{"method", "uri", "proto", "bad", "bytes"}, `method="GET" uri="/" proto=nil bad=false bytes=5`},
		{"vhost with port", "vhost_combined", seeds[19], []string{"host", "server_port", "addr", "header:host"},
			`host="example.com" server_port="443" addr="1.2.3.4" header:host="example.com"`},
		{"vhost without port, absolute form", "vhost_combined", seeds[20], []string{"host", "server_port", "addr", "user", "uri", "path"},
			`host="example.com" server_port=nil addr="1.2.3.4" user="u" uri="http://example.com/x?y" path=/x`},
		{"nginx main", "nginx_main", seeds[21], []string{"forwarded_for", "header:X_Forwarded_For"},
			`forwarded_for="206.81.7.133, 172.70.114.69" header:X_Forwarded_For="206.81.7.133, 172.70.114.69"`},
		{"ingress", ingressNginx, `10.2.1.3 - - [12/Mar/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 612 "-" "curl/8.5" 345 0.004 [default-web-80] [] 10.1.2.3:8080 612 0.004 200 5f2a`,
			[]string{"server", "upstream", "req_id", "proxy_upstream_name", "proxy_alternative_upstream_name", "request_length", "upstream_response_time"},
			`server=4ms,true upstream="10.1.2.3:8080" req_id="5f2a" proxy_upstream_name="default-web-80" proxy_alternative_upstream_name="" request_length="345" upstream_response_time="0.004"`},
		{"ingress with retries", ingressNginx, `10.2.1.3 - - [12/Mar/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 612 "-" "curl/8.5" 345 1.104 [default-web-80] [] 10.1.2.3:8080, 10.1.2.4:8080 : 10.1.2.5:80 0, 0 : 612 1.000, 0.100 : 0.004 502, 502 : 200 5f2a`,
			[]string{"server", "upstream", "upstream_status", "upstream_response_length", "req_id"},
			`server=1.104s,true upstream="10.1.2.5:80" upstream_status="502, 502 : 200" upstream_response_length="0, 0 : 612" req_id="5f2a"`},
		{"upstream time alone", `nginx:$remote_addr $msec $upstream_response_time $status`, `1.2.3.4 1700000000.123 0.010, 0.250 200`,
			[]string{"time", "offset", "server", "status"}, `time=2023-11-14T22:13:20.123Z offset=0,false server=250ms,true status=200`},
		{"iso and parts", `${remote_addr}|$time_iso8601|$request_method|$uri|$args|$cookie_uid|$http_x_user_id|$sent_http_content_type`,
			`2001:db8::1|2026-03-12T10:00:00.5+05:30|POST|/p|a=1&b=2|u\x2242|-|text/html`,
			[]string{"addr", "time", "offset", "method", "uri", "path", "cookie:uid", "header:X-User-ID", "field:content_type", "bytes", "bad"},
			`addr="2001:db8::1" time=2026-03-12T10:00:00.5+05:30 offset=19800,true method="POST" uri="/p?a=1&b=2" path=/p cookie:uid="u\"42" header:X-User-ID=nil field:content_type="text/html" bytes=-1 bad=false`},
		{"address with port", `nginx:$remote_addr:$remote_port [$time_local] $status`, `2001:db8::1:5123 [12/Mar/2026:10:00:00 +0000] 200`,
			[]string{"addr", "remote_port"}, `addr="2001:db8::1" remote_port="5123"`},
		{"apache csv", csvApache, `example.com,443,194.233.82.52,-,-,[09/Feb/2025:00:10:18 +0000],954,6845,7799,2975,1,1128,615,200,"HTTP/1.1","POST","/index.html","?a=b","-","Mozilla/5.0 (X11, Linux)","-",-`,
			[]string{"host", "server_port", "addr", "time", "bytes", "server", "status", "method", "uri", "proto", "user_agent", "cookie:VARNAME", "bytes_sent", "bytes_received", "first_byte_us", "log_id", "duration_ms"},
			`host="example.com" server_port="443" addr="194.233.82.52" time=2025-02-09T00:10:18Z bytes=2975 server=1.128ms,true status=200 method="POST" uri="/index.html?a=b" proto="HTTP/1.1" user_agent="Mozilla/5.0 (X11, Linux)" cookie:VARNAME=nil bytes_sent="6845" bytes_received="954" first_byte_us="615" log_id=nil duration_ms="1"`},
		{"apache directive", `LogFormat "%h %{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t \"%r\" %>s %{uid}C %{X-Id}i %T" timed`,
			`1.2.3.4 05/Mar/2024 10:11:12.345 -0330 "GET / HTTP/2.0" 204 u7 - 3`,
			[]string{"addr", "time", "offset", "status", "cookie:uid", "header:x-id", "server"},
			`addr="1.2.3.4" time=2024-03-05T10:11:12.345-03:30 offset=-12600,true status=204 cookie:uid="u7" header:x-id=nil server=3s,true`},
		{"apache epoch", `%h %{sec}t.%{usec_frac}t %D`, `1.2.3.4 1700000000.000123 1500`, []string{"time", "server"},
			`time=2023-11-14T22:13:20.000123Z server=1.5ms,true`},
		{"apache 12 hours", `%h %{%m/%d/%y %I:%M:%S %p}t`, `1.2.3.4 03/05/24 12:30:00 AM`, []string{"time"}, `time=2024-03-05T00:30:00Z`},
		{"apache msec", `%h %{msec}t %>s`, `h 1700000000123 200`, []string{"addr", "time"}, `addr="h" time=2023-11-14T22:13:20.123Z`},
		{"two times", `nginx:$msec $remote_addr [$time_local]`, `1700000000.123 h [14/Nov/2023:23:13:20 +0100]`, []string{"time", "offset", "msec"},
			`time=2023-11-14T23:13:20+01:00 offset=3600,true msec="1700000000.123"`},
		{"goaccess combined", `%h %^[%d:%t %^] "%r" %s %b "%R" "%u"`, seeds[1], []string{"addr", "time", "status", "bytes", "uri", "user_agent"},
			`addr="127.0.0.1" time=2000-10-10T13:55:36+05:30 status=304 bytes=0 uri="/" user_agent=nil`},
		{"goaccess vcombined", `%v:%^ %h %^[%d:%t %^] "%r" %s %b "%R" "%u"`, seeds[19], []string{"host", "addr"}, `host="example.com" addr="1.2.3.4"`},
		{"goaccess w3c", `%d %t %^ %m %U %q %^ %^ %h %u %R %s %^ %^ %L`, `2012-04-01 00:00:13 1.1.1.1 GET /foo/bar a=b 80 theuser 1.2.3.4 Mozilla/5.0+(X11;+U) - 200 654 456 1687`,
			[]string{"time", "uri", "addr", "user_agent", "status", "server"},
			`time=2012-04-01T00:00:13Z uri="/foo/bar?a=b" addr="1.2.3.4" user_agent="Mozilla/5.0+(X11;+U)" status=200 server=1.687s,true`},
		{"goaccess elb", `goaccess:%^ %dT%t.%^ %v %h:%^ %^ %^ %T %^ %s %^ %^ %b "%r" "%u" %k %K %^`,
			`https 2020-01-01T00:55:04.127531Z app/my-alb/abcdef 1.2.3.4:2817 10.0.0.1:80 0.001 0.102 0.000 200 200 225 24950 "GET https://www.example.com:443/path/index.html HTTP/1.1" "Mozilla/5.0" ECDHE TLSv1.2 arn:aws`,
			[]string{"time", "addr", "server", "status", "bytes", "path"}, `time=2020-01-01T00:55:04Z addr="1.2.3.4" server=102ms,true status=200 bytes=24950 path=/path/index.html`},
		{"goaccess squid", `goaccess:%^ %^ %^ %v %^: %x.%^ %~%L %h %^/%s %b %m %U`,
			`Oct 18 04:02:01 proxy squid[1]: 1286536309.450    180 192.168.0.224 TCP_MISS/200 411 GET http://liveupdate.symantec.com/x - DIRECT/1.2.3.4 text/plain`,
			[]string{"host", "time", "server", "addr", "status", "bytes", "method", "path"},
			`host="proxy" time=2010-10-08T11:11:49Z server=180ms,true addr="192.168.0.224" status=200 bytes=411 method="GET" path=/x`},
		{"goaccess traefik", `%h - %e [%d:%t %^] "%r" %s %b "%R" "%u" %^ "%v" "%U" %Lms`, `1.2.3.4 - - [11/Aug/2023:11:39:21 +0000] "GET /x HTTP/1.1" 200 15 "-" "curl" 17 "web@file" "http://10.0.0.2:80" 3ms`,
			[]string{"addr", "uri", "host", "server"}, `addr="1.2.3.4" uri="/x" host="web@file" server=3ms,true`},
		{"goaccess gcs", `goaccess:"%x","%h",%^,%^,"%m","%U","%s",%^,"%b","%D",%^,"%R","%u"`,
			`"1553710142123456","1.2.3.4","1","","GET","/b/o","200","0","12","34000","storage.googleapis.com","","curl"`,
			[]string{"time", "addr", "uri", "status", "bytes", "server", "user_agent"}, `time=2019-03-27T18:09:02.123456Z addr="1.2.3.4" uri="/b/o" status=200 bytes=12 server=34ms,true user_agent="curl"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := mustParse(t, c.spec)
			var r Record
			if err := f.NewParser().Parse([]byte(c.line), &r); err != nil {
				t.Fatalf("%s\n%v", c.line, err)
			}
			equal(t, "record", say(&r, c.names...), c.want)
			again := mustParse(t, f.String())
			equal(t, "fields of String", fmt.Sprint(again.Fields()), fmt.Sprint(f.Fields()))
		})
	}
}

func TestEscapesOfADirective(t *testing.T) {
	for _, c := range []struct{ spec, line, want string }{
		{`log_format j escape=json '$remote_addr "$request" ' "$status \"$http_user_agent\"";`, `h "GET / HTTP/1.1" 200 "a\u001bb\/\"c\x41"`, `user_agent="a\x1bb/\"cA"`},
		{`log_format n escape=none '$remote_addr "$http_user_agent" $status';`, `h "C:\" 200`, `user_agent="C:\\"`},
		{`log_format d '$remote_addr "$http_user_agent" $status';`, `h "\xD0\xb0\u0041\q\x4" 200`, `user_agent="а\\u0041\\q\\x4"`},
	} {
		var r Record
		if err := mustParse(t, c.spec).NewParser().Parse([]byte(c.line), &r); err != nil {
			t.Errorf("%s: %v", c.spec, err)
			continue
		}
		equal(t, c.spec, say(&r, "user_agent"), c.want)
	}
}

func TestLineErrors(t *testing.T) {
	const head = `1.2.3.4 - - [01/Jan/2024:00:00:00 +0000] "GET / HTTP/1.1" `
	for _, c := range []struct {
		spec, line string
		field      string
		offset     int
	}{
		{"combined", "", "line", 0},
		{"combined", "  \r\n", "line", 2},
		{"combined", "garbage", "addr", 0},
		{"combined", `"1.2.3.4" - - [`, "addr", 0},
		{"combined", `1.2.3.4 - - (01/Jan`, "user", 10},
		{"combined", `1.2.3.4 - - [32/Jan/2024:00:00:00 +0000] "`, "time", 13},
		{"combined", `1.2.3.4 - - [31/Feb/2024:00:00:00 +0000] "`, "time", 13},
		{"combined", `1.2.3.4 - - [01/Foo/2024:00:00:00 +0000] "`, "time", 16},
		{"combined", `1.2.3.4 - - [01/Jan/2024:24:00:00 +0000] "`, "time", 25},
		{"combined", `1.2.3.4 - - [01/Jan/2024:00:00:61 +0000] "`, "time", 31},
		{"combined", `1.2.3.4 - - [01/Jan/2024:00:00:00 *0000] "`, "time", 34},
		{"combined", `1.2.3.4 - - [01/Jan/2024:00:00`, "time", 30},
		{"combined", `1.2.3.4 - - [01/Jan/2024:00:00:00 +0000] "GET / HTTP/1.1`, "request", 41},
		{"combined", head + `2x0 5 "-" "-"`, "status", len(head) + 1},
		{"combined", head + `abc 5 "-" "-"`, "status", len(head)},
		{"combined", head + `200 x "-" "-"`, "bytes", len(head) + 4},
		{"combined", head + `200 12345678901234567890 "-" "-"`, "bytes", len(head) + 4},
		{"combined", head + `200 5`, "bytes", len(head) + 5},
		{"combined", head + `200 5 "-`, "referer", len(head) + 6},
		{"combined", head + `200 5 "-"`, "referer", len(head) + 9},
		{"combined", head + `200 5 "-" "Moz\"`, "user_agent", len(head) + 10},
		{"combined", head + `200 5 "-" "Moz"x`, "user_agent", len(head) + 15},
		{"common", head + `200 5x`, "bytes", len(head) + 5},
		{`nginx:$remote_addr $request_time $status`, `1.2.3.4 abc 200`, "request_time", 8},
		{`nginx:$remote_addr $time_iso8601`, `1.2.3.4 2024-02-30T00:00:00Z`, "time_iso8601", 8},
		{`nginx:$remote_addr $msec`, `1.2.3.4 99999999999999`, "msec", 8},
		{`%h %{%Y-%m-%d}t %>s`, `1.2.3.4 2024-13-01 200`, "time", 13},
		{`%h %{%Y-%m-%d}t %>s`, `1.2.3.4 2024-02-30 200`, "time", 8},
	} {
		var r Record
		err := mustParse(t, c.spec).NewParser().Parse([]byte(c.line), &r)
		var le *LineError
		if !errors.As(err, &le) {
			t.Errorf("%s: %q: got %v", c.spec, c.line, err)
			continue
		}
		if le.Field != c.field || le.Offset != c.offset || le.Want == "" {
			t.Errorf("%s: %q: got %+v, want %s at %d", c.spec, c.line, *le, c.field, c.offset)
		}
	}
}

func TestCommentAndReuse(t *testing.T) {
	p := mustParse(t, "combined").NewParser()
	var r Record
	if err := p.Parse([]byte("#Fields: date time"), &r); !errors.Is(err, ErrComment) {
		t.Errorf("got %v, want ErrComment", err)
	}
	first := p.Parse([]byte("x"), &r)
	kept := first.(*LineError).Clone()
	if second := p.Parse([]byte("1.2.3.4 - - ["), &r); second != first {
		t.Error("the error is not reused")
	}
	equal(t, "kept", kept.Offset, 0)
	if err := p.Parse([]byte(seeds[0]), &r); err != nil {
		t.Fatal(err)
	}
	// A record that another format filled keeps nothing of it.
	q := mustParse(t, "common").NewParser()
	if err := q.Parse([]byte(seeds[8]), &r); err != nil || r.UserAgent != nil || r.Referer != nil {
		t.Errorf("stale fields: %v %q %q", err, r.UserAgent, r.Referer)
	}
	if _, ok := r.Cookie("uid"); ok {
		t.Error("a cookie that the format does not log")
	}
	if _, ok := new(Record).Field("addr"); ok {
		t.Error("a field of an empty record")
	}
}

func TestPath(t *testing.T) {
	for uri, want := range map[string]string{
		"": "", "/": "/", "/a?b": "/a", "/a#f": "/a", "/a#f?q": "/a", "?x": "/", "*": "*", "example.com:443": "example.com:443",
		"http://h": "/", "http://h?x": "/", "https://h:1/p/q?r": "/p/q", "/x?u=http://h/p": "/x", "a b://x": "a b://x", "://x": "://x",
	} {
		r := Record{URI: []byte(uri)}
		equal(t, "path of "+uri, string(r.Path()), want)
	}
}

func TestCaret(t *testing.T) {
	for _, c := range []struct {
		line           string
		offset, width  int
		snippet, caret string
	}{
		{"abc", 1, 80, "abc", " ^"},
		{"abc", 3, 80, "abc", "   ^"},
		{"abc", 99, 80, "abc", "   ^"},
		{"a\x1b[31mb", 2, 80, `a\x1B[31mb`, "     ^"},
		{"\u202eab", 3, 80, `\xE2\x80\xAEab`, "            ^"},
		{"0123456789abcdefghij", 15, 12, "89abcdefghij", "       ^"},
		{"0123456789", 0, 0, "01234567", "^"},
		{"\xff\xff\xff\xff", 2, 8, `\xFF\xFF`, "    ^"},
	} {
		snippet, caret := (&LineError{Offset: c.offset}).Caret([]byte(c.line), c.width)
		equal(t, "snippet of "+c.line, snippet, c.snippet)
		equal(t, "caret of "+c.line, caret, c.caret)
	}
}

func TestParsingAllocatesNothing(t *testing.T) {
	for _, spec := range []string{"combined", "common", "vhost_combined", "nginx_main", ingressNginx, csvApache,
		`nginx:$remote_addr $time_iso8601 $msec`, `%h %{%d/%b/%Y %T}t.%{msec_frac}t`, `%h %^[%d:%t %^] "%r"`, `goaccess:%x %h`} {
		p := mustParse(t, spec).NewParser()
		var r Record
		lines := make([][]byte, 0, len(seeds))
		for _, s := range append([]string{"1.2.3.4 2024-01-02T03:04:05Z 1.000", "2024-01-02T03:04:05Z h"}, seeds...) {
			lines = append(lines, []byte(s))
			_ = p.Parse([]byte(s), &r)
		}
		if n := testing.AllocsPerRun(20, func() {
			for _, line := range lines {
				_ = p.Parse(line, &r)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", spec, n)
		}
	}
}

func TestParserTimes(t *testing.T) {
	for line, want := range map[string]time.Duration{
		"1.5": 1500 * time.Millisecond, "0": 0, "0.0000000019": 1, "12": 12 * time.Second, "0.123456789123": 123456789,
	} {
		got, ok := parseDuration([]byte(line), time.Second)
		if !ok || got != want {
			t.Errorf("%s: got %v, %v, want %v", line, got, ok, want)
		}
	}
	for _, line := range []string{"", "x", "1.", "1.x", "1 2", "9223372037", "1e3"} {
		if got, ok := parseDuration([]byte(line), time.Second); ok {
			t.Errorf("%q: got %v", line, got)
		}
	}
}
