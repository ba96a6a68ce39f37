package site_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/loadx/loadx/cmd/site"
)

// client keeps no connection, so that a test leaves no goroutine behind.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func request(t *testing.T, method, url string, header map[string]string) string {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v", resp.StatusCode, err)
	}
	return string(body)
}

// The log says what nginx would say of the same requests.
func TestLog(t *testing.T) {
	defer goleak.VerifyNone(t)
	path := filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(path, []byte("what was there before\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := site.Start(path)
	if err != nil {
		t.Fatal(err)
	}
	page := request(t, "GET", s.URL()+"/item/7?q=a%20b", map[string]string{"User-Agent": `quote " and \`, "Cookie": "uid=u7", "Referer": "http://a/"})
	empty := request(t, "HEAD", s.URL()+"/", map[string]string{"User-Agent": "x"})
	request(t, "GET", s.URL()+"/<b>", map[string]string{"Cookie": "other=1"})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page, "You asked for /item/7.") || empty != "" {
		t.Errorf("%q, %q", page, empty)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const when = `\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]`
	want := []string{
		`what was there before`,
		fmt.Sprintf(`127\.0\.0\.1 - - %s "GET /item/7\?q=a%%20b HTTP/1\.1" 200 %d "http://a/" "quote \\x22 and \\x5C" "u7"`, when, len(page)),
		fmt.Sprintf(`127\.0\.0\.1 - - %s "HEAD / HTTP/1\.1" 200 0 "-" "x" "-"`, when),
		fmt.Sprintf(`127\.0\.0\.1 - - %s "GET /%%3Cb%%3E HTTP/1\.1" 200 \d+ "-" "Go-http-client/1\.1" "-"`, when),
	}
	lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	if len(lines) != len(want) {
		t.Fatalf("%s", text)
	}
	for i := range want {
		if !regexp.MustCompile("^" + want[i] + "$").Match(lines[i]) {
			t.Errorf("line %d is\n%s, want\n%s", i+1, lines[i], want[i])
		}
	}
}

// Nothing is lost or torn when many come at once.
func TestMany(t *testing.T) {
	defer goleak.VerifyNone(t)
	path := filepath.Join(t.TempDir(), "access.log")
	s, err := site.Start(path)
	if err != nil {
		t.Fatal(err)
	}
	const each, clients = 50, 8
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := range each {
				request(t, "GET", fmt.Sprintf("%s/%d/%d", s.URL(), c, i), nil)
			}
		})
	}
	all.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n != each*clients {
		t.Errorf("%d lines", n)
	}
	for c := range clients {
		for i := range each {
			if n := strings.Count(string(text), fmt.Sprintf(`"GET /%d/%d HTTP/1.1" 200 `, c, i)); n != 1 {
				t.Fatalf("/%d/%d is there %d times", c, i, n)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	defer goleak.VerifyNone(t)
	if _, err := site.Start(filepath.Join(t.TempDir(), "no", "such", "folder", "access.log")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing folder: %v", err)
	}
	s, err := site.Start("/dev/full")
	if err != nil {
		t.Skipf("SKIPPED: a full disk is tested with /dev/full: %v", err)
	}
	request(t, "GET", s.URL()+"/", nil)
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "no space left on device") {
		t.Errorf("a full disk: %v", err)
	}
	if conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://")); err == nil {
		conn.Close()
		t.Error("a closed site listens")
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "site-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	log := filepath.Join(dir, "access.log")
	s, err := site.Start(log)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := http.Get(s.URL() + "/hello")
	if err == nil {
		resp.Body.Close()
	}
	if err := s.Close(); err != nil {
		fmt.Println(err)
		return
	}
	text, err := os.ReadFile(log)
	fmt.Println(strings.Contains(string(text), `"GET /hello HTTP/1.1" 200 `), err)
	// Output: true <nil>
}
