package profile

import "time"

// A Hit is one request on the wire: one that loadx sent, or one that a line of an access log tells of.
//
// The producer owns the byte slices; a [Recorder] copies what it keeps. Parts that do not apply to a source stay zero.
type Hit struct {
	// Time is the instant of the hit in Unix nanoseconds: when it was sent, or the instant the log gives it.
	Time int64
	// NoTime says that the log line carries no instant; such a hit is in the totals and in no time bucket.
	NoTime bool

	// Visitor is the [uv.Hash] of the visitor key. It has a meaning only if HasVisitor.
	Visitor    uint64
	HasVisitor bool

	// User is the number of the planned user, in [0, planned uv). Attacks only.
	User uint64
	// NewUser says that the plan introduces User with this hit. Attacks only.
	NewUser bool

	// Page names what was asked for: the planned page's name, or the path of the log line without its query.
	Page []byte
	// Method is the request method, as written.
	Method []byte
	// Host is the virtual host, empty where the source does not know it.
	Host []byte
	// Referrer is the host that a page view came from as [Profile.Tables] names it, empty for hits that are no page view
	// or of a source that knows none.
	Referrer []byte
	// Fields are the values of the fields that the recorder was made for, in their order. Logs only.
	Fields [][]byte
	// Agent is the label of the hit's [ByBrowser] and [BySystem], or of its [ByBot]; see [Recorder.Label]. Logs only.
	Agent Label
	// Worker names what answered: the upstream that a log tells of, or what an attack's scenario is told by. It is empty
	// where none did, and nil where a log does not know.
	Worker []byte

	// Status is the final status code, 0 when no response came.
	Status int
	// Bytes is the size of the response body in bytes, as far as it is known.
	Bytes int64

	// PageView says that the hit counts as a page view under the profile's definition.
	PageView bool
	// Bot and Static say why a log line is no page view. Logs only.
	Bot, Static bool

	// Due, Sent, FirstByte and Done are instants since the start of the attack. Of a hit behind redirects, Due and Sent
	// are those of the planned request that it follows. Attacks only.
	Due, Sent, FirstByte, Done time.Duration
	// Final says that nothing follows this hit: its outcome and its latency are those of the planned request.
	Final bool
	// Late says that the hit left more than [LateAfter] after Due; LateFree, that it did so although fewer requests
	// than allowed were in flight, so that the tool and not the target delayed it. Attacks only.
	Late, LateFree bool
	// Hop says that the hit is a redirect hop or a retry behind a sent hit: it counts as a hit and not as sent.
	Hop HopKind
	// Error is the class of failure, empty when the response was the expected one. Attacks only.
	Error ErrorClass
	// ErrorText is one example of the failure in words. It may hold bytes of the target's.
	ErrorText string

	// Server is the time the server says it took. It has a meaning only if HasServer. Logs only.
	Server    time.Duration
	HasServer bool

	sums sums // made by the recorder
}

// sums are what a hit adds to everything it is counted in.
type sums struct {
	bytes  uint64
	view   uint64 // 1 for a page view, else 0, as the next two
	failed uint64
	warmup uint64 // of an attack: due before the warmup's end, and then not failed

	visitor bool // it is a page view of a known visitor
	timed   bool // took is a latency that counts
	took    time.Duration
}

// sum makes the sums of a hit that failed or did not.
func (h *Hit) sum(failed bool) {
	s := &h.sums
	s.bytes, s.view, s.failed = uint64(max(h.Bytes, 0)), 0, 0
	if h.PageView {
		s.view = 1
	}
	if failed && s.warmup == 0 {
		s.failed = 1
	}
	s.visitor = h.PageView && h.HasVisitor
	s.timed, s.took = h.HasServer, h.Server
	if !h.HasServer && h.measured() {
		s.timed, s.took = true, h.Done-h.Due
	}
}

// timed says whether the hit's duration counts as a latency: a whole response came, or was waited for until the timeout,
// so that a target which hangs does not look faster than it is. What failed at once, or broke off, says nothing of how
// long answers take.
func (h *Hit) timed() bool {
	complete := h.Status != 0 && (h.Error == "" || h.Error == ErrStatus)
	return h.Final && (complete || h.Error.TimedOut())
}

// measured says whether the hit's duration counts in the figures: it is timed and not of the warmup.
func (h *Hit) measured() bool { return h.sums.warmup == 0 && h.timed() }

// LateAfter is how long after its due time a hit may leave and still be on time. It stands well above what timers and
// schedulers of an idle machine add, and below what a person or a rate limiter could notice.
const LateAfter = 10 * time.Millisecond

// A HopKind tells the planned request from what followed it.
type HopKind uint8

// The kinds of hits that an attack emits.
const (
	Request  HopKind = iota // the request of the plan
	Redirect                // a further request, because the target redirected
	Retry                   // a further request, because a kept connection had gone stale
)

// An ErrorClass groups failures by what a person would do about them.
type ErrorClass string

// The classes of failure. A hit has at most one.
const (
	ErrRefused  ErrorClass = "refused"  // nothing listens, or no route
	ErrReset    ErrorClass = "reset"    // the connection broke before or in the response
	ErrClosed   ErrorClass = "closed"   // the target closed the connection before the response was complete
	ErrTimeout  ErrorClass = "timeout"  // no complete response in the time for a request
	ErrTLS      ErrorClass = "tls"      // the handshake or the certificate failed
	ErrDNS      ErrorClass = "dns"      // the name did not resolve
	ErrProtocol ErrorClass = "protocol" // the response is no HTTP
	ErrStatus   ErrorClass = "status"   // a response came whose status is not the expected one
	ErrLocal    ErrorClass = "local"    // this machine ran out of ports, files or memory, or may not do it
	ErrOther    ErrorClass = "other"    // none of these

	// Where a phase has a bound of its own, what passes it has a class of its own: name lookup and connect, the TLS
	// handshake, the time to the response's first byte.
	ErrDialTimeout      ErrorClass = "dial_timeout"
	ErrTLSTimeout       ErrorClass = "tls_timeout"
	ErrFirstByteTimeout ErrorClass = "first_byte_timeout"

	// ErrRetried is a request on a kept connection that had gone stale. The hit was sent again, so this is no failure of
	// the hit; it is counted because the target may have seen the request.
	ErrRetried ErrorClass = "retried"
)

// ErrorClasses returns the classes of failed hits, ErrRetried apart. The caller owns the slice.
func ErrorClasses() []ErrorClass {
	return []ErrorClass{ErrRefused, ErrReset, ErrClosed, ErrTimeout, ErrDialTimeout, ErrTLSTimeout, ErrFirstByteTimeout, ErrTLS, ErrDNS,
		ErrProtocol, ErrStatus, ErrLocal, ErrOther}
}

// TimedOut says whether a response was waited for until a bound passed, that of a phase or that of the whole request.
func (c ErrorClass) TimedOut() bool {
	switch c {
	case ErrTimeout, ErrDialTimeout, ErrTLSTimeout, ErrFirstByteTimeout:
		return true
	}
	return false
}
