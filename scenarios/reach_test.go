package scenarios

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/scenarios/traffic"
)

const reachBase = "target: http://h:8080\ntraffic: {pv: 10, uv: 10, duration: 1s}\npages: [get: /]\n"

func TestReach(t *testing.T) {
	src := reachBase + `connections: per-user
cookies: ignore
balance_by: header X-Served-By
connection:
  connect_to: ["a.test:80=127.0.0.1:8080", "[::1]:443=unix:/run/${NAME}.sock"]
  local_addr: [127.0.0.2, 127.1.0.0/30]
  server_name: shop.test
  cacert: ca.pem
  cert: /etc/me.pem
  key: me.key
  max_idle: 9
  dial_timeout: 1s
  tls_timeout: 2s
  first_byte_timeout: 3s
`
	opts := Options{Env: env{"NAME": "shop"}.lookUp}
	want := Connection{Timeout: DefaultTimeout, MaxInFlight: DefaultMaxInFlight, KeepAlive: true,
		Mode: PerUserConnections, Cookies: IgnoreCookies, BalanceBy: BalanceBy{Header: "X-Served-By"}, MaxIdle: 9,
		DialTimeout: time.Second, TLSTimeout: 2 * time.Second, FirstByteTimeout: 3 * time.Second,
		ConnectTo:  []Detour{{"a.test:80", "127.0.0.1:8080"}, {"[::1]:443", "unix:/run/shop.sock"}},
		LocalAddrs: []netip.Addr{netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.1.0.1"), netip.MustParseAddr("127.1.0.2")},
		ServerName: "shop.test", CACert: "dir/ca.pem", Cert: "/etc/me.pem", Key: "dir/me.key"}
	if got := mustPlan(t, mustParse(t, "dir/f.yaml", src, opts)).Connection(); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
	opts.Overrides = []Override{{"connection.connect_to", "b:1=c:2", "--connect-to"}, {"connection.connect_to", "d:3=e:4", "--connect-to"},
		{"connections", "fresh", "--connections"}, {"cookies", "keep", "--cookies"}, {"balance_by", "cookie SRV", "--balance-by"},
		{"connection.local_addr", "127.0.0.9", "--local-addr"}, {"connection.dial_timeout", "9s", "--dial-timeout"}}
	want.ConnectTo, want.LocalAddrs = []Detour{{"b:1", "c:2"}, {"d:3", "e:4"}}, []netip.Addr{netip.MustParseAddr("127.0.0.9")}
	want.Mode, want.KeepAlive, want.Cookies, want.BalanceBy, want.DialTimeout = FreshConnections, false, KeepCookies, BalanceBy{Cookie: "SRV"}, 9*time.Second
	if got := mustPlan(t, mustParse(t, "dir/f.yaml", src, opts)).Connection(); !reflect.DeepEqual(got, want) {
		t.Errorf("with flags: got\n%+v, want\n%+v", got, want)
	}
}

// How the target is reached is no part of what is sent.
func TestReachIsNotHashed(t *testing.T) {
	plain := mustPlan(t, mustParse(t, "f.yaml", reachBase, Options{}))
	other := mustPlan(t, mustParse(t, "f.yaml", reachBase+"connections: fresh\ncookies: ignore\nbalance_by: cookie a\nconnection: {unix: /s, http2: true}\n", Options{}))
	query := mustPlan(t, mustParse(t, "f.yaml", reachBase+"identity: {cookie: uid, query: q}\n", Options{}))
	source := mustPlan(t, mustParse(t, "f.yaml", reachBase+"identity: {cookie: uid, source: 127.0.0.0/8}\n", Options{}))
	if plain.Hash() != other.Hash() {
		t.Error("the hash covers how the target is reached")
	}
	if plain.Hash() == query.Hash() || plain.Hash() == source.Hash() {
		t.Error("the hash does not cover channels")
	}
}

func TestUnixTarget(t *testing.T) {
	p := mustPlan(t, mustParse(t, "f.yaml", strings.Replace(reachBase, "http://h:8080", "unix:/run/a.sock", 1), Options{}))
	var r Request
	p.Request(&r, p.Visit(0))
	if got := p.Connection().Unix; got != "/run/a.sock" || string(r.URL) != "http://localhost/" || string(r.Host) != "localhost" {
		t.Errorf("socket %q, URL %s, host %s", got, r.URL, r.Host)
	}
	if p.Target() != "unix:/run/a.sock" {
		t.Errorf("target %s", p.Target())
	}
}

func TestReachProblems(t *testing.T) {
	for _, c := range []struct{ add, want string }{
		{"connections: per-users", `connections: "per-users": not one of shared, per-user, fresh`},
		{"balance_by: X-Served-By", `balance_by: "X-Served-By": not a kind and a name`},
		{"balance_by: query a", `neither header nor cookie`},
		{"balance_by: header a:b", `the name can hold letters`},
		{"connection: {connect_to: a}", "connect_to: not HOST:PORT=ADDRESS"},
		{"connection: {connect_to: 'a:1=b'}", "connect_to: not HOST:PORT=ADDRESS"},
		{"connection: {connect_to: 'a:1=unix:'}", "connect_to: not HOST:PORT=ADDRESS"},
		{"connection: {local_addr: lo}", "neither an address nor a block of addresses"},
		{"connection: {proxy: 'ftp://h:1'}", "neither http://, https:// nor socks5://"},
		{"connection: {proxy: secret}", "proxy: not a URL"},
		{"connection: {cert: a.pem}", "cert and key go together"},
		{"connection: {dial_timeout: 0s}", "dial_timeout must be above 0"},
		{"connection: {unix: /s, local_addr: 127.0.0.1}", "local_addr: all requests go to a Unix socket"},
		{"connection: {unix: /s, proxy: 'http://p:1'}", "proxy: all requests go to a Unix socket"},
		{"connection: {http2: true}\nconnections: per-user", "per-user is for HTTP/1.1 without a proxy, and http2 is set"},
		{"connection: {proxy: 'http://p:1'}\nidentity: {cookie: a, source: 127.0.0.0/8}", "and proxy is set"},
		{"keepalive: false\nconnections: per-user", "per-user keeps connections, and keepalive is false"},
		{"connection: {local_addr: 127.0.0.1}\nidentity: {source: 127.0.0.0/8}", "identity.source gives each user a source address"},
		{"identity: {query: 'a&b'}", "the name of a query parameter can hold"},
		{"identity: {source: 127.0.0.0/30}", "source: can tell only 2 users apart, and uv is 10"},
		{"identity: {source: '2001:db8::/112'}", "source: can tell only 1 users apart, and uv is 10"},
	} {
		s, err := Parse("f.yaml", []byte(reachBase+c.add+"\n"), Options{})
		if err == nil {
			_, err = s.Plan(traffic.Shard{})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.add, err, c.want)
		}
	}
}

