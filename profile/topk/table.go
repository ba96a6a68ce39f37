package topk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"
)

const (
	// MaxKeyLen is the length in bytes to which keys are cut. Longer keys that agree so far are one key.
	MaxKeyLen = 512
	// MaxCapacity bounds the number of keys that a table can be asked to track.
	MaxCapacity = 1 << 16
)

// A Table counts hits by key and tracks the heaviest keys. Each tracked key has a payload, which the caller fills and
// which lives as long as the key is tracked.
//
// While no key was turned away ([Table.Exact]) all is exact. Afterwards, of every tracked key at least [Row.Count] and
// at most Count + [Row.Missed] hits were made; of every other key, at most [Table.Unseen]. A key gets a place when its
// counted hits exceed those of the lightest tracked key by more than an eighth; the margin keeps keys of equal weight
// from taking turns and losing their payloads.
//
// Memory is bounded by capacity keys of up to [MaxKeyLen] bytes with their payloads and, once a key was turned away, 18
// bytes for each of 8 to 16 times as many keys as the capacity, 1,024 at least.
//
// A Table is not safe for concurrent use and must not be copied.
type Table[V any] struct {
	capacity int
	newValue func() *V
	entries  []entry[V]
	index    index
	rest     residue
	total    uint64
	bar      uint64 // a key of no more hits is not worth a look for a place
	last     int    // the place of the key that was found last: hits on one key often follow each other

	// To whole lines of the cache: the tables of several goroutines may stand side by side.
	_ [48]byte
}

// An entry is a tracked key.
type entry[V any] struct {
	hash   uint64
	key    string
	count  uint64 // hits: those while tracked, and before
	before uint64 // of count, those while not tracked, which rest has counted too
	missed uint64
	late   bool
	cut    bool
	value  *V
}

// A Row is a tracked key as a report shows it.
type Row[V any] struct {
	Key string
	// Count is how many hits the key has for certain.
	Count uint64
	// Missed is by how much Count may be too low. It is 0 as long as the table is exact, and for keys that were tracked
	// since before.
	Missed uint64
	// Late says that the key got its place after hits of its own had gone by without the payload: what Value counts is
	// a lower bound.
	Late bool
	// Cut says that Key stands for at least one longer key; see [MaxKeyLen].
	Cut bool
	// Value is the payload. It belongs to the table.
	Value *V
}

// New returns an empty table for at most capacity keys, from 1 to [MaxCapacity]; it panics outside. newValue makes the
// payload of a key that gets a place; it is called again after another key has lost its place with its payload.
func New[V any](capacity int, newValue func() *V) *Table[V] {
	if capacity < 1 || capacity > MaxCapacity {
		panic(fmt.Sprintf("BUG: topk: capacity %d is outside [1, %d]", capacity, MaxCapacity))
	}
	return &Table[V]{capacity: capacity, newValue: newValue, rest: residue{size: sketchSize(capacity)}}
}

// Touch counts a hit on key and returns the key's payload, or nil if the key has no place. The bytes are copied if need
// be. For a tracked key it does not allocate.
func (t *Table[V]) Touch(key []byte) *V {
	if t.last < len(t.entries) {
		if e := &t.entries[t.last]; e.key == string(key) {
			t.total++
			e.count++
			return e.value
		}
	}
	return t.Add(key, 1)
}

// Add counts n hits on key, otherwise as Touch does. With n = 0 it gives a new key a place if one is free.
func (t *Table[V]) Add(key []byte, n uint64) *V {
	t.total += n
	cut := len(key) > MaxKeyLen
	if cut {
		key = key[:MaxKeyLen]
	}
	hash := xxh3.Hash(key)
	e := t.find(hash, key)
	if e == nil {
		return t.admit(hash, key, cut, n)
	}
	e.count += n
	e.cut = e.cut || cut
	return e.value
}

