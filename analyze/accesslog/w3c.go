package accesslog

import (
	"bytes"
	"strings"
)

// w3cCodec reads the W3C Extended Log File Format (W3C Working Draft
// WD-logfile-960323) and its kin: a #Fields directive, which may come again
// anywhere in a file, names the columns of the lines behind it.
type w3cCodec struct {
	*keyed
	marker   string // what must stand in #Fields or #Software
	defaults *Directives
}

// Directives are what the comment lines of a file say about the lines behind
// them: in the formats for which Format.Stateful is true the same line means
// something else under other directives. A Directives is immutable and may be
// shared by goroutines; nil says that no directive came before.
type Directives struct {
	fields   []string
	date     []byte // of #Date, for lines that carry a time alone
	software string
}

// Bounds of what directives can cost: columns, and bytes of a line.
const maxColumns, maxDirective = 512, 32 << 10

// with returns the directives behind one more comment line, or d itself.
func (d *Directives) with(line []byte) *Directives {
	if len(line) > maxDirective {
		return d
	}
	end := bytes.IndexAny(line, ":\t") // a tab in the logs of Zeek
	if end < 0 {
		return d
	}
	name, value := line[:end], line[end+1:]
	var next Directives
	if d != nil {
		next = *d
	}
	switch strings.ToLower(string(name)) {
	case "#fields":
		fields := strings.Fields(strings.ReplaceAll(string(value), "\u200b", ""))
		if len(fields) == 0 || len(fields) > maxColumns {
			return d
		}
		for i := range fields {
			fields[i] = strings.ToLower(fields[i])
		}
		next.fields = fields
	case "#date":
		value = bytes.TrimSpace(value)
		var t timeParts
		if isoDate(value, &t) == 0 {
			return d
		}
		next.date = bytes.Clone(value[:len("2006-01-02")])
	case "#software":
		next.software = strings.ToLower(strings.TrimSpace(string(value)))
	default:
		return d
	}
	return &next
}

var directiveStart = []byte("\n#")

// Stateful reports whether lines of the format depend on directives before
// them. Where a file is cut into blocks, ScanDirectives then finds what is in
// force at the start of each block, for Parser.SetDirectives.
func (f *Format) Stateful() bool { return f.w3c() != nil }

// w3c returns the codec of a Stateful format, also inside of an envelope, or nil.
func (f *Format) w3c() *w3cCodec {
	codec := f.codec
	if w, ok := codec.(*wrapped); ok {
		codec = w.inner.codec
	}
	k, _ := codec.(*w3cCodec)
	return k
}

// ScanDirectives returns what is in force behind a block of whole lines when in
// is in force before it: in itself for a block without directives, which costs
// one search for bytes, and for a format that is not Stateful.
func (f *Format) ScanDirectives(block []byte, in *Directives) *Directives {
	if !f.Stateful() {
		return in
	}
	if w, ok := f.codec.(*wrapped); ok {
		return w.scan(block, in)
	}
	return ScanDirectives(block, in)
}

// ScanDirectives is the method of a Stateful format for a log whose format is
// not known yet: which of them it is makes no difference, but that the lines
// must be in no envelope.
func ScanDirectives(block []byte, in *Directives) *Directives {
	if len(block) == 0 {
		return in
	}
	pos := 0
	if block[0] != '#' {
		pos = nextDirective(block, 0)
	}
	for pos >= 0 {
		line, _, _ := Cut(block[pos:])
		in = in.with(line)
		pos = nextDirective(block, pos)
	}
	return in
}

// named reports whether the columns of lines are known.
func (d *Directives) named() bool { return d != nil && len(d.fields) > 0 }

// nextDirective returns where the next line that begins with '#' starts behind
// pos, or −1.
func nextDirective(block []byte, pos int) int {
	i := bytes.Index(block[pos:], directiveStart)
	if i < 0 {
		return -1
	}
	return pos + i + 1
}

// SetDirectives sets what is in force before the next line. Directives that
// the parser meets itself it obeys without help. For formats that are not
// Stateful it does nothing.
func (p *Parser) SetDirectives(d *Directives) { p.directives = d }

// columns is what the columns of lines mean under certain directives.
type columns struct {
	of     *Directives
	plan   *keyPlan
	field  []*field
	needed int // how many columns a line must have at least
	date   *field
	err    string // why lines under these directives can't be read, or ""
}

