package accesslog

import "bytes"

// decoder is the state of one line being decoded.
type decoder struct {
	p       *Parser
	r       *Record
	line    []byte
	escapes escape // escapeNone when the line has no backslash
	path    []byte
	query   []byte
	timeAt  int // where the first part of the time started
}

// self decodes a field that knows its own end, and returns that.
func (d *decoder) self(st *step, pos int) (int, error) {
	b := d.line[pos:]
	switch st.kind {
	case kindTimeLocal:
		ns, offset, ok := d.p.clock.local(b)
		if !ok {
			return 0, d.p.fail(pos+localErrorAt(b), st.name, "a time like 02/Jan/2006:15:04:05 -0700")
		}
		d.r.Time, d.r.Offset, d.r.HasTime, d.r.HasOffset = ns, offset, true, true
		return pos + localLen, nil
	case kindStatus:
		status, n := leadingStatus(b)
		if n == 0 {
			return 0, d.p.fail(pos, st.name, "an HTTP status code or \"-\"")
		}
		d.r.Status = status
		return pos + n, nil
	case kindBytes:
		size, n := leadingShortInt(b)
		if n == 0 {
			return 0, d.p.fail(pos, st.name, "a number of bytes or \"-\"")
		}
		d.r.Bytes = size
		return pos + n, nil
	}
	return d.time(st, pos)
}

// time decodes the times other than kindTimeLocal.
func (d *decoder) time(st *step, pos int) (int, error) {
	b := d.line[pos:]
	if d.timeAt == 0 {
		d.timeAt = pos
	}
	if st.kind == kindTimeISO {
		n := d.p.clock.iso(b, d.r)
		if n == 0 {
			return 0, d.p.fail(pos, st.name, "a time like 2006-01-02T15:04:05+07:00")
		}
		return pos + n, nil
	}
	if st.kind == kindEpoch {
		ns, n := epochTime(b, st.unit)
		if n == 0 {
			return 0, d.p.fail(pos, st.name, "a number of "+unitName(st.unit)+" since 1970")
		}
		d.r.Time, d.r.HasTime = ns, true
		return pos + n, nil
	}
	n, bad := st.layout.decode(b, &d.p.parts)
	if bad >= 0 {
		return 0, d.p.fail(pos+bad, st.name, st.layout.want)
	}
	return pos + n, nil
}

// field decodes a field that ends where the literal behind it starts.
func (d *decoder) field(st *step, pos int) (int, error) {
	end, ok := st.find(d.line, pos, d.escapes)
	if !ok {
		return 0, d.unterminated(st, pos)
	}
	v := d.line[pos:end]
	if st.shape == shapeToken {
		if i := bytes.IndexByte(v, ' '); i >= 0 {
			return 0, d.p.fail(pos+i, st.name, st.wantLit)
		}
	}
	if st.kind.isHost() && (len(v) == 0 && st.kind == kindAddr || bytes.IndexByte(v, '"') >= 0) {
		return 0, d.p.fail(pos, st.name, st.kind.describe())
	}
	if v = dashNil(v); d.escapes != escapeNone && bytes.IndexByte(v, '\\') >= 0 {
		v = d.p.unescape(v, d.escapes, len(d.line))
	}
	return end, d.store(st, v, pos)
}

// unterminated reports a field without the literal that ends it: at its
// opening quote where no closing one comes, behind the closing one where
// something else follows it, else at its first byte.
func (d *decoder) unterminated(st *step, pos int) error {
	if !st.quoted || st.lit[0] != '"' {
		return d.p.fail(pos, st.name, st.wantLit)
	}
	for from := pos; ; from++ {
		i := bytes.IndexByte(d.line[from:], '"')
		if i < 0 {
			return d.p.fail(max(pos-1, 0), st.name, "a closing quote")
		}
		if from += i; d.escapes == escapeNone || !escapedAt(d.line, pos, from) {
			return d.p.fail(from+commonPrefix(d.line[from:], st.lit), st.name, st.wantLit)
		}
	}
}

// store puts a value where its kind belongs.
func (d *decoder) store(st *step, v []byte, pos int) error {
	r := d.r
	switch st.kind {
	case kindSkip:
	case kindRequest:
		splitRequest(v, r)
	case kindAddr:
		r.Addr = v
	case kindUser:
		r.User = v
	case kindReferer:
		r.Referer = v
	case kindUserAgent:
		r.UserAgent = v
	case kindHost:
		r.Host = v
	case kindHostPort:
		r.Host, r.slots[st.slot] = splitPort(v)
	case kindForwardedFor:
		r.ForwardedFor = v
	case kindForwardedClient:
		r.ForwardedFor = v
		if v != nil {
			r.Addr = lastOfList(v)
		}
	case kindMethod:
		r.Method = v
	case kindURI:
		r.URI = v
	case kindPath:
		d.path = v
	case kindQuery:
		d.query = v
	case kindProto:
		r.Proto = v
	case kindContentType:
		r.ContentType = v
	case kindUpstream:
		r.Upstream = lastOfList(v)
	case kindDuration:
		return d.duration(st, v, pos)
	case kindExtra:
		r.slots[st.slot] = v
	}
	return nil
}

