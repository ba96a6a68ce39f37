package attack_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
)

// Certificates are trusted, shown and asked for as the plan says, by both transports.
func TestCertificates(t *testing.T) {
	var names, clients atomic.Pointer[string]
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		names.Store(&r.TLS.ServerName)
		subject := r.TLS.PeerCertificates[0].Subject.String()
		clients.Store(&subject)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = true
	s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	s.StartTLS()
	t.Cleanup(s.Close)
	dir := t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(s.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cert, private := file("cert.pem", "CERTIFICATE", s.Certificate().Raw), file("key.pem", "PRIVATE KEY", key)
	for _, c := range []struct {
		name       string
		reach      scenarios.Reach
		serverName string // what the server is asked for; "-" for a failed handshake, "late" for one that TLS 1.3 fails after it
	}{
		{"trusted", scenarios.Reach{CACert: cert, Cert: cert, Key: private}, ""},
		{"another name", scenarios.Reach{CACert: cert, Cert: cert, Key: private, ServerName: "example.com"}, "example.com"},
		{"a name that the certificate lacks", scenarios.Reach{CACert: cert, Cert: cert, Key: private, ServerName: "example.org"}, "-"},
		{"nobody is trusted", scenarios.Reach{Cert: cert, Key: private}, "-"},
		{"no certificate", scenarios.Reach{CACert: cert}, "late"},
	} {
		for _, http2 := range []bool{false, true} {
			c.reach.HTTP2 = http2
			p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{Connection: c.reach, Timeout: 20 * time.Second, MaxInFlight: 1,
				Traffic: scenarios.Traffic{PV: 3, UV: 3, Duration: 10 * time.Millisecond}}, s.URL)})
			if c.serverName == "late" {
				if p.NoStatus != 3 || p.Failures.Total() != 3 {
					t.Errorf("%s, http2 %v: %v", c.name, http2, classCounts(p))
				}
				continue
			}
			if c.serverName == "-" {
				if f := p.Failures[profile.ErrTLS]; f == nil || f.Count != 3 {
					t.Errorf("%s, http2 %v: %v", c.name, http2, classCounts(p))
				}
				continue
			}
			if p.Status.Count(200) != 3 || *names.Load() != c.serverName || *clients.Load() != s.Certificate().Subject.String() {
				t.Errorf("%s, http2 %v: %v, asked for %q by %q", c.name, http2, classCounts(p), *names.Load(), *clients.Load())
			}
		}
	}
	for _, c := range []struct {
		reach scenarios.Reach
		want  string
	}{
		{scenarios.Reach{CACert: filepath.Join(dir, "none.pem")}, "attack: certificates to trust: open "},
		{scenarios.Reach{CACert: private}, "holds none in PEM form"},
		{scenarios.Reach{Cert: cert, Key: cert}, "attack: the client's certificate: "},
	} {
		_, err := attack.New(attack.Options{Plan: plan(t, scenarios.Scenario{Connection: c.reach, Traffic: scenarios.Traffic{PV: 1, Rate: 1}}, s.URL)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.reach, err, c.want)
		}
	}
}

// Each phase has its own timeout, and what passes its phase in time is not hurt by it.
func TestPhaseTimeouts(t *testing.T) {
	stalled := rawServer(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	slow := rawServer(t, func(c net.Conn) {
		for r := bufio.NewReader(c); ; {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			_ = req.Body.Close()
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
			<-time.After(150 * time.Millisecond) // a body that takes longer than the first byte may
			_, _ = io.WriteString(c, "ok")
		}
	})
	deaf := deafPort(t)
	const short, whole = 50 * time.Millisecond, 20 * time.Second
	secure := strings.Replace(stalled, "http:", "https:", 1)
	all := scenarios.Reach{DialTimeout: 5 * time.Second, TLSTimeout: 5 * time.Second, FirstByteTimeout: 5 * time.Second}
	for _, c := range []struct {
		name, target, text string
		class              profile.ErrorClass
		timeout            time.Duration
		reach              scenarios.Reach
	}{
		{"dial", deaf, "dial: ", profile.ErrDialTimeout, whole, scenarios.Reach{DialTimeout: short}},
		{"dial by net/http", deaf, "", profile.ErrDialTimeout, whole, scenarios.Reach{DialTimeout: short, Proxy: deaf}},
		{"whole in dial", deaf, "dial: ", profile.ErrTimeout, short, all},
		{"whole in dial by net/http", deaf, "", profile.ErrTimeout, short, scenarios.Reach{DialTimeout: 5 * time.Second, Proxy: deaf}},
		{"first byte", stalled, "first byte: ", profile.ErrFirstByteTimeout, whole, scenarios.Reach{FirstByteTimeout: short}},
		{"first byte by net/http", stalled, "", profile.ErrFirstByteTimeout, whole, scenarios.Reach{FirstByteTimeout: short, Proxy: stalled}},
		{"whole in first byte", stalled, "first byte: ", profile.ErrTimeout, short, all},
		{"tls", secure, "tls: ", profile.ErrTLSTimeout, whole, scenarios.Reach{TLSTimeout: short}},
		{"tls by net/http", secure, "", profile.ErrTLSTimeout, whole, scenarios.Reach{TLSTimeout: short, HTTP2: true}},
		{"whole in tls", secure, "tls: ", profile.ErrTimeout, short, all},
		{"body", slow, "body: ", profile.ErrTimeout, short, all},
		{"none", slow, "", "", whole, scenarios.Reach{DialTimeout: 100 * time.Millisecond, TLSTimeout: 100 * time.Millisecond, FirstByteTimeout: 100 * time.Millisecond}},
		{"none by net/http", slow, "", "", whole, scenarios.Reach{DialTimeout: 100 * time.Millisecond, FirstByteTimeout: 100 * time.Millisecond, Proxy: slow}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{Connection: c.reach, Timeout: c.timeout, Insecure: true,
				Identity: scenarios.Identity{None: true}, Traffic: scenarios.Traffic{PV: 3, Duration: 10 * time.Millisecond}}, c.target)})
			if c.class == "" {
				if p.Status.Count(200) != 3 || p.Failures.Total() != 0 {
					t.Errorf("%v", classCounts(p))
				}
				return
			}
			f := p.Failures[c.class]
			if f == nil || f.Count != 3 || !strings.HasPrefix(f.Samples[0].Text, c.text) || time.Since(began) > 10*time.Second {
				t.Fatalf("%v after %v: %+v", classCounts(p), time.Since(began), f)
			}
			// They were waited for, so they count as latencies.
			if least, _ := p.Service.Quantile(0); p.Service.Count() != 3 || least < short*9/10 {
				t.Errorf("%d latencies, from %v on", p.Service.Count(), least)
			}
		})
	}
}

// HTTP/2 that the target declines is told.
func TestDeclinedHTTP2(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{Insecure: true, Connections: scenarios.SharedConnections, Connection: scenarios.Reach{HTTP2: true},
		Timeout: 20 * time.Second, Traffic: scenarios.Traffic{PV: 4, Duration: 10 * time.Millisecond}}, s.URL)})
	told := slices.ContainsFunc(p.Warnings, func(w profile.Warning) bool {
		return w.Text == "4 responses came by HTTP/1.1: the target does not offer HTTP/2"
	})
	if p.Status.Count(200) != 4 || !told {
		t.Errorf("%v, warnings %+v", classCounts(p), p.Warnings)
	}
}
