//go:build unix

package wire

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
)

// A request for which the socket has no room at once leaves whole: the part that the one write took, and the rest.
func TestRequestLargerThanSocketBuffer(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcdef"), (smallBody-1024)/16)
	released := make(chan struct{})
	var once sync.Once
	release := func() { once.Do(func() { close(released) }) }
	defer release()
	s := serveTCP(t, func(p *peer) {
		for first := true; ; first = false {
			if !first {
				<-released // nothing is read until the client has filled the buffers
			}
			req, got, ok := p.request()
			if !ok {
				return
			}
			if req.Method == http.MethodPost && !bytes.Equal(got, body) {
				t.Errorf("the server read another body, of %d bytes", len(got))
			}
			p.say(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len("ok"), "ok"))
		}
	})
	tr := newTransport(t, Options{Timeout: patience})
	x := s.get()
	do(t, tr, x)
	c := tr.pool.new
	if c == nil || !c.canAsk() {
		t.Fatal("no kept connection that asks")
	}
	if err := c.sock.(*net.TCPConn).SetWriteBuffer(4096); err != nil {
		t.Fatal(err)
	}
	partial := make(chan int, 1)
	step := c.raw.step
	c.raw.step = func(fd uintptr) bool {
		done := step(fd)
		if done && c.raw.err == nil && c.raw.sent < len(x.out) {
			partial <- c.raw.sent
			release()
		}
		return done
	}
	x.Method, x.Body = http.MethodPost, body
	for range 60 { // with the body more than the kernel takes in one piece
		x.Header = append(append(append(x.Header, "X-Filler: "...), bytes.Repeat([]byte{'x'}, 1000)...), "\r\n"...)
	}
	if err := tr.Do(context.Background(), x); err != nil || x.Status != 200 {
		t.Fatal(x.Status, err)
	}
	select {
	case n := <-partial:
		t.Logf("%d of %d bytes in the first write", n, len(x.out))
	default:
		t.Error("the whole request went in one write: nothing was tested")
	}
}
