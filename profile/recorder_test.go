package profile

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/loadx/loadx/profile/latency"
	"github.com/loadx/loadx/profile/uv"
)

var testClasses = []ErrorClass{ErrRefused, ErrReset, ErrClosed, ErrTimeout, ErrDialTimeout, ErrTLS, ErrDNS, ErrProtocol, ErrOther}

func testVisitor(user uint64) uint64 { return uv.HashString(fmt.Sprint("u", user)) }

// randomAttack is the hits of n planned requests by users below population in the order of sending, some with redirect
// hops, retries and failures behind them.
func randomAttack(rng *rand.Rand, n int, population uint64) []Hit {
	var hits []Hit
	known := map[uint64]bool{}
	for i := range n {
		user := rng.Uint64N(population)
		due := time.Duration(i) * 100 * time.Millisecond
		lag := time.Duration(rng.Int64N(int64(20 * time.Millisecond)))
		h := Hit{
			Time: 1_700_000_000e9 + int64(due), User: user, NewUser: !known[user], Visitor: testVisitor(user), HasVisitor: true,
			Page: fmt.Appendf(nil, "/page/%d", rng.IntN(7)), Method: []byte("GET"), PageView: true,
			Due: due, Sent: due + lag, Late: lag > LateAfter, LateFree: lag > 19*time.Millisecond,
		}
		h.Done = h.Sent + time.Duration(rng.Int64N(int64(time.Second)))
		known[user] = true
		if rng.IntN(20) == 0 {
			stale := h
			stale.Error, stale.ErrorText = ErrRetried, "broken pipe"
			hits = append(hits, stale)
			h.Hop, h.PageView, h.NewUser = Retry, false, false
		}
		for rng.IntN(10) == 0 {
			redirect := h
			redirect.Status = 302
			hits = append(hits, redirect)
			h.Hop, h.PageView, h.NewUser = Redirect, false, false
		}
		h.Final = true
		switch rng.IntN(10) {
		case 0:
			h.Error, h.ErrorText = testClasses[rng.IntN(len(testClasses))], "no response"
		case 1:
			h.Status, h.Error, h.ErrorText = 500+rng.IntN(4), ErrStatus, "not expected"
		default:
			h.Status, h.Bytes = 200, rng.Int64N(10_000)
		}
		hits = append(hits, h)
	}
	return hits
}

func recordAttack(hits []Hit, population uint64) *Profile {
	r := NewAttackRecorder(population, Limits{})
	for i := range hits {
		r.Add(&hits[i])
	}
	return r.Profile()
}

// equal fails the test unless all the numbers are the first one.
func equal(t *testing.T, what string, numbers ...uint64) {
	t.Helper()
	for _, n := range numbers[1:] {
		if n != numbers[0] {
			t.Errorf("%s: %v are not equal", what, numbers)
			return
		}
	}
}

func TestAttackIdentities(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	hits := randomAttack(rng, 5000, 300)
	r := NewAttackRecorder(300, Limits{})
	for i := range hits {
		r.Add(&hits[i])
	}
	for range 17 {
		r.Drop(time.Duration(rng.Int64N(int64(time.Hour))))
	}
	p := r.Profile()

	var bytes, late, lateFree, final, failed, noStatus uint64
	users, unlucky, pages := map[uint64]bool{}, map[uint64]bool{}, map[string]uint64{}
	for _, h := range hits {
		bytes += uint64(h.Bytes)
		users[h.User] = true
		pages[string(h.Page)]++
		if h.Hop == Request && h.Late {
			late++
		}
		if h.Hop == Request && h.LateFree {
			lateFree++
		}
		if waited := h.Error == ErrTimeout || h.Error == ErrDialTimeout; h.Final && (waited || h.Status != 0 && (h.Error == "" || h.Error == ErrStatus)) {
			final++
		}
		if h.Error != "" && h.Error != ErrRetried {
			failed++
			unlucky[h.User] = true
		}
		if h.Status == 0 {
			noStatus++
		}
	}
	var withoutStatus uint64
	for _, f := range p.Failures {
		withoutStatus += f.NoStatus
	}
	var total Slice
	for _, s := range p.Timeline.Slices {
		s.Service, s.Response = s.Service.Clone(), s.Response.Clone()
		if total.Service == nil {
			total = s
			continue
		}
		total.merge(&s)
	}
	var classes uint64
	for _, n := range total.Classes {
		classes += n
	}
	equal(t, "hits", uint64(len(hits)), p.Hits, p.Sent+p.Redirects+p.Retries, p.Status.Total()+p.NoStatus, total.Hits, classes)
	equal(t, "sent", 5000, p.Sent, p.PageViews, total.Sent, total.PageViews, p.Lag.Count())
	equal(t, "planned", p.Sent+p.Dropped, total.Due)
	equal(t, "dropped", 17, p.Dropped, total.Dropped)
	equal(t, "users", uint64(len(users)), p.UV().Value, p.Visitors.Estimate().Value, p.Clients.Estimate().Value, total.NewUsers)
	equal(t, "users of whom a view failed", uint64(len(unlucky)), p.FailedUsers.Count())
	equal(t, "no status", noStatus, p.NoStatus, withoutStatus)
	equal(t, "failures", failed, p.Failures.Total(), total.Errors)
	equal(t, "latencies", final, p.Service.Count(), p.Response.Count(), total.Service.Count(), total.Response.Count())
	equal(t, "late", late, p.Late, total.Late)
	equal(t, "late with free slots", lateFree, p.LateFree)
	equal(t, "bytes", bytes, p.Bytes)
	equal(t, "pages", uint64(len(pages)), uint64(p.Tables[ByPage].Len()))
	for page, n := range pages {
		row, ok := p.Tables[ByPage].Get(page)
		if !ok {
			t.Fatalf("no page %s", page)
		}
		equal(t, page, n, row.Count, row.Value.Hits)
	}
	if p.Retries == 0 || p.Redirects == 0 || len(p.Failures) != len(testClasses)+2 {
		t.Errorf("the hits leave something out: %d retries, %d redirects, %d classes", p.Retries, p.Redirects, len(p.Failures))
	}
}

