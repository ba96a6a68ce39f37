package accesslog

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// forTexts calls f with all texts over an alphabet of up to a length, and with
// each of them behind and before others, so that they stand at every place of
// eight bytes.
func forTexts(alphabet string, longest int, f func(text []byte)) {
	text := make([]byte, 0, 64)
	var next func(n int)
	next = func(n int) {
		f(text)
		if n == 0 {
			return
		}
		for i := range len(alphabet) {
			text = append(text, alphabet[i])
			next(n - 1)
			text = text[:len(text)-1]
		}
	}
	next(longest)
	for before := range 26 {
		text = append(text[:0], bytes.Repeat([]byte{alphabet[0]}, before)...)
		next(min(longest, 4))
	}
}

// randomTexts calls f with texts of any bytes, most of them near a byte.
func randomTexts(seed uint64, near byte, f func(text []byte)) {
	rng := rand.New(rand.NewPCG(seed, 1))
	for range 200_000 {
		text := make([]byte, rng.IntN(40))
		for i := range text {
			switch rng.IntN(12) {
			case 0:
				text[i] = near
			case 1:
				text[i] = near ^ 1
			case 2:
				text[i] = near + 0x80
			case 3:
				text[i] = near - 1
			default:
				text[i] = byte(rng.Uint32())
			}
		}
		f(text)
	}
}

func TestIndexSpace(t *testing.T) {
	check := func(text []byte) {
		if got, want := indexSpace(text), bytes.IndexByte(text, ' '); got != want {
			t.Fatalf("indexSpace(%q) = %d, want %d", text, got, want)
		}
	}
	forTexts("1 !", 8, check)
	forTexts("\x00 \xa0\x1f", 5, check)
	randomTexts(1, ' ', check)
}

func TestPathLength(t *testing.T) {
	check := func(text []byte) {
		want := len(text)
		for i, c := range text {
			if c == '?' || c == '#' {
				want = i
				break
			}
		}
		if got := pathLength(text); got != want {
			t.Fatalf("pathLength(%q) = %d, want %d", text, got, want)
		}
	}
	forTexts("/?#", 8, check)
	forTexts("a>\"@", 5, check)
	forTexts("\x00?\xbf\x3e#", 4, check)
	randomTexts(2, '?', check)
	randomTexts(3, '#', check)
}

func TestLeadingShortInt(t *testing.T) {
	check := func(text []byte) {
		v, n := leadingShortInt(text)
		if want, wantN := leadingInt(text); v != want || n != wantN {
			t.Fatalf("leadingShortInt(%q) = %d, %d, want %d, %d", text, v, n, want, wantN)
		}
	}
	forTexts("09 ", 9, check)
	forTexts("5/:\xb5\x15", 5, check)
	randomTexts(4, '7', check)
	rng := rand.New(rand.NewPCG(5, 5))
	for range 200_000 {
		text := make([]byte, rng.IntN(24))
		digits := rng.IntN(24)
		for i := range text {
			if text[i] = byte('0' + rng.IntN(10)); i >= digits {
				text[i] = byte(rng.Uint32())
			}
		}
		check(text)
	}
	// Every number of up to seven digits at all would take long; the digits are
	// independent of each other but for their place.
	for place := range 7 {
		for a := byte('0'); a <= '9'; a++ {
			for b := byte('0'); b <= '9'; b++ {
				text := []byte("0000000 ")
				text[place], text[(place+1)%7] = a, b
				check(text)
			}
		}
	}
}

// naiveRequest is the request line by its definition.
func naiveRequest(v []byte) (method, uri, proto []byte, bad bool) {
	words := bytes.Split(v, []byte(" "))
	last := len(words) - 1
	switch {
	case last == 1 && naiveOld.Match(v):
		return words[0], words[1], nil, false
	case last == 2 && len(words[0]) > 0 && len(words[1]) > 0 && len(words[2]) > 0,
		last > 2 && len(words[0]) > 0 && bytes.HasPrefix(words[last], []byte("HTTP/")):
		return words[0], bytes.Join(words[1:last], []byte(" ")), words[last], false
	}
	return nil, nil, nil, true
}

