package uv

import (
	"math/bits"
	"math/rand/v2"
	"testing"
)

// TestRegistersAreTheirDefinition holds the sketch's registers to the plain rule: the lowest bits of a hash, read backwards,
// number the register, which holds the longest run of zeros behind them, plus one.
func TestRegistersAreTheirDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, precision := range []uint8{4, 9, 12, 16} {
		sketch, want := newSketch(precision), make([]byte, 1<<precision)
		for taken := range 300_000 {
			h := r.Uint64()
			if taken%5 == 0 {
				h &= 1<<(precision+3) - 1 // long runs of zeros
			}
			insertHash(sketch, h)
			turned := bits.Reverse64(h)
			at := &want[turned>>(64-precision)]
			*at = max(*at, uint8(min(bits.LeadingZeros64(turned<<precision), int(64-precision)))+1)
		}
		if string(registersOf(sketch)) != string(want) {
			t.Fatalf("p=%d: other registers", precision)
		}
	}
}

// TestEstimateAgrees compares the estimate of random hashes with the truth, over the ranges in which estimators without
// correction go wrong: sparse sketches, and about 2.5 times as many hashes as registers.
func TestEstimateAgrees(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, precision := range []uint8{10, 12, 14} {
		m := 1 << precision
		for _, n := range []int{0, 1, m / 10, m, 5 * m / 2, 5 * m, 40 * m} {
			var sum float64
			const rounds = 12
			for range rounds {
				s := newSketch(precision)
				for range n {
					insertHash(s, r.Uint64())
				}
				got := float64(ertl(registersOf(s), precision))
				sum += got
				if e := relativeError(precision) * 2; got < float64(n)*(1-e)-2 || got > float64(n)*(1+e)+2 {
					t.Errorf("p=%d: %.0f of %d", precision, got, n)
				}
			}
			if mean, e := sum/rounds, relativeError(precision); mean < float64(n)*(1-e)-1 || mean > float64(n)*(1+e)+1 {
				t.Errorf("p=%d: mean %.1f of %d: biased", precision, mean, n)
			}
		}
	}
}