func TestLogIdentities(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	r := NewLogRecorder(time.UTC, Limits{})
	p := r.Profile()
	var views, keyless, bots, static, noTime, errors5xx, durations uint64
	all, visitors := map[uint64]bool{}, map[uint64]bool{}
	for range 5000 {
		h := Hit{Time: 1_700_000_000e9 + rng.Int64N(1e15), Page: []byte("/"), Method: []byte("GET"), Status: 200 + 100*rng.IntN(4),
			Visitor: testVisitor(rng.Uint64N(500)), HasVisitor: rng.IntN(10) > 0, NoTime: rng.IntN(20) == 0,
			Bot: rng.IntN(5) == 0, Static: rng.IntN(5) == 0, HasServer: rng.IntN(2) == 0, Server: time.Millisecond}
		h.PageView = !h.Bot && !h.Static
		r.Add(&h)
		count := func(n *uint64, yes bool) {
			if yes {
				*n++
			}
		}
		count(&views, h.PageView)
		count(&keyless, h.PageView && !h.HasVisitor)
		count(&bots, h.Bot)
		count(&static, h.Static)
		count(&noTime, h.NoTime)
		count(&errors5xx, h.Status == 500)
		count(&durations, h.HasServer)
		if h.HasVisitor {
			all[h.Visitor] = true
			if h.PageView {
				visitors[h.Visitor] = true
			}
		}
	}
	r.Profile()
	p.Lines = &Lines{Read: 5010, Parsed: 5000, Filtered: 3, Comments: 2, Bad: 5}
	var sum Bucket
	for _, b := range p.Calendar.Roll(Month) {
		sum.merge(&b)
	}
	beyond := p.Calendar.Beyond()
	equal(t, "hits", 5000, p.Hits, p.Lines.Parsed, sum.Hits+p.NoTimeHits+beyond.Hits, p.Status.Total())
	equal(t, "lines", p.Lines.Read, p.Lines.Parsed+p.Lines.Filtered+p.Lines.Comments+p.Lines.Bad)
	equal(t, "pv", views, p.PageViews)
	equal(t, "without key", keyless, p.WithoutKey)
	equal(t, "bots", bots, p.BotHits)
	equal(t, "static", static, p.StaticHits)
	equal(t, "no time", noTime, p.NoTimeHits)
	equal(t, "5xx", errors5xx, p.Status.Class(5))
	equal(t, "durations", durations, p.Server.Count())
	equal(t, "uv", uint64(len(visitors)), p.UV().Value)
	equal(t, "clients", uint64(len(all)), p.Clients.Estimate().Value)
}

