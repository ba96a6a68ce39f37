//go:build unix

package wire

import (
	"io"
	"syscall"
)

// rawSocket is what is done on the descriptor itself.
type rawSocket struct {
	conn syscall.RawConn
	peek func(fd uintptr) bool
	open bool // the answer of peek

	// Of ask.
	step  func(fd uintptr) bool
	x     *Exchange
	sent  int // bytes of the request
	asked bool
	err   error
}

func (r *rawSocket) init(c *conn) {
	s, ok := c.sock.(syscall.Conn)
	if !ok {
		return
	}
	if rc, err := s.SyscallConn(); err == nil {
		r.conn, r.step = rc, r.askStep
	}
}

// quiet reports whether nothing has come in on an idle connection: neither its
// end nor bytes that no request asked for.
func (c *conn) quiet() bool {
	r := &c.raw
	if r.conn == nil {
		return true
	}
	if r.peek == nil {
		r.peek = func(fd uintptr) bool {
			var b [1]byte
			_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
			r.open = err == syscall.EAGAIN || err == syscall.EINTR
			return true
		}
	}
	return r.conn.Read(r.peek) == nil && r.open
}

// canAsk reports whether ask serves this connection.
func (c *conn) canAsk() bool { return c.raw.conn != nil && !c.secure }

// ask writes the request and reads the first bytes of the response behind x.w,
// and says how many bytes of the request left. net.Conn would look for the
// response right after the request, in vain; this waits in between. With err
// nil and less than the whole request sent, the socket was full: the rest is to
// be written, and nothing was read.
func (c *conn) ask(x *Exchange) (sent int, err error) {
	r := &c.raw
	r.x, r.sent, r.asked, r.err = x, 0, false, nil
	if err = r.conn.Read(r.step); err == nil {
		err = r.err
	}
	r.x = nil
	return r.sent, err
}

// askStep is called once when nothing was sent yet, and then whenever there may
// be something to read. The write stands inside of the wait for reading: it is
// readied before, so that no answer comes before it is watched for.
func (r *rawSocket) askStep(fd uintptr) (done bool) {
	x := r.x
	if !r.asked {
		r.asked = true
		n, errno := writeNow(fd, x.out)
		switch {
		case errno == syscall.EAGAIN:
			return true
		case errno != 0:
			r.err = errno
			return true
		}
		r.sent = n
		if n == len(x.out) {
			x.phase = PhaseFirstByte
			return false
		}
		return true
	}
	n, errno := readNow(fd, x.buf[x.w:])
	switch {
	case errno == syscall.EAGAIN:
		return false
	case errno != 0:
		r.err = errno
	case n == 0:
		r.err = io.EOF
	default:
		x.w += n
		x.reads++
	}
	return true
}