// essential are the kinds whose columns must be there: a line that ends before
// was cut.
const essential = requestKinds | statusKinds | 1<<kindAddr | 1<<kindMethod

func (k *w3cCodec) columns(p *Parser, d *Directives, plan *keyPlan) *columns {
	c := &p.columns
	if c.of == d && c.plan == plan {
		return c
	}
	*c = columns{of: d, plan: plan, field: c.field[:0]}
	if !d.named() {
		c.err = "a #Fields directive before it"
		return c
	}
	var kinds uint64
	wanted := 0
	marked := k.marker == "" || strings.Contains(d.software, k.marker)
	for i, name := range d.fields {
		marked = marked || name == k.marker
		var f *field
		if node := plan.root.child[name]; node != nil {
			f = node.field
		}
		c.field = append(c.field, f)
		if f != nil {
			kinds |= 1 << f.kind
			if 1<<f.kind&essential != 0 {
				c.needed = i + 1
			}
			wanted = i + 1
		}
	}
	c.field = c.field[:wanted] // nothing comes of the columns behind
	switch {
	case !marked:
		c.err = "#Fields or #Software with " + k.marker + " before it"
	case kinds&requestKinds == 0:
		c.err = "a #Fields directive with a column for the request before it, like cs-uri-stem"
	case kinds&(1<<kindDate|1<<kindTime) == 0 && kinds&(1<<kindClock) != 0 && d.date != nil:
		c.date = &field{kind: kindDate}
	}
	return c
}

// within reports whether the lines can be of the format: there is a #Fields
// directive among them, or they have CloudFront's many tabs.
func (k *w3cCodec) within(lines [][]byte) bool {
	for _, line := range lines {
		if len(line) > 7 && line[0] == '#' && strings.EqualFold(string(line[:7]), "#fields") {
			return true
		}
		if k.marker != "" && k.defaults != nil && bytes.Count(line, []byte("\t")) > 20 {
			return true
		}
	}
	return false
}

func (k *w3cCodec) decode(p *Parser, line []byte, r *Record) error {
	if len(line) > 0 && line[0] == '#' {
		p.directives = p.directives.with(line)
		return ErrComment
	}
	tabs := bytes.IndexByte(line, '\t') >= 0
	pos := 0
	if !tabs {
		pos = spaces(line, 0)
	}
	if pos == len(line) {
		return p.fail(pos, "line", "a log line, not a blank one")
	}
	plan := k.reset(p, r)
	d := p.directives
	if !d.named() {
		d = k.defaults
	}
	c := k.columns(p, d, plan)
	if c.err != "" {
		return p.fail(pos, "line", c.err)
	}
	if c.date != nil {
		p.emit(c.date, r, d.date, pos, 0)
	}
	n := 0
	for pos < len(line) && n < len(c.field) {
		start, end, next := column(line, pos, tabs)
		if f := c.field[n]; f != nil {
			v := line[start:end:end]
			if f.decode != decodeNone {
				v = p.undo(f.decode, v, line)
			}
			p.emit(f, r, v, start, 0)
		}
		n++
		pos = next
	}
	if n < c.needed {
		return p.fail(len(line), c.of.fields[n], "a column for each of the fields that #Fields names")
	}
	return k.finish(p, plan, r, len(line))
}

func spaces(line []byte, pos int) int {
	for pos < len(line) && line[pos] == ' ' {
		pos++
	}
	return pos
}

// column returns the value of the column at pos, without quotes around it, and
// where the next one starts. Several spaces separate like one, tabs do not.
func column(line []byte, pos int, tabs bool) (start, end, next int) {
	sep := byte(' ')
	if tabs {
		sep = '\t'
	}
	if line[pos] == '"' {
		for from := pos + 1; ; {
			i := bytes.IndexByte(line[from:], '"')
			if i < 0 {
				break
			}
			from += i + 1
			if from == len(line) || line[from] == sep {
				return pos + 1, from - 1, behind(line, from, tabs)
			}
		}
	}
	i := amongEight(line[pos:], sep)
	if i < 8 {
		return pos, pos + i, behind(line, pos+i, tabs)
	}
	i = bytes.IndexByte(line[pos:], sep)
	if i < 0 {
		return pos, len(line), len(line)
	}
	return pos, pos + i, behind(line, pos+i, tabs)
}

func behind(line []byte, pos int, tabs bool) int {
	if tabs {
		return min(pos+1, len(line))
	}
	return spaces(line, pos)
}
