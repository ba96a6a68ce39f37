package topk

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A tally is a payload that counts the hits that reached it.
type tally struct{ hits uint64 }

func newTally() *tally { return new(tally) }

func mergeTally(dst, src *tally) error {
	dst.hits += src.hits
	return nil
}

func cloneTally(v *tally) *tally { c := *v; return &c }

func appendTally(dst []byte, v *tally) ([]byte, error) { return binary.AppendUvarint(dst, v.hits), nil }

func decodeTally(data []byte) (*tally, error) {
	v, n := binary.Uvarint(data)
	if n != len(data) || n == 0 {
		return nil, errors.New("no tally")
	}
	return &tally{hits: v}, nil
}

// A stream is a table and, as its oracle, the true counts of what the table was fed.
type stream struct {
	table *Table[tally]
	truth map[string]uint64
}

func newStream(capacity int) *stream {
	return &stream{table: New(capacity, newTally), truth: map[string]uint64{}}
}

func (s *stream) touch(key string) {
	s.truth[key]++
	if v := s.table.Touch([]byte(key)); v != nil {
		v.hits++
	}
}

func (s *stream) merge(t interface{ Fatal(...any) }, other *stream) {
	if err := s.table.Merge(other.table, mergeTally); err != nil {
		t.Fatal(err)
	}
	for k, n := range other.truth {
		s.truth[k] += n
	}
}

