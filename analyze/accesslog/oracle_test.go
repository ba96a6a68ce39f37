package accesslog

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// naive is a combined or common line taken apart by a regular expression, the
// oracle for the program and the fast path.
//
// A quoted field ends at the first quote that is not escaped and is followed
// by what the format has there; without lookahead that takes one alternative
// for each thing that may follow an inner quote instead.
var (
	naiveHead = `^[ \t]*([^" ]+) ([^ ]*) ((?:[^ ]| +[^ \[])* *) ` +
		`\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] ` +
		`"((?:\\.|[^"\\]|"+[^" \\]|"+\\.)*"*)" (\d{1,3}|-) (\d{1,18}|-)`
	naiveTail = `(?:[ \t].*)?$`
	naiveRest = ` "((?:\\.|[^"\\]|"+[^" \\]|"+\\.|"+ [^"\\]|"+ \\.)*"*)" "((?:\\.|[^"\\]|"+[^" \t\\]|"+\\.)*"*)"`

	naiveCommon    = regexp.MustCompile(`(?s)` + naiveHead + naiveTail)
	naiveCombined  = regexp.MustCompile(`(?s)` + naiveHead + naiveRest + naiveTail)
	naiveTimeShape = regexp.MustCompile(`^\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}$`)
	naiveOld       = regexp.MustCompile(`^[A-Z]+ /`) // a request of HTTP/0.9
	naiveEscape    = regexp.MustCompile(`(?s)\\(x[0-9A-Fa-f]{2}|.)`)
)

func naiveText(v []byte) []byte {
	if string(v) == "-" {
		return nil
	}
	out := naiveEscape.ReplaceAllFunc(v, func(m []byte) []byte {
		if len(m) == 4 && m[1] == 'x' {
			b, _ := strconv.ParseUint(string(m[2:]), 16, 8)
			return []byte{byte(b)}
		}
		if i := strings.IndexByte(`"\'`+"ntrbfv", m[1]); i >= 0 {
			return []byte{(`"\'` + "\n\t\r\b\f\v")[i]}
		}
		return m
	})
	return append([]byte{}, out...)
}

func naiveTime(v string) (time.Time, bool) {
	leap := v[18:20] == "60"
	if leap {
		v = v[:18] + "59" + v[20:]
	}
	t, err := time.Parse("02/Jan/2006:15:04:05 -0700", v)
	if leap {
		t = t.Add(time.Second)
	}
	zone := v[22:24] <= "23" && v[24:26] <= "59"
	year := v[7:11] >= "1678" && v[7:11] <= "2261"
	return t, err == nil && zone && year
}

// naiveParse decodes a line the slow way; ok says whether it is well formed.
func naiveParse(re *regexp.Regexp, line []byte) (r Record, ident []byte, ok bool) {
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if strings.HasPrefix(strings.TrimLeft(string(line), " \t"), "#") {
		return r, nil, false
	}
	m := re.FindSubmatch(line)
	if m == nil {
		return r, nil, false
	}
	t, ok := naiveTime(string(m[4]))
	if !ok {
		return r, nil, false
	}
	_, offset := t.Zone()
	r.Addr, ident, r.User = naiveText(m[1]), naiveText(m[2]), naiveText(m[3])
	r.Time, r.HasTime, r.Offset, r.HasOffset = t.UnixNano(), true, int32(offset), true
	r.RawRequest = naiveText(m[5])
	f := strings.Split(string(r.RawRequest), " ")
	last := len(f) - 1
	switch {
	case last == 1 && naiveOld.Match(r.RawRequest):
		r.Method, r.URI = []byte(f[0]), []byte(f[1])
	case last == 2 && f[0] != "" && f[1] != "" && f[2] != "",
		last > 2 && f[0] != "" && strings.HasPrefix(f[last], "HTTP/"):
		r.Method, r.Proto = []byte(f[0]), []byte(f[last])
		r.URI = []byte(strings.Join(f[1:last], " "))
	default:
		r.BadRequest = true
	}
	r.Status, _ = strconv.Atoi(string(m[6]))
	r.Bytes, _ = strconv.ParseInt(string(m[7]), 10, 64)
	if len(m) > 8 {
		r.Referer, r.UserAgent = naiveText(m[8]), naiveText(m[9])
	}
	return r, ident, true
}

// sameRecord compares what two records say; nil and empty differ.
func sameRecord(t *testing.T, line []byte, what string, got, want *Record) {
	t.Helper()
	if got.Time != want.Time || got.HasTime != want.HasTime || got.Offset != want.Offset || got.HasOffset != want.HasOffset ||
		got.Status != want.Status || got.Bytes != want.Bytes || got.BadRequest != want.BadRequest ||
		got.Server != want.Server || got.HasServer != want.HasServer {
		t.Fatalf("%s: %q\n got %+v\nwant %+v", what, line, got, want)
	}
	for i, name := range recordFields {
		g, w := got.Slot(-1-i), want.Slot(-1-i)
		if !bytes.Equal(g, w) || (g == nil) != (w == nil) {
			t.Fatalf("%s: %q\n%s: got %q (nil %v), want %q (nil %v)", what, line, name, g, g == nil, w, w == nil)
		}
	}
	for i := range max(len(got.slots), len(want.slots)) {
		if g, w := got.Slot(i), want.Slot(i); !bytes.Equal(g, w) || (g == nil) != (w == nil) {
			t.Fatalf("%s: %q\nslot %d: got %q, want %q", what, line, i, g, w)
		}
	}
}

