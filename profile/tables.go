package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/loadx/loadx/profile/latency"
	"github.com/loadx/loadx/profile/topk"
	"github.com/loadx/loadx/profile/uv"
)

// A Dimension is a property of hits by which they are grouped.
type Dimension string

// The dimensions. Every hit is in ByPage and ByMethod, and every hit of a log in ByAudience; ByHost has the hits that name a
// host, ByReferrer the page views, ByBrowser and BySystem the hits that are not of bots, ByBot those that are.
const (
	ByPage     Dimension = "page"     // the planned page's name, or the path without its query
	ByMethod   Dimension = "method"   // the request method
	ByAudience Dimension = "audience" // [People], [Bots] or [StaticFiles]
	ByHost     Dimension = "host"     // the virtual host
	ByReferrer Dimension = "referrer" // the host that a page view came from
	ByBrowser  Dimension = "browser"  // the browser's family
	BySystem   Dimension = "system"   // the operating system's family
	ByBot      Dimension = "bot"      // the bot's family
)

// The values of [ByAudience]: every hit of a log is of exactly one.
const (
	People      = "people"       // neither of the others
	Bots        = "bots"         // hits of programs, whatever they asked for
	StaticFiles = "static files" // what pages are made of, asked for by no bot
)

const fieldPrefix = "field:"

// MaxFields is how many fields of a log's own a profile can have tables of.
const MaxFields = 16

// ByField is the dimension of a log format's own field.
func ByField(name string) Dimension { return Dimension(fieldPrefix + name) }

// Field is the field's name if the dimension is one of [ByField].
func (d Dimension) Field() (name string, ok bool) { return strings.CutPrefix(string(d), fieldPrefix) }

// logDimensions are those that every log has.
var logDimensions = []Dimension{ByPage, ByMethod, ByAudience, ByHost, ByReferrer, ByBrowser, BySystem, ByBot}

// dimensionsOf returns the dimensions of a source, without those of fields.
func dimensionsOf(s Source) []Dimension {
	if s == Attack {
		return []Dimension{ByPage, ByMethod}
	}
	return logDimensions
}

// Tables hold the heaviest values of each dimension in bounded memory.
type Tables map[Dimension]*Table

// A Table holds the heaviest values of one dimension.
type Table = topk.Table[Group]

// A Row is one value of a table.
type Row = topk.Row[Group]

// A Group is what is known of the hits with one value of a dimension, from when the table took the value in.
type Group struct {
	Hits      uint64 `json:"hits"`
	PageViews uint64 `json:"pv"`
	Bytes     uint64 `json:"bytes"`
	// Warmup are the hits of an attack's warmup, which Errors and Latency leave out.
	Warmup uint64 `json:"warmup,omitempty"`
	// Errors are an attack's failures, or a log's hits with a status of 500 to 599.
	Errors uint64 `json:"errors"`
	// Visitors are the distinct visitors among the page views, nil in dimensions that do not count them.
	Visitors *uv.Counter `json:"visitors,omitempty"`
	// Clients are the distinct visitors among all hits, nil in dimensions that do not count them.
	Clients *uv.Counter `json:"clients,omitempty"`
	// Latency is the response time of an attack, or the server's own time of a log.
	Latency *latency.Histogram `json:"latency"`
}

// UV is the number of distinct visitors among the page views, of which there are no more than those; 0 in dimensions that do
// not count them.
func (g *Group) UV() Estimate {
	if g.Visitors == nil {
		return Estimate{Exact: true}
	}
	return g.Visitors.Estimate().AtMost(g.PageViews)
}

// DistinctClients is the number of distinct visitors among all hits, 0 in dimensions that do not count them.
func (g *Group) DistinctClients() Estimate {
	if g.Clients == nil {
		return Estimate{Exact: true}
	}
	return g.Clients.Estimate().AtMost(g.Hits)
}

const (
	// methodKeys is how many methods are told apart: those that exist are few, and scanners invent the rest.
	methodKeys = 64
	// familyKeys is how many families of browsers, systems and bots are told apart: more than the lists know.
	familyKeys = 4096
)