func TestReachWarnings(t *testing.T) {
	https := strings.Replace(reachBase, "http:", "https:", 1)
	for _, c := range []struct{ src, want string }{
		{reachBase, ""},
		{https, "users share TLS connections"},
		{https + "connections: shared\n", ""},
		{https + "connections: per-user\n", ""},
		{https + "connections: fresh\n", ""},
		{https + "identity: none\n", ""},
		{strings.Replace(https, "uv: 10", "uv: 1", 1), ""},
		{reachBase + "identity: {cookie: uid, source: 127.0.0.0/8}\n", ""},
		{reachBase + "identity: {cookie: uid, source: 127.0.0.0/8}\nconnections: shared\n", "connections: shared, but each user has a source address"},
		{reachBase + "connection: {local_addr: 127.0.0.0/8}\n", "4096 addresses are taken in turn"},
		{reachBase + "connection: {connect_to: ['h:8080=127.0.0.1:1']}\n", ""},
		{reachBase + "connection: {connect_to: ['h:80=127.0.0.1:1']}\n", "connect_to: no page goes to h:80"},
		{reachBase + "connection: {connect_to: ['h:80=127.0.0.1:1']}\nredirects: 1\n", ""},
		{"target: http://h\ntraffic: {pv: 10, rate: 1/s}\npages: [get: /, get: 'https://[::1]/']\nconnections: shared\n" +
			"connection: {connect_to: ['h:80=127.0.0.1:1', '[::1]:443=127.0.0.1:2'], server_name: x}\n", ""},
		{reachBase + "connection: {server_name: x}\n", "server_name: no page is https"},
		{reachBase + "connection: {cacert: x.pem}\n", "cacert: no page is https"},
	} {
		got := mustPlan(t, mustParse(t, "f.yaml", c.src, Options{})).Warnings()
		switch {
		case c.want == "" && len(got) > 0:
			t.Errorf("%s: %v", c.src, got)
		case c.want != "" && (len(got) != 1 || !strings.Contains(got[0].Message, c.want)):
			t.Errorf("%s: %v, want %s", c.src, got, c.want)
		}
	}
}

// The channels query and source carry the user, at no allocation.
func TestQueryAndSource(t *testing.T) {
	src := `target: http://h
traffic: {pv: 1000, uv: 1000, duration: 1s}
identity: {id: "a+b/{user}", query: [q, r], source: 127.0.0.0/8}
pages: [{get: /}, {get: "/p?x=1"}, {get: "https://h"}]
page_order: turn
`
	p := mustPlan(t, mustParse(t, "f.yaml", src, Options{}))
	if got := p.Channels(); len(got) != 3 || got[0].Key != "field:arg_q" || got[2].Key != "ip" || got[2].Capacity != 1<<24-2 {
		t.Errorf("channels %+v", got)
	}
	var r Request
	for n, want := range []string{"/?q=U&r=U", "/p?x=1&q=U&r=U", "/?q=U&r=U"} {
		v := p.Visit(uint64(n))
		p.Request(&r, v)
		user := "a%2Bb%2F" + strings.TrimPrefix(string(p.AppendChannel(nil, 0, v)), "a%2Bb%2F")
		if got := string(r.RequestURI); got != strings.ReplaceAll(want, "U", user) {
			t.Errorf("%s, want %s of %s", got, want, user)
		}
		address := string(p.AppendChannel(nil, 2, v))
		if r.Source.String() != address || !netip.MustParsePrefix("127.0.0.0/8").Contains(r.Source) {
			t.Errorf("source %v, counted as %s", r.Source, address)
		}
	}
	v := p.Visit(1)
	if n := testing.AllocsPerRun(100, func() { p.Request(&r, v) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	wide := mustPlan(t, mustParse(t, "f.yaml", reachBase+"identity: {source: '2001:db8::/32'}\n", Options{}))
	v = wide.Visit(0)
	wide.Request(&r, v)
	if got := string(wide.AppendChannel(nil, 0, v)); got+"1" != r.Source.String() {
		t.Errorf("counted as %s, sent from %v", got, r.Source)
	}
}
