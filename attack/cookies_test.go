package attack_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
)

// A shop gives each visitor a session of its own and counts, for each, in which order its visits come.
type shop struct {
	mu       sync.Mutex
	sessions map[string]string // by uid, as given
	visits   map[string]int
	bad      []string
	next     int
}

// serve answers with the number of the visit in a cookie, and holds what comes back against it.
func (s *shop) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	uid, err := r.Cookie("uid")
	if err != nil || len(r.Header["Cookie"]) != 1 {
		s.bad = append(s.bad, fmt.Sprintf("cookies %q", r.Header["Cookie"]))
		return
	}
	want := "uid=" + uid.Value
	if n := s.visits[uid.Value]; n > 0 {
		want += fmt.Sprintf("; sid=%s; n=%d", s.sessions[uid.Value], n)
	} else {
		s.next++
		s.sessions[uid.Value] = fmt.Sprintf("s%d", s.next)
		w.Header().Add("Set-Cookie", "sid="+s.sessions[uid.Value]+"; Path=/; HttpOnly")
	}
	if got := r.Header.Get("Cookie"); got != want {
		s.bad = append(s.bad, got+", want "+want)
	}
	s.visits[uid.Value]++
	w.Header().Add("Set-Cookie", fmt.Sprintf("n=%d; Path=/", s.visits[uid.Value]))
	w.Header().Add("Set-Cookie", "uid=stolen") // the scenario's own goes before it
	w.Header().Add("Set-Cookie", "gone=1; Max-Age=0")
	w.Header().Add("Set-Cookie", "elsewhere=1; Path=/other")
}

// What the site sets comes back with the same user's next hit, in one Cookie field with the identity, by every transport.
func TestSiteCookies(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		s := &shop{sessions: map[string]string{}, visits: map[string]int{}}
		server := httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
		server.Config.Protocols = new(http.Protocols)
		server.Config.Protocols.SetHTTP1(true)
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.Start()
		p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{
			MaxInFlight: 1, Connection: scenarios.Reach{HTTP2: http2},
			Traffic: scenarios.Traffic{PV: 600, UV: 50, Duration: 10 * time.Millisecond}, Timeout: 20 * time.Second}, server.URL)})
		server.Close()
		if len(s.bad) > 0 || len(s.visits) != 50 || s.next != 50 {
			t.Errorf("http2 %v: %d users with %d sessions, and wrong: %.5q", http2, len(s.visits), s.next, s.bad)
		}
		if c := p.SiteCookies; c == nil || c.Set != 600*4+50 || c.Refused+c.EvictedUsers+c.EvictedCookies != 0 {
			t.Errorf("http2 %v: %+v", http2, c)
		}
	}
}

func TestCookiesIgnored(t *testing.T) {
	var wrong atomic.Int64
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Cookie"), "sid") {
			wrong.Add(1)
		}
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1"})
	})
	p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{Cookies: scenarios.IgnoreCookies,
		Traffic: scenarios.Traffic{PV: 50, UV: 5, Duration: 10 * time.Millisecond}}, s.URL)})
	if wrong.Load() != 0 || p.SiteCookies != nil {
		t.Errorf("%d cookies came back, %+v", wrong.Load(), p.SiteCookies)
	}
}

// A login by redirect: the cookie that the first answer sets comes along to the second, of users who come once, too, and
// not to another host.
func TestCookiesOfRedirects(t *testing.T) {
	var foreign atomic.Int64
	other := newSite(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "" {
			foreign.Add(1)
		}
	})
	away := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	var mu sync.Mutex
	var seen []string
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r.URL.Path+" "+r.Header.Get("Cookie"))
		switch r.URL.Path {
		case "/login":
			w.Header().Set("Set-Cookie", "sid=7; Path=/in")
			http.Redirect(w, r, "/in/home", http.StatusFound)
		case "/in/home":
			http.Redirect(w, r, away, http.StatusFound)
		}
	})
	p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{Redirects: 3, MaxInFlight: 1,
		Identity: scenarios.Identity{ID: "me", Channels: []scenarios.Channel{{Kind: scenarios.Cookie, Value: "uid"}}},
		Pages:    []scenarios.Page{{URL: "/login"}}, Traffic: scenarios.Traffic{PV: 1, Rate: 100}}, s.URL)})
	if want := []string{"/login uid=me", "/in/home uid=me; sid=7"}; !slices.Equal(seen, want) || foreign.Load() != 0 {
		t.Errorf("the site saw %q, want %q; %d hits elsewhere had cookies", seen, want, foreign.Load())
	}
	if p.Redirects != 2 || p.Failures.Total() != 0 {
		t.Errorf("%d redirects, %v", p.Redirects, classCounts(p))
	}
}

