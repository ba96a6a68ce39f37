package attack

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// follow turns the request in c.x into the one that the response's redirect asks for, as RFC 9110, section 15.4 and
// browsers have it: 307 and 308 keep method and body, the others make a GET of everything but HEAD. On another host, and
// from https to http, nothing of the user's goes along: no identity, no header of the scenario but the User-Agent of
// the tool.
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
		c.x.Header = withoutContent(c.x.Header)
	}
	if !strings.EqualFold(to.Hostname(), from.Hostname()) || from.Scheme == "https" && to.Scheme == "http" {
		c.x.Header = append(append(append(c.x.Header[:0:0], "User-Agent: "...), userAgent...), "\r\n"...)
	}
	c.x.TLS = to.Scheme == "https"
	c.x.Addr = address(to)
	c.x.Host = to.Host
	c.x.RequestURI = append(c.x.RequestURI[:0:0], to.RequestURI()...)
	return to, nil
}

// withoutContent returns a rendered header without the fields that describe a body.
func withoutContent(header []byte) []byte {
	var out []byte
	for line := range strings.Lines(string(header)) {
		name, _, _ := strings.Cut(line, ":")
		if !strings.HasPrefix(strings.ToLower(name), "content-") {
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
