package wire

import (
	"bytes"
	"iter"
	"net/netip"
	"time"
)

// Exchange is one request and the response to it. The zero value with Addr and
// Method is a request for "/". An Exchange is made to be used again: its
// buffers stay with it. It must not be copied after its first use, and must
// not be used by two goroutines at a time.
//
// The fields of the request are the caller's; Do reads and never changes them,
// and keeps no reference after it returns. The fields and bytes of the response are valid
// until the next Do.
type Exchange struct {
	// TLS makes the exchange https.
	TLS bool
	// Addr is where the origin is: HOST:PORT with an IPv6 host in brackets, or
	// unix:PATH. Exchanges share connections if their TLS, Addr, ConnKey and
	// LocalAddr are equal. The host part is the TLS server name.
	Addr string
	// Host is the value of the Host field; empty means Addr without a default port.
	// For TLS on a Unix socket it is the server name as well.
	Host string
	// Method is the method's token; empty means GET. CONNECT can't be sent.
	Method string
	// RequestURI is the target as it stands in the request line; empty means "/".
	RequestURI []byte
	// Header is the rendered header: "Name: value\r\n" for each field, without Host,
	// Content-Length and Transfer-Encoding, which Do adds, and without the empty
	// line. A stray CR, LF or NUL is refused.
	Header []byte
	// Body is sent with its Content-Length. A method other than POST, PUT and
	// PATCH has no Content-Length if it is empty.
	Body []byte
	// ConnKey separates connections and TLS sessions: exchanges of different
	// keys never share one. 0 is the key of exchanges that don't care.
	ConnKey uint64
	// LocalAddr is the source address. The zero value takes one of Options.LocalAddrs.
	LocalAddr netip.Addr
	// Fresh dials for this exchange alone and says Connection: close.
	Fresh bool
	// Keep is how many bytes of the body to keep in Kept at most.
	Keep int

	// Status is the status code, 0 if no final header was read to its end.
	Status int
	// Minor is the minor version of the response: 1 for HTTP/1.1.
	Minor int
	// HeaderBytes is the length of the final status line and header as read.
	HeaderBytes int
	// SetsCookies says that the final header has a Set-Cookie field.
	SetsCookies bool
	// BodyBytes is the length of the body as read, transfer coding removed.
	BodyBytes int64
	// Kept is the beginning of the body, up to Keep bytes.
	Kept []byte
	// Reused says that the connection had served an exchange before.
	Reused bool
	// Resumed says that the connection's TLS session was resumed.
	Resumed bool
	// Retries is how many times the request was sent again; see the package comment.
	Retries int
	// Start, Sent, FirstByte and Done are times since Options.Epoch: Do was
	// called; the first byte of the request was about to be written; the first byte of the final
	// response was there (or of an interim one, if they came together); its last byte was
	// there, or the exchange failed. 0 where it did not come to that. With a retry Sent and FirstByte are the last attempt's.
	Start, Sent, FirstByte, Done time.Duration
	// Connect is how long name lookup and connect took, Handshake how long the
	// TLS handshake took; 0 on a kept connection.
	Connect, Handshake time.Duration

	lane    *lane  // the route of the last exchange, a hint
	out     []byte // the request as sent; without Body if that is large
	apart   bool   // Body is not in out
	closing bool   // the request says Connection: close
	phase   Phase
	reads   int  // of the response, in this attempt
	unsent  bool // not a byte of the request left

	buf       []byte // head at [headStart:headEnd], then unread bytes at [r:w]
	r, w      int
	headStart int // of the status line
	fields    int // of the first header field
	headEnd   int // after the empty line
	trailer   []byte
	frame     framing
}

const (
	minBuf    = 4 << 10  // a first read
	maxBuf    = 32 << 10 // reads of long bodies
	keptBuf   = 64 << 10 // a buffer grown beyond is not kept for the next exchange
	smallBody = 64 << 10 // request bodies up to here are sent in one write with the header
)

// reset readies x for an exchange; the request stays.
func (x *Exchange) reset() {
	x.Status, x.Minor, x.HeaderBytes, x.BodyBytes = 0, 0, 0, 0
	x.Kept = x.Kept[:0]
	x.Reused, x.Resumed, x.Retries, x.SetsCookies = false, false, 0, false
	x.Sent, x.FirstByte, x.Done, x.Connect, x.Handshake = 0, 0, 0, 0, 0
	if cap(x.out) > 2*smallBody {
		x.out = nil
	}
	x.resetResponse()
}

// resetResponse readies x for another attempt.
func (x *Exchange) resetResponse() {
	if len(x.buf) < minBuf || len(x.buf) > keptBuf {
		x.buf = make([]byte, minBuf)
	}
	x.r, x.w, x.headStart, x.fields, x.headEnd = 0, 0, 0, 0, 0
	x.trailer = x.trailer[:0]
	x.reads, x.unsent = 0, false
}

// Get returns the value of the first response header field of that name, which is
// compared without regard to case, or nil if there is none. The bytes are
// x's, as they were read, without the space around them.
func (x *Exchange) Get(name string) []byte {
	for n, v := range x.Fields() {
		if equalFold(n, name) {
			return v
		}
	}
	return nil
}

// Fields yields name and value of every header field of the response in the
// order read, names in the case they came in. The bytes are x's.
func (x *Exchange) Fields() iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) { eachField(x.buf[x.fields:x.headEnd], yield) }
}

// Trailers yields name and value of every trailer field of a chunked response.
func (x *Exchange) Trailers() iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) { eachField(x.trailer, yield) }
}

// Reason returns the reason phrase of the status line, possibly empty.
func (x *Exchange) Reason() []byte {
	const before = len("HTTP/1.1 200")
	if x.Status == 0 {
		return nil
	}
	line := trimEnd(x.buf[x.headStart:x.fields])
	if len(line) <= before {
		return nil
	}
	return line[before+1:]
}

// eachField walks a header block that readHead or readTrailer has accepted.
func eachField(block []byte, yield func(name, value []byte) bool) {
	for len(block) > 0 {
		line := block
		if i := bytes.IndexByte(block, '\n'); i >= 0 {
			line, block = block[:i], block[i+1:]
		} else {
			block = nil
		}
		name, value, ok := bytes.Cut(line, colon)
		if !ok {
			return // the empty line
		}
		if !yield(name, trimSpace(value)) {
			return
		}
	}
}