func encoded(t interface{ Fatal(...any) }, table *Table[tally]) []byte {
	data, err := table.AppendBinary(nil, appendTally)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// check holds everything the table says against the truth.
func (s *stream) check(t interface {
	Helper()
	Errorf(string, ...any)
}) {
	t.Helper()
	total, rows := uint64(0), s.table.Rows(-1)
	for _, n := range s.truth {
		total += n
	}
	if s.table.Total() != total || len(rows) != s.table.Len() || len(rows) > s.table.Capacity() {
		t.Errorf("total %d, want %d; %d rows", s.table.Total(), total, len(rows))
	}
	if s.table.Exact() && len(rows) != len(s.truth) {
		t.Errorf("exact with %d of %d keys", len(rows), len(s.truth))
	}
	tracked, rest := map[string]bool{}, total
	for i, r := range rows {
		n := s.truth[r.Key]
		tracked[r.Key] = true
		rest -= r.Count
		if r.Count > n || n > r.Count+r.Missed {
			t.Errorf("key %q has %d hits, row %+v", r.Key, n, r)
		}
		if r.Value.hits > n || !r.Late && r.Value.hits != n || s.table.Exact() && (r.Late || r.Missed != 0 || r.Count != n) {
			t.Errorf("key %q has %d hits, exact %v, value %d, row %+v", r.Key, n, s.table.Exact(), r.Value.hits, r)
		}
		if i > 0 && cmp.Or(cmp.Compare(rows[i-1].Count, r.Count), strings.Compare(r.Key, rows[i-1].Key)) <= 0 {
			t.Errorf("row %d of %q stands behind %q", i, r.Key, rows[i-1].Key)
		}
		if got, ok := s.table.Get(r.Key); !ok || got != r {
			t.Errorf("Get(%q) = %+v, %v, want %+v", r.Key, got, ok, r)
		}
	}
	if other := s.table.Other(rows); other != rest {
		t.Errorf("Other = %d, want %d", other, rest)
	}
	unseen := s.table.Unseen()
	for k, n := range s.truth {
		if !tracked[k] && n > unseen {
			t.Errorf("untracked key %q has %d hits, Unseen %d", k, n, unseen)
		}
		if _, ok := s.table.Get(k); ok != tracked[k] {
			t.Errorf("Get(%q) %v, in the rows %v", k, ok, tracked[k])
		}
	}
}

// streams are the orders and weights of keys that a table has to stand.
var streams = map[string]func(n int, touch func(string)){
	"zipf": func(n int, touch func(string)) {
		z := rand.NewZipf(rand.New(rand.NewPCG(1, 1)), 1.1, 1, 1<<20)
		for range n {
			touch(fmt.Sprintf("/page/%d", z.Uint64()))
		}
	},
	"uniform": func(n int, touch func(string)) {
		r := rand.New(rand.NewPCG(2, 2))
		for range n {
			touch(fmt.Sprintf("/page/%d", r.IntN(3000)))
		}
	},
	"round robin": func(n int, touch func(string)) {
		for i := range n {
			touch(fmt.Sprintf("/page/%d", i%250))
		}
	},
	"flood, then heavy": func(n int, touch func(string)) {
		for i := range n / 2 {
			touch(fmt.Sprintf("/once/%d", i))
		}
		for i := range n / 2 {
			touch(fmt.Sprintf("/heavy/%d", i%20))
		}
	},
	"heavy, then flood": func(n int, touch func(string)) {
		for i := range n / 2 {
			touch(fmt.Sprintf("/heavy/%d", i%20))
		}
		for i := range n / 2 {
			touch(fmt.Sprintf("/once/%d", i))
		}
	},
	"ascending weights": func(n int, touch func(string)) {
		for i, k := 0, 0; i < n; k++ {
			for range k + 1 {
				touch(fmt.Sprintf("/page/%d", k))
				i++
			}
		}
	},
	"every key twice": func(n int, touch func(string)) {
		for i := range n / 2 {
			touch(fmt.Sprintf("/twice/%d", i))
			touch(fmt.Sprintf("/twice/%d", i))
		}
	},
}

func TestBoundsHold(t *testing.T) {
	for name, feed := range streams {
		for _, capacity := range []int{1, 7, 100, 1000} {
			t.Run(fmt.Sprintf("%s/%d", name, capacity), func(t *testing.T) {
				s := newStream(capacity)
				fed := 0
				feed(15_000, func(key string) {
					s.touch(key)
					if fed++; fed == 1000 || fed == 8000 {
						s.check(t)
					}
				})
				s.check(t)
			})
		}
	}
}

func TestExactUpToCapacity(t *testing.T) {
	s := newStream(50)
	for i := range 10_000 {
		s.touch(fmt.Sprint(i * i % 97)) // 49 squares
	}
	s.touch("one more")
	s.check(t)
	if !s.table.Exact() || s.table.Len() != 50 || s.table.Unseen() != 0 || s.table.Other(s.table.Rows(-1)) != 0 {
		t.Errorf("exact %v with %d keys, unseen %d", s.table.Exact(), s.table.Len(), s.table.Unseen())
	}
	s.touch("too many")
	s.check(t)
	if s.table.Exact() {
		t.Error("exact beyond the capacity")
	}
}

// Keys that are heavy before a flood of keys that come once keep their exact counts, and those that are heavy after it
// get their places.
func TestFloodDoesNotWashOut(t *testing.T) {
	s := newStream(100)
	for i := range 20_000 {
		s.touch(fmt.Sprintf("/before/%d", i%10))
	}
	for i := range 150_000 {
		s.touch(fmt.Sprintf("/once/%d", i))
		if i >= 3000 && i%30 == 0 {
			s.touch(fmt.Sprintf("/after/%d", i/30%10))
		}
	}
	s.check(t)
	rows := s.table.Rows(20)
	for i, r := range rows {
		switch {
		case i < 10 && (!strings.HasPrefix(r.Key, "/before/") || r.Count != 2000 || r.Missed != 0 || r.Late || r.Value.hits != 2000):
			t.Errorf("row %d: %+v", i, r)
		case i >= 10 && (!strings.HasPrefix(r.Key, "/after/") || r.Count < 480 || !r.Late || r.Value.hits < 480):
			t.Errorf("row %d: %+v", i, r)
		}
	}
}

// In a skewed stream the heaviest keys must be the true ones, in the true order.
func TestZipfFindsTheHeaviest(t *testing.T) {
	s := newStream(200)
	streams["zipf"](150_000, s.touch)
	truth := slices.SortedFunc(maps.Keys(s.truth), func(a, b string) int { return cmp.Compare(s.truth[b], s.truth[a]) })
	if len(truth) < 10_000 {
		t.Fatalf("only %d distinct keys", len(truth))
	}
	for i, r := range s.table.Rows(20) {
		if r.Key != truth[i] || float64(r.Count) < 0.99*float64(s.truth[truth[i]]) {
			t.Errorf("row %d is %q with %d hits, want %q with %d", i, r.Key, r.Count, truth[i], s.truth[truth[i]])
		}
	}
}

// Keys of equal weight must not take turns and lose their payloads.
func TestEqualWeightsStay(t *testing.T) {
	s, made := newStream(100), 0
	s.table.newValue = func() *tally { made++; return new(tally) }
	r := rand.New(rand.NewPCG(6, 6))
	for range 300 {
		for _, i := range r.Perm(250) {
			s.touch(fmt.Sprint(i))
		}
	}
	s.check(t)
	if made > 1000 {
		t.Errorf("%d payloads were made for 100 places", made)
	}
}

func TestMergeBoundsHold(t *testing.T) {
	for name, feed := range streams {
		for _, capacities := range [][]int{{100, 100, 100}, {100, 7, 1000}, {7, 1000, 100}} {
			t.Run(fmt.Sprint(name, capacities), func(t *testing.T) {
				parts := make([]*stream, len(capacities))
				for i, c := range capacities {
					parts[i] = newStream(c)
				}
				r := rand.New(rand.NewPCG(5, 5))
				feed(12_000, func(key string) { parts[r.IntN(len(parts))].touch(key) })
				for _, p := range parts[1:] {
					before := encoded(t, p.table)
					parts[0].merge(t, p)
					if !bytes.Equal(before, encoded(t, p.table)) {
						t.Fatal("Merge changed its argument")
					}
					parts[0].check(t)
				}
				feed(4000, parts[0].touch)
				parts[0].check(t)
			})
		}
	}
}

// While nothing is turned away, tables that are merged hold what one table would.
func TestMergeOfExactIsASinglePass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.StringMatching(`[a-c]{0,3}`), 0, 100).Draw(t, "keys") // at most 40 of them
		whole, parts := newStream(40), []*stream{newStream(40), newStream(40), newStream(40)}
		for _, k := range keys {
			whole.touch(k)
			parts[rapid.IntRange(0, 2).Draw(t, "part")].touch(k)
		}
		merged := newStream(40)
		for _, p := range rapid.Permutation(parts).Draw(t, "order") {
			merged.merge(t, p)
		}
		merged.check(t)
		if !bytes.Equal(encoded(t, whole.table), encoded(t, merged.table)) {
			t.Fatalf("whole %v, merged %v", whole.table.Rows(-1), merged.table.Rows(-1))
		}
	})
}

