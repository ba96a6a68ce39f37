package filter

import (
	"slices"
	"strings"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/profile/printable"
	"github.com/loadx/loadx/profile/spelling"
)

// A field is what stands on the left of a comparison.
type field struct {
	id   fieldID
	name string // what package accesslog calls it, for those that have a slot
	word string // as it was written, for messages
}

type fieldID uint8

const (
	fieldText fieldID = iota
	fieldNamed
	fieldAddr
	fieldPath
	fieldQuery
	fieldStatus
	fieldBytes
	fieldDuration
	fieldTime
)

// words holds the fields without a name, and what package accesslog calls what they are read from.
var words = map[string]field{
	"status": {id: fieldStatus}, "bytes": {id: fieldBytes}, "duration": {id: fieldDuration}, "time": {id: fieldTime},
	"addr": {id: fieldAddr, name: "addr"}, "ip": {id: fieldAddr, name: "addr"},
	"path": {id: fieldPath, name: "uri"}, "query": {id: fieldQuery, name: "uri"},
	"uri": {name: "uri"}, "method": {name: "method"}, "proto": {name: "proto"}, "request": {name: "request"},
	"user": {name: "user"}, "host": {name: "host"}, "referer": {name: "referer"}, "upstream": {name: "upstream"},
	"user_agent": {name: "user_agent"}, "ua": {name: "user_agent"},
	"forwarded_for": {name: "forwarded_for"}, "content_type": {name: "content_type"},
}

// shown lists the fields in the order in which messages do.
var shown = []string{
	"status", "bytes", "duration", "time", "addr", "user", "method", "path", "query", "uri", "proto", "referer",
	"user_agent", "host", "upstream", "forwarded_for", "content_type", "request",
}

// families are the kinds of fields with a name.
var families = []string{"cookie", "header", "response", "field"}

// synonyms holds what other tools call fields. They are hints and no second spelling.
var synonyms = map[string]string{
	"code": "status", "status_code": "status", "size": "bytes", "length": "bytes", "body_bytes_sent": "bytes",
	"bytes_sent": "bytes", "latency": "duration", "request_time": "duration", "response_time": "duration",
	"rt": "duration", "server": "duration", "date": "time", "timestamp": "time", "time_local": "time",
	"client": "addr", "address": "addr", "remote_addr": "addr", "client_ip": "addr", "verb": "method", "url": "uri",
	"target": "uri", "request_uri": "uri", "protocol": "proto", "referrer": "referer", "agent": "user_agent",
	"useragent": "user_agent", "http_user_agent": "user_agent", "http_referer": "referer", "vhost": "host",
	"domain": "host", "server_name": "host", "worker": "upstream", "upstream_addr": "upstream", "xff": "forwarded_for",
	"args": "query", "query_string": "query", "remote_user": "user",
}

// lookUp returns the field of a word, with its name if it is of a family and else "".
func lookUp(word, name string) (f field, ok bool) {
	if slices.Contains(families, word) {
		return field{id: fieldNamed, name: word + ":" + name, word: printable.Text(word + ":" + name)}, true
	}
	f, ok = words[word]
	f.word = word
	return f, ok
}

// suggest returns a hint at the field that a word was meant to be.
func suggest(word string) string {
	if known, ok := synonyms[strings.ToLower(word)]; ok {
		return "did you mean " + known + "?"
	}
	known := append(slices.Clone(shown), families...)
	near := spelling.Nearest(word, known)
	if near == "" {
		return "fields are " + strings.Join(shown, ", ") + ", cookie:NAME, header:NAME, response:NAME and field:NAME"
	}
	if slices.Contains(families, near) {
		near += ":NAME"
	}
	return "did you mean " + near + "?"
}

func (f field) isInteger() bool { return f.id >= fieldStatus }

// integer returns what a record has for a field that is a number, durations and instants in nanoseconds.
func (f field) integer(r *accesslog.Record) (v int64, ok bool) {
	switch f.id {
	case fieldStatus:
		return int64(r.Status), r.Status > 0
	case fieldBytes:
		return r.Bytes, r.Bytes >= 0
	case fieldDuration:
		return int64(r.Server), r.HasServer
	default:
		return r.Time, r.HasTime
	}
}

// takes says whether an operator makes sense for a field.
func (f field) takes(op operator) bool {
	switch {
	case f.isInteger():
		return op != matches && op != matchesNot
	case f.id == fieldNamed:
		return true
	}
	return !op.ordered()
}

// operators lists the operators that a field takes.
func (f field) operators() string {
	var names []string
	for op := range operatorNames {
		if f.takes(operator(op)) {
			names = append(names, operatorNames[op])
		}
	}
	return strings.Join(names, " ")
}
