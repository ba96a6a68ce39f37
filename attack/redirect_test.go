package attack_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
)

func hops(n uint64, page scenarios.Page) scenarios.Scenario {
	return scenarios.Scenario{
		Redirects: n, Pages: []scenarios.Page{page},
		Traffic: scenarios.Traffic{PV: 3, Duration: 10 * time.Millisecond},
		Headers: scenarios.Headers{{Name: "X-Secret", Value: "s"}},
		Identity: scenarios.Identity{Channels: []scenarios.Channel{
			{Kind: scenarios.Cookie, Value: "uid"}, {Kind: scenarios.ForwardedFor, Value: "10.0.0.0/8"}}},
	}
}

func TestRedirects(t *testing.T) {
	for _, c := range []struct {
		name   string
		limit  uint64
		path   string
		hops   uint64 // a planned hit
		status int    // at last
		class  profile.ErrorClass
		text   string
	}{
		{name: "a redirect is a result", path: "/to/ok", status: 302},
		{name: "followed", limit: 5, path: "/to/ok", hops: 1, status: 200},
		{name: "two hops", limit: 2, path: "/to/to/ok", hops: 2, status: 200},
		{name: "a loop", limit: 4, path: "/loop", hops: 4, status: 302, class: profile.ErrStatus,
			text: "status 302 after 4 redirects, as many as are followed"},
		{name: "to an error", limit: 3, path: "/to/missing", hops: 1, status: 404, class: profile.ErrStatus,
			text: "status 404 Not Found"},
		{name: "elsewhere", limit: 3, path: "/ftp", status: 302, class: profile.ErrStatus,
			text: "redirect to something that is neither http nor https"},
		{name: "without a location", limit: 3, path: "/bare", status: 302},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
				switch rest, more := strings.CutPrefix(r.URL.Path, "/to/"); {
				case more:
					w.Header().Set("Location", "/"+rest+"?from="+url.QueryEscape(r.URL.Path))
					w.WriteHeader(http.StatusFound)
				case r.URL.Path == "/loop":
					http.Redirect(w, r, "/loop", http.StatusFound)
				case r.URL.Path == "/ftp":
					http.Redirect(w, r, "ftp://127.0.0.1/", http.StatusFound)
				case r.URL.Path == "/bare":
					w.WriteHeader(http.StatusFound)
				case r.URL.Path == "/ok":
					_, _ = io.WriteString(w, "ok")
				default:
					w.WriteHeader(http.StatusNotFound)
				}
			})
			p := run(t, attack.Options{Plan: plan(t, hops(c.limit, scenarios.Page{URL: c.path}), s.URL)})
			hits, visitors := s.counts()
			if p.Sent != 3 || p.Redirects != 3*c.hops || uint64(hits) != p.Hits {
				t.Errorf("sent %d, redirects %d, hits %d; the site counted %d", p.Sent, p.Redirects, p.Hits, hits)
			}
			if visitors != 3 {
				t.Errorf("the site counted %d visitors, want 3: the cookie goes along on the same host", visitors)
			}
			if got := p.Status.Count(c.status); got < 3 || p.Status.Total() != p.Hits {
				t.Errorf("status %d: %d", c.status, got)
			}
			if p.Response.Count() != 3 {
				t.Errorf("%d latencies, want one a planned hit, 3", p.Response.Count())
			}
			if c.class == "" {
				if p.Failures.Total() != 0 {
					t.Errorf("failures: %v", classCounts(p))
				}
				return
			}
			if f := p.Failures[c.class]; f == nil || f.Count != 3 || f.Samples[0].Text != c.text {
				t.Errorf("failures %v, %+v; want 3 of %s: %s", classCounts(p), f, c.class, c.text)
			}
		})
	}
}

