package attack_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
	"github.com/loadx/loadx/scenarios/traffic"
)

// Hits are handed to the transport in due order, and with one request in flight the site sees that order.
func TestOrder(t *testing.T) {
	var got []string
	s := newSite(t, func(_ http.ResponseWriter, r *http.Request) { got = append(got, r.URL.RawQuery) })
	run(t, attack.Options{Plan: plan(t, scenarios.Scenario{MaxInFlight: 1,
		Pages:   []scenarios.Page{{URL: "/?{seq}"}},
		Traffic: scenarios.Traffic{PV: 500, UV: 20, Duration: 50 * time.Millisecond}}, s.URL)})
	if len(got) != 500 {
		t.Fatalf("%d hits", len(got))
	}
	for n, query := range got {
		if query != fmt.Sprint(n) {
			t.Fatalf("hit %d of the site is %s", n, query)
		}
	}
}

// A cancelled context ends the sending within 100 ms, also when the loop hangs at the cap, and what is in flight is
// waited for.
func TestCancelAtTheCap(t *testing.T) {
	const limit = 4
	release := make(chan struct{})
	arrived := make(chan struct{}, 1000)
	s := newSite(t, func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-release
	})
	pl := plan(t, scenarios.Scenario{MaxInFlight: limit, Traffic: scenarios.Traffic{Rate: 1000, Duration: time.Minute}}, s.URL)
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	a := newAttack(t, attack.Options{Plan: pl, Results: &out})
	ended := make(chan *profile.Profile)
	go func() {
		p, err := a.Run(ctx)
		if err != nil {
			t.Error(err)
		}
		ended <- p
	}()
	for range limit {
		<-arrived
	}
	cancel()
	<-time.After(100 * time.Millisecond) // the promise
	close(release)
	p := <-ended
	checkIdentities(t, p)
	if hits, _ := s.counts(); hits != limit || p.Sent != limit || p.Status.Count(200) != limit {
		t.Errorf("the site counted %d hits; sent %d, answered %d; want %d", hits, p.Sent, p.Status.Count(200), limit)
	}
	if n := len(decodeResults(t, &out)); n != limit {
		t.Errorf("%d results, want %d", n, limit)
	}
	if !p.Interrupted || !p.Invalid() || p.Planned.Hits != 60_000 || p.Dropped != 60_000-limit {
		t.Errorf("interrupted %v, planned %d, dropped %d", p.Interrupted, p.Planned.Hits, p.Dropped)
	}
	if p.Elapsed < 100*time.Millisecond || p.Elapsed > 30*time.Second {
		t.Errorf("elapsed %v", p.Elapsed)
	}
	var due uint64
	for _, s := range p.Timeline.Slices {
		due += s.Due
	}
	if due == 60_000 || due < limit {
		t.Errorf("%d were due before the end", due)
	}
}

func TestCancelWhileWaiting(t *testing.T) {
	arrived := make(chan struct{}, 1)
	s := newSite(t, func(http.ResponseWriter, *http.Request) { arrived <- struct{}{} })
	pl := plan(t, scenarios.Scenario{Traffic: scenarios.Traffic{PV: 2, Duration: time.Hour}}, s.URL)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	p, err := newAttack(t, attack.Options{Plan: pl}).Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	checkIdentities(t, p)
	if !p.Interrupted || p.Sent != 1 || p.Dropped != 1 || p.Elapsed > time.Minute {
		t.Errorf("interrupted %v, sent %d, dropped %d, elapsed %v", p.Interrupted, p.Sent, p.Dropped, p.Elapsed)
	}
}

