package attack_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/scenarios"
)

// Every transport sends the same traffic: over TLS with roots of one's own, over HTTP/2, by a proxy, with and without
// kept connections.
func TestCarriers(t *testing.T) {
	no := false
	for _, c := range []struct {
		name     string
		tls      bool
		insecure bool // the certificate is not checked
		proxy    bool
		http2    bool
		keep     *bool
		major    int
	}{
		{name: "plain", major: 1},
		{name: "plain, connections closed", keep: &no, major: 1},
		{name: "tls", tls: true, major: 1},
		{name: "tls, unchecked", tls: true, insecure: true, major: 1},
		{name: "http2", tls: true, http2: true, major: 2},
		{name: "http2, unchecked", tls: true, insecure: true, http2: true, major: 2},
		{name: "http2, unencrypted", http2: true, major: 2},
		{name: "proxy", proxy: true, major: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &site{visitors: map[string]int{}}
			s.Server = httptest.NewUnstartedServer(s.counted(func(w http.ResponseWriter, r *http.Request) {
				if r.ProtoMajor != c.major || r.URL.RawQuery == "" || r.Header.Get("X-Vegeta-Seq") != "" {
					t.Errorf("%s %s, %v", r.Proto, r.URL, r.Header)
				}
				if proxied := r.URL.Host != ""; proxied != c.proxy {
					t.Errorf("asked for %s", r.RequestURI)
				}
				body, _ := io.ReadAll(r.Body)
				_, _ = w.Write(body)
			}))
			s.EnableHTTP2 = true
			s.Config.Protocols = new(http.Protocols)
			s.Config.Protocols.SetHTTP1(true)
			s.Config.Protocols.SetHTTP2(true)
			s.Config.Protocols.SetUnencryptedHTTP2(true)
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			start := s.Start
			if c.tls {
				start = s.StartTLS
			}
			start()
			t.Cleanup(s.Close)
			o, target := attack.Options{}, s.URL
			reach := scenarios.Reach{HTTP2: c.http2}
			if c.tls && !c.insecure {
				roots := x509.NewCertPool()
				roots.AddCert(s.Certificate())
				o.TLS = &tls.Config{RootCAs: roots}
			}
			if c.proxy {
				reach.Proxy, target = s.URL, "http://origin.invalid"
			}
			o.Plan = plan(t, scenarios.Scenario{
				Connection: reach, KeepAlive: c.keep, Insecure: c.insecure, MaxInFlight: 8, Timeout: 20 * time.Second,
				Pages:   []scenarios.Page{{Method: "POST", URL: "/p?n={seq}", Body: "four"}},
				Traffic: scenarios.Traffic{PV: 60, UV: 20, Duration: 50 * time.Millisecond},
			}, target)
			p := run(t, o)
			if hits, visitors := s.counts(); hits != 60 || visitors != 20 || p.Bytes != 240 || p.Failures.Total() != 0 {
				t.Errorf("the site counted %d hits by %d visitors; %d bytes, failures %v", hits, visitors, p.Bytes, classCounts(p))
			}
		})
	}
}

func TestOptions(t *testing.T) {
	scenario := scenarios.Scenario{Pages: []scenarios.Page{{URL: "/"}}, Traffic: scenarios.Traffic{PV: 1, Rate: 1}}
	for _, c := range []struct{ name, target, want string }{
		{"a port that is none", "http://127.0.0.1:70000", "attack: page /: port 70000 is none of 1 to 65535"},
		{"port 0", "http://127.0.0.1:0", "attack: page /: port 0 is none of 1 to 65535"},
	} {
		_, err := attack.New(attack.Options{Plan: plan(t, scenario, c.target)})
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	if _, err := attack.New(attack.Options{}); err == nil || err.Error() != "attack: no plan" {
		t.Errorf("no plan: %v", err)
	}
	scenario.MaxInFlight = 2 << 20
	_, err := attack.New(attack.Options{Plan: plan(t, scenario, "http://127.0.0.1:1")})
	if want := "attack: 2097152 requests in flight: the limit is 1048576"; err == nil || err.Error() != want {
		t.Errorf("in flight: %v, want %s", err, want)
	}
}
