package profile

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/loadx/loadx/profile/uv"
)

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := ParseZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// changes are stretches of civil time in which clocks were changed.
var changes = []struct{ name, zone, from, to string }{
	{"utc", "UTC", "2024-02-27", "2024-03-02"},
	{"fixed", "+05:30", "2024-02-27", "2024-03-02"},
	{"a day of 23 hours", "Europe/Berlin", "2024-03-30", "2024-04-02"},
	{"a day of 25 hours", "Europe/Berlin", "2024-10-26", "2024-10-29"},
	{"half an hour forth", "Australia/Lord_Howe", "2024-10-05", "2024-10-08"},
	{"half an hour back", "Australia/Lord_Howe", "2024-04-06", "2024-04-09"},
	{"an odd offset", "Asia/Kathmandu", "2024-04-29", "2024-05-03"},
	{"a day without midnight", "America/Sao_Paulo", "2018-11-03", "2018-11-06"},
	{"midnight struck twice", "America/Sao_Paulo", "2018-02-17", "2018-02-20"},
	{"an hour after midnight twice", "America/Havana", "2024-11-02", "2024-11-05"},
	{"no midnight in Havana", "America/Havana", "2024-03-09", "2024-03-12"},
	{"a day that never was", "Pacific/Apia", "2011-12-28", "2012-01-02"},
	{"a year that ends", "America/New_York", "2023-12-30", "2024-01-02"},
}

// civil names the unit of local time that an instant lies in, as a person reads it off a clock. A repeated hour is told
// apart by its offset.
func civil(sec int64, unit Unit, zone *time.Location) string {
	t := time.Unix(sec, 0).In(zone)
	switch unit {
	case Minute:
		return t.Format("2006-01-02 15:04 -0700")
	case Hour:
		return t.Format("2006-01-02 15 -0700")
	case Day:
		return t.Format("2006-01-02")
	default:
		return t.Format("2006-01")
	}
}

func stretch(t testing.TB, zone *time.Location, from, to string) (first, last int64) {
	a, err := time.ParseInLocation(time.DateOnly, from, zone)
	if err != nil {
		t.Fatal(err)
	}
	b, err := time.ParseInLocation(time.DateOnly, to, zone)
	if err != nil {
		t.Fatal(err)
	}
	return a.Unix(), b.Unix()
}

// Every bucket starts at the first of the instants that have its civil name: a walk over the clock is the oracle.
func TestBucketStartIsTheFirstInstant(t *testing.T) {
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			zone := mustZone(t, c.zone)
			first, last := stretch(t, zone, c.from, c.to)
			for unit := Minute; unit <= Day; unit++ {
				name, start := "", int64(0)
				for sec := first - 86400; sec < last; sec += 300 {
					if now := civil(sec, unit, zone); now != name {
						name, start = now, sec
					}
					if sec < first {
						continue
					}
					if got := bucketStart(sec, unit, zone); got != start {
						t.Fatalf("the %s of %s starts at %s, want %s", unit, time.Unix(sec, 0).In(zone), time.Unix(got, 0).In(zone), time.Unix(start, 0).In(zone))
					}
				}
			}
			month := bucketStart(last, Month, zone)
			if a, b := civil(month, Month, zone), civil(month-1, Month, zone); a == b || a != civil(last, Month, zone) {
				t.Errorf("the month starts at %s", time.Unix(month, 0).In(zone))
			}
		})
	}
}

type count struct {
	hits, views, errors, bytes uint64
	visitors                   map[uint64]bool
}

// tally counts hits by civil name without any bucket.
func tally(hits []Hit, unit Unit, zone *time.Location) map[string]*count {
	counts := map[string]*count{}
	for _, h := range hits {
		name := civil(floorDiv(h.Time, 1e9), unit, zone)
		if counts[name] == nil {
			counts[name] = &count{visitors: map[uint64]bool{}}
		}
		n := counts[name]
		n.hits++
		n.bytes += uint64(h.Bytes)
		if h.PageView {
			n.views++
			n.visitors[h.Visitor] = true
		}
		if h.Status >= 500 && h.Status < 600 {
			n.errors++
		}
	}
	return counts
}

func check(t *testing.T, what string, buckets []Bucket, unit Unit, zone *time.Location, want map[string]*count) {
	t.Helper()
	if len(buckets) != len(want) {
		t.Fatalf("%s: %d buckets, want %d", what, len(buckets), len(want))
	}
	for i, b := range buckets {
		n := want[civil(b.Start, unit, zone)]
		if n == nil || i > 0 && b.Start <= buckets[i-1].Start {
			t.Fatalf("%s: bucket %d starts at %s", what, i, time.Unix(b.Start, 0).In(zone))
		}
		got := count{b.Hits, b.PageViews, b.Errors, b.Bytes, nil}
		e := b.Visitors.Estimate()
		if got.hits != n.hits || got.views != n.views || got.errors != n.errors || got.bytes != n.bytes || !e.Exact || e.Value != uint64(len(n.visitors)) {
			t.Fatalf("%s: %s has %+v and %+v, want %+v with %d visitors", what, civil(b.Start, unit, zone), got, e, *n, len(n.visitors))
		}
	}
}

