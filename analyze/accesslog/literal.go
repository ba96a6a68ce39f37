package accesslog

import (
	"bytes"
	"encoding/binary"
)

// literal is a text that lines are held against.
type literal struct {
	text []byte
	word uint64 // its first eight bytes…
	mask uint64 // …as many as it has
}

func newLiteral(text []byte) literal {
	l := literal{text: text}
	for i := range min(len(text), 8) {
		l.word |= uint64(text[i]) << (8 * i)
		l.mask |= 0xff << (8 * i)
	}
	return l
}

// at reports whether the literal stands at pos. The compiler inlines it.
func (l *literal) at(line []byte, pos int) bool {
	if len(line)-pos >= 8 {
		if same := binary.LittleEndian.Uint64(line[pos:])&l.mask == l.word; !same || len(l.text) <= 8 {
			return same
		}
	}
	return bytes.HasPrefix(line[pos:], l.text)
}