// A gallery counts connections and who uses them.
type gallery struct {
	*httptest.Server
	opened atomic.Int64
	mu     sync.Mutex
	users  map[string]map[string]bool // by connection
	hosts  map[string]map[string]bool // source addresses by user
	resume atomic.Int64
}

func newGallery(t testing.TB, secure bool) *gallery {
	g := &gallery{users: map[string]map[string]bool{}, hosts: map[string]map[string]bool{}}
	g.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		uid := "nobody"
		if c, err := r.Cookie("uid"); err == nil {
			uid = c.Value
		}
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		g.mu.Lock()
		defer g.mu.Unlock()
		for m, key := range map[*map[string]map[string]bool]string{&g.users: r.RemoteAddr, &g.hosts: uid} {
			if (*m)[key] == nil {
				(*m)[key] = map[string]bool{}
			}
		}
		g.users[r.RemoteAddr][uid] = true
		g.hosts[uid][host] = true
		if r.TLS != nil && r.TLS.DidResume {
			g.resume.Add(1)
		}
	}))
	g.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			g.opened.Add(1)
		}
	}
	if secure {
		g.StartTLS()
	} else {
		g.Start()
	}
	t.Cleanup(g.Close)
	return g
}

// sharers is the most users of one connection.
func (g *gallery) sharers() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	most := 0
	for _, users := range g.users {
		most = max(most, len(users))
	}
	return most
}

// Who shares connections is as asked, as the server sees it, and is counted.
func TestConnections(t *testing.T) {
	const pv, uv = 200, 20
	for _, c := range []struct {
		name    string
		mode    scenarios.ConnectionMode
		tls     bool
		maxIdle uint64
		opened  int64
		sharers int
		resumed uint64
		evicted bool
	}{
		{name: "shared", mode: scenarios.SharedConnections, opened: 1, sharers: uv},
		{name: "per-user", mode: scenarios.PerUserConnections, opened: uv, sharers: 1},
		{name: "per-user, TLS", mode: scenarios.PerUserConnections, tls: true, opened: uv, sharers: 1},
		{name: "fresh", mode: scenarios.FreshConnections, opened: pv, sharers: 1},
		{name: "fresh, TLS", mode: scenarios.FreshConnections, tls: true, opened: pv, sharers: 1},
		{name: "per-user, one kept", mode: scenarios.PerUserConnections, maxIdle: 1, opened: -1, sharers: 1, evicted: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGallery(t, c.tls)
			p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{
				Connections: c.mode, Connection: scenarios.Reach{MaxIdle: c.maxIdle}, Insecure: true, MaxInFlight: 1, Timeout: 20 * time.Second,
				Traffic: scenarios.Traffic{PV: pv, UV: uv, Duration: 10 * time.Millisecond}}, g.URL)})
			if p.Status.Count(200) != pv || g.sharers() != c.sharers || c.opened >= 0 && g.opened.Load() != c.opened {
				t.Errorf("%d answers, %d connections of up to %d users, want %d of %d; %v", p.Status.Count(200), g.opened.Load(), g.sharers(), c.opened, c.sharers, classCounts(p))
			}
			n := p.Connections
			if n.Opened != uint64(g.opened.Load()) || n.Opened+n.Reused != pv || n.Resumed != c.resumed || (n.Evicted > 0) != c.evicted {
				t.Errorf("%+v", n)
			}
			if warned := slices.ContainsFunc(p.Warnings, func(w profile.Warning) bool { return w.Code == "connections_evicted" }); warned != c.evicted {
				t.Errorf("warnings %+v", p.Warnings)
			}
		})
	}
}

