package wire

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"
)

const (
	errChunk     = protocolError("malformed chunk")
	errChunkLine = protocolError("chunk line is too long")
	errOverhead  = protocolError("chunks hold too much that is not data")

	errTrailerEnd = protocolError("trailer line does not end in CR LF")

	maxChunkLine = 4 << 10
	maxOverhead  = 16 << 10
)

// readBody reads the body to its end by the framing the header gave, and
// reports whether the connection can serve another exchange.
func (c *conn) readBody(x *Exchange) (reusable bool, err error) {
	f := &x.frame
	reusable = !x.closing && !f.close && (x.Minor >= 1 || f.alive)
	switch {
	case x.Status == http.StatusSwitchingProtocols:
		return false, nil
	case x.Method == http.MethodHead, x.Status == http.StatusNoContent, x.Status == http.StatusNotModified:
	case f.chunked:
		// A length beside a coding is how responses are smuggled: RFC 9112,
		// section 6.3 lets the coding win and the connection end.
		reusable = reusable && f.length < 0
		err = c.readChunked(x)
	case f.length >= 0:
		err = c.readN(x, f.length)
	default:
		reusable = false
		err = c.readToEnd(x)
	}
	return reusable && err == nil && x.r == x.w, err
}

// fillBody reads more of the body. What is unread stays; what is read gives way, the head does not.
func (c *conn) fillBody(x *Exchange) error {
	if x.r > x.headEnd {
		copy(x.buf[x.headEnd:], x.buf[x.r:x.w])
		x.w -= x.r - x.headEnd
		x.r = x.headEnd
	}
	if len(x.buf)-x.w < minBuf/2 || x.BodyBytes > int64(len(x.buf)) && len(x.buf) < maxBuf {
		x.grow(max(2*len(x.buf), x.w+minBuf))
	}
	return c.fill(x)
}

// take counts the next n bytes as body.
func (c *conn) take(x *Exchange, n int) error {
	x.BodyBytes += int64(n)
	if limit := c.t.opt.MaxBodyBytes; limit > 0 && x.BodyBytes > limit {
		return errBodySize
	}
	if room := x.Keep - len(x.Kept); room > 0 {
		x.Kept = append(x.Kept, x.buf[x.r:x.r+min(n, room)]...)
	}
	x.r += n
	return nil
}

// readN reads n bytes of body.
func (c *conn) readN(x *Exchange, n int64) error {
	for {
		m := int(min(n, int64(x.w-x.r)))
		if m > 0 {
			if err := c.take(x, m); err != nil {
				return err
			}
		}
		if n -= int64(m); n == 0 {
			return nil
		}
		if err := c.fillBody(x); err != nil {
			return err
		}
	}
}

// readToEnd reads until the server closes the connection.
func (c *conn) readToEnd(x *Exchange) error {
	for {
		if x.w > x.r {
			if err := c.take(x, x.w-x.r); err != nil {
				return err
			}
		}
		if err := c.fillBody(x); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// readChunked reads chunks, the last chunk and the trailer (RFC 9112, section 7.1).
func (c *conn) readChunked(x *Exchange) error {
	var overhead int64
	for {
		line, err := c.readChunkLine(x)
		if err != nil {
			return err
		}
		n, ok := parseChunkSize(line)
		if !ok {
			return errChunk
		}
		// One byte a chunk is a slow sender; extensions without data are an
		// attack on the reader. net/http draws the line at the same place.
		overhead = max(overhead+int64(len(line))+4-16-2*min(n, math.MaxInt32), 0)
		if overhead > maxOverhead {
			return errOverhead
		}
		if n == 0 {
			return c.readTrailer(x)
		}
		if err := c.readN(x, n); err != nil {
			return err
		}
		for x.w-x.r < len(crlf) {
			if err := c.fillBody(x); err != nil {
				return err
			}
		}
		if x.buf[x.r] != '\r' || x.buf[x.r+1] != '\n' {
			return errChunk
		}
		x.r += len(crlf)
	}
}

// readChunkLine takes a line that ends in CR LF and holds no other CR. The
// bytes are valid until the next read.
func (c *conn) readChunkLine(x *Exchange) ([]byte, error) {
	for {
		line := x.buf[x.r:x.w]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			if i > maxChunkLine {
				return nil, errChunkLine
			}
			if i == 0 || bytes.IndexByte(line[:i], '\r') != i-1 {
				return nil, errChunk
			}
			x.r += i + 1
			return line[:i-1], nil
		}
		if len(line) > maxChunkLine {
			return nil, errChunkLine
		}
		if err := c.fillBody(x); err != nil {
			return nil, err
		}
	}
}

// parseChunkSize takes hexadecimal digits, then nothing, space or an extension.
func parseChunkSize(line []byte) (int64, bool) {
	if i := bytes.IndexByte(line, ';'); i >= 0 {
		line = line[:i]
	}
	for len(line) > 0 && (line[len(line)-1] == ' ' || line[len(line)-1] == '\t') {
		line = line[:len(line)-1]
	}
	if len(line) == 0 || len(line) > 16 {
		return 0, false
	}
	var n uint64
	for _, c := range line {
		switch c = lower(c); {
		case isDigit(c):
			n = n<<4 | uint64(c-'0')
		case 'a' <= c && c <= 'f':
			n = n<<4 | uint64(c-'a'+10)
		default:
			return 0, false
		}
	}
	return int64(n), n <= math.MaxInt64
}

// readTrailer takes header lines up to the empty one into x.trailer. They say
// nothing of framing: a trailer can't (RFC 9110, section 6.5.1).
func (c *conn) readTrailer(x *Exchange) error {
	room := c.t.opt.MaxHeaderBytes - x.headEnd
	for {
		unread := x.buf[x.r:x.w]
		i := bytes.IndexByte(unread, '\n')
		if length := len(unread); length > room && i < 0 || i >= room {
			return errHeadSize
		}
		if i < 0 {
			if err := c.fillBody(x); err != nil {
				return err
			}
			continue
		}
		line := unread[:i+1]
		room -= len(line)
		x.r += len(line)
		if !bytes.HasSuffix(line, crlf) {
			return errTrailerEnd // as strict as the chunks it follows
		}
		field := line[:len(line)-len(crlf)]
		if len(field) == 0 {
			return nil
		}
		if n := nameLen(field); n == 0 || n == len(field) || field[n] != ':' || !cleanValue(field[n+1:]) {
			return errField
		}
		x.trailer = append(x.trailer, line...)
	}
}
