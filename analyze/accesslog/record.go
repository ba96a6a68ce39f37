package accesslog

import (
	"bytes"
	"time"
)

// Record is what one line says. Its byte slices alias the line, or the
// parser's scratch where escapes were undone: they are valid until the next
// Parse and must not be written to. A field that the line gives as "-" is nil,
// one that it gives as empty is empty and not nil, one that the format does
// not carry is nil.
//
// The zero Record is ready for use. A Record belongs to one goroutine and may
// be handed to parsers of different formats in turn.
type Record struct {
	// Time is the logged instant in nanoseconds since the Unix epoch. Without
	// an offset in the line it is the logged clock reading taken as UTC.
	Time int64
	// Server is how long the server took over the request, when HasServer.
	Server time.Duration
	// Bytes is the size of the response in bytes: the body where the format
	// tells body from header; 0 for "-", and −1 where the line does not say.
	Bytes int64
	// Status is the HTTP status code in [0, 999], 0 where the line has none.
	Status int
	// Offset is the time zone as logged, in seconds east of UTC, when HasOffset.
	Offset int32

	HasTime   bool
	HasOffset bool
	HasServer bool
	// BadRequest says that the request field is no "METHOD URI PROTOCOL" and no
	// HTTP/0.9 "GET /": TLS bytes on a plain port, an empty request, "-".
	// RawRequest has it; Method, URI and Proto are nil. The rule looks at the
	// shape alone, so a Method may hold any bytes.
	BadRequest bool

	Addr         []byte // client address or host name as logged, with a port if one was
	User         []byte // authenticated user
	Method       []byte // request method
	URI          []byte // request target as requested, with its query
	Proto        []byte // protocol, "HTTP/1.1"; nil for HTTP/0.9
	Referer      []byte // Referer request header
	UserAgent    []byte // User-Agent request header
	Host         []byte // virtual host, without port where the format tells them apart
	ForwardedFor []byte // X-Forwarded-For request header, the whole list
	ContentType  []byte // Content-Type of the response
	Upstream     []byte // the upstream that answered: the last of a list
	RawRequest   []byte // the whole request line, nil where the format logs its parts

	format *Format
	slots  [][]byte
	later  *later // of slots that are not filled in, nil if all are
}

// Path returns the URI without query or fragment. The absolute form
// "http://host/path" is reduced to its path ("/" when it has none); the
// asterisk and authority forms stay as they are.
func (r *Record) Path() []byte {
	p := r.URI
	if len(p) > 0 && p[0] != '/' {
		p = originForm(p)
	}
	p = p[:pathLength(p)]
	if len(p) == 0 && len(r.URI) > 0 {
		return rootPath
	}
	return p
}

// Query returns what stands between the "?" of the URI and its "#", without
// either: nil if there is no "?".
func (r *Record) Query() []byte {
	uri := r.URI
	if i := bytes.IndexByte(uri, '#'); i >= 0 {
		uri = uri[:i]
	}
	if i := bytes.IndexByte(uri, '?'); i >= 0 {
		return uri[i+1:]
	}
	return nil
}

var (
	rootPath  = []byte("/")
	schemeSep = []byte("://")
	httpSep   = []byte("http://")
	httpsSep  = []byte("https://")
)

// originForm cuts scheme and authority off an absolute-form request target.
func originForm(uri []byte) []byte {
	var rest []byte
	switch {
	case bytes.HasPrefix(uri, httpsSep):
		rest = uri[len(httpsSep):]
	case bytes.HasPrefix(uri, httpSep):
		rest = uri[len(httpSep):]
	default:
		i := bytes.Index(uri, schemeSep)
		if i <= 0 {
			return uri
		}
		for _, c := range uri[:i] {
			if !isAlnum(c) && c != '+' && c != '-' && c != '.' {
				return uri
			}
		}
		rest = uri[i+len(schemeSep):]
	}
	end := bytes.IndexByte(rest, '/')
	if end < 0 {
		end = len(rest)
	}
	if end = pathLength(rest[:end]); end < len(rest) {
		return rest[end:]
	}
	return nil
}

// Slot returns the value of a slot that Format.Slot named for the format of
// this record: nil when the line gives "-".
func (r *Record) Slot(slot int) []byte {
	if slot < 0 {
		return *r.named(slot)
	}
	if r.later != nil {
		if value, ok := r.later.slot(slot); ok {
			return value
		}
	}
	if slot >= len(r.slots) {
		return nil
	}
	return r.slots[slot]
}

// SetSlot gives the slot a value, for a record that is to be written with
// Format.Append. The slice is kept, not copied.
func (r *Record) SetSlot(slot int, value []byte) {
	if slot < 0 {
		*r.named(slot) = value
		return
	}
	if slot >= maxSlots {
		return
	}
	if r.later != nil {
		for i := range r.slots {
			r.slots[i] = r.Slot(i)
		}
		r.later = nil
	}
	r.resizeSlots(max(slot+1, len(r.slots)))
	r.slots[slot] = value
}

// resizeSlots makes r.slots n long, keeping its memory.
func (r *Record) resizeSlots(n int) {
	for cap(r.slots) < n {
		r.slots = append(r.slots[:cap(r.slots)], nil)
	}
	r.slots = r.slots[:n]
}

// Field returns a field of the parsed line by the name that Format.Slot knows,
// and whether the line has a value for it. In a hot path resolve the name once
// with Format.Slot and read by slot.
func (r *Record) Field(name string) ([]byte, bool) {
	if r.format == nil {
		return nil, false
	}
	slot, ok := r.format.Slot(name)
	if !ok {
		return nil, false
	}
	v := r.Slot(slot)
	return v, v != nil
}

// Cookie returns the request cookie of that name (case matters) when the
// format captures it, and whether the line has a value for it.
func (r *Record) Cookie(name string) ([]byte, bool) { return r.Field("cookie:" + name) }

// Header returns the request header of that name (case does not matter) when
// the format captures it, and whether the line has a value for it.
func (r *Record) Header(name string) ([]byte, bool) { return r.Field("header:" + name) }

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
