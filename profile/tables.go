package profile

import (
	"github.com/loadx/loadx/profile/latency"
	"github.com/loadx/loadx/profile/topk"
	"github.com/loadx/loadx/profile/uv"
)

// A Dimension is a property of hits by which they are grouped.
type Dimension string

// The dimensions.
const (
	ByPage   Dimension = "page"   // the planned page's name, or the path without its query
	ByMethod Dimension = "method" // the request method
)

// Tables hold the heaviest values of each dimension in bounded memory.
type Tables map[Dimension]*topk.Table[Group]

// A Group is what is known of the hits with one value of a dimension, from when the table took the value in.
type Group struct {
	Hits      uint64 `json:"hits"`
	PageViews uint64 `json:"pv"`
	Bytes     uint64 `json:"bytes"`
	// Errors are an attack's failures, or a log's hits with a status of 500 to 599.
	Errors uint64 `json:"errors"`
	// Visitors are the distinct visitors among the page views, nil in dimensions that do not count them.
	Visitors *uv.Counter `json:"visitors,omitempty"`
	// Latency is the response time of an attack, or the server's own time of a log.
	Latency *latency.Sparse `json:"latency"`
}

// methodKeys is how many methods are told apart: those that exist are few, and scanners invent the rest.
const methodKeys = 64

func newTables(l Limits) Tables {
	return Tables{
		ByPage: topk.New(l.TableKeys, func() *Group {
			return &Group{Visitors: l.bucketCounter(), Latency: latency.NewSparse()}
		}),
		ByMethod: topk.New(methodKeys, func() *Group { return &Group{Latency: latency.NewSparse()} }),
	}
}

func (g *Group) add(h *Hit, failed bool) {
	g.Hits++
	if h.Bytes > 0 {
		g.Bytes += uint64(h.Bytes)
	}
	if failed {
		g.Errors++
	}
	if h.PageView {
		g.PageViews++
		if h.HasVisitor && g.Visitors != nil {
			g.Visitors.Add(h.Visitor)
		}
	}
	switch {
	case h.HasServer:
		g.Latency.Record(h.Server)
	case h.Final && h.Status != 0:
		g.Latency.Record(h.Done - h.Due)
	}
}

func (g *Group) merge(o *Group) error {
	g.Hits += o.Hits
	g.PageViews += o.PageViews
	g.Bytes += o.Bytes
	g.Errors += o.Errors
	g.Latency.Merge(o.Latency)
	if g.Visitors == nil || o.Visitors == nil {
		return nil
	}
	return g.Visitors.Merge(o.Visitors)
}

func (t Tables) merge(o Tables) error {
	for d, theirs := range o {
		ours := t[d]
		if ours == nil {
			continue
		}
		if err := ours.Merge(theirs, (*Group).merge); err != nil {
			return err
		}
	}
	return nil
}
