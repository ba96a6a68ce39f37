package balance

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/loadx/loadx/profile/uv"
)

// A hit is what Add is given.
type hit struct {
	worker               string
	visitor              uint64
	hasVisitor, pageView bool
}

// visitorOf is the hash of a numbered visitor.
func visitorOf(n int) uint64 { return uv.HashString(fmt.Sprintf("visitor-%d", n)) }

// traffic returns hits of visitors on workers of which each visitor has one and leaves it with a chance of roam.
func traffic(seed uint64, hits, visitors, workers int, roam float64) []hit {
	rng := rand.New(rand.NewPCG(seed, 1))
	all := make([]hit, hits)
	for i := range all {
		n := rng.IntN(visitors)
		w := n % workers
		if rng.Float64() < roam {
			w = rng.IntN(workers)
		}
		all[i] = hit{fmt.Sprintf("10.0.0.%d:80", w), visitorOf(n), rng.IntN(20) > 0, rng.IntN(4) > 0}
		if rng.IntN(50) == 0 {
			all[i].worker = []string{"", "-"}[rng.IntN(2)]
		}
	}
	return all
}

func tableOf(opts Options, hits []hit) *Table {
	t := New(opts)
	for _, h := range hits {
		t.Add([]byte(h.worker), h.visitor, h.hasVisitor, h.pageView)
	}
	return t
}

// A truth is what maps say of hits.
type truth struct {
	hits, pageViews map[string]uint64
	visitors        map[string]map[uint64]bool
	workersOf       map[uint64]map[string]bool
	without         Without
}

func truthOf(hits []hit) truth {
	o := truth{map[string]uint64{}, map[string]uint64{}, map[string]map[uint64]bool{}, map[uint64]map[string]bool{}, Without{}}
	for _, h := range hits {
		if h.worker == "" || h.worker == "-" {
			o.without.Hits++
			if h.pageView {
				o.without.PageViews++
			}
			continue
		}
		o.hits[h.worker]++
		if !h.pageView {
			continue
		}
		o.pageViews[h.worker]++
		if !h.hasVisitor {
			continue
		}
		if o.visitors[h.worker] == nil {
			o.visitors[h.worker] = map[uint64]bool{}
		}
		o.visitors[h.worker][h.visitor] = true
		if o.workersOf[h.visitor] == nil {
			o.workersOf[h.visitor] = map[string]bool{}
		}
		o.workersOf[h.visitor][h.worker] = true
	}
	return o
}

func (o truth) moved() (n uint64) {
	for _, workers := range o.workersOf {
		if len(workers) > 1 {
			n++
		}
	}
	return n
}

func sum(counts map[string]uint64) (n uint64) {
	for _, c := range counts {
		n += c
	}
	return n
}

// names returns the workers by descending hits.
func (o truth) names() []string {
	var names []string
	for name := range o.hits {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(o.hits[b], o.hits[a]), strings.Compare(a, b)) })
	return names
}

func TestAgainstMaps(t *testing.T) {
	for _, c := range []struct {
		name                    string
		hits, visitors, workers int
		roam                    float64
	}{
		{"nothing", 0, 1, 1, 0}, {"one", 1, 1, 1, 0}, {"sticky", 5000, 500, 7, 0}, {"loose", 5000, 500, 7, 1}, {"mixed", 20_000, 4000, 40, 0.1},
		{"many workers", 20_000, 3000, MaxWorkers, 0.3},
	} {
		t.Run(c.name, func(t *testing.T) {
			hits := traffic(7, c.hits, c.visitors, c.workers, c.roam)
			got, want := tableOf(Options{Exact: uv.NoLimit}, hits), truthOf(hits)
			if got.Hits() != sum(want.hits) || got.PageViews() != sum(want.pageViews) || got.Without() != want.without {
				t.Errorf("hits %d, page views %d, without %+v", got.Hits(), got.PageViews(), got.Without())
			}
			if got.Moved() != uv.ExactEstimate(want.moved()) || got.Visitors() != uv.ExactEstimate(uint64(len(want.workersOf))) {
				t.Errorf("moved %+v of %+v, want %d of %d", got.Moved(), got.Visitors(), want.moved(), len(want.workersOf))
			}
			names := want.names()
			rows := got.Rows(-1)
			if n, all := got.Workers(); n != len(names) || !all || len(rows) != n {
				t.Fatalf("%d workers, %v, %d rows, want %d", n, all, len(rows), len(names))
			}
			for i, name := range names {
				w := Row{Worker: name, Hits: want.hits[name], PageViews: want.pageViews[name],
					Visitors: uv.ExactEstimate(uint64(len(want.visitors[name])))}
				if rows[i] != w {
					t.Errorf("row %d: %+v, want %+v", i, rows[i], w)
				}
			}
			checkOther(t, got, want, names, min(2, len(names)))
		})
	}
}

