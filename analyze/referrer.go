package analyze

import "bytes"

// What stands for a referrer in the tables that is no other site's.
var (
	noReferrer       = []byte("(none)")
	internalReferrer = []byte("(internal)")
	oddReferrer      = []byte("(no address)")
)

// A referrerReader makes the site that a page view came from of its Referer. It belongs to one goroutine.
type referrerReader struct {
	last []byte // the Referer that site is of: pages are left by many
	site []byte
}

// maxRemembered is how long a Referer may be to be remembered.
const maxRemembered = 1024

// of returns the host of a Referer in lower case without user and port; (none) when there is none, as of an address that
// was typed; (internal) when it is the host that was asked; (no address) when it is no URL. The result is valid until
// the next call. host is in lower case, nil when the log does not say.
func (r *referrerReader) of(referer, host []byte) []byte {
	if len(referer) == 0 {
		return noReferrer
	}
	if !bytes.Equal(referer, r.last) {
		r.last = append(r.last[:0], referer[:min(len(referer), maxRemembered)]...)
		if len(referer) > maxRemembered {
			r.last = r.last[:0]
		}
		r.site = appendLower(r.site[:0], hostOf(referer))
	}
	switch {
	case len(r.site) == 0:
		return oddReferrer
	case len(host) > 0 && bytes.Equal(r.site, withoutPort(host)):
		return internalReferrer
	}
	return r.site
}

// hostOf returns the host of an absolute URL without user and port, nil if url is none.
func hostOf(url []byte) []byte {
	i := bytes.Index(url[:min(len(url), 64)], []byte("://"))
	if i <= 0 {
		return nil
	}
	host := url[i+3:]
	for j, c := range host {
		if c == '/' || c == '?' || c == '#' {
			host = host[:j]
			break
		}
	}
	if at := bytes.LastIndexByte(host, '@'); at >= 0 {
		host = host[at+1:]
	}
	return withoutPort(host)
}

// withoutPort cuts a port off a host.
func withoutPort(host []byte) []byte {
	for i := len(host) - 1; i > 0; i-- {
		if c := host[i]; c == ':' {
			return host[:i]
		} else if c < '0' || c > '9' {
			break
		}
	}
	return host
}

// appendLower appends text with ASCII letters in lower case.
func appendLower(dst, text []byte) []byte {
	for _, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}
