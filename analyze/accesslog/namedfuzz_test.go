package accesslog

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

// checkLine holds what every parser owes to any line: offsets within it, values
// within it or the scratch, the line unchanged.
func checkLine(t *testing.T, f *Format, p *Parser, line []byte, r *Record) bool {
	t.Helper()
	original := bytes.Clone(line)
	err := p.Parse(line, r)
	if !bytes.Equal(line, original) {
		t.Fatalf("%s changed the line", f.Name())
	}
	if err != nil {
		var le *LineError
		if !errors.As(err, &le) && !errors.Is(err, ErrComment) {
			t.Fatalf("%s: %v", f.Name(), err)
		}
		if le != nil && (le.Offset < 0 || le.Offset > len(line) || le.Field == "" || le.Want == "") {
			t.Fatalf("%s: %q: %+v", f.Name(), line, le)
		}
		return false
	}
	if r.Status < 0 || r.Status > 999 || r.Bytes < -1 || r.Server < 0 {
		t.Fatalf("%s: out of range: %+v", f.Name(), r)
	}
	for i, name := range recordFields {
		if v := r.Slot(-1 - i); len(v) > 2*len(line)+1 {
			t.Fatalf("%s: %s has %d bytes of a line of %d", f.Name(), name, len(v), len(line))
		}
	}
	if len(p.scratch) > 4*len(line)+64 || cap(p.scratch) > 16*len(line)+4096 {
		t.Fatalf("%s: scratch of %d for a line of %d", f.Name(), cap(p.scratch), len(line))
	}
	_ = r.Path()
	return true
}

// FuzzFormats gives any line to every built-in format, bare and in an envelope,
// under any directives.
func FuzzFormats(f *testing.F) {
	for _, format := range Formats() {
		f.Add([]byte(samples[format.Name()]), []byte(sampleDirectives[format.Name()]))
		for _, e := range envelopes {
			f.Add([]byte(wrapSample(e.name, samples[format.Name()])), []byte{})
			if format.Stateful() {
				f.Add([]byte(wrapSample(e.name, samples[format.Name()])), []byte(wrapSample(e.name, "#Fields: date time c-ip cs-uri-stem")))
			}
		}
	}
	for _, s := range seeds {
		f.Add([]byte(s), []byte("#Fields: cs-uri-stem\n"))
	}
	all := Formats()
	for _, e := range enveloped {
		all = append(all, e...)
	}
	f.Fuzz(func(t *testing.T, line, block []byte) {
		for _, format := range all {
			p := format.NewParser()
			d := format.ScanDirectives(block, nil)
			p.SetDirectives(d)
			var r Record
			ok := checkLine(t, format, p, line, &r)
			e := format.Explain(line, d)
			if ok != (e.Err == nil && !e.Comment) {
				t.Fatalf("%s: %q: explained as %+v", format.Name(), line, e)
			}
		}
		_, _ = Detect([][]byte{line, block})
	})
}

// FuzzJSONAgainstStandard holds the JSON reader against encoding/json: what that
// takes is taken, with the same values.
func FuzzJSONAgainstStandard(f *testing.F) {
	for _, name := range []string{"caddy", "traefik_json", "istio_json", "cloudflare", "json"} {
		f.Add([]byte(samples[name]))
	}
	for _, s := range []string{`{"status":200,"uri":"/a\u00e9\ud83d\ude00\/\"","ua":"\ud83d"}`, `{"a":{"b":[1,{"c":[]},"x",true,null,-1.5e+3]},"status":"2","path":"","ua":["a","b"]}`} {
		f.Add([]byte(s))
	}
	const wanted = "status uri ua a a.b path x"
	k := newKeyed(&keyed{aliases: []alias{{"uri", kindURI, 0}}})
	format := &Format{name: "json", syntax: syntaxNamed, schema: k.schema(), codec: jsonCodec{k}}
	f.Fuzz(func(t *testing.T, line []byte) {
		p := format.NewParser()
		line = trimLineEnd(line)
		var root map[string]json.RawMessage
		valid := utf8.Valid(line) && json.Unmarshal(line, &root) == nil && root != nil && !twiceNamed(line)
		var r Record
		ok := checkLine(t, format, p, line, &r)
		if !valid || bytes.Count(line, []byte("["))+bytes.Count(line, []byte("{")) >= maxDepth {
			return
		}
		if _, has := root["uri"]; !has {
			return
		}
		if !ok {
			t.Fatalf("%q is refused", line)
		}
		for name := range strings.FieldsSeq(wanted) {
			slot, _ := format.Slot(name)
			if checkLine(t, format, p, line, &r); strings.Contains(name, ".") {
				continue
			}
			var value any
			d := json.NewDecoder(bytes.NewReader(root[name]))
			d.UseNumber()
			_ = d.Decode(&value)
			want, ok := naiveScalar(value)
			if _, list := value.([]any); list || want == "-" {
				continue
			}
			if got := r.Slot(slot); ok != (got != nil) || string(got) != want {
				t.Fatalf("%q: %s is %q (%v), want %q (%v)", line, name, got, got != nil, want, ok)
			}
		}
	})
}

