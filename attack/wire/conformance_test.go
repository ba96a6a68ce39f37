package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

type ending int

const (
	keepOpen ending = iota
	closeConn
	halfClose
	resetConn
)

// outcome is what a client made of a response.
type outcome struct {
	status int
	body   int64
	class  string // "" for success
}

// conformance is a response of a server and what wire and net/http make of it.
type conformance struct {
	name     string
	method   string // "" is GET
	response string
	end      ending
	want     outcome
	// theirs is net/http's outcome where it is a documented difference.
	theirs *outcome
}

const head = "HTTP/1.1 200 OK\r\n"

var conformances = []conformance{
	{name: "content-length", response: head + "Content-Length: 5\r\n\r\nhello", want: outcome{200, 5, ""}},
	{name: "empty", response: okEmpty, want: outcome{200, 0, ""}},
	{name: "chunked", response: head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n", want: outcome{200, 11, ""}},
	{name: "chunked upper case size", response: head + "Transfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n", want: outcome{200, 10, ""}},
	{name: "chunked with trailers", response: head + "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n", want: outcome{200, 5, ""}},
	{name: "read to close", response: head + "\r\nhello", end: closeConn, want: outcome{200, 5, ""}},
	{name: "read to half close", response: head + "\r\nhello", end: halfClose, want: outcome{200, 5, ""}},
	{name: "http/1.0", response: "HTTP/1.0 200 OK\r\n\r\nhello", end: closeConn, want: outcome{200, 5, ""}},
	{name: "http/1.0 content-length", response: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", end: closeConn, want: outcome{200, 2, ""}},
	{name: "http/1.0 has no codings", response: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", end: closeConn, want: outcome{200, 5, ""}},
	{name: "head", method: "HEAD", response: head + "Content-Length: 5\r\n\r\n", want: outcome{200, 0, ""}},
	{name: "head chunked", method: "HEAD", response: head + "Transfer-Encoding: chunked\r\n\r\n", want: outcome{200, 0, ""}},
	{name: "204", response: "HTTP/1.1 204 No Content\r\n\r\n", want: outcome{204, 0, ""}},
	{name: "304 with length", response: "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", want: outcome{304, 0, ""}},
	{name: "100 before", response: "HTTP/1.1 100 Continue\r\n\r\n" + okEmpty, want: outcome{200, 0, ""}},
	{name: "103 with header", response: "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nContent-Length: 7\r\n\r\n" + head + "Content-Length: 2\r\n\r\nhi", want: outcome{200, 2, ""}},
	{name: "many 1xx", response: strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 50) + okEmpty, want: outcome{200, 0, ""}},
	{name: "endless 1xx", response: strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 1000) + okEmpty, want: outcome{0, 0, "too_large"}},
	{name: "no reason", response: "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", want: outcome{404, 0, ""}},
	{name: "empty reason", response: "HTTP/1.1 500 \r\nContent-Length: 0\r\n\r\n", want: outcome{500, 0, ""}},
	{name: "status 999", response: "HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n", want: outcome{999, 0, ""}},
	{name: "bare lf", response: "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", want: outcome{200, 2, ""}},
	{name: "latin-1 value", response: head + "X: caf\xe9 \xff\x80\r\nContent-Length: 0\r\n\r\n", want: outcome{200, 0, ""}},
	{name: "empty value", response: head + "X:\r\nY: \t \r\nContent-Length: 0\r\n\r\n", want: outcome{200, 0, ""}},
	{name: "repeated field", response: head + "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n", want: outcome{200, 0, ""}},
	{name: "same length twice", response: head + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", want: outcome{200, 2, ""}},
	{name: "length beside chunked", response: head + "Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", want: outcome{200, 2, ""}},
	{name: "large header", response: head + "X: " + strings.Repeat("v", 12<<10) + "\r\nContent-Length: 2\r\n\r\nhi", want: outcome{200, 2, ""}},
	{name: "large body", response: head + "Content-Length: 3000000\r\n\r\n" + strings.Repeat("b", 3000000), want: outcome{200, 3000000, ""}},
	{name: "large chunks", response: head + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("10000\r\n"+strings.Repeat("b", 1<<16)+"\r\n", 20) + "0\r\n\r\n", want: outcome{200, 20 << 16, ""}},
	{name: "chunks of a byte", response: head + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\nb\r\n", 20000) + "0\r\n\r\n", want: outcome{200, 20000, ""}},

	{name: "conflicting lengths", response: head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi!", want: outcome{0, 0, "protocol"}},
	{name: "negative length", response: head + "Content-Length: -1\r\n\r\n", want: outcome{0, 0, "protocol"}},
	{name: "signed length", response: head + "Content-Length: +1\r\n\r\nx", want: outcome{0, 0, "protocol"}},
	{name: "list of lengths", response: head + "Content-Length: 2, 2\r\n\r\nhi", want: outcome{0, 0, "protocol"}},
	{name: "length beyond int64", response: head + "Content-Length: 9223372036854775808\r\n\r\n", want: outcome{0, 0, "protocol"}},
	{name: "unknown coding", response: head + "Transfer-Encoding: gzip\r\n\r\n", end: closeConn, want: outcome{0, 0, "protocol"}},
	{name: "two codings", response: head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", want: outcome{0, 0, "protocol"}},
	{name: "chunked twice", response: head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", want: outcome{0, 0, "protocol"}},
	{name: "bad chunk size", response: head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", want: outcome{200, 0, "protocol"}},
	{name: "signed chunk size", response: head + "Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n", want: outcome{200, 0, "protocol"}},
	{name: "empty chunk size", response: head + "Transfer-Encoding: chunked\r\n\r\n\r\n", want: outcome{200, 0, "protocol"}},
	{name: "chunk longer than its size", response: head + "Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n", want: outcome{200, 2, "protocol"}},
	{name: "chunk line ends in lf", response: head + "Transfer-Encoding: chunked\r\n\r\n2\nhi\r\n0\r\n\r\n", want: outcome{200, 0, "protocol"}},
	{name: "chunk size beyond uint64", response: head + "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n", want: outcome{200, 0, "protocol"}},
	{name: "endless extension", response: head + "Transfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("e", 9000) + "\r\nx\r\n0\r\n\r\n", want: outcome{200, 0, "protocol"}},
	{name: "extensions instead of data", response: head + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("e", 2000)+"\r\nx\r\n", 30) + "0\r\n\r\n", want: outcome{200, 8, "protocol"}},
	{name: "garbage", response: "SSH-2.0-OpenSSH_9.9\r\n", end: closeConn, want: outcome{0, 0, "protocol"}},
	{name: "status of two digits", response: "HTTP/1.1 20 OK\r\n\r\n", end: closeConn, want: outcome{0, 0, "protocol"}},
	{name: "status of letters", response: "HTTP/1.1 2x0 OK\r\n\r\n", end: closeConn, want: outcome{0, 0, "protocol"}},
	{name: "http/x", response: "HTTP/x.1 200 OK\r\n\r\n", end: closeConn, want: outcome{0, 0, "protocol"}},
	{name: "no colon", response: head + "Nonsense\r\n\r\n", end: closeConn, want: outcome{0, 0, "protocol"}},
	{name: "no name", response: head + ": value\r\n\r\n", end: closeConn, want: outcome{0, 0, "protocol"}},
	{name: "nul in value", response: head + "X: a\x00b\r\nContent-Length: 0\r\n\r\n", want: outcome{0, 0, "protocol"}},
	{name: "cr in value", response: head + "X: a\rContent-Length: 3\r\nContent-Length: 0\r\n\r\n", want: outcome{0, 0, "protocol"}},
	{name: "folded first", response: head + " X: a\r\nContent-Length: 0\r\n\r\n", want: outcome{0, 0, "protocol"}},
	{name: "huge header", response: head + "X: " + strings.Repeat("v", 64<<10) + "\r\n\r\n", end: closeConn, want: outcome{0, 0, "too_large"}},
	{name: "huge header of many fields", response: head + strings.Repeat("X-Field: value\r\n", 8<<10) + "\r\n", end: closeConn, want: outcome{0, 0, "too_large"}},

	{name: "close without response", end: closeConn, want: outcome{0, 0, "closed"}},
	{name: "reset without response", end: resetConn, want: outcome{0, 0, "reset"}},
	{name: "close in status line", response: "HTTP/1.1 20", end: closeConn, want: outcome{0, 0, "closed"}, theirs: &outcome{0, 0, "protocol"}},
	{name: "close in header", response: head + "Content-Le", end: closeConn, want: outcome{0, 0, "closed"}, theirs: &outcome{0, 0, "protocol"}},
	{name: "close in body", response: head + "Content-Length: 10\r\n\r\nhello", end: closeConn, want: outcome{200, 5, "closed"}},
	{name: "half close in body", response: head + "Content-Length: 10\r\n\r\nhello", end: halfClose, want: outcome{200, 5, "closed"}},
	{name: "close in chunk", response: head + "Transfer-Encoding: chunked\r\n\r\na\r\nhello", end: closeConn, want: outcome{200, 5, "closed"}},
	{name: "close between chunks", response: head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", end: closeConn, want: outcome{200, 5, "closed"}},
	{name: "close in trailer", response: head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 7\r\n", end: closeConn, want: outcome{200, 5, "closed"}, theirs: &outcome{200, 5, "protocol"}},
	{name: "stall in header", response: head + "X: y\r\n", want: outcome{0, 0, "timeout"}},
	{name: "stall in body", response: head + "Content-Length: 10\r\n\r\nhello", want: outcome{200, 5, "timeout"}},
	{name: "stall", want: outcome{0, 0, "timeout"}},

	// The documented differences.
	{name: "folded field", response: head + "X: a\r\n b\r\nContent-Length: 0\r\n\r\n", want: outcome{0, 0, "protocol"}, theirs: &outcome{200, 0, ""}},
	{name: "space before colon", response: head + "Content-Length : 2\r\n\r\nhi", end: closeConn, want: outcome{0, 0, "protocol"}, theirs: &outcome{200, 2, ""}},
	{name: "control character", response: head + "X: a\x01b\r\nContent-Length: 0\r\n\r\n", want: outcome{200, 0, ""}, theirs: &outcome{0, 0, "protocol"}},
	{name: "http/2.0", response: "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", want: outcome{0, 0, "protocol"}, theirs: &outcome{200, 0, ""}},
	{name: "status 099", response: "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n", want: outcome{0, 0, "protocol"}, theirs: &outcome{99, 0, ""}},
	{name: "two spaces", response: "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n", want: outcome{0, 0, "protocol"}, theirs: &outcome{200, 0, ""}},
}

// TestConformance holds every response of the table against what must come of
// it, and against net/http's Transport on the same server.
func TestConformance(t *testing.T) {
	for _, row := range conformances {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := serveTCP(t, func(p *peer) {
				if _, _, ok := p.request(); !ok {
					return
				}
				p.say(row.response)
				switch row.end {
				case keepOpen:
					p.hold()
				case halfClose:
					p.Conn.(interface{ CloseWrite() error }).CloseWrite()
					p.hold()
				case resetConn:
					p.reset()
				}
			})
			timeout := patience
			if row.want.class == "timeout" {
				timeout = 300 * time.Millisecond
			}
			method := row.method
			if method == "" {
				method = "GET"
			}
			tr := newTransport(t, Options{Timeout: timeout, MaxHeaderBytes: 16 << 10})
			x := s.get()
			x.Method = method
			x.Keep = 4 << 20
			err := tr.Do(context.Background(), x)
			ours := outcome{status: x.Status, body: x.BodyBytes}
			if err != nil {
				_, ours.class, _ = strings.Cut(failure(t, err), "/")
			}
			want := row.want
			if ours != want {
				t.Errorf("wire: %+v (%v), want %+v", ours, err, want)
			}
			if int64(len(x.Kept)) != x.BodyBytes {
				t.Errorf("kept %d bytes of %d", len(x.Kept), x.BodyBytes)
			}

			theirs, header, theirErr := netHTTP(t, method, s.addr, timeout)
			if row.theirs != nil {
				want = *row.theirs
			}
			if want.class == "too_large" {
				want.class = "protocol" // net/http has no class of its own for it
			}
			if theirs != want {
				t.Errorf("net/http: %+v (%v), want %+v", theirs, theirErr, want)
			}
			if err == nil && theirErr == nil {
				sameHeader(t, x, header)
			}
		})
	}
}

// netHTTP is the outcome of the same request through net/http.
func netHTTP(t *testing.T, method, addr string, timeout time.Duration) (outcome, http.Header, error) {
	t.Helper()
	tr := &http.Transport{DisableCompression: true, MaxResponseHeaderBytes: 16 << 10}
	defer tr.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+addr+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := tr.RoundTrip(req)
	if err != nil {
		return outcome{class: netHTTPClass(err)}, nil, err
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	return outcome{res.StatusCode, n, netHTTPClass(err)}, res.Header, err
}

// netHTTPClass is the class of net/http's error; what it makes of a malformed response has no type.
func netHTTPClass(err error) string {
	if err == nil {
		return ""
	}
	if errors.Is(err, io.EOF) {
		return ClassClosed.String()
	}
	// A close before the response ends a wait in one of two texts.
	if strings.Contains(err.Error(), "unexpected EOF") {
		return ClassClosed.String()
	}
	class, _ := Classify(err)
	if class == ClassOther {
		class = ClassProtocol
	}
	return class.String()
}

// sameHeader compares the fields that net/http leaves in the header.
func sameHeader(t *testing.T, x *Exchange, want http.Header) {
	t.Helper()
	got := http.Header{}
	for name, value := range x.Fields() {
		got.Add(string(name), string(value))
	}
	if len(got["Pragma"]) > 0 {
		want.Del("Cache-Control") // which net/http makes up
		got.Del("Cache-Control")
	}
	for _, own := range []string{"Transfer-Encoding", "Trailer", "Content-Length", "Connection"} {
		got.Del(own) // which net/http keeps or takes out depending on the body
		want.Del(own)
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("header %q, net/http has %q", got, want)
	}
}
