package accesslog

import "bytes"

// ltsvCodec reads Labeled Tab-separated Values (http://ltsv.org): fields
// "label:value" with a tab between them.
type ltsvCodec struct{ *keyed }

func (k ltsvCodec) decode(p *Parser, line []byte, r *Record) error {
	pos := 0
	for pos < len(line) && line[pos] == ' ' {
		pos++
	}
	switch {
	case pos == len(line):
		return p.fail(pos, "line", "a log line, not a blank one")
	case line[pos] == '#':
		return ErrComment
	}
	plan := k.reset(p, r)
	for pos < len(line) {
		end := bytes.IndexByte(line[pos:], '\t')
		if end < 0 {
			end = len(line)
		} else {
			end += pos
		}
		colon := bytes.IndexByte(line[pos:end], ':')
		if bad := labelEnd(line[pos:end]); colon <= 0 || bad != colon {
			return p.fail(pos+bad, "label", "\"label:value\" and tabs between these")
		}
		if node := p.lookup(plan.root, line[pos:pos+colon]); node != nil && node.field != nil {
			at := pos + colon + 1
			p.emit(node.field, r, line[at:end:end], at, 0)
		}
		pos = end + 1
	}
	return k.finish(p, plan, r, len(line))
}

// labelEnd returns where a label ends: at the first byte that LTSV does not
// allow in one.
func labelEnd(b []byte) int {
	n := 0
	for n < len(b) && (isAlnum(b[n]) || b[n] == '_' || b[n] == '-' || b[n] == '.') {
		n++
	}
	return n
}
