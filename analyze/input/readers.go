package input

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"
)

// counted counts what is read from r, and ends with ctx, so that a decoder
// which consumes much and yields nothing ends too.
type counted struct {
	ctx context.Context
	r   io.Reader
	n   *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// peeked is a reader whose first bytes can be looked at. An error met while
// peeking comes where it belongs: after the bytes before it.
type peeked struct {
	prefix []byte
	r      io.Reader
	err    error
}

func newPeeked(r io.Reader, n int) *peeked {
	p := &peeked{prefix: make([]byte, n), r: r}
	read := 0
	for read < n && p.err == nil {
		var m int
		m, p.err = r.Read(p.prefix[read:])
		read += m
	}
	p.prefix = p.prefix[:read]
	return p
}

func (p *peeked) Read(b []byte) (int, error) {
	if len(p.prefix) > 0 {
		n := copy(b, p.prefix)
		p.prefix = p.prefix[n:]
		return n, nil
	}
	if p.err != nil {
		return 0, p.err
	}
	return p.r.Read(b)
}

// skipMark drops a UTF-8 byte order mark and refuses UTF-16, with its mark or
// told by ASCII characters that have a zero byte beside each.
func (p *peeked) skipMark() error {
	switch {
	case bytes.HasPrefix(p.prefix, []byte("\xef\xbb\xbf")):
		p.prefix = p.prefix[3:]
	case bytes.HasPrefix(p.prefix, []byte("\xff\xfe")), bytes.HasPrefix(p.prefix, []byte("\xfe\xff")):
		return unsupported("UTF-16 text", "iconv -f UTF-16 -t UTF-8")
	case isWide(p.prefix, 0):
		return unsupported("UTF-16 text", "iconv -f UTF-16LE -t UTF-8")
	case isWide(p.prefix, 1):
		return unsupported("UTF-16 text", "iconv -f UTF-16BE -t UTF-8")
	}
	return nil
}

// isWide reports whether a text begins with four or more characters of ASCII in
// UTF-16, each in the byte of a pair that is at the index low.
func isWide(head []byte, low int) bool {
	if len(head) < 8 {
		return false
	}
	for i, c := range head {
		if ascii := i&1 == low; ascii == (c == 0) || c >= 0x80 {
			return false
		}
	}
	return true
}

// decoded names the kind of error a decoder returns.
type decoded struct {
	r io.Reader
	c Compression
}

func (d *decoded) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	if err == nil || err == io.EOF || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return n, err
	}
	return n, decodeError(d.c, err)
}
