package analyze_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loadx/loadx/analyze"
	"github.com/loadx/loadx/profile/uv"
)

// writeLog makes a file of a log.
func writeLog(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func lookAt(t *testing.T, path string) *analyze.Present {
	t.Helper()
	p, err := analyze.LookAt(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Where the values of a line have names, the lines tell which key a log carries.
func TestKeyThatTheLinesCarry(t *testing.T) {
	const named = `{"time":"2026-03-01T10:00:00Z","remote_addr":"192.0.2.1","request":"GET / HTTP/1.1","status":200,%s}`
	keys := []uv.Key{mustKey(t, "cookie:uid"), mustKey(t, "header:X-User-ID"), mustKey(t, "field:tenant+ip"), mustKey(t, "header:user-agent")}
	for name, c := range map[string]struct{ line, want string }{
		"a cookie of its own":        {fmt.Sprintf(named, `"cookie_uid":"-","http_x_user_id":"7"`), "cookie:uid"},
		"the header of all cookies":  {fmt.Sprintf(named, `"http_cookie":""`), "cookie:uid"},
		"a header":                   {fmt.Sprintf(named, `"http_x_user_id":"7","http_user_agent":"curl"`), "header:X-User-Id"},
		"a header without a value":   {fmt.Sprintf(named, `"http_x_user_id":null`), "header:X-User-Id"},
		"both parts of a key":        {fmt.Sprintf(named, `"tenant":"a"`), "field:tenant+ip"},
		"the last":                   {fmt.Sprintf(named, `"http_user_agent":"curl"`), "header:User-Agent"},
		"none":                       {fmt.Sprintf(named, `"nothing":1`), "cookie:uid"},
		"none in LTSV":               {"time:2026-03-01T10:00:00Z\thost:192.0.2.1\treq:GET / HTTP/1.1\tstatus:200", "cookie:uid"},
		"a header in LTSV":           {"time:2026-03-01T10:00:00Z\thost:192.0.2.1\treq:GET / HTTP/1.1\tstatus:200\tx_user_id:-", "header:X-User-Id"},
		"a column":                   {"#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(X-User-ID)\n2026-03-01 10:00:00 192.0.2.1 GET / 200 -", "header:X-User-Id"},
		"a text format has its own":  {logLine("192.0.2.1", "01/Mar/2026:10:00:00 +0000", "GET / HTTP/1.1", 200, browser), "header:User-Agent"},
		"no log":                     {"nothing of the kind", "cookie:uid"},
		"an empty log":               {"", "cookie:uid"},
		"a line that is not yet all": {fmt.Sprintf(named, `"http_user_agent":"curl"`) + "\n" + `{"time":"2026-03-01T10:00:00Z","cookie_uid":"1",`, "header:User-Agent"},
	} {
		text := c.line
		if name != "a line that is not yet all" && text != "" {
			text += "\n"
		}
		if got := lookAt(t, writeLog(t, text)).Key(keys).String(); !strings.EqualFold(got, c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if got := lookAt(t, filepath.Join(t.TempDir(), "none.log")).Key(keys).String(); got != "cookie:uid" {
		t.Errorf("a log that does not exist: %s", got)
	}
	if _, err := analyze.LookAt(t.Context(), t.TempDir(), nil); err == nil {
		t.Error("a directory is no log")
	}
}

// What was declared in a log before its end says what the lines mean that are appended.
func TestTailOfDeclaredColumns(t *testing.T) {
	const (
		first  = "#Software: Internet Information Services\n#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(User-Agent)\n"
		second = "#Fields: sc-status cs-uri-stem cs-method c-ip time date cs(User-Agent)\n"
		one    = "2026-03-01 10:00:00 192.0.2.1 GET /a 200 Mozilla/5.0\n"
		two    = "503 /b GET 192.0.2.2 10:00:01 2026-03-01 Mozilla/5.0\n"
	)
	many := strings.Repeat(one, 5000) // more than what is looked at of the end
	for name, c := range map[string]struct {
		log, added string
		status     int
		path       string
	}{
		"at the top":                {first + many, one, 200, "/a"},
		"in the middle":             {first + many + second + strings.Repeat(two, 5000), two, 503, "/b"},
		"near the end":              {first + many + second + two, two, 503, "/b"},
		"and nothing yet":           {first, one, 200, "/a"},
		"again in what is added":    {first + many, second + two, 503, "/b"},
		"in a log that begins so":   {"", first + one, 200, "/a"},
		"with a line not yet ended": {first + many + strings.TrimSuffix(one, " Mozilla/5.0\n"), " Mozilla/5.0\n" + one, 200, "/a"},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeLog(t, c.log)
			present := lookAt(t, path)
			tail, err := analyze.NewTail(path, present, analyze.Options{Format: present.Format, PageViews: analyze.Raw, Workers: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer tail.Close()
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for range 3 { // in parts, as a server writes, directives alone too
				for line := range strings.Lines(c.added) {
					if _, err := f.WriteString(line); err != nil {
						t.Fatal(err)
					}
					if _, err := tail.Read(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			p, err := tail.Profile()
			if err != nil {
				t.Fatal(err)
			}
			torn := uint64(0)
			if strings.HasPrefix(c.added, " ") {
				torn = 3 // the rest of a line is none
			}
			if p.Hits != 3 || p.Lines.Bad != torn || p.Status.Count(c.status) != 3 || p.UV().Value != 1 {
				t.Errorf("%d hits, %+v, %d with status %d, UV %d", p.Hits, *p.Lines, p.Status.Count(c.status), c.status, p.UV().Value)
			}
			if rows := p.Tables["page"].Rows(-1); len(rows) != 1 || rows[0].Key != c.path {
				t.Errorf("pages %+v", rows)
			}
		})
	}
}