func TestSplitRequest(t *testing.T) {
	check := func(v []byte) {
		var r Record
		splitRequest(v, &r)
		method, uri, proto, bad := naiveRequest(v)
		if !bytes.Equal(r.Method, method) || !bytes.Equal(r.URI, uri) || !bytes.Equal(r.Proto, proto) || r.BadRequest != bad {
			t.Fatalf("%q: method %q, URI %q, protocol %q, bad %v, want %q, %q, %q, %v", v, r.Method, r.URI, r.Proto, r.BadRequest, method, uri, proto, bad)
		}
		// What is appended to one must not run into the next.
		for _, part := range [][]byte{r.Method, r.URI} {
			if len(r.Proto) > 0 && cap(part) != len(part) {
				t.Fatalf("%q: %q has room for %d bytes", v, part, cap(part))
			}
		}
	}
	parts := []string{"GET", "GET ", " GET ", "POST ", "get ", "G ", "/", " /", "/a b", " ", "x", "HTTP/1.1", " HTTP/1.1", " HTTP/1.0", " HTTP/2.0", " HTTP/3.0", " HTTP/", " http/1.1", ""}
	for _, a := range parts {
		for _, b := range parts {
			for _, c := range parts {
				for _, d := range parts {
					check([]byte(a + b + c + d))
				}
			}
		}
	}
	for _, proto := range []string{"HTTP/1.1", "HTTP/1.0", "HTTP/2.0"} {
		if !isHTTP([]byte(proto)) {
			t.Errorf("%s is no protocol", proto)
		}
		for i := range len(proto) {
			for _, c := range []byte{0, ' ', '3', proto[i] ^ 0x20, proto[i] ^ 0x80} {
				changed := []byte(proto)
				changed[i] = c
				known := string(changed) == "HTTP/1.1" || string(changed) == "HTTP/1.0" || string(changed) == "HTTP/2.0"
				if isHTTP(changed) != known {
					t.Errorf("isHTTP(%q) = %v", changed, !known)
				}
			}
		}
		if isHTTP([]byte(proto)[:7]) || isHTTP([]byte(proto+"1")) {
			t.Error("a protocol of another length")
		}
	}
}

func TestAmongEight(t *testing.T) {
	for n := range 12 {
		for at := range n + 1 {
			for c := range 256 {
				text := bytes.Repeat([]byte{byte(c) + 1}, n)
				for ; at < n; at += 5 {
					text[at] = byte(c)
				}
				want := bytes.IndexByte(text, byte(c))
				if want < 0 || want > 7 || n < 8 {
					want = 8
				}
				if got := amongEight(text, byte(c)); got != want {
					t.Fatalf("%q in %q: %d, want %d", byte(c), text, got, want)
				}
			}
		}
	}
}

// originForm is held to its definition: what follows the authority of an absolute URI.
func TestOriginForm(t *testing.T) {
	naive := func(uri string) string {
		scheme, rest, ok := strings.Cut(uri, "://")
		if !ok || scheme == "" || strings.ContainsFunc(scheme, func(r rune) bool {
			return r > 0x7f || !isAlnum(byte(r)) && !strings.ContainsRune("+-.", r)
		}) {
			return uri
		}
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			return rest[i:]
		}
		return ""
	}
	rng := rand.New(rand.NewPCG(8, 9))
	parts := []string{"http", "https", "://", ":", "/", "?", "#", "a", "ws+x", "example.com:443", "é", " ", "-", "path/long/enough", "http://", "https://"}
	for range 100_000 {
		uri := ""
		for range rng.IntN(6) {
			uri += parts[rng.IntN(len(parts))]
		}
		if got := string(originForm([]byte(uri))); got != naive(uri) {
			t.Fatalf("originForm(%q) = %q, want %q", uri, got, naive(uri))
		}
	}
}
