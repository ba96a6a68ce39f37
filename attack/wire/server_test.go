package wire

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a raw TCP server: serve runs once a connection, which it need not close.
type server struct {
	net.Listener
	addr  string
	conns sync.WaitGroup
	mu    sync.Mutex
	live  map[net.Conn]bool
	count int
}

// peer is a connection as the server sees it.
type peer struct {
	net.Conn
	in     *bufio.Reader
	number int // of the connection, from 1
}

func serve(tb testing.TB, l net.Listener, handle func(p *peer)) *server {
	tb.Helper()
	s := &server{Listener: l, addr: l.Addr().String(), live: map[net.Conn]bool{}}
	s.conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.live[c] = true
			s.count++
			number := s.count
			s.mu.Unlock()
			s.conns.Go(func() {
				handle(&peer{c, bufio.NewReader(c), number})
				s.mu.Lock()
				delete(s.live, c)
				s.mu.Unlock()
				c.Close()
			})
		}
	})
	tb.Cleanup(func() {
		l.Close()
		s.mu.Lock()
		for c := range s.live {
			c.Close()
		}
		s.mu.Unlock()
		s.conns.Wait()
	})
	return s
}

func serveTCP(tb testing.TB, handle func(p *peer)) *server {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	return serve(tb, l, handle)
}

// connections is how many were accepted.
func (s *server) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// request reads one request and its body; false at the end of the connection.
func (p *peer) request() (*http.Request, []byte, bool) {
	req, err := http.ReadRequest(p.in)
	if err != nil {
		return nil, nil, false
	}
	body, err := io.ReadAll(req.Body)
	return req, body, err == nil
}

func (p *peer) say(s string) { io.WriteString(p, s) }

// hold waits until the client or the test closes the connection.
func (p *peer) hold() { io.Copy(io.Discard, p.in) }

// reset closes with RST.
func (p *peer) reset() {
	p.Conn.(*net.TCPConn).SetLinger(0)
	p.Close()
}

func newTransport(tb testing.TB, opt Options) *Transport {
	tb.Helper()
	t, err := New(opt)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(t.Close)
	return t
}

// get is a request for / on the server.
func (s *server) get() *Exchange { return &Exchange{Addr: s.addr, Method: "GET"} }

// failure returns phase and class of err as "phase/class", "" for nil.
func failure(tb testing.TB, err error) string {
	tb.Helper()
	if err == nil {
		return ""
	}
	var e *Error
	if !errors.As(err, &e) {
		tb.Fatalf("not an *Error: %T %v", err, err)
	}
	return e.Phase.String() + "/" + e.Class.String()
}

const okEmpty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

// patience bounds what must happen at once on a machine that may be busy.
const patience = 5 * time.Second
