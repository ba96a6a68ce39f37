package scenarios

import (
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/loadx/loadx/scenarios/traffic"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

// secretToken is a value that no text for people may hold.
const secretToken = "hunter\n2"

func TestParseErrors(t *testing.T) {
	const golden = "testdata/errors.txtar"
	archive, err := txtar.ParseFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	opts := Options{Env: env{"TOKEN": secretToken, "N": "12x"}.lookUp}
	for i := 0; i+1 < len(archive.Files); i += 2 {
		in, want := archive.Files[i], &archive.Files[i+1]
		_, err := Parse(in.Name, in.Data, opts)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: error is %v, want an *Error", in.Name, err)
			continue
		}
		detail := e.Detail()
		if *update {
			want.Data = []byte(detail)
		} else if detail != string(want.Data) {
			t.Errorf("%s:\n%s\nwant:\n%s", in.Name, detail, want.Data)
		}
		first, _, _ := strings.Cut(detail, "\n")
		if line := err.Error(); !strings.HasPrefix(line, "scenario: "+first) || strings.Contains(line, "\n") {
			t.Errorf("%s: one line %q does not begin with the first problem %q", in.Name, line, first)
		}
		for _, value := range []string{"hunter", "12x"} {
			if strings.Contains(detail+err.Error(), value) {
				t.Errorf("%s: the value of an environment variable is printed:\n%s", in.Name, detail)
			}
		}
		if safe := safeText(strings.ReplaceAll(detail, "\n", "")); safe != strings.ReplaceAll(detail, "\n", "") {
			t.Errorf("%s: control bytes are printed: %q", in.Name, detail)
		}
	}
	if *update {
		if err := os.WriteFile(golden, txtar.Format(archive), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestParseRefusesBytes(t *testing.T) {
	const head = "target: http://h\ntraffic: {pv: 10, duration: 1s}\npages: [get: /]\n"
	bomb := "a: &a [x,x,x,x,x,x,x,x]\n"
	for c := byte('b'); c < 'k'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+",", 8) + "]\n"
	}
	for name, c := range map[string]struct{ src, want string }{
		"empty":      {"", "scenario: x.yaml: the file is empty"},
		"huge":       {strings.Repeat("# 10 MB\n", 10<<20/8), "scenario: x.yaml: the file has more than the 1048576 bytes that a scenario may have"},
		"gzip":       {"\x1f\x8b\x08\x00", `scenario: x.yaml:1:1: byte \x1f: not UTF-8 text`},
		"latin 1":    {"target: h\nname: caf\xe9\n", `scenario: x.yaml:2:10: byte \xe9: not UTF-8 text`},
		"nul":        {"a: \x00", `scenario: x.yaml:1:4: byte \x00: not UTF-8 text`},
		"utf-16":     {"\xff\xfea\x00", `scenario: x.yaml:1:1: byte \xff: not UTF-8 text`},
		"deep":       {strings.Repeat("[", 100_000), "scenario: x.yaml:1:10001: yaml: while increasing flow level: exceeded max depth of 10000"},
		"alias bomb": {head + bomb, `scenario: x.yaml:4:1: unknown key "a" (and 9 more)`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("x.yaml", []byte(c.src), Options{})
			if err == nil || err.Error() != c.want {
				t.Errorf("error %v\nwant  %s", err, c.want)
			}
		})
	}
	if _, err := Parse("x.yaml", []byte("\xEF\xBB\xBF"+head), Options{}); err != nil {
		t.Errorf("a byte order mark: %v", err)
	}
	if _, err := Parse("x.yaml", []byte(strings.ReplaceAll(head, "\n", "\r\n")), Options{}); err != nil {
		t.Errorf("CR LF: %v", err)
	}
}