func randomLog(rng *rand.Rand, n int, first, last int64) []Hit {
	hits := make([]Hit, n)
	for i := range hits {
		hits[i] = Hit{
			Time: first*1e9 + rng.Int64N((last-first)*1e9), Status: 200 + 100*rng.IntN(4), Bytes: rng.Int64N(100),
			Visitor: testVisitor(rng.Uint64N(200)), HasVisitor: true, PageView: rng.IntN(4) > 0, Page: []byte("/"), Method: []byte("GET"),
		}
	}
	return hits
}

func recordLog(hits []Hit, zone *time.Location) *Profile {
	r := NewLogRecorder(zone, Limits{})
	for i := range hits {
		r.Add(&hits[i])
	}
	return r.Profile()
}

// Roll at every unit counts what a direct count by civil names does; so do a calendar that was merged of two, and one
// that was saved and loaded.
func TestRollIsADirectCount(t *testing.T) {
	for i, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			zone := mustZone(t, c.zone)
			first, last := stretch(t, zone, c.from, c.to)
			hits := randomLog(rand.New(rand.NewPCG(uint64(i), 1)), 1000, first, last)
			whole := recordLog(hits, zone).Calendar
			merged := recordLog(hits[:300], zone).Calendar
			if err := merged.Merge(recordLog(hits[300:], zone).Calendar); err != nil {
				t.Fatal(err)
			}
			saved, err := json.Marshal(whole)
			if err != nil {
				t.Fatal(err)
			}
			loaded := &Calendar{}
			if err := json.Unmarshal(saved, loaded); err != nil {
				t.Fatal(err)
			}
			for unit := Minute; unit <= Month; unit++ {
				want := tally(hits, unit, zone)
				check(t, "whole by "+unit.String(), whole.Roll(unit), unit, zone, want)
				check(t, "merged by "+unit.String(), merged.Roll(unit), unit, zone, want)
				check(t, "loaded by "+unit.String(), loaded.Roll(unit), unit, zone, want)
			}
			if whole.Unit() != Minute {
				t.Errorf("the calendar has become one of %ss", whole.Unit())
			}
		})
	}
}

// Whenever hits overflow the buckets, the calendar becomes a unit coarser and counts as if it had been so from the start.
func TestCoarsening(t *testing.T) {
	const day = 86400
	for _, c := range []struct {
		days int64
		unit Unit
		zone string
	}{
		{3, Minute, "Europe/Berlin"}, {20, Hour, "Asia/Kathmandu"}, {365, Day, "Europe/Berlin"}, {365, Day, "Australia/Lord_Howe"},
		{13 * 365, Day, "Asia/Kathmandu"}, {20 * 365, Month, "America/Sao_Paulo"},
	} {
		t.Run(fmt.Sprint(c.days, " days in ", c.zone), func(t *testing.T) {
			zone := mustZone(t, c.zone)
			first := time.Date(2005, 1, 1, 0, 0, 0, 0, zone).Unix()
			hits := randomLog(rand.New(rand.NewPCG(uint64(c.days), 2)), 10_000, first, first+c.days*day)
			for i := range hits {
				hits[i].Visitor = testVisitor(uint64(i % 10))
			}
			p := recordLog(hits, zone)
			if p.Calendar.Unit() != c.unit {
				t.Fatalf("by %s, want %s", p.Calendar.Unit(), c.unit)
			}
			if n := len(p.Calendar.buckets); n > MaxBuckets {
				t.Errorf("%d buckets", n)
			}
			for unit := c.unit; unit <= Month; unit++ {
				check(t, "by "+unit.String(), p.Calendar.Roll(unit), unit, zone, tally(hits, unit, zone))
			}
			// The finest unit is the calendar's own, whatever is asked for.
			if got, want := len(p.Calendar.Roll(Minute)), len(p.Calendar.Roll(c.unit)); got != want {
				t.Errorf("%d buckets by minute, %d by %s", got, want, c.unit)
			}
		})
	}
}

