package uv

import (
	"math/bits"
)

// registerBits is the width of a register wherever registers are stored packed. The largest value, 65 − precision with
// a precision of at least 4, fits.
const registerBits = 6

// A sketch is the registers of a HyperLogLog, 2^precision of them, one byte each, in Redis's order: a hash belongs to the
// register that its lowest precision bits number, and the register holds the longest run of zeros from the next bit up,
// plus one, over all of its hashes (Flajolet, Fusy, Gandouet, Meunier: HyperLogLog, AofA 2007).
type sketch []byte

func newSketch(precision uint8) sketch { return make(sketch, 1<<precision) }

// insert adds a visitor's hash to a sketch of that precision.
func (s sketch) insert(h uint64, precision uint8) {
	rho := byte(bits.TrailingZeros64(h>>(precision&63)|1<<((64-precision)&63))) + 1
	if at := &s[h&uint64(len(s)-1)]; *at < rho {
		*at = rho
	}
}

// merge adds what another sketch of the same precision has counted.
func (s sketch) merge(o sketch) {
	o = o[:len(s)]
	for i, v := range o {
		if s[i] < v {
			s[i] = v
		}
	}
}

// registersOf returns a copy of the registers of s in the order of encodings: register i is that of the hashes whose
// lowest bits, read backwards, are i.
func registersOf(s sketch) []byte {
	turned := make([]byte, len(s))
	shift := 64 - bits.TrailingZeros(uint(len(s)))
	for i, v := range s {
		turned[bits.Reverse64(uint64(i))>>shift] = v
	}
	return turned
}

// sketchOf makes a sketch of registers in the order of encodings. Turning round twice is nothing.
func sketchOf(registers []byte) sketch { return registersOf(registers) }

// fold returns the registers, in the order of encodings, that a sketch of precision to would hold after the same insertions as one of precision
// from ≥ to. The index is the top bits of the hash: its lowest from−to bits become the top bits of what the run of
// zeros is counted in. An empty register stays empty: it has no hash of which a bit could move.
func fold(registers []byte, from, to uint8) []byte {
	if from == to {
		return registers
	}
	d := from - to
	folded := make([]byte, 1<<to)
	for i, v := range registers {
		if v == 0 {
			continue
		}
		rho := v + d
		if low := uint64(i) & (1<<d - 1); low != 0 {
			rho = d - uint8(bits.Len64(low)) + 1
		}
		at := &folded[i>>d]
		*at = max(*at, rho)
	}
	return folded
}

// foldSketch is fold for a sketch; the result shares nothing with s unless from and to are the same.
func foldSketch(s sketch, from, to uint8) sketch {
	if from == to {
		return s
	}
	return sketchOf(fold(registersOf(s), from, to))
}

// packedLen is the size of n packed registers in bytes.
func packedLen(n int) int { return (n*registerBits + 7) / 8 }

// appendPacked appends n registers of 6 bits each, the first in the lowest bits of the first byte.
func appendPacked(dst []byte, n int, register func(i int) byte) []byte {
	var acc uint64
	var have uint
	for i := range n {
		acc |= uint64(register(i)) << have
		have += registerBits
		for have >= 8 {
			dst = append(dst, byte(acc))
			acc >>= 8
			have -= 8
		}
	}
	if have > 0 {
		dst = append(dst, byte(acc))
	}
	return dst
}

// unpack reverses appendPacked. packed must have packedLen(n) bytes.
func unpack(packed []byte, n int) []byte {
	registers := make([]byte, n)
	for i := range registers {
		at, shift := i*registerBits/8, i*registerBits%8
		v := uint(packed[at]) >> shift
		if shift > 8-registerBits {
			v |= uint(packed[at+1]) << (8 - shift)
		}
		registers[i] = byte(v & (1<<registerBits - 1))
	}
	return registers
}
