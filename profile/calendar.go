package profile

import (
	"encoding/json"
	"fmt"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loadx/loadx/profile/spelling"
	"github.com/loadx/loadx/profile/uv"
)

// A Unit is a width of time buckets in civil time.
type Unit uint8

// The units, from fine to coarse.
const (
	Minute Unit = iota
	Hour
	Day
	Month
)

var unitNames = [...]string{"minute", "hour", "day", "month"}

// String is the unit's name: minute, hour, day or month.
func (u Unit) String() string {
	if int(u) < len(unitNames) {
		return unitNames[u]
	}
	return fmt.Sprintf("unit %d", uint8(u))
}

// MaxBuckets is how many time buckets a calendar holds. One more, and all become a unit coarser; months that overflow
// are counted in [Calendar.Beyond].
const MaxBuckets = 5000

// A Calendar counts hits, page views and visitors by civil time in one zone. It starts with minutes and coarsens when
// it overflows. Each bucket counts its own visitors, so that visitors of any range are those of the merged buckets and
// never a sum.
type Calendar struct {
	zone    *time.Location
	unit    Unit
	limits  Limits
	buckets map[int64]*Bucket
	beyond  Bucket
	times   serverTimes

	// The bucket of the last hit, and the instants in Unix seconds that surely belong to it: logs are mostly in order.
	cur      *Bucket
	from, to int64

	// To whole lines of the cache: the calendars of several recorders stand side by side.
	_ [40]byte
}

// A Bucket is what happened in one unit of civil time.
type Bucket struct {
	// Start is the first instant, in Unix seconds.
	Start     int64       `json:"start"`
	Hits      uint64      `json:"hits"`
	PageViews uint64      `json:"pv"`
	Bytes     uint64      `json:"bytes"`
	Errors    uint64      `json:"errors"` // hits with a status of 500 to 599
	Visitors  *uv.Counter `json:"visitors"`
}

// NewCalendar makes an empty calendar of a zone.
func NewCalendar(zone *time.Location, limits Limits) *Calendar {
	return &Calendar{zone: zone, limits: limits.withDefaults(), buckets: map[int64]*Bucket{}}
}

// Zone is the zone whose days and hours the calendar counts.
func (c *Calendar) Zone() *time.Location { return c.zone }

// Unit is the finest unit that the calendar still tells apart.
func (c *Calendar) Unit() Unit { return c.unit }

// Beyond counts the hits whose months are more than a calendar holds. It has no Visitors.
func (c *Calendar) Beyond() Bucket { return c.beyond }

// sureSeconds is how long an aligned stretch of time surely lies in one local hour: zones change their offset on
// multiples of a quarter of an hour.
const sureSeconds = 900

// sureStretch is the time around an instant, in Unix seconds, that surely lies in one unit of local time.
func sureStretch(sec int64, unit Unit) (from, to int64) {
	width := int64(sureSeconds)
	if unit == Minute {
		width = 60
	}
	from = floorDiv(sec, width) * width
	return from, from + width
}

func (c *Calendar) add(h *Hit) {
	sec := floorDiv(h.Time, int64(time.Second))
	b := c.cur
	if b == nil || sec < c.from || sec >= c.to {
		if b = c.find(sec); b == nil {
			b = &c.beyond
		}
	}
	if h.HasServer {
		c.times.add(sec, h.Server, c.zone)
	}
	b.Hits++
	b.Bytes += h.sums.bytes
	b.Errors += h.sums.failed
	b.PageViews += h.sums.view
	if h.sums.visitor && b.Visitors != nil {
		b.Visitors.Add(h.Visitor)
	}
}

