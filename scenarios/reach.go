package scenarios

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Reach is how the target is reached, as written: the block connection of a file. Paths are beside the scenario.
type Reach struct {
	Unix       string   `json:"unix,omitempty" jsonschema_description:"path of a Unix socket that every request goes to"`
	ConnectTo  []string `json:"connect_to,omitempty" example:"shop.test:443=127.0.0.1:8443" jsonschema_description:"HOST:PORT=ADDRESS: connect to this HOST:PORT or unix:PATH instead; Host and the TLS name stay"`
	LocalAddr  []string `json:"local_addr,omitempty" example:"127.0.0.2|127.0.0.0/24" jsonschema_description:"source addresses or blocks (CIDR) of connections, taken in turn"`
	ServerName string   `json:"server_name,omitempty" jsonschema_description:"the TLS server name (SNI) to ask for and to verify, instead of the host"`
	CACert     string   `json:"cacert,omitempty" jsonschema_description:"PEM file of the certificates to trust instead of the system's"`
	Cert       string   `json:"cert,omitempty" jsonschema_description:"PEM file of the client's certificate; needs key"`
	Key        string   `json:"key,omitempty" jsonschema_description:"PEM file of the client's private key"`
	HTTP2      bool     `json:"http2,omitempty" default:"false" jsonschema_description:"HTTP/2: offered by ALPN to https targets, spoken at once to http targets"`
	Proxy      string   `json:"proxy,omitempty" jsonschema_description:"URL of an HTTP or SOCKS5 proxy"`
	MaxIdle    uint64   `json:"max_idle,omitempty" positive:"true" jsonschema_description:"connections kept open between hits at most; the one unused longest is closed; default max_in_flight, and at least 4096 where each user has one"`

	DialTimeout      time.Duration `json:"dial_timeout,omitempty" positive:"true" example:"1s" jsonschema_description:"time for name lookup and connect; default only timeout"`
	TLSTimeout       time.Duration `json:"tls_timeout,omitempty" positive:"true" example:"1s" jsonschema_description:"time for the TLS handshake; default only timeout"`
	FirstByteTimeout time.Duration `json:"first_byte_timeout,omitempty" positive:"true" example:"5s" jsonschema_description:"time from sending to the response's first byte; default only timeout"`
}

// ConnectionMode says who shares connections.
type ConnectionMode int

// The modes. The zero value stands for SharedConnections.
const (
	defaultConnections ConnectionMode = iota
	// SharedConnections lets any hit take any idle connection.
	SharedConnections
	// PerUserConnections gives each user connections and TLS sessions that nobody else uses.
	PerUserConnections
	// FreshConnections opens a connection for each hit.
	FreshConnections
)

// CookiePolicy says what becomes of the cookies that the site sets.
type CookiePolicy int

const (
	// KeepCookies sends them with the same user's next hits.
	KeepCookies CookiePolicy = iota
	// IgnoreCookies drops them.
	IgnoreCookies
)

// BalanceBy is what names the worker that answered. The zero value is nothing.
type BalanceBy struct {
	// Header is the name of a response header, Cookie that of a cookie that the site sets; at most one is not empty.
	Header, Cookie string
}

// parseBalanceBy reads "header NAME" or "cookie NAME".
func parseBalanceBy(s string) (any, error) {
	words := strings.Fields(s)
	if len(words) != 2 {
		return nil, &hintedError{"not a kind and a name", balanceAdvice}
	}
	if err := checkToken(words[1], "the name"); err != nil {
		return nil, err
	}
	switch words[0] {
	case "header":
		return BalanceBy{Header: words[1]}, nil
	case "cookie":
		return BalanceBy{Cookie: words[1]}, nil
	}
	return nil, &hintedError{"neither header nor cookie", balanceAdvice}
}

// A Detour sends connections for one HOST:PORT to another address: HOST:PORT or unix:PATH.
type Detour struct {
	From, To string
}

