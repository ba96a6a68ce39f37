package accesslog

import "bytes"

// fastCombined decodes a combined line without escapes, and fastCommon a
// common one. They do what the program of the format does, with the steps
// written out; whatever is unusual goes to the program.
func fastCombined(p *Parser, line []byte, r *Record) bool {
	pos := fastCommonFields(p, line, r)
	if pos < 0 || len(line)-pos < len(` "" ""`) || line[pos] != ' ' || line[pos+1] != '"' {
		return false
	}
	pos += 2
	i := bytes.IndexByte(line[pos:], '"')
	if i < 0 || len(line)-pos-i < len(`" ""`) || line[pos+i+1] != ' ' || line[pos+i+2] != '"' {
		return false
	}
	r.Referer = dashNil(line[pos : pos+i])
	pos += i + 3
	i = bytes.IndexByte(line[pos:], '"')
	if i < 0 || pos+i+1 < len(line) && !blank(line[pos+i+1]) {
		return false
	}
	r.UserAgent = dashNil(line[pos : pos+i])
	return true
}

func fastCommon(p *Parser, line []byte, r *Record) bool {
	pos := fastCommonFields(p, line, r)
	return pos >= 0 && (pos == len(line) || blank(line[pos]))
}

// fastCommonFields decodes the fields of the common format and returns where
// they end, or −1.
func fastCommonFields(p *Parser, line []byte, r *Record) int {
	if len(line) == 0 || blank(line[0]) || line[0] == '#' || bytes.IndexByte(line, '\\') >= 0 {
		return -1
	}
	r.resizeSlots(1)
	*r = Record{format: p.format, slots: r.slots}
	i := bytes.IndexByte(line, ' ')
	if i <= 0 || bytes.IndexByte(line[:i], '"') >= 0 {
		return -1
	}
	r.Addr = dashNil(line[:i])
	pos := i + 1
	if len(line)-pos > 5 && string(line[pos:pos+5]) == "- - [" {
		r.slots[0] = nil
		pos += 5
	} else {
		if i = bytes.IndexByte(line[pos:], ' '); i < 0 {
			return -1
		}
		r.slots[0] = dashNil(line[pos : pos+i])
		pos += i + 1
		if i = bytes.Index(line[pos:], userEnd); i < 0 {
			return -1
		}
		r.User = dashNil(line[pos : pos+i])
		pos += i + 2
	}
	var ok bool
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

// dashNil returns nil for "-", the mark of an absent value.
func dashNil(v []byte) []byte {
	if len(v) == 1 && v[0] == '-' {
		return nil
	}
	return v
}
