package accesslog

import "bytes"

// A quickStep is a step of a program as its quick way runs it, in one line of
// the processor's cache: how the field's end is found and what the literal
// behind it is are worked out beforehand.
type quickStep struct {
	ends   ending
	kind   kind
	stop   byte // the first byte of the literal
	blanks bool
	tail   bool
	last   bool
	slot   int32
	quotes int32 // double quotes in the literal
	literal
	step *step
}

// ending says how a field's end is found.
type ending uint8

const (
	endSelf   ending = iota // the field knows it
	endQuote                // at the next double quote, which the literal begins with
	endSpace                // at the next space, which the literal begins with
	endToken                // at a literal, before any space
	endText                 // at a literal
	endBare                 // at the next double quote, if it is the line's last or a blank is behind it
	endPort                 // at the last colon of an address
	endList                 // at a space that is not one within a list
	endOfLine               // nothing is behind the field
)

// quicken works out the quick steps.
func (pr *program) quicken() {
	pr.quick = make([]quickStep, len(pr.steps))
	pr.prefixQuotes = bytes.Count(pr.prefix, quoteMark)
	for i := range pr.steps {
		st := &pr.steps[i]
		q := quickStep{step: st, ends: st.ending(), kind: st.kind, blanks: st.blanks, tail: st.tail, last: st.last,
			slot: int32(st.slot), quotes: int32(bytes.Count(st.lit, quoteMark)), literal: newLiteral(st.lit)}
		if len(st.lit) > 0 {
			q.stop = st.lit[0]
		}
		pr.quick[i] = q
	}
}

var quoteMark = []byte(`"`)

func (st *step) ending() ending {
	switch {
	case st.shape == shapeSelf:
		return endSelf
	case len(st.lit) == 0:
		return endOfLine
	case st.quoted && string(st.lit) == `"`:
		return endBare
	case st.quoted && st.lit[0] == '"':
		return endQuote
	case st.shape == shapeList:
		return endList
	case st.lit[0] == ':' && st.kind.isHost():
		return endPort
	case st.shape == shapeToken && st.lit[0] == ' ' && !st.last:
		return endSpace
	case st.shape == shapeToken:
		return endToken
	}
	return endText
}

// fast is the quick way through a program, for lines in which each quote is
// one of the format's and nothing is escaped. Where it can't tell at once how
// decode would take a line, it leaves the line to that.
func (pr *program) fast(p *Parser, line []byte, quotes quoted, r *Record) bool {
	if !bytes.HasPrefix(line, pr.prefix) || len(line) == 0 || len(pr.prefix) == 0 && (blank(line[0]) || line[0] == '#') ||
		len(pr.header) > 0 && bytes.HasPrefix(line, pr.header) || !p.plain && bytes.IndexByte(line, '\\') >= 0 {
		return false
	}
	r.resizeSlots(pr.slots)
	*r = Record{format: p.format, slots: r.slots, Bytes: -1}
	if pr.hasParts {
		p.parts = timeParts{}
	}
	d := decoder{p: p, r: r, line: line}
	if gaps := p.gaps; gaps != nil {
		if pr.spaced.fast(pr, &d, quotes, lineGaps{gaps, quotes.start}) {
			return true
		}
		*r = Record{format: p.format, slots: r.slots, Bytes: -1}
		d = decoder{p: p, r: r, line: line}
		p.parts = timeParts{}
	}
	pos, nth := len(pr.prefix), pr.prefixQuotes // nth is the number of quotes before pos
	quote, ok := quotes.next(nth, len(line))
	for i := range pr.quick {
		st := &pr.quick[i]
		if st.tail && pos == len(line) {
			pr.dropFrom(i, r)
			return pr.finish(&d) == nil
		}
		if st.blanks {
			for pos < len(line) && line[pos] == ' ' {
				pos++
			}
		}
		end := -1
		switch st.ends {
		case endQuote:
			if quote < len(line) {
				end = quote
			}
		case endSpace:
			if end = bytes.IndexByte(line[pos:], ' '); end >= 0 {
				end += pos
			}
		case endSelf:
			end = d.quickSelf(st.step, pos)
		default:
			end = st.end(line, pos)
		}
		if end < 0 || end > quote || !ok || !st.keep(&d, pos, end) {
			return false
		}
		if !st.at(line, end) {
			if !st.last || !endsWithin(line[end:], st.text) {
				return false
			}
			pr.dropFrom(i+1, r)
			return pr.finish(&d) == nil
		}
		pos = end + len(st.text)
		if st.quotes > 0 {
			nth += int(st.quotes)
			quote, ok = quotes.next(nth, len(line))
		}
	}
	return (pos >= len(line) || blank(line[pos])) && pr.finish(&d) == nil
}

// keep stores the value of the field from pos to end, and reports whether it is
// one.
func (st *quickStep) keep(d *decoder, pos, end int) bool {
	v := dashNil(d.line[pos:end:end])
	if st.kind == kindExtra {
		d.r.slots[st.slot] = v
		return true
	}
	return st.ends == endSelf || (end > pos || st.kind != kindAddr) && d.store(st.step, v, pos) == nil
}

// next returns where the quote number n is, or the line's end if the line has
// not so many; known is false where only more quotes than were looked for could
// tell.
func (q quoted) next(n, end int) (at int, known bool) {
	if n < len(q.at) {
		return int(q.at[n] - q.start), true
	}
	return end, q.all
}

// end returns where the field at pos ends, or −1 if only a closer look can
// tell.
func (st *quickStep) end(line []byte, pos int) int {
	end, ok := pos, false
	i := 0
	if st.ends != endOfLine {
		i = bytes.IndexByte(line[pos:], st.stop)
	}
	switch st.ends {
	case endOfLine:
		if st.kind.prose() {
			return len(line)
		}
		return listEnd(line, pos, blankLit, st.step.shape == shapeList)
	case endBare:
		end = pos + i
		ok = i >= 0 && (end+1 == len(line) || blank(line[end+1]))
	case endToken:
		if end, ok = pos+i, i >= 0 && st.at(line, pos+i); !ok && i < 0 && st.last {
			end, ok = len(line), true
		}
		ok = ok && bytes.IndexByte(line[pos:end], ' ') < 0
	case endText:
		if i >= 0 && st.at(line, pos+i) {
			return pos + i
		}
		if end, ok = st.step.findText(line, pos); !ok && st.last {
			return len(line)
		}
	case endPort:
		if i >= 0 && onlyColon(line, pos, pos+i) && st.at(line, pos+i) {
			return pos + i
		}
		end, ok = lastColon(line, pos, st.text)
	case endList:
		if i > 0 && st.at(line, pos+i) && !inList(line, pos, pos+i) {
			return pos + i
		}
		end = listEnd(line, pos, st.text, true)
		ok = end < len(line) || st.last
	}
	if !ok {
		return -1
	}
	return end
}

// onlyColon reports whether the colon at i is the only one of the word that
// starts at pos, with nothing but a number behind it: what is the case of most
// addresses. Before the colon only what IPv4 addresses have is looked for.
func onlyColon(line []byte, pos, i int) bool {
	for _, c := range line[pos:i] {
		if c != '.' && c-'0' > 9 {
			return false
		}
	}
	for i++; i < len(line) && line[i]-'0' <= 9; i++ {
	}
	return i < len(line) && line[i] == ' '
}

// quickSelf is self without the reason for a failure: it returns −1 then.
func (d *decoder) quickSelf(st *step, pos int) int {
	end, err := d.self(st, pos)
	if err != nil {
		return -1
	}
	return end
}