func TestMergeOfDifferentUnits(t *testing.T) {
	first := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	fine := randomLog(rand.New(rand.NewPCG(1, 3)), 200, first, first+3600)
	coarse := randomLog(rand.New(rand.NewPCG(2, 3)), 20_000, first, first+100*86400)
	all := append(slices.Clone(fine), coarse...)
	for _, order := range [][2][]Hit{{fine, coarse}, {coarse, fine}} {
		a, b := recordLog(order[0], time.UTC).Calendar, recordLog(order[1], time.UTC).Calendar
		before, _ := json.Marshal(b)
		if err := a.Merge(b); err != nil {
			t.Fatal(err)
		}
		if after, _ := json.Marshal(b); string(after) != string(before) {
			t.Error("the other calendar was changed")
		}
		if a.Unit() != Hour {
			t.Errorf("by %s", a.Unit())
		}
		for unit := Day; unit <= Month; unit++ {
			got := map[string]uint64{}
			for _, bucket := range a.Roll(unit) {
				got[civil(bucket.Start, unit, time.UTC)] = bucket.Hits
			}
			want := map[string]uint64{}
			for name, n := range tally(all, unit, time.UTC) {
				want[name] = n.hits
			}
			if !maps.Equal(got, want) {
				t.Errorf("by %s: %v, want %v", unit, got, want)
			}
		}
	}
	if err := recordLog(fine, time.UTC).Calendar.Merge(recordLog(fine, FixedZone(3600)).Calendar); err == nil {
		t.Error("calendars of two zones were merged")
	}
}

// More months than a calendar holds are counted beyond it.
func TestBeyond(t *testing.T) {
	c := NewCalendar(time.UTC, Limits{})
	for i := range MaxBuckets + 100 {
		at := time.Date(1700, time.January+time.Month(i), 15, 0, 0, 0, 0, time.UTC)
		for range 2 {
			h := Hit{Time: at.UnixNano(), Status: 500, Bytes: 3, PageView: true, HasVisitor: true}
			h.sum(true)
			c.add(&h)
		}
	}
	var sum Bucket
	for _, b := range c.Roll(Month) {
		sum.merge(&b)
	}
	beyond := c.Beyond()
	equal(t, "hits", 2*(MaxBuckets+100), sum.Hits+beyond.Hits)
	equal(t, "bytes", 6*(MaxBuckets+100), sum.Bytes+beyond.Bytes)
	if c.Unit() != Month || beyond.Hits != 200 || beyond.Errors != beyond.Hits || beyond.PageViews != beyond.Hits || beyond.Visitors != nil {
		t.Errorf("beyond: %+v", beyond)
	}
}

func TestCalendarRefuses(t *testing.T) {
	good, err := json.Marshal(recordLog(randomLog(rand.New(rand.NewPCG(4, 4)), 3, 0, 1000), time.UTC).Calendar)
	if err != nil {
		t.Fatal(err)
	}
	f := func(change func(map[string]any)) {
		t.Helper()
		var m map[string]any
		if err := json.Unmarshal(good, &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		bad, _ := json.Marshal(m)
		c := NewCalendar(time.UTC, Limits{})
		if err := json.Unmarshal(bad, c); err == nil || len(c.buckets) != 0 {
			t.Errorf("read %.200s: %v", bad, err)
		}
	}
	bucket := func(m map[string]any) map[string]any { return m["buckets"].([]any)[0].(map[string]any) }
	f(func(m map[string]any) { m["tz"] = "Nowhere/At_All" })
	f(func(m map[string]any) { m["unit"] = "fortnight" })
	f(func(m map[string]any) { m["buckets"] = append(m["buckets"].([]any), bucket(m)) })
	f(func(m map[string]any) { bucket(m)["start"] = bucket(m)["start"].(float64) + 1 })
	f(func(m map[string]any) { delete(bucket(m), "visitors") })
	f(func(m map[string]any) { bucket(m)["hits"] = -1 })
	f(func(m map[string]any) { m["buckets"] = slices.Repeat([]any{bucket(m)}, MaxBuckets+1) })
}

// One step that holds everything says what the range says, however coarse its own counter is.
func TestOneStepIsTheRange(t *testing.T) {
	r := NewLogRecorder(time.UTC, Limits{})
	for i := range 5000 {
		r.Add(&Hit{Time: int64(i) * int64(time.Millisecond), Visitor: uv.HashString(fmt.Sprint(i)), HasVisitor: true, PageView: true, Page: []byte("/"), Status: 200})
	}
	p := r.Profile()
	if steps := p.Steps(Day); len(steps) != 1 || !steps[0].UV.Exact || steps[0].UV.Value != 5000 || steps[0].New != steps[0].UV {
		t.Errorf("%+v, want exactly the range's 5000", steps)
	}
	// With a hit without a time the step is not everything.
	r.Add(&Hit{NoTime: true, Status: 200, Page: []byte("/")})
	if steps := r.Profile().Steps(Day); len(steps) != 1 || steps[0].UV.Exact {
		t.Errorf("%+v, want its own estimate", steps)
	}
}
