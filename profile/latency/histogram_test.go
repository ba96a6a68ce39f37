package latency

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"pgregory.net/rapid"
)

// resolutions are the two kinds of histogram and the relative error that their documentation promises.
var resolutions = []struct {
	name string
	make func() *Histogram
	err  float64
}{{"full", New, 0.001}, {"sparse", NewSparse, 0.008}}

func record(h *Histogram, samples ...time.Duration) *Histogram {
	for _, d := range samples {
		h.Record(d)
	}
	return h
}

func encoded(t interface{ Fatal(...any) }, h *Histogram) []byte {
	data, err := h.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// bounded draws durations of every magnitude that has a bucket.
func bounded(r *rand.Rand) time.Duration {
	return time.Duration(r.Uint64N(1 << r.UintN(highestBits+1)))
}

// distributions are streams of durations that quantiles can go wrong on.
var distributions = map[string]func(r *rand.Rand) time.Duration{
	"lognormal": func(r *rand.Rand) time.Duration { return time.Duration(2e6 * math.Exp(r.NormFloat64())) },
	"stalls": func(r *rand.Rand) time.Duration { // 0.05 % of lognormal requests meet a stall of some seconds
		if r.IntN(2000) == 0 {
			return 3*time.Second + time.Duration(r.Int64N(2e9))
		}
		return time.Duration(8e5 * math.Exp(0.5*r.NormFloat64()))
	},
	"uniform":      func(r *rand.Rand) time.Duration { return time.Duration(r.Int64N(int64(time.Hour))) },
	"microseconds": func(r *rand.Rand) time.Duration { return time.Microsecond + time.Duration(r.IntN(3000)) },
	"constant":     func(*rand.Rand) time.Duration { return 1234567 },
	"two values":   func(r *rand.Rand) time.Duration { return time.Duration(1 + 999_999*r.IntN(2)) },
	"magnitudes":   bounded,
}

func TestQuantilesAgainstSortedSamples(t *testing.T) {
	quantiles := []float64{0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9995, 0.9999, 0.99999, 1}
	for name, draw := range distributions {
		for _, n := range []int{1, 2, 3, 7, 20, 400, 100_000} {
			r := rand.New(rand.NewPCG(uint64(n), 1))
			samples := make([]time.Duration, n)
			for i := range samples {
				samples[i] = draw(r)
			}
			sorted := slices.Sorted(slices.Values(samples))
			for _, kind := range resolutions {
				h := record(kind.make(), samples...)
				for _, q := range quantiles {
					want := sorted[nearestRank(q, n)-1]
					got, ok := h.Quantile(q)
					if diff := math.Abs(float64(got - want)); !ok || diff > kind.err*float64(want) {
						t.Errorf("%s of %d, %s: Quantile(%v) = %v, %v, want %v", name, n, kind.name, q, got, ok, want)
					}
				}
				checkSummary(t, fmt.Sprintf("%s of %d, %s", name, n, kind.name), h, sorted)
			}
		}
	}
}

// nearestRank is the definition in integers: q is a decimal with at most five places.
func nearestRank(q float64, n int) int {
	q5 := int(math.Round(q * 1e5))
	return max(1, (q5*n+99_999)/100_000)
}

func checkSummary(t *testing.T, name string, h *Histogram, sorted []time.Duration) {
	t.Helper()
	if h.Count() != uint64(len(sorted)) || h.Clamped() != 0 {
		t.Errorf("%s: count %d, clamped %d", name, h.Count(), h.Clamped())
	}
	sum := time.Duration(0)
	for _, d := range sorted {
		sum += d
	}
	for what, c := range map[string]struct {
		f    func() (time.Duration, bool)
		want time.Duration
	}{"min": {h.Min, sorted[0]}, "max": {h.Max, sorted[len(sorted)-1]}, "mean": {h.Mean, sum / time.Duration(len(sorted))}} {
		if got, ok := c.f(); !ok || got != c.want {
			t.Errorf("%s: %s %v, %v, want %v", name, what, got, ok, c.want)
		}
	}
}

func TestNothingRecorded(t *testing.T) {
	for _, kind := range resolutions {
		h := kind.make()
		h.Merge(kind.make())
		h.Merge(nil)
		for name, f := range map[string]func() (time.Duration, bool){
			"Min": h.Min, "Max": h.Max, "Mean": h.Mean, "Quantile": func() (time.Duration, bool) { return h.Quantile(0.5) },
		} {
			if d, ok := f(); ok || d != 0 {
				t.Errorf("%s: %s of nothing = %v, %v", kind.name, name, d, ok)
			}
		}
		for d, n := range h.Buckets() {
			t.Errorf("%s: bucket %v of %d", kind.name, d, n)
		}
		if h.Count() != 0 || h.Bytes() != 0 {
			t.Errorf("%s: count %d, %d bytes", kind.name, h.Count(), h.Bytes())
		}
	}
}

func TestRank(t *testing.T) {
	// In floating point 0.95·20, 0.07·100 and 0.14·50 are a hair too large, 0.29·100 and 0.57·100 a hair too small.
	for _, tt := range []struct {
		q    float64
		n    uint64
		want uint64
	}{
		{0, 5, 1}, {1e-9, 5, 1}, {0.5, 1, 1}, {0.5, 4, 2}, {0.5, 5, 3}, {0.95, 20, 19}, {0.07, 100, 7}, {0.14, 50, 7}, {0.29, 100, 29}, {0.57, 100, 57},
		{0.999, 1000, 999}, {0.999, 400, 400}, {0.9, 11, 10}, {0.999999, 1e9, 999_999_000}, {1, 7, 7}, {1.5, 7, 7}, {-1, 7, 1},
	} {
		if got := rank(tt.q, tt.n); got != tt.want {
			t.Errorf("rank(%v, %d) = %d, want %d", tt.q, tt.n, got, tt.want)
		}
	}
}

func TestMergeOfSumsBeyond64Bits(t *testing.T) {
	h := New()
	for range 3 {
		h.Merge(record(New(), math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64-5))
	}
	if d, _ := h.Mean(); d != math.MaxInt64-1 {
		t.Errorf("mean %d", d)
	}
}

func TestQuantileOutside(t *testing.T) {
	h := record(New(), 10, 20, 30)
	if d, ok := h.Quantile(-1); !ok || d != 10 {
		t.Errorf("Quantile(-1) = %v, %v", d, ok)
	}
	if d, ok := h.Quantile(math.Inf(1)); !ok || d != 30 {
		t.Errorf("Quantile(Inf) = %v, %v", d, ok)
	}
	if d, ok := h.Quantile(math.NaN()); ok {
		t.Errorf("Quantile(NaN) = %v", d)
	}
}

func TestClamp(t *testing.T) {
	for _, kind := range resolutions {
		h := record(kind.make(), -time.Second, math.MinInt64, 5, Highest, Highest+1, math.MaxInt64, math.MaxInt64, math.MaxInt64)
		if h.Count() != 8 || h.Clamped() != 6 {
			t.Errorf("%s: count %d, clamped %d", kind.name, h.Count(), h.Clamped())
		}
		if d, _ := h.Min(); d != 0 {
			t.Errorf("%s: min %v", kind.name, d)
		}
		if d, _ := h.Max(); d != math.MaxInt64 {
			t.Errorf("%s: max %v", kind.name, d)
		}
		// The sum is 3·(2^63−1) + 2·2^42 − 1 + 5, beyond 64 bits; the 8th part of it is whole but for 1/8.
		if d, _ := h.Mean(); d != 3<<60+1<<40 {
			t.Errorf("%s: mean %d", kind.name, d)
		}
		if d, _ := h.Quantile(0.6); math.Abs(float64(d-Highest)) > kind.err*float64(Highest) {
			t.Errorf("%s: p60 %v, want %v", kind.name, d, Highest)
		}
		total := uint64(0)
		for d, n := range h.Buckets() {
			if d > Highest {
				t.Errorf("%s: bucket up to %v", kind.name, d)
			}
			total += n
		}
		if total != 8 {
			t.Errorf("%s: %d durations in buckets", kind.name, total)
		}
	}
}

func TestBuckets(t *testing.T) {
	for _, kind := range resolutions {
		r := rand.New(rand.NewPCG(3, 3))
		samples := make([]time.Duration, 5000)
		for i := range samples {
			samples[i] = bounded(r)
		}
		h := record(kind.make(), samples...)
		slices.Sort(samples)
		last := time.Duration(-1)
		for high, n := range h.Buckets() {
			if high <= last || n == 0 {
				t.Fatalf("%s: bucket up to %v of %d behind %v", kind.name, high, n, last)
			}
			from, _ := slices.BinarySearch(samples, last+1)
			to, _ := slices.BinarySearch(samples, high+1)
			if uint64(to-from) != n {
				t.Fatalf("%s: %d durations in (%v, %v], want %d", kind.name, n, last, high, to-from)
			}
			if width := float64(high - samples[from]); width > 2*kind.err*float64(samples[from]) {
				t.Fatalf("%s: bucket from %v or below to %v", kind.name, samples[from], high)
			}
			last = high
		}
		for range h.Buckets() {
			break // an iterator that goes on panics
		}
	}
}

// Merging is counting together, whatever the split and the order.
func TestMergeIsASinglePass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(resolutions[:]).Draw(t, "resolution")
		samples := rapid.SliceOfN(rapid.OneOf(
			rapid.Int64Range(0, int64(Highest)), rapid.Int64Range(0, 300), rapid.Int64(), rapid.Int64Range(1e6, 1e6+1000),
		), 0, 60).Draw(t, "samples")
		parts := make([]*Histogram, rapid.IntRange(1, 4).Draw(t, "parts"))
		for i := range parts {
			parts[i] = kind.make()
		}
		whole := kind.make()
		for _, d := range samples {
			whole.Record(time.Duration(d))
			parts[rapid.IntRange(0, len(parts)-1).Draw(t, "part")].Record(time.Duration(d))
		}
		merged := kind.make()
		for _, p := range rapid.Permutation(parts).Draw(t, "order") {
			before := encoded(t, p)
			merged.Merge(p)
			if !bytes.Equal(before, encoded(t, p)) {
				t.Fatal("Merge changed its argument")
			}
		}
		if !bytes.Equal(encoded(t, whole), encoded(t, merged)) {
			t.Fatalf("whole %x, merged %x", encoded(t, whole), encoded(t, merged))
		}
		var back Histogram
		if err := back.UnmarshalBinary(encoded(t, whole)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(encoded(t, whole), encoded(t, &back)) || back.Sparse() != whole.Sparse() {
			t.Fatalf("%x comes back as %x", encoded(t, whole), encoded(t, &back))
		}
		for _, q := range []float64{0, 0.1, 0.5, 0.9, 1} {
			a, aok := whole.Quantile(q)
			b, bok := back.Quantile(q)
			if a != b || aok != bok {
				t.Fatalf("Quantile(%v) %v comes back as %v", q, a, b)
			}
		}
	})
}