// counts says of which hits a dimension's groups count visitors: of the page views, and of all.
func (d Dimension) counts() (visitors, clients bool) {
	switch d {
	case ByMethod:
		return false, false
	case ByAudience:
		return true, true
	case ByBot:
		return false, true
	default:
		return true, false
	}
}

// newTable makes the empty table of a dimension.
func newTable(d Dimension, l Limits) *Table {
	capacity, counter := l.TableKeys, l.bucketCounter
	switch d {
	case ByMethod:
		capacity = methodKeys
	case ByBrowser, BySystem, ByBot:
		capacity = familyKeys
	case ByAudience:
		capacity, counter = 3, l.rangeCounter
	}
	visitors, clients := d.counts()
	return topk.New(capacity, func() *Group { return newGroup(visitors, clients, counter) })
}

func newGroup(visitors, clients bool, counter func() *uv.Counter) *Group {
	latency := latency.NewSparse()
	if !visitors {
		g := &Group{Latency: latency}
		if clients {
			g.Clients = counter()
		}
		return g
	}
	// Side by side in memory, since who comes to a group mostly comes to its visitors next.
	both := &struct {
		Group
		visitors uv.Counter
	}{Group{Latency: latency}, *counter()}
	both.Visitors = &both.visitors
	if clients {
		both.Clients = counter()
	}
	return &both.Group
}

func newTables(l Limits, dimensions []Dimension) Tables {
	t := Tables{}
	for _, d := range dimensions {
		t[d] = newTable(d, l)
	}
	return t
}

func (g *Group) add(h *Hit) {
	s := &h.sums
	g.Hits++
	g.Bytes += s.bytes
	g.PageViews += s.view
	g.Errors += s.failed
	g.Warmup += s.warmup
	if s.visitor && g.Visitors != nil {
		g.Visitors.Add(h.Visitor)
	}
	if g.Clients != nil && h.HasVisitor {
		g.Clients.Add(h.Visitor)
	}
	if s.timed {
		g.Latency.Record(s.took)
	}
}

// forget sets the counts back to nothing. Of visitors nothing is forgotten: a union with them changes nothing twice.
func (g *Group) forget() {
	*g = Group{Visitors: g.Visitors, Clients: g.Clients, Latency: latency.NewSparse()}
}

func (g *Group) merge(o *Group) error {
	g.Hits += o.Hits
	g.PageViews += o.PageViews
	g.Bytes += o.Bytes
	g.Warmup += o.Warmup
	g.Errors += o.Errors
	g.Latency.Merge(o.Latency)
	for _, c := range [...]struct{ into, from *uv.Counter }{{g.Visitors, o.Visitors}, {g.Clients, o.Clients}} {
		if c.into == nil || c.from == nil {
			continue
		}
		if err := c.into.Merge(c.from); err != nil {
			return err
		}
	}
	return nil
}

// same says whether both have tables of the same dimensions, and names one that only one of them has.
func (t Tables) same(o Tables) (odd Dimension, ok bool) {
	for _, pair := range [...][2]Tables{{t, o}, {o, t}} {
		for d := range pair[0] {
			if pair[1][d] == nil {
				return d, false
			}
		}
	}
	return "", true
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
	read := Tables{}
	fields := 0
	for d, b := range encoded {
		if _, ok := d.Field(); ok {
			fields++
		} else if !slices.Contains(logDimensions, d) {
			continue
		}
		table := newTable(d, Limits{}.withDefaults())
		if err := table.UnmarshalBinary(b, func(b []byte) (*Group, error) { return decodeGroup(d, b) }); err != nil {
			return fmt.Errorf("tables: %s: %w", d, err)
		}
		read[d] = table
	}
	if fields > MaxFields {
		return fmt.Errorf("tables: %d fields are more than %d", fields, MaxFields)
	}
	*t = read
	return nil
}

func decodeGroup(d Dimension, b []byte) (*Group, error) {
	g := &Group{}
	if err := json.Unmarshal(b, g); err != nil {
		return nil, err
	}
	if visitors, clients := d.counts(); g.Latency == nil || visitors != (g.Visitors != nil) || clients != (g.Clients != nil) {
		return nil, errors.New("a part is missing")
	}
	return g, nil
}
