package accesslog

import (
	"bytes"
	"strconv"
	"time"
)

// field says what the value under a name means to a record.
type field struct {
	kind   kind
	rank   uint8 // of two values of one kind the higher rank is the record's
	decode decoding
	unit   time.Duration
	slots  []int // captured too, in these slots
}

// decoding is what a server did to a value beyond the escapes of its format.
type decoding uint8

const (
	decodeNone    decoding = iota
	decodePlus             // '+' for a space: IIS
	decodePercent          // URL-encoded, once or twice: CloudFront
)

// values collects what one line says by name, until finish makes a record of
// the best value of each kind. The zero values are empty.
type values struct {
	set  uint64 // bit k: of[k] is valid
	seen uint64 // bit k: a name of that kind is there, if only with null or "-"
	of   [kindCount]struct {
		text []byte
		at   int // offset in the line
		rank uint8
		unit time.Duration
	}
}

// put keeps a value if it is better than what was put before: one that says
// something, then the higher rank, then the later. nil is an absent value.
func (v *values) put(f *field, text []byte, at int, penalty uint8) {
	bit := uint64(1) << f.kind
	v.seen |= bit
	if text == nil {
		return
	}
	rank := f.rank - penalty
	if v.set&bit != 0 {
		old := &v.of[f.kind]
		if len(text) == 0 && len(old.text) > 0 || (len(old.text) > 0) == (len(text) > 0) && rank < old.rank {
			return
		}
	}
	v.set |= bit
	o := &v.of[f.kind]
	o.text, o.at, o.rank, o.unit = text, at, rank, f.unit
}

func (v *values) text(k kind) []byte {
	if v.set>>k&1 == 0 {
		return nil
	}
	return v.of[k].text
}

// Kinds of which one must be there, and one more where the format's servers
// always log it.
const (
	requestKinds = 1<<kindRequest | 1<<kindURI | 1<<kindPath | 1<<kindHostURI
	statusKinds  = 1 << kindStatus
)

// finish makes the record of the values.
func (v *values) finish(p *Parser, r *Record, end int, needStatus bool) error {
	if v.seen&requestKinds == 0 {
		return p.fail(end, "request", "a request under a known name")
	}
	if needStatus && v.seen&statusKinds == 0 {
		return p.fail(end, "status", "an HTTP status code under a known name")
	}
	r.Bytes = -1
	r.Addr, r.User = v.text(kindAddr), v.text(kindUser)
	r.Referer, r.UserAgent = v.text(kindReferer), v.text(kindUserAgent)
	r.Host, r.ForwardedFor = v.text(kindHost), v.text(kindForwardedFor)
	r.ContentType, r.Upstream = v.text(kindContentType), lastOfList(v.text(kindUpstream))
	if err := v.numbers(p, r); err != nil {
		return err
	}
	if err := v.time(p, r); err != nil {
		return err
	}
	v.request(p, r)
	return nil
}

func (v *values) numbers(p *Parser, r *Record) error {
	if b := v.text(kindStatus); len(b) > 0 {
		status, n := leadingStatus(b)
		if n != len(b) {
			return p.fail(v.of[kindStatus].at+n, "status", "an HTTP status code or \"-\"")
		}
		r.Status = status
	}
	if b := v.text(kindBytes); len(b) > 0 {
		if size, n := leadingInt(b); n == len(b) {
			r.Bytes = size
		} else if f, ok := floatOf(b); ok && f >= 0 && f < 1<<53 {
			r.Bytes = int64(f)
		} else {
			return p.fail(v.of[kindBytes].at, "bytes", "a number of bytes or \"-\"")
		}
	} else if v.seen>>kindBytes&1 != 0 {
		r.Bytes = 0 // "-" or null: nothing was sent
	}
	if b := lastOfList(v.text(kindDuration)); len(b) > 0 && b[0] != '-' {
		d, ok := durationOf(b, v.of[kindDuration].unit)
		if !ok {
			return p.fail(v.of[kindDuration].at, "duration", "a number of "+unitName(v.of[kindDuration].unit)+" or \"-\"")
		}
		r.Server, r.HasServer = d, true
	}
	return nil
}

// durationOf decodes a number of units, or a number with a unit of its own.
func durationOf(b []byte, unit time.Duration) (time.Duration, bool) {
	if d, ok := parseDuration(b, unit); ok {
		return d, true
	}
	if len(b) > 32 {
		return 0, false
	}
	if f, ok := floatOf(b); ok {
		f *= float64(unit)
		return time.Duration(f), f >= 0 && f < 1<<62
	}
	d, err := time.ParseDuration(string(b))
	return d, err == nil && d >= 0
}

// floatOf decodes a number with an exponent or a fraction.
func floatOf(b []byte) (float64, bool) {
	if len(b) == 0 || len(b) > 32 || b[0] != '.' && b[0]-'0' > 9 {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(b), 64)
	return f, err == nil
}

