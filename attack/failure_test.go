package attack_test

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
)

// refusing returns the base URL of a port at which nothing listens.
func refusing(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// tlsSite serves TLS with a certificate that nobody has signed.
func tlsSite(t testing.TB) string {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// readRequest reads a request without a body.
func readRequest(in *bufio.Reader) bool {
	r, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, r.Body)
	return true
}

// failing is a server and how every request to it fails.
type failing struct {
	name   string
	server func(testing.TB) string
	expect scenarios.StatusSet
	class  profile.ErrorClass
	text   string // how the sample begins
	status int
}

func TestFailures(t *testing.T) {
	answering := func(answer string, more func(net.Conn)) func(testing.TB) string {
		return func(t testing.TB) string {
			return rawServer(t, func(c net.Conn) {
				if readRequest(bufio.NewReader(c)) {
					_, _ = io.WriteString(c, answer)
					if more != nil {
						more(c)
					}
				}
			})
		}
	}
	reset := func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }
	hang := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	for _, c := range []failing{
		{name: "refused", server: refusing, class: profile.ErrRefused, text: "dial: connection refused"},
		{name: "reset", server: answering("", reset), class: profile.ErrReset, text: "first byte: connection reset by peer"},
		{name: "closed", server: answering("", nil), class: profile.ErrClosed, text: "first byte: connection closed"},
		{name: "never answers", server: answering("", hang), class: profile.ErrTimeout, text: "first byte: i/o timeout"},
		{name: "body never ends", server: answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", hang),
			class: profile.ErrTimeout, text: "body: i/o timeout", status: 200},
		{name: "body breaks off", server: answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", nil),
			class: profile.ErrClosed, text: "body: connection closed", status: 200},
		{name: "garbage", server: answering("SSH-2.0-OpenSSH_9.2\r\n\r\n", nil), class: profile.ErrProtocol, text: "header: "},
		{name: "wrong status", server: answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", nil),
			class: profile.ErrStatus, text: "status 404 Not Found", status: 404},
		{name: "unexpected success", server: answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", nil),
			expect: scenarios.StatusSet{{First: 201, Last: 204}}, class: profile.ErrStatus, text: "status 200 OK", status: 200},
		{name: "unknown authority", server: tlsSite, class: profile.ErrTLS, text: "tls: "},
		{name: "unknown host", server: func(testing.TB) string { return "http://no-such-host.invalid:80" },
			class: profile.ErrDNS, text: "dial: lookup no-such-host.invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			checkFailure(t, c, false, c.text)
		})
		t.Run(c.name+" by net/http", func(t *testing.T) {
			t.Parallel()
			checkFailure(t, c, true, "")
		})
	}
}

// checkFailure sends five requests, which all have to fail alike. For net/http a server without TLS is the proxy.
func checkFailure(t *testing.T, c failing, byNetHTTP bool, text string) {
	target, reach, o := c.server(t), scenarios.Reach{}, attack.Options{}
	if reach.HTTP2 = byNetHTTP && strings.HasPrefix(target, "https:"); byNetHTTP && !reach.HTTP2 {
		reach.Proxy, target = target, "http://origin.invalid"
	}
	before, timeout := time.Now(), 10*time.Second
	if c.class == profile.ErrTimeout {
		timeout = 100 * time.Millisecond
	}
	o.Plan = plan(t, scenarios.Scenario{
		Timeout: timeout, Connection: reach,
		Traffic: scenarios.Traffic{PV: 5, Duration: 10 * time.Millisecond},
		Pages:   []scenarios.Page{{URL: "/x", Name: "the page", Expect: c.expect}},
	}, target)
	p := run(t, o)
	f := p.Failures[c.class]
	if f == nil || f.Count != 5 || p.Failures.Total() != 5 {
		t.Fatalf("failures: %v, want 5 of class %s", classCounts(p), c.class)
	}
	if len(f.Samples) != 1 || f.Samples[0].Page != "the page" || !strings.HasPrefix(f.Samples[0].Text, text) {
		t.Errorf("samples: %+v, want one that begins with %q", f.Samples, text)
	}
	if f.First > f.Last || f.First < before.UnixNano() || f.Last > time.Now().UnixNano() {
		t.Errorf("first %d, last %d", f.First, f.Last)
	}
	if c.status == 0 && p.NoStatus != 5 || c.status != 0 && p.Status.Count(c.status) != 5 {
		t.Errorf("no status: %d, status %d: %d", p.NoStatus, c.status, p.Status.Count(c.status))
	}
	// Only what was waited for, or came whole, says how long answers take.
	if want := map[bool]uint64{true: 5}[c.class.TimedOut() || c.class == profile.ErrStatus]; p.Service.Count() != want {
		t.Errorf("%d latencies, want %d", p.Service.Count(), want)
	}
	if p.Sent != 5 || p.FailedUsers.Count() != 5 {
		t.Errorf("sent %d, to the loss of %d users; want 5 of each", p.Sent, p.FailedUsers.Count())
	}
}

func classCounts(p *profile.Profile) map[profile.ErrorClass]uint64 {
	counts := map[profile.ErrorClass]uint64{}
	for class, f := range p.Failures {
		counts[class] = f.Count
	}
	return counts
}

// A connection that the server closed while it was idle costs a second request on the wire, and no failure.
func TestRetry(t *testing.T) {
	served := 0
	var mu sync.Mutex
	target := rawServer(t, func(c net.Conn) {
		in := bufio.NewReader(c)
		if !readRequest(in) {
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		mu.Lock()
		served++
		first := served == 1
		mu.Unlock()
		if !first {
			return
		}
		// The second request reaches the server, which closes the connection without an answer.
		readRequest(in)
	})
	p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{
		MaxInFlight: 1, Traffic: scenarios.Traffic{PV: 2, UV: 1, Duration: 20 * time.Millisecond},
	}, target)})
	if p.Sent != 2 || p.Retries != 1 || p.Hits != 3 || p.NoStatus != 1 || p.Status.Count(200) != 2 {
		t.Errorf("sent %d, retries %d, hits %d, without status %d, 200: %d; want 2, 1, 3, 1, 2",
			p.Sent, p.Retries, p.Hits, p.NoStatus, p.Status.Count(200))
	}
	if f := p.Failures[profile.ErrRetried]; f == nil || f.Count != 1 || p.Failures.Total() != 0 {
		t.Errorf("failures: %v, want one retried and none that counts", classCounts(p))
	}
	if p.FailedUsers.Count() != 0 {
		t.Errorf("%d users noticed", p.FailedUsers.Count())
	}
	if p.Response.Count() != 2 || p.UV().Value != 1 || p.Bytes != 4 {
		t.Errorf("%d latencies, %d users, %d bytes; want 2, 1, 4", p.Response.Count(), p.UV().Value, p.Bytes)
	}
}
