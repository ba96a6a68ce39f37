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
		node, colon := p.guessName(plan.root, line, pos, ':')
		if colon < 0 {
			colon = pos + labelEnd(line[pos:end])
			if colon == pos || colon == end || line[colon] != ':' {
				return p.fail(colon, "label", "\"label:value\" and tabs between these")
			}
			node = p.lookup(plan.root, line[pos:colon])
		}
		if node != nil && node.field != nil {
			at := colon + 1
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
