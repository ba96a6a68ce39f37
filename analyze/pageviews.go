package analyze

import (
	"bytes"
	"fmt"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/profile/spelling"
)

// PageViews is a definition of which hits are page views.
type PageViews uint8

// The definitions.
const (
	Web PageViews = iota + 1 // GET, status 2xx or 304, not a static file, not a bot
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
		return !static && !bot && (len(r.ContentType) == 0 || isPageType(r.ContentType)) && (r.Status >= 200 && r.Status < 300 || r.Status == 304) && string(r.Method) == "GET"
	}
}

// staticExtensions are lower case; none is longer than maxExtension.
var staticExtensions = func() map[string]bool {
	m := map[string]bool{}
	for _, e := range []string{"css", "js", "mjs", "map", "gif", "jpg", "jpeg", "png", "webp", "avif", "bmp", "ico", "svg", "svgz",
		"ttf", "otf", "eot", "woff", "woff2", "mp3", "mp4", "webm", "ogg", "wav", "avi", "flv", "swf", "wasm"} {
		m[e] = true
	}
	return m
}()

const maxExtension = 5

// isStatic says whether a hit is of a file that pages are made of. A logged content type has the last word.
func isStatic(path, contentType []byte) bool {
	if len(contentType) > 0 {
		return isStaticType(contentType)
	}
	if string(path) == "/robots.txt" || string(path) == "/favicon.ico" {
		return true
	}
	// A dot among the last bytes, and no slash behind it.
	end := max(0, len(path)-maxExtension-1)
	for i := len(path) - 1; i >= end; i-- {
		switch path[i] {
		case '/':
			return false
		case '.':
			var lower [maxExtension]byte
			n := copy(lower[:], path[i+1:])
			for j := range n {
				if c := lower[j]; 'A' <= c && c <= 'Z' {
					lower[j] = c + 'a' - 'A'
				}
			}
			return staticExtensions[string(lower[:n])]
		}
	}
	return false
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
