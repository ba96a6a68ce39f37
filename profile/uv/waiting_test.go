package uv

import (
	"bytes"
	"encoding"
	"fmt"
	"slices"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// Whatever is done with counters whose last hashes still wait, they hold what
// sets of the hashes say.
func TestWaitingHashesAgainstSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]int{NoLimit, 0, 3, 7, 20}).Draw(t, "limit")
		precision := rapid.SampledFrom([]uint8{4, 7, RedisPrecision}).Draw(t, "precision")
		var counters [3]*Counter
		var sets [3]map[uint64]bool
		for i := range counters {
			counters[i], sets[i] = NewCounter(limit, precision), map[uint64]bool{}
		}
		index := rapid.IntRange(0, len(counters)-1)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			i, j := index.Draw(t, "i"), index.Draw(t, "j")
			c, set := counters[i], sets[i]
			step := rapid.SampledFrom([]string{"add", "add", "add", "merge", "absorb", "nil", "clone", "reset", "binary", "text", "failed", "check"}).Draw(t, "step")
			switch step {
			case "add":
				for _, h := range rapid.SliceOfN(rapid.OneOf(rapid.Uint64Range(0, 12), rapid.Uint64()), 1, 10).Draw(t, "hashes") {
					c.Add(h)
					set[h] = true
				}
			case "merge", "absorb":
				union := c.Merge
				if step == "absorb" {
					union = c.Absorb
				}
				if err := union(counters[j]); err != nil {
					t.Fatal(err)
				}
				for h := range sets[j] {
					set[h] = true
				}
			case "nil":
				if c.Merge(nil) != nil || c.Absorb(nil) != nil || c.Merge(c) != nil || c.Absorb(c) != nil {
					t.Fatal("nothing to merge, and an error")
				}
			case "clone":
				counters[j], sets[j] = c.Clone(), map[uint64]bool{}
				for h := range set {
					sets[j][h] = true
				}
			case "reset":
				c.Reset()
				clear(set)
			case "binary":
				if err := counters[j].UnmarshalBinary(encoded(t, c)); err != nil {
					t.Fatal(err)
				}
				sets[j] = map[uint64]bool{}
				for h := range set {
					sets[j][h] = true
				}
			case "text":
				text, err := encoding.TextMarshaler(c).MarshalText()
				if err != nil {
					t.Fatal(err)
				}
				if err := c.UnmarshalText(text); err != nil {
					t.Fatal(err)
				}
			case "failed":
				if c.UnmarshalBinary([]byte("no counter")) == nil {
					t.Fatal("no counter is decoded")
				}
			case "check":
				checkSet(t, c, set)
			}
			counters[i] = c
		}
		for i, c := range counters {
			checkSet(t, c, sets[i])
		}
	})
}

// checkSet asks a counter in every way, each of a copy whose hashes still wait.
func checkSet(t *rapid.T, c *Counter, set map[uint64]bool) {
	want := NewCounter(c.Limit(), c.Precision())
	for h := range set {
		want.count(h)
	}
	exact := c.Limit() < 0 || len(set) <= c.Limit()
	if got := c.Clone().Exact(); got != exact {
		t.Fatalf("%d visitors, limit %d: exact is %v", len(set), c.Limit(), got)
	}
	if e := c.Clone().Estimate(); e != want.Estimate() || exact && e != ExactEstimate(uint64(len(set))) {
		t.Fatalf("%d visitors, limit %d: %+v, want %+v", len(set), c.Limit(), e, want.Estimate())
	}
	if !bytes.Equal(encoded(t, c.Clone()), encoded(t, want)) {
		t.Fatalf("%d visitors, limit %d: another encoding", len(set), c.Limit())
	}
	got, err := c.Clone().RedisDense(nil)
	redis, wantErr := want.RedisDense(nil)
	if fmt.Sprint(err) != fmt.Sprint(wantErr) || !bytes.Equal(got, redis) {
		t.Fatalf("%d visitors, limit %d: for Redis %v, want %v, or other registers", len(set), c.Limit(), err, wantErr)
	}
	sum := NewCounter(c.Limit(), c.Precision())
	if err := sum.Merge(c.Clone()); err != nil || !bytes.Equal(encoded(t, sum), encoded(t, want)) {
		t.Fatalf("%d visitors, limit %d: another union with nothing", len(set), c.Limit())
	}
}