// twiceNamed reports whether a name comes twice, or with an escape in it: which
// value counts is then another matter.
func twiceNamed(line []byte) bool {
	v, err := fastjson.ParseBytes(line)
	if err != nil {
		return true
	}
	o, err := v.Object()
	if err != nil {
		return true
	}
	seen, twice := map[string]bool{}, false
	o.Visit(func(name []byte, _ *fastjson.Value) {
		twice = twice || seen[string(name)]
		seen[string(name)] = true
	})
	return twice || bytes.Contains(line, []byte(`\u`)) && bytes.Contains(line, []byte(`":`)) && escapedName(line)
}

// escapedName reports whether a name holds an escape.
func escapedName(line []byte) bool {
	d := json.NewDecoder(bytes.NewReader(line))
	for {
		tok, err := d.Token()
		if err != nil {
			return false
		}
		if s, ok := tok.(string); ok && !bytes.Contains(line, []byte(`"`+s+`"`)) {
			return true
		}
	}
}

// FuzzDirectives holds that scanning a block finds what a parser is in after
// reading it line by line.
func FuzzDirectives(f *testing.F) {
	for name, d := range sampleDirectives {
		f.Add([]byte(d+samples[name]+"\n"), []byte(samples[name]))
	}
	f.Add([]byte("a\n#Fields: time cs-uri-stem\n#Date: 2024-02-29\n#\n##\n#Fields:\n"), []byte("10:00:00 /x"))
	w3c := mustParse(f, "w3c")
	f.Fuzz(func(t *testing.T, block, line []byte) {
		if len(block) > 0 && block[len(block)-1] != '\n' {
			block = append(bytes.Clone(block), '\n')
		}
		whole, scanned := w3c.NewParser(), w3c.NewParser()
		var r, s Record
		for l, rest, more := Cut(block); more; l, rest, more = Cut(rest) {
			checkLine(t, w3c, whole, l, &r)
		}
		scanned.SetDirectives(w3c.ScanDirectives(block, nil))
		a, b := checkLine(t, w3c, whole, line, &r), checkLine(t, w3c, scanned, line, &s)
		if a != b {
			t.Fatalf("%q behind %q: %v line by line, %v by scanning", line, block, a, b)
		}
		if a {
			sameRecord(t, line, "scanned", &s, &r)
		}
	})
}

// BenchmarkJSONReaders holds this package's reader against fastjson on the
// lines of Traefik, with the same values taken.
func BenchmarkJSONReaders(b *testing.B) {
	line := []byte(samples["traefik_json"])
	b.Run("fastjson", func(b *testing.B) {
		var p fastjson.Parser
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			v, err := p.ParseBytes(line)
			if err != nil {
				b.Fatal(err)
			}
			for _, name := range []string{"ClientHost", "ClientUsername", "StartUTC", "RequestMethod", "RequestPath", "RequestProtocol", "RequestHost", "ServiceAddr", "request_User-Agent", "downstream_Content-Type"} {
				n += len(v.GetStringBytes(name))
			}
			n += v.GetInt("DownstreamStatus") + v.GetInt("DownstreamContentSize") + v.GetInt("Duration")
		}
	})
	b.Run("accesslog", func(b *testing.B) {
		p := mustParse(b, "traefik_json").NewParser()
		var r Record
		b.ReportAllocs()
		for b.Loop() {
			if err := p.Parse(line, &r); err != nil {
				b.Fatal(err)
			}
		}
	})
}
