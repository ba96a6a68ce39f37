package accesslog

import (
	"bytes"
	"time"
)

// shape says where a field may end.
type shape uint8

const (
	shapeText  shape = iota // at the literal that follows; may hold spaces
	shapeToken              // as text, and holds no space
	shapeList               // as text, but "a, b" and "a : b" do not end it
	shapeSelf               // decodes from its first byte and knows its end
)

// step decodes one field and the literal behind it.
type step struct {
	kind   kind
	meant  kind // what a captured field means on its own
	shape  shape
	quoted bool   // inside double quotes: \" does not end it
	mark   bool   // a query with its "?"
	blanks bool   // blanks before the field are skipped
	tail   bool   // the line may end before the field
	last   bool   // the line may end behind the field, and another one may follow
	slot   int    // for kindExtra and kindHostPort
	lit    []byte // what follows the field; empty only for the last one
	unit   time.Duration
	layout layout
	name   string
	// wantLit describes the literal for an error.
	wantLit string
}

// program is a compiled text format: a literal, then fields with the literal
// behind each.
type program struct {
	schema
	prefix   []byte
	steps    []step
	quick    []quickStep
	spaced   *spaced // nil if there are no gaps between the fields
	escapes  escape  // how values are escaped
	hasParts bool    // date and time come as separate fields
	hasPath  bool    // path and query come as separate fields
	// hasMethod says that the request comes in pieces.
	hasMethod bool
	// prefixQuotes is the number of double quotes in the prefix.
	prefixQuotes int
	utc          bool   // a time without an offset is in UTC
	header       []byte // a line that begins so names the columns; none when empty
}

// zoneless reports whether the time of a line is a clock reading without zone.
func (pr *program) zoneless() bool {
	clock := false
	for i := range pr.steps {
		switch st := &pr.steps[i]; st.kind {
		case kindTimeLocal, kindTimeISO, kindEpoch:
			return false
		case kindTimePart:
			if st.layout.zoned {
				return false
			}
			clock = true
		}
	}
	return clock
}

// decode runs the program over a line.
func (pr *program) decode(p *Parser, line []byte, r *Record) error {
	r.resizeSlots(pr.slots)
	*r = Record{format: p.format, slots: r.slots, Bytes: -1}
	if pr.hasParts {
		p.parts = timeParts{}
	}
	pos, err := pr.begin(p, line)
	if err != nil {
		return err
	}
	d := decoder{p: p, r: r, line: line, escapes: pr.escapes}
	if bytes.IndexByte(line, '\\') < 0 {
		d.escapes = escapeNone
	}
	for i := range pr.steps {
		st := &pr.steps[i]
		if st.tail && pos == len(line) {
			pr.dropFrom(i, r)
			return pr.finish(&d)
		}
		if st.blanks {
			for pos < len(line) && line[pos] == ' ' {
				pos++
			}
		}
		if st.shape == shapeSelf {
			pos, err = d.self(st, pos)
		} else {
			pos, err = d.field(st, pos)
		}
		if err != nil {
			return err
		}
		if len(st.lit) > len(line)-pos || string(line[pos:pos+len(st.lit)]) != string(st.lit) {
			if st.last && endsWithin(line[pos:], st.lit) {
				pr.dropFrom(i+1, r)
				return pr.finish(&d)
			}
			return p.fail(pos+commonPrefix(line[pos:], st.lit), st.name, st.wantLit)
		}
		pos += len(st.lit)
	}
	if pos < len(line) && !blank(line[pos]) {
		return p.fail(pos, pr.steps[len(pr.steps)-1].name, "the end of the line or a blank behind the field")
	}
	return pr.finish(&d)
}

// dropFrom forgets what the last line left in the slots of the steps from i on.
func (pr *program) dropFrom(i int, r *Record) {
	for ; i < len(pr.steps); i++ {
		if st := &pr.steps[i]; st.kind == kindExtra || st.kind == kindHostPort {
			r.slots[st.slot] = nil
		}
	}
}

