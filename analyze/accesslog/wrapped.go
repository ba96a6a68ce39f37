package accesslog

import (
	"bytes"
	"strings"
)

// An envelope is what a log collector puts around each line.
type envelope struct {
	name    string
	summary string
	want    string // what a line must begin with, for errors
	// open returns the line inside and where it begins, or ok false.
	open func(p *Parser, line []byte) (inner []byte, at int, ok bool)
	// outer maps an offset in the line inside to one in the whole line; nil
	// where they differ by a constant.
	outer func(line []byte, at, offset int) int
}

var envelopes = []*envelope{
	{name: "docker", summary: `Docker's json-file: {"log":"LINE\n",…}`, want: `{"log":"`, open: openDocker, outer: dockerOffset},
	{name: "cri", summary: "Kubernetes' CRI: TIMESTAMP stdout F LINE", want: "a CRI prefix like '2006-01-02T15:04:05Z stdout F '", open: openCRI},
	{name: "syslog", summary: "syslog: Jan _2 15:04:05 HOST TAG: LINE, and RFC 5424", want: "a syslog prefix like 'Jan _2 15:04:05 host tag: '", open: openSyslog},
	{name: "stamped", summary: "docker logs -t, kubectl logs --timestamps: TIMESTAMP LINE", want: "a time like 2006-01-02T15:04:05Z and a space", open: openStamped},
	{name: "compose", summary: "docker compose logs: NAME | LINE", want: "a container and ' | '", open: openCompose},
	{name: "quoted", summary: `the whole line in quotes: "LINE"`, want: "a line in quotes", open: openQuoted},
}

// Envelope is what a log collector puts around each line. "NAME+FORMAT" names
// a format inside of it.
type Envelope struct{ Name, Summary string }

// Envelopes returns the envelopes that are known.
func Envelopes() []Envelope {
	out := make([]Envelope, len(envelopes))
	for i, e := range envelopes {
		out[i] = Envelope{e.name, e.summary}
	}
	return out
}

// wrapped reads the lines of another format inside of an envelope.
type wrapped struct {
	envelope *envelope
	inner    *Format
}

// wrap returns the format of lines of f inside of e.
func wrap(e *envelope, f *Format) *Format {
	return &Format{
		name: e.name + "+" + f.name, summary: f.summary, def: f.def, syntax: f.syntax, schema: f.schema,
		zoneless: f.zoneless, explicit: f.explicit, codec: &wrapped{e, f},
	}
}

func (w *wrapped) decode(p *Parser, line []byte, r *Record) error {
	start := 0
	for start < len(line) && blank(line[start]) {
		start++
	}
	if start == len(line) {
		return p.fail(start, "line", "a log line, not a blank one")
	}
	inner, at, ok := w.envelope.open(p, line[start:])
	if !ok {
		if line[start] == '#' {
			return ErrComment
		}
		return p.fail(start, w.envelope.name, w.envelope.want)
	}
	at += start
	if w.inner.parseFast(p, inner, r) {
		return nil
	}
	err := w.inner.codec.decode(p, inner, r)
	if le, ok := err.(*LineError); ok { //nolint:errorlint // codecs return it bare, and errors.As would allocate
		if w.envelope.outer != nil {
			le.Offset = w.envelope.outer(line, at, le.Offset)
		} else {
			le.Offset += at
		}
	}
	return err
}

// scan is ScanDirectives for the lines inside.
func (w *wrapped) scan(block []byte, in *Directives) *Directives {
	var p Parser
	for {
		i := bytes.IndexByte(block, '#')
		if i < 0 {
			return in
		}
		var line []byte
		line, block, _ = Cut(block[bytes.LastIndexByte(block[:i], '\n')+1:])
		inner, _, ok := w.envelope.open(&p, bytes.TrimLeft(line, " \t"))
		if ok && len(inner) > 0 && inner[0] == '#' {
			in = in.with(inner)
		}
	}
}

var dockerPrefix = []byte(`{"log":"`)

func openDocker(p *Parser, line []byte) (inner []byte, at int, ok bool) {
	if !bytes.HasPrefix(line, dockerPrefix) {
		return nil, 0, false
	}
	at = len(dockerPrefix)
	end := stringEnd(line, at)
	if end < 0 || line[len(line)-1] != '}' {
		return nil, 0, false
	}
	inner = line[at:end:end]
	if bytes.IndexByte(inner, '\\') >= 0 {
		// The line inside has its own escapes: it needs room of its own.
		if cap(p.unwrapped) < len(inner) {
			p.unwrapped = make([]byte, 0, 2*len(inner))
		}
		p.unwrapped = appendUnescaped(p.unwrapped[:0], inner, escapeJSON)
		inner = p.unwrapped[:len(p.unwrapped):len(p.unwrapped)]
	}
	return trimLineEnd(inner), at, true
}

// dockerOffset finds the byte of the line that the unescaped byte came from.
func dockerOffset(line []byte, at, offset int) int {
	v := line[at:max(stringEnd(line, at), at)]
	i := 0
	for out := 0; i < len(v) && out < offset; {
		raw, unescaped := escapeSizes(v[i:])
		i, out = i+raw, out+unescaped
	}
	return at + min(i, len(v))
}

