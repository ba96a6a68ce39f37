package accesslog

import "bytes"

// The fast paths decode a line without escapes in one of the formats that most
// logs have. They do what the program of the format does, with the steps
// written out; whatever is unusual goes to the program.

// quoted are the positions of the double quotes of a line, counted from start
// places before it.
type quoted struct {
	at    []uint32
	start uint32
	all   bool // at has each of the line
}

// quotesOf finds the quotes of a line, as many as a fast path looks at.
func quotesOf(line []byte, at []uint32) quoted {
	for i := 0; len(at) < cap(at); i++ {
		n := bytes.IndexByte(line[i:], '"')
		if n < 0 {
			return quoted{at: at, all: true}
		}
		i += n
		at = append(at, uint32(i))
	}
	return quoted{at: at}
}

// maxQuotes is how many quotes a fast path looks at.
const maxQuotes = 64

// between returns the text between the quote number n and the next one, of
// which the first is at a position, and where it ends, or −1.
func (q quoted) between(line []byte, n, pos int) (text []byte, end int) {
	if len(q.at) < n+2 || int(q.at[n]-q.start) != pos {
		return nil, -1
	}
	end = int(q.at[n+1] - q.start)
	return line[pos+1 : end], end + 1
}

func fastCommon(p *Parser, line []byte, q quoted, r *Record) bool {
	pos := fastHead(p, line, q, r, true)
	return pos >= 0 && (pos == len(line) || blank(line[pos]))
}

func fastCombined(p *Parser, line []byte, q quoted, r *Record) bool {
	pos := fastQuoted(line, q, 2, fastHead(p, line, q, r, true), &r.Referer)
	pos = fastQuoted(line, q, 4, pos, &r.UserAgent)
	return pos >= 0 && (pos == len(line) || blank(line[pos]))
}

func fastNginxMain(p *Parser, line []byte, q quoted, r *Record) bool {
	pos := fastQuoted(line, q, 2, fastHead(p, line, q, r, false), &r.Referer)
	pos = fastQuoted(line, q, 4, pos, &r.UserAgent)
	pos = fastQuoted(line, q, 6, pos, &r.ForwardedFor)
	return pos >= 0 && (pos == len(line) || blank(line[pos]))
}

// fastQuoted decodes a space at pos and the quoted field that begins with quote
// number n behind it, and returns where it ends, or −1.
func fastQuoted(line []byte, q quoted, n, pos int, field *[]byte) int {
	if pos < 0 || pos >= len(line) || line[pos] != ' ' {
		return -1
	}
	text, end := q.between(line, n, pos+1)
	*field = dashNil(text)
	return end
}

// fastHead decodes the fields of the common format and returns where they end,
// or −1. With ident the second word of the line is a field, else it is "-".
func fastHead(p *Parser, line []byte, q quoted, r *Record, ident bool) int {
	if len(q.at) < 2 || blank(line[0]) || line[0] == '#' || !p.plain && bytes.IndexByte(line, '\\') >= 0 {
		return -1
	}
	r.resizeSlots(p.format.slots)
	*r = Record{format: p.format, slots: r.slots}
	i := indexSpace(line[:q.at[0]-q.start])
	if i <= 0 {
		return -1
	}
	r.Addr = dashNil(line[:i])
	pos, ok := fastUser(line, i+1, r, ident)
	if !ok {
		return -1
	}
	if r.Time, r.Offset, ok = p.clock.local(line[pos:]); !ok {
		return -1
	}
	r.HasTime, r.HasOffset = true, true
	pos += localLen
	if len(line)-pos < len(`] "" 200 -`) || line[pos] != ']' || line[pos+1] != ' ' {
		return -1
	}
	request, pos := q.between(line, 0, pos+2)
	if pos < 0 || len(line)-pos < len(` 200 -`) || line[pos] != ' ' || line[pos+4] != ' ' {
		return -1
	}
	splitRequest(dashNil(request), r)
	pos++
	d0, d1, d2 := line[pos]-'0', line[pos+1]-'0', line[pos+2]-'0'
	if d0 > 9 || d1 > 9 || d2 > 9 {
		return -1
	}
	r.Status = int(d0)*100 + int(d1)*10 + int(d2)
	pos += 4
	size, n := leadingShortInt(line[pos:])
	if n == 0 {
		return -1
	}
	r.Bytes = size
	return pos + n
}

var userEnd = []byte(" [")

// fastUser decodes ident and user and returns where the time starts.
func fastUser(line []byte, pos int, r *Record, ident bool) (int, bool) {
	if len(line)-pos > 5 && string(line[pos:pos+5]) == "- - [" {
		if ident {
			r.slots[0] = nil
		}
		return pos + 5, true
	}
	i := bytes.IndexByte(line[pos:], ' ')
	if i < 0 {
		return 0, false
	}
	switch v := dashNil(line[pos : pos+i]); {
	case ident:
		r.slots[0] = v
	case v != nil:
		return 0, false
	}
	pos += i + 1
	i = bytes.Index(line[pos:], userEnd)
	if i < 0 {
		return 0, false
	}
	r.User = dashNil(line[pos : pos+i])
	return pos + i + 2, true
}

// dashNil returns nil for "-", the mark of an absent value.
func dashNil(v []byte) []byte {
	if len(v) == 1 && v[0] == '-' {
		return nil
	}
	return v
}
