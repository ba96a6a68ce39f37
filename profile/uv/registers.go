package uv

import (
	"fmt"
	"math/bits"
	"sync"

	"github.com/axiomhq/hyperloglog"
)

// sketchHeader is the length of what the library's dense encoding has before its registers, one byte each.
const sketchHeader = 8

// registerBits is the width of a register wherever registers are stored packed. The largest value, 65 − precision with
// a precision of at least 4, fits.
const registerBits = 6

// insertHash adds a visitor's hash to a sketch. The library takes the register from the top bits and Redis from the
// bottom ones, so the hash is turned round.
func insertHash(s *hyperloglog.Sketch, h uint64) { s.InsertHash(bits.Reverse64(h)) }

// newSketch returns an empty sketch that never is in the library's sparse form: the exact set takes that part.
//
// It is a copy, since the first access to fresh memory should write: one that reads is given the page of zeros that all
// share, and the write after it another, for which all processors have to be told.
func newSketch(precision uint8) *hyperloglog.Sketch { return emptySketches[precision]().Clone() }

var emptySketches = func() (empty [MaxPrecision + 1]func() *hyperloglog.Sketch) {
	for p := uint8(MinPrecision); p <= MaxPrecision; p++ {
		empty[p] = sync.OnceValue(func() *hyperloglog.Sketch {
			s, err := hyperloglog.NewSketch(p, false)
			if err != nil {
				panic(fmt.Sprintf("BUG: uv: precision %d: %v", p, err))
			}
			return s
		})
	}
	return empty
}()

// registersOf returns a copy of the registers of s, in the library's order. The library has no accessor; its documented
// dense encoding is a header and the registers.
func registersOf(s *hyperloglog.Sketch) []byte {
	data, err := s.AppendBinary(nil)
	if err != nil || len(data) < sketchHeader {
		panic(fmt.Sprintf("BUG: uv: dense sketch without an encoding: %v", err))
	}
	return data[sketchHeader:]
}

// sketchOf makes a sketch of registers, 2^precision of them in the library's order.
func sketchOf(registers []byte, precision uint8) (*hyperloglog.Sketch, error) {
	n := len(registers)
	data := make([]byte, 0, sketchHeader+n)
	data = append(data, 2, precision, 0, 0, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	data = append(data, registers...)
	s := new(hyperloglog.Sketch)
	if err := s.UnmarshalBinary(data); err != nil {
		return nil, err
	}
	return s, nil
}

// fold returns the registers that a sketch of precision to would hold after the same insertions as one of precision
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
func foldSketch(s *hyperloglog.Sketch, from, to uint8) *hyperloglog.Sketch {
	if from == to {
		return s
	}
	folded, err := sketchOf(fold(registersOf(s), from, to), to)
	if err != nil {
		panic(fmt.Sprintf("BUG: uv: fold from %d to %d: %v", from, to, err))
	}
	return folded
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
