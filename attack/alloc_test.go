//go:build !race

package attack

import (
	"net"
	"testing"

	"github.com/loadx/loadx/scenarios"
)

// Between taking an event and having measured it nothing is allocated: what a hit allocates is vegeta's own. The race
// detector lets pools forget at random.
func TestNoAllocation(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		answer, buf := []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), make([]byte, 4096)
		for {
			if _, err := c.Read(buf); err != nil {
				return
			}
			if _, err := c.Write(answer); err != nil {
				return
			}
		}
	}()
	plan := planOf(t, scenarios.Scenario{Target: "http://" + l.Addr().String(), MaxRate: true, MaxInFlight: 1,
		Traffic: scenarios.Traffic{PV: 1 << 20, UV: 1000}})
	a, err := New(Options{Plan: plan})
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s, n := r.sender, uint64(0)
	hit := func() {
		s.line.push(plan.Visit(n), s.now(), false)
		n++
		if _, err := s.RoundTrip(nil); err != nil {
			t.Fatal(err)
		}
	}
	for range 2000 { // until every buffer and table has its size
		hit()
	}
	if got := testing.AllocsPerRun(2000, hit); got != 0 {
		t.Errorf("%v allocations a hit", got)
	}
	p, err := s.collector.Snapshot()
	if err != nil || p.Sent != n || p.Status.Count(200) != n || p.Users.Count() != 1000 {
		t.Errorf("%v: sent %d of %d, %d users", err, p.Sent, n, p.Users.Count())
	}
	s.carrier.close()
	l.Close()
	<-served
}
