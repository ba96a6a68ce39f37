package topk

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
)

func BenchmarkTouch(b *testing.B) {
	z := rand.NewZipf(rand.New(rand.NewPCG(1, 1)), 1.1, 1, 1<<20)
	zipf := make([][]byte, 1<<17)
	for i := range zipf {
		zipf[i] = fmt.Appendf(nil, "/shop/item/%d/details", z.Uint64())
	}
	known := make([][]byte, 1000)
	for i := range known {
		known[i] = fmt.Appendf(nil, "/shop/item/%d/details", i)
	}
	robin := make([][]byte, 2000)
	for i := range robin {
		robin[i] = fmt.Appendf(nil, "/shop/item/%d/details", i)
	}
	for _, bm := range []struct {
		name string
		keys [][]byte
	}{{"tracked", known}, {"zipf", zipf}, {"round robin", robin}} {
		b.Run(bm.name, func(b *testing.B) {
			table := New(1000, newTally)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				table.Touch(bm.keys[i])
				if i++; i == len(bm.keys) {
					i = 0
				}
			}
		})
	}
	for _, times := range []uint64{1, 2, 3} {
		b.Run(fmt.Sprintf("flood of keys that come %d times", times), func(b *testing.B) {
			table := New(1000, newTally)
			key, i := []byte("/search?q=01234567"), uint64(0)
			b.ReportAllocs()
			for b.Loop() {
				binary.BigEndian.PutUint64(key[10:], i/times)
				table.Touch(key)
				i++
			}
		})
	}
}

// A map with the compiler's lookup by string(bytes), for comparison with the tracked keys above.
func BenchmarkMap(b *testing.B) {
	m := map[string]*tally{}
	keys := make([][]byte, 1000)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "/shop/item/%d/details", i)
		m[string(keys[i])] = new(tally)
	}
	i := 0
	for b.Loop() {
		m[string(keys[i])].hits++
		if i++; i == len(keys) {
			i = 0
		}
	}
}

func BenchmarkMerge(b *testing.B) {
	parts := [2]*stream{newStream(1000), newStream(1000)}
	for i, p := range parts {
		for k := range 200_000 {
			p.touch(fmt.Sprint(k % (1000 + k/100*(i+1))))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := parts[0].table.Clone(cloneTally).Merge(parts[1].table, mergeTally); err != nil {
			b.Fatal(err)
		}
	}
}