// find returns the entry of key, nil if it is not tracked.
func (t *Table[V]) find(hash uint64, key []byte) *entry[V] {
	slots := t.index.slots
	if len(slots) == 0 {
		return nil
	}
	mask := uint64(len(slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := slots[i&mask]
		if s.place == 0 {
			return nil
		}
		if s.tag == uint32(hash>>32) {
			if e := &t.entries[s.place-1]; e.key == string(key) {
				t.last = int(s.place - 1)
				return e
			}
		}
	}
}

// admit counts n hits on a key that is not tracked, and gives it a place if there is one or it has earned one.
func (t *Table[V]) admit(hash uint64, key []byte, cut bool, n uint64) *V {
	if len(t.entries) < t.capacity {
		before, missed := t.rest.atLeast(hash), t.rest.err()
		t.place(entry[V]{
			hash: hash, key: string(key), count: before + n, before: before, missed: missed,
			late: before+missed > 0, cut: cut, value: t.newValue(),
		})
		return t.entries[len(t.entries)-1].value
	}
	count := t.rest.add(hash, n)
	if count <= t.bar {
		return nil
	}
	lightest := t.lightest()
	t.bar = barAbove(t.entries[lightest].count)
	if count <= t.bar {
		return nil
	}
	t.evict(lightest)
	e := &t.entries[lightest]
	*e = entry[V]{
		hash: hash, key: string(key), count: count, before: count, missed: t.rest.err(),
		late: true, cut: cut, value: t.newValue(),
	}
	t.index.add(hash, lightest, t.hashAt)
	return e.value
}

// barAbove returns how many hits are not enough to take the place of a key with count.
func barAbove(count uint64) uint64 { return count + count/8 }

// lightest returns the place of the key with the fewest hits.
func (t *Table[V]) lightest() int {
	best := 0
	for i := range t.entries {
		if t.entries[i].count < t.entries[best].count {
			best = i
		}
	}
	return best
}

// place appends an entry.
func (t *Table[V]) place(e entry[V]) {
	t.entries = append(t.entries, e)
	t.index.add(e.hash, len(t.entries)-1, t.hashAt)
}

// evict takes the key at a place out of the index and has its hits counted with the rest.
func (t *Table[V]) evict(place int) {
	e := &t.entries[place]
	t.index.remove(e.hash, place, t.hashAt)
	t.rest.add(e.hash, e.count-e.before)
}

func (t *Table[V]) hashAt(place int) uint64 { return t.entries[place].hash }

// Exact says that no key was ever turned away, so that every count is the truth.
func (t *Table[V]) Exact() bool { return !t.rest.used() }

// Len returns the number of tracked keys. If the table is exact, there are no others.
func (t *Table[V]) Len() int { return len(t.entries) }

// Capacity returns how many keys the table tracks at most.
func (t *Table[V]) Capacity() int { return t.capacity }

// Total returns the number of hits on all keys, tracked or not.
func (t *Table[V]) Total() uint64 { return t.total }

// Get returns the row of a key; ok is false if it is not tracked.
func (t *Table[V]) Get(key string) (row Row[V], ok bool) {
	k := []byte(key[:min(len(key), MaxKeyLen)])
	if e := t.find(xxh3.Hash(k), k); e != nil {
		return e.row(), true
	}
	return row, false
}

// Rows returns the n heaviest tracked keys, all of them if n is negative, by descending Count and then ascending Key.
func (t *Table[V]) Rows(n int) []Row[V] {
	rows := make([]Row[V], len(t.entries))
	for i := range t.entries {
		rows[i] = t.entries[i].row()
	}
	slices.SortFunc(rows, func(a, b Row[V]) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Key, b.Key))
	})
	if n >= 0 && n < len(rows) {
		rows = slices.Clip(rows[:n])
	}
	return rows
}

func (e *entry[V]) row() Row[V] {
	return Row[V]{Key: e.key, Count: e.count, Missed: e.missed, Late: e.late, Cut: e.cut, Value: e.value}
}

// Other returns how many of the hits the rows do not account for: the total less the sum of their Counts. Those are the
// hits on all other keys and, if the table is not exact, those that the Counts of the rows lack.
func (t *Table[V]) Other(rows []Row[V]) uint64 {
	other := t.total
	for _, r := range rows {
		other -= r.Count
	}
	return other
}

// Unseen returns how many hits a key that is not tracked may have at most. It is 0 if the table is exact.
func (t *Table[V]) Unseen() uint64 {
	tracked := make(map[uint64]bool, len(t.entries))
	for i := range t.entries {
		tracked[t.entries[i].hash] = true
	}
	heaviest := uint64(0)
	for _, w := range t.rest.weights() {
		if !tracked[w.hash] {
			heaviest = max(heaviest, w.n)
		}
	}
	return heaviest + t.rest.err()
}

// Clone returns an independent copy, with payloads copied by cloneValue.
func (t *Table[V]) Clone(cloneValue func(*V) *V) *Table[V] {
	c := *t
	c.entries = slices.Clone(t.entries)
	for i := range c.entries {
		c.entries[i].value = cloneValue(c.entries[i].value)
	}
	c.index.slots = slices.Clone(t.index.slots)
	c.rest = t.rest.clone()
	return &c
}
