package attack_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/scenarios"
	"github.com/loadx/loadx/scenarios/traffic"
)

// A site is a server that counts its requests and visitors, by the cookie uid, on its own account.
type site struct {
	*httptest.Server
	mu       sync.Mutex
	hits     int
	visitors map[string]int
}

// newSite serves a handler, which may be nil for an empty 200, behind the counting.
func newSite(t testing.TB, handler http.HandlerFunc) *site {
	t.Helper()
	s := &site{visitors: map[string]int{}}
	s.Server = httptest.NewServer(s.counted(handler))
	t.Cleanup(s.Close)
	return s
}

// counted counts a request and passes it on.
func (s *site) counted(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.hits++
		if c, err := r.Cookie("uid"); err == nil {
			s.visitors[c.Value]++
		}
		s.mu.Unlock()
		if handler != nil {
			handler(w, r)
		}
	}
}

// counts returns hits and distinct visitors.
func (s *site) counts() (hits, visitors int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits, len(s.visitors)
}

// plan compiles a scenario that requests / of the target unless it has pages.
func plan(t testing.TB, s scenarios.Scenario, target string) *scenarios.Plan {
	t.Helper()
	s.Target = target
	if len(s.Pages) == 0 {
		s.Pages = []scenarios.Page{{URL: "/"}}
	}
	if s.Timeout == 0 {
		s.Timeout = 5 * time.Second
	}
	p, err := s.Plan(traffic.Shard{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// newAttack makes an attack of the options.
func newAttack(t testing.TB, o attack.Options) *attack.Attack {
	t.Helper()
	a, err := attack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// rawServer serves connections by a function and returns its base URL.
func rawServer(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[c] = true
			mu.Unlock()
			wg.Go(func() {
				serve(c)
				mu.Lock()
				delete(open, c)
				mu.Unlock()
				c.Close()
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for c := range open {
			c.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return "http://" + l.Addr().String()
}

// answerServer answers each request with a few bytes as soon as wait, which may be nil, returns. It costs little and
// takes no account of what is asked.
func answerServer(t testing.TB, wait func()) string {
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	return rawServer(t, func(c net.Conn) {
		buf := make([]byte, 4096)
		for {
			n, err := c.Read(buf) // a client of ours writes a small request at once
			if err != nil {
				return
			}
			if !bytes.HasSuffix(buf[:n], []byte("\r\n\r\n")) {
				t.Error("a request in several parts")
				return
			}
			if wait != nil {
				wait()
			}
			if _, err := c.Write(answer); err != nil {
				return
			}
		}
	})
}
