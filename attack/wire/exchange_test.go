package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestRequestBytes holds what leaves against the bytes that RFC 9112 wants.
func TestRequestBytes(t *testing.T) {
	for _, row := range []struct {
		name string
		x    Exchange
		opt  Options
		want string
	}{
		{"zero", Exchange{Addr: "h:80"}, Options{}, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
		{"default port of https", Exchange{Addr: "h:443", TLS: true}, Options{}, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
		{"other port", Exchange{Addr: "[::1]:8080"}, Options{}, "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"},
		{"unix", Exchange{Addr: "unix:/s"}, Options{}, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"},
		{"all", Exchange{Addr: "h:80", Host: "shop.test", Method: "POST", RequestURI: []byte("/a?b=c"), Header: []byte("Cookie: u=1\r\nX:\r\n"), Body: []byte("hi")}, Options{},
			"POST /a?b=c HTTP/1.1\r\nHost: shop.test\r\nCookie: u=1\r\nX:\r\nContent-Length: 2\r\n\r\nhi"},
		{"empty post", Exchange{Addr: "h:80", Method: "POST"}, Options{}, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"},
		{"delete without body", Exchange{Addr: "h:80", Method: "DELETE"}, Options{}, "DELETE / HTTP/1.1\r\nHost: h\r\n\r\n"},
		{"fresh", Exchange{Addr: "h:80", Fresh: true}, Options{}, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"},
		{"no keep-alive", Exchange{Addr: "h:80"}, Options{DisableKeepAlive: true}, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"},
		{"says close itself", Exchange{Addr: "h:80", Header: []byte("connection: x, Close\r\n"), Fresh: true}, Options{}, "GET / HTTP/1.1\r\nHost: h\r\nconnection: x, Close\r\n\r\n"},
	} {
		if err := row.x.render(row.opt.DisableKeepAlive); err != nil || string(row.x.out) != row.want {
			t.Errorf("%s: %q %v, want %q", row.name, row.x.out, err, row.want)
		}
	}
}

func TestRequestRefused(t *testing.T) {
	tr := newTransport(t, Options{})
	for _, x := range []*Exchange{
		{},
		{Addr: "nowhere"},
		{Addr: "unix:"},
		{Addr: "h:80", Method: "CONNECT"},
		{Addr: "h:80", Method: "GE T"},
		{Addr: "h:80", Method: "GET\r\n"},
		{Addr: "h:80", RequestURI: []byte("/ HTTP/1.1\r\nX: y")},
		{Addr: "h:80", RequestURI: []byte("/\x00")},
		{Addr: "h:80", Host: "a\r\nX: y"},
		{Addr: "h:80", Host: "a b"},
		{Addr: "h:80", Header: []byte("X: y")},
		{Addr: "h:80", Header: []byte("X: y\n")},
		{Addr: "h:80", Header: []byte("\r\n")},
		{Addr: "h:80", Header: []byte("X: y\r\n\r\nGET / HTTP/1.1\r\n")},
		{Addr: "h:80", Header: []byte("X: a\rb\r\n")},
		{Addr: "h:80", Header: []byte("X: a\x00\r\n")},
		{Addr: "h:80", Header: []byte("X : a\r\n")},
		{Addr: "h:80", Header: []byte(" X: a\r\n")},
		{Addr: "h:80", Header: []byte(": a\r\n")},
		{Addr: "h:80", Header: []byte("X\r\n")},
		{Addr: "h:80", Header: []byte("host: a\r\n")},
		{Addr: "h:80", Header: []byte("Content-length: 1\r\n")},
		{Addr: "h:80", Header: []byte("TRANSFER-ENCODING: chunked\r\n")},
	} {
		err := tr.Do(context.Background(), x)
		if got := failure(t, err); !strings.HasSuffix(got, "/invalid") {
			t.Errorf("%+v: %q (%v), want invalid", x.Header, got, err)
		}
	}
	if n := tr.Open(); n != 0 {
		t.Errorf("%d connections were opened", n)
	}
}

func TestResponseParts(t *testing.T) {
	s := serveTCP(t, func(p *peer) {
		p.request()
		p.say("HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" +
			"HTTP/1.1 302 See There\r\nLocation:  /next \r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nTransfer-Encoding: chunked\r\n\r\n" +
			"5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 11\r\nX-End: yes\r\n\r\n")
		p.hold()
	})
	tr := newTransport(t, Options{Timeout: patience})
	x := s.get()
	x.Keep = 7
	if err := tr.Do(context.Background(), x); err != nil {
		t.Fatal(err)
	}
	var cookies, trailers []string
	for n, v := range x.Fields() {
		if equalFold(n, "Set-Cookie") {
			cookies = append(cookies, string(v))
		}
	}
	for n, v := range x.Trailers() {
		trailers = append(trailers, string(n)+"="+string(v))
	}
	got := fmt.Sprintf("%d %d %q %q %q %q %q %q %d", x.Status, x.Minor, x.Reason(), x.Get("location"), x.Get("Link"), cookies, trailers, x.Kept, x.BodyBytes)
	const want = `302 1 "See There" "/next" "" ["a=1" "b=2"] ["X-Sum=11" "X-End=yes"] "hello w" 11`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	const header = "HTTP/1.1 302 See There\r\nLocation:  /next \r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nTransfer-Encoding: chunked\r\n\r\n"
	if x.HeaderBytes != len(header) {
		t.Errorf("HeaderBytes %d, want %d", x.HeaderBytes, len(header))
	}
	if !(0 < x.Start && x.Start < x.Sent && x.Sent < x.FirstByte && x.FirstByte <= x.Done && x.Connect > 0 && x.Handshake == 0) {
		t.Errorf("times are out of order: %v %v %v %v, connect %v", x.Start, x.Sent, x.FirstByte, x.Done, x.Connect)
	}
}

func TestKeptBodyLeavesWithItsExchange(t *testing.T) {
	s := serveTCP(t, func(p *peer) {
		for body := 9; ; body -= 4 {
			if _, _, ok := p.request(); !ok {
				return
			}
			p.say(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", body, strings.Repeat("b", body)))
		}
	})
	tr := newTransport(t, Options{Timeout: patience})
	x := s.get()
	for _, want := range []string{"bbbbbb", "bbbbb", "b"} {
		x.Keep = 6
		if err := tr.Do(context.Background(), x); err != nil || string(x.Kept) != want {
			t.Errorf("kept %q (%v), want %q", x.Kept, err, want)
		}
	}
}

func TestBodyCap(t *testing.T) {
	s := serveTCP(t, func(p *peer) {
		for {
			req, _, ok := p.request()
			if !ok {
				return
			}
			if req.URL.Path == "/length" {
				p.say("HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n" + strings.Repeat("b", 100001))
			} else {
				p.say("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("b", 100000))
			}
		}
	})
	tr := newTransport(t, Options{Timeout: patience, MaxBodyBytes: 100000})
	x := s.get()
	if err := tr.Do(context.Background(), x); err != nil || x.BodyBytes != 100000 {
		t.Errorf("a body of the limit: %d %v", x.BodyBytes, err)
	}
	x.RequestURI = []byte("/length")
	if got := failure(t, tr.Do(context.Background(), x)); got != "body/too_large" || x.Status != 200 {
		t.Errorf("a body beyond: %q, status %d", got, x.Status)
	}
	if n := tr.Open(); n != 0 {
		t.Errorf("%d connections open after it", n)
	}
}

// TestLargeRequestBody sends more than any socket buffer holds, to a server
// that reads it, and to servers that answer before.
func TestLargeRequestBody(t *testing.T) {
	body := []byte(strings.Repeat("0123456789abcdef", 1<<20)) // 16 MiB
	var read atomic.Int64
	ended := make(chan struct{})
	s := serveTCP(t, func(p *peer) {
		for {
			if line, err := p.in.ReadString('\n'); err != nil {
				return
			} else if strings.Contains(line, "/early-close") {
				p.say("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
				p.Conn.(*net.TCPConn).CloseWrite()
				p.hold()
				return
			} else if strings.Contains(line, "/early") {
				p.say("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
				<-ended // and reads nothing more
				return
			}
			for {
				if line, err := p.in.ReadString('\n'); err != nil || line == "\r\n" {
					break
				}
			}
			for n := 0; n < len(body); {
				m, err := p.in.Discard(min(len(body)-n, 1<<16))
				if n += m; err != nil {
					return
				}
				read.Add(int64(m))
			}
			p.say(okEmpty)
		}
	})
	tr := newTransport(t, Options{Timeout: patience})
	x := s.get()
	x.Method, x.Body = "POST", body
	for range 2 {
		if err := tr.Do(context.Background(), x); err != nil || x.Status != 200 {
			t.Fatal(x.Status, err)
		}
	}
	if !x.Reused || read.Load() != 2*int64(len(body)) {
		t.Errorf("reused %v, server read %d bytes", x.Reused, read.Load())
	}
	x.RequestURI = []byte("/early")
	began := time.Now()
	if err := tr.Do(context.Background(), x); err != nil || x.Status != 403 {
		t.Errorf("answered, and the body left unread: status %d, %v", x.Status, err)
	}
	if took := time.Since(began); took > patience/2 {
		t.Errorf("gave its connection up after %v", took)
	}
	close(ended)
	x.RequestURI = []byte("/early-close")
	if err := tr.Do(context.Background(), x); err != nil || x.Status != 413 {
		t.Errorf("answered before the body: status %d, %v", x.Status, err)
	}
	if n := tr.Open(); n != 0 {
		t.Errorf("%d connections open after it", n)
	}
}

// TestHeaderCap is exact, in one line as in many, and bounds the buffer.
func TestHeaderCap(t *testing.T) {
	const limit = 10000
	for _, row := range []struct{ start, fill, end string }{
		{head + "X: ", "v", "\r\nContent-Length: 0\r\n\r\n"},
		{head + "Content-Length: 0\r\n", "A: b\r\n", "\r\n"},
		{"", "HTTP/1.1 102 Wait\r\n\r\n", okEmpty},
	} {
		n := (limit - len(row.start) - len(row.end)) / len(row.fill)
		response := row.start + strings.Repeat(row.fill, n) + row.end
		for _, step := range []int{1, 100, limit * 2} {
			tr := &Transport{opt: Options{MaxHeaderBytes: len(response)}}
			if _, err := readScript(tr, "GET", []byte(response), step); err != nil {
				t.Errorf("%q: a header of the limit, in pieces of %d: %v", row.fill, step, err)
			}
			tr.opt.MaxHeaderBytes--
			if _, err := readScript(tr, "GET", []byte(response), step); !errors.Is(err, errHeadSize) {
				t.Errorf("%q: a header a byte beyond, in pieces of %d: %v", row.fill, step, err)
			}
		}
		tr := &Transport{opt: Options{MaxHeaderBytes: 100}}
		x, err := readScript(tr, "GET", []byte(row.start+strings.Repeat(row.fill, 1<<16)), 1000)
		if !errors.Is(err, errHeadSize) || len(x.buf) > minBuf {
			t.Errorf("%q: an endless header: %v, buffer of %d bytes", row.fill, err, len(x.buf))
		}
	}
}

// TestAnswerToBrokenWrite: a server that answers and resets before it has read the request was heard.
func TestAnswerToBrokenWrite(t *testing.T) {
	x := &Exchange{Addr: "h:80", Method: "POST"}
	x.reset()
	tr := &Transport{opt: Options{MaxHeaderBytes: 1000}}
	c := &conn{t: tr, nc: &script{left: []byte("HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno"), step: 1000, broken: true}}
	reusable, err := c.converse(x)
	if err != nil || x.Status != 413 || x.BodyBytes != 2 || reusable {
		t.Errorf("status %d, %d bytes, %v; used again: %v", x.Status, x.BodyBytes, err, reusable)
	}
	c.nc = &script{broken: true}
	x.reset()
	if _, err := c.converse(x); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("without an answer: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	hello := func(p *peer) {
		for {
			if _, _, ok := p.request(); !ok {
				return
			}
			host := p.RemoteAddr().String()
			if tcp, ok := p.RemoteAddr().(*net.TCPAddr); ok {
				host = tcp.IP.String()
			}
			p.say(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(host), host))
		}
	}
	unix, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	serve(t, unix, hello)
	four := serveTCP(t, hello)
	local := []netip.Addr{netip.MustParseAddr("127.0.0.7"), netip.MustParseAddr("127.0.0.8")}
	tr := newTransport(t, Options{Timeout: patience, LocalAddrs: local, ConnectTo: map[string]string{
		"shop.test:80": four.addr, "sock.test:80": "unix:" + path,
	}})
	do := func(x *Exchange, want string) {
		t.Helper()
		x.Keep = 100
		if err := tr.Do(context.Background(), x); err != nil {
			t.Errorf("%s: %v", x.Addr, err)
		} else if want != "*" && string(x.Kept) != want {
			t.Errorf("%s: server saw %q, want %q", x.Addr, x.Kept, want)
		}
	}
	do(&Exchange{Addr: "unix:" + path}, "*")
	do(&Exchange{Addr: "sock.test:80"}, "*")
	do(&Exchange{Addr: "shop.test:80"}, "127.0.0.7")
	do(&Exchange{Addr: four.addr}, "127.0.0.8")
	do(&Exchange{Addr: four.addr, ConnKey: 1}, "127.0.0.7")
	do(&Exchange{Addr: four.addr, LocalAddr: netip.MustParseAddr("127.9.9.9")}, "127.9.9.9")
	do(&Exchange{Addr: four.addr}, "127.0.0.8") // the kept one

	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		t.Log("no IPv6 here: ", err)
	} else {
		six := serve(t, l, hello)
		tr := newTransport(t, Options{Timeout: patience})
		x := six.get()
		x.Keep = 100
		if err := tr.Do(context.Background(), x); err != nil || string(x.Kept) != "::1" {
			t.Errorf("IPv6: %q %v", x.Kept, err)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, o := range []Options{
		{Timeout: -1}, {DialTimeout: -1}, {TLSTimeout: -1}, {FirstByteTimeout: -1},
		{MaxIdle: -1}, {MaxBodyBytes: -1}, {MaxHeaderBytes: -1},
		{ConnectTo: map[string]string{"a:1": "b"}}, {ConnectTo: map[string]string{"a:1": "unix:"}},
		{ConnectTo: map[string]string{"a:1": "b:"}}, {LocalAddrs: make([]netip.Addr, 1)},
	} {
		if tr, err := New(o); err == nil {
			tr.Close()
			t.Errorf("%+v is accepted", o)
		}
	}
}

// TestNoAllocations is the promise of Do's comment.
func TestNoAllocations(t *testing.T) {
	tr := newTransport(t, Options{Timeout: time.Minute, FirstByteTimeout: time.Minute})
	x := newBenchExchange(rawServer(t, typicalResponse))
	x.Keep = 100
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var failed error
	if n := testing.AllocsPerRun(200, func() {
		if err := tr.Do(ctx, x); err != nil {
			failed = err
		}
	}); n >= 1 || failed != nil {
		t.Errorf("%v allocations an exchange, %v", n, failed)
	}
}
