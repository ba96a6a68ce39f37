package analyze

import (
	"slices"
	"strconv"
	"time"

	"github.com/loadx/loadx/analyze/accesslog"
)

// A grouping reads from the records of one format the value by which hits are counted. It belongs to one goroutine.
type grouping struct {
	slot    int
	derived *derived // nil where the value is that of the slot
	zone    *time.Location
	buf     []byte
}

// derived is a value that is made of a record's numbers, or of the parts of its request.
type derived struct {
	name string
	// from is the number that it is made of, when slot is empty, and else slot the field.
	from accesslog.Number
	slot string
	// append appends the value of a record that has the number, nothing where there is none.
	append func(dst []byte, r *accesslog.Record, zone *time.Location) []byte
}

// derivations are the values that are made so, in the order in which messages list them.
var derivations = []derived{
	{name: "status", from: accesslog.Status, append: func(dst []byte, r *accesslog.Record, _ *time.Location) []byte {
		if r.Status == 0 {
			return dst
		}
		return strconv.AppendInt(dst, int64(r.Status), 10)
	}},
	{name: "status_class", from: accesslog.Status, append: func(dst []byte, r *accesslog.Record, _ *time.Location) []byte {
		if r.Status == 0 {
			return dst
		}
		return append(strconv.AppendInt(dst, int64(r.Status/100), 10), "xx"...)
	}},
	{name: "bytes", from: accesslog.Bytes, append: func(dst []byte, r *accesslog.Record, _ *time.Location) []byte {
		if r.Bytes < 0 {
			return dst
		}
		return append(dst, rangeOf(r.Bytes, byteRanges)...)
	}},
	{name: "duration", from: accesslog.Server, append: func(dst []byte, r *accesslog.Record, _ *time.Location) []byte {
		if !r.HasServer {
			return dst
		}
		return append(dst, rangeOf(int64(r.Server), durationRanges)...)
	}},
	{name: "hour", from: accesslog.Time, append: appendClock("15")},
	{name: "weekday", from: accesslog.Time, append: appendClock("Mon")},
	{name: "day", from: accesslog.Time, append: appendClock(time.DateOnly)},
	{name: "month", from: accesslog.Time, append: appendClock("2006-01")},
	{name: "path", slot: "uri", append: func(dst []byte, r *accesslog.Record, _ *time.Location) []byte { return append(dst, r.Path()...) }},
	{name: "query", slot: "uri", append: func(dst []byte, r *accesslog.Record, _ *time.Location) []byte { return append(dst, r.Query()...) }},
}

// appendClock appends the time of a record by the clock of the zone.
func appendClock(layout string) func([]byte, *accesslog.Record, *time.Location) []byte {
	return func(dst []byte, r *accesslog.Record, zone *time.Location) []byte {
		if !r.HasTime {
			return dst
		}
		return time.Unix(0, r.Time).In(zone).AppendFormat(dst, layout)
	}
}

// A valueRange holds the numbers below a limit that no range before it holds.
type valueRange struct {
	below int64
	name  string
}

const noLimit = 1<<63 - 1

var byteRanges = []valueRange{
	{1, "0 B"}, {1e3, "under 1 kB"}, {1e4, "1 kB to 10 kB"}, {1e5, "10 kB to 100 kB"}, {1e6, "100 kB to 1 MB"},
	{1e7, "1 MB to 10 MB"}, {1e8, "10 MB to 100 MB"}, {noLimit, "100 MB and more"},
}

var durationRanges = []valueRange{
	{1e6, "under 1ms"}, {1e7, "1ms to 10ms"}, {1e8, "10ms to 100ms"}, {1e9, "100ms to 1s"}, {1e10, "1s to 10s"}, {noLimit, "10s and more"},
}

func rangeOf(n int64, ranges []valueRange) string {
	for _, r := range ranges {
		if n < r.below {
			return r.name
		}
	}
	return ranges[len(ranges)-1].name
}

// newGrouping resolves a name for a format: that of a derived value, or of a field of the format's own. ok is false when
// the format carries nothing that it could be read from.
func newGrouping(name string, f *accesslog.Format, zone *time.Location) (g grouping, ok bool) {
	for i := range derivations {
		if d := &derivations[i]; d.name == name {
			return grouping{derived: d, zone: zone}, d.carried(f)
		}
	}
	g.slot, ok = f.Slot(name)
	return g, ok
}

func (d *derived) carried(f *accesslog.Format) bool {
	if d.slot == "" {
		return f.Has(d.from)
	}
	_, ok := f.Slot(d.slot)
	return ok
}

// value returns the value of a record, which is valid until the next call; noValue for none.
func (g *grouping) value(r *accesslog.Record) []byte {
	v := []byte(nil)
	switch {
	case g.derived != nil:
		g.buf = g.derived.append(g.buf[:0], r, g.zone)
		v = g.buf
	case g.slot != absentSlot:
		v = r.Slot(g.slot)
	}
	if len(v) == 0 {
		return noValue
	}
	return v
}

// groupings lists the names that hits of a format can be counted by.
func groupings(f *accesslog.Format) []string {
	var names []string
	for i := range derivations {
		if d := &derivations[i]; d.carried(f) {
			names = append(names, d.name)
		}
	}
	for _, name := range append(f.Fields(), "method", "uri", "proto") { // which a request line has too
		if _, ok := f.Slot(name); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
