package accesslog

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSamples detects and reads the sample of every built-in format, bare and
// in every envelope.
func TestSamples(t *testing.T) {
	for _, f := range Formats() {
		t.Run(f.Name(), func(t *testing.T) {
			sample := samples[f.Name()]
			if sample == "" || f.Summary() == "" {
				t.Fatal("no sample or no summary")
			}
			lines := cutAll([]byte(sampleDirectives[f.Name()] + sample))
			d, err := Detect(lines)
			if err != nil {
				t.Fatal(err)
			}
			if !f.explicit {
				equal(t, "detected", d.Format.Name(), f.Name())
			}
			want := parsed(t, f, lines)
			if want.Status == 0 || !want.HasTime || want.URI == nil || want.Addr == nil {
				t.Errorf("a field is missing: %s", say(want, "addr", "uri", "status", "time"))
			}
			if _, text := f.codec.(*program); text && want.HasOffset == f.Zoneless() {
				t.Errorf("offset: %v, zoneless: %v", want.HasOffset, f.Zoneless())
			}
			oracle := newOracle(f)
			for _, line := range lines[:len(lines)-1] {
				oracle.comment(line)
			}
			oracle.check(t, []byte(sample), want)
			for _, e := range envelopes {
				inside := []byte(wrapSample(e.name, sample))
				var all [][]byte
				for _, line := range lines {
					all = append(all, []byte(wrapSample(e.name, string(line))))
				}
				w := mustParse(t, e.name+"+"+f.Name())
				if again := mustParse(t, w.String()); again.Name() != w.Name() && f.syntax == syntaxNamed {
					t.Errorf("String of %s gives %s", w.Name(), again.Name())
				}
				got := parsed(t, w, all)
				got.format = want.format
				sameRecord(t, inside, w.Name(), got, want)
				if d, err := Detect(all); !f.explicit && (err != nil || d.Format != w) {
					t.Errorf("%s: detected %v, %v", w.Name(), d.Format, err)
				}
			}
		})
	}
}

// TestGolden holds what is understood of each sample, field by field, against
// testdata/samples.golden; LOADX_UPDATE_GOLDEN=1 writes it anew.
func TestGolden(t *testing.T) {
	var b strings.Builder
	for _, f := range Formats() {
		fmt.Fprintf(&b, "%s (%s)\n", f.Name(), f.Summary())
		e := f.Explain([]byte(samples[f.Name()]), f.ScanDirectives([]byte(sampleDirectives[f.Name()]), nil))
		if e.Err != nil {
			t.Errorf("%s: %v", f.Name(), e.Err)
		}
		for _, v := range e.Fields {
			text := "-"
			if v.Value != nil {
				text = safeText(string(v.Value[:min(len(v.Value), 60)]))
			}
			fmt.Fprintf(&b, "\t%s\t%s\n", v.Name, text)
		}
	}
	path := filepath.Join("testdata", "samples.golden")
	if os.Getenv("LOADX_UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, lines := strings.Split(b.String(), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(got), len(lines)) {
		equal(t, fmt.Sprintf("line %d", i+1), got[i], lines[i])
	}
	equal(t, "lines", len(got), len(lines))
}

// wrapSample puts a line into an envelope the way the collector does.
func wrapSample(envelope, line string) string {
	switch envelope {
	case "docker":
		return fmt.Sprintf(`{"log":%s,"stream":"stdout","time":"2024-02-29T00:00:00.000000001Z"}`, quoteJSON(line+"\n"))
	case "cri":
		return "2024-02-29T00:00:00.000000001+01:00 stdout F " + line
	case "syslog":
		return "<134>Feb 29 00:00:00 web-1 nginx[77]: " + line
	case "stamped":
		return "2025-10-10T13:55:36.123456789Z " + line
	case "compose":
		return "web_v2.0-1  | " + line
	}
	return `"` + line + `"`
}

func quoteJSON(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c < 0x20 || c == '<':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + `"`
}

