package accesslog

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Searches in texts so short that a loop over them ends where no processor
// foresees it: they look at eight bytes at once.

// everyByte times a byte is that byte eight times.
const everyByte = 0x0101010101010101

// zeroByte returns a number whose lowest set bit is the highest one of the
// first zero byte of x, 0 if there is none (Mycroft's test; Knuth, TAOCP 4A,
// section 7.1.3).
func zeroByte(x uint64) uint64 { return (x - everyByte) &^ x & (0x80 * everyByte) }

// indexSpace returns where the first space of a text is, or −1. It is made for
// addresses, few of which are longer than 16 bytes.
func indexSpace(text []byte) int {
	if len(text) < 16 {
		return bytes.IndexByte(text, ' ')
	}
	if found := zeroByte(binary.LittleEndian.Uint64(text) ^ ' '*everyByte); found != 0 {
		return bits.TrailingZeros64(found) / 8
	}
	if found := zeroByte(binary.LittleEndian.Uint64(text[8:]) ^ ' '*everyByte); found != 0 {
		return 8 + bits.TrailingZeros64(found)/8
	}
	if i := bytes.IndexByte(text[16:], ' '); i >= 0 {
		return 16 + i
	}
	return -1
}

// amongEight returns where a byte is among the first eight of a text, 8 if it is
// not, or if there are fewer.
func amongEight(text []byte, c byte) int {
	if len(text) < 8 {
		return 8
	}
	return bits.TrailingZeros64(zeroByte(binary.LittleEndian.Uint64(text)^uint64(c)*everyByte)) / 8
}

// pathLength returns where the query or the fragment of a URI begins, its
// length if it has neither.
func pathLength(uri []byte) int {
	n := len(uri)
	if n < 8 {
		for i, c := range uri {
			if c == '?' || c == '#' {
				return i
			}
		}
		return n
	}
	for i := 0; ; i += 8 {
		i = min(i, n-8) // the last eight bytes, some of them once more
		x := binary.LittleEndian.Uint64(uri[i:])
		if found := zeroByte(x^'?'*everyByte) | zeroByte(x^'#'*everyByte); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
		if i == n-8 {
			return n
		}
	}
}

// oneWord reports whether a text is of printable ASCII other than spaces and
// commas: no list with several elements.
func oneWord(text []byte) bool {
	n := len(text)
	if n < 8 {
		for _, c := range text {
			if c <= ' ' || c == ',' || c >= 0x7f {
				return false
			}
		}
		return true
	}
	for i := 0; ; i += 8 {
		i = min(i, n-8) // the last eight bytes, some of them once more
		x := binary.LittleEndian.Uint64(text[i:])
		// The highest bit of a byte that is up to ' ', above 0x7e, or ','.
		if ((x-0x21*everyByte)|(x+everyByte)|x)&(0x80*everyByte) != 0 || zeroByte(x^','*everyByte) != 0 {
			return false
		}
		if i == n-8 {
			return true
		}
	}
}

// leadingShortInt is leadingInt, quicker for up to seven digits with something
// behind them.
func leadingShortInt(b []byte) (v int64, n int) {
	if len(b) < 8 {
		return leadingInt(b)
	}
	x := binary.LittleEndian.Uint64(b) ^ '0'*everyByte
	other := ((x&(0x7f*everyByte) + 0x76*everyByte) | x) & (0x80 * everyByte)
	n = bits.TrailingZeros64(other) / 8
	if n == 0 || n == 8 {
		return leadingInt(b)
	}
	// The digits, the first one behind zeros, by pairs, then fours, then eights.
	x <<= 64 - 8*n
	x = x*10 + x>>8
	x = ((x&0x000000ff000000ff)*0x000f424000000064 + (x>>16&0x000000ff000000ff)*0x0000271000000001) >> 32
	return int64(uint32(x)), n
}

// secondOfDay decodes the "15:04:05" that a text of eight bytes at least begins
// with; the second may be 60.
func secondOfDay(b []byte) (second int, ok bool) {
	const (
		zero  = 0x30303a30303a3030 // "00:00:00"
		reach = 0x76767f76767f7676 // takes a byte that is no digit, or no colon, to 0x80
	)
	x := binary.LittleEndian.Uint64(b) ^ zero
	if (x|(x&(0x7f*everyByte)+reach))&(0x80*everyByte) != 0 {
		return 0, false
	}
	x = x*10 + x>>8
	h, m, s := int(x&0xff), int(x>>24&0xff), int(x>>48&0xff)
	return h*3600 + m*60 + s, h < 24 && m < 60 && s <= 60
}