// A user whose connection is gone resumes the TLS session of before, and nobody else's.
func TestSessionsOfUsers(t *testing.T) {
	g := newGallery(t, true)
	roots := x509.NewCertPool()
	roots.AddCert(g.Certificate())
	// Users come in turn, and with room for one connection each finds its own closed when it comes again.
	p := run(t, attack.Options{TLS: &tls.Config{RootCAs: roots}, Plan: plan(t, scenarios.Scenario{
		MaxRate: true, Connections: scenarios.PerUserConnections, Connection: scenarios.Reach{MaxIdle: 1}, MaxInFlight: 1, Timeout: 20 * time.Second,
		Traffic: scenarios.Traffic{PV: 20, UV: 5}}, g.URL)})
	if n := p.Connections; n.Opened != 20 || n.Resumed != 15 || n.Reused != 0 || n.Evicted != 19 || g.resume.Load() != 15 || g.sharers() != 1 {
		t.Errorf("%+v; the server resumed %d", n, g.resume.Load())
	}
}

// Each user has a source address, as the server sees it; a list is taken in turn.
func TestSourceAddresses(t *testing.T) {
	g := newGallery(t, false)
	p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{
		Identity: scenarios.Identity{Channels: []scenarios.Channel{{Kind: scenarios.Cookie, Value: "uid"}, {Kind: scenarios.Source, Value: "127.0.0.0/8"}}},
		Traffic:  scenarios.Traffic{PV: 100, UV: 20, Duration: 50 * time.Millisecond}}, g.URL)})
	addresses := map[string]bool{}
	for user, hosts := range g.hosts {
		if len(hosts) != 1 {
			t.Errorf("%s came from %v", user, hosts)
		}
		for h := range hosts {
			addresses[h] = true
		}
	}
	if p.Status.Count(200) != 100 || len(g.hosts) != 20 || len(addresses) != 20 {
		t.Errorf("%d answers, %d users from %d addresses; %v", p.Status.Count(200), len(g.hosts), len(addresses), classCounts(p))
	}
	for _, proxied := range []bool{false, true} {
		g, reach := newGallery(t, false), scenarios.Reach{LocalAddr: []string{"127.0.0.8", "127.0.0.9"}}
		target := g.URL
		if proxied {
			reach.Proxy, target = g.URL, "http://origin.invalid"
		}
		run(t, attack.Options{Plan: plan(t, scenarios.Scenario{Connections: scenarios.FreshConnections, Connection: reach, MaxInFlight: 1,
			Identity: scenarios.Identity{None: true}, Traffic: scenarios.Traffic{PV: 10, UV: 1, Duration: 10 * time.Millisecond}}, target)})
		if got := g.hosts["nobody"]; len(got) != 2 || !got["127.0.0.8"] || !got["127.0.0.9"] {
			t.Errorf("proxied %v: from %v", proxied, got)
		}
	}
}

// Unix sockets, other addresses and IPv6 are ways to the same site.
func TestWaysToTheTarget(t *testing.T) {
	serve := func(network, address string) (*site, string) {
		l, err := net.Listen(network, address)
		if err != nil {
			t.Skipf("SKIPPED, NOT TESTED: %v", err)
		}
		s := &site{visitors: map[string]int{}}
		s.Server = &httptest.Server{Listener: l, Config: &http.Server{Handler: s.counted(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/from" {
				http.Redirect(w, r, "/to", http.StatusFound)
			}
		})}}
		s.Config.Protocols = new(http.Protocols)
		s.Config.Protocols.SetHTTP1(true)
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		s.Start()
		t.Cleanup(s.Close)
		return s, l.Addr().String()
	}
	socket := filepath.Join(t.TempDir(), "s")
	overUnix, _ := serve("unix", socket)
	overTCP, address := serve("tcp", "127.0.0.1:0")
	over6, address6 := serve("tcp6", "[::1]:0")
	for _, c := range []struct {
		name   string
		site   *site
		target string
		reach  scenarios.Reach
	}{
		{"a socket", overUnix, "http://shop.test", scenarios.Reach{Unix: socket}},
		{"a socket as target", overUnix, "unix:" + socket, scenarios.Reach{}},
		{"a socket by connect-to", overUnix, "http://shop.test", scenarios.Reach{ConnectTo: []string{"shop.test:80=unix:" + socket}}},
		{"a socket by net/http", overUnix, "http://shop.test", scenarios.Reach{Unix: socket, HTTP2: true}},
		{"another address", overTCP, "http://shop.test:81", scenarios.Reach{ConnectTo: []string{"other:1=127.0.0.1:1", "shop.test:81=" + address}}},
		{"IPv6", over6, "http://" + address6, scenarios.Reach{}},
		{"IPv6 instead", over6, "http://127.0.0.1:1", scenarios.Reach{ConnectTo: []string{"127.0.0.1:1=" + address6}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, _ := c.site.counts()
			p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{Connection: c.reach, Redirects: 1,
				Pages: []scenarios.Page{{URL: "/from"}}, Traffic: scenarios.Traffic{PV: 10, UV: 5, Duration: 10 * time.Millisecond}}, c.target)})
			if hits, visitors := c.site.counts(); hits-before != 20 || visitors != 5 || p.Redirects != 10 || p.Status.Count(200) != 10 {
				t.Errorf("%d hits of %d visitors, %d redirects, %v", hits-before, visitors, p.Redirects, classCounts(p))
			}
		})
	}
}

