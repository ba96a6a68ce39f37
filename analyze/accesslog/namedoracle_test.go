package accesslog

import (
	"bytes"
	"encoding/json"
	"math/big"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// oracle reads a line the slow way, with the standard library, and compares
// what it finds with a record: regular expressions for text, encoding/json and
// strings.Split for values with names.
type oracle struct {
	format *Format // the inner one
	env    string
	re     *regexp.Regexp // of a text format
	names  []string       // its groups
	whole  *regexp.Regexp // of combined and common
	fields []string       // of W3C
	date   string

	checked int // lines
}

func newOracle(f *Format) *oracle {
	o := &oracle{format: f}
	if w, ok := f.codec.(*wrapped); ok {
		o.env, o.format = w.envelope.name, w.inner
	}
	switch o.format.syntax {
	case syntaxNginx, syntaxNative:
		o.re, o.names = naivePattern(o.format.def)
	case syntaxApache:
		o.whole = map[string]*regexp.Regexp{"combined": naiveCombined, "common": naiveCommon}[o.format.name]
		o.re, o.names = naiveApache(o.format.def)
	}
	return o
}

func (o *oracle) comment(line []byte) {
	low := strings.ToLower(string(line))
	switch {
	case strings.HasPrefix(low, "#fields"):
		o.fields = strings.Fields(low)[1:]
	case strings.HasPrefix(low, "#date: "):
		o.date = strings.Fields(low)[1]
	}
}

// values are what the oracle found, by the names of the record's fields.
type naiveValues map[string]string

func (o *oracle) check(t *testing.T, line []byte, r *Record) {
	t.Helper()
	line = o.open(t, bytes.TrimRight(line, "\r\n"))
	v := naiveValues{}
	switch k := o.format.codec.(type) {
	case jsonCodec:
		if !utf8.Valid(line) {
			return
		}
		var root any
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&root); err != nil {
			t.Fatalf("the oracle cannot read %q: %v", line, err)
		}
		v.named(k.keyed, func(name string) (string, bool) { return naiveMember(root, name, k.nested) })
	case ltsvCodec:
		m := map[string]string{}
		for pair := range strings.SplitSeq(string(line), "\t") {
			label, value, _ := strings.Cut(pair, ":")
			m[label] = value
		}
		v.named(k.keyed, func(name string) (string, bool) { s, ok := m[name]; return s, ok })
	case *w3cCodec:
		o.w3c(k, line, v)
	default:
		if o.whole != nil {
			want, ident, ok := naiveParse(o.whole, line)
			if !ok {
				t.Fatalf("the oracle cannot read %q", line)
			}
			want.slots = [][]byte{ident}
			sameRecord(t, line, o.format.name, r, &want)
			return
		}
		if o.re == nil {
			t.Fatalf("no oracle for %s", o.format)
		}
		m := o.re.FindSubmatch(line)
		if m == nil {
			t.Fatalf("the oracle %v cannot read %q", o.re, line)
		}
		v.text(o.names, m[1:])
	}
	v.compare(t, line, r)
}

func (o *oracle) open(t *testing.T, line []byte) []byte {
	switch o.env {
	case "cri":
		return bytes.SplitN(line, []byte(" "), 4)[3]
	case "syslog":
		_, rest, _ := strings.Cut(string(line), "]: ")
		return []byte(rest)
	case "quoted":
		return line[1 : len(line)-1]
	case "docker":
		var m struct{ Log string }
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatal(err)
		}
		return []byte(strings.TrimRight(m.Log, "\r\n"))
	}
	return line
}

// naiveMember finds the value of a name in decoded JSON.
func naiveMember(root any, name string, nested bool) (string, bool) {
	m, ok := root.(map[string]any)
	if !ok {
		return "", false
	}
	if v, ok := m[name]; ok {
		if s, ok := naiveScalar(v); ok {
			return s, true
		}
	}
	at := any(m)
	for part := range strings.SplitSeq(name, ".") {
		o, _ := at.(map[string]any)
		at = o[part]
	}
	if s, ok := naiveScalar(at); ok {
		return s, true
	}
	if nested {
		for _, v := range m {
			if s, ok := naiveMember(v, name, false); ok {
				return s, true
			}
		}
	}
	return "", false
}

func naiveScalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	case []any:
		var parts []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, ", "), len(parts) > 0
	}
	return "", false
}

// kindOf names what a kind is in a record.
var naiveKinds = map[kind]string{
	kindAddr: "addr", kindUser: "user", kindMethod: "method", kindURI: "uri", kindPath: "path", kindQuery: "query", kindProto: "proto",
	kindReferer: "referer", kindUserAgent: "user_agent", kindHost: "host", kindForwardedFor: "forwarded_for", kindContentType: "content_type",
	kindStatus: "status", kindBytes: "bytes", kindTime: "time", kindRequest: "request", kindDate: "date", kindClock: "clock", kindHostURI: "hosturi",
	kindDuration: "duration",
}

// named takes for each kind the first alias that says something.
func (v naiveValues) named(k *keyed, get func(string) (string, bool)) {
	for _, a := range k.aliases {
		name := naiveKinds[a.kind]
		s, ok := get(a.name)
		if name == "" || !ok || s == "-" || v[name] != "" {
			continue
		}
		v[name] = s
		if a.kind == kindDuration {
			v["unit"] = strconv.FormatInt(int64(a.unit), 10)
		}
	}
}

var naiveColumn = regexp.MustCompile(`"([^"]*)"(?: |$)|([^ ]+)`)

func (o *oracle) w3c(k *w3cCodec, line []byte, v naiveValues) {
	var columns []string
	if s := string(line); strings.Contains(s, "\t") {
		columns = strings.Split(s, "\t")
	} else {
		for _, m := range naiveColumn.FindAllStringSubmatch(s, -1) {
			columns = append(columns, m[1]+m[2])
		}
	}
	fields := o.fields
	if fields == nil {
		fields = k.defaults.fields
	}
	m := map[string]string{}
	for i, name := range fields {
		if i < len(columns) {
			m[strings.TrimSuffix(name, "\u200b")] = columns[i]
		}
	}
	v.named(k.keyed, func(name string) (string, bool) { s, ok := m[name]; return s, ok })
	if v["date"] == "" && v["clock"] != "" {
		v["date"] = o.date
	}
	switch ua := v["user_agent"]; {
	case k.agents == decodePercent:
		for range 2 {
			if s, err := url.PathUnescape(v["user_agent"]); err == nil {
				v["user_agent"] = s
			}
		}
	case k.agents == decodePlus && !strings.Contains(ua, " "):
		ua = strings.ReplaceAll(ua, "++", " \x00")
		v["user_agent"] = strings.ReplaceAll(strings.ReplaceAll(ua, "+", " "), "\x00", "+")
	}
	if s := v["hosturi"]; s != "" && v["path"] == "" {
		host, path, _ := strings.Cut(s, "/")
		v["host"], v["path"] = host, "/"+path
	}
}

// text takes the groups of a text format.
func (v naiveValues) text(names []string, groups [][]byte) {
	rename := map[string]string{
		"remote_addr": "addr", "remote_user": "user", "http_referer": "referer", "http_user_agent": "user_agent",
		"http_x_forwarded_for": "forwarded_for", "forwarded_client": "forwarded_for", "body_bytes_sent": "bytes",
		"time_local": "time", "time_iso8601": "time", "time_clf_ms": "time", "request_time": "duration", "duration_ms": "duration", "target_time": "duration", "duration_us": "duration", "duration_s": "duration",
		"sent_http_content_type": "content_type", "request_uri": "uri", "request_method": "method", "epoch_us": "time", "epoch_ms": "time", "epoch_s": "time",
	}
	units := map[string]time.Duration{"request_time": time.Second, "duration_ms": time.Millisecond, "target_time": time.Second, "duration_us": time.Microsecond, "duration_s": time.Second}
	for i, name := range names {
		if groups[i] == nil || string(groups[i]) == "-" {
			continue
		}
		if u, ok := units[name]; ok {
			v["unit"] = strconv.FormatInt(int64(u), 10)
		}
		if to, ok := rename[name]; ok {
			name = to
		}
		v[name] = string(naiveText(groups[i]))
	}
}