// endsWithin reports whether the line ends inside the literal, at a place where
// it may: behind the quote that closes a field, or before anything of it.
func endsWithin(rest, lit []byte) bool {
	if len(rest) == 0 {
		return lit[0] != '"'
	}
	return len(rest) == 1 && rest[0] == '"' && lit[0] == '"'
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// begin skips leading blanks and the format's first literal.
func (pr *program) begin(p *Parser, line []byte) (int, error) {
	pos := 0
	if !bytes.HasPrefix(line, pr.prefix) || len(pr.prefix) == 0 {
		for pos < len(line) && blank(line[pos]) {
			pos++
		}
	}
	rest := line[pos:]
	switch {
	case len(rest) == 0:
		return 0, p.fail(pos, "line", "a log line, not a blank one")
	case rest[0] == '#' && (len(pr.prefix) == 0 || pr.prefix[0] != '#'),
		len(pr.header) > 0 && bytes.HasPrefix(rest, pr.header):
		return 0, ErrComment
	case !bytes.HasPrefix(rest, pr.prefix):
		return 0, p.fail(pos+commonPrefix(rest, pr.prefix), "line", "the text that the format begins with")
	}
	return pos + len(pr.prefix), nil
}

// finish derives what several fields make together.
func (pr *program) finish(d *decoder) error {
	if pr.hasParts {
		if err := d.p.parts.apply(d.r); err != "" {
			return d.p.fail(d.timeAt, "time", err)
		}
	}
	if pr.utc && d.r.HasTime {
		d.r.HasOffset = true
	}
	if pr.hasPath && d.r.URI == nil {
		d.r.URI = d.joinURI()
	}
	if pr.hasMethod {
		d.r.BadRequest = len(d.r.Method) == 0 || len(d.r.URI) == 0
	}
	return nil
}

// find returns the end of the field that starts at pos, and whether there is
// one: where the literal behind it starts.
func (st *step) find(line []byte, pos int, escapes escape) (end int, ok bool) {
	if len(st.lit) == 0 {
		if st.kind.prose() {
			return len(line), true
		}
		return listEnd(line, pos, blankLit, st.shape == shapeList), true
	}
	if st.quoted && st.lit[0] == '"' {
		return st.findQuote(line, pos, escapes)
	}
	if st.shape == shapeList {
		end = listEnd(line, pos, st.lit, true)
		return end, end < len(line) || st.last
	}
	if end, ok = st.findText(line, pos); !ok && st.last {
		return len(line), true
	}
	return end, ok
}

var blankLit = []byte(" ")

// findText finds the literal behind an unquoted field.
func (st *step) findText(line []byte, pos int) (end int, ok bool) {
	if st.lit[0] == ':' && st.kind.isHost() {
		return lastColon(line, pos, st.lit)
	}
	if len(st.lit) == 1 {
		i := bytes.IndexByte(line[pos:], st.lit[0])
		return pos + i, i >= 0
	}
	i := bytes.Index(line[pos:], st.lit)
	return pos + i, i >= 0
}

// lastColon finds the ":" before the port of an address that may itself have
// colons: the last one of the word.
func lastColon(line []byte, pos int, lit []byte) (end int, ok bool) {
	word := line[pos:]
	if i := bytes.IndexAny(word, " \t\","); i >= 0 {
		word = word[:i]
	}
	i := bytes.LastIndex(word, lit[:1])
	if i < 0 || !bytes.HasPrefix(line[pos+i:], lit) {
		return 0, false
	}
	return pos + i, true
}

// findQuote finds the quote that ends a quoted field: the first one that is
// not escaped and is followed by the rest of the literal, or by a blank or the
// line's end where the literal is the quote alone. Quotes that a server left
// unescaped inside the value are so part of it.
func (st *step) findQuote(line []byte, pos int, escapes escape) (end int, ok bool) {
	for from := pos; ; {
		i := bytes.IndexByte(line[from:], '"')
		if i < 0 {
			return 0, false
		}
		end = from + i
		from = end + 1
		if escapes != escapeNone && escapedAt(line, pos, end) {
			continue
		}
		if len(st.lit) == 1 {
			if from == len(line) || blank(line[from]) {
				return end, true
			}
		} else if len(line)-end >= len(st.lit) && string(line[end:end+len(st.lit)]) == string(st.lit) || st.last && from == len(line) {
			return end, true
		}
	}
}

// escapedAt reports whether the byte at i is escaped by an odd number of
// backslashes since start.
func escapedAt(line []byte, start, i int) bool {
	n := 0
	for i-n > start && line[i-n-1] == '\\' {
		n++
	}
	return n&1 == 1
}

// listEnd returns where lit, which starts with a space, ends a field; a list's
// ", " and " : " do not end it. Without a hit it is the end of the line.
func listEnd(line []byte, pos int, lit []byte, list bool) int {
	for i := pos; i < len(line); {
		j := bytes.Index(line[i:], lit)
		if j < 0 {
			return len(line)
		}
		i += j
		if !list || lit[0] != ' ' || !inList(line, pos, i) {
			return i
		}
		i++
	}
	return len(line)
}

// inList reports whether the space at i, in a list that starts at pos, belongs
// to one of its separators.
func inList(line []byte, pos, i int) bool {
	return i > pos &&
		(line[i-1] == ',' || line[i-1] == ':' && i > pos+1 && line[i-2] == ' ' ||
			i+2 < len(line) && line[i+1] == ':' && line[i+2] == ' ')
}
