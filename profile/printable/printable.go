// Package printable makes text from outside harmless on a terminal, in one line.
package printable

import (
	"strings"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// Text writes every byte as \xNN that is not plain text: control characters (C0, DEL, and C1 in either encoding), line and
// paragraph separators, bidirectional controls, invisible marks and tags, and what is no UTF-8. The rest stays as it is, so
// that text without any of these is returned unchanged.
func Text(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size <= 1 || Unsafe(r) {
			for _, c := range []byte(s[i : i+size]) {
				b.WriteString(`\x`)
				b.WriteByte(hexDigits[c>>4])
				b.WriteByte(hexDigits[c&15])
			}
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

func isPlain(s string) bool {
	for i, r := range s {
		if Unsafe(r) {
			return false
		}
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size <= 1 {
				return false
			}
		}
	}
	return true
}

// Unsafe says whether a character does more on a terminal than show itself.
func Unsafe(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0: // C0, DEL, C1
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e: // bidirectional controls
		return true
	case r == 0x2028, r == 0x2029, r >= 0xfff9 && r <= 0xfffb: // separators, marks of annotations
		return true
	case r == 0xad, r == 0x180e, r == 0x200b, r >= 0x2060 && r <= 0x206f, r == 0xfeff: // invisible: two texts would look the same
		return true
	case r >= 0xe0000 && r <= 0xe007f: // tags: invisible text
		return true
	}
	return false
}
