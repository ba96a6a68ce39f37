package profile

import (
	"encoding/json"
	"errors"
	"fmt"

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
	Latency *latency.Histogram `json:"latency"`
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
	case h.timed():
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

// MarshalJSON writes an object from dimension to the table's encoding in base64, whose payloads are groups in JSON.
func (t Tables) MarshalJSON() ([]byte, error) {
	encoded := map[Dimension][]byte{}
	for d, table := range t {
		b, err := table.AppendBinary(nil, func(dst []byte, g *Group) ([]byte, error) {
			j, err := json.Marshal(g)
			return append(dst, j...), err
		})
		if err != nil {
			return nil, err
		}
		encoded[d] = b
	}
	return json.Marshal(encoded)
}

// UnmarshalJSON reads what MarshalJSON writes; dimensions that this version does not know are left out.
func (t *Tables) UnmarshalJSON(data []byte) error {
	var encoded map[Dimension][]byte
	if err := json.Unmarshal(data, &encoded); err != nil {
		return fmt.Errorf("tables: %w", err)
	}
	read := newTables(Limits{}.withDefaults())
	for d, table := range read {
		if err := table.UnmarshalBinary(encoded[d], func(b []byte) (*Group, error) { return decodeGroup(d, b) }); err != nil {
			return fmt.Errorf("tables: %s: %w", d, err)
		}
	}
	*t = read
	return nil
}

func decodeGroup(d Dimension, b []byte) (*Group, error) {
	g := &Group{}
	if err := json.Unmarshal(b, g); err != nil {
		return nil, err
	}
	if g.Latency == nil || d == ByPage && g.Visitors == nil {
		return nil, errors.New("a part is missing")
	}
	return g, nil
}