// parsed reads the last of the lines, the others being directives, and copies
// the record.
func parsed(t *testing.T, f *Format, lines [][]byte) *Record {
	t.Helper()
	p, r := f.NewParser(), &Record{}
	for i, line := range lines {
		err := p.Parse(line, r)
		if i < len(lines)-1 && errors.Is(err, ErrComment) {
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v: %q", f.Name(), err, line)
		}
	}
	return r
}

// TestSyslogHeaders reads the headers that syslog daemons write.
func TestSyslogHeaders(t *testing.T) {
	f := mustParse(t, "syslog+common")
	for _, head := range []string{
		"Feb  2 04:05:24 127.0.0.1 haproxy[9883]: ", "<134>Oct 11 22:14:15 host app: ", "Oct 11 22:14:15 app: ",
		"2024-02-29T00:00:00.123456+01:00 host app[1]: ", "<13>1 2003-10-11T22:14:15.003Z host app 77 ID47 - ",
		`<165>1 2003-10-11T22:14:15.003Z host app - - [a@1 k="v \"] x"][b@2 c="]"] `, "  Feb  2 04:05:24 h t: ",
	} {
		line := head + samples["common"]
		var r Record
		if err := f.NewParser().Parse([]byte(line), &r); err != nil || r.Status != 200 {
			t.Errorf("%q: %v", line, err)
		}
	}
	for _, line := range []string{samples["common"], "Feb  2 04:05:24 host " + samples["common"], "<1>", "<134>1 2003 a b c", "Feb  2 04:05:24 ", "<999", "2024-02-29T00:00:00Z"} {
		var r Record
		err := f.NewParser().Parse([]byte(line), &r)
		var le *LineError
		if !errors.As(err, &le) || le.Offset > len(line) {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// TestStamps reads what docker logs -t and kubectl logs --timestamps write
// before lines.
func TestStamps(t *testing.T) {
	f := mustParse(t, "stamped+common")
	for head, ok := range map[string]bool{
		"2025-10-10T13:55:36Z ": true, "2025-10-10T13:55:36.1Z ": true, "2025-10-10T13:55:36.123456789+02:00 ": true, "2025-10-10T13:55:36.123456-0230 ": true,
		"2025-10-10T13:55:36 ": false, "2025-10-10 13:55:36Z ": false, "2025-10-10T13:55:36Z": false, "2025-13-10T13:55:36Z ": false, "": false,
	} {
		var r Record
		if err := f.NewParser().Parse([]byte(head+samples["common"]), &r); (err == nil) != ok || ok && (r.Status != 200 || string(r.Addr) != "203.0.113.77") {
			t.Errorf("%q: %v", head, err)
		}
	}
}

// TestComposeNames reads what docker compose writes before lines.
func TestComposeNames(t *testing.T) {
	f := mustParse(t, "compose+common")
	for head, ok := range map[string]bool{"web-1  | ": true, "a | ": true, "  web-1 | ": true, " | ": false, "web 1 | ": false, "web-1 |": false, "web-1| ": false, "": false} {
		var r Record
		if err := f.NewParser().Parse([]byte(head+samples["common"]), &r); (err == nil) != ok || ok && r.Status != 200 {
			t.Errorf("%q: %v", head, err)
		}
	}
}

// TestErrorsPointIntoTheWholeLine puts the caret below the right byte behind a
// prefix and behind escapes.
func TestErrorsPointIntoTheWholeLine(t *testing.T) {
	bad := `1.2.3.4 - - [22/Oct/2024:07:09:54 +0000] "GET /\"é HTTP/1.1" oops 12`
	for _, name := range []string{"docker", "cri", "syslog", "stamped", "compose", "quoted"} {
		line := wrapSample(name, bad)
		var r Record
		var le *LineError
		if err := mustParse(t, name+"+common").NewParser().Parse([]byte(line), &r); !errors.As(err, &le) {
			t.Fatalf("%s: %v", name, err)
		}
		equal(t, name+": what is at the caret", line[le.Offset:le.Offset+4], "oops")
		equal(t, name+": field", le.Field, "status")
	}
}

// TestW3CDirectives holds lines against the directives before them.
func TestW3CDirectives(t *testing.T) {
	w3c := mustParse(t, "w3c")
	if !w3c.Stateful() || mustParse(t, "combined").Stateful() || mustParse(t, "json").Stateful() {
		t.Error("Stateful")
	}
	first := w3c.ScanDirectives([]byte("#Fields: date time c-ip cs-method cs-uri-stem sc-status\n2024-02-29 10:00:00 1.1.1.1 GET /a 200\n"), nil)
	second := w3c.ScanDirectives([]byte("x\n#Date: 2024-03-01 10:00:00\n#fields: time sc-status cs-uri-stem cs-uri-query c-ip\n"), first)
	if w3c.ScanDirectives([]byte("1 2 3\n4 # 5\n"), first) != first || mustParse(t, "combined").ScanDirectives([]byte("#Fields: a\n"), nil) != nil {
		t.Error("directives where none are")
	}
	for _, e := range envelopes {
		w := mustParse(t, e.name+"+w3c")
		var block []byte
		for _, line := range []string{"#Fields: time c-ip", "10:00:00 1.1.1.1 #x", "#Date: 2024-03-01 10:00:00", "#Fields: time cs-uri-stem", "10:00:00 /#y"} {
			block = append(append(block, wrapSample(e.name, line)...), '\n')
		}
		d := w.ScanDirectives(block, nil)
		if !w.Stateful() || d == nil || strings.Join(d.fields, " ") != "time cs-uri-stem" || string(d.date) != "2024-03-01" {
			t.Errorf("%s: %+v", w.Name(), d)
		}
		if again := w.ScanDirectives([]byte("# none\n"+wrapSample(e.name, "10:00:00 /#y")), d); again != d {
			t.Errorf("%s: directives where none are: %+v", w.Name(), again)
		}
	}
	p := w3c.NewParser()
	for _, c := range []struct {
		d          *Directives
		line, want string
	}{
		{first, `2024-02-29 10:00:01 1.1.1.2 GET /b 404`, `addr="1.1.1.2" uri="/b" status=404 time=2024-02-29T10:00:01Z`},
		{second, `10:00:02 200 /c d=e 1.1.1.3`, `addr="1.1.1.3" uri="/c?d=e" status=200 time=2024-03-01T10:00:02Z`},
		{second, `10:00:02 200 /c - - more columns`, `addr=nil uri="/c" status=200 time=2024-03-01T10:00:02Z`},
		{first, `  2024-02-29   10:00:01 "1.1.1.2"  GET "/b c" 404`, `addr="1.1.1.2" uri="/b c" status=404 time=2024-02-29T10:00:01Z`},
		{nil, `2012-04-01 00:00:13 5.6.7.8 GET /foo bar=1 80 - 1.2.3.4 UA - 200 0 0 1687`, `addr="1.2.3.4" uri="/foo?bar=1" status=200 time=2012-04-01T00:00:13Z`},
	} {
		p.SetDirectives(c.d)
		var r Record
		if err := p.Parse([]byte(c.line), &r); err != nil {
			t.Errorf("%q: %v", c.line, err)
			continue
		}
		equal(t, c.line, say(&r, "addr", "uri", "status", "time"), c.want)
	}
	for _, c := range []struct {
		d           *Directives
		line, field string
		offset      int
	}{
		{first, `2024-02-29 10:00:01 1.1.1.2 GET`, "cs-uri-stem", 31},
		{first, `2024-02-30 10:00:01 1.1.1.2 GET /b 404`, "date", 0},
		{first, `2024-02-29 25:00:01 1.1.1.2 GET /b 404`, "time", 11},
		{first, `2024-02-29 10:00:01 1.1.1.2 GET /b 4x4`, "status", 36},
		{(*Directives)(nil).with([]byte("#Fields: date time action src-ip dst-ip")), `2024-02-29 10:00:01 DROP a b`, "line", 0},
		{first, ` `, "line", 1},
	} {
		p.SetDirectives(c.d)
		var r Record
		var le *LineError
		if err := p.Parse([]byte(c.line), &r); !errors.As(err, &le) {
			t.Errorf("%q: %v", c.line, err)
			continue
		}
		equal(t, c.line, fmt.Sprint(le.Field, le.Offset), fmt.Sprint(c.field, c.offset))
	}
}

// TestJSONValues holds the lenient parts of the JSON reader, which
// encoding/json would refuse, and the errors.
func TestJSONValues(t *testing.T) {
	f := mustParse(t, "json")
	for _, c := range []struct{ line, want string }{
		{`{"status":200,"uri":"/a\u00e9\ud83d\ude00\/\"","ua":"\ud83d"}`, `uri="/aé😀/\"" user_agent="�" status=200`},
		{`{"status":"404","path":"/p","query_string":"a=b","ua":"x\x22y\q"}`, `uri="/p?a=b" user_agent="x\"y\\q" status=404`},
		{`{"status":null,"request":"GET /r HTTP/1.1","ua":"-"}`, `uri="/r" user_agent=nil status=0`},
		{`{"a":{"b":[1,{"c":[]},"x"]},"http":{"status":201,"url":"/n","ua":["a","b"]}}`, `uri="/n" user_agent="a, b" status=201`},
		{` {"status":200 , "uri" : "/top","nested":{"uri":"/below","ua":"below"}} `, `uri="/top" user_agent="below" status=200`},
	} {
		var r Record
		if err := f.NewParser().Parse([]byte(c.line), &r); err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		equal(t, c.line, say(&r, "uri", "user_agent", "status"), c.want)
	}
	for line, offset := range map[string]int{
		`{"status":200}`: 13, `{"uri":"/"}`: 10, `{"status":2x0,"uri":"/"}`: 11, `{"status":200,"uri":"/"} x`: 25, `{"status":200,"uri":"/`: 20,
		`{"status" 200}`: 10, `{status:200}`: 1, `[1]`: 0, `{"a":01}`: 5, `{"a":tru}`: 5, `{"a":}`: 5, `{"a":1,}`: 7, `{"a":[1,]}`: 8, `{`: 1, `{"a":`: 5, `{"a":[`: 6,
		`{"status":"2oo","uri":"/"}`: 12, `{"status":200,"uri":"/","time":"yesterday"}`: 32, `{"status":200,"uri":"/","duration":"long"}`: 36, `{"status":200,"uri":"/","bytes":"many"}`: 33,
		strings.Repeat(`{"a":`, 70): 5 * 64,
	} {
		var r Record
		var le *LineError
		if err := f.NewParser().Parse([]byte(line), &r); !errors.As(err, &le) {
			t.Errorf("%s: %v", line, err)
			continue
		}
		equal(t, line, le.Offset, offset)
	}
}

// TestHostileLinesStayCheap gives lines of a mebibyte that are made to be slow
// or to fill the memory.
func TestHostileLinesStayCheap(t *testing.T) {
	long := func(head, body, tail string) []byte {
		return []byte(head + strings.Repeat(body, (1<<20)/len(body)) + tail)
	}
	for name, line := range map[string][]byte{
		"json":            long(`{"status":200,"uri":"/","ua":["`+"a", `","\u0041`, `"]}`),
		"traefik_json":    long(`{"RequestPath":"/","DownstreamStatus":200,"x":{`, `"\\":1,`, `"y":2}}`),
		"caddy":           long(`{"request":`, `{"headers":`, ``),
		"ltsv":            long("status:200\turi:/", "\tua:+", ""),
		"w3c":             long("2024-02-29 10:00:00 ", `"a `, ""),
		"cloudfront":      long("2024-02-29\t10:00:00\tx\t1\t1.1.1.1\tGET\th\t/\t200\t-\t", "%2520", ""),
		"docker+combined": long(`{"log":"`, `\\\"`, `"}`),
		"syslog+json":     long("<13>1 a b c d e [", `"\"`, "] {}"),
	} {
		f := mustParse(t, name)
		p := f.NewParser()
		var r Record
		for range 3 {
			checkLine(t, f, p, line, &r)
		}
	}
}

// TestTimesInAnyNotation reads the same instant in each notation.
func TestTimesInAnyNotation(t *testing.T) {
	f := mustParse(t, "json")
	for text, want := range map[string]int64{
		`"2024-02-29T10:00:00Z"`: 0, `"2024-02-29T11:00:00.25+01:00"`: 250, `"2024-02-29 10:00:00"`: 0, `"2024-02-29 11:00:00 +0100"`: 0,
		`"29/Feb/2024:10:00:00 +0000"`: 0, `"[29/Feb/2024:09:00:00 -0100]"`: 0, `"29/Feb/2024:10:00:00"`: 0, `"29/Feb/2024:10:00:00.5"`: 500,
		`1709200800`: 0, `1709200800.25`: 250, `"1709200800.250"`: 250, `1709200800250`: 250, `1709200800250000`: 250, `1709200800250000000`: 250,
		`1.7092008e9`: 0,
	} {
		var r Record
		line := `{"status":200,"uri":"/","time":` + text + `}`
		if err := f.NewParser().Parse([]byte(line), &r); err != nil || r.Time != 1709200800e9+want*1e6 {
			t.Errorf("%s: %d, %v", text, r.Time, err)
		}
	}
}

// TestDynamicSlots resolves names that no table has, also by a format that
// parsers already use.
func TestDynamicSlots(t *testing.T) {
	k := newKeyed(&keyed{aliases: usualNames, nested: true})
	f := &Format{name: "json", syntax: syntaxNamed, schema: k.schema(), codec: jsonCodec{k}}
	p := f.NewParser()
	line := []byte(`{"status":200,"uri":"/","a":{"b":"deep"},"c.d":"flat","http_cookie":"x=1; uid=u-7","http_x_user_id":"U","remote_addr":"1.1.1.1"}`)
	var r Record
	if err := p.Parse(line, &r); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a.b": "deep", "field:c.d": "flat", "cookie:uid": "u-7", "header:X-User-ID": "U",
		"addr": "1.1.1.1", "header:cookie": "x=1; uid=u-7", "remote_addr": "1.1.1.1", "none": "", "status": "200"} {
		slot, ok := f.Slot(name)
		if !ok {
			t.Fatalf("no slot for %s", name)
		}
		if err := p.Parse(line, &r); err != nil {
			t.Fatal(err)
		}
		equal(t, name, string(r.Slot(slot)), want)
		if again, _ := f.Slot(name); again != slot {
			t.Errorf("%s has two slots", name)
		}
	}
	if err := p.Parse([]byte(`{"status":200,"uri":"/"}`), &r); err != nil {
		t.Fatal(err)
	}
	status, _ := f.Slot("status")
	for i, s := range r.slots {
		if s != nil && i != status {
			t.Errorf("a slot holds %q of the line before", s)
		}
	}
	for i := range 2 * maxSlots {
		f.Slot(fmt.Sprint("name", i))
	}
	if slot, ok := f.Slot("one more"); ok || k.plan.Load().slots != maxSlots {
		t.Errorf("slot %d beyond the bound", slot)
	}
}

// TestGoAccessConfiguration reads GoAccess's own names and configuration lines.
func TestGoAccessConfiguration(t *testing.T) {
	for _, c := range []struct{ spec, line, want string }{
		{"COMBINED", samples["combined"], `addr="203.0.113.77" status=200`},
		{"goaccess:CADDY", samples["caddy"], `addr="1.2.3.4" status=200`},
		{"log-format COMMON", samples["common"], `addr="203.0.113.77" status=200`},
		{"# mine\ntime-format %T\ndate-format %d/%b/%Y\nlog-format %h %^[%d:%t %^] \"%r\" %s %b\n", samples["common"], `addr="203.0.113.77" status=200`},
		{`--log-format='%d|%t|%h|%s|%U'` + "\n--date-format=%Y%m%d\n--time-format='%H-%M-%S'", `20251010|13-55-36|1.2.3.4|404|/x`, `addr="1.2.3.4" status=404`},
		{"log-format %x %h %s %U\ndatetime-format %*", `1760104536000 1.2.3.4 200 /`, `addr="1.2.3.4" status=200`},
		{"CLOUDFRONT", samples["cloudfront"], `addr="192.0.2.10" status=200`},
		{"W3C", `2012-04-01 00:00:13 1.1.1.1 GET /foo/bar a=b 80 theuser 1.2.3.4 Mozilla/5.0+(X11;+U) - 200 654 456 1687`, `addr="1.2.3.4" status=200`},
		{"AWSALB", samples["alb"], `addr="1.2.3.4" status=200`},
		{"ALB", samples["alb"], `addr="1.2.3.4" status=200`},
		{"AWSELB", samples["alb"], `addr="1.2.3.4" status=200`},
		{"AWSS3", samples["s3"], `addr="192.0.2.3" status=200`},
		{"GCS", samples["gcs"], `addr="1.2.3.4" status=200`},
		{"TRAEFIKCLF", samples["traefik"], `addr="203.0.113.77" status=200`},
		{"VCOMBINED", samples["vhost_combined"], `addr="203.0.113.77" status=200`},
		{`goaccess:{"ip":"%h","t":"%x.%^","req":{"line":"%r"},"code":"%s","ms":"%L"}`, `{"code":200,"req":{"line":"GET / HTTP/1.1"},"ms":3,"t":1709200800.5,"ip":"1.1.1.1"}`, `addr="1.1.1.1" status=200`},
	} {
		f := mustParse(t, c.spec)
		if again := mustParse(t, f.String()); again.String() != f.String() {
			t.Errorf("%q: String gives %q", c.spec, again)
		}
		r := parsed(t, f, [][]byte{[]byte(c.line)})
		equal(t, c.spec, say(r, "addr", "status"), c.want)
		if !r.HasTime {
			t.Errorf("%q: no time", c.spec)
		}
	}
	for spec, reason := range map[string]string{
		"date-format %d": "no log-format", "log-format %h\nfoo bar": "no setting", "log-format %h\ndate-format %Q": "%Q",
		`goaccess:{"a":1}`: "no field", `goaccess:{"a":`: "no JSON object", "log-format %h %w": "%w", "docker+cri+common": "more than one",
	} {
		_, err := Parse(spec)
		var se *SpecError
		if !errors.As(err, &se) || !strings.Contains(se.Reason, reason) || se.Offset > len(se.Spec) {
			t.Errorf("%q: %v", spec, err)
		}
	}
}

// TestZoneless tells which formats have a clock without a zone.
func TestZoneless(t *testing.T) {
	for spec, want := range map[string]bool{"combined": false, "haproxy": true, "syslog+haproxy": true, "json": false, "squid": false, "w3c": false,
		`%h %{%Y-%m-%d %T}t "%r"`: true, `%h %{%Y-%m-%d %T %z}t "%r"`: false, `$remote_addr $msec`: false, `goaccess:%d %t %h`: true, `$remote_addr`: false} {
		equal(t, spec, mustParse(t, spec).Zoneless(), want)
	}
}

// TestLinesCostNoAllocation holds every format to none, also for bad lines.
func TestLinesCostNoAllocation(t *testing.T) {
	for _, f := range Formats() {
		p := f.NewParser()
		p.SetDirectives(f.ScanDirectives([]byte(sampleDirectives[f.Name()]), nil))
		good := []byte(samples[f.Name()])
		bad := bytes.Clone(good[:len(good)/2])
		var r Record
		for what, line := range map[string][]byte{"good": good, "bad": bad} {
			for range 20 * sameValues { // until the scratch has grown and the shapes are known
				_ = p.Parse(line, &r)
			}
			if n := testing.AllocsPerRun(20, func() { _ = p.Parse(line, &r) }); n != 0 {
				t.Errorf("%s: %v allocations a %s line", f.Name(), n, what)
			}
		}
	}
}