// checkOther holds the row of all workers but the n first against the maps.
func checkOther(t *testing.T, got *Table, want truth, names []string, n int) {
	t.Helper()
	w := Row{}
	union := map[uint64]bool{}
	for _, name := range names[n:] {
		w.Hits += want.hits[name]
		w.PageViews += want.pageViews[name]
		for v := range want.visitors[name] {
			union[v] = true
		}
	}
	w.Visitors = uv.ExactEstimate(uint64(len(union)))
	if other, workers := got.Other(n); other != w || workers != len(names)-n {
		t.Errorf("other than %d: %+v of %d, want %+v", n, other, workers, w)
	}
	if rows := got.Rows(n); len(rows) != n {
		t.Errorf("%d rows, want %d", len(rows), n)
	}
}

func TestMoreWorkersThanRows(t *testing.T) {
	hits := traffic(3, 30_000, 2000, 300, 0.2)
	for i := range hits { // five workers do half of the work
		if i%2 == 0 && len(hits[i].worker) > 1 {
			hits[i].worker = fmt.Sprintf("heavy-%d", i/2%5)
		}
	}
	got, want := tableOf(Options{Workers: 20, Exact: uv.NoLimit}, hits), truthOf(hits)
	if got.Moved() != uv.ExactEstimate(want.moved()) {
		t.Errorf("moved %+v, want %d whatever the rows", got.Moved(), want.moved())
	}
	if n, all := got.Workers(); n != 20 || all {
		t.Errorf("%d workers, all %v", n, all)
	}
	rows := got.Rows(-1)
	for _, row := range rows[:5] {
		if !strings.HasPrefix(row.Worker, "heavy") || row.Hits > want.hits[row.Worker] || row.Hits*100 < 99*want.hits[row.Worker] {
			t.Errorf("%+v, want %d hits", row, want.hits[row.Worker])
		}
	}
	other, workers := got.Other(5)
	if !other.AtLeast || workers != 15 {
		t.Errorf("other %+v of %d", other, workers)
	}
	for _, row := range rows[:5] {
		other.Hits += row.Hits
		other.PageViews += row.PageViews
	}
	if other.Hits != got.Hits() || other.PageViews != got.PageViews() || got.Hits() != sum(want.hits) || got.PageViews() != sum(want.pageViews) {
		t.Errorf("rows and other are %d hits and %d page views", other.Hits, other.PageViews)
	}
	if other.Visitors.Value > uint64(len(want.workersOf)) || other.Visitors.Value < 1500 {
		t.Errorf("%d other visitors of %d", other.Visitors.Value, len(want.workersOf))
	}
}

func TestLongNames(t *testing.T) {
	long := strings.Repeat("w", 600)
	table := New(Options{})
	table.Add([]byte(long+"a"), 1, true, true)
	table.Add([]byte(long+"b"), 1, true, true)
	if rows := table.Rows(-1); len(rows) != 1 || !rows[0].Cut || rows[0].Worker != long[:512] || table.Moved().Value != 0 {
		t.Errorf("%+v, moved %+v", rows, table.Moved())
	}
}

// encoding is what tables are compared by.
func encoding(t testing.TB, table *Table) []byte {
	t.Helper()
	b, err := table.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// However hits are split and in whatever order they come, the merged table is that of one pass, with a sample that
// overflows, too.
func TestMergeIsOnePass(t *testing.T) {
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 2))
		opts := Options{Sample: []int{1, 20, 300, MaxSample}[seed%4], Exact: 1 + rng.IntN(100), Precision: uint8(4 + rng.IntN(9))}
		hits := traffic(seed, 1+rng.IntN(6000), 1+rng.IntN(2000), 1+rng.IntN(30), rng.Float64())
		want := encoding(t, tableOf(opts, hits))

		rng.Shuffle(len(hits), func(i, j int) { hits[i], hits[j] = hits[j], hits[i] })
		parts := make([][]hit, 1+rng.IntN(5))
		for _, h := range hits {
			i := rng.IntN(len(parts))
			parts[i] = append(parts[i], h)
		}
		merged := New(opts)
		for _, part := range parts {
			other := tableOf(opts, part)
			before := encoding(t, other)
			if err := merged.Merge(other); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(encoding(t, other), before) {
				t.Errorf("seed %d: Merge changes other", seed)
			}
		}
		if !bytes.Equal(encoding(t, merged), want) {
			t.Errorf("seed %d: %d parts differ from one pass: moved %+v", seed, len(parts), merged.Moved())
		}
	}
}

