package wire

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
)

// render writes the request into x.out, or says why it can't be sent. Nothing that
// a caller puts into a field can end a line or a header before its time.
func (x *Exchange) render(alwaysClose bool) error {
	method := x.Method
	if method == "" {
		method = http.MethodGet
	}
	if !isToken(method) {
		return invalidError("method is not a token")
	}
	if method == http.MethodConnect {
		return invalidError("CONNECT can't be sent")
	}
	if x.Addr == "" { // one that can't be dialled shows when dialling
		return invalidError("no address")
	}
	b := append(x.out[:0], method...)
	b = append(b, ' ')
	if len(x.RequestURI) == 0 {
		b = append(b, '/')
	} else if !allIn(x.RequestURI, isVisible) {
		return invalidError("request target holds a space or a control character")
	}
	b = append(b, x.RequestURI...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	host := x.Host
	if host == "" {
		host = defaultHost(x.Addr, x.TLS)
	}
	if !allIn(host, isVisible) {
		return invalidError("host holds a space or a control character")
	}
	b = append(b, host...)
	b = append(b, '\r', '\n')
	saysClose, err := checkHeader(x.Header)
	if err != nil {
		return err
	}
	b = append(b, x.Header...)
	x.closing = saysClose || alwaysClose || x.Fresh
	if x.closing && !saysClose {
		b = append(b, "Connection: close\r\n"...)
	}
	if len(x.Body) > 0 || method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(x.Body)), 10)
		b = append(b, '\r', '\n')
	}
	b = append(b, '\r', '\n')
	x.apart = len(x.Body) > smallBody
	if !x.apart {
		b = append(b, x.Body...)
	}
	x.out = b
	return nil
}

// defaultHost is the Host field of an origin named by address alone.
func defaultHost(addr string, secure bool) string {
	if strings.HasPrefix(addr, unixPrefix) {
		return "localhost"
	}
	if secure {
		return strings.TrimSuffix(addr, ":443")
	}
	return strings.TrimSuffix(addr, ":80")
}

// idempotent reports whether RFC 9110, section 9.2.2 lets a client send the method
// again after a connection failed.
func idempotent(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// checkHeader validates a rendered header and reports whether it says Connection: close.
func checkHeader(h []byte) (saysClose bool, err error) {
	for len(h) > 0 {
		end := bytes.IndexByte(h, '\n')
		if end < 1 || h[end-1] != '\r' {
			return false, invalidError("header line does not end in CR LF")
		}
		line := h[:end-1]
		h = h[end+1:]
		i := nameLen(line)
		if i == 0 || i == len(line) || line[i] != ':' {
			return false, invalidError("header name is not a token before a colon")
		}
		name, value := line[:i], line[i+1:]
		if !cleanValue(value) {
			return false, invalidError("header value holds CR or NUL")
		}
		switch i {
		case len("Host"), len("Content-Length"), len("Transfer-Encoding"):
			if equalFold(name, "Host") || equalFold(name, "Content-Length") || equalFold(name, "Transfer-Encoding") {
				return false, invalidError("header holds Host, Content-Length or Transfer-Encoding, which are not the caller's")
			}
		case len("Connection"):
			if equalFold(name, "Connection") && hasToken(value, "close") {
				saysClose = true
			}
		}
	}
	return saysClose, nil
}
