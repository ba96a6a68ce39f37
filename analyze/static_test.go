package analyze

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// naiveStatic is the definition: what follows the last dot of a path is one of
// the extensions, in letters of either case of ASCII.
func naiveStatic(path []byte) bool {
	dot := bytes.LastIndexByte(path, '.')
	if dot < 0 || string(path) == "/robots.txt" || string(path) == "/favicon.ico" {
		return dot >= 0
	}
	lower := bytes.Clone(path[dot+1:])
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c | 0x20
		}
	}
	return slices.Contains(staticExtensions[:], string(lower))
}

func checkStatic(t *testing.T, path []byte) {
	t.Helper()
	if got := isStatic(path, nil); got != naiveStatic(path) {
		t.Fatalf("isStatic(%q) = %v", path, got)
	}
}

func TestStaticExtensions(t *testing.T) {
	for _, e := range staticExtensions {
		if len(e) > maxExtension || e != strings.ToLower(e) {
			t.Errorf("%q is longer than %d, or not in lower case", e, maxExtension)
		}
		for before := range 12 {
			path := append(bytes.Repeat([]byte("p"), before), "."+e...)
			checkStatic(t, path)
			checkStatic(t, bytes.ToUpper(path))
			// Every other byte in every place, before, behind, and left out.
			for i := range path {
				for c := range 256 {
					checkStatic(t, append(append(bytes.Clone(path[:i]), byte(c)), path[i+1:]...))
				}
				checkStatic(t, path[:i])
				checkStatic(t, append(bytes.Clone(path[:i]), path[i+1:]...))
			}
			for c := range 256 {
				checkStatic(t, append(bytes.Clone(path), byte(c)))
				checkStatic(t, append(bytes.Clone(path), byte(c), byte(c)))
			}
		}
	}
	for _, path := range []string{"", ".", "..", "/", "/.", "/robots.txt", "/favicon.ico", "/x/robots.txt", "/a.css/", "/a.css/b", "/a.b/c.js", "/js", "/.js", ".js"} {
		checkStatic(t, []byte(path))
	}
}

func TestStaticShortPaths(t *testing.T) {
	const alphabet = ".jsJ\x00/\x13"
	path := make([]byte, 0, 9)
	var next func(n int)
	next = func(n int) {
		checkStatic(t, path)
		if n == 0 {
			return
		}
		for i := range len(alphabet) {
			path = append(path, alphabet[i])
			next(n - 1)
			path = path[:len(path)-1]
		}
	}
	next(6)
	path = append(path, "/page"...)
	next(5)
	rng := rand.New(rand.NewPCG(41, 42))
	for range 300_000 {
		path := make([]byte, rng.IntN(14))
		for i := range path {
			path[i] = "..wofWOF2mp34\x00\x12/\xae\xea"[rng.IntN(18)]
		}
		checkStatic(t, path)
	}
}