func TestMergeOfResolutions(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	samples := make([]time.Duration, 20_000)
	for i := range samples {
		samples[i] = distributions["stalls"](r)
	}
	sorted := slices.Sorted(slices.Values(samples))
	for _, into := range resolutions {
		h := into.make()
		for i, part := range []*Histogram{New(), NewSparse(), New(), NewSparse()} {
			h.Merge(record(part, samples[i*5000:(i+1)*5000]...))
		}
		checkSummary(t, into.name, h, sorted)
		for _, q := range []float64{0.5, 0.9, 0.99, 0.999, 0.9999} {
			want := sorted[nearestRank(q, len(sorted))-1]
			// Both errors may add up: the middle of a coarse bucket may fall into any fine one of it.
			if d, _ := h.Quantile(q); math.Abs(float64(d-want)) > 0.016*float64(want) {
				t.Errorf("%s: Quantile(%v) = %v, want %v", into.name, q, d, want)
			}
		}
	}
}

func TestCloneAndReset(t *testing.T) {
	for _, kind := range resolutions {
		h := record(kind.make(), 5, time.Second)
		before := encoded(t, h)
		c := h.Clone()
		record(c, 5, 70, time.Hour)
		if !bytes.Equal(before, encoded(t, h)) {
			t.Errorf("%s: recording into a clone changed the original", kind.name)
		}
		if d, _ := c.Max(); d != time.Hour || c.Count() != 5 {
			t.Errorf("%s: clone of %d up to %v", kind.name, c.Count(), d)
		}
		c.Reset()
		if !bytes.Equal(encoded(t, c), encoded(t, kind.make())) || c.Bytes() != 0 {
			t.Errorf("%s: Reset leaves %d durations in %d bytes", kind.name, c.Count(), c.Bytes())
		}
		if e := kind.make().Clone(); e.Count() != 0 || e.Sparse() != h.Sparse() {
			t.Errorf("%s: clone of an empty histogram", kind.name)
		}
	}
}

