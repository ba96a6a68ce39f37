package topk

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Merge adds the hits of other, which must not be t, is not changed and may be nil. mergeValue adds the payload src to
// dst; for a key that t does not track, dst is new. t keeps its capacity.
//
// As long as both tables are exact and all their keys fit into t, the result is what one table would have counted. Else
// the bounds of both add up, the heaviest keys keep their places, and the payloads of those that lose theirs are gone.
//
// An error is one of mergeValue. t is then merged in part and must not be used any more.
func (t *Table[V]) Merge(other *Table[V], mergeValue func(dst, src *V) error) error {
	if other == nil {
		return nil
	}
	if other == t {
		return errors.New("topk: merge a table with itself")
	}
	for i := range t.entries {
		if e := &t.entries[i]; other.find(e.hash, []byte(e.key)) == nil {
			e.addUntracked(&other.rest)
		}
	}
	for i := range other.entries {
		from := &other.entries[i]
		into := t.find(from.hash, []byte(from.key))
		if into == nil {
			e := entry[V]{hash: from.hash, key: from.key, value: t.newValue()}
			e.addUntracked(&t.rest)
			t.place(e)
			into = &t.entries[len(t.entries)-1]
		}
		into.count += from.count
		into.before += from.before
		into.missed += from.missed
		into.late = into.late || from.late
		into.cut = into.cut || from.cut
		if err := mergeValue(into.value, from.value); err != nil {
			return fmt.Errorf("topk: merge the values of %q: %w", into.key, err)
		}
	}
	t.rest.merge(&other.rest)
	t.total += other.total
	t.shrink()
	return nil
}

// addUntracked adds what a table in which the key is not tracked knows about it.
func (e *entry[V]) addUntracked(rest *residue) {
	n, missed := rest.atLeast(e.hash), rest.err()
	e.count += n
	e.before += n
	e.missed += missed
	e.late = e.late || n+missed > 0
}

// shrink takes their places from the lightest keys beyond the capacity.
func (t *Table[V]) shrink() {
	if len(t.entries) <= t.capacity {
		return
	}
	slices.SortFunc(t.entries, func(a, b entry[V]) int {
		return cmp.Or(cmp.Compare(b.count, a.count), strings.Compare(a.key, b.key))
	})
	for _, e := range t.entries[t.capacity:] {
		t.rest.add(e.hash, e.count-e.before)
	}
	clear(t.entries[t.capacity:])
	t.entries = slices.Clip(t.entries[:t.capacity])
	t.index = index{}
	for i := range t.entries {
		t.index.add(t.entries[i].hash, i, t.hashAt)
	}
}