// naiveInstant reads a time in the notations that logs have.
func naiveInstant(s string) (time.Time, bool) {
	s = strings.Trim(s, "[]")
	for _, layout := range []string{localLayout, time.RFC3339Nano, "02/Jan/2006:15:04:05.000", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	f, ok := new(big.Rat).SetString(s)
	if !ok {
		return time.Time{}, false
	}
	scale := map[bool]int64{true: 1e9}[len(strings.Split(s, ".")[0]) <= 11]
	switch n := len(strings.Split(s, ".")[0]); {
	case n > 17:
		scale = 1
	case n > 14:
		scale = 1e3
	case n > 11:
		scale = 1e6
	}
	f.Mul(f, new(big.Rat).SetInt64(scale))
	ns := new(big.Int).Quo(f.Num(), f.Denom())
	return time.Unix(0, ns.Int64()), true
}

func (v naiveValues) compare(t *testing.T, line []byte, r *Record) {
	t.Helper()
	same := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Fatalf("%q\n%s: got %q, want %q", line, what, got, want)
		}
	}
	for name, got := range map[string][]byte{"addr": r.Addr, "user": r.User, "referer": r.Referer, "user_agent": r.UserAgent,
		"host": r.Host, "forwarded_for": r.ForwardedFor, "content_type": r.ContentType} {
		if name == "addr" && v["addr"] == "" && v["forwarded_for"] != "" {
			continue // Envoy's text has no other address
		}
		same(name, string(got), v[name])
	}
	if n, _ := strconv.Atoi(v["status"]); n > 0 || r.Status > 0 {
		same("status", strconv.Itoa(r.Status), strconv.Itoa(n))
	}
	if v["bytes"] != "" {
		same("bytes", strconv.FormatInt(r.Bytes, 10), v["bytes"])
	}
	if v["date"] != "" {
		v["time"] = v["date"] + " " + v["clock"]
	}
	at, ok := naiveInstant(v["time"])
	if ok != r.HasTime || ok && at.UnixNano() != r.Time {
		t.Fatalf("%q\ntime: got %v (%v), want %v (%v)", line, r.Time, r.HasTime, at.UnixNano(), ok)
	}
	v.compareRequest(t, line, r)
	if d, ok := new(big.Rat).SetString(v["duration"]); ok && d.Sign() >= 0 {
		unit, _ := strconv.ParseInt(v["unit"], 10, 64)
		d.Mul(d, new(big.Rat).SetInt64(unit))
		want := new(big.Int).Quo(d.Num(), d.Denom()).Int64()
		if diff := int64(r.Server) - want; !r.HasServer || diff < -1 || diff > 1 {
			t.Fatalf("%q\nduration: got %d, want %d", line, r.Server, want)
		}
	} else if r.HasServer {
		t.Fatalf("%q\nduration: got %v, want none", line, r.Server)
	}
}

func (v naiveValues) compareRequest(t *testing.T, line []byte, r *Record) {
	t.Helper()
	want := v["uri"]
	if want == "" {
		want = v["path"]
		if want != "" && v["query"] != "" {
			want += "?" + strings.TrimPrefix(v["query"], "?")
		}
	}
	method := v["method"]
	if f := strings.Split(v["request"], " "); v["request"] != "" && len(f) == 3 {
		method, want = f[0], f[1]
	} else if v["request"] != "" {
		if !r.BadRequest {
			t.Fatalf("%q\nrequest %q is not bad", line, v["request"])
		}
		return
	}
	if string(r.URI) != want || string(r.Method) != method {
		t.Fatalf("%q\nrequest: got %q %q, want %q %q", line, r.Method, r.URI, method, want)
	}
}