// Requests that never end are ended by the timeout, also after an interruption.
func TestDrainEnds(t *testing.T) {
	arrived := make(chan struct{}, 100)
	target := rawServer(t, func(c net.Conn) {
		arrived <- struct{}{}
		_, _ = io.Copy(io.Discard, c)
	})
	pl := plan(t, scenarios.Scenario{Timeout: 150 * time.Millisecond, Traffic: scenarios.Traffic{PV: 10, Duration: time.Hour}}, target)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	p, err := newAttack(t, attack.Options{Plan: pl}).Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if f := p.Failures[profile.ErrTimeout]; p.Sent != 1 || f == nil || f.Count != 1 {
		t.Errorf("sent %d, failures %v", p.Sent, classCounts(p))
	}
	if p.Elapsed < 100*time.Millisecond || p.Elapsed > 5*time.Second {
		t.Errorf("elapsed %v", p.Elapsed)
	}
}

func TestMaxRate(t *testing.T) {
	const limit = 4
	for _, c := range []struct {
		name    string
		traffic scenarios.Traffic
	}{
		{"a number of views", scenarios.Traffic{PV: 2000, UV: 300}},
		{"everyone new", scenarios.Traffic{PV: 1000}},
		{"a time", scenarios.Traffic{Duration: 300 * time.Millisecond, UV: 50}},
		{"a time, everyone new", scenarios.Traffic{Duration: 300 * time.Millisecond}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var busy, most atomic.Int64
			s := newSite(t, func(http.ResponseWriter, *http.Request) {
				n := busy.Add(1)
				for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
				}
				busy.Add(-1)
			})
			p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{MaxRate: true, MaxInFlight: limit, Traffic: c.traffic}, s.URL)})
			hits, visitors := s.counts()
			if p.Planned != nil || uint64(hits) != p.Sent || p.Dropped != 0 || p.Late != 0 || p.Interrupted {
				t.Errorf("planned %v, sent %d, dropped %d, late %d; the site counted %d", p.Planned, p.Sent, p.Dropped, p.Late, hits)
			}
			want := p.Sent
			if c.traffic.UV > 0 {
				want = min(want, c.traffic.UV)
			}
			if uint64(visitors) != want || p.UV().Value != want {
				t.Errorf("%d users, the site counted %d visitors, want %d", p.UV().Value, visitors, want)
			}
			if c.traffic.PV > 0 && p.Sent != c.traffic.PV {
				t.Errorf("sent %d, want %d", p.Sent, c.traffic.PV)
			}
			if d := c.traffic.Duration; d > 0 && (p.Elapsed < d || p.Elapsed > d+2*time.Second || p.Sent < 10) {
				t.Errorf("sent %d in %v, want for %v", p.Sent, p.Elapsed, d)
			}
			if n := most.Load(); n > limit || n < 1 {
				t.Errorf("%d in flight, want up to %d", n, limit)
			}
		})
	}
}

// The shards of a plan send all of it, each user from one of them; their profiles merge into that of the whole.
func TestShards(t *testing.T) {
	s := newSite(t, nil)
	scenario := scenarios.Scenario{Target: s.URL, Pages: []scenarios.Page{{URL: "/"}},
		Traffic: scenarios.Traffic{PV: 600, UV: 100, Duration: 100 * time.Millisecond}}
	const count = 3
	var all *profile.Profile
	seen := map[string]bool{}
	for i := range uint64(count) {
		pl, err := scenario.Plan(traffic.Shard{Index: i, Count: count})
		if err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		clear(s.visitors)
		s.mu.Unlock()
		p := run(t, attack.Options{Plan: pl})
		for v := range s.visitors {
			if seen[v] {
				t.Errorf("%s comes from two shards", v)
			}
			seen[v] = true
		}
		if p.UV().Value != p.Planned.UV || uint64(len(s.visitors)) != p.Planned.UV {
			t.Errorf("shard %d: planned %d users, sent %d, the site counted %d", i, p.Planned.UV, p.UV().Value, len(s.visitors))
		}
		if all == nil {
			all = p
		} else if err := all.Merge(p); err != nil {
			t.Fatal(err)
		}
	}
	checkIdentities(t, all)
	if all.Planned.Hits != 600 || all.Planned.UV != 100 || all.UV().Value != 100 || len(seen) != 100 {
		t.Errorf("planned %d by %d, sent to %d; the site counted %d visitors", all.Planned.Hits, all.Planned.UV, all.UV().Value, len(seen))
	}
}