// find returns the bucket of an instant and remembers it, or nil when the calendar is full of months.
func (c *Calendar) find(sec int64) *Bucket {
	for {
		start := bucketStart(sec, c.unit, c.zone)
		b := c.buckets[start]
		if b == nil {
			if len(c.buckets) >= MaxBuckets {
				if c.unit == Month {
					return nil
				}
				c.coarsen(c.unit + 1)
				continue
			}
			b = &Bucket{Start: start, Visitors: c.limits.bucketCounter()}
			c.buckets[start] = b
		}
		c.cur = b
		c.from, c.to = sureStretch(sec, c.unit)
		return b
	}
}

func (c *Calendar) coarsen(unit Unit) {
	old := c.buckets
	c.unit, c.buckets, c.cur = unit, make(map[int64]*Bucket, len(old)/4), nil
	for _, b := range old {
		start := bucketStart(b.Start, unit, c.zone)
		if into := c.buckets[start]; into != nil {
			into.mustMerge(b)
			continue
		}
		b.Start = start
		c.buckets[start] = b
	}
}

// merge adds another bucket. The visitors of exact parts are added one by one, so that a bucket with a larger limit
// stays exact.
func (b *Bucket) merge(o *Bucket) error {
	b.Hits += o.Hits
	b.PageViews += o.PageViews
	b.Bytes += o.Bytes
	b.Errors += o.Errors
	if b.Visitors == nil {
		return nil
	}
	return b.Visitors.Absorb(o.Visitors)
}

// mustMerge is merge of buckets that this package made: their counters always merge.
func (b *Bucket) mustMerge(o *Bucket) {
	if err := b.merge(o); err != nil {
		panic("BUG: calendar: " + err.Error())
	}
}

// bucketStart is the first instant, in Unix seconds, of the unit of local time that an instant lies in. An hour or
// minute that a change of the zone's offset repeats is two, and what the change leaves of one begins or ends with it.
func bucketStart(sec int64, unit Unit, zone *time.Location) int64 {
	t := time.Unix(sec, 0).In(zone)
	if unit <= Hour {
		width := int64(60)
		if unit == Hour {
			width = 3600
		}
		_, offset := t.Zone()
		start := floorDiv(sec+int64(offset), width)*width - int64(offset)
		if _, before := time.Unix(start, 0).In(zone).Zone(); before != offset {
			changed, _ := t.ZoneBounds()
			start = changed.Unix()
		}
		return start
	}
	year, month, day := t.Date()
	if unit == Month {
		day = 1
	}
	return dayStart(year, month, day, zone)
}

// dayStart is the first instant, in Unix seconds, of a civil day. [time.Date] alone does not tell it where the clock
// jumps over midnight or strikes it twice.
func dayStart(year int, month time.Month, day int, zone *time.Location) int64 {
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	midnight := func(t time.Time) bool { h, m, s := t.Clock(); return h+m+s == 0 }
	if before := t.Add(-time.Second); midnight(t) && before.Day() != day {
		return t.Unix()
	}
	if t.Day() != day {
		// The evening before, on the clock that midnight was taken by: what remains of it.
		h, m, s := t.Clock()
		return t.Add(24*time.Hour - time.Duration(h*3600+m*60+s)*time.Second).Unix()
	}
	// The second of two midnights: the first is before the change.
	changed, _ := t.ZoneBounds()
	before := changed.Add(-time.Second)
	if before.Day() != day {
		return changed.Unix()
	}
	h, m, s := before.Clock()
	return before.Add(-time.Duration(h*3600+m*60+s) * time.Second).Unix()
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Roll returns the buckets in ascending order at the given unit, or at the calendar's own when that is coarser. The
// visitors of a rolled bucket are those of its parts merged, counted exactly as long as the parts' own sets are exact
// and together within the range's limit. The calendar is not changed and shares nothing with the result.
func (c *Calendar) Roll(unit Unit) []Bucket {
	unit = max(unit, c.unit)
	parts := map[int64][]*Bucket{}
	for _, b := range c.buckets {
		start := bucketStart(b.Start, unit, c.zone)
		parts[start] = append(parts[start], b)
	}
	out := make([]Bucket, 0, len(parts))
	for start := range parts {
		out = append(out, Bucket{Start: start})
	}
	// Thousands of counters, those of one rolled bucket apart from those of all others.
	var wg sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), len(out)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(out)); i = next.Add(1) - 1 {
				into := &out[i]
				into.Visitors = c.limits.rangeCounter()
				for _, b := range parts[into.Start] {
					into.mustMerge(b)
				}
			}
		})
	}
	wg.Wait()
	sort.Slice(out, func(i, j int) bool { return out[i].Start < out[j].Start })
	return out
}

