package main

import (
	"errors"
	"iter"
	"math"
	"math/rand/v2"
	"time"
)

// traffic is what the flags ask for.
type traffic struct {
	lines, visitors, paths, agents, referrers int
}

func (t traffic) validate() error {
	switch {
	case t.lines < 0 || t.visitors < 1 || t.paths < 1 || t.agents < 1 || t.referrers < 1:
		return errors.New("-lines is at least 0, -visitors, -paths, -agents and -referrers are at least 1")
	case t.visitors > 4_000_000_000:
		return errors.New("-visitors: at most 4,000,000,000, as each has an IPv4 address")
	}
	return nil
}

// A hit is what a line tells of.
type hit struct {
	at       time.Time
	visitor  int
	agent    int // numbers the User-Agent
	referrer int // numbers the referring host
	path     int
	css      bool // a style sheet, else a page
	ref      int  // the value in the query
	status   int
	size     int // bytes of the body
	took     time.Duration
	host     int // numbers the virtual host
	upstream int // numbers the server behind the proxy
	port     int // the client's
	id       [2]uint64
}

// hits yields the hits of the traffic in the order of time; the hit is valid until the next one.
func (t traffic) hits() iter.Seq[*hit] {
	return func(yield func(*hit) bool) {
		// What combined shows has a source of its own, so that what only other formats show changes none of it.
		r, more := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(3, 4))
		start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		var h hit
		for i := range t.lines {
			h.visitor = r.IntN(t.visitors)
			h.agent = h.visitor % t.agents
			h.at = start.Add(time.Duration(float64(i) / float64(t.lines) * float64(36*time.Hour)))
			h.path = int(math.Pow(float64(t.paths), r.Float64())) // few paths get most hits
			h.css = r.IntN(3) == 0
			h.status = 200
			switch r.IntN(50) {
			case 0:
				h.status = 404
			case 1:
				h.status = 500
			case 2:
				h.status = 304
			}
			h.ref = r.IntN(9)
			h.size = 200 + r.IntN(50_000)

			h.referrer = more.IntN(t.referrers)
			h.took = time.Millisecond + time.Duration(more.ExpFloat64()*float64(40*time.Millisecond))
			h.host, h.upstream, h.port = more.IntN(len(hosts)), 1+more.IntN(8), 1024+more.IntN(64_000)
			h.id = [2]uint64{more.Uint64(), more.Uint64()}
			if !yield(&h) {
				return
			}
		}
	}
}
