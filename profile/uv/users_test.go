package uv

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func usersOf(population uint64, numbers ...uint64) *Users {
	u := NewUsers(population)
	for _, i := range numbers {
		u.Add(i)
	}
	return u
}

func encodedUsers(t interface{ Fatal(...any) }, u *Users) []byte {
	data, err := u.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// drawUsers draws numbers of a population, many of them at its edges and at those of pages.
func drawUsers(t *rapid.T, population uint64) []uint64 {
	near := func(edge uint64) *rapid.Generator[uint64] {
		edge = min(edge, population-1)
		return rapid.Uint64Range(edge-min(edge, 40), min(edge+40, population-1))
	}
	return rapid.SliceOfN(rapid.OneOf(
		rapid.Uint64Range(0, population-1), near(0), near(pageBits), near(7*pageBits), near(population),
	), 0, 80).Draw(t, "users")
}

func TestUsersAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		population := rapid.SampledFrom([]uint64{1, 63, 64, pageBits - 1, pageBits, 10*pageBits + 7, 1e9, 1 << 63}).Draw(t, "population")
		parts := [2]*Users{NewUsers(population), NewUsers(population)}
		whole, seen := NewUsers(population), map[uint64]bool{}
		for _, i := range drawUsers(t, population) {
			if first := whole.Add(i); first == seen[i] {
				t.Fatalf("Add(%d) says first = %v", i, first)
			}
			seen[i] = true
			parts[rapid.IntRange(0, 1).Draw(t, "part")].Add(i)
		}
		if whole.Count() != uint64(len(seen)) {
			t.Fatalf("Count %d, want %d", whole.Count(), len(seen))
		}
		for i := range seen {
			if !whole.Contains(i) || whole.Contains(i^1) != seen[i^1] {
				t.Fatalf("Contains(%d) = %v, its neighbour %v", i, whole.Contains(i), whole.Contains(i^1))
			}
		}
		before := encodedUsers(t, parts[1])
		if err := parts[0].Merge(parts[1]); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, encodedUsers(t, parts[1])) {
			t.Fatal("Merge changed its argument")
		}
		data := encodedUsers(t, whole)
		if !bytes.Equal(data, encodedUsers(t, parts[0])) || parts[0].Count() != whole.Count() {
			t.Fatalf("merged %d users, added %d", parts[0].Count(), whole.Count())
		}
		var back Users
		if err := back.UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		if back.Count() != whole.Count() || back.Population() != population || !bytes.Equal(data, encodedUsers(t, &back)) {
			t.Fatalf("%d users of %d come back as %d of %d", whole.Count(), population, back.Count(), back.Population())
		}
	})
}

func TestUsersSizes(t *testing.T) {
	all := NewUsers(3*pageBits + 5)
	half := NewUsers(pageBits)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range all.Population() {
		all.Add(i)
		if i < pageBits && r.IntN(2) == 0 {
			half.Add(i)
		}
	}
	ten := NewUsers(1e9)
	for i := range uint64(10) {
		ten.Add(i * 99_999_999)
	}
	for _, tt := range []struct {
		name         string
		u            *Users
		bytes, saved int // at most
	}{
		{"nobody", NewUsers(1 << 63), 0, 12}, {"all", all, 4 * 8192, 64}, {"half", half, 8192, 8192 + 16}, {"ten of 1e9", ten, 10 * 8192, 120},
	} {
		data := encodedUsers(t, tt.u)
		if tt.u.Bytes() > tt.bytes || len(data) > tt.saved {
			t.Errorf("%s: %d bytes of memory, %d saved; want at most %d and %d", tt.name, tt.u.Bytes(), len(data), tt.bytes, tt.saved)
		}
		var back Users
		if err := back.UnmarshalBinary(data); err != nil || back.Count() != tt.u.Count() || !bytes.Equal(data, encodedUsers(t, &back)) {
			t.Errorf("%s: %d users come back as %d: %v", tt.name, tt.u.Count(), back.Count(), err)
		}
	}
}

func TestUsersMergeOtherPopulation(t *testing.T) {
	u := usersOf(10, 3)
	if err := u.Merge(usersOf(11, 4)); err == nil || u.Count() != 1 {
		t.Errorf("error %v, %d users", err, u.Count())
	}
	if err := u.Merge(u); err != nil || u.Count() != 1 {
		t.Errorf("with itself: error %v, %d users", err, u.Count())
	}
	if err := u.Merge(nil); err != nil {
		t.Error(err)
	}
}

