package analyze

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/profile/spelling"
)

// PageViews is a definition of which hits are page views.
type PageViews uint8

// The definitions.
const (
	Web PageViews = iota + 1 // GET (or a method that the log does not tell), status 2xx or 304, not a static file, not a bot
	API                      // any method and status, not a static file
	Raw                      // every hit
)

var pageViewNames = [...]string{Web: "web", API: "api", Raw: "raw"}

// ParsePageViews returns the definition of a name: web, api or raw.
func ParsePageViews(name string) (PageViews, error) {
	for v, n := range pageViewNames {
		if n != "" && n == name {
			return PageViews(v), nil
		}
	}
	known := pageViewNames[Web:]
	if near := spelling.Nearest(name, known); near != "" {
		return 0, fmt.Errorf("unknown page view profile %q: did you mean %q?", name, near)
	}
	return 0, fmt.Errorf("unknown page view profile %q: there are web, api and raw", name)
}

// String is the definition's name.
func (v PageViews) String() string { return pageViewNames[v] }

// Definition says in words what counts.
func (v PageViews) Definition() string {
	switch v {
	case API:
		return "api: any method and status, no static file"
	case Raw:
		return "raw: every hit"
	default:
		return "web: GET, 2xx or 304, no static file, no bot"
	}
}

// counts says whether a hit is a page view.
func (v PageViews) counts(r *accesslog.Record, static, bot bool) bool {
	switch v {
	case Raw:
		return true
	case API:
		return !static && !r.BadRequest
	default:
		return !static && !bot && (len(r.ContentType) == 0 || isPageType(r.ContentType)) && (r.Status >= 200 && r.Status < 300 || r.Status == 304) && gets(r)
	}
}

// gets says whether a hit is a GET, or a request whose method the log does not tell: a CDN's log may have the URL alone.
func gets(r *accesslog.Record) bool {
	return string(r.Method) == "GET" || r.Method == nil && len(r.URI) > 0
}

// staticExtensions are lower case; none is longer than maxExtension.
var staticExtensions = [...]string{"css", "js", "mjs", "map", "gif", "jpg", "jpeg", "png", "webp", "avif", "bmp", "ico", "svg", "svgz",
	"ttf", "otf", "eot", "woff", "woff2", "mp3", "mp4", "webm", "ogg", "wav", "avi", "flv", "swf", "wasm"}

const maxExtension = 5

// packedExtensions holds the extensions as packed has them, by open addressing from extensionSlot on; 0 is no extension.
var packedExtensions = func() (slots [1 << extensionBits]uint64) {
	for _, e := range staticExtensions {
		x := packed([]byte(e))
		i := extensionSlot(x)
		for slots[i] != 0 {
			i = (i + 1) % uint64(len(slots))
		}
		slots[i] = x
	}
	return slots
}()

const extensionBits = 7

func extensionSlot(x uint64) uint64 { return x * 0x9e3779b97f4a7c15 >> (64 - extensionBits) }

// packed puts up to eight bytes into one number, the first lowest, letters in lower case. It is 0 for a text with a zero
// byte, which would not tell from a shorter one.
func packed(extension []byte) uint64 {
	var x uint64
	for i, c := range extension {
		switch {
		case c == 0:
			return 0
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		x |= uint64(c) << (8 * i)
	}
	return x
}

func isStaticExtension(x uint64) bool {
	for i := extensionSlot(x); ; i = (i + 1) % uint64(len(packedExtensions)) {
		if y := packedExtensions[i]; y == x || y == 0 {
			return y == x && x != 0
		}
	}
}

// isStatic says whether a hit is of a file that pages are made of. A logged content type has the last word.
func isStatic(path, contentType []byte) bool {
	if len(contentType) > 0 {
		return isStaticType(contentType)
	}
	if string(path) == "/robots.txt" || string(path) == "/favicon.ico" {
		return true
	}
	// The last dot, where an extension could begin.
	if n := len(path); n >= 8 {
		const everyByte = 0x0101010101010101
		x := binary.LittleEndian.Uint64(path[n-8:]) >> (8 * (8 - maxExtension - 1))
		noDot := x ^ '.'*everyByte
		dots := ^((noDot&(0x7f*everyByte) + 0x7f*everyByte) | noDot) & (0x80 * everyByte)
		if dots == 0 {
			return false
		}
		at := (bits.Len64(dots) - 1) / 8
		length := maxExtension - at
		x = x>>(8*at)>>8 | 0x20*everyByte&(1<<(8*length)-1)
		return isStaticExtension(x) && isStaticExtension(packed(path[n-length:])) // a control character is no digit
	}
	i := bytes.LastIndexByte(path, '.')
	return i >= 0 && isStaticExtension(packed(path[i+1:]))
}

func isPageType(contentType []byte) bool {
	return hasAnyPrefix(contentType, "text/html", "application/xhtml+xml")
}

func isStaticType(contentType []byte) bool {
	return hasAnyPrefix(contentType, "text/css", "text/javascript", "application/javascript", "application/x-javascript",
		"application/wasm", "image/", "font/", "audio/", "video/", "application/font", "application/x-font")
}

func hasAnyPrefix(b []byte, prefixes ...string) bool {
	for _, p := range prefixes {
		if len(b) >= len(p) && bytes.EqualFold(b[:len(p)], []byte(p)) {
			return true
		}
	}
	return false
}
