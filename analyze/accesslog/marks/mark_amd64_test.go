package marks

import (
	"slices"
	"testing"
)

// A machine without AVX2 finds the same.
func TestFindWithoutAVX2(t *testing.T) {
	if !hasAVX2 {
		t.Skip("this machine has no AVX2: the other tests are of the portable way")
	}
	hasAVX2 = false
	defer func() { hasAVX2 = true }()
	TestFind(t)
}

// The vector code writes up to eight positions beyond those that it returns, and
// no more.
func TestWhatIsWrittenBeyond(t *testing.T) {
	if !hasAVX2 {
		t.Skip("this machine has no AVX2")
	}
	const untouched = 0xdeadbeef
	for _, c := range []byte("x\n\" ") {
		for n := range 3 * wordBytes {
			text := make([]byte, 2*wordBytes)
			for i := range min(n, len(text)) {
				text[i] = c
			}
			newlineAt, quoteAt, gapAt := make([]uint32, 300), make([]uint32, 300), make([]uint32, 300)
			for i := range newlineAt {
				newlineAt[i], quoteAt[i], gapAt[i] = untouched, untouched, untouched
			}
			got := markAVX2(&text[0], 2, 1000, 0, &newlineAt[0], &quoteAt[0], &gapAt[0])
			for _, written := range []struct {
				at    []uint32
				count int
				want  []uint32
			}{{newlineAt, got.newlines, naive(text, '\n')}, {quoteAt, got.quotes, naive(text, '"')}, {gapAt, got.gaps, naiveGaps(text)}} {
				want := written.want
				for i := range want {
					want[i] += 1000
				}
				if !slices.Equal(written.at[:written.count], want) {
					t.Fatalf("%d times %q: %v, want %v", n, c, written.at[:written.count], want)
				}
				for i, at := range written.at[written.count+spare:] {
					if at != untouched {
						t.Fatalf("%d times %q: something is written %d places behind the last", n, c, spare+i)
					}
				}
			}
		}
	}
}
