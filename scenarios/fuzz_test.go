package scenarios

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/loadx/loadx/scenarios/traffic"
	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzParse: a text is either refused with positions inside it, or gives a plan whose requests can be sent, and the
// schema takes it.
func FuzzParse(f *testing.F) {
	names, err := fs.Glob(Bundled(), "*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		src, err := fs.ReadFile(Bundled(), name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	archive, err := txtar.ParseFile("testdata/errors.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for i := 0; i < len(archive.Files); i += 2 {
		f.Add(archive.Files[i].Data)
	}
	f.Add([]byte("target: ${T}\ntraffic: {rate: 1/h, duration: 1000000h, uv: 3, visits: zipf 0.5, new_users: mixed}\npages: [{head: '/{env T}', headers: {Host: '{seq}'}}]\n"))
	opts := Options{Env: env{"T": "http://t:1", "N": "12"}.lookUp}
	schema := compiledSchema(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		if bytes.Contains(src, []byte("@")) {
			return // the files of this machine are no part of the input
		}
		s, err := Parse("f.yaml", src, opts)
		if err != nil {
			checkProblems(t, src, err)
			return
		}
		p, err := s.Plan(traffic.Shard{})
		if err != nil {
			t.Fatalf("Parse accepts what Plan refuses: %v", err)
		}
		if err := schema.Validate(inJSONTypes(asJSON(t, src))); err != nil {
			t.Fatalf("Parse accepts what the schema refuses: %v", err)
		}
		var r Request
		for _, n := range []uint64{0, p.PV() / 2, p.PV() - 1} {
			v := p.Visit(n)
			p.Request(&r, v)
			checkRequest(t, &r)
			if v.Due < 0 || v.Due >= p.Duration() || v.ID >= p.UV() {
				t.Fatalf("visit %+v of %d users in %v", v, p.UV(), p.Duration())
			}
		}
	})
}

func checkProblems(t *testing.T, src []byte, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || len(e.Problems) == 0 {
		t.Fatalf("error %T %v", err, err)
	}
	lines := len(newSource("", src).lines)
	for _, p := range e.Problems {
		if p.Line < 0 || p.Line > lines+1 || (p.Line > 0) != (p.Column > 0) || p.Message == "" || p.Caret < 0 {
			t.Fatalf("problem %+v of %d lines", p, lines)
		}
	}
	if detail := e.Detail(); safeText(strings.ReplaceAll(detail, "\n", "")) != strings.ReplaceAll(detail, "\n", "") {
		t.Fatalf("control bytes in %q", detail)
	}
}

// checkRequest refuses what would break the framing of HTTP/1.1.
func checkRequest(t *testing.T, r *Request) {
	t.Helper()
	for _, b := range r.URL {
		if b <= ' ' || b >= 0x7F {
			t.Fatalf("byte %#x in URL %q", b, r.URL)
		}
	}
	if len(r.RequestURI) == 0 || r.RequestURI[0] != '/' || len(r.Address()) == 0 {
		t.Fatalf("URL %q, request URI %q", r.URL, r.RequestURI)
	}
	if !bytes.HasSuffix(r.Header, []byte("\r\n")) || bytes.Contains(r.Header, []byte("\r\n\r\n")) || bytes.ContainsAny(r.Host, "\r\n") {
		t.Fatalf("header %q, host %q", r.Header, r.Host)
	}
	lines := 0
	for name, value := range r.Headers() {
		if len(name) == 0 || !all(string(name), isTokenByte) || bytes.ContainsAny(value, "\r\n\x00") {
			t.Fatalf("header line %q: %q", name, value)
		}
		lines++
	}
	if lines != bytes.Count(r.Header, []byte("\n")) {
		t.Fatalf("%d lines in %q", lines, r.Header)
	}
}