func TestUsersClone(t *testing.T) {
	u := usersOf(1e6, 5, 70_000)
	c := u.Clone()
	if !c.Add(6) || !c.Add(900_000) || c.Add(5) {
		t.Error("the clone does not hold what the original holds")
	}
	if u.Contains(6) || u.Contains(900_000) || u.Count() != 2 || c.Count() != 4 {
		t.Errorf("original %d users, clone %d", u.Count(), c.Count())
	}
	if u.Add(5) || !u.Add(7) || c.Contains(7) {
		t.Error("the clone follows the original")
	}
}

func TestUsersAddOutside(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a user outside the population is accepted")
		}
	}()
	NewUsers(5).Add(5)
}

func TestUsersCorrupt(t *testing.T) {
	good := encodedUsers(t, usersOf(pageBits+1, 0, 1, 5, pageBits))
	// version, population 3 bytes, 2 pages; page 0: form, 2 runs of (0,2) (3,1); page 1: form, 1 run (0,1)
	if want := []byte{1, 0x81, 0x80, 4, 2, 0, 1, 2, 0, 2, 3, 1, 0, 1, 1, 0, 1}; !bytes.Equal(good, want) {
		t.Fatalf("encoding %x, want %x", good, want)
	}
	edit := func(at int, v byte) []byte {
		c := bytes.Clone(good)
		c[at] = v
		return c
	}
	for name, data := range map[string][]byte{
		"empty": nil, "version": edit(0, 9), "cut off": good[:len(good)-1], "more": append(bytes.Clone(good), 0), "form": edit(6, 2),
		"page beyond": edit(12, 1), "user beyond": edit(16, 2), "user just beyond": edit(15, 1), "empty run": edit(9, 0), "gapless runs": edit(10, 0),
		"too many pages": edit(4, 3), "bitmap cut off": edit(6, 0), "empty page": edit(14, 0),
		"run leaves page": {1, 0x81, 0x80, 4, 1, 0, 1, 1, 0x81, 0x80, 4, 1}, "no population": {1, 0, 1, 0, 1, 1, 0, 1},
		"empty bitmap": append([]byte{1, 64, 1, 0, 0}, make([]byte, 8192)...),
	} {
		u := usersOf(7, 2)
		if err := u.UnmarshalBinary(data); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: error %v", name, err)
		}
		if u.Population() != 7 || u.Count() != 1 || !u.Contains(2) {
			t.Errorf("%s: the receiver changed", name)
		}
	}
}

func FuzzUsersUnmarshalBinary(f *testing.F) {
	for _, u := range []*Users{NewUsers(0), usersOf(1, 0), usersOf(pageBits+1, 0, 1, 5, pageBits), usersOf(math.MaxUint64, 1<<63, 1<<63+1)} {
		f.Add(encodedUsers(f, u))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		u := usersOf(9, 4)
		if err := u.UnmarshalBinary(data); err != nil {
			if !errors.Is(err, ErrCorrupt) || u.Count() != 1 || u.Population() != 9 {
				t.Fatal(err)
			}
			return
		}
		canonical := encodedUsers(t, u)
		var back Users
		if err := back.UnmarshalBinary(canonical); err != nil || back.Count() != u.Count() || !bytes.Equal(canonical, encodedUsers(t, &back)) {
			t.Fatalf("%d users come back as %d: %v", u.Count(), back.Count(), err)
		}
		if len(canonical) > len(data) {
			t.Fatalf("%d bytes become %d", len(data), len(canonical))
		}
	})
}

func BenchmarkUsersAdd(b *testing.B) {
	for _, bm := range []struct {
		name       string
		population uint64
	}{{"1e6", 1e6}, {"1e9", 1e9}} {
		b.Run(bm.name, func(b *testing.B) {
			u := NewUsers(bm.population)
			r := rand.New(rand.NewPCG(1, 1))
			for i := range bm.population / pageBits {
				u.Add(i * pageBits)
			}
			b.ReportAllocs()
			for b.Loop() {
				u.Add(r.Uint64N(bm.population))
			}
		})
	}
}

// The bytes that users take at most are taken when they are as far apart as they can be.
func TestUsersBytes(t *testing.T) {
	for _, c := range []struct{ population, users uint64 }{{0, 0}, {1, 1}, {pageBits, pageBits}, {pageBits + 1, 2}, {10 * pageBits, 3}, {10 * pageBits, 12}} {
		u := NewUsers(c.population)
		for i := range c.users {
			u.Add(i * pageBits % max(c.population, 1))
		}
		want := int64(u.Bytes())
		if c.users == pageBits { // all on one page
			want = pageWords * 8
		}
		if got := UsersBytes(c.population, c.users); got != want {
			t.Errorf("%d of %d users: %d bytes, want %d", c.users, c.population, got, want)
		}
	}
	if got := UsersBytes(math.MaxUint64, math.MaxUint64); got != (math.MaxUint64/pageBits+1)*pageWords*8 {
		t.Errorf("all users there can be: %d", got)
	}
}
