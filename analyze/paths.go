package analyze

import (
	"fmt"

	"github.com/loadx/loadx/profile/spelling"
)

// Paths says how the path of a hit becomes the page that it counts for.
type Paths uint8

// The ways.
const (
	RawPaths       Paths = iota // every path is a page of its own
	TemplatedPaths              // numbers and identifiers in a path become {id}
)

var pathsNames = [...]string{RawPaths: "raw", TemplatedPaths: "templated"}

// ParsePaths returns the way of a name: raw or templated.
func ParsePaths(name string) (Paths, error) {
	for p, n := range pathsNames {
		if n == name {
			return Paths(p), nil
		}
	}
	if near := spelling.Nearest(name, pathsNames[:]); near != "" {
		return 0, fmt.Errorf("unknown way of paths %q: did you mean %q?", name, near)
	}
	return 0, fmt.Errorf("unknown way of paths %q: there are raw and templated", name)
}

// String is the way's name.
func (p Paths) String() string { return pathsNames[p] }

// longHex is from how many hexadecimal digits on a segment is an identifier and no word.
const longHex = 16

var idSegment = []byte("{id}")

// appendTemplate appends the path with every segment that is a number, a UUID or a long hexadecimal number as {id}.
func appendTemplate(dst, path []byte) []byte {
	for len(path) > 0 {
		end := 0
		for end < len(path) && path[end] != '/' {
			end++
		}
		if segment := path[:end]; isID(segment) {
			dst = append(dst, idSegment...)
		} else {
			dst = append(dst, segment...)
		}
		if end < len(path) {
			dst = append(dst, '/')
			end++
		}
		path = path[end:]
	}
	return dst
}

// isID says whether a segment is made of decimal digits; or of hexadecimal ones, one of them decimal at least, that are
// longHex or more; or of 8, 4, 4, 4 and 12 hexadecimal digits between hyphens (RFC 9562, section 4).
func isID(segment []byte) bool {
	digits, letters, hyphens := 0, 0, 0
	for i, c := range segment {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
			letters++
		case c == '-' && (i == 8 || i == 13 || i == 18 || i == 23):
			hyphens++
		default:
			return false
		}
	}
	switch {
	case hyphens > 0:
		return hyphens == 4 && len(segment) == 36
	case letters == 0:
		return digits > 0
	default:
		return digits > 0 && digits+letters >= longHex
	}
}
