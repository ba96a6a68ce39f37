package accesslog

import "time"

// kind is what a field of a line means.
type kind uint8

const (
	kindSkip kind = iota
	kindExtra
	kindAddr
	kindUser
	kindTimeLocal
	kindTimeISO
	kindEpoch
	kindTimePart // date, clock, zone or any other piece by a layout
	kindRequest
	kindMethod
	kindURI
	kindPath
	kindQuery
	kindProto
	kindStatus
	kindBytes
	kindReferer
	kindUserAgent
	kindHost
	kindHostPort
	kindForwardedFor
	kindContentType
	kindUpstream
	kindDuration
	kindForwardedClient // X-Forwarded-For, whose last address is the client's

	// Kinds that only formats with named values have.
	kindTime    // a time in any notation
	kindDate    // a date in UTC
	kindClock   // a time of day in UTC
	kindHostURI // "host/path"
	kindCookies // the Cookie request header
	kindCount
)

func (k kind) isHost() bool { return k == kindAddr || k == kindHost || k == kindHostPort }

// prose says that an unquoted field at the end of a line takes all of it,
// spaces included; others end at a blank.
func (k kind) prose() bool { return k == kindUserAgent || k == kindReferer || k == kindRequest }

// spec is a field as a format string names it.
type spec struct {
	kind   kind
	meant  kind // for kindExtra, what the field would be if no other were better
	shape  shape
	name   string // for Fields and Slot
	unit   time.Duration
	layout layout
	mark   bool // a query is logged with its "?"
	// rank decides which of several fields of one kind is the record's: the
	// highest, and the first of equals. The others are captured by name.
	rank int
}

// named slots of the record's own fields are negative.
var recordFields = []string{
	"addr", "user", "method", "uri", "proto", "referer", "user_agent",
	"host", "forwarded_for", "content_type", "upstream", "request",
}

// named returns the record's own field behind a negative slot; an unknown one
// gives a field that nothing else reads.
func (r *Record) named(slot int) *[]byte {
	switch -slot - 1 {
	case 0:
		return &r.Addr
	case 1:
		return &r.User
	case 2:
		return &r.Method
	case 3:
		return &r.URI
	case 4:
		return &r.Proto
	case 5:
		return &r.Referer
	case 6:
		return &r.UserAgent
	case 7:
		return &r.Host
	case 8:
		return &r.ForwardedFor
	case 9:
		return &r.ContentType
	case 10:
		return &r.Upstream
	case 11:
		return &r.RawRequest
	}
	return new([]byte)
}

// recordNames lists, for a kind, the names under which the record holds it.
func recordNames(k kind) []string {
	switch k {
	case kindAddr:
		return []string{"addr"}
	case kindUser:
		return []string{"user"}
	case kindRequest:
		return []string{"request", "method", "uri", "proto"}
	case kindMethod:
		return []string{"method"}
	case kindURI, kindPath:
		return []string{"uri"}
	case kindProto:
		return []string{"proto"}
	case kindReferer:
		return []string{"referer", "header:referer"}
	case kindUserAgent:
		return []string{"user_agent", "header:user-agent"}
	case kindHost, kindHostPort:
		return []string{"host", "header:host"}
	case kindForwardedFor:
		return []string{"forwarded_for", "header:x-forwarded-for"}
	case kindForwardedClient:
		return []string{"forwarded_for", "header:x-forwarded-for", "addr"}
	case kindHostURI:
		return []string{"uri", "host"}
	case kindCookies:
		return []string{"header:cookie"}
	case kindContentType:
		return []string{"content_type", "response:content-type"}
	case kindUpstream:
		return []string{"upstream"}
	}
	return nil
}

// describe says what a line should hold for a field, for errors.
func (k kind) describe() string {
	switch k {
	case kindAddr:
		return "a client address"
	case kindHost, kindHostPort:
		return "a host name"
	case kindStatus:
		return "an HTTP status code"
	case kindBytes:
		return "a number of bytes"
	}
	return "a value"
}