func TestOverrides(t *testing.T) {
	const src = `target: http://h
traffic: {pv: 100, uv: 10, duration: 10s}
headers: {Accept: a, X: y}
pages: [get: /]
`
	for _, c := range []struct {
		name      string
		overrides []Override
		pv, uv    uint64
		duration  string
		err       string
	}{
		{name: "none", pv: 100, uv: 10, duration: "10s"},
		{"pv", []Override{{"traffic.pv", "2_000", "--pv"}}, 2000, 10, "10s", ""},
		{"rate lets duration go", []Override{{"traffic.rate", "50/s", "--rate"}}, 100, 10, "2s", ""},
		{"rate and duration let pv go", []Override{{"traffic.rate", "50/s", "--rate"}, {"traffic.duration", "4s", "--duration"}}, 200, 10, "4s", ""},
		{"last wins", []Override{{"traffic.uv", "x", "--uv"}, {"traffic.uv", "20", "--uv"}}, 0, 0, "", `scenario: f.yaml: --uv: "x": not a whole number`},
		{"uv above pv", []Override{{"traffic.uv", "101", "--uv"}}, 0, 0, "", "scenario: f.yaml: --uv: 101 users can't appear in pv = 100 views"},
		{"zero", []Override{{"traffic.pv", "0", "--pv"}}, 0, 0, "", "scenario: f.yaml: --pv: pv must be above 0"},
		{"no field", []Override{{"traffic.pw", "0", "--pw"}}, 0, 0, "", "scenario: f.yaml: --pw: no field of a scenario"},
		{"no header", []Override{{"headers", "Accept", "--header"}}, 0, 0, "", "scenario: f.yaml: --header: not a header"},
		{"no single value", []Override{{"pages", "/", "--pages"}}, 0, 0, "", "scenario: f.yaml: --pages: no single value of a scenario"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Parse("f.yaml", []byte(src), Options{Overrides: c.overrides})
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Errorf("error %v\nwant  %s", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			p := mustPlan(t, s)
			if p.PV() != c.pv || p.UV() != c.uv || p.Duration().String() != c.duration {
				t.Errorf("%d PV, %d UV, %v; want %d, %d, %s", p.PV(), p.UV(), p.Duration(), c.pv, c.uv, c.duration)
			}
		})
	}
	s := mustParse(t, "f.yaml", src, Options{Overrides: []Override{
		{"target", "https://other:8443/base/", "--target"}, {"headers", "accept: b", "--header"}, {"headers", "Accept: c", "--header"},
		{"keepalive", "false", "--keepalive"}, {"timeout", "2s", "--timeout"}, {"max_in_flight", "7", "--max-in-flight"},
		{"redirects", "3", "--redirects"}, {"insecure", "true", "--insecure"}}})
	p := mustPlan(t, s)
	var r Request
	p.Request(&r, p.Visit(0))
	if got, want := string(r.URL), "https://other:8443/base/"; got != want {
		t.Errorf("URL %s, want %s", got, want)
	}
	if got := string(r.Header); !strings.HasPrefix(got, "X: y\r\naccept: b\r\nAccept: c\r\nCookie: uid=u") {
		t.Errorf("headers %q", got)
	}
	want := Connection{Timeout: 2e9, MaxInFlight: 7, MaxRedirects: 3, KeepAlive: false, InsecureTLS: true, Mode: SharedConnections}
	if !reflect.DeepEqual(p.Connection(), want) {
		t.Errorf("connection %+v, want %+v", p.Connection(), want)
	}
}

// A scenario that code fills is checked like one of a file.
func TestScenarioInCode(t *testing.T) {
	s := &Scenario{Target: "http://h", Traffic: Traffic{PV: 10, UV: 20, Duration: 1e9}, Pages: []Page{{URL: "/{usr}"}}}
	_, err := s.Plan(traffic.Shard{})
	if err == nil {
		t.Fatal("no error")
	}
	want := ": traffic.uv: 20 users can't appear in pv = 10 views\n" +
		"      hint: every user makes at least one view: lower uv or raise pv\n" +
		": pages[0].get: unknown placeholder {usr}\n" +
		"      hint: did you mean {user}? write {{ and }} for braces that are meant as they are\n"
	if got := detailOf(err); got != want {
		t.Errorf("detail\n%s\nwant\n%s", got, want)
	}
	s = &Scenario{Traffic: Traffic{PV: 10, Duration: 1e9}, Pages: []Page{{Method: "PURGE", URL: "http://h/a?b"}}}
	p := mustPlan(t, s)
	var r Request
	p.Request(&r, p.Visit(3))
	if r.Method != "PURGE" || string(r.URL) != "http://h/a?b" || string(r.RequestURI) != "/a?b" || string(r.Host) != "h" || r.Name != "/a" || string(r.Address()) != "h" {
		t.Errorf("request %+v", r)
	}
	for _, page := range []Page{{Method: "CONNECT", URL: "/"}, {Method: "A B", URL: "/"}, {URL: ""}, {URL: "/", Name: "a\nb"}, {URL: "/", Headers: Headers{{"A:", "b"}}}, {URL: "/", Headers: Headers{{"A", "b\r\nC: d"}}}} {
		s := &Scenario{Target: "http://h", Traffic: Traffic{PV: 10, Duration: 1e9}, Pages: []Page{page}}
		if _, err := s.Plan(traffic.Shard{}); err == nil {
			t.Errorf("page %+v: no error", page)
		}
	}
	s = &Scenario{Target: "http://h", Traffic: Traffic{PV: 10, Duration: 1e9}, Pages: []Page{{URL: "/"}}}
	if _, err := s.Plan(traffic.Shard{Index: 3, Count: 3}); err == nil || !strings.Contains(err.Error(), "shard") {
		t.Errorf("shard 3 of 0 to 2: %v", err)
	}
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{"trafic": "traffic", "Traffic": "traffic", "taget": "target", "tarteg": "target",
		"gates:": "gates", "xyz": "", "": "", strings.Repeat("traffic", 20): ""} {
		got, ok := nearest(word, []string{"traffic", "target", "gates"})
		if ok != (want != "") || ok && got != want {
			t.Errorf("nearest(%q) = %q, %v, want %q", word, got, ok, want)
		}
	}
}
