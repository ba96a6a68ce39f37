package wire

import (
	"bytes"
	"math"
	"net/http"
)

// framing is how the length of a response's body is known (RFC 9112, section 6.3),
// and what its header says of the connection.
type framing struct {
	chunked      bool
	codings      int   // Transfer-Encoding fields seen
	length       int64 // Content-Length, -1 if there was none
	lengthDigits int   // its digits: 2 and 02 are not the same field twice
	close, alive bool  // Connection: close, keep-alive
}

const (
	errStatusLine = protocolError("malformed status line")
	errField      = protocolError("malformed header field")
	errFolded     = protocolError("folded header field")
	errLength     = protocolError("malformed or conflicting Content-Length")
	errCoding     = protocolError("unsupported Transfer-Encoding")
	errHeadSize   = tooLargeError("header is larger than the limit")
	errBodySize   = tooLargeError("body is larger than the limit")
)

// readResponse reads interim responses, the final header and the body, and reports
// whether the connection can serve another exchange.
func (c *conn) readResponse(x *Exchange) (reusable bool, err error) {
	for {
		x.phase = PhaseHeader
		if err := c.readHead(x); err != nil {
			x.Status, x.fields, x.headEnd = 0, 0, 0
			return false, err
		}
		if x.Status >= 200 || x.Status == http.StatusSwitchingProtocols {
			break
		}
		x.headStart = x.r
	}
	x.HeaderBytes = x.headEnd - x.headStart
	x.phase = PhaseBody
	return c.readBody(x)
}

// readHead reads one status line and header beginning at x.headStart.
func (c *conn) readHead(x *Exchange) error {
	start, end, err := c.readLine(x)
	if err != nil {
		return err
	}
	if !x.parseStatus(x.buf[start:end]) {
		return errStatusLine
	}
	x.fields = x.r
	x.frame, x.SetsCookies = framing{length: -1}, false
	for {
		start, end, err = c.readLine(x)
		if err != nil {
			return err
		}
		if start == end {
			x.headEnd = x.r
			return nil
		}
		if err := x.parseField(x.buf[start:end]); err != nil {
			return err
		}
	}
}

// readLine takes the next header line, and returns where it stands in x.buf
// without its end, CR LF or LF alone (RFC 9112, section 2.2).
func (c *conn) readLine(x *Exchange) (start, end int, err error) {
	seen := x.r
	for {
		if i := bytes.IndexByte(x.buf[seen:x.w], '\n'); i >= 0 {
			start, end = x.r, seen+i
			x.r = end + 1
			if x.r > c.t.opt.MaxHeaderBytes {
				return 0, 0, errHeadSize
			}
			if end > start && x.buf[end-1] == '\r' {
				end--
			}
			return start, end, nil
		}
		seen = x.w
		if x.w >= c.t.opt.MaxHeaderBytes {
			return 0, 0, errHeadSize
		}
		if x.w == len(x.buf) {
			x.grow(2 * len(x.buf))
		}
		if err := c.fill(x); err != nil {
			return 0, 0, err
		}
	}
}

// grow makes x.buf n bytes long and keeps what it holds.
func (x *Exchange) grow(n int) {
	buf := make([]byte, n)
	copy(buf, x.buf[:x.w])
	x.buf = buf
}

// parseStatus takes "HTTP/1.x NNN" and, after a space, any reason.
func (x *Exchange) parseStatus(line []byte) bool {
	const shortest = len("HTTP/1.1 200")
	if len(line) < shortest || string(line[:7]) != "HTTP/1." || !isDigit(line[7]) || line[8] != ' ' {
		return false
	}
	a, b, d := line[9], line[10], line[11]
	if !isDigit(a) || a == '0' || !isDigit(b) || !isDigit(d) {
		return false
	}
	if len(line) > shortest && line[shortest] != ' ' {
		return false
	}
	x.Minor = int(line[7] - '0')
	x.Status = int(a-'0')*100 + int(b-'0')*10 + int(d-'0')
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// parseField validates a header line and notes what it says of framing and connection.
func (x *Exchange) parseField(line []byte) error {
	i := nameLen(line)
	if i == 0 && (line[0] == ' ' || line[0] == '\t') {
		return errFolded
	}
	if i == 0 || i == len(line) || line[i] != ':' {
		return errField
	}
	name, value := line[:i], line[i+1:]
	if !cleanValue(value) {
		return errField
	}
	switch i {
	case len("Connection"): // and of Set-Cookie
		if equalFold(name, "Set-Cookie") {
			x.SetsCookies = true
		} else if equalFold(name, "Connection") {
			x.frame.close = x.frame.close || hasToken(value, "close")
			x.frame.alive = x.frame.alive || hasToken(value, "keep-alive")
		}
	case len("Content-Length"):
		if equalFold(name, "Content-Length") {
			digits := trimSpace(value)
			n, ok := parseLength(digits)
			if !ok || x.frame.length >= 0 && (x.frame.length != n || x.frame.lengthDigits != len(digits)) {
				return errLength
			}
			x.frame.length, x.frame.lengthDigits = n, len(digits)
		}
	case len("Transfer-Encoding"):
		// An HTTP/1.0 message has no transfer codings: what claims to be one is body.
		if x.Minor >= 1 && equalFold(name, "Transfer-Encoding") {
			x.frame.codings++
			if x.frame.codings > 1 || !equalFold(trimSpace(value), "chunked") {
				return errCoding
			}
			x.frame.chunked = true
		}
	}
	return nil
}

// parseLength takes decimal digits without a sign that fit an int64.
func parseLength(b []byte) (int64, bool) {
	if len(b) == 0 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if !isDigit(c) || n > (math.MaxInt64-int64(c-'0'))/10 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
