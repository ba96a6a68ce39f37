package topk

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A pair is two tables that are told the same, one by Touch and one by Add.
type pair struct{ touched, added *Table[tally] }

func newPair(capacity int) *pair {
	return &pair{New(capacity, newTally), New(capacity, newTally)}
}

// Touch, which looks at the last key first, is Add of one hit, whatever became of
// the last key: evicted, merged to another place, or copied.
func TestTouchIsAdd(t *testing.T) {
	long := strings.Repeat("k", MaxKeyLen)
	rapid.Check(t, func(t *rapid.T) {
		capacity := rapid.IntRange(1, 5).Draw(t, "capacity")
		pairs := [...]*pair{newPair(capacity), newPair(capacity)}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			i := rapid.IntRange(0, 1).Draw(t, "pair")
			p, other := pairs[i], pairs[1-i]
			switch rapid.SampledFrom([]string{"touch", "touch", "touch", "touch", "get", "merge", "clone", "binary"}).Draw(t, "step") {
			case "touch":
				key := rapid.SampledFrom([]string{"", "a", "b", "c", "d", "e", "f", "g", long, long + "1", long + "2", long[1:]}).Draw(t, "key")
				for range rapid.IntRange(1, 30).Draw(t, "times") {
					a, b := p.touched.Touch([]byte(key)), p.added.Add([]byte(key), 1)
					if (a == nil) != (b == nil) {
						t.Fatalf("%q has a place for Touch: %v, for Add: %v", key, a != nil, b != nil)
					}
					if a != nil {
						a.hits++
						b.hits++
					}
				}
			case "get":
				p.touched.Get("a")
			case "merge":
				if p.touched.Merge(other.touched, mergeTally) != nil || p.added.Merge(other.added, mergeTally) != nil {
					t.Fatal("the tables do not merge")
				}
			case "clone":
				pairs[1-i] = &pair{p.touched.Clone(cloneTally), p.added.Clone(cloneTally)}
			case "binary":
				pairs[1-i] = newPair(capacity)
				for _, table := range [][2]*Table[tally]{{p.touched, pairs[1-i].touched}, {p.added, pairs[1-i].added}} {
					if err := table[1].UnmarshalBinary(encoded(t, table[0]), decodeTally); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, p := range pairs {
				if !bytes.Equal(encoded(t, p.touched), encoded(t, p.added)) {
					t.Fatalf("Touch: %v\nAdd: %v", rowsOf(p.touched), rowsOf(p.added))
				}
			}
		}
	})
}

func rowsOf(table *Table[tally]) (rows []string) {
	for _, r := range table.Rows(-1) {
		rows = append(rows, fmt.Sprintf("%.20q: %d, missed %d, value %d", r.Key, r.Count, r.Missed, r.Value.hits))
	}
	return append(rows, fmt.Sprint(table.Total()))
}
