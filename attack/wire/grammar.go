package wire

import "bytes"

var (
	colon = []byte{':'}
	crlf  = []byte("\r\n")
)

// The classes of bytes of RFC 9110, section 5.6.2, one bit each.
const (
	tokenByte   = 1 << iota // tchar
	visibleByte             // VCHAR and obs-text: no space, no control
)

var byteClass = func() (table [256]uint8) {
	for c := 0x21; c < 256; c++ {
		if c != 0x7f {
			table[c] |= visibleByte
		}
	}
	for c := '0'; c <= '9'; c++ {
		table[c] |= tokenByte
	}
	for c := 'a'; c <= 'z'; c++ {
		table[c] |= tokenByte
		table[c-'a'+'A'] |= tokenByte
	}
	for _, c := range "!#$%&'*+-.^_`|~" {
		table[c] |= tokenByte
	}
	return table
}()

const (
	isVisible = uint8(visibleByte)
	isTchar   = uint8(tokenByte)
)

// allIn reports whether every byte of s is of the class.
func allIn[T string | []byte](s T, class uint8) bool {
	for i := 0; i < len(s); i++ {
		if byteClass[s[i]]&class == 0 {
			return false
		}
	}
	return true
}

// isToken reports whether s is a token: one tchar or more.
func isToken(s string) bool { return s != "" && allIn(s, isTchar) }

// nameLen returns how many bytes at the start of line are tchars.
func nameLen(line []byte) int {
	for i, c := range line {
		if byteClass[c]&isTchar == 0 {
			return i
		}
	}
	return len(line)
}

// cleanValue reports whether v holds neither CR nor NUL; lines are cut at LF
// before. RFC 9110, section 5.5 calls the three dangerous and lets other
// control characters pass.
func cleanValue(v []byte) bool {
	return bytes.IndexByte(v, '\r') < 0 && bytes.IndexByte(v, 0) < 0
}

// equalFold compares ASCII without regard to case. want must be ASCII.
func equalFold(b []byte, want string) bool {
	if len(b) != len(want) {
		return false
	}
	for i := range b {
		if lower(b[i]) != lower(want[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// trimSpace takes spaces, tabs and a line's CR off both ends.
func trimSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t' || b[len(b)-1] == '\r') {
		b = b[:len(b)-1]
	}
	return b
}

// hasToken reports whether the comma-separated list holds the token.
func hasToken(list []byte, token string) bool {
	for len(list) > 0 {
		item := list
		if i := bytes.IndexByte(list, ','); i >= 0 {
			item, list = list[:i], list[i+1:]
		} else {
			list = nil
		}
		if equalFold(trimSpace(item), token) {
			return true
		}
	}
	return false
}

// trimEnd takes the line's end off, CR LF or LF.
func trimEnd(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, crlf[1:]), crlf[:1])
}
