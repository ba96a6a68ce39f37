package scenarios

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/scenarios/traffic"
)

// What the starter sends is what attack would send to the URL.
func TestStarter(t *testing.T) {
	schema := compiledSchema(t)
	for _, c := range []struct{ url, target, first string }{
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080", "http://127.0.0.1:8080/"},
		{"http://127.0.0.1:8080/", "http://127.0.0.1:8080", "http://127.0.0.1:8080/"},
		{"https://shop.test/item/7?size=l&x=1", "https://shop.test", "https://shop.test/item/7?size=l&x=1"},
		{"http://[::1]:8080/a:b/", "http://[::1]:8080", "http://[::1]:8080/a:b/"},
		{"http://h?q=1", "http://h", "http://h/?q=1"},
		{"http://h/a b", "http://h", "http://h/a%20b"},
		{"http://h/ä: 'x' \"y\" - [z]", "http://h", "http://h/%C3%A4:%20'x'%20%22y%22%20-%20[z]"},
		{"http://h/item/{uniform 7..7}", "http://h", "http://h/item/7"},
		{"http://h/{{x}}", "http://h", "http://h/%7Bx%7D"},
		{"http://h/${PATH_OF_TEST}", "http://h", "http://h/the-value"},
		{"unix:/run/app.sock", "unix:/run/app.sock", "http://localhost/"},
		{"unix:/run/a: b # c.sock", "unix:/run/a: b # c.sock", "http://localhost/"},
	} {
		t.Run(c.url, func(t *testing.T) {
			opts := Options{Env: env{"PATH_OF_TEST": "the-value"}.lookUp}
			text, err := Starter(c.url, "loadx.schema.json", opts)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(text, []byte("# yaml-language-server: $schema=loadx.schema.json\n")) {
				t.Errorf("begins with %q", bytes.SplitN(text, []byte("\n"), 2)[0])
			}
			if err := schema.Validate(asJSON(t, text)); err != nil {
				t.Errorf("schema: %v", err)
			}
			if bytes.Contains(text, []byte("the-value")) {
				t.Error("the value of an environment variable is written")
			}
			s := mustParse(t, "s.yaml", string(text), opts)
			p := mustPlan(t, s)
			if p.PV() != 1000 || p.UV() != 250 || p.Duration() != 10*time.Second || len(p.Warnings()) > 0 || len(p.Gates()) != 3 {
				t.Errorf("%d PV, %d UV, %v, warnings %v, gates %v", p.PV(), p.UV(), p.Duration(), p.Warnings(), p.Gates())
			}
			if s.Target != c.target {
				t.Errorf("target %s, want %s", s.Target, c.target)
			}
			visit, _ := p.Cursor(traffic.Shard{}).Next()
			if got := string(p.AppendURL(nil, visit)); got != c.first {
				t.Errorf("requests %s, want %s", got, c.first)
			}
		})
	}
}

func TestStarterErrors(t *testing.T) {
	for url, want := range map[string]string{
		"":                         "target: missing",
		"shop.test":                "neither http:// nor https://",
		"ftp://h/":                 "neither http:// nor https://",
		"http://":                  "a URL without a host",
		"http://h h/":              "not a URL",
		"http://u:p@h/":            "a URL with a user or password",
		"http://h/#part":           "a URL with a fragment",
		"http://h/{zip 1..9}":      "unknown placeholder",
		"http://h/\x1b[31m":        "control bytes",
		"http://h/\nb: 1":          "control bytes",
		"http://h/${NO_SUCH_NAME}": "NO_SUCH_NAME",
		"http://h/\xff":            "not UTF-8",
	} {
		text, err := Starter(url, "x.json", Options{})
		if err == nil {
			t.Errorf("%q is taken:\n%s", url, text)
			continue
		}
		if e := (*Error)(nil); !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "\n\x1b") ||
			strings.Contains(err.Error(), ":p@") ||
			!errors.As(err, &e) && !strings.Contains(want, "UTF-8") {
			t.Errorf("%q: error %v, want %s", url, err, want)
		}
	}
	if _, err := Starter("http://h/", "a\nb: 1", Options{}); err == nil {
		t.Error("a schema's place of two lines is taken")
	}
}

// commented is a line, or the first one of some, that its reader may take the # off.
var commented = regexp.MustCompile(`^( *)# ((- )?[a-z_]+: *.*)$`)

// Whatever the starter offers in a comment is right when the # is taken off.
func TestStarterComments(t *testing.T) {
	text, err := Starter("http://127.0.0.1:8080/", "loadx.schema.json", Options{})
	if err != nil {
		t.Fatal(err)
	}
	schema := compiledSchema(t)
	opts := Options{Env: env{"TOKEN": "secret"}.lookUp}
	lines := strings.Split(string(text), "\n")
	offers := 0
	for i, line := range lines[3:] {
		i += 3
		m := commented.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		offers++
		changed := append([]string(nil), lines...)
		changed[i] = m[1] + m[2]
		for j := i + 1; j < len(lines) && strings.HasPrefix(lines[j], m[1]+"#   "); j++ {
			changed[j] = m[1] + strings.TrimPrefix(lines[j], m[1]+"# ")
		}
		whole := strings.Join(changed, "\n")
		s, err := Parse("s.yaml", []byte(whole), opts)
		if err != nil {
			t.Errorf("%s: %v\n%s", line, err, detailOf(err))
			continue
		}
		if p := mustPlan(t, s); p.PV() != 1000 || p.UV() != 250 || len(p.Warnings()) > 0 {
			t.Errorf("%s: %d PV, %d UV, warnings %v", line, p.PV(), p.UV(), p.Warnings())
		}
		if err := schema.Validate(asJSON(t, []byte(whole))); err != nil {
			t.Errorf("%s: schema: %v", line, err)
		}
	}
	if offers < 12 {
		t.Errorf("only %d offers are found", offers)
	}
}

func FuzzStarter(f *testing.F) {
	for _, url := range []string{"http://127.0.0.1:8080/", "https://h/a?b=c", "unix:/x", "http://h/'\"{user}", "http://h/\u2028 #"} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		text, err := Starter(url, "x.json", Options{})
		if err != nil {
			return
		}
		s := mustParse(t, "s.yaml", string(text), Options{})
		if target, page := splitPage(url); s.Target != target || len(s.Pages) != 1 || s.Pages[0].URL != page || s.Traffic.PV != 1000 {
			t.Errorf("%q became target %q, pages %v:\n%s", url, s.Target, s.Pages, text)
		}
	})
}