// time decodes the time in whatever notation it comes.
func (v *values) time(p *Parser, r *Record) error {
	if b := v.text(kindTime); len(b) > 0 {
		if !anyInstant(&p.clock, b, v.of[kindTime].unit, r) {
			return p.fail(v.of[kindTime].at, "time", "a time like 2006-01-02T15:04:05+07:00, 02/Jan/2006:15:04:05 -0700, or a number since 1970")
		}
		return nil
	}
	date := v.text(kindDate)
	if len(date) == 0 {
		return nil
	}
	midnight, ok := p.clock.isoMidnightOf(date)
	if !ok || len(date) != len("2006-01-02") {
		return p.fail(v.of[kindDate].at, "date", "a date like 2006-01-02")
	}
	clock := v.text(kindClock)
	var t timeParts
	if len(clock) == 0 || clockTime(clock, &t, false) != len(clock) {
		return p.fail(v.of[kindClock].at, "time", "a time like 15:04:05")
	}
	r.Time = (midnight+int64(t.hour*3600+t.minute*60+t.sec))*int64(time.Second) + int64(t.ns)
	r.HasTime, r.HasOffset = true, true
	return nil
}

// anyInstant decodes a local time, an ISO 8601 time or a number since 1970;
// unit 0 tells the unit of the number by its length.
func anyInstant(c *clock, b []byte, unit time.Duration, r *Record) bool {
	if n := len(b); n > 2 && b[0] == '[' && b[n-1] == ']' {
		b = b[1 : n-1]
	}
	switch {
	case len(b) >= len("02/Jan/2006:15:04:05") && b[2] == '/':
		if len(b) == localLen {
			ns, offset, ok := c.local(b)
			r.Time, r.Offset, r.HasTime, r.HasOffset = ns, offset, ok, ok
			return ok
		}
		var t timeParts
		n := run(localDateOps, b, &t)
		if n == 0 || b[n] != ':' || n+1+clockTime(b[n+1:], &t, false) != len(b) || !t.hasClock {
			return false
		}
		return t.apply(r) == ""
	case len(b) >= len("2006-01-02T15:04:05") && b[4] == '-':
		if c.iso(b, r) == len(b) {
			return true
		}
		var t timeParts
		n := isoTime(b, &t)
		if n+1 < len(b) && b[n] == ' ' { // "2006-01-02 15:04:05 +0700"
			if m := isoZone(b[n+1:], &t); m > 0 {
				n += 1 + m
			}
		}
		return n == len(b) && t.apply(r) == ""
	}
	return epochInstant(b, unit, r)
}

func epochInstant(b []byte, unit time.Duration, r *Record) bool {
	whole, n := leadingInt(b)
	if n == 0 || b[0] == '-' {
		whole, n = longEpoch(b)
	}
	if n == 0 {
		return false
	}
	if unit == 0 {
		switch {
		case n <= 11:
			unit = time.Second
		case n <= 14:
			unit = time.Millisecond
		case n <= 17:
			unit = time.Microsecond
		default:
			unit = time.Nanosecond
		}
	}
	if n == len(b) {
		if whole > int64(1<<63-1)/int64(unit)-1 {
			return false
		}
		r.Time, r.HasTime = whole*int64(unit), true
		return true
	}
	if b[n] == '.' && n+1 < len(b) && (unit == time.Second || unit == time.Millisecond) {
		var t timeParts
		if n+1+fraction(b[n+1:], &t) == len(b) && whole < int64(1<<62)/int64(unit) {
			r.Time, r.HasTime = whole*int64(unit)+int64(t.ns)/(int64(time.Second)/int64(unit)), true
			return true
		}
	}
	f, ok := floatOf(b)
	f *= float64(unit)
	if !ok || f < 0 || f >= 1<<62 {
		return false
	}
	r.Time, r.HasTime = int64(f), true
	return true
}

// longEpoch decodes 19 digits: nanoseconds since 1970.
func longEpoch(b []byte) (int64, int) {
	const digits = 19
	if len(b) < digits || len(b) > digits && b[digits]-'0' <= 9 {
		return 0, 0
	}
	v, n := leadingInt(b[:digits-1])
	if n != digits-1 || b[0] > '8' || b[digits-1]-'0' > 9 {
		return 0, 0
	}
	return v*10 + int64(b[digits-1]-'0'), digits
}

// request fills in the request from its line or its parts.
func (v *values) request(p *Parser, r *Record) {
	if line := v.text(kindRequest); len(line) > 0 {
		splitRequest(line, r)
		if !r.BadRequest || v.set&(1<<kindURI|1<<kindPath) == 0 {
			return
		}
		r.BadRequest = false
	} else {
		r.RawRequest = line
	}
	r.Method, r.Proto, r.URI = v.text(kindMethod), v.text(kindProto), v.text(kindURI)
	d := decoder{p: p, query: v.text(kindQuery), path: v.text(kindPath)}
	if whole := v.text(kindHostURI); r.URI == nil && d.path == nil && whole != nil {
		d.path = rootPath
		if i := bytes.IndexByte(whole, '/'); i >= 0 {
			whole, d.path = whole[:i:i], whole[i:]
		}
		if r.Host == nil {
			r.Host = whole
		}
	}
	if r.URI == nil && d.path != nil {
		d.line = d.path[:len(d.path):len(d.path)]
		p.reserve(len(d.path) + len(d.query) + 1)
		r.URI = d.joinURI()
	}
	r.BadRequest = len(r.URI) == 0 || v.seen>>kindMethod&1 != 0 && len(r.Method) == 0
}
