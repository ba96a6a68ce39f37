package uv

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// hashes returns n distinct uniform hashes.
func hashes(seed uint64, n int) []uint64 {
	r := rand.New(rand.NewPCG(seed, 1))
	all := make([]uint64, n)
	for i := range all {
		all[i] = r.Uint64()
	}
	return all
}

func counterOf(limit int, precision uint8, hashes []uint64) *Counter {
	c := NewCounter(limit, precision)
	for _, h := range hashes {
		c.Add(h)
	}
	return c
}

func encoded(t interface{ Fatal(...any) }, c *Counter) []byte {
	data, err := c.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// registerOracle computes registers from their definition, in the order of the lowest bits of the hash.
func registerOracle(hashes []uint64, precision uint8) []byte {
	registers := make([]byte, 1<<precision)
	for _, h := range hashes {
		rho := byte(1)
		for b := int(precision); b < 64 && h>>b&1 == 0; b++ {
			rho++
		}
		at := &registers[h%(1<<precision)]
		*at = max(*at, rho)
	}
	return registers
}

func TestCounterExactUpToLimit(t *testing.T) {
	all := append([]uint64{0, math.MaxUint64, 1, 1 << 63}, hashes(1, 2000)...)
	for _, limit := range []int{0, 1, 7, 256, 1000} {
		c := NewCounter(limit, 12)
		seen := map[uint64]bool{}
		for i, h := range all {
			c.Add(h)
			c.Add(h)
			seen[h] = true
			if i > limit+10 && i%100 != 0 {
				continue // an estimate from a sketch takes long
			}
			e := c.Estimate()
			if want := len(seen) <= limit; e.Exact != want || c.Exact() != want {
				t.Fatalf("limit %d: %d visitors: %+v", limit, len(seen), e)
			}
			if e.Exact && e != ExactEstimate(uint64(len(seen))) {
				t.Fatalf("limit %d: %d visitors: %+v", limit, len(seen), e)
			}
			if !e.Exact && (e.Low <= uint64(limit) || e.Low > e.Value || e.Value > e.High) {
				t.Fatalf("limit %d: %d visitors: %+v", limit, len(seen), e)
			}
		}
	}
}

func TestCounterNoLimit(t *testing.T) {
	c := counterOf(NoLimit, 14, hashes(2, 200_000))
	if e := c.Estimate(); e != ExactEstimate(200_000) {
		t.Errorf("%+v", e)
	}
}

// What a counter holds must depend on the set of hashes alone.
func TestCounterDependsOnTheSetOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		precision := rapid.Uint8Range(4, 9).Draw(t, "precision")
		limit := rapid.IntRange(-1, 60).Draw(t, "limit")
		set := rapid.SliceOfN(rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 40)), 0, 120).Draw(t, "hashes")
		whole := counterOf(limit, precision, set)

		parts := make([]*Counter, rapid.IntRange(1, 4).Draw(t, "parts"))
		for i := range parts {
			parts[i] = NewCounter(limit, precision)
		}
		for _, i := range rapid.Permutation(indices(len(set))).Draw(t, "order") {
			parts[rapid.IntRange(0, len(parts)-1).Draw(t, "part")].Add(set[i])
		}
		merged := parts[0]
		for _, p := range parts[1:] {
			before := encoded(t, p)
			if err := merged.Merge(p); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(before, encoded(t, p)) {
				t.Fatal("Merge changed its argument")
			}
		}
		if !bytes.Equal(encoded(t, whole), encoded(t, merged)) || whole.Estimate() != merged.Estimate() {
			t.Fatalf("whole %+v, merged %+v", whole.Estimate(), merged.Estimate())
		}
	})
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Counters of different make merge to what the coarser one would have counted.
func TestCounterMergeTakesTheSmallerBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := rapid.SliceOfN(rapid.IntRange(-1, 50), 2, 2).Draw(t, "limits")
		precisions := rapid.SliceOfN(rapid.Uint8Range(4, 16), 2, 2).Draw(t, "precisions")
		sizes := rapid.SliceOfN(rapid.IntRange(0, 100), 2, 2).Draw(t, "sizes")
		common := rapid.IntRange(0, 50).Draw(t, "common")
		all := hashes(rapid.Uint64().Draw(t, "seed"), 300)
		a := append(all[:sizes[0]:sizes[0]], all[200:200+common]...)
		b := append(all[100:100+sizes[1]:100+sizes[1]], all[200:200+common]...)

		got := counterOf(limits[0], precisions[0], a)
		if err := got.Merge(counterOf(limits[1], precisions[1], b)); err != nil {
			t.Fatal(err)
		}
		limit := min(limits[0], limits[1])
		if limit < 0 {
			limit = max(limits[0], limits[1])
		}
		want := counterOf(limit, min(precisions[0], precisions[1]), append(append([]uint64{}, a...), b...))
		if !bytes.Equal(encoded(t, want), encoded(t, got)) {
			t.Fatalf("merged %+v, counted together %+v", got.Estimate(), want.Estimate())
		}
	})
}