// Merge adds another calendar of the same zone; the coarser unit of the two stays.
func (c *Calendar) Merge(o *Calendar) error {
	if c.zone.String() != o.zone.String() {
		return fmt.Errorf("calendar: time zones differ: %s and %s", c.zone, o.zone)
	}
	if o.unit > c.unit {
		c.coarsen(o.unit)
	}
	c.times.merge(&o.times, c.zone)
	c.beyond.mustMerge(&o.beyond)
	for _, b := range o.buckets {
		into := c.find(b.Start)
		if into == nil {
			into = &c.beyond
		}
		if err := into.merge(b); err != nil {
			return fmt.Errorf("calendar: %w", err)
		}
	}
	return nil
}

type calendarJSON struct {
	Zone    string   `json:"tz"`
	Unit    string   `json:"unit"`
	Exact   int      `json:"exact_visitors"`
	Buckets []Bucket `json:"buckets"`
	Beyond  Bucket   `json:"beyond"`
	// Times are left out of a log that does not say what requests took.
	Times *serverTimesJSON `json:"server_times,omitempty"`
}

// MarshalJSON writes the calendar with its buckets in ascending order.
func (c *Calendar) MarshalJSON() ([]byte, error) {
	j := calendarJSON{Zone: c.zone.String(), Unit: c.unit.String(), Exact: c.limits.ExactVisitors, Beyond: c.beyond, Times: c.times.json()}
	for _, b := range c.buckets {
		j.Buckets = append(j.Buckets, *b)
	}
	sort.Slice(j.Buckets, func(a, b int) bool { return j.Buckets[a].Start < j.Buckets[b].Start })
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Calendar) UnmarshalJSON(data []byte) error {
	var j calendarJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("calendar: %w", err)
	}
	zone, err := ParseZone(j.Zone)
	if err != nil {
		return fmt.Errorf("calendar: %w", err)
	}
	read := NewCalendar(zone, Limits{ExactVisitors: j.Exact})
	for int(read.unit) < len(unitNames) && unitNames[read.unit] != j.Unit {
		read.unit++
	}
	if read.unit > Month {
		return fmt.Errorf("calendar: unknown unit %q", j.Unit)
	}
	if len(j.Buckets) > MaxBuckets {
		return fmt.Errorf("calendar: %d buckets are more than %d", len(j.Buckets), MaxBuckets)
	}
	read.beyond = j.Beyond
	if read.times, err = j.Times.read(zone); err != nil {
		return fmt.Errorf("calendar: %w", err)
	}
	for _, b := range j.Buckets {
		if b.Visitors == nil {
			return fmt.Errorf("calendar: the bucket of %d has no visitors", b.Start)
		}
		if start := bucketStart(b.Start, read.unit, zone); start != b.Start || read.buckets[start] != nil {
			return fmt.Errorf("calendar: %d starts no %s of its own", b.Start, read.unit)
		}
		read.buckets[b.Start] = &b
	}
	*c = *read
	return nil
}

// ParseUnit returns the unit of a name: minute, hour, day or month.
func ParseUnit(name string) (Unit, error) {
	for u, n := range unitNames {
		if n == name {
			return Unit(u), nil
		}
	}
	if near := spelling.Nearest(name, unitNames[:]); near != "" {
		return 0, fmt.Errorf("unknown step %q: did you mean %q?", name, near)
	}
	return 0, fmt.Errorf("unknown step %q: there are minute, hour, day and month", name)
}
