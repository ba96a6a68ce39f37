package accesslog

import (
	"bytes"
	"strconv"
	"time"
)

// Append appends the line that a server with this format would write for r,
// without a line end, and returns the extended slice. Values are escaped as
// nginx's escape=default does, an absent value is "-". Parsing the line gives
// the same record as long as no unquoted value holds the text that ends it,
// and within the precision of the format: whole seconds for $time_local.
// A field that the format merely captures, because another one says the same
// better, is written from its slot or else from the record. Fields that the
// format skips are written as "-". Formats that CanAppend says no to are read
// and never written; for them Append returns dst.
func (f *Format) Append(dst []byte, r *Record) []byte {
	if a, ok := f.codec.(appender); ok {
		return a.append(dst, r)
	}
	return dst
}

// CanAppend reports whether Append writes lines of the format: those of a text
// format do, JSON, LTSV, W3C and what comes in an envelope do not.
func (f *Format) CanAppend() bool {
	_, ok := f.codec.(appender)
	return ok
}

func (pr *program) append(dst []byte, r *Record) []byte {
	dst = append(dst, pr.prefix...)
	for i := range pr.steps {
		dst = appendField(dst, &pr.steps[i], r)
		dst = append(dst, pr.steps[i].lit...)
	}
	return dst
}

func appendField(dst []byte, st *step, r *Record) []byte {
	kind := st.kind
	if kind == kindExtra {
		if v := r.Slot(st.slot); v != nil {
			return appendEscaped(dst, v)
		}
		kind = st.meant
	}
	switch kind {
	case kindTimeLocal:
		return appendLocal(dst, r)
	case kindTimeISO:
		return r.when().AppendFormat(dst, "2006-01-02T15:04:05-07:00")
	case kindEpoch:
		dst = strconv.AppendInt(dst, r.Time/int64(st.unit), 10)
		if st.unit == time.Second {
			dst = append(dst, '.')
			dst = appendDigits(dst, int(r.Time%int64(time.Second)/int64(time.Millisecond)), 3)
		}
		return dst
	case kindStatus:
		if r.Status == 0 {
			return append(dst, '-')
		}
		return appendDigits(dst, r.Status, 3)
	case kindBytes:
		if r.Bytes < 0 {
			return append(dst, '-')
		}
		return strconv.AppendInt(dst, r.Bytes, 10)
	case kindDuration:
		return appendDuration(dst, r, st.unit)
	case kindTimePart:
		return st.layout.append(dst, r.when())
	case kindRequest:
		return appendRequest(dst, r)
	case kindQuery:
		return appendQuery(dst, r, st.mark)
	case kindHostPort:
		dst = appendText(dst, r.Host)
		if port := r.Slot(st.slot); port != nil {
			dst = appendEscaped(append(dst, ':'), port)
		}
		return dst
	}
	return appendText(dst, textOf(kind, r))
}

// when returns the record's time in the zone that was logged, else in UTC.
func (r *Record) when() time.Time {
	t := time.Unix(0, r.Time).UTC()
	if r.HasOffset && r.Offset != 0 {
		return t.In(time.FixedZone("", int(r.Offset)))
	}
	return t
}

const monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"

// appendLocal appends "02/Jan/2006:15:04:05 -0700".
func appendLocal(dst []byte, r *Record) []byte {
	// Shifted by its offset the instant reads like the local clock in UTC,
	// which needs no time.Location.
	t := time.Unix(0, r.Time).Add(time.Duration(r.Offset) * time.Second).UTC()
	year, month, day := t.Date()
	hour, minute, sec := t.Clock()
	dst = append(appendDigits(dst, day, 2), '/')
	dst = append(dst, monthNames[3*month-3:3*month]...)
	dst = append(appendDigits(append(dst, '/'), year, 4), ':')
	dst = append(appendDigits(dst, hour, 2), ':')
	dst = append(appendDigits(dst, minute, 2), ':')
	dst = append(appendDigits(dst, sec, 2), ' ')
	sign, offset := byte('+'), int(r.Offset)
	if offset < 0 {
		sign, offset = '-', -offset
	}
	return appendDigits(append(dst, sign), offset/3600*100+offset/60%60, 4)
}

// appendDigits appends v in [0, 10^width) with leading zeros.
func appendDigits(dst []byte, v, width int) []byte {
	for range width {
		dst = append(dst, '0')
	}
	for i := len(dst) - 1; width > 0; i, width = i-1, width-1 {
		dst[i] += byte(v % 10)
		v /= 10
	}
	return dst
}

// appendDuration appends the server's time in a unit; seconds have three
// decimals, as nginx writes them.
func appendDuration(dst []byte, r *Record, unit time.Duration) []byte {
	if !r.HasServer {
		return append(dst, '-')
	}
	dst = strconv.AppendInt(dst, int64(r.Server/unit), 10)
	if unit == time.Second {
		dst = append(dst, '.')
		dst = appendDigits(dst, int(r.Server%time.Second/time.Millisecond), 3)
	}
	return dst
}

// appendRequest appends the request line, made of its parts where the record
// has only these.
func appendRequest(dst []byte, r *Record) []byte {
	if r.RawRequest != nil || r.Method == nil {
		return appendText(dst, r.RawRequest)
	}
	dst = append(appendEscaped(dst, r.Method), ' ')
	dst = appendEscaped(dst, r.URI)
	if r.Proto != nil {
		dst = appendEscaped(append(dst, ' '), r.Proto)
	}
	return dst
}

func appendQuery(dst []byte, r *Record, mark bool) []byte {
	_, query, found := bytes.Cut(r.URI, []byte("?"))
	switch {
	case mark && !found:
		return dst // Apache writes nothing there
	case mark:
		return appendEscaped(append(dst, '?'), query)
	case !found:
		return append(dst, '-')
	}
	return appendEscaped(dst, query)
}

// appendText appends a value, or "-" for an absent one.
func appendText(dst, v []byte) []byte {
	if v == nil {
		return append(dst, '-')
	}
	return appendEscaped(dst, v)
}

// textOf returns the value of a field that is text.
func textOf(k kind, r *Record) []byte {
	switch k {
	case kindAddr:
		return r.Addr
	case kindUser:
		return r.User
	case kindMethod:
		return r.Method
	case kindURI:
		return r.URI
	case kindPath:
		path, _, _ := bytes.Cut(r.URI, []byte("?"))
		return path
	case kindProto:
		return r.Proto
	case kindReferer:
		return r.Referer
	case kindUserAgent:
		return r.UserAgent
	case kindHost:
		return r.Host
	case kindForwardedFor, kindForwardedClient:
		return r.ForwardedFor
	case kindContentType:
		return r.ContentType
	case kindUpstream:
		return r.Upstream
	}
	return nil
}