func TestMergeSelfAndNil(t *testing.T) {
	c := counterOf(10, 12, hashes(3, 500))
	before := encoded(t, c)
	for _, other := range []*Counter{nil, c, NewCounter(10, 12)} {
		if err := c.Merge(other); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, encoded(t, c)) {
			t.Error("merging nothing new changed the counter")
		}
	}
}

func TestSketchRegistersMatchTheirDefinition(t *testing.T) {
	all := append(hashes(4, 50_000), 0, 1<<14, 1<<63, math.MaxUint64)
	for precision := uint8(MinPrecision); precision <= MaxPrecision; precision++ {
		c := counterOf(100, precision, all)
		c.settle()
		want := registerOracle(all, precision)
		got := registersOf(c.sketch)
		for i, v := range got {
			if at := bits.Reverse32(uint32(i)) >> (32 - precision); v != want[at] {
				t.Fatalf("precision %d: register %d = %d, want %d", precision, i, v, want[at])
			}
		}
		for to := uint8(MinPrecision); to <= precision; to++ {
			native := counterOf(100, to, all)
			native.settle()
			if !bytes.Equal(fold(got, precision, to), registersOf(native.sketch)) {
				t.Fatalf("fold from %d to %d differs from a native sketch", precision, to)
			}
		}
	}
}

func TestFoldKeepsEmptyRegistersEmpty(t *testing.T) {
	if folded := fold(make([]byte, 1<<16), 16, 14); !bytes.Equal(folded, make([]byte, 1<<14)) {
		t.Error("an empty sketch folds to one with visitors")
	}
}

func TestPackReverses(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, n := range []int{1, 2, 3, 4, 5, 16, 1 << 12} {
		in := make([]byte, n)
		for i := range in {
			in[i] = byte(r.IntN(64))
		}
		packed := appendPacked(nil, n, func(i int) byte { return in[i] })
		if len(packed) != packedLen(n) || !bytes.Equal(unpack(packed, n), in) {
			t.Errorf("%d registers: packed to %d bytes, want %d, and back", n, len(packed), packedLen(n))
		}
	}
}

// The 95 % interval must hold in about 95 % of trials, and the error must be that of the theory.
func TestEstimateInterval(t *testing.T) {
	const trials = 200
	for _, n := range []int{3_000, 20_000} {
		coverage, rms := intervalTrials(12, n, trials, 7)
		// 200 trials of 95 % have a standard deviation of 1.5 %.
		if coverage < 0.90 {
			t.Errorf("%d visitors: the interval holds in %.1f %% of trials", n, 100*coverage)
		}
		if theory := 1.04 / math.Sqrt(1<<12); rms > 1.2*theory {
			t.Errorf("%d visitors: rms error %.2f %%, theory %.2f %%", n, 100*rms, 100*theory)
		}
	}
}

// intervalTrials returns the share of trials in which the interval holds the truth, and the relative rms error.
func intervalTrials(precision uint8, n, trials int, seed uint64) (coverage, rms float64) {
	r := rand.New(rand.NewPCG(seed, 2))
	held, squares := 0, 0.0
	for range trials {
		c := NewCounter(256, precision)
		for range n {
			c.Add(r.Uint64())
		}
		e := c.Estimate()
		if e.Low <= uint64(n) && uint64(n) <= e.High {
			held++
		}
		d := float64(e.Value)/float64(n) - 1
		squares += d * d
	}
	return float64(held) / float64(trials), math.Sqrt(squares / float64(trials))
}

