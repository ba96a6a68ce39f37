package profile

import (
	"github.com/loadx/loadx/profile/latency"
	"github.com/loadx/loadx/profile/uv"
)

// An audience is a value of [ByAudience] by number.
type audience uint8

const (
	people audience = iota
	bots
	staticFiles
	audiences
)

var audienceNames = [audiences]string{people: People, bots: Bots, staticFiles: StaticFiles}

func audienceOf(h *Hit) audience {
	switch {
	case h.Bot:
		return bots
	case h.Static:
		return staticFiles
	default:
		return people
	}
}

// A crowd counts the hits of one audience. Page views and other hits have counters of their own, so that a hit is
// added to one counter alone: all that is asked of them (the visitors and the clients, of one audience or of all) are
// unions, which cost nothing until they are asked for.
type crowd struct {
	hits, views, bytes, errors uint64
	latency                    *latency.Histogram
	visitors                   [2]*uv.Counter // of other hits, of page views

	_ [8]byte // to a whole line of the cache: those of several recorders stand side by side
}

type crowds [audiences]crowd

func newCrowds(l Limits) *crowds {
	c := new(crowds)
	for i := range c {
		c[i] = crowd{latency: latency.NewSparse(), visitors: [2]*uv.Counter{l.rangeCounter(), l.rangeCounter()}}
	}
	return c
}

func (c *crowds) add(h *Hit) {
	a := &c[audienceOf(h)]
	a.hits++
	a.bytes += h.sums.bytes
	a.errors += h.sums.failed
	a.views += h.sums.view
	if h.HasServer {
		a.latency.Record(h.Server)
	}
	if h.HasVisitor {
		a.visitors[h.sums.view].Add(h.Visitor)
	}
}

// settle brings a profile's audiences, visitors and clients up to what was added since it was settled last.
func (c *crowds) settle(p *Profile) {
	for i := range c {
		a := &c[i]
		if a.hits == 0 {
			continue
		}
		g := p.Tables[ByAudience].Add([]byte(audienceNames[i]), a.hits)
		g.Hits += a.hits
		g.PageViews += a.views
		g.Bytes += a.bytes
		g.Errors += a.errors
		g.Latency.Merge(a.latency)
		a.hits, a.views, a.bytes, a.errors, a.latency = 0, 0, 0, 0, latency.NewSparse()
		others, views := a.visitors[0], a.visitors[1]
		for _, union := range [...]struct{ into, from *uv.Counter }{
			{g.Visitors, views}, {g.Clients, others}, {g.Clients, views},
			{p.Visitors, views}, {p.Clients, others}, {p.Clients, views},
		} {
			if err := union.into.Merge(union.from); err != nil {
				panic("BUG: audience: " + err.Error()) // counters of one making always merge
			}
		}
	}
}
