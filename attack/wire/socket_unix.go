//go:build unix

package wire

import "syscall"

// rawSocket is what is done on the descriptor itself.
type rawSocket struct {
	conn syscall.RawConn
	peek func(fd uintptr) bool
	open bool // the answer of peek
}

func (r *rawSocket) init(c *conn) {
	s, ok := c.sock.(syscall.Conn)
	if !ok {
		return
	}
	if rc, err := s.SyscallConn(); err == nil {
		r.conn = rc
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