// maxLocalAddrs bounds the source addresses that connections take in turn; of a larger block the first ones are taken.
const maxLocalAddrs = 4096

// unixScheme begins a target that is a Unix socket.
const unixScheme = "unix:"

// compileConnection fills in the defaults of how requests are sent, and says what contradicts itself.
func (c *compilation) compileConnection(plan *Plan, s *Scenario) Connection {
	r := s.Connection
	out := Connection{Timeout: s.Timeout, MaxInFlight: s.MaxInFlight, MaxRedirects: s.Redirects,
		KeepAlive: s.KeepAlive == nil || *s.KeepAlive, InsecureTLS: s.Insecure,
		Mode: s.Connections, Cookies: s.Cookies, BalanceBy: s.BalanceBy, HTTP2: r.HTTP2, MaxIdle: r.MaxIdle,
		DialTimeout: r.DialTimeout, TLSTimeout: r.TLSTimeout, FirstByteTimeout: r.FirstByteTimeout}
	if out.Timeout == 0 {
		out.Timeout = DefaultTimeout
	}
	if out.MaxInFlight == 0 {
		out.MaxInFlight = DefaultMaxInFlight
	}
	if out.Mode == defaultConnections {
		out.Mode = SharedConnections
	}
	if s.Connections == PerUserConnections && !out.KeepAlive {
		c.add("connections", "connections: per-user keeps connections, and keepalive is false", "write connections: fresh, or leave keepalive out")
	}
	out.KeepAlive = out.KeepAlive && out.Mode != FreshConnections
	c.compileReach(&out, r)
	c.checkReach(plan, &out, s)
	return out
}

// compileReach reads the parts of the block connection.
func (c *compilation) compileReach(out *Connection, r Reach) {
	text := func(key, written string) string {
		expanded, err := expandEnvInto(written, c.options.Env, c.secrets)
		if err != nil {
			c.addError("connection."+key, err)
		}
		return expanded
	}
	file := func(key, written string) string {
		name := text(key, written)
		if name != "" && !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(c.name), name)
		}
		return name
	}
	if out.Unix = c.unix; r.Unix != "" {
		out.Unix = text("unix", r.Unix)
	}
	out.ServerName = text("server_name", r.ServerName)
	out.CACert, out.Cert, out.Key = file("cacert", r.CACert), file("cert", r.Cert), file("key", r.Key)
	if (out.Cert == "") != (out.Key == "") {
		c.add("connection.cert", "cert and key go together", "give the client's certificate and its private key, each a PEM file")
	}
	if r.Proxy != "" {
		out.Proxy = c.proxy(text("proxy", r.Proxy))
	}
	for i, written := range r.ConnectTo {
		path := index("connection.connect_to", i)
		from, to, ok := strings.Cut(text(path[len("connection."):], written), "=")
		if !ok || !isHostPort(from) || !isHostPort(to) && (!strings.HasPrefix(to, unixScheme) || to == unixScheme) {
			c.add(path, "connect_to: not HOST:PORT=ADDRESS", "write it as in shop.test:443=127.0.0.1:8443 or shop.test:80=unix:/run/shop.sock")
			continue
		}
		out.ConnectTo = append(out.ConnectTo, Detour{from, to})
	}
	for i, written := range r.LocalAddr {
		path := index("connection.local_addr", i)
		nw, err := newNetwork(text(path[len("connection."):], written))
		if err != nil {
			if !strings.Contains(written, "/") {
				err = &hintedError{"neither an address nor a block of addresses (CIDR)", "write it as in 127.0.0.2 or 10.1.0.0/24"}
			}
			c.addError(path, err)
			continue
		}
		room := uint64(maxLocalAddrs - len(out.LocalAddrs))
		if nw.capacity > room {
			c.warn(path, fmt.Sprintf("local_addr: %d addresses are taken in turn at most: the first ones of the block", maxLocalAddrs), "")
		}
		for n := range min(nw.capacity, room) {
			out.LocalAddrs = append(out.LocalAddrs, nw.address(n))
		}
	}
}