func TestEstimateDoesNotChangeTheCounter(t *testing.T) {
	for _, n := range []int{50, 5000} {
		c := counterOf(100, 12, hashes(8, n))
		before := encoded(t, c)
		first := c.Estimate()
		if second := c.Estimate(); first != second || !bytes.Equal(before, encoded(t, c)) {
			t.Errorf("%d visitors: Estimate changed the counter", n)
		}
	}
}

func TestCloneAndReset(t *testing.T) {
	for _, n := range []int{0, 50, 5000} {
		c := counterOf(100, 12, hashes(9, n))
		before := encoded(t, c)
		clone := c.Clone()
		for _, h := range hashes(10, 3000) {
			clone.Add(h)
		}
		if !bytes.Equal(before, encoded(t, c)) {
			t.Errorf("%d visitors: adding to a clone changed the original", n)
		}
		c.Reset()
		if !bytes.Equal(encoded(t, c), encoded(t, NewCounter(100, 12))) || c.Bytes() != 0 {
			t.Errorf("%d visitors: Reset leaves %+v in %d bytes", n, c.Estimate(), c.Bytes())
		}
	}
}

func TestCounterMemory(t *testing.T) {
	for _, tt := range []struct{ limit, n, most int }{
		{256, 0, 0}, {256, 3, 64}, {256, 256, 4096}, {256, 10_000, 4096 + sketchOverhead}, {100_000, 100_000, 1 << 20},
	} {
		if got := counterOf(tt.limit, 12, hashes(11, tt.n)).Bytes(); got > tt.most {
			t.Errorf("limit %d: %d visitors take %d bytes, want at most %d", tt.limit, tt.n, got, tt.most)
		}
	}
}

func TestAddDoesNotAllocate(t *testing.T) {
	all := hashes(12, 1000)
	for _, limit := range []int{2000, 100} {
		c := counterOf(limit, 14, all)
		i := 0
		if n := testing.AllocsPerRun(1000, func() { c.Add(all[i%len(all)]); i++ }); n != 0 {
			t.Errorf("limit %d: %v allocations", limit, n)
		}
	}
}

// Filling a set in the order of another one's slots must not pile its members up.
func TestMergeOfLargeSetsIsLinear(t *testing.T) {
	from := counterOf(NoLimit, 14, hashes(13, 200_000))
	into := NewCounter(NoLimit, 14)
	if err := into.Merge(from); err != nil {
		t.Fatal(err)
	}
	if e := into.Estimate(); e != from.Estimate() {
		t.Fatalf("%+v", e)
	}
	longest, run := 0, 0
	for _, h := range into.set.slots {
		if run++; h == 0 {
			longest, run = max(longest, run), 0
		}
	}
	if longest > 500 {
		t.Errorf("a chain of %d slots", longest)
	}
}

func TestCounterRoundTrip(t *testing.T) {
	for _, limit := range []int{NoLimit, 0, 100} {
		for _, n := range []int{0, 1, 100, 101, 5000} {
			c := counterOf(limit, 13, append(hashes(14, n), 0))
			data := encoded(t, c)
			var back Counter
			if err := back.UnmarshalBinary(data); err != nil {
				t.Fatalf("limit %d, %d visitors: %v", limit, n, err)
			}
			if !bytes.Equal(data, encoded(t, &back)) || back.Estimate() != c.Estimate() || back.Limit() != c.Limit() || back.Precision() != 13 {
				t.Errorf("limit %d, %d visitors: %+v comes back as %+v", limit, n, c.Estimate(), back.Estimate())
			}
		}
	}
}