// Any sequence of operations on small tables keeps every promise.
func TestOperations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.Custom(func(t *rapid.T) string {
			return fmt.Sprint(min(rapid.IntRange(0, 30).Draw(t, "a"), rapid.IntRange(0, 30).Draw(t, "b")))
		})
		all := make([]*stream, 2)
		for i := range all {
			all[i] = newStream(rapid.IntRange(1, 8).Draw(t, "capacity"))
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			s, other := all[0], all[1]
			if rapid.Bool().Draw(t, "which") {
				s, other = other, s
			}
			switch rapid.IntRange(0, 5).Draw(t, "operation") {
			case 0:
				s.merge(t, other)
			case 1:
				clone := &stream{table: s.table.Clone(cloneTally), truth: maps.Clone(s.truth)}
				before := encoded(t, s.table)
				clone.touch("new")
				clone.merge(t, other)
				clone.check(t)
				if !bytes.Equal(before, encoded(t, s.table)) {
					t.Fatal("changing a clone changed the original")
				}
			case 2:
				data := encoded(t, s.table)
				back := New(1, newTally)
				if err := back.UnmarshalBinary(data, decodeTally); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(data, encoded(t, back)) {
					t.Fatalf("%x comes back as %x", data, encoded(t, back))
				}
				s.table = back
			default:
				for _, k := range rapid.SliceOfN(key, 0, 60).Draw(t, "keys") {
					s.touch(k)
				}
			}
			s.check(t)
		}
	})
}

func TestLongKeysAreCut(t *testing.T) {
	table := New(10, newTally)
	long := strings.Repeat("x", MaxKeyLen)
	for _, key := range []string{long, long + "a", long + "b", "short"} {
		table.Touch([]byte(key)).hits++
	}
	want := []Row[tally]{{Key: long, Count: 3, Cut: true}, {Key: "short", Count: 1}}
	for i, r := range table.Rows(-1) {
		if r.Key != want[i].Key || r.Count != want[i].Count || r.Cut != want[i].Cut || r.Value.hits != r.Count {
			t.Errorf("row %d: %d hits, cut %v, %d bytes", i, r.Count, r.Cut, len(r.Key))
		}
	}
	if r, ok := table.Get(long + "c"); !ok || r.Count != 3 {
		t.Errorf("Get of a long key: %+v, %v", r, ok)
	}
}

func TestRowsNumber(t *testing.T) {
	s := newStream(10)
	for i := range 5 {
		for range i + 1 {
			s.touch(fmt.Sprint(i))
		}
	}
	for n, want := range map[int]int{-1: 5, 0: 0, 2: 2, 5: 5, 9: 5} {
		rows := s.table.Rows(n)
		if len(rows) != want {
			t.Errorf("Rows(%d) has %d", n, len(rows))
		}
		if n == 2 && (rows[0].Key != "4" || rows[1].Key != "3" || s.table.Other(rows) != 6) {
			t.Errorf("Rows(2) = %+v, others %d", rows, s.table.Other(rows))
		}
	}
}

func TestMergeErrors(t *testing.T) {
	a, b := newStream(3), newStream(3)
	b.touch("x")
	broken := errors.New("broken")
	if err := a.table.Merge(b.table, func(dst, src *tally) error { return broken }); !errors.Is(err, broken) || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("error %v", err)
	}
	if err := b.table.Merge(b.table, mergeTally); err == nil {
		t.Error("a table merges with itself")
	}
	if err := b.table.Merge(nil, mergeTally); err != nil || b.table.Total() != 1 {
		t.Errorf("nil: %v", err)
	}
}

func TestNewRefusesCapacity(t *testing.T) {
	for _, capacity := range []int{-1, 0, MaxCapacity + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("capacity %d is accepted", capacity)
				}
			}()
			New(capacity, newTally)
		}()
	}
}

func TestTouchDoesNotAllocate(t *testing.T) {
	s := newStream(100)
	streams["zipf"](20_000, s.touch)
	tracked := []byte(s.table.Rows(1)[0].Key)
	if n := testing.AllocsPerRun(1000, func() { s.table.Touch(tracked) }); n != 0 {
		t.Errorf("tracked key: %v allocations", n)
	}
	key, i := make([]byte, 8), uint64(0)
	if n := testing.AllocsPerRun(20_000, func() {
		i++
		binary.BigEndian.PutUint64(key, i)
		s.table.Touch(key)
	}); n != 0 {
		t.Errorf("keys that come once: %v allocations", n)
	}
}
