package accesslog

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// undo reverses a decoding of a value of line into the scratch.
func (p *Parser) undo(d decoding, v, line []byte) []byte {
	switch d {
	case decodePlus:
		if bytes.IndexByte(v, '+') < 0 || bytes.IndexByte(v, ' ') >= 0 {
			return v
		}
		out := p.room(len(v), line)
		if !undoPlus(out, v) {
			undoPluses(out, v)
		}
		p.scratch = p.scratch[:len(p.scratch)+len(v)]
		return out
	case decodePercent:
		for range 2 {
			if bytes.IndexByte(v, '%') < 0 {
				break
			}
			out := p.room(len(v)+8, line)
			out = out[:undoPercent(out, v)]
			p.scratch = p.scratch[:len(p.scratch)+len(out)]
			v = out[:len(out):len(out)]
		}
	}
	return v
}

// room returns the next n bytes of the scratch, where there then is room for
// what else a line needs: a User-Agent twice, and its path and query joined.
func (p *Parser) room(n int, line []byte) []byte {
	if cap(p.scratch)-len(p.scratch) < n {
		p.reserve(3*len(line) + 2*8)
	}
	start := len(p.scratch)
	return p.scratch[start : start+n : start+n]
}

// undoPlus writes v to out, of the same length, with each "+" as a space. It
// reports false, having written anything, where two of them follow each other.
func undoPlus(out, v []byte) bool {
	n := len(v)
	if n < 8 {
		return false
	}
	carry := uint64(0) // whether the byte before is a plus, in the highest bit of the lowest byte
	for i := 0; ; i += 8 {
		if i > n-8 {
			i, carry = n-8, 0 // the last eight bytes, some of them once more
		}
		x := binary.LittleEndian.Uint64(v[i:])
		other := x ^ '+'*everyByte
		plus := ^((other&(0x7f*everyByte) + 0x7f*everyByte) | other | 0x7f*everyByte)
		if plus&(plus<<8|carry) != 0 {
			return false
		}
		carry = plus >> 56
		binary.LittleEndian.PutUint64(out[i:], x^plus>>7*('+'^' '))
		if i == n-8 {
			return true
		}
	}
}

// undoPluses is undoPlus for any text: of two pluses that follow each other the
// second is one of the client's own.
func undoPluses(out, v []byte) {
	for i := 0; i < len(v); i++ {
		out[i] = v[i]
		if v[i] == '+' {
			out[i] = ' '
			if i+1 < len(v) && v[i+1] == '+' {
				i++
				out[i] = '+'
			}
		}
	}
}

// undoPercent writes v to out, which must be eight bytes longer, with "%XX" as
// the byte that it stands for, and returns the length of that.
func undoPercent(out, v []byte) int {
	i, n := 0, 0
	for i < len(v) {
		if i+8 <= len(v) {
			x := binary.LittleEndian.Uint64(v[i:])
			binary.LittleEndian.PutUint64(out[n:], x)
			found := zeroByte(x ^ '%'*everyByte)
			if found == 0 {
				i, n = i+8, n+8
				continue
			}
			plain := bits.TrailingZeros64(found) / 8
			i, n = i+plain, n+plain
		}
		c := v[i]
		if c == '%' {
			if h, ok := hexByte(v, i+1); ok {
				c = h
				i += 2
			}
		}
		out[n] = c
		i, n = i+1, n+1
	}
	return n
}
