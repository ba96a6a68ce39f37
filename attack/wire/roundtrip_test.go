package wire

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestRoundTrip sends the same requests through wire and through net/http to
// net/http's own server, and compares what came to both ends.
func TestRoundTrip(t *testing.T) {
	var seen []string
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		r.Header.Del("User-Agent") // which net/http adds
		seen = append(seen, fmt.Sprint(r.Method, " ", r.RequestURI, " ", r.Host, " ", r.ContentLength, " ", r.Header, " ", len(body), " ", err, " ", r.Close))
		switch r.URL.Path {
		case "/missing":
			http.NotFound(w, r)
		case "/chunks":
			w.Header().Set("Trailer", "X-Sum")
			for range 10 {
				io.WriteString(w, strings.Repeat("c", 1000))
				w.(http.Flusher).Flush()
			}
			w.Header().Set("X-Sum", "10000")
		case "/nothing":
			w.WriteHeader(http.StatusNoContent)
		case "/next":
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		case "/hint":
			w.Header().Set("Link", "</a.css>")
			w.WriteHeader(http.StatusEarlyHints)
			io.WriteString(w, "hinted")
		default:
			w.Header().Add("Set-Cookie", "a=1")
			w.Header().Add("Set-Cookie", "b=2")
			w.Write(body)
		}
	})
	plain := httptest.NewServer(handler)
	defer plain.Close()
	secure := httptest.NewTLSServer(handler)
	defer secure.Close()
	theirs := secure.Client().Transport.(*http.Transport).Clone()
	theirs.DisableCompression = true
	defer theirs.CloseIdleConnections()
	ours := newTransport(t, Options{Timeout: patience, TLS: theirs.TLSClientConfig})

	try := func(rt http.RoundTripper, method, url string, body []byte, last bool) string {
		t.Helper()
		var r io.Reader
		if body != nil {
			r = bytes.NewReader(body)
		}
		req, err := http.NewRequest(method, url, r)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-User", "u 1")
		req.Header["X-Two"] = []string{"a", "b"}
		req.Close = last
		seen = seen[:0]
		res, err := rt.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		got, err := io.ReadAll(res.Body)
		res.Header.Del("Date")
		return fmt.Sprint(seen, " -> ", res.Status, " ", res.StatusCode, " ", res.Proto, " ", res.ProtoMajor, res.ProtoMinor, " ", res.Header, " ",
			res.ContentLength, " ", res.TransferEncoding, " ", res.Close, " ", res.Trailer, " ", len(got), " ", err)
	}
	for _, base := range []string{plain.URL, secure.URL} {
		for _, path := range []string{"", "/", "/a%20b?c=d&e=%C3%A9", "/missing", "/chunks", "/nothing", "/next", "/hint"} {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE"} {
				var body []byte
				if method == "POST" || method == "PUT" {
					body = bytes.Repeat([]byte("x"), 70000)
				}
				for _, last := range []bool{false, true} {
					got, want := try(ours, method, base+path, body, last), try(theirs, method, base+path, body, last)
					if got != want {
						t.Errorf("%s %s:\nwire     %s\nnet/http %s", method, path, got, want)
					}
				}
			}
		}
	}
}

func TestRoundTripRefuses(t *testing.T) {
	tr := newTransport(t, Options{})
	for _, row := range []struct{ url, name, value string }{
		{"ftp://h/", "X", "y"},
		{"http://h/", "X", "y\r\nZ: z"},
		{"http://h/", "X\r\nZ", "z"},
		{"http://h/", "X", "y\n"},
	} {
		req, err := http.NewRequest(http.MethodGet, row.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header[row.name] = []string{row.value}
		_, err = tr.RoundTrip(req)
		if got := failure(t, err); got != "request/invalid" {
			t.Errorf("%q: %q (%v)", row, got, err)
		}
	}
}
