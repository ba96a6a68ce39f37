package attack_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/scenarios"
	"github.com/loadx/loadx/scenarios/traffic"
)

// A tape is a server that keeps every byte that comes, request by request.
type tape struct {
	url string
	mu  sync.Mutex
	all []string
}

func newTape(t testing.TB) *tape {
	s := &tape{}
	s.url = rawServer(t, func(c net.Conn) {
		var raw strings.Builder
		for in := bufio.NewReader(io.TeeReader(c, &raw)); ; {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			// The client waits for the answer, so that what has come is one request.
			s.mu.Lock()
			s.all = append(s.all, raw.String())
			s.mu.Unlock()
			raw.Reset()
			if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); err != nil {
				return
			}
		}
	})
	return s
}

// play returns what a run with that seed sends.
func (s *tape) play(t *testing.T, seed, inFlight uint64) []string {
	t.Helper()
	s.all = nil
	p := run(t, attack.Options{UserAgent: "tape", Plan: plan(t, scenarios.Scenario{
		MaxInFlight: inFlight, Headers: scenarios.Headers{{Name: "X-Seq", Value: "{seq}"}},
		Identity: scenarios.Identity{ID: "u-{user}", Channels: []scenarios.Channel{{Kind: scenarios.Cookie, Value: "uid"}, {Kind: scenarios.IdentityHeader, Value: "X-User"},
			{Kind: scenarios.Query, Value: "u"}, {Kind: scenarios.ForwardedFor, Value: "10.0.0.0/8"}, {Kind: scenarios.UserAgents}}},
		Pages: []scenarios.Page{{URL: "/"}, {URL: "/item/{zipf 1.1 1..5000}", Weight: 3}, {URL: "/find?q={choice a|b|c}&n={uniform 1..9}"},
			{URL: "/buy", Method: "POST", Body: "user={user}&n={uniform 1..1000000}"}},
		Traffic: scenarios.Traffic{PV: 600, UV: 90, Duration: 150 * time.Millisecond, Arrivals: traffic.Poisson, Visits: traffic.Law{Kind: traffic.Zipf, S: 1.1}, Seed: seed}}, s.url)})
	if p.Status.Count(200) != 600 || len(s.all) != 600 {
		t.Fatalf("%d answers to %d requests; %v", p.Status.Count(200), len(s.all), classCounts(p))
	}
	return slices.Clone(s.all)
}

// The same seed sends the same requests byte for byte, on one connection in the order in which they are due, and on many
// the same ones. Another seed sends others.
func TestSameSeedSameBytes(t *testing.T) {
	s := newTape(t)
	first := s.play(t, 7, 1)
	for n, request := range first {
		if !strings.Contains(request, fmt.Sprintf("\r\nX-Seq: %d\r\n", n)) {
			t.Fatalf("request %d out of order:\n%s", n, request)
		}
	}
	if again := s.play(t, 7, 1); !slices.Equal(again, first) {
		for n := range again {
			if again[n] != first[n] {
				t.Fatalf("request %d is now\n%s, was\n%s", n, again[n], first[n])
			}
		}
	}
	crowd, want := s.play(t, 7, 16), slices.Clone(first)
	slices.Sort(crowd)
	slices.Sort(want)
	if !slices.Equal(crowd, want) {
		t.Error("with many in flight other requests are sent")
	}
	other, same := s.play(t, 8, 1), 0
	for n := range other {
		if other[n] == first[n] {
			same++
		}
	}
	if same > len(first)/10 {
		t.Errorf("%d of %d requests of another seed are the same", same, len(first))
	}
}
