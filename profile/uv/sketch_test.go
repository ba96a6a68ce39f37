package uv

import (
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/axiomhq/hyperloglog"
)

// TestSketchIsAHyperLogLog holds registers and estimates to those of a library, which takes the register from the top bits
// and so needs the hash turned round. Its estimator is another one, of the same error.
func TestSketchIsAHyperLogLog(t *testing.T) {
	const libraryHeader = 8
	r := rand.New(rand.NewPCG(1, 2))
	for _, precision := range []uint8{4, 9, 12, 16} {
		ours := newSketch(precision)
		theirs, err := hyperloglog.NewSketch(precision, false)
		if err != nil {
			t.Fatal(err)
		}
		taken := 0
		for _, n := range []int{0, 1, 10, 1000, 30_000, 300_000} {
			for ; taken < n; taken++ {
				h := r.Uint64()
				if taken%5 == 0 {
					h &= 1<<(precision+3) - 1 // long runs of zeros
				}
				ours.insert(h, precision)
				theirs.InsertHash(bits.Reverse64(h))
			}
			dense, err := theirs.AppendBinary(nil)
			if err != nil {
				t.Fatal(err)
			}
			if string(registersOf(ours)) != string(dense[libraryHeader:]) {
				t.Fatalf("p=%d: other registers after %d hashes", precision, n)
			}
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
					s.insert(r.Uint64(), precision)
				}
				got := float64(s.estimate(precision))
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
