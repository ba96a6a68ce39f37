package accesslog

import (
	"bytes"
	"slices"
	"strings"
)

// maxSlots bounds the extra fields that one format captures; what a format
// string names beyond it is an error of the format string.
const maxSlots = 256

// Format is one log format, compiled. It is immutable and may be shared by any
// number of goroutines, each with its own Parser.
type Format struct {
	name     string
	summary  string // what logs so, in a few words
	def      string // the definition in its own language
	syntax   syntax
	explicit bool // never detected
	zoneless bool
	schema
	codec codec
	fast  fastPath
	// marked says that the fast path looks at the quotes of a line, which are
	// then better found all at once.
	marked bool
	// byHand says that the fast path is not that of the program.
	byHand bool
}

// schema names what a format captures.
type schema struct {
	fields []string       // in the order of the line
	slotOf map[string]int // by canonical name; negative for the record's own fields
	slots  int            // number of slots in a record
	known  int            // number of fields that have a place in the record
}

// codec reads and writes the lines of one family of formats. It is immutable;
// what changes from line to line lives in the Parser.
type codec interface {
	// decode fills r from a line without its line end and may overwrite
	// anything in it. It fails with ErrComment or through Parser.fail.
	decode(p *Parser, line []byte, r *Record) error
	// kinds returns the set of the kinds of fields that a line may have.
	kinds() uint64
}

// slotter is a codec that resolves the names of slots itself.
type slotter interface {
	// slot resolves a canonical name. A literal one is that of a value also
	// where the record has a field of that name.
	slot(name string, literal bool) (int, bool)
}

// appender is a codec that writes lines as well.
type appender interface {
	// append appends the line for r, without a line end.
	append(dst []byte, r *Record) []byte
}

// syntax is the language that a format's definition is written in.
type syntax uint8

const (
	syntaxNginx syntax = iota
	syntaxApache
	syntaxGoAccess
	syntaxNative // nginx's, with variables for what other programs log
	syntaxNamed  // the values of a line have names: no definition but the format's name
)

var syntaxNames = [...]string{syntaxNginx: "nginx", syntaxApache: "apache", syntaxGoAccess: "goaccess", syntaxNative: "loadx", syntaxNamed: ""}

func (s syntax) String() string { return syntaxNames[s] }

// Summary says in a few words what writes the format; "" for a custom one.
func (f *Format) Summary() string { return f.summary }

// Dynamic reports whether Slot resolves any name, because the values of a line
// have names: whether a log carries a field then only its lines can tell.
func (f *Format) Dynamic() bool {
	switch c := f.codec.(type) {
	case *wrapped:
		return c.inner.Dynamic()
	case slotter:
		return true
	}
	return false
}

// Zoneless reports whether the lines give a clock reading without saying in
// which time zone, so that Record.Time takes it as UTC and HasOffset is false.
func (f *Format) Zoneless() bool { return f.zoneless }

// Name returns the name of a built-in format, or the language of a custom one:
// "nginx", "apache" or "goaccess".
func (f *Format) Name() string { return f.name }

// String returns the definition with its language as prefix; Parse of it gives
// an equal format. A built-in format whose values have names, like JSON, has no
// other definition than its name.
func (f *Format) String() string {
	s := f.def
	if f.syntax != syntaxNamed {
		s = f.syntax.String() + ":" + s
	}
	if w, ok := f.codec.(*wrapped); ok {
		return w.envelope.name + "+" + s
	}
	return s
}

// Fields returns the names of the fields in the order of the line, skipped
// ones left out. Slot takes each that is text; status, bytes, time and
// durations are numbers of the Record.
func (f *Format) Fields() []string { return slices.Clone(f.fields) }

// Slot resolves the name of a field that the format captures to a number for
// Record.Slot, and says whether the format has it. The number may be negative
// and holds for this format alone. Names are
//
//   - addr user method uri proto referer user_agent host forwarded_for
//     content_type upstream request,
//   - "cookie:NAME" for a request cookie, where case matters,
//   - "header:NAME" for a request header and "response:NAME" for a response
//     header, where case and the choice of "-" or "_" do not,
//   - any other nginx variable without its "$", and for Apache the names in
//     Fields.
//
// In the formats whose values have names, like JSON and W3C, any other name is
// that of a value, with "." between the names of nested objects, and
// "field:NAME" is so also where NAME is one of the above that the format does
// not know. They have every name: only the lines can tell whether there is a
// value. A format resolves at most 256 of these, over all that ever asked.
func (f *Format) Slot(name string) (slot int, ok bool) {
	if w, enveloped := f.codec.(*wrapped); enveloped {
		return w.inner.Slot(name)
	}
	if s, dynamic := f.codec.(slotter); dynamic {
		return s.slot(canonicalName(name), strings.HasPrefix(name, "field:"))
	}
	slot, ok = f.slotOf[canonicalName(name)]
	return slot, ok
}

// canonicalName lower-cases header names and spells them with "-".
func canonicalName(name string) string {
	kind, rest, found := strings.Cut(name, ":")
	if !found {
		return name
	}
	switch kind {
	case "field":
		return canonicalName(rest)
	case "header", "response":
		return kind + ":" + strings.ReplaceAll(strings.ToLower(rest), "_", "-")
	}
	return name
}

// NewParser returns a parser for the format. Each goroutine needs its own.
func (f *Format) NewParser() *Parser { return &Parser{format: f} }

// Parser decodes lines of one format. It is not safe for concurrent use.
type Parser struct {
	format  *Format
	clock   clock
	scratch []byte
	err     LineError
	parts   timeParts

	unwrapped  []byte // the line inside of an envelope
	values     values
	guesses    []guess
	guess      int
	shapes     shapes
	directives *Directives
	columns    columns
	met        *metNames // kept when set
	plain      bool      // the line has no backslash
	quotes     [maxQuotes]uint32
	gaps       []uint32 // of the line, if they are known and enough for the format's spaced steps
	later      later
}

// Format returns the format that the parser reads.
func (p *Parser) Format() *Format { return p.format }

// Parse decodes one line, with or without its line end, into r and allocates
// nothing, once r and the parser's scratch have grown to the format's needs.
//
// It returns ErrComment for a line that begins with '#', and otherwise a
// *LineError that is valid until the next Parse; r then holds nothing of use.
// Bytes after the last field of the format are tolerated when blank space
// sets them off, so that a log with additional fields still parses.
func (p *Parser) Parse(line []byte, r *Record) error {
	line = trimLineEnd(line)
	p.scratch, p.gaps = p.scratch[:0], nil
	if p.format.parseFast(p, line, r) {
		return nil
	}
	return p.format.codec.decode(p, line, r)
}

func trimLineEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
	}
	return trimCR(line)
}

// fail sets and returns the parser's error.
func (p *Parser) fail(offset int, field, want string) error {
	p.err = LineError{Offset: offset, Field: field, Want: want}
	return &p.err
}

// fastPath decodes a plain line of one format completely, or reports false
// and leaves it to the program. What it accepts, the program must decode to
// the same record. The quotes are those of the line, [maxQuotes] at least if
// there are so many, for a format that is marked.
type fastPath func(p *Parser, line []byte, quotes quoted, r *Record) bool

// parseFast decodes a single line by the format's fast path, if it has one.
func (f *Format) parseFast(p *Parser, line []byte, r *Record) bool {
	if f.fast == nil {
		return false
	}
	p.plain = bytes.IndexByte(line, '\\') < 0
	var quotes quoted
	if f.marked {
		quotes = quotesOf(line, p.quotes[:0])
	}
	return f.fast(p, line, quotes, r)
}
