package accesslog

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
		p.scratch = make([]byte, 0, 2*n)
	}
}

// unescape undoes the escapes of v into the scratch. Unescaping never makes a
// value longer, so the fields of one line fit into the line's length.
// A backslash that begins no known escape stays.
func (p *Parser) unescape(v []byte, e escape, lineLen int) []byte {
	p.reserve(lineLen)
	start := len(p.scratch)
	out := p.scratch
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
			if h, ok := hexByte(v, i+3); e == escapeJSON && ok && v[i+1] == '0' && v[i+2] == '0' && h < 0x80 {
				out = append(out, h)
				i += 4
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
	p.scratch = out
	return out[start:len(out):len(out)]
}

var controlEscapes = [256]byte{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f', 'v': '\v'}

// hexByte decodes the two hex digits at v[i:].
func hexByte(v []byte, i int) (byte, bool) {
	if i < 0 || i+2 > len(v) {
		return 0, false
	}
	hi, ok1 := hexDigit(v[i])
	lo, ok2 := hexDigit(v[i+1])
	return hi<<4 | lo, ok1 && ok2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

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
