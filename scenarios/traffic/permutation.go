package traffic

import "math/bits"

// rounds of the Feistel network. Four make it pseudorandom (Luby and Rackoff
// 1988) for wide halves; two more are for halves of a few bits.
const rounds = 6

// permutation is a keyed bijection of [0, n) in constant memory: a Feistel
// network over the next power of two, walked along its cycle until it is back
// in range (Black and Rogaway, "Ciphers with Arbitrary Finite Domains",
// CT-RSA 2002, section 3, method "cycle walking"). The two parts differ by a bit
// when the width is odd, so that the network is less than 2n wide and a walk
// takes less than two steps on average.
type permutation struct {
	n                   uint64
	rightBits           uint
	leftMask, rightMask uint64
	keys                [rounds]uint64
}

// newPermutation returns the permutation of [0, n) that the stream keys;
// n ≥ 1.
func newPermutation(s stream, n uint64) permutation {
	width := uint(max(bits.Len64(n-1), 2))
	p := permutation{n: n, rightBits: width / 2}
	p.rightMask = 1<<p.rightBits - 1
	p.leftMask = 1<<(width-p.rightBits) - 1
	for i := range p.keys {
		p.keys[i] = s.at(n, uint64(i))
	}
	return p
}

// of returns the image of x, which must be below n.
func (p *permutation) of(x uint64) uint64 {
	if p.n == 1 {
		return 0
	}
	for {
		left, right := x>>p.rightBits, x&p.rightMask
		for i := 0; i < rounds; i += 2 {
			// The high bits of the product of two 64-bit words depend on all
			// bits of both; the low ones of a narrow input would not.
			left ^= mix(right^p.keys[i]) >> 32 & p.leftMask
			right ^= mix(left^p.keys[i+1]) >> 32 & p.rightMask
		}
		x = left<<p.rightBits | right
		if x < p.n {
			return x
		}
	}
}