func TestMergeOfDifferentOptions(t *testing.T) {
	all := tableOf(Options{Exact: uv.NoLimit}, nil)
	if err := all.Merge(tableOf(Options{Sample: 7}, nil)); err != nil || all.sample.limit != 7 {
		t.Errorf("%v, limit %d", err, all.sample.limit)
	}
	hits := traffic(5, 8000, 3000, 5, 0.5)
	small := tableOf(Options{Sample: 100, Exact: 50, Precision: 8}, hits[:4000])
	large := tableOf(Options{}, hits[4000:])
	want := encoding(t, tableOf(Options{Sample: 100, Exact: 50, Precision: 8}, hits))
	if err := small.Merge(large); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encoding(t, small), want) {
		t.Error("not the table of one pass with the smaller options")
	}
	if small.Merge(nil) != nil || !bytes.Equal(encoding(t, small), want) {
		t.Error("Merge of nil changes the table")
	}
	if small.Merge(small) == nil {
		t.Error("a table merges with itself")
	}
}

func TestClone(t *testing.T) {
	hits := traffic(5, 8000, 3000, 5, 0.5)
	table := tableOf(Options{Sample: 100}, hits[:4000])
	before := encoding(t, table)
	clone := table.Clone()
	for _, h := range hits[4000:] {
		clone.Add([]byte(h.worker), h.visitor, h.hasVisitor, h.pageView)
	}
	clone.Add([]byte("new"), 5, true, true)
	if !bytes.Equal(encoding(t, table), before) {
		t.Error("a clone changes its origin")
	}
	if n := clone.Hits(); n <= table.Hits() {
		t.Errorf("%d hits of %d", n, table.Hits())
	}
}

func TestMemoryIsBounded(t *testing.T) {
	table := New(Options{})
	rng := rand.New(rand.NewPCG(1, 1))
	names := make([][]byte, MaxWorkers)
	for i := range names {
		names[i] = fmt.Appendf(nil, "worker-%04d", i)
	}
	for i := range 300_000 {
		table.Add(names[i%MaxWorkers], rng.Uint64(), true, true)
	}
	// 131,072 slots of 16 bytes, 1,000 counters of 300 visitors each, which is more than 256, and one for the rest.
	if got, limit := table.Bytes(), 131072*16+1000*4800; got > limit {
		t.Errorf("%d bytes, want at most %d", got, limit)
	}
	if table.sample.level != 2 || table.sample.used > MaxSample || table.sample.used < MaxSample/2 {
		t.Errorf("%d visitors at level %d", table.sample.used, table.sample.level)
	}
}

func TestAddDoesNotAllocate(t *testing.T) {
	table := tableOf(Options{Sample: 1000}, traffic(1, 50_000, 20_000, 10, 0.5))
	name := []byte("10.0.0.3:80")
	visitor := uint64(0)
	if n := testing.AllocsPerRun(1000, func() {
		visitor += 0x9e3779b97f4a7c15
		table.Add(name, visitor|1<<63, true, true)
		table.Add(nil, visitor, true, true)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestOptions(t *testing.T) {
	for _, opts := range []Options{{Workers: MaxWorkers + 1}, {Workers: -1}, {Sample: MaxSample + 1}, {Sample: -2}, {Precision: 3}, {Precision: 19}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is taken", opts)
				}
			}()
			New(opts)
		}()
	}
}

func BenchmarkAdd(b *testing.B) {
	for _, visitors := range []int{1000, 90_000, 2_000_000} {
		b.Run(fmt.Sprint(visitors), func(b *testing.B) {
			hits := make([]hit, 1<<20)
			rng := rand.New(rand.NewPCG(1, 1))
			names := make([][]byte, 16)
			for i := range names {
				names[i] = fmt.Appendf(nil, "10.0.0.%d:8080", i)
			}
			hashes := make([]uint64, visitors)
			for i := range hashes {
				hashes[i] = rng.Uint64()
			}
			for i := range hits {
				hits[i].visitor = hashes[rng.IntN(visitors)]
			}
			table := New(Options{})
			for i := range hits {
				table.Add(names[i%16], hits[i].visitor, true, true)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				table.Add(names[i%16], hits[i&(1<<20-1)].visitor, true, true)
				i++
			}
		})
	}
}