// Each user stays with its worker but those that are sent elsewhere, and the profile has what the site counted itself.
func TestBalance(t *testing.T) {
	for _, by := range []scenarios.BalanceBy{{Header: "X-Worker"}, {Cookie: "srv"}} {
		var mu sync.Mutex
		pv, uv, of := map[string]int{}, map[string]map[string]bool{}, map[string]map[string]bool{}
		s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
			uid, _ := r.Cookie("uid")
			sticky, err := r.Cookie("srv")
			worker := ""
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				worker = fmt.Sprintf("w%d", len(uid.Value)%2+len(of)%2)
				w.Header().Add("Set-Cookie", "srv="+worker+"; Path=/")
			} else if worker = sticky.Value; len(of[uid.Value]) == 1 && pv[worker]%10 == 0 {
				worker = "spare"
				w.Header().Add("Set-Cookie", "srv=spare; Path=/")
			}
			for m, key := range map[*map[string]map[string]bool][2]string{&uv: {worker, uid.Value}, &of: {uid.Value, worker}} {
				if (*m)[key[0]] == nil {
					(*m)[key[0]] = map[string]bool{}
				}
				(*m)[key[0]][key[1]] = true
			}
			pv[worker]++
			w.Header().Set("X-Worker", worker)
		})
		p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{BalanceBy: by, MaxInFlight: 4,
			Traffic: scenarios.Traffic{PV: 400, UV: 40, Duration: 50 * time.Millisecond}}, s.URL)})
		moved := uint64(0)
		for _, workers := range of {
			if len(workers) > 1 {
				moved++
			}
		}
		b := p.Balance
		if got := b.Moved(); !got.Exact || got.Value != moved || moved == 0 || b.Visitors().Value != 40 || b.Hits() != 400 {
			t.Errorf("%+v: moved %+v, want %d; %d users, %d hits", by, got, moved, b.Visitors().Value, b.Hits())
		}
		rows := b.Rows(-1)
		for _, row := range rows {
			if int(row.PageViews) != pv[row.Worker] || int(row.Visitors.Value) != len(uv[row.Worker]) {
				t.Errorf("%+v: %+v, want %d by %d", by, row, pv[row.Worker], len(uv[row.Worker]))
			}
		}
		if len(rows) != len(pv) {
			t.Errorf("%+v: %d workers, want %d", by, len(rows), len(pv))
		}
	}
}

// Hits that no worker answered are counted as such, and nobody named is a warning.
func TestBalanceWithoutWorkers(t *testing.T) {
	s := newSite(t, nil)
	p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{BalanceBy: scenarios.BalanceBy{Header: "X-Worker"},
		Traffic: scenarios.Traffic{PV: 10, Duration: 10 * time.Millisecond}}, s.URL)})
	if w := p.Balance.Without(); w.Hits != 10 || p.Balance.Hits() != 0 || !slices.ContainsFunc(p.Warnings, func(w profile.Warning) bool { return w.Code == "no_worker" }) {
		t.Errorf("%+v, warnings %+v", w, p.Warnings)
	}
}
