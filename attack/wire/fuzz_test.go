package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// script is a connection whose server says what it says in pieces of step bytes.
type script struct {
	net.Conn
	left   []byte
	step   int
	broken bool // it can't be written to
}

func (s *script) Write(p []byte) (int, error) {
	if s.broken {
		return 0, syscall.EPIPE
	}
	return len(p), nil
}

func (s *script) Read(p []byte) (int, error) {
	if len(s.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.left[:min(len(s.left), s.step)])
	s.left = s.left[n:]
	return n, nil
}

const fuzzHeaderCap, fuzzBodyCap = 4 << 10, 1 << 20

// readScript reads one response from the bytes.
func readScript(tr *Transport, method string, response []byte, step int) (*Exchange, error) {
	c := &conn{t: tr, nc: &script{left: response, step: step}}
	x := &Exchange{Method: method, Keep: fuzzBodyCap}
	x.reset()
	if err := c.fill(x); err != nil {
		return x, err
	}
	reusable, err := c.readResponse(x)
	if err != nil && reusable {
		panic("BUG: a connection is used after a failure")
	}
	return x, err
}

// FuzzResponse serves arbitrary bytes, and holds what comes of it against net/http's ReadResponse.
func FuzzResponse(f *testing.F) {
	for _, row := range conformances {
		if len(row.response) < 20000 {
			f.Add([]byte(row.response), row.method == "HEAD", uint8(0))
			f.Add([]byte(row.response), false, uint8(1))
		}
	}
	f.Add(typicalResponse, false, uint8(100))
	f.Fuzz(func(t *testing.T, response []byte, isHead bool, step uint8) {
		method := "GET"
		if isHead {
			method = "HEAD"
		}
		size := int(step)
		if size == 0 {
			size = len(response) + 1
		}
		tr := &Transport{opt: Options{MaxHeaderBytes: fuzzHeaderCap, MaxBodyBytes: fuzzBodyCap}}
		x, err := readScript(tr, method, response, size)
		if len(x.buf) > 2*fuzzHeaderCap+2*maxBuf || len(x.trailer) > fuzzHeaderCap || len(x.Kept) > fuzzBodyCap {
			t.Fatalf("memory: buffer %d, trailer %d, kept %d", len(x.buf), len(x.trailer), len(x.Kept))
		}
		if err != nil {
			if class, _ := Classify(err); class != ClassProtocol && class != ClassClosed && class != ClassTooLarge {
				t.Fatalf("class %v of %v", class, err)
			}
		}
		// However the bytes are cut, the response is the same.
		whole, wholeErr := readScript(tr, method, response, len(response)+1)
		if whole.Status != x.Status || whole.BodyBytes != x.BodyBytes || (wholeErr == nil) != (err == nil) || !bytes.Equal(whole.Kept, x.Kept) {
			t.Fatalf("in pieces of %d: %d %d %v; whole: %d %d %v", size, x.Status, x.BodyBytes, err, whole.Status, whole.BodyBytes, wholeErr)
		}
		theirs, body, theirErr := netHTTPRead(method, response)
		if err == nil {
			agree(t, x, theirs, body, theirErr)
		} else if theirErr == nil && !mayDiffer(err, response) {
			t.Fatalf("refused (%v), net/http reads %d and %d bytes", err, theirs.StatusCode, len(body))
		}
	})
}

// netHTTPRead reads the final response and its body as net/http does.
func netHTTPRead(method string, response []byte) (*http.Response, []byte, error) {
	in := bufio.NewReader(bytes.NewReader(response))
	for {
		res, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			return nil, nil, err
		}
		if res.StatusCode >= 100 && res.StatusCode < 200 && res.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		if res.StatusCode == http.StatusSwitchingProtocols {
			return res, nil, nil
		}
		body, err := io.ReadAll(res.Body)
		return res, body, err
	}
}