func TestCounterCorrupt(t *testing.T) {
	exact := encoded(t, counterOf(10, 4, []uint64{3, 9}))
	sketch := encoded(t, counterOf(1, 4, []uint64{3, 9}))
	edit := func(data []byte, at int, v byte) []byte {
		c := bytes.Clone(data)
		c[at] = v
		return c
	}
	for name, data := range map[string][]byte{
		"empty": nil, "version": edit(exact, 0, 2), "precision low": edit(exact, 1, 3), "precision high": edit(exact, 1, 19),
		"cut off": exact[:len(exact)-1], "more": append(bytes.Clone(exact), 0), "descending": edit(exact, 5, 10),
		"twice": edit(exact, 5, 9), "over the limit": edit(exact, 2, 2), "form": edit(exact, 3, 2), "count": edit(exact, 4, 3),
		"sketch cut off": sketch[:len(sketch)-1], "sketch more": append(bytes.Clone(sketch), 1), "sketch without limit": edit(sketch, 2, 0),
		"register too large": edit(sketch, 4, 63), "empty sketch": append(bytes.Clone(sketch[:4]), make([]byte, 12)...),
		"long varint": append([]byte{1, 4, 0x81, 0x00}, exact[3:]...),
	} {
		c := counterOf(5, 6, []uint64{1, 2, 3})
		before := encoded(t, c)
		if err := c.UnmarshalBinary(data); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: error %v", name, err)
		}
		if !bytes.Equal(before, encoded(t, c)) {
			t.Errorf("%s: the receiver changed", name)
		}
	}
}

func FuzzCounterUnmarshalBinary(f *testing.F) {
	for _, c := range []*Counter{
		NewCounter(NoLimit, 4), counterOf(10, 12, []uint64{0, 1, math.MaxUint64}), counterOf(2, 4, hashes(15, 40)), counterOf(0, 5, []uint64{0}),
	} {
		f.Add(encoded(f, c))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := counterOf(3, 4, []uint64{7})
		before := encoded(t, c)
		if err := c.UnmarshalBinary(data); err != nil {
			if !errors.Is(err, ErrCorrupt) || !bytes.Equal(before, encoded(t, c)) {
				t.Fatalf("%v", err)
			}
			return
		}
		if !bytes.Equal(data, encoded(t, c)) {
			t.Fatalf("accepted %x, encodes as %x", data, encoded(t, c))
		}
		e := c.Estimate()
		if e.Low > e.Value || e.Value > e.High {
			t.Fatalf("%+v", e)
		}
		if err := c.Merge(counterOf(1, 8, hashes(16, 9))); err != nil {
			t.Fatal(err)
		}
	})
}

func TestNewCounterRefusesPrecision(t *testing.T) {
	for _, p := range []uint8{0, 3, 19} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("precision %d is accepted", p)
				}
			}()
			NewCounter(1, p)
		}()
	}
}

func BenchmarkCounterAdd(b *testing.B) {
	all := hashes(17, 1<<16)
	for _, bm := range []struct {
		name  string
		limit int
	}{{"exact 65k", 100_000}, {"sketch p16", 1000}} {
		b.Run(bm.name, func(b *testing.B) {
			c := counterOf(bm.limit, 16, all)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				c.Add(all[i&(1<<16-1)])
				i++
			}
		})
	}
}

func BenchmarkEstimate(b *testing.B) {
	for _, p := range []uint8{12, 14, 16} {
		b.Run(fmt.Sprintf("p%d", p), func(b *testing.B) {
			c := counterOf(1000, p, hashes(19, 1<<17))
			b.ReportAllocs()
			for b.Loop() {
				c.Estimate()
			}
		})
	}
}

// Error and coverage over many trials; run with -benchtime=1x.
func BenchmarkInterval(b *testing.B) {
	for _, bm := range []struct {
		precision uint8
		n, trials int
	}{{12, 1_000, 2000}, {12, 10_000, 2000}, {14, 100_000, 300}, {16, 1_000_000, 60}, {16, 10_000_000, 100}} {
		b.Run(fmt.Sprintf("p%d/n%d", bm.precision, bm.n), func(b *testing.B) {
			for b.Loop() {
				coverage, rms := intervalTrials(bm.precision, bm.n, bm.trials, 20)
				b.ReportMetric(100*coverage, "%held")
				b.ReportMetric(100*rms, "%rms")
				b.ReportMetric(100*relativeError(bm.precision)/1.96, "%theory")
			}
		})
	}
}
