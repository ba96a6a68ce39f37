package wire

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
)

// maxBuffered bounds the bodies that RoundTrip holds, one of the request and one of the response.
const maxBuffered = 64 << 20

var exchanges = sync.Pool{New: func() any { return new(Exchange) }}

// RoundTrip implements http.RoundTripper over Do, for code written against
// net/http and for comparison with it. Both bodies are held in memory, up to
// 64 MiB each; a larger one is an error. It adds no User-Agent, asks for no
// compression, and calls no httptrace hook.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	x := exchanges.Get().(*Exchange)
	defer exchanges.Put(x)
	if err := x.fromRequest(req); err != nil {
		return nil, err
	}
	x.Keep = maxBuffered
	if err := t.Do(req.Context(), x); err != nil {
		return nil, err
	}
	if x.BodyBytes > int64(len(x.Kept)) {
		return nil, &Error{PhaseBody, ClassTooLarge, errBodySize}
	}
	res := x.response(req)
	x.Kept = nil // the response has it
	return res, nil
}

// fromRequest takes the request of req.
func (x *Exchange) fromRequest(req *http.Request) error {
	x.Body = nil
	if req.Body != nil {
		defer req.Body.Close()
		body, err := io.ReadAll(io.LimitReader(req.Body, maxBuffered+1))
		if err != nil {
			return fmt.Errorf("wire: request body: %w", err)
		}
		if len(body) > maxBuffered {
			return &Error{PhaseRequest, ClassInvalid, invalidError("request body is larger than the limit")}
		}
		x.Body = body
	}
	u := req.URL
	switch u.Scheme {
	case "http", "https":
		x.TLS = u.Scheme == "https"
	default:
		return &Error{PhaseRequest, ClassInvalid, invalidError("unsupported scheme " + strconv.Quote(u.Scheme))}
	}
	port := u.Port()
	if port == "" {
		if port = "80"; x.TLS {
			port = "443"
		}
	}
	x.Addr = net.JoinHostPort(u.Hostname(), port)
	if x.Host = req.Host; x.Host == "" {
		x.Host = u.Host
	}
	x.Method = req.Method
	x.RequestURI = append(x.RequestURI[:0], u.RequestURI()...)
	x.Header = x.Header[:0]
	for name, values := range req.Header {
		switch name {
		case "Host", "Content-Length", "Transfer-Encoding":
			continue
		}
		for _, v := range values {
			if bytes.IndexByte([]byte(v), '\n') >= 0 {
				return &Error{PhaseRequest, ClassInvalid, invalidError("header value holds LF")}
			}
			x.Header = append(append(append(append(x.Header, name...), ": "...), v...), crlf...)
		}
	}
	x.Fresh = req.Close
	x.ConnKey = 0
	return nil
}

// response makes a response of what x read.
func (x *Exchange) response(req *http.Request) *http.Response {
	status := strconv.Itoa(x.Status)
	res := &http.Response{
		Status:        status + " " + string(x.Reason()),
		StatusCode:    x.Status,
		Proto:         "HTTP/1." + strconv.Itoa(x.Minor),
		ProtoMajor:    1,
		ProtoMinor:    x.Minor,
		Header:        make(http.Header),
		Body:          io.NopCloser(bytes.NewReader(x.Kept)),
		ContentLength: x.frame.length,
		Close:         x.frame.close || x.Minor == 0 && !x.frame.alive,
		Request:       req,
	}
	for name, value := range x.Fields() {
		res.Header.Add(string(name), string(value))
	}
	if x.Method != http.MethodHead && (x.Status == http.StatusNoContent || x.Status == http.StatusNotModified) {
		res.ContentLength = 0
	}
	if x.frame.close {
		res.Header.Del("Connection") // res.Close says it, as in net/http
	}
	if x.frame.chunked {
		res.TransferEncoding = []string{"chunked"}
		res.ContentLength = -1
		res.Header.Del("Transfer-Encoding")
		res.Header.Del("Content-Length")
		res.Header.Del("Trailer")
		res.Trailer = make(http.Header)
		for name, value := range x.Trailers() {
			res.Trailer.Add(string(name), string(value))
		}
	}
	return res
}