// Methods and bodies follow RFC 9110, section 15.4; what is the user's stays on the host.
func TestRedirectRequest(t *testing.T) {
	for _, c := range []struct {
		name     string
		status   int
		other    bool
		method   string
		body     string
		withUser bool
	}{
		{"302 makes a GET", 302, false, "GET", "", true},
		{"303 makes a GET", 303, false, "GET", "", true},
		{"307 keeps the request", 307, false, "POST", "a=1", true},
		{"308 keeps the request", 308, false, "POST", "a=1", true},
		{"another host gets nothing of the user", 307, true, "POST", "a=1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := make(chan *http.Request, 3)
			land := func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				r.Form = url.Values{"body": {string(body)}}
				got <- r
			}
			elsewhere := httptest.NewServer(http.HandlerFunc(land))
			defer elsewhere.Close()
			// The same address by another name is another host.
			location := strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1) + "/land"
			if !c.other {
				location = "/land"
			}
			s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/land" {
					land(w, r)
					return
				}
				w.Header().Set("Location", location)
				w.WriteHeader(c.status)
			})
			page := scenarios.Page{Method: "POST", URL: "/start", Body: "a=1",
				Headers: scenarios.Headers{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}}
			p := run(t, attack.Options{UserAgent: "loadx/test", Plan: plan(t, hops(1, page), s.URL)})
			if p.Redirects != 3 || p.Failures.Total() != 0 {
				t.Fatalf("redirects %d, failures %v", p.Redirects, classCounts(p))
			}
			for range 3 {
				r := <-got
				if r.Method != c.method || r.Form.Get("body") != c.body {
					t.Errorf("%s with body %q, want %s with %q", r.Method, r.Form.Get("body"), c.method, c.body)
				}
				_, err := r.Cookie("uid")
				if user := err == nil; user != c.withUser {
					t.Errorf("cookie: %v", err)
				}
				for _, name := range []string{"X-Secret", "X-Forwarded-For"} {
					if has := r.Header.Get(name) != ""; has != c.withUser {
						t.Errorf("%s: %q", name, r.Header.Get(name))
					}
				}
				if typed := r.Header.Get("Content-Type") != ""; typed != (c.body != "") {
					t.Errorf("Content-Type %q with body %q", r.Header.Get("Content-Type"), c.body)
				}
				if ua := r.UserAgent(); !c.withUser && ua != "loadx/test" {
					t.Errorf("User-Agent %q", ua)
				}
			}
		})
	}
}

// All hops of a page view share the time that one request has.
func TestRedirectsShareTheTimeout(t *testing.T) {
	const hop, timeout = 50 * time.Millisecond, 300 * time.Millisecond
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(hop):
		case <-r.Context().Done():
		}
		http.Redirect(w, r, "/on", http.StatusFound)
	})
	c := hops(1000, scenarios.Page{URL: "/"})
	c.Timeout = timeout
	began := time.Now()
	p := run(t, attack.Options{Plan: plan(t, c, s.URL)})
	if f := p.Failures[profile.ErrTimeout]; f == nil || f.Count != 3 || p.Redirects > 3*uint64(timeout/hop) {
		t.Errorf("%v after %d redirects", classCounts(p), p.Redirects)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("gave up after %v", took)
	}
	if least, _ := p.Service.Quantile(0); least < timeout {
		t.Errorf("a service time of %v, which is less than the timeout", least)
	}
}

// On the way from https to http nothing of the user's goes along, though the host is the same.
func TestRedirectToPlain(t *testing.T) {
	var seen []string
	plain := newSite(t, func(_ http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Cookie")+r.Header.Get("X-Secret")+r.Header.Get("X-Forwarded-For"))
	})
	secure := newGallery(t, true)
	users := 0
	secure.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("uid"); err == nil && r.Header.Get("X-Secret") == "s" {
			users++
		}
		http.Redirect(w, r, plain.URL+"/", http.StatusFound)
	})
	c := hops(1, scenarios.Page{URL: "/"})
	c.Insecure, c.MaxInFlight, c.Timeout = true, 1, 20*time.Second
	p := run(t, attack.Options{Plan: plan(t, c, secure.URL)})
	if p.Redirects != 3 || users != 3 || !slices.Equal(seen, []string{"", "", ""}) {
		t.Errorf("%d redirects of %d users who were known before; the plain site saw %q; %v", p.Redirects, users, seen, classCounts(p))
	}
}
