package attack

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// follow turns the request in c.x into the one that the response's redirect asks for, as RFC 9110, section 15.4 and
// browsers have it: 307 and 308 keep method and body, the others make a GET of everything but HEAD. On another host, and
// from https to http, nothing of the user's goes along: no identity, and of the scenario's headers only those that
// describe the body.
func (c *call) follow(from *url.URL, userAgent string) (to *url.URL, err error) {
	if len(c.location) == 0 {
		return nil, errors.New("redirect without a Location")
	}
	to, err = from.Parse(string(c.location))
	if err != nil {
		return nil, errors.New("redirect to something that is no URL")
	}
	if to.Scheme != "http" && to.Scheme != "https" {
		return nil, errors.New("redirect to something that is neither http nor https")
	}
	if to.Hostname() == "" {
		return nil, errors.New("redirect to a URL without a host")
	}
	to.Fragment, to.User = "", nil
	if s := c.x.Status; s != 307 && s != 308 && c.x.Method != "HEAD" {
		c.x.Method, c.x.Body = "GET", nil
		c.x.Header = fields(c.x.Header, func(name string) bool { return !isContent(name) })
	}
	if !strings.EqualFold(to.Hostname(), from.Hostname()) || from.Scheme == "https" && to.Scheme == "http" {
		c.x.Header = append(fields(c.x.Header, isContent), "User-Agent: "+userAgent+"\r\n"...)
	}
	c.x.TLS = to.Scheme == "https"
	c.x.Addr = address(to)
	c.x.Host = to.Host
	c.x.RequestURI = append(c.x.RequestURI[:0:0], to.RequestURI()...)
	return to, nil
}

// isContent reports whether a header field describes the body.
func isContent(name string) bool { return strings.HasPrefix(strings.ToLower(name), "content-") }

// fields returns those lines of a rendered header whose names are wanted.
func fields(header []byte, wanted func(name string) bool) []byte {
	var out []byte
	for line := range strings.Lines(string(header)) {
		if name, _, _ := strings.Cut(line, ":"); wanted(name) {
			out = append(out, line...)
		}
	}
	return out
}

// address is the HOST:PORT of a URL.
func address(u *url.URL) string { return net.JoinHostPort(u.Hostname(), portOf(u)) }

// portOf is the port of a URL, the scheme's where it names none.
func portOf(u *url.URL) string {
	switch port := u.Port(); {
	case port != "":
		return port
	case u.Scheme == "https":
		return "443"
	default:
		return "80"
	}
}
