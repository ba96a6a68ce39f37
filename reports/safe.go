package reports

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// safe makes text from outside harmless on a terminal: control characters (C0, DEL, C1), bidirectional controls and
// bytes that are no UTF-8 become \xNN or \u{NNNN}. What is harmless stays as it is.
func safe(s string) string {
	clean := true
	for _, r := range s {
		if r == utf8.RuneError || unsafeRune(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size <= 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
			size = 1
		case unsafeRune(r) && r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case unsafeRune(r):
			fmt.Fprintf(&b, `\u{%04x}`, r)
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

func unsafeRune(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0: // C0, DEL, C1
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // bidirectional controls
		return true
	case r == 0x2028, r == 0x2029, r == 0xfeff, r >= 0xfff9 && r <= 0xfffb: // line separators, invisible marks
		return true
	case r >= 0xe0000 && r <= 0xe007f: // tags: invisible text
		return true
	}
	return false
}

// fit makes text safe and at most width columns wide, with an ellipsis where it was cut. It cuts in the middle, since
// paths differ at both ends.
func fit(s string, width int) string {
	// Nothing beyond what could be shown is looked at: a path may have a megabyte.
	if len(s) > 8*width+16 {
		s = s[:4*width] + "…" + s[len(s)-4*width:]
	}
	runes := []rune(safe(s))
	if len(runes) <= width {
		return string(runes)
	}
	if width < 2 {
		return string(runes[:max(width, 0)])
	}
	head := (width - 1) * 2 / 3
	tail := width - 1 - head
	return string(runes[:head]) + "…" + string(runes[len(runes)-tail:])
}
