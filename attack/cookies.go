package attack

import (
	"bytes"
	"net"
	"strings"
	"time"

	"github.com/loadx/loadx/attack/jar"
)

// setPlace notes where the exchange under way goes, for its cookies. The host is the one that the site is told: a Host
// header of the scenario's own counts.
func (c *call) setPlace() {
	if c.placeOf != c.x.Host {
		c.placeOf = c.x.Host
		host := c.x.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		c.place.Host = strings.ToLower(strings.Trim(host, "[]"))
		c.trusted = jar.Trusted(c.place.Host)
	}
	c.place.Secure = c.x.TLS || c.trusted
	c.place.Path = c.x.RequestURI
	if i := bytes.IndexByte(c.place.Path, '?'); i >= 0 {
		c.place.Path = c.place.Path[:i]
	}
}

var (
	cookieName = []byte("Cookie: ")
	lineEnd    = []byte("\r\n")
)

// cookieLine returns where in a rendered header the value of the Cookie field stands, 0 and 0 if there is none.
func cookieLine(header []byte) (start, end int) {
	for at := 0; at < len(header); {
		length := bytes.Index(header[at:], lineEnd)
		if length < 0 {
			return 0, 0
		}
		if bytes.HasPrefix(header[at:], cookieName) {
			return at + len(cookieName), at + length
		}
		at += length + len(lineEnd)
	}
	return 0, 0
}

// carries returns the value of a cookie by its name in the value of a Cookie field, and whether it is there.
func carries(cookies, name []byte) (value []byte, ok bool) {
	for len(cookies) > 0 {
		var pair []byte
		pair, cookies, _ = bytes.Cut(cookies, []byte("; "))
		if n, v, found := bytes.Cut(pair, []byte{'='}); found && bytes.Equal(n, name) {
			return v, true
		}
	}
	return nil, false
}

// addCookies makes the header of the exchange under way of the plan's own, with the cookies that the site has set for
// the user. They share one Cookie field with the scenario's, which go before those of the same name.
func (s *sender) addCookies(c *call) {
	c.x.Header = c.plain
	if s.jar == nil || s.jar.Empty() {
		return
	}
	c.setPlace()
	start, end := cookieLine(c.plain)
	own := c.plain[start:end]
	c.cookies = s.jar.Append(c.cookies[:0], c.visit.User, c.place, time.Now(), func(name []byte) bool {
		_, ok := carries(own, name)
		return ok
	})
	if len(c.cookies) == 0 {
		return
	}
	b := c.merged[:0]
	if end == 0 {
		b = append(append(append(append(b, c.plain...), cookieName...), c.cookies...), lineEnd...)
	} else {
		b = append(b, c.plain[:end]...)
		if end > start {
			b = append(b, "; "...)
		}
		b = append(append(b, c.cookies...), c.plain[end:]...)
	}
	c.merged, c.x.Header = b, b
}

// keepCookies takes the cookies that the response sets.
func (s *sender) keepCookies(c *call) {
	if s.jar == nil || !c.x.SetsCookies || c.x.Status == 0 {
		return
	}
	c.setPlace()
	now := time.Now()
	c.eachField("Set-Cookie", func(value []byte) bool {
		s.jar.Set(c.visit.User, c.place, value, now)
		return true
	})
}

// eachField calls f with each value of a response header field, until it returns false.
func (c *call) eachField(name string, f func(value []byte) bool) {
	if c.fields != nil {
		for _, value := range c.fields.Values(name) {
			if !f([]byte(value)) {
				return
			}
		}
		return
	}
	for n, value := range c.x.Fields() {
		if len(n) == len(name) && strings.EqualFold(string(n), name) && !f(value) {
			return
		}
	}
}