// openCRI reads "TIMESTAMP STREAM TAGS LINE". A line that the runtime has split
// comes in parts, tagged P but for the last; each part is read on its own, as
// the parts of a line may lie anywhere behind it.
func openCRI(_ *Parser, line []byte) (inner []byte, at int, ok bool) {
	rest, at, ok := openStamped(nil, line)
	if !ok || !bytes.HasPrefix(rest, []byte("stdout ")) && !bytes.HasPrefix(rest, []byte("stderr ")) {
		return nil, 0, false
	}
	at += len("stdout ")
	j := bytes.IndexByte(line[at:], ' ') // behind the tags, F or P first
	if j <= 0 || line[at] != 'F' && line[at] != 'P' {
		return nil, 0, false
	}
	at += j + 1
	return line[at:], at, true
}

// openStamped reads "TIMESTAMP LINE".
func openStamped(_ *Parser, line []byte) (inner []byte, at int, ok bool) {
	var t timeParts
	n := isoTime(line, &t)
	if n < len("2006-01-02T15:04:05Z") || !t.hasOffset || line[10] != 'T' || n >= len(line) || line[n] != ' ' {
		return nil, 0, false
	}
	return line[n+1:], n + 1, true
}

// openSyslog reads the headers of RFC 3164, of rsyslog with ISO 8601 times, and
// of RFC 5424.
func openSyslog(_ *Parser, line []byte) (inner []byte, at int, ok bool) {
	pos := 0
	if line[0] == '<' {
		n := digits(line[1:])
		if n == 0 || n > 3 || 1+n >= len(line) || line[1+n] != '>' {
			return nil, 0, false
		}
		pos = n + 2
		if rest := line[pos:]; len(rest) > 2 && rest[0] == '1' && rest[1] == ' ' {
			return open5424(line, pos+2)
		}
	}
	rest := line[pos:]
	const old = len("Jan _2 15:04:05 ")
	switch {
	case len(rest) > old && monthOf(rest[:3]) != 0 && rest[3] == ' ' && rest[6] == ' ' && rest[9] == ':' && rest[12] == ':' && rest[15] == ' ':
		pos += old
	case len(rest) > 20 && rest[4] == '-' && rest[10] == 'T':
		i := bytes.IndexByte(rest, ' ')
		if i < 0 {
			return nil, 0, false
		}
		pos += i + 1
	default:
		return nil, 0, false
	}
	// "host tag: " or "tag: "
	for range 2 {
		i := bytes.IndexByte(line[pos:], ' ')
		if i <= 0 {
			return nil, 0, false
		}
		pos += i + 1
		if line[pos-2] == ':' {
			return line[pos:], pos, true
		}
	}
	return nil, 0, false
}

// open5424 reads on behind the version: TIMESTAMP HOST APP PROCID MSGID SD.
func open5424(line []byte, pos int) (inner []byte, at int, ok bool) {
	for range 5 {
		i := bytes.IndexByte(line[pos:], ' ')
		if i <= 0 {
			return nil, 0, false
		}
		pos += i + 1
	}
	for inQuotes := false; pos < len(line); pos++ {
		switch c := line[pos]; {
		case inQuotes && c == '\\':
			pos++
		case c == '"':
			inQuotes = !inQuotes
		case !inQuotes && c == ' ' && (line[pos-1] == ']' || line[pos-1] == '-'):
			return line[pos+1:], pos + 1, true
		}
	}
	return nil, 0, false
}

// openCompose reads "NAME  | LINE", the names of containers padded to one width.
func openCompose(_ *Parser, line []byte) (inner []byte, at int, ok bool) {
	at = bytes.IndexByte(line, '|')
	if at < 2 || line[at-1] != ' ' || at+1 == len(line) || line[at+1] != ' ' {
		return nil, 0, false
	}
	for _, c := range bytes.TrimRight(line[:at], " ") {
		if !isAlnum(c) && c != '-' && c != '_' && c != '.' {
			return nil, 0, false
		}
	}
	return line[at+2:], at + 2, line[0] != ' '
}

func openQuoted(_ *Parser, line []byte) (inner []byte, at int, ok bool) {
	n := len(line)
	if n < 2 || line[0] != '"' || line[n-1] != '"' {
		return nil, 0, false
	}
	return line[1 : n-1 : n-1], 1, true
}

// wrappedFormat returns the format of "envelope+format", if spec is one.
func wrappedFormat(spec string) (f *Format, found bool, err error) {
	name, rest, cut := strings.Cut(spec, "+")
	if !cut {
		return nil, false, nil
	}
	for i, e := range envelopes {
		if e.name != name {
			continue
		}
		inner, err := Parse(rest)
		if err != nil {
			return nil, true, err
		}
		for j, b := range compiled {
			if b == inner {
				return enveloped[i][j], true, nil
			}
		}
		if _, twice := inner.codec.(*wrapped); twice {
			return nil, true, &SpecError{Spec: spec, Reason: "more than one envelope"}
		}
		return wrap(e, inner), true, nil
	}
	return nil, false, nil
}
