package attack_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/scenarios"
)

// What the site sets goes back to the host, the path and the scheme that it is for, whatever the pages' hosts and
// queries are.
func TestCookiesStayInPlace(t *testing.T) {
	var seen []string
	handler := func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Host+r.URL.RequestURI()+" "+r.Header.Get("Cookie"))
		for _, line := range r.URL.Query()["set"] {
			w.Header().Add("Set-Cookie", line)
		}
	}
	plain := newSite(t, handler)
	secure := newGallery(t, true) // for its certificate alone
	secure.Config.Handler = http.HandlerFunc(handler)
	at := func(url string) string { return url[strings.Index(url, "//")+2:] }
	set := func(line string) string {
		return "set=" + strings.NewReplacer(";", "%3B", " ", "%20").Replace(line)
	}
	pages := []struct{ url, want string }{
		{"http://a.test/p/q?r=/x/y&" + set("byDefault=1") + "&" + set("s=2; Secure; Path=/") + "&" + set("root=3; Path=/"), ""},
		{"http://a.test/p/other?r=1", "byDefault=1; root=3"},
		{"http://a.test/p?r=1", "byDefault=1; root=3"},
		{"http://a.test/pq?r=/p/", "root=3"},
		{"http://b.test/p/q", ""},
		{"http://b.test/?" + set("mine=4; Path=/"), ""},
		{"http://a.test/", "root=3"},
		{"http://b.test/", "mine=4"},
		{"https://a.test/p/q", "byDefault=1; s=2; root=3"},
		{"http://a.test/?" + set("root=; Max-Age=0; Path=/") + "&" + set("late=5; Expires=Thu, 01 Jan 2099 00:00:00 GMT; Path=/") + "&" + set("old=6; Expires=Thu, 01 Jan 2015 00:00:00 GMT"), "root=3"},
		{"http://a.test/", "late=5"},
	}
	s := scenarios.Scenario{MaxRate: true, MaxInFlight: 1, Insecure: true, Timeout: 20 * time.Second, PageOrder: scenarios.InTurn,
		Identity: scenarios.Identity{None: true}, Traffic: scenarios.Traffic{PV: uint64(len(pages)), UV: 1},
		Connection: scenarios.Reach{ConnectTo: []string{"a.test:80=" + at(plain.URL), "b.test:80=" + at(plain.URL), "a.test:443=" + at(secure.URL)}}}
	var want []string
	for _, p := range pages {
		s.Pages = append(s.Pages, scenarios.Page{URL: p.url})
		want = append(want, at(p.url)+" "+p.want)
	}
	p := run(t, attack.Options{Plan: plan(t, s, plain.URL)})
	if p.Status.Count(200) != uint64(len(pages)) {
		t.Fatalf("%v", classCounts(p))
	}
	if !slices.Equal(seen, want) {
		t.Errorf("the sites saw\n%s\nwant\n%s", strings.Join(seen, "\n"), strings.Join(want, "\n"))
	}
}
