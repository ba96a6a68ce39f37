package profile

import (
	"sync"
	"time"

	"github.com/loadx/loadx/profile/latency"
)

// A Collector measures an attack's hits from many goroutines. It is safe for concurrent use.
type Collector struct {
	shards []collectorShard
	empty  func() *Recorder
}

type collectorShard struct {
	mu sync.Mutex
	r  *Recorder
	_  [40]byte // a cache line of its own
}

// NewCollector makes a collector of that many shards, which goroutines take in turn: as many as run at once is enough.
func NewCollector(shards int, newRecorder func() *Recorder) *Collector {
	c := &Collector{shards: make([]collectorShard, max(shards, 1)), empty: newRecorder}
	for i := range c.shards {
		c.shards[i].r = newRecorder()
	}
	return c
}

// Add measures a hit; n spreads the callers over the shards.
func (c *Collector) Add(n uint64, h *Hit) {
	s := &c.shards[n%uint64(len(c.shards))]
	s.mu.Lock()
	s.r.Add(h)
	s.mu.Unlock()
}

// Drop counts a planned hit that is never sent.
func (c *Collector) Drop(due time.Duration) {
	s := &c.shards[0]
	s.mu.Lock()
	s.r.Drop(due)
	s.mu.Unlock()
}

// Snapshot returns the merged profile of all hits so far; it is the caller's.
func (c *Collector) Snapshot() (*Profile, error) {
	all := c.empty().Profile()
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		err := all.add(s.r.p)
		s.mu.Unlock()
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Response is the distribution of the response times so far; it is the caller's.
func (c *Collector) Response() *latency.Histogram {
	all := latency.New()
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		all.Merge(s.r.p.Response)
		s.mu.Unlock()
	}
	return all
}

// Recent is the distribution of the response times of what was sent between two instants since the start and has come
// back, by whole slices of the timeline: at least that which to lies in, and every one that lies behind from as a whole.
// It is of low resolution, and the caller's.
func (c *Collector) Recent(from, to time.Duration) *latency.Histogram {
	all := latency.NewSparse()
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		t := s.r.p.Timeline
		last := int(to / t.Width)
		first := min(max(int((max(from, 0)+t.Width-1)/t.Width), 0), last)
		for j := first; j <= min(last, len(t.Slices)-1); j++ {
			all.Merge(t.Slices[j].Response)
		}
		s.mu.Unlock()
	}
	return all
}

// Counts are the few figures that a live view needs often, cheap to take.
type Counts struct {
	Sent, Late, Dropped, Failures, UV uint64
	// Errors are Failures by class, nil while there are none.
	Errors map[ErrorClass]uint64
}

// Counts sums the shards' counters. UV is exact unless users are sent by several shards, which it then counts once each:
// it is the sum of the users that the plan introduced.
func (c *Collector) Counts() Counts {
	var n Counts
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		p := s.r.p
		n.Sent += p.Sent
		n.Late += p.Late
		n.Dropped += p.Dropped
		n.Failures += p.Failures.Total()
		for class, f := range p.Failures {
			if class == ErrRetried {
				continue // what became of the hit counts
			}
			if n.Errors == nil {
				n.Errors = map[ErrorClass]uint64{}
			}
			n.Errors[class] += f.Count
		}
		for j := range p.Timeline.Slices {
			n.UV += p.Timeline.Slices[j].NewUsers
		}
		s.mu.Unlock()
	}
	return n
}
