package balance

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"testing"
)

// samples are tables of several kinds.
func samples() []*Table {
	return []*Table{
		New(Options{}),
		tableOf(Options{}, traffic(1, 300, 40, 3, 0.2)),
		tableOf(Options{Workers: 4, Sample: 10, Exact: 5, Precision: 4}, traffic(2, 500, 100, 12, 0.5)),
		tableOf(Options{Sample: 1, Exact: -1}, []hit{{"a", 1, true, true}, {"b", 1, true, true}, {"", 2, true, true}, {"c", 3, false, false}}),
	}
}

func TestBinary(t *testing.T) {
	for i, table := range samples() {
		data := encoding(t, table)
		var back Table
		if err := back.UnmarshalBinary(data); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		if !bytes.Equal(encoding(t, &back), data) {
			t.Errorf("%d: changes on the way", i)
		}
		other, workers := table.Other(1)
		if got, n := back.Other(1); got != other || n != workers || !slices.Equal(back.Rows(-1), table.Rows(-1)) || back.Without() != table.Without() ||
			back.Moved() != table.Moved() || back.Visitors() != table.Visitors() || back.PageViews() != table.PageViews() || back.Hits() != table.Hits() {
			t.Errorf("%d: other numbers on the way", i)
		}
		// It goes on counting as if nothing had happened.
		for _, h := range traffic(9, 800, 150, 5, 0.3) {
			table.Add([]byte(h.worker), h.visitor, h.hasVisitor, h.pageView)
			back.Add([]byte(h.worker), h.visitor, h.hasVisitor, h.pageView)
		}
		if table.workers.Exact() && !bytes.Equal(encoding(t, &back), encoding(t, table)) {
			t.Errorf("%d: counts differently afterwards", i)
		}
	}
}

func TestText(t *testing.T) {
	table := samples()[2]
	text, err := json.Marshal(map[string]*Table{"balance": table})
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]*Table
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encoding(t, back["balance"]), encoding(t, table)) {
		t.Error("changes on the way")
	}
	if want := base64.StdEncoding.EncodeToString(encoding(t, table)); string(text) != `{"balance":"`+want+`"}` {
		t.Errorf("%s", text)
	}
	if err := table.UnmarshalText([]byte("*")); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
}

// Whatever byte is cut off or changed, a decoder says ErrCorrupt or gives a table that encodes again.
func TestCorrupt(t *testing.T) {
	target := samples()[1]
	kept := encoding(t, target)
	for i, table := range samples() {
		data := encoding(t, table)
		for n := range data {
			if err := target.UnmarshalBinary(data[:n]); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("%d: the first %d of %d bytes: %v", i, n, len(data), err)
			}
			changed := slices.Clone(data)
			changed[n] ^= 0x81
			checkDecode(t, changed)
		}
		if err := target.UnmarshalBinary(append(slices.Clone(data), 0)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%d: a byte too much: %v", i, err)
		}
	}
	if !bytes.Equal(encoding(t, target), kept) {
		t.Error("an error changes the table")
	}
}

func TestCorruptNumbers(t *testing.T) {
	table := func() *Table { return tableOf(Options{Sample: 10}, traffic(1, 300, 5, 3, 0.2)) }
	for name, spoil := range map[string]func(*Table){
		"more page views than hits":          func(x *Table) { x.pageViews = x.workers.Total() + 1 },
		"rows of more page views than all":   func(x *Table) { x.pageViews /= 2 },
		"more visitors than page views":      func(x *Table) { x.workers.Rows(1)[0].Value.pageViews = 1 },
		"a visitor of another level":         func(x *Table) { x.sample.level = 60 },
		"a level beyond the hash":            func(x *Table) { x.sample.level = 65 },
		"no room for workers":                func(x *Table) { x.opts.Workers = 0 },
		"room for more workers than rows":    func(x *Table) { x.opts.Workers = 500 },
		"no room for visitors":               func(x *Table) { x.sample.limit, x.sample.used, x.sample.slots = 0, 0, nil },
		"more visitors than fit":             func(x *Table) { x.sample.limit = 2 },
		"another number of visitors":         func(x *Table) { x.sample.used-- },
		"more page views without than hits":  func(x *Table) { x.withoutWorker.PageViews = x.withoutWorker.Hits + 1 },
		"more hits than a table may believe": func(x *Table) { x.withoutWorker.Hits = maxCount + 1 },
	} {
		spoilt := table()
		spoil(spoilt)
		var back Table
		if err := back.UnmarshalBinary(encoding(t, spoilt)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func checkDecode(t *testing.T, data []byte) {
	t.Helper()
	var table Table
	if err := table.UnmarshalBinary(data); err != nil {
		if !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
		return
	}
	again := encoding(t, &table)
	if !bytes.Equal(again, data) {
		t.Fatalf("%x\nis taken for\n%x", data, again)
	}
	moved, visitors := table.Moved(), table.Visitors()
	if moved.Value > visitors.Value || moved.Low > moved.Value || moved.Value > moved.High {
		t.Errorf("moved %+v of %+v", moved, visitors)
	}
	table.Add([]byte("a"), 0, true, true)
	if err := table.Clone().Merge(&table); err != nil {
		t.Error(err)
	}
	table.Other(1)
}

func FuzzTable(f *testing.F) {
	for _, table := range samples() {
		f.Add(encoding(f, table))
	}
	f.Fuzz(checkDecode)
}
