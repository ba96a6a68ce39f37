package accesslog

import "bytes"

// The fast paths decode a line without escapes in one of the formats that most
// logs have. They do what the program of the format does, with the steps
// written out; whatever is unusual goes to the program.

func fastCommon(p *Parser, line []byte, r *Record) bool {
	pos := fastHead(p, line, r, true)
	return pos >= 0 && (pos == len(line) || blank(line[pos]))
}

func fastCombined(p *Parser, line []byte, r *Record) bool {
	pos := fastQuoted(line, fastHead(p, line, r, true), &r.Referer)
	pos = fastQuoted(line, pos, &r.UserAgent)
	return pos >= 0 && (pos == len(line) || blank(line[pos]))
}

func fastNginxMain(p *Parser, line []byte, r *Record) bool {
	pos := fastQuoted(line, fastHead(p, line, r, false), &r.Referer)
	if pos = fastQuoted(line, pos, &r.UserAgent); pos < 0 || !fastOpens(line, pos) {
		return false
	}
	pos = fastQuoted(line, pos, &r.ForwardedFor)
	return pos >= 0 && (pos == len(line) || blank(line[pos]))
}

// fastOpens reports whether a space and a quote follow.
func fastOpens(line []byte, pos int) bool {
	return len(line)-pos >= 2 && line[pos] == ' ' && line[pos+1] == '"'
}

// fastQuoted decodes a space and a quoted field at pos and returns where it
// ends, or −1.
func fastQuoted(line []byte, pos int, field *[]byte) int {
	if pos < 0 || !fastOpens(line, pos) {
		return -1
	}
	pos += 2
	i := bytes.IndexByte(line[pos:], '"')
	if i < 0 {
		return -1
	}
	*field = dashNil(line[pos : pos+i])
	return pos + i + 1
}

// fastHead decodes the fields of the common format and returns where they end,
// or −1. With ident the second word of the line is a field, else it is "-".
func fastHead(p *Parser, line []byte, r *Record, ident bool) int {
	if len(line) == 0 || blank(line[0]) || line[0] == '#' || !p.plain && bytes.IndexByte(line, '\\') >= 0 {
		return -1
	}
	r.resizeSlots(p.format.slots)
	*r = Record{format: p.format, slots: r.slots}
	i := bytes.IndexByte(line, ' ')
	if i <= 0 || bytes.IndexByte(line[:i], '"') >= 0 {
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
	if len(line)-pos < len(`] "" 200 -`) || string(line[pos:pos+3]) != `] "` {
		return -1
	}
	pos += 3
	i = bytes.IndexByte(line[pos:], '"')
	if i < 0 || len(line)-pos-i < len(`" 200 -`) || line[pos+i+1] != ' ' || line[pos+i+5] != ' ' {
		return -1
	}
	splitRequest(dashNil(line[pos:pos+i]), r)
	pos += i + 2
	d0, d1, d2 := line[pos]-'0', line[pos+1]-'0', line[pos+2]-'0'
	if d0 > 9 || d1 > 9 || d2 > 9 {
		return -1
	}
	r.Status = int(d0)*100 + int(d1)*10 + int(d2)
	pos += 4
	size, n := leadingInt(line[pos:])
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