func TestFirstAndLastTime(t *testing.T) {
	for _, times := range [][]int64{{5}, {0, 7}, {7, 0}, {-9, -3}, {-3, 0, -9}, {0}} {
		r, halves := NewLogRecorder(time.UTC, Limits{}), NewLogRecorder(time.UTC, Limits{}).Profile()
		r.Add(&Hit{NoTime: true, Time: 99})
		first, last := times[0], times[0]
		for _, at := range times {
			first, last = min(first, at), max(last, at)
			r.Add(&Hit{Time: at})
			half := NewLogRecorder(time.UTC, Limits{})
			half.Add(&Hit{Time: at})
			if err := halves.Absorb(half.Profile()); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range []*Profile{r.Profile(), halves} {
			if p.FirstTime != first || p.LastTime != last || p.Duration() != time.Duration(last-first) {
				t.Errorf("%v: from %d to %d", times, p.FirstTime, p.LastTime)
			}
		}
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	hits := randomAttack(rand.New(rand.NewPCG(5, 6)), 500, 50)
	attack, log := NewAttackRecorder(50, Limits{}), NewLogRecorder(time.UTC, Limits{})
	round := func() {
		for i := range hits {
			attack.Add(&hits[i])
			log.Add(&hits[i])
		}
	}
	round()
	if n := testing.AllocsPerRun(5, round); n > 0 {
		t.Errorf("%v allocations for %d known hits", n, len(hits))
	}
}

func TestCollectorIsOneRecorder(t *testing.T) {
	hits := randomAttack(rand.New(rand.NewPCG(7, 8)), 2000, 100)
	want := recordAttack(hits, 100)
	c := NewCollector(3, func() *Recorder { return NewAttackRecorder(100, Limits{}) })
	done := make(chan bool)
	for worker := range 4 {
		go func() {
			for i := worker; i < len(hits); i += 4 {
				c.Add(uint64(i), &hits[i])
			}
			done <- true
		}()
	}
	for range 4 {
		<-done
	}
	c.Drop(time.Second)
	got, err := c.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	n := c.Counts()
	equal(t, "hits", want.Hits, got.Hits)
	equal(t, "sent", want.Sent, got.Sent, n.Sent)
	equal(t, "late", want.Late, got.Late, n.Late)
	equal(t, "users", want.UV().Value, got.UV().Value, n.UV)
	equal(t, "failures", want.Failures.Total(), got.Failures.Total(), n.Failures)
	equal(t, "dropped", 1, got.Dropped, n.Dropped)
	equal(t, "latencies", want.Service.Count(), got.Service.Count())
}

func BenchmarkAddAttack(b *testing.B) {
	hits := randomAttack(rand.New(rand.NewPCG(9, 10)), 1000, 100)
	r := NewAttackRecorder(100, Limits{})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.Add(&hits[i%len(hits)])
	}
}

func BenchmarkAddLog(b *testing.B) {
	hits := randomAttack(rand.New(rand.NewPCG(11, 12)), 1000, 100)
	r := NewLogRecorder(time.UTC, Limits{})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.Add(&hits[i%len(hits)])
	}
}

// A target that hangs must not look faster than it is: who waited until the timeout waited at least so long. Who was
// refused at once tells nothing of how long an answer takes.
func TestTimeoutsAreLatencies(t *testing.T) {
	r := NewAttackRecorder(10, Limits{})
	for i := range 10 {
		h := Hit{User: uint64(i), PageView: true, Final: true, Page: []byte("/"), Status: 200, Done: time.Millisecond}
		switch {
		case i < 4:
			h.Status, h.Error, h.Done = 0, ErrTimeout, time.Second
		case i == 4:
			h.Status, h.Error, h.Done = 0, ErrRefused, time.Microsecond
		}
		r.Add(&h)
	}
	p := r.Profile()
	row, _ := p.Tables[ByPage].Get("/")
	for name, h := range map[string]*latency.Histogram{"service": p.Service, "response": p.Response, "page": row.Value.Latency, "slice": p.Timeline.Slices[0].Response} {
		shortest, _ := h.Min()
		p70, _ := h.Quantile(0.7)
		if h.Count() != 9 || shortest != time.Millisecond || p70 < 990*time.Millisecond {
			t.Errorf("%s: %d latencies, the shortest %s, p70 %s, want 9, 1ms and the timeout's 1s", name, h.Count(), shortest, p70)
		}
	}
}

// What the histograms' bound cuts is told, and a profile within it says nothing.
func TestClampedDurationsAreTold(t *testing.T) {
	r := NewLogRecorder(time.UTC, Limits{})
	r.Add(&Hit{Status: 200, Page: []byte("/"), Server: time.Minute, HasServer: true})
	p := r.Profile()
	if p.WarnOfClamped(); len(p.Warnings) != 0 {
		t.Errorf("%+v", p.Warnings)
	}
	r.Add(&Hit{Status: 200, Page: []byte("/"), Server: 3 * time.Hour, HasServer: true})
	p = r.Profile()
	if p.WarnOfClamped(); len(p.Warnings) != 1 || p.Warnings[0].Code != "clamped" {
		t.Errorf("%+v, want one of clamped durations", p.Warnings)
	}
}