// Hashes wait in one line of the cache, and a counter is no longer than two.
func TestCounterIsTwoCacheLines(t *testing.T) {
	var c Counter
	if unsafe.Sizeof(uintptr(0)) == 8 && (unsafe.Offsetof(c.limit) != 64 || unsafe.Sizeof(c) > 128) {
		t.Errorf("hashes and their number take %d bytes, a Counter %d", unsafe.Offsetof(c.limit), unsafe.Sizeof(c))
	}
}

// The common kind of key hashes to what a Builder makes of it.
func TestHashAddressAnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		address := rapid.OneOf(
			rapid.SliceOfN(rapid.SampledFrom([]byte("0123456789.:-%[]abf\x00\xba \xff")), 0, 40),
			rapid.SliceOfN(rapid.SampledFrom([]byte("0129.")), 7, 16),
			rapid.SliceOfN(rapid.Byte(), 0, 20),
			rapid.SampledFrom([][]byte{nil, []byte("-"), []byte("192.0.2.1"), []byte("255.255.255.255"), []byte("1.2.3.4:80"), []byte("10.0.0.10:65535"),
				[]byte("::ffff:1.2.3.4"), []byte("[2001:db8::1]"), []byte("host-1.example"), []byte("--------")}),
		).Draw(t, "address")
		text := rapid.OneOf(
			rapid.SliceOfN(rapid.Byte(), 0, 40),
			rapid.SampledFrom([][]byte{nil, []byte("-"), []byte("----------------"), make([]byte, 16), []byte("Mozilla/5.0 (X11)")}),
		).Draw(t, "text")
		var b Builder
		b.AddIP(address, 0)
		b.Add(text)
		want, present := b.HashKeyed(nil)
		hash, ok := HashAddressAnd(address, text)
		if ok && (hash != want || !present) {
			t.Fatalf("%q and %q: %x, want %x, a visitor %v", address, text, hash, want, present)
		}
		plain := len(address) >= 8 && len(address) <= 15 && len(text) >= 16 && !slices.Contains(address, ':')
		if ok != plain {
			t.Fatalf("%q and %q: ok is %v", address, text, ok)
		}
	})
}

// The bytes on either side of the texts are none of the hash's business.
func TestHashAddressAndInside(t *testing.T) {
	line := []byte("::::::::192.0.2.100:Mozilla/5.0 (X11; Linux)::::::::")
	for from := 8; from < 12; from++ {
		for to := from + 8; to <= 19; to++ {
			address, text := line[from:to], line[20:44]
			var b Builder
			b.AddIP(bytes.Clone(address), 0)
			b.Add(bytes.Clone(text))
			want, _ := b.Hash()
			if hash, ok := HashAddressAnd(address, text); !ok && len(address) <= 15 || ok && hash != want {
				t.Errorf("%q: %x, %v, want %x", address, hash, ok, want)
			}
		}
	}
}

// A colon anywhere is a port or makes it another kind of address, and takes a look.
func TestHashAddressAndColons(t *testing.T) {
	text := []byte("a text that is long enough")
	for n := 8; n <= 15; n++ {
		for i := range n {
			for c := range 256 {
				address := bytes.Repeat([]byte("9"), n)
				address[i] = byte(c)
				if _, ok := HashAddressAnd(address, text); ok == (c == ':') {
					t.Fatalf("%q: ok is %v", address, ok)
				}
			}
		}
	}
}
