// Package filter selects the lines of a log by an expression on their fields, such as
//
//	status >= 500 && path ~ "^/api" && !(addr in 10.0.0.0/8)
//
// Comparisons are joined by && and, binding less, ||, negated by ! and grouped by parentheses. On the left of one stands
// a field, on the right a value or, behind in, one value or a list of them in parentheses:
//
//	status             == != < <= > >= in   a number: 404, (404, 410)
//	bytes              == != < <= > >= in   a number: 512, 1.5MB, 64KiB
//	duration           == != < <= > >= in   the server's time with its unit: 250ms, 1.5s
//	time               == != < <= > >= in   an instant by RFC 3339: 2026-01-31T08:00:00+01:00
//	addr (ip)          == != ~ !~ in        an address or network: 192.0.2.1, 2001:db8::/32; or a host name
//	user method uri path query proto referer user_agent (ua) host upstream forwarded_for content_type request
//	                   == != ~ !~ in        a text: "GET"
//	cookie:NAME header:NAME response:NAME field:NAME
//	                   == != ~ !~ in        a text
//	                   < <= > >=            a number
//
// A text or name is written in double or single quotes, in which \ before a quote or another \ takes its meaning away and
// else stands for itself; quotes may be left out around letters, digits and _ . : / + - % @ *. Case matters. ~ is a match
// anywhere in the text by a regular expression in Go's syntax (RE2), whose time is linear in the text. A named field is
// by a number compared with what it holds if that is a decimal number.
//
// # Missing values
//
// A field that a line does not have, or gives as "-", has no value, and every comparison with it is false: of a line
// without a user, neither user == "bob" nor user != "bob" holds, and so !(user == "bob") does. The one exception is the
// text "-": user == "-" holds for a line without a user, and user != "-" for one with a user. A field that is empty has
// a value, "". A request that is none has no method, uri, path, query or proto; a uri without "?" has no query.
package filter

import (
	"github.com/loadx/loadx/analyze/accesslog"
)

// A Filter is an expression that was read and checked. It is immutable and may be used by several goroutines.
type Filter struct {
	source string
	root   node
}

// String returns the filter as it was written.
func (f *Filter) String() string { return f.source }

// Bind resolves the fields of a filter for the lines of a format that are parsed from then on. The error is a
// [*SourceError] at the first field that the format does not carry and says which it carries. A format whose lines name
// their values themselves, such as JSON, carries every field.
func (f *Filter) Bind(format *accesslog.Format) (*Bound, error) {
	b := binder{source: f.source, format: format}
	root, err := b.bind(&f.root)
	if err != nil {
		return nil, err
	}
	return &Bound{root: root}, nil
}

// A Bound is a filter for the lines of one format. It is immutable and may be used by several goroutines.
type Bound struct {
	root node
}

// Match says whether the filter selects a record, which must be of the format that the filter is bound to and parsed
// afterwards. It does not allocate.
func (b *Bound) Match(r *accesslog.Record) bool { return b.root.match(r) }
