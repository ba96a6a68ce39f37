package topk

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// small returns a table with keys a (3 hits), b (2 hits) and, if the capacity is 2, c without a place.
func small(capacity int) *stream {
	s := newStream(capacity)
	for _, k := range strings.Split("a a a b b c", " ") {
		s.touch(k)
	}
	return s
}

func TestCorrupt(t *testing.T) {
	good := encoded(t, small(2).table)
	// version, capacity, total, error, one hash with 1 hit, 2 keys: a with 3 hits, b with 2
	if len(good) != 1+1+1+1+1+9+1+2*8 || !bytes.Equal(good[:5], []byte{1, 2, 6, 0, 1}) ||
		!bytes.Equal(good[13:], []byte{1, 2, 1, 'a', 0, 3, 0, 0, 1, 3, 1, 'b', 0, 2, 0, 0, 1, 2}) {
		t.Fatalf("encoding %v", good)
	}
	edit := func(at int, v byte) []byte {
		c := bytes.Clone(good)
		c[at] = v
		return c
	}
	for name, data := range map[string][]byte{
		"empty": nil, "version": edit(0, 2), "no capacity": edit(1, 0), "more keys than capacity": edit(1, 1), "total too small": edit(2, 4),
		"error above total": edit(3, 7), "hits above total": edit(13, 7), "no hits": edit(13, 0), "number of hashes": edit(4, 9), "number of keys": edit(14, 3),
		"fewer keys": edit(14, 1), "order of keys": edit(16, 'b'), "key cut off": edit(15, 200), "flags": edit(17, 4), "before above count": edit(19, 4),
		"missed above total": edit(20, 9), "value cut off": edit(21, 99), "bad value": edit(22, 0x80), "counts above total": edit(18, 5),
		"cut off": good[:len(good)-1], "more": append(bytes.Clone(good), 0), "capacity": {1, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0}, "long varint": {1, 0x82, 0, 0, 0, 0, 0},
		"hashes twice": append(append([]byte{1, 2, 6, 0, 2}, append(bytes.Clone(good[5:14]), good[5:14]...)...), 0),
	} {
		s := small(5)
		before := encoded(t, s.table)
		if err := s.table.UnmarshalBinary(data, decodeTally); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: error %v", name, err)
		}
		if !bytes.Equal(before, encoded(t, s.table)) {
			t.Errorf("%s: the receiver changed", name)
		}
	}
	if err := New(1, newTally).UnmarshalBinary(good, func([]byte) (*tally, error) { return nil, nil }); !errors.Is(err, ErrCorrupt) {
		t.Errorf("nil value: error %v", err)
	}
}

// A table that has forgotten every single key without a place still knows that there were some.
func TestForgottenKeysAreNotExact(t *testing.T) {
	table := New(1, newTally)
	if err := table.UnmarshalBinary([]byte{1, 4, 9, 3, 0, 0}, decodeTally); err != nil {
		t.Fatal(err)
	}
	for name, table := range map[string]*Table[tally]{"decoded": table, "cloned": table.Clone(cloneTally)} {
		table.Touch([]byte("x"))
		r, _ := table.Get("x")
		if table.Exact() || table.Unseen() != 3 || r.Count != 1 || r.Missed != 3 || !r.Late {
			t.Errorf("%s: exact %v, unseen %d, row %+v", name, table.Exact(), table.Unseen(), r)
		}
	}
}

func TestAppendBinaryError(t *testing.T) {
	broken := errors.New("broken")
	if _, err := small(5).table.AppendBinary(nil, func([]byte, *tally) ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func FuzzUnmarshalBinary(f *testing.F) {
	late := newStream(2)
	for i := range 3000 {
		late.touch(fmt.Sprint(i % (1 + i/1000*1000)))
		late.touch(strings.Repeat("z", i))
	}
	for _, s := range []*stream{newStream(1), small(2), small(5), late} {
		f.Add(encoded(f, s.table))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := small(2)
		before := encoded(t, s.table)
		if err := s.table.UnmarshalBinary(data, decodeTally); err != nil {
			if !errors.Is(err, ErrCorrupt) || !bytes.Equal(before, encoded(t, s.table)) {
				t.Fatal(err)
			}
			return
		}
		again := encoded(t, s.table)
		back := New(1, newTally)
		if err := back.UnmarshalBinary(again, decodeTally); err != nil || !bytes.Equal(again, encoded(t, back)) {
			t.Fatalf("%x comes back as %x: %v", again, encoded(t, back), err)
		}
		if rows := s.table.Rows(-1); len(rows) > s.table.Capacity() || s.table.Other(rows) > s.table.Total() {
			t.Fatalf("%d rows, others %d of %d", len(rows), s.table.Other(rows), s.table.Total())
		}
		if err := s.table.Merge(small(2).table, mergeTally); err != nil {
			t.Fatal(err)
		}
		s.table.Touch([]byte("q"))
	})
}
