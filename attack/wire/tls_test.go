package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// tlsServer is an httptest server that answers with the server name it was asked for.
func tlsServer(t *testing.T, change func(*tls.Config)) (addr string, roots *x509.CertPool) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Server-Name", r.TLS.ServerName)
		w.Header().Set("X-Version", tls.VersionName(r.TLS.Version))
		w.Header().Set("X-Client-Certificates", strings.Repeat("*", len(r.TLS.PeerCertificates)))
		w.Header().Set("X-Protocol", r.TLS.NegotiatedProtocol)
		io.WriteString(w, strings.Repeat("b", 100000))
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = true // offered, and not to be taken
	s.TLS = &tls.Config{}
	if change != nil {
		change(s.TLS)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	roots = x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s.Listener.Addr().String(), roots
}

func TestTLS(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			addr, roots := tlsServer(t, func(c *tls.Config) { c.MaxVersion = version })
			tr := newTransport(t, Options{Timeout: patience, TLS: &tls.Config{RootCAs: roots}, ConnectTo: map[string]string{"example.com:443": addr}})
			x := &Exchange{TLS: true, Addr: "example.com:443"}
			for i := range 3 {
				do(t, tr, x)
				if x.BodyBytes != 100000 || string(x.Get("X-Server-Name")) != "example.com" || string(x.Get("X-Version")) != tls.VersionName(version) || string(x.Get("X-Protocol")) == "h2" {
					t.Errorf("%d bytes, header %v", x.BodyBytes, string(x.buf[:x.headEnd]))
				}
				if x.Reused != (i > 0) || (x.Handshake > 0) != (i == 0) || x.Resumed {
					t.Errorf("exchange %d: reused %v, handshake %v, resumed %v", i, x.Reused, x.Handshake, x.Resumed)
				}
			}
		})
	}
}

func TestTLSServerName(t *testing.T) {
	for _, row := range []struct{ addr, host, want string }{
		{"h.test:443", "", "h.test"},
		{"h.test:443", "other.test", "h.test"},
		{"127.0.0.1:8443", "", "127.0.0.1"},
		{"[::1]:8443", "", "::1"},
		{"unix:/s", "h.test:8443", "h.test"},
		{"unix:/s", "[::1]", "::1"},
	} {
		if got := serverName(&Exchange{Addr: row.addr, Host: row.host}); got != row.want {
			t.Errorf("%s %s: %q, want %q", row.addr, row.host, got, row.want)
		}
	}
}

func TestTLSFailures(t *testing.T) {
	addr, roots := tlsServer(t, nil)
	mutual, mutualRoots := tlsServer(t, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert })
	plain := serveTCP(t, func(p *peer) { p.say("HTTP/1.1 400 Bad Request\r\n\r\n"); p.hold() })
	closing := serveTCP(t, func(p *peer) { p.in.ReadByte() })
	for _, row := range []struct {
		name, addr string
		config     *tls.Config
		want       string
	}{
		{"unknown authority", addr, nil, "tls/tls"},
		{"wrong name", addr, &tls.Config{RootCAs: roots, ServerName: "wrong.test"}, "tls/tls"},
		{"right name", addr, &tls.Config{RootCAs: roots, ServerName: "example.com"}, ""},
		{"insecure", addr, &tls.Config{InsecureSkipVerify: true}, ""},
		{"old version", addr, &tls.Config{RootCAs: roots, MaxVersion: tls.VersionTLS11}, "tls/tls"},
		{"no client certificate", mutual, &tls.Config{RootCAs: mutualRoots}, "first byte/tls"},
		{"not tls", plain.addr, nil, "tls/tls"},
		{"closes", closing.addr, nil, "tls/closed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			tr := newTransport(t, Options{Timeout: patience, TLS: row.config})
			err := tr.Do(context.Background(), &Exchange{TLS: true, Addr: row.addr})
			if got := failure(t, err); got != row.want {
				t.Errorf("%q (%v), want %q", got, err, row.want)
			}
			if want := map[bool]int{true: 1}[row.want == ""]; tr.Open() != want {
				t.Errorf("%d connections open", tr.Open())
			}
		})
	}
}

func TestTLSClientCertificate(t *testing.T) {
	addr, roots := tlsServer(t, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert })
	other := httptest.NewTLSServer(http.NotFoundHandler())
	defer other.Close()
	tr := newTransport(t, Options{Timeout: patience, TLS: &tls.Config{RootCAs: roots, Certificates: other.TLS.Certificates}})
	x := &Exchange{TLS: true, Addr: addr}
	do(t, tr, x)
	if got := string(x.Get("X-Client-Certificates")); got != "*" {
		t.Errorf("the server saw %q", got)
	}
}

// TestTLSSessions: a session is resumed by the key that made it, and by no other.
func TestTLSSessions(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		addr, roots := tlsServer(t, func(c *tls.Config) { c.MaxVersion = version })
		tr := newTransport(t, Options{Timeout: patience, DisableKeepAlive: true, TLS: &tls.Config{RootCAs: roots, ClientSessionCache: tls.NewLRUClientSessionCache(10)}})
		for i, row := range []struct {
			key     uint64
			resumed bool
		}{{1, false}, {1, true}, {2, false}, {0, false}, {2, true}, {0, true}, {1, true}} {
			x := &Exchange{TLS: true, Addr: addr, ConnKey: row.key}
			do(t, tr, x)
			if x.Resumed != row.resumed {
				t.Errorf("%s: exchange %d, key %d: resumed %v", tls.VersionName(version), i, row.key, x.Resumed)
			}
		}
	}
}

// TestTLSReadToClose: the end of the connection ends a body with and without a
// close_notify; crypto/tls takes an end between two records for one, as net/http does.
func TestTLSReadToClose(t *testing.T) {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	cert := s.TLS.Certificates
	s.Close()
	for _, notify := range []bool{true, false} {
		l := serveTCP(t, func(p *peer) {
			c := tls.Server(p.Conn, &tls.Config{Certificates: cert})
			if _, err := c.Read(make([]byte, 4096)); err != nil {
				return
			}
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nhello")
			if notify {
				c.CloseWrite()
			}
			p.Conn.(*net.TCPConn).CloseWrite()
			p.hold()
		})
		tr := newTransport(t, Options{Timeout: patience, TLS: &tls.Config{InsecureSkipVerify: true}})
		x := &Exchange{TLS: true, Addr: l.addr}
		do(t, tr, x)
		if x.BodyBytes != 5 || tr.Open() != 0 {
			t.Errorf("notify %v: %d bytes, %d connections open", notify, x.BodyBytes, tr.Open())
		}
	}
}
