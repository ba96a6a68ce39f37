package attack

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/loadx/loadx/attack/jar"
	"github.com/loadx/loadx/attack/wire"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
)

// minPerUser is how many users' connections are kept between hits, unless the plan says, where each user has one, and of
// how many users at least the last TLS sessions are.
const minPerUser = 4096

// maxIdle is how many connections are kept between hits.
func maxIdle(conn *scenarios.Connection) int {
	switch {
	case conn.MaxIdle > 0:
		return int(min(conn.MaxIdle, maxInFlight))
	case conn.Mode == scenarios.PerUserConnections:
		return int(max(conn.MaxInFlight, minPerUser))
	}
	return int(conn.MaxInFlight)
}

// newCarrier makes the transport that the plan needs; its times count from the epoch.
func newCarrier(o *Options, epoch time.Time) (carrier, error) {
	if conn := o.Plan.Connection(); byNetHTTP(&conn) {
		return newHTTPCarrier(o, epoch)
	}
	return newWireCarrier(o, epoch)
}

// byNetHTTP says whether connections are of a kind that package wire does not speak.
func byNetHTTP(conn *scenarios.Connection) bool { return conn.HTTP2 || conn.Proxy != "" }

// newWireCarrier makes a carrier whose times count from the epoch.
func newWireCarrier(o *Options, epoch time.Time) (carrier, error) {
	conn := o.Plan.Connection()
	config := o.TLS
	if conn.Mode == scenarios.PerUserConnections {
		// A user who comes again resumes the session of before, as a browser does; package wire keeps users apart.
		config = config.Clone()
		config.ClientSessionCache = tls.NewLRUClientSessionCache(max(maxIdle(&conn), minPerUser))
	}
	t, err := wire.New(wire.Options{
		Timeout: conn.Timeout, DialTimeout: conn.DialTimeout, TLSTimeout: conn.TLSTimeout, FirstByteTimeout: conn.FirstByteTimeout,
		DisableKeepAlive: !conn.KeepAlive, MaxIdle: maxIdle(&conn),
		TLS: config, ConnectTo: detours(&conn), LocalAddrs: conn.LocalAddrs, Epoch: epoch,
	})
	if err != nil {
		return nil, err
	}
	return wireCarrier{t}, nil
}

// reach sets the sender up for how the plan wants users and connections to go together.
func (s *sender) reach(conn *scenarios.Connection) {
	if conn.Cookies == scenarios.KeepCookies {
		s.jar = jar.New(jar.Options{Start: s.epoch})
		s.once = visitsOnce(s.plan)
	}
	s.perUser = conn.Mode == scenarios.PerUserConnections
	if conn.Unix != "" {
		s.unix = unixPrefix + conn.Unix
	}
	s.labels = newLabeller(conn.BalanceBy)
}

// countUse adds the counts of connections and cookies, and warns of what weakens them.
func (a *Attack) countUse(p *profile.Profile, s *sender) {
	n := s.carrier.counts()
	p.Connections = &n
	conn := a.opt.Plan.Connection()
	if conn.Mode == scenarios.PerUserConnections && n.Evicted > 0 {
		p.Warn(profile.Warning{Code: "connections_evicted",
			Text: fmt.Sprintf("%d users' connections were closed to make room: as many as %d are kept", n.Evicted, maxIdle(&conn)),
			Hint: "raise connection.max_idle (--max-idle), if users are to come back on the same connection"})
	}
	if h, ok := s.carrier.(*httpCarrier); ok && h.other.Load() > 0 {
		p.Warn(profile.Warning{Code: "no_http2", Text: fmt.Sprintf("%d responses came by HTTP/1.1: the target does not offer HTTP/2", h.other.Load())})
	}
	if b := p.Balance; b != nil && b.Hits() == 0 && p.Status.Total() > 0 {
		p.Warn(profile.Warning{Code: "no_worker", Text: "no response names the worker that answered: balance_by finds nothing"})
	}
	if s.jar == nil {
		return
	}
	st := s.jar.Stats()
	if st.Set+st.Refused == 0 {
		return
	}
	p.SiteCookies = &profile.SiteCookies{Set: st.Set, Refused: st.Refused, EvictedUsers: st.EvictedUsers, EvictedCookies: st.EvictedCookies}
	if lost := st.EvictedUsers + st.EvictedCookies; lost > 0 {
		p.Warn(profile.Warning{Code: "cookies_evicted",
			Text: fmt.Sprintf("%d users and %d other cookies were forgotten to stay within %d MiB: what the site has set did not always come back",
				st.EvictedUsers, st.EvictedCookies, jar.DefaultBytes>>20)})
	}
	if st.Refused > 0 {
		p.Warn(profile.Warning{Code: "cookies_refused",
			Text: fmt.Sprintf("%d cookies that the site set were refused, as browsers do: wrong domain, malformed or too large", st.Refused)})
	}
}

// detours are the addresses that are dialled instead of others.
func detours(conn *scenarios.Connection) map[string]string {
	if len(conn.ConnectTo) == 0 {
		return nil
	}
	to := make(map[string]string, len(conn.ConnectTo))
	for _, d := range conn.ConnectTo {
		to[d.From] = d.To
	}
	return to
}

// tlsConfig is the configuration of the run's connections: the caller's, with what the plan says.
func tlsConfig(base *tls.Config, conn *scenarios.Connection) (*tls.Config, error) {
	config := &tls.Config{}
	if base != nil {
		config = base.Clone()
	}
	if conn.InsecureTLS {
		config.InsecureSkipVerify = true
	}
	if conn.ServerName != "" {
		config.ServerName = conn.ServerName
	}
	if conn.CACert != "" {
		pem, err := os.ReadFile(conn.CACert)
		if err != nil {
			return nil, fmt.Errorf("attack: certificates to trust: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("attack: certificates to trust: %s holds none in PEM form", conn.CACert)
		}
	}
	if conn.Cert != "" {
		pair, err := tls.LoadX509KeyPair(conn.Cert, conn.Key)
		if err != nil {
			return nil, fmt.Errorf("attack: the client's certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// proxyURL reads the plan's proxy, nil for none.
func proxyURL(conn *scenarios.Connection) (*url.URL, error) {
	if conn.Proxy == "" {
		return nil, nil
	}
	u, err := url.Parse(conn.Proxy)
	if err != nil {
		return nil, errors.New("attack: the proxy is no URL") // the error would hold a password
	}
	return u, nil
}

// A dialer dials for net/http as package wire does for itself.
type dialer struct {
	unix      string
	connectTo map[string]string
	local     []netip.Addr
	next      atomic.Uint64
	timeout   time.Duration
}

func (d *dialer) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	nd := net.Dialer{Timeout: d.timeout, KeepAlive: -1}
	if to, ok := d.connectTo[addr]; ok {
		addr = to
	}
	if d.unix != "" {
		addr = unixPrefix + d.unix
	}
	if len(addr) > len(unixPrefix) && addr[:len(unixPrefix)] == unixPrefix {
		return nd.DialContext(ctx, "unix", addr[len(unixPrefix):])
	}
	if n := uint64(len(d.local)); n > 0 {
		a := d.local[(d.next.Add(1)-1)%n]
		nd.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0))
	}
	return nd.DialContext(ctx, network, addr)
}

// unixPrefix begins an address of package wire that is a Unix socket.
const unixPrefix = "unix:"
