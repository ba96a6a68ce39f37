package marks

import "golang.org/x/sys/cpu"

var hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasBMI1 && cpu.X86.HasPOPCNT

// mark marks a text of whole words, of 64 bytes, that is at a position of the
// window.
func (m *Marks) mark(text []byte, at uint32) {
	if !hasAVX2 {
		m.markPortably(text, at)
		return
	}
	newlines, quotes := markAVX2(&text[0], len(text)/wordBytes, at, &m.newlineAt[m.newlines], &m.quoteAt[m.quotes])
	m.newlines += newlines
	m.quotes += quotes
}

// markAVX2 writes the positions of newlines and quotes and returns how many
// there are. It writes up to four positions beyond.
//
//go:noescape
func markAVX2(text *byte, words int, at uint32, newlineAt, quoteAt *uint32) (newlines, quotes int)
