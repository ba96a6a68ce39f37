package profile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/loadx/loadx/profile/latency"
)

// MaxServerTimes is how many stretches of time a calendar keeps the server's own time for. One more, and all become a unit
// coarser: minutes for some hours, hours for ten days, days for most of a year. What overflows as months is not kept.
const MaxServerTimes = 256

// serverTimes are what a log says that requests took, by civil time. The zero value is empty.
type serverTimes struct {
	unit  Unit
	slots map[int64]*latency.Histogram

	// The slot of the last hit, and the instants in Unix seconds that surely belong to it.
	cur      *latency.Histogram
	from, to int64
}

// A ServerTime is what requests of one unit of civil time took by the server's own account.
type ServerTime struct {
	// Start is the first instant, in Unix seconds.
	Start   int64
	Latency *latency.Histogram
}

func (t *serverTimes) add(sec int64, took time.Duration, zone *time.Location) {
	h := t.cur
	if h == nil || sec < t.from || sec >= t.to {
		if h = t.find(sec, zone); h == nil {
			return
		}
	}
	h.Record(took)
}

// find returns the slot of an instant and remembers it, or nil when there are months enough.
func (t *serverTimes) find(sec int64, zone *time.Location) *latency.Histogram {
	for {
		start := bucketStart(sec, t.unit, zone)
		h := t.slots[start]
		if h == nil {
			if len(t.slots) >= MaxServerTimes {
				if t.unit == Month {
					return nil
				}
				t.coarsen(t.unit+1, zone)
				continue
			}
			if t.slots == nil {
				t.slots = map[int64]*latency.Histogram{}
			}
			h = latency.NewSparse()
			t.slots[start] = h
		}
		t.cur = h
		t.from, t.to = sureStretch(sec, t.unit)
		return h
	}
}

func (t *serverTimes) coarsen(unit Unit, zone *time.Location) {
	old := t.slots
	t.unit, t.cur, t.slots = unit, nil, map[int64]*latency.Histogram{}
	for start, h := range old {
		start = bucketStart(start, unit, zone)
		if into := t.slots[start]; into != nil {
			into.Merge(h)
			continue
		}
		t.slots[start] = h
	}
}

func (t *serverTimes) merge(o *serverTimes, zone *time.Location) {
	if o.unit > t.unit {
		t.coarsen(o.unit, zone)
	}
	for _, s := range o.list() {
		if into := t.find(s.Start, zone); into != nil {
			into.Merge(s.Latency)
		}
	}
}

// list is the slots in ascending order.
func (t *serverTimes) list() []ServerTime {
	var all []ServerTime
	for start, h := range t.slots {
		all = append(all, ServerTime{start, h})
	}
	slices.SortFunc(all, func(a, b ServerTime) int { return cmp.Compare(a.Start, b.Start) })
	return all
}

// ServerTimes returns what requests took by the server's own account, in ascending order at the given unit, or at a
// coarser one that it returns. The histograms are copies.
func (c *Calendar) ServerTimes(unit Unit) (all []ServerTime, at Unit) {
	rolled := serverTimes{unit: max(unit, c.times.unit)}
	rolled.merge(&c.times, c.zone)
	return rolled.list(), rolled.unit
}

type serverTimesJSON struct {
	Unit  string               `json:"unit"`
	Start []int64              `json:"start"`
	Took  []*latency.Histogram `json:"took"`
}

func (t *serverTimes) json() *serverTimesJSON {
	if len(t.slots) == 0 {
		return nil
	}
	j := &serverTimesJSON{Unit: t.unit.String()}
	for _, s := range t.list() {
		j.Start, j.Took = append(j.Start, s.Start), append(j.Took, s.Latency)
	}
	return j
}

// read checks and takes what json made; nil is empty.
func (j *serverTimesJSON) read(zone *time.Location) (serverTimes, error) {
	var t serverTimes
	if j == nil {
		return t, nil
	}
	i := slices.Index(unitNames[:], j.Unit)
	if i < 0 {
		return t, fmt.Errorf("unknown unit %q of server times", j.Unit)
	}
	t.unit, t.slots = Unit(i), map[int64]*latency.Histogram{}
	if len(j.Start) != len(j.Took) || len(j.Start) > MaxServerTimes {
		return t, errors.New("the server times are out of bounds")
	}
	for i, start := range j.Start {
		if j.Took[i] == nil || !j.Took[i].Sparse() || bucketStart(start, t.unit, zone) != start || t.slots[start] != nil {
			return t, fmt.Errorf("%d has no server times of its own", start)
		}
		t.slots[start] = j.Took[i]
	}
	return t, nil
}
