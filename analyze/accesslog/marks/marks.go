// Package marks finds the bytes that divide the lines of most access logs,
// newlines, double quotes and the spaces between them, all at once: a search
// for each would start and end some ten times a line, and end where no
// processor foresees it.
//
// It works as the first stage of Langdale and Lemire, "Parsing Gigabytes of
// JSON per Second" (VLDB Journal 28, 2019, section 3.1) does: a bit for every
// byte of a text, 64 at a time, then the positions of the bits that are set.
// What is between quotes follows from the parity of the quotes before.
package marks

import (
	"encoding/binary"
	"math/bits"
)

// Window is the length of the longest text, in bytes, that is marked at once:
// it stays in the first-level cache until its lines are decoded.
const Window = 16 << 10

// End stands behind the last position.
const End = 1<<32 - 1

const (
	wordBytes = 64
	// spare is how many positions are written without a look at how many there are.
	spare = 8
)

// places has room for the positions of a window's bytes, what is written beyond
// the last, and End.
type places [Window + wordBytes + spare + 1]uint32

// Marks are the positions of the newlines, quotes and gaps of a text. The zero
// value marks nothing. Marks belong to one goroutine; they are large (193 KiB,
// of which the lines of most logs use some 6).
type Marks struct {
	newlines, quotes, gaps    int
	newlineAt, quoteAt, gapAt places
	inside                    uint64 // all ones where the text is so far within quotes, else 0
}

// Find marks the newlines and quotes of a text of at most Window bytes; it
// panics if the text is longer.
func (m *Marks) Find(text []byte) { m.find(text, false) }

// FindGaps marks the gaps as well.
func (m *Marks) FindGaps(text []byte) { m.find(text, true) }

func (m *Marks) find(text []byte, gaps bool) {
	if len(text) > Window {
		panic("BUG: marks: a text longer than the window")
	}
	whole := len(text) / wordBytes * wordBytes
	m.newlines, m.quotes, m.gaps, m.inside = 0, 0, 0, 0
	if whole > 0 {
		m.mark(text[:whole], 0, gaps)
	}
	if rest := text[whole:]; len(rest) > 0 {
		var padded [wordBytes]byte
		copy(padded[:], rest)
		m.mark(padded[:], uint32(whole), gaps)
	}
	m.newlineAt[m.newlines], m.quoteAt[m.quotes], m.gapAt[m.gaps] = End, End, End
}

// Newlines returns the positions of the newlines in ascending order and, behind
// the end of the slice, End. They are valid until the next Find.
func (m *Marks) Newlines() []uint32 { return m.newlineAt[:m.newlines] }

// Quotes is Newlines of the double quotes.
func (m *Marks) Quotes() []uint32 { return m.quoteAt[:m.quotes] }

// Gaps is Newlines of what divides the fields of a line, in one list: the
// spaces that have an even number of quotes before them in the text, and all
// newlines. A line with an odd number of quotes so turns what is a gap in the
// lines behind it.
func (m *Marks) Gaps() []uint32 { return m.gapAt[:m.gaps] }

const (
	ones     = 0x0101010101010101
	lowBits  = 0x7f * ones
	highBits = 0x80 * ones
	// gather moves the highest bits of eight bytes, one place down, to the top byte of a product.
	gather = 0x0102040810204080
)

// markPortably marks a text of whole words, of 64 bytes, that is at a position
// of the window, on any machine.
func (m *Marks) markPortably(text []byte, at uint32, gaps bool) {
	for len(text) >= wordBytes {
		var newlines, quotes, spaces uint64
		for i := 0; i < wordBytes; i += 8 {
			x := binary.LittleEndian.Uint64(text[i:])
			newlines |= equal(x, '\n'*ones) << i
			quotes |= equal(x, '"'*ones) << i
			spaces |= equal(x, ' '*ones) << i
		}
		if gaps {
			inside := parity(quotes) ^ m.inside
			m.inside = uint64(int64(inside) >> 63)
			m.gaps += m.gapAt.put(m.gaps, spaces&^inside|newlines, at)
		}
		m.newlines += m.newlineAt.put(m.newlines, newlines, at)
		m.quotes += m.quoteAt.put(m.quotes, quotes, at)
		text, at = text[wordBytes:], at+wordBytes
	}
}

// equal returns a bit for each of eight bytes that is the same in x and y.
func equal(x, y uint64) uint64 {
	x ^= y
	same := ^((x&lowBits + lowBits) | x) & highBits
	return same >> 7 * gather >> 56
}

// parity returns a bit for each of 64 places: whether the number of bits set up
// to there, and there, is odd.
func parity(set uint64) uint64 {
	for n := 1; n < 64; n *= 2 {
		set ^= set << n
	}
	return set
}

// put writes where bits are set, from the place n on, and returns how many are.
func (p *places) put(n int, set uint64, at uint32) int {
	count := bits.OnesCount64(set)
	for ; set != 0; set &= set - 1 {
		p[n] = at + uint32(bits.TrailingZeros64(set))
		n++
	}
	return count
}
