package balance

import (
	"fmt"
	"testing"

	"github.com/loadx/loadx/profile/uv"
)

// Visitors who still wait are in everything that is asked of a table, whatever is asked first.
func TestWaitingVisitors(t *testing.T) {
	for n := range uint64(3 * pendingVisitors) {
		made := func() *Table {
			table := New(Options{})
			for v := range n {
				table.Add([]byte("a"), v<<40|1, true, true)
				if v%2 == 0 {
					table.Add([]byte("b"), v<<40|1, true, true)
				}
			}
			return table
		}
		merged := New(Options{})
		if err := merged.Merge(made()); err != nil {
			t.Fatal(err)
		}
		onto := made()
		if err := onto.Merge(New(Options{})); err != nil {
			t.Fatal(err)
		}
		encoded, err := made().AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		decoded := new(Table)
		if err := decoded.UnmarshalBinary(encoded); err != nil {
			t.Fatal(err)
		}
		for name, table := range map[string]func() *Table{
			"made": made, "cloned": func() *Table { return made().Clone() }, "merged": merged.Clone, "merged onto": onto.Clone, "decoded": decoded.Clone,
		} {
			if got := table().Visitors(); got != uv.ExactEstimate(n) {
				t.Errorf("%s: %+v visitors, want %d", name, got, n)
			}
			if got := table().Moved(); got != uv.ExactEstimate((n+1)/2) {
				t.Errorf("%s: %+v moved, want %d", name, got, (n+1)/2)
			}
			again, err := table().AppendBinary(nil)
			if err != nil || fmt.Sprintf("%x", again) != fmt.Sprintf("%x", encoded) {
				t.Errorf("%s: %d visitors have another encoding, %v", name, n, err)
			}
		}
	}
}
