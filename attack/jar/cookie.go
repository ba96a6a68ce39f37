package jar

import (
	"bytes"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A cookie is what a Set-Cookie field says. Its bytes are those of the field and of the place.
type cookie struct {
	name, value, path []byte
	domain            string
	origin            uint64 // the number of the domain
	hostOnly, secure  bool
	timed             bool
	until             uint32 // with timed
	gone              bool   // it was deleted
}

// record is how a cookie is kept.
func (c *cookie) record() record {
	r := record{until: c.until, origin: c.origin, name: c.name, value: c.value, path: c.path}
	for _, f := range [...]struct {
		set  bool
		flag byte
	}{{c.hostOnly, flagHostOnly}, {c.secure, flagSecure}, {c.timed, flagTimed}, {!bytes.Equal(c.path, rootPath), flagPath}} {
		if f.set {
			r.flags |= f.flag
		}
	}
	return r
}

// parse reads a Set-Cookie field as RFC 6265, section 5.2 and 5.3 has it. ok is false for what is to be ignored.
func parse(line []byte, at Place, start, now time.Time) (c cookie, ok bool) {
	pair, rest, _ := bytes.Cut(line, []byte{';'})
	name, value, found := bytes.Cut(pair, []byte{'='})
	c.name, c.value = trim(name), trim(value)
	if !found || len(c.name) == 0 || !clean(pair) {
		return c, false
	}
	c.hostOnly, c.domain = true, at.Host
	var path, domain []byte
	var expires time.Time
	maxAge, hasMaxAge := int64(0), false
	for len(rest) > 0 {
		var attribute []byte
		attribute, rest, _ = bytes.Cut(rest, []byte{';'})
		key, text, _ := bytes.Cut(attribute, []byte{'='})
		key, text = trim(key), trim(text)
		switch {
		case is(key, "path"):
			path = text
		case is(key, "secure"):
			c.secure = true
		case is(key, "domain"):
			if len(text) > 0 { // the last one counts
				domain = text
			}
		case is(key, "max-age"):
			if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
				maxAge, hasMaxAge = n, true
			} else if len(text) > 0 && text[0] != '-' && allDigits(text) {
				maxAge, hasMaxAge = math.MaxInt64, true
			}
		case is(key, "expires"):
			if t, err := parseDate(string(text)); err == nil {
				expires = t
			}
		}
	}
	if !c.setDomain(string(domain), at.Host) {
		return c, false
	}
	if c.path = path; len(path) == 0 || path[0] != '/' {
		c.path = defaultPath(at.Path)
	}
	if len(c.name)+len(c.value)+len(c.path)+len(c.domain) > MaxCookieBytes || !clean(c.path) {
		return c, false
	}
	switch {
	case hasMaxAge:
		c.expire(int64(now.Sub(start)/time.Second), maxAge)
	case !expires.IsZero():
		second := int64(now.Sub(start) / time.Second)
		c.expire(second, int64(math.Ceil(expires.Sub(now).Seconds())))
	}
	return c, true
}

// expire lets the cookie live for so many seconds.
func (c *cookie) expire(now, seconds int64) {
	if seconds <= 0 {
		c.gone = true
		return
	}
	c.timed = true
	c.until = uint32(min(max(now, 0)+min(seconds, math.MaxUint32), math.MaxUint32))
}

// setDomain takes the Domain attribute, which must be the host or a parent of it that is no top-level domain.
func (c *cookie) setDomain(text, host string) bool {
	text = strings.ToLower(strings.TrimPrefix(text, "."))
	switch {
	case text == "":
		return true
	case text == host:
		c.hostOnly = isAddress(host) || !strings.Contains(host, ".")
		return true
	case !strings.Contains(text, "."), !isUnder(host, text):
		return false
	}
	c.domain, c.hostOnly = text, false
	return true
}

// isUnder says whether a host is a proper subdomain of a domain; an address is none (RFC 6265, section 5.1.3).
func isUnder(host, domain string) bool {
	if len(host) <= len(domain) || host[len(host)-len(domain)-1] != '.' || !strings.HasSuffix(host, domain) {
		return false
	}
	return !isAddress(host)
}

// isAddress says whether a host is an address: no top-level domain ends in a digit, and no name holds a colon.
func isAddress(host string) bool {
	last := host[len(host)-1]
	return '0' <= last && last <= '9' || strings.IndexByte(host, ':') >= 0
}

// defaultPath is the directory of a request's path (RFC 6265, section 5.1.4).
func defaultPath(path []byte) []byte {
	i := bytes.LastIndexByte(path, '/')
	if len(path) == 0 || path[0] != '/' || i == 0 {
		return rootPath
	}
	return path[:i]
}

// pathMatch says whether a request's path is at or under a cookie's (RFC 6265, section 5.1.4).
func pathMatch(path, of []byte) bool {
	if len(path) == 0 {
		path = rootPath
	}
	if !bytes.HasPrefix(path, of) {
		return false
	}
	return len(path) == len(of) || of[len(of)-1] == '/' || path[len(of)] == '/'
}

// parseDate reads an Expires date in the formats that sites write.
func parseDate(text string) (time.Time, error) {
	if t, err := http.ParseTime(text); err == nil {
		return t, nil
	}
	t, err := time.Parse("Mon, 02-Jan-2006 15:04:05 MST", text)
	if err != nil {
		t, err = time.Parse("Mon, 02-Jan-06 15:04:05 MST", text)
	}
	return t, err
}

func trim(b []byte) []byte { return bytes.Trim(b, " \t") }

func is(key []byte, word string) bool {
	return len(key) == len(word) && strings.EqualFold(string(key), word)
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// clean says whether bytes can stand in a Cookie field without ending it or the line.
func clean(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7F {
			return false
		}
	}
	return true
}

// domains gives the domains of cookies numbers. Few are added and many are looked up.
type domains struct {
	mu      sync.RWMutex
	names   []string
	numbers map[string]uint64
}

// number returns the number of a domain, and false for one too many.
func (d *domains) number(name string) (n uint64, ok bool) {
	d.mu.RLock()
	n, ok = d.numbers[name]
	d.mu.RUnlock()
	if ok {
		return n, true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if n, ok = d.numbers[name]; ok {
		return n, true
	}
	if len(d.names) >= maxDomains {
		return 0, false
	}
	if d.numbers == nil {
		d.numbers = make(map[string]uint64)
	}
	name = strings.Clone(name)
	n = uint64(len(d.names))
	d.names = append(d.names, name)
	d.numbers[name] = n
	return n, true
}

// match says whether a host may have the cookies of a domain.
func (d *domains) match(n uint64, host string, hostOnly bool) bool {
	d.mu.RLock()
	domain := d.names[n]
	d.mu.RUnlock()
	return domain == host || !hostOnly && isUnder(host, domain)
}