// checkAgainstNaive holds fast path, program and oracle together on one line.
func checkAgainstNaive(t *testing.T, line []byte) {
	t.Helper()
	for _, c := range []struct {
		format *Format
		re     *regexp.Regexp
	}{{compiled[0], naiveCombined}, {compiled[1], naiveCommon}, {compiled[3], nil}} {
		var fast, slow Record
		fastErr := c.format.NewParser().Parse(line, &fast)
		p := c.format.NewParser()
		slowErr := c.format.codec.decode(p, trimLineEnd(line), &slow)
		if c.re == nil {
			if (fastErr == nil) != (slowErr == nil) {
				t.Fatalf("%s: %q\nfast path: %v, program: %v", c.format.Name(), line, fastErr, slowErr)
			}
			if fastErr == nil {
				sameRecord(t, line, c.format.Name(), &fast, &slow)
			}
			continue
		}
		want, ident, ok := naiveParse(c.re, line)
		want.slots = [][]byte{ident}
		if (fastErr == nil) != ok || (slowErr == nil) != ok {
			t.Fatalf("%s: %q\nfast path: %v, program: %v, oracle parses: %v", c.format.Name(), line, fastErr, slowErr, ok)
		}
		if ok {
			sameRecord(t, line, c.format.Name()+" fast path", &fast, &want)
			sameRecord(t, line, c.format.Name()+" program", &slow, &want)
		}
	}
}

// seeds are lines with every trap of the combined format.
var seeds = []string{
	`127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"`,
	`127.0.0.1 - frank [10/Oct/2000:13:55:36 +0530] "GET / HTTP/1.1" 304 - "-" "-"`,
	`host.example.com ident john doe [10/Oct/2000:13:55:36 +0000] "GET /a b HTTP/1.1" 200 0 "" ""`,
	` 10.0.0.1:5123 - - [29/Feb/2024:23:59:60 +0000] "-" 408 - "-" "-" 445`,
	`[2001:db8::1]:443 - - [01/Jan/2024:00:00:00 +0000] "" 400 0 "-" "curl/8.5" "-" 0.012`,
	`::1 - - [01/Jan/2024:00:00:00 +0000] "\x16\x03\x01\x02" 400 226 "-" "-"`,
	`1.2.3.4 - - [01/Jan/2024:00:00:00 +0000] "GET /?q=\"x\" HTTP/1.1" 200 5 "a \"b\" c" "UA \\ \x22quoted\x22 \t\n"`,
	`1.2.3.4 - - [01/Jan/2024:00:00:00 +0000] "GET /"x"y HTTP/1.1" 200 5 "say "hi" there" "Agent "X"; 1.0"`,
	`1.2.3.4 - - [01/Jan/2024:00:00:00 +0000] "GET /" 200 5`,
	`1.2.3.4 - - [31/Feb/2024:00:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "-"`,
	`1.2.3.4 - - [01/Jan/2024:00:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "unterminated`,
	`"1.2.3.4 - - [01/Jan/2024:00:00:00 +0000] ""GET / HTTP/1.1"" 200 5 ""-"" ""-"""`,
	`1.2.3.4 - - [01/Jan/2024:00:00:00 +0000] "GET / HTTP/1.1" 200 1234567890123456789 "-" "-"`,
	`- - - [01/Jan/2024:00:00:00 +0000] "GET / HTTP/1.1" - 12 "-" "-"`,
	`# comment`, ``, ` `, "\xef\xbb\xbf1.2.3.4 - -", "GET / HTTP/1.1",
	`example.com:443 1.2.3.4 - - [22/Oct/2024:07:09:54 +0000] "GET / HTTP/1.1" 200 7156 "https://ntp.msn.com/" "Mozilla/5.0"`,
	`example.com 1.2.3.4 - u [22/Oct/2024:07:09:54 +0000] "GET http://example.com/x?y HTTP/1.1" 200 7156 "-" "Mozilla/5.0"`,
	`1.2.3.4 - - [22/Oct/2024:07:09:54 +0000] "GET / HTTP/1.1" 200 7156 "-" "Mozilla/5.0" "206.81.7.133, 172.70.114.69"`,
	"1.2.3.4 - - [22/Oct/2024:07:09:54 +0000] \"GET /\xff\x80 HTTP/1.1\" 200 7156 \"-\" \"\x1b[31m\"\r\n",
}

func TestSeedsAgainstNaiveParser(t *testing.T) {
	for _, s := range seeds {
		checkAgainstNaive(t, []byte(s))
	}
}

func TestRealLogsAgainstNaiveParser(t *testing.T) {
	for _, path := range []string{
		"logs/dirty/honeypot_2019.log", "logs/dirty/crowdsec_apache2_malformed.log", "logs/dirty/lnav_bad_access.log",
		"logs/clf/nasa_1995-08_part.log", "logs/combined_plus/zanbil_1000.log", "logs/negative/nginx_error_20251219.log",
		"logs/nginx_rotated/meatlabel.app.access.log-20251220", "logs/combined_quoted/netsparker_scan.log",
	} {
		t.Run(path, func(t *testing.T) {
			for i, line := range readLog(t, path) {
				if i < 150 {
					checkAgainstNaive(t, line)
				}
			}
		})
	}
}

func FuzzAgainstNaiveParser(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.IndexByte(line, '\n') < 0 {
			checkAgainstNaive(t, line)
		}
	})
}