func TestMemory(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	sparse, full := NewSparse(), New()
	for range 100_000 {
		d := distributions["lognormal"](r)
		sparse.Record(d)
		full.Record(d)
	}
	if sparse.Bytes() > 8<<10 || full.Bytes() > 272<<10 {
		t.Errorf("sparse %d bytes, full %d", sparse.Bytes(), full.Bytes())
	}
	if n := len(encoded(t, sparse)); n > 2<<10 {
		t.Errorf("sparse saved in %d bytes", n)
	}
}

func TestRecordDoesNotAllocate(t *testing.T) {
	for _, kind := range resolutions {
		h := record(kind.make(), 1e6, 9e6)
		if n := testing.AllocsPerRun(100, func() { h.Record(1e6); h.Record(9e6) }); n != 0 {
			t.Errorf("%s: %v allocations", kind.name, n)
		}
	}
}

// Both resolutions number their buckets by one formula, which must be the library's at three significant digits, in the
// limits of its buckets and in the order of its counts.
func TestBucketsAreThoseOfHdr(t *testing.T) {
	h := hdrhistogram.New(1, int64(Highest), 3)
	if err := h.RecordValue(int64(Highest)); err != nil {
		t.Fatal(err)
	}
	if h.RecordValue(int64(Highest)+1) == nil {
		t.Error("the library has buckets beyond Highest")
	}
	bars := h.Distribution()
	if len(bars) != bucketCount(fullSubBits) {
		t.Fatalf("library has %d buckets, bucketCount %d", len(bars), bucketCount(fullSubBits))
	}
	if n := len(h.Export().Counts); n != len(bars) {
		t.Fatalf("library has %d counts in %d buckets", n, len(bars))
	}
	for i, bar := range bars {
		low, high := boundsOf(i, fullSubBits)
		if int64(low) != bar.From || int64(high) != bar.To {
			t.Fatalf("bucket %d is [%d, %d], library has [%d, %d]", i, low, high, bar.From, bar.To)
		}
	}
}

