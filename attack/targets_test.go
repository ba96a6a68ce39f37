package attack_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/scenarios"
)

func TestReadTargets(t *testing.T) {
	body := filepath.Join(t.TempDir(), "body.json")
	if err := os.WriteFile(body, []byte(`{"id": 7}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, src string }{
		{"http", "# a comment\n\nGET SITE/a?q={1}\nX-Num: 5\nX-Brace: {user}\n\nPOST SITE/b\nContent-Type: application/json\n@" + body + "\n"},
		{"json", `{"method":"GET","url":"SITE/a?q={1}","header":{"X-Num":["5"],"X-Brace":["{user}"]}}` + "\n" +
			`{"method":"POST","url":"SITE/b","header":{"Content-Type":["application/json"]},"body":"eyJpZCI6IDd9"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				got = append(got, fmt.Sprint(r.Method, " ", r.RequestURI, " ", string(b), r.Header["X-Num"], r.Header["X-Brace"], r.Header["Content-Type"]))
			})
			pages, err := attack.ReadTargets(strings.NewReader(strings.ReplaceAll(c.src, "SITE", s.URL)))
			if err != nil {
				t.Fatal(err)
			}
			run(t, attack.Options{Plan: plan(t, scenarios.Scenario{
				MaxInFlight: 1, Pages: pages, PageOrder: scenarios.InTurn,
				Traffic: scenarios.Traffic{PV: 4, UV: 1, Duration: 20 * time.Millisecond}}, "")})
			a, b := `GET /a?q=%7B1%7D [5] [{user}] []`, `POST /b {"id": 7}[] [] [application/json]`
			if want := []string{a, b, a, b}; !slices.Equal(got, want) {
				t.Errorf("the site got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func TestReadTargetsErrors(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, c := range []struct {
		name string
		src  io.Reader
		want string
	}{
		{"empty", strings.NewReader(" \n\n"), "targets: the file is empty"},
		{"only comments", strings.NewReader("# nothing\n"), "targets: none in the file"},
		{"no URL", strings.NewReader("GET http://a/\n\nGET\n"), "targets: after 1 of them: bad target: GET"},
		{"no method", strings.NewReader("{\"url\":\"http://a/\"}\n"), "targets: after 0 of them: target: required method is missing"},
		{"no JSON", strings.NewReader("{\"method\":\"GET\",\"url\":\"http://a/\"}\n{]\n"), "targets: after 1 of them: parse error"},
		{"a missing body", strings.NewReader("GET http://a/\n@/no/such/file\n"), "targets: after 0 of them: bad body: open /no/such/file"},
		{"a long line", strings.NewReader("GET http://a/\n\nGET http://a/" + strings.Repeat("a", 70_000) + "\n\nGET http://a/\n"),
			"a line of more than 65535 bytes"},
		{"too many", strings.NewReader(strings.Repeat("GET http://a/\n", attack.MaxTargets+1)), "targets: more than 100000"},
		{"unreadable", io.MultiReader(strings.NewReader("GET http://a/\n"), iotest.ErrReader(broken)), "the disk is gone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pages, err := attack.ReadTargets(c.src)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "targets: ") {
				t.Errorf("%d pages, error %v, want %s", len(pages), err, c.want)
			}
		})
	}
}

func FuzzReadTargets(f *testing.F) {
	f.Add("GET http://a/\nK: v\n\nPOST http://b/\n")
	f.Add(`{"method":"GET","url":"http://a/{x}"}`)
	f.Add("{}\n{}")
	f.Add("GET http://a/\n@/dev/null")
	f.Fuzz(func(t *testing.T, src string) {
		if strings.Contains(src, "@") {
			t.Skip("a body from a file of this machine")
		}
		pages, err := attack.ReadTargets(strings.NewReader(src))
		if (err == nil) != (len(pages) > 0) {
			t.Errorf("%d pages, error %v", len(pages), err)
		}
		for _, p := range pages {
			if p.Method == "" || p.URL == "" {
				t.Errorf("a page without method or URL: %+v", p)
			}
		}
	})
}