func (d *decoder) duration(st *step, v []byte, pos int) error {
	if v = lastOfList(v); len(v) == 0 || v[0] == '-' {
		return nil // "-", or the -1 of a request that reached no server
	}
	server, ok := parseDuration(v, st.unit)
	if !ok {
		return d.p.fail(pos, st.name, "a number of "+unitName(st.unit)+" or \"-\"")
	}
	d.r.Server, d.r.HasServer = server, true
	return nil
}

// joinURI puts path and query together. Apache logs the query with its "?",
// nginx without.
func (d *decoder) joinURI() []byte {
	if len(d.query) == 0 || d.path == nil {
		return d.path
	}
	p := d.p
	p.reserve(len(d.line))
	start := len(p.scratch)
	p.scratch = append(p.scratch, d.path...)
	if d.query[0] != '?' {
		p.scratch = append(p.scratch, '?')
	}
	p.scratch = append(p.scratch, d.query...)
	return p.scratch[start:len(p.scratch):len(p.scratch)]
}

var httpSlash = []byte("HTTP/")

// splitRequest splits a request line at its first and last space. A target
// with spaces in it is taken only before a protocol of HTTP, a missing
// protocol only behind a method in capitals and before a path (HTTP/0.9).
func splitRequest(v []byte, r *Record) {
	r.RawRequest = v
	if n := len(v) - len(" HTTP/1.1"); n > len("GET ") && string(v[:4]) == "GET " && v[n] == ' ' && isHTTP(v[n+1:]) {
		// Most are of this shape, which takes no search.
		r.Method, r.URI, r.Proto = v[:3:3], v[4:n:n], v[n+1:]
		return
	}
	i := bytes.IndexByte(v, ' ')
	if i <= 0 || i == len(v)-1 {
		r.BadRequest = true
		return
	}
	j := bytes.LastIndexByte(v, ' ')
	if i == j {
		if !capitals(v[:i]) || v[i+1] != '/' {
			r.BadRequest = true
			return
		}
		r.Method, r.URI = v[:i:i], v[i+1:]
		return
	}
	uri, proto := v[i+1:j:j], v[j+1:]
	if len(uri) == 0 || len(proto) == 0 ||
		!bytes.HasPrefix(proto, httpSlash) && bytes.IndexByte(uri, ' ') >= 0 {
		r.BadRequest = true
		return
	}
	r.Method, r.URI, r.Proto = v[:i:i], uri, proto
}

func isHTTP(proto []byte) bool {
	switch string(proto) {
	case "HTTP/1.1", "HTTP/2.0", "HTTP/1.0":
		return true
	}
	return false
}

func capitals(b []byte) bool {
	for _, c := range b {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

// splitPort splits "host:port"; host may be a bracketed IPv6 address.
func splitPort(v []byte) (host, port []byte) {
	i := bytes.LastIndexByte(v, ':')
	if i < 0 || i == len(v)-1 || bytes.IndexByte(v[:i], ':') >= 0 && v[i-1] != ']' {
		return v, nil
	}
	for _, c := range v[i+1:] {
		if c < '0' || c > '9' {
			return v, nil
		}
	}
	return v[:i:i], v[i+1:]
}

// lastOfList returns the last element of a list separated by "," or " : ",
// as nginx logs its tries of several upstreams.
func lastOfList(v []byte) []byte {
	if oneWord(v) {
		return v
	}
	if i := bytes.LastIndexByte(v, ','); i >= 0 {
		v = v[i+1:]
	}
	if i := bytes.LastIndex(v, colonSep); i >= 0 {
		v = v[i+len(colonSep):]
	}
	return bytes.TrimSpace(v)
}

var colonSep = []byte(" : ")

// leadingStatus decodes one to three digits or "-"; n is 0 if neither is there.
func leadingStatus(b []byte) (status, n int) {
	for n < len(b) && n < 3 && b[n]-'0' <= 9 {
		status = status*10 + int(b[n]-'0')
		n++
	}
	if n == 0 && len(b) > 0 && b[0] == '-' {
		if len(b) > 1 && b[1] == '1' { // HAProxy's and ALB's "no status"
			return 0, 2
		}
		return 0, 1
	}
	return status, n
}

// maxIntDigits keeps every decoded integer inside an int64.
const maxIntDigits = 18

// leadingInt decodes up to 18 digits, or "-" as 0; n is 0 if neither is there
// or the number is longer.
func leadingInt(b []byte) (v int64, n int) {
	for n < len(b) && b[n]-'0' <= 9 {
		if n == maxIntDigits {
			return 0, 0
		}
		v = v*10 + int64(b[n]-'0')
		n++
	}
	if n == 0 && len(b) > 0 && b[0] == '-' {
		return 0, 1
	}
	return v, n
}