func TestBucketsHaveNoGaps(t *testing.T) {
	for _, subBits := range []int{fullSubBits, sparseSubBits} {
		next := uint64(0)
		for i := range bucketCount(subBits) {
			low, high := boundsOf(i, subBits)
			if low != next || bucketOf(low, subBits) != i || bucketOf(high, subBits) != i {
				t.Fatalf("%d bits: bucket %d is [%d, %d], the one before ends at %d", subBits, i, low, high, next-1)
			}
			next = high + 1
		}
		if next != uint64(Highest)+1 {
			t.Errorf("%d bits: buckets end at %d", subBits, next-1)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	r := rand.New(rand.NewPCG(6, 6))
	samples := make([]time.Duration, 1<<16)
	for i := range samples {
		samples[i] = distributions["stalls"](r)
	}
	for _, kind := range resolutions {
		b.Run(kind.name, func(b *testing.B) {
			h := kind.make()
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				h.Record(samples[i&(1<<16-1)])
				i++
			}
		})
	}
}

func BenchmarkCold(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 7))
	for _, kind := range resolutions {
		h, other := kind.make(), kind.make()
		for range 100_000 {
			h.Record(distributions["stalls"](r))
			other.Record(distributions["stalls"](r))
		}
		for name, f := range map[string]func(){
			"quantile": func() { h.Quantile(0.99) }, "merge": func() { kind.make().Merge(other) }, "append": func() { h.AppendBinary(nil) },
		} {
			b.Run(name+" "+kind.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					f()
				}
			})
		}
	}
}