func isHostPort(text string) bool {
	host, port, err := net.SplitHostPort(text)
	return err == nil && host != "" && port != ""
}

// proxy checks a proxy's URL. Its problems do not hold the text, which may have a password in it.
func (c *compilation) proxy(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		c.add("connection.proxy", "proxy: not a URL", "write it as in http://127.0.0.1:3128")
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5":
		c.add("connection.proxy", "proxy: a URL that begins with neither http://, https:// nor socks5://", "")
	}
	return text
}

// checkReach reports what can't be together, and warns of channels that contradict each other.
func (c *compilation) checkReach(plan *Plan, out *Connection, s *Scenario) {
	byNetHTTP := "http2"
	if out.Proxy != "" {
		byNetHTTP = "proxy"
	}
	indirect := out.HTTP2 || out.Proxy != ""
	source := plan.identity.source
	if out.Unix != "" {
		for _, one := range []struct {
			path string
			set  bool
		}{{"connection.proxy", out.Proxy != ""}, {"connection.connect_to", len(out.ConnectTo) > 0}, {"connection.local_addr", len(out.LocalAddrs) > 0}, {"identity.source", source != nil}} {
			if one.set {
				c.add(one.path, fieldName(one.path)+": all requests go to a Unix socket", "leave one of them out")
			}
		}
	}
	if indirect && out.Mode == PerUserConnections {
		c.add("connections", "connections: per-user is for HTTP/1.1 without a proxy, and "+byNetHTTP+" is set", "leave one of them out")
	}
	if indirect && source != nil {
		c.add("identity.source", "source: connections of each user's own are for HTTP/1.1 without a proxy, and "+byNetHTTP+" is set", "leave one of them out")
	}
	if source != nil && len(out.LocalAddrs) > 0 {
		c.add("connection.local_addr", "local_addr: identity.source gives each user a source address", "leave one of them out")
	}
	if source != nil && s.Connections == SharedConnections {
		c.warn("connections", "connections: shared, but each user has a source address and so connections of its own",
			"write connections: per-user, which they come to")
	}
	tls := slices.ContainsFunc(plan.pages, func(p *page) bool { return p.scheme == "https" })
	if s.Redirects == 0 && len(c.list) == 0 { // a redirect leads to places that no page names
		c.warnOfUnused(plan, out, tls)
	}
	if tls && s.Connections == defaultConnections && source == nil && len(plan.identity.carriers) > 0 && plan.UV() != 1 {
		c.warn("identity", "users share TLS connections: a target that ties sessions to them sees one client with the identities of many",
			"write connections: per-user, or connections: shared if that is meant")
	}
}

// warnOfUnused warns of what is set and has no effect on any page.
func (c *compilation) warnOfUnused(plan *Plan, out *Connection, tls bool) {
	for i, d := range out.ConnectTo {
		if !slices.ContainsFunc(plan.pages, func(p *page) bool { return p.address() == d.From }) {
			c.warn(index("connection.connect_to", i), "connect_to: no page goes to "+safeText(d.From), "pages go to "+safeText(plan.pages[0].address()))
		}
	}
	for _, one := range []struct{ key, value string }{{"server_name", out.ServerName}, {"cacert", out.CACert}, {"cert", out.Cert}} {
		if one.value != "" && !tls {
			c.warn("connection."+one.key, one.key+": no page is https", "")
		}
	}
}

// address is the HOST:PORT that the page's requests are for.
func (p *page) address() string {
	host := string(p.url.append(nil, subject{})[len(p.scheme)+len("://") : p.origin])
	if u, err := url.Parse(p.scheme + "://" + host); err == nil && u.Port() == "" {
		port := "80"
		if p.scheme == "https" {
			port = "443"
		}
		return net.JoinHostPort(u.Hostname(), port)
	}
	return host
}
