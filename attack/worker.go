package attack

import (
	"bytes"

	"github.com/loadx/loadx/scenarios"
)

// A labeller finds what names the worker that answered: a response header, or a cookie, which the response sets or,
// where it sets none of that name, the request brought along.
type labeller struct {
	header string
	cookie []byte // empty for a header
}

// newLabeller returns nil when the plan asks for none.
func newLabeller(by scenarios.BalanceBy) *labeller {
	if by == (scenarios.BalanceBy{}) {
		return nil
	}
	return &labeller{header: by.Header, cookie: []byte(by.Cookie)}
}

// append appends the name of the worker that answered the exchange under way; nothing if no response came.
func (l *labeller) append(dst []byte, c *call) []byte {
	if c.x.Status == 0 {
		return dst
	}
	if l.header != "" {
		if c.fields != nil {
			return append(dst, c.fields.Get(l.header)...)
		}
		return append(dst, c.x.Get(l.header)...)
	}
	if c.x.SetsCookies {
		name, found := []byte(nil), false
		c.eachField("Set-Cookie", func(value []byte) bool {
			pair, _, _ := bytes.Cut(value, []byte{';'})
			n, v, ok := bytes.Cut(pair, []byte{'='})
			if ok && bytes.Equal(bytes.TrimSpace(n), l.cookie) {
				name, found = bytes.TrimSpace(v), true
			}
			return !found
		})
		if len(name) > 0 { // an empty value deletes it
			return append(dst, name...)
		}
	}
	start, end := cookieLine(c.x.Header)
	value, _ := carries(c.x.Header[start:end], l.cookie)
	return append(dst, value...)
}
