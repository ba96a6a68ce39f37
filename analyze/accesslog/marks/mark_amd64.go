package marks

import "golang.org/x/sys/cpu"

var hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasPOPCNT && cpu.X86.HasPCLMULQDQ

// mark marks a text of whole words, of 64 bytes, that is at a position of the
// window.
func (m *Marks) mark(text []byte, at uint32, gaps bool) {
	if !hasAVX2 {
		m.markPortably(text, at, gaps)
		return
	}
	var gapAt *uint32
	if gaps {
		gapAt = &m.gapAt[m.gaps]
	}
	n := markAVX2(&text[0], len(text)/wordBytes, at, m.inside, &m.newlineAt[m.newlines], &m.quoteAt[m.quotes], gapAt)
	m.newlines += n.newlines
	m.quotes += n.quotes
	m.gaps += n.gaps
	m.inside = n.inside
}

// counts are how many positions were written, and whether the text ends within
// quotes.
type counts struct {
	newlines, quotes, gaps int
	inside                 uint64
}

// markAVX2 writes the positions of newlines and quotes, and those of gaps
// unless gapAt is nil, and returns how many there are. It writes up to eight
// positions beyond.
//
//go:noescape
func markAVX2(text *byte, words int, at uint32, inside uint64, newlineAt, quoteAt, gapAt *uint32) (n counts)