// An interrupted shard still knows how many hits it had.
func TestInterruptedShard(t *testing.T) {
	s := newSite(t, nil)
	pl, err := (&scenarios.Scenario{Target: s.URL, Pages: []scenarios.Page{{URL: "/"}},
		Traffic: scenarios.Traffic{PV: 5000, UV: 1000, Duration: time.Hour, Visits: traffic.Law{Kind: traffic.Zipf, S: 1}},
	}).Plan(traffic.Shard{Index: 1, Count: 4})
	if err != nil {
		t.Fatal(err)
	}
	want := uint64(0)
	for c := pl.Cursor(pl.Shard()); ; want++ {
		if _, ok := c.Next(); !ok {
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p, err := newAttack(t, attack.Options{Plan: pl}).Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	checkIdentities(t, p)
	if p.Planned.Hits != want || p.Planned.UV != 250 || !p.Interrupted {
		t.Errorf("planned %d by %d, want %d by 250", p.Planned.Hits, p.Planned.UV, want)
	}
}

// The live figures may be taken at any time, and a snapshot is a whole profile.
func TestProgressAndSnapshot(t *testing.T) {
	s := newSite(t, nil)
	pl := plan(t, scenarios.Scenario{Name: "n", Traffic: scenarios.Traffic{PV: 600, UV: 60, Duration: 600 * time.Millisecond}}, s.URL)
	a := newAttack(t, attack.Options{Plan: pl})
	if pr := a.Progress(); !reflect.DeepEqual(pr, attack.Progress{}) {
		t.Errorf("before the run: %+v", pr)
	}
	if p, err := a.Snapshot(); p != nil || err != nil {
		t.Errorf("before the run: %v, %v", p, err)
	}
	stop := make(chan struct{})
	var looks []attack.Progress
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
			}
			looks = append(looks, a.Progress())
			p, err := a.Snapshot()
			if err != nil {
				t.Error(err)
				return
			}
			if p != nil {
				checkIdentities(t, p)
				if !p.Interrupted || p.Planned.Hits != 600 || p.Name != "n" {
					t.Errorf("snapshot: interrupted %v, planned %d, name %q", p.Interrupted, p.Planned.Hits, p.Name)
				}
			}
		}
	})
	p, err := a.Run(t.Context())
	close(stop)
	watching.Wait()
	if err != nil || p.Sent != 600 {
		t.Fatalf("%v, sent %d", err, p.Sent)
	}
	if !slices.IsSortedFunc(looks, func(a, b attack.Progress) int { return cmp.Compare(a.Sent, b.Sent) }) {
		t.Error("what was sent becomes less")
	}
	middle := slices.IndexFunc(looks, func(pr attack.Progress) bool { return pr.Sent > 200 && pr.Left > 0 })
	if middle < 0 {
		t.Fatal("no look in the middle")
	}
	if pr := looks[middle]; !near(int64(pr.Asked), 1000, 0.01) || pr.Planned != 600 || pr.Elapsed <= 0 ||
		pr.UV == 0 || pr.UV > 60 || pr.PlannedUV != 60 || pr.Response.Count < 200 || pr.Response.P50 <= 0 || pr.Response.P99 < pr.Response.P95 || pr.Recent.Count < 200 || !near(int64(pr.Recent.P50), int64(pr.Response.P50), 0.2) || pr.Achieved < 100 || pr.Achieved > 10_000 {
		t.Errorf("in the middle: %+v", pr)
	}
	if end := a.Progress(); end.Sent != 600 || end.UV != 60 || end.InFlight != 0 || end.Left > 5*time.Millisecond {
		t.Errorf("at the end: %+v", end)
	}
	if _, err := a.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "once") {
		t.Errorf("a second run: %v", err)
	}
}