// agree holds an accepted response against net/http's. net/http may refuse
// control characters in values, and nothing else that is accepted here.
func agree(t *testing.T, x *Exchange, theirs *http.Response, body []byte, theirErr error) {
	if theirErr != nil {
		if strings.Contains(theirErr.Error(), "malformed MIME header") && hasControl(x.buf[:x.headEnd]) || hasControl(x.trailer) {
			return
		}
		// net/http finds a trailer's end in its 4 KiB buffer or not at all.
		if strings.Contains(theirErr.Error(), "suspiciously long trailer") {
			return
		}
		t.Fatalf("accepted with %d and %d bytes, net/http: %v", x.Status, x.BodyBytes, theirErr)
	}
	if x.Status != theirs.StatusCode || !bytes.Equal(x.Kept, body) || x.BodyBytes != int64(len(body)) {
		t.Fatalf("%d %d bytes %q, net/http: %d %q", x.Status, x.BodyBytes, x.Kept, theirs.StatusCode, body)
	}
	sameHeader(t, x, theirs.Header)
}

func hasControl(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\r' && c != '\n' || c == 0x7f {
			return true
		}
	}
	return false
}

// mayDiffer reports whether a response that net/http reads is refused for a
// reason that the package's comment names, or for the caps of this test.
func mayDiffer(err error, response []byte) bool {
	switch {
	case errors.Is(err, errStatusLine), errors.Is(err, errFolded), errors.Is(err, errHeadSize), errors.Is(err, errBodySize):
		return true
	case errors.Is(err, errTrailerEnd):
		return true
	case errors.Is(err, errField) && spaceInName(response):
		return true
	}
	// What net/http unfolds may make sense of the line before.
	return bytes.Contains(response, []byte("\n ")) || bytes.Contains(response, []byte("\n\t"))
}

// FuzzRequest puts arbitrary bytes into every part of a request: what is not
// refused must be read as one request with just these parts by net/http's server side.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/item/7?x=1", "shop.test", "Cookie: a=b\r\nX: y\r\n", "")
	f.Add("POST", "*", "h:80", "", "body")
	f.Add("GET", "/", "h", "X: y\r\n\r\nGET /two HTTP/1.1\r\nHost: h\r\n", "")
	f.Add("GET", "/ HTTP/1.1\r\nX: y", "h", "X: a\nb\r\n", "")
	f.Add("GET", "http://a/b", "h", "Content-Length: 5\r\n", "hello")
	f.Fuzz(func(t *testing.T, method, uri, host, header, body string) {
		x := &Exchange{Addr: "h:80", Host: host, Method: method, RequestURI: []byte(uri), Header: []byte(header), Body: []byte(body)}
		x.reset()
		if x.render(false) != nil || x.apart {
			return
		}
		in := bufio.NewReaderSize(bytes.NewReader(x.out), len(x.out)+16)
		req, err := http.ReadRequest(in)
		if err != nil {
			// net/http reads the target as a URL, the Host as a host, and no control characters: stricter than what may be sent to provoke a server.
			if lines := bytes.Count(x.out, crlf); lines != strings.Count(header, "\r\n")+strings.Count(body, "\r\n")+3+contentLengthLines(x) {
				t.Fatalf("%q has %d lines", x.out, lines)
			}
			return
		}
		got, err := io.ReadAll(req.Body)
		if err != nil || string(got) != body {
			t.Fatalf("%q: body %q (%v), want %q", x.out, got, err, body)
		}
		if rest, _ := io.ReadAll(in); len(rest) > 0 {
			t.Fatalf("%q: %q is left after the request", x.out, rest)
		}
		fields := 0
		for _, values := range req.Header {
			fields += len(values)
		}
		if want := strings.Count(header, "\r\n") + contentLengthLines(x); fields > want {
			t.Fatalf("%q: %d fields, want %d", x.out, fields, want)
		}
		if uri != "" && req.RequestURI != uri {
			t.Fatalf("%q: target %q, want %q", x.out, req.RequestURI, uri)
		}
	})
}

// contentLengthLines is how many lines Do adds beside request line, Host and the empty one.
func contentLengthLines(x *Exchange) int {
	lines := 0
	if x.closing && !bytes.Contains(bytes.ToLower(x.Header), []byte("close")) {
		lines++
	}
	if len(x.Body) > 0 || x.Method == http.MethodPost || x.Method == http.MethodPut || x.Method == http.MethodPatch {
		lines++
	}
	return lines
}

// spaceInName reports whether a line has a space before its colon.
func spaceInName(response []byte) bool {
	for _, line := range bytes.Split(response, []byte("\n"))[1:] {
		if name, _, ok := bytes.Cut(line, colon); ok && bytes.Contains(name, []byte(" ")) {
			return true
		}
	}
	return false
}
