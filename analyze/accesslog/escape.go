package accesslog

import (
	"unicode/utf16"
	"unicode/utf8"
)

// escape is how a server keeps its delimiters out of values.
type escape uint8

const (
	escapeNone  escape = iota // values are raw
	escapeBytes               // \xHH, \" and C escapes: nginx's default, Apache
	escapeJSON                // nginx's escape=json: also \u00HH and \/
)

const upperHex = "0123456789ABCDEF"

// reserve makes room for n more bytes of scratch. Slices into the scratch that
// earlier fields took stay valid: they keep the array that they were cut from.
func (p *Parser) reserve(n int) {
	if cap(p.scratch)-len(p.scratch) < n {
		p.scratch = make([]byte, 0, 2*max(n, cap(p.scratch)))
	}
}

// unescape undoes the escapes of v into the scratch. Unescaping never makes a
// value longer, so the fields of one line fit into the line's length.
func (p *Parser) unescape(v []byte, e escape, lineLen int) []byte {
	p.reserve(lineLen)
	start := len(p.scratch)
	p.scratch = appendUnescaped(p.scratch, v, e)
	return p.scratch[start:len(p.scratch):len(p.scratch)]
}

// appendUnescaped appends v without its escapes. A backslash that begins no
// known escape stays.
func appendUnescaped(out, v []byte, e escape) []byte {
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c != '\\' || i+1 == len(v) {
			out = append(out, c)
			continue
		}
		i++
		switch e1 := v[i]; e1 {
		case '"', '\\', '\'':
			out = append(out, e1)
		case 'n', 't', 'r', 'b', 'f', 'v':
			out = append(out, controlEscapes[e1])
		case 'x':
			if h, ok := hexByte(v, i+1); ok {
				out = append(out, h)
				i += 2
				continue
			}
			out = append(out, '\\', e1)
		case 'u':
			if r, n := unicodeEscape(v[i+1:]); e == escapeJSON && n > 0 {
				out = utf8.AppendRune(out, r)
				i += n
				continue
			}
			out = append(out, '\\', e1)
		case '/':
			if e != escapeJSON {
				out = append(out, '\\')
			}
			out = append(out, e1)
		default:
			out = append(out, '\\', e1)
		}
	}
	return out
}

// escapeSizes returns how many bytes the first escape of v, or else its first
// byte, takes up in JSON and how many it stands for.
func escapeSizes(v []byte) (raw, unescaped int) {
	if v[0] != '\\' || len(v) == 1 {
		return 1, 1
	}
	switch v[1] {
	case 'u':
		if r, n := unicodeEscape(v[2:]); n > 0 {
			return 2 + n, utf8.RuneLen(r)
		}
		return 2, 2
	case 'x':
		if _, ok := hexByte(v, 2); ok {
			return 4, 1
		}
		return 2, 2
	case '"', '\\', '\'', '/', 'n', 't', 'r', 'b', 'f', 'v':
		return 2, 1
	}
	return 2, 2
}

// unicodeEscape decodes what follows a "\u": four hex digits, or two times four
// for a rune outside of the basic plane. n is its length, 0 if it is none. Half
// a surrogate pair is U+FFFD, as in encoding/json.
func unicodeEscape(v []byte) (r rune, n int) {
	r, ok := hexRune(v)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 4
	}
	if len(v) >= 10 && v[4] == '\\' && v[5] == 'u' {
		if low, ok := hexRune(v[6:]); ok {
			if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
				return whole, 10
			}
		}
	}
	return utf8.RuneError, 4
}

func hexRune(v []byte) (rune, bool) {
	hi, ok1 := hexByte(v, 0)
	lo, ok2 := hexByte(v, 2)
	return rune(hi)<<8 | rune(lo), ok1 && ok2
}

var controlEscapes = [256]byte{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f', 'v': '\v'}

// hexByte decodes the two hex digits at v[i:].
func hexByte(v []byte, i int) (byte, bool) {
	if i < 0 || i+2 > len(v) {
		return 0, false
	}
	hi, lo := hexDigits[v[i]], hexDigits[v[i+1]]
	return hi<<4 | lo, hi|lo < 16
}

// hexDigits has the value of each hex digit, and 0xff for other bytes.
var hexDigits = func() (values [256]byte) {
	for c := range values {
		values[c] = 0xff
	}
	for i := range byte(16) {
		values[upperHex[i]] = i
		values[upperHex[i]|0x20] = i
	}
	return values
}()

// appendEscaped appends v as nginx's escape=default writes it: '"', '\' and
// every byte outside printable ASCII as \xHH.
func appendEscaped(dst, v []byte) []byte {
	for _, c := range v {
		if c == '"' || c == '\\' || !printable(c) {
			dst = append(dst, '\\', 'x', upperHex[c>>4], upperHex[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}
