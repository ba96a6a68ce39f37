package wire

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// echo answers every request with its path, on connections kept for ever.
func echo(t *testing.T) *server {
	return serveTCP(t, func(p *peer) {
		for {
			req, _, ok := p.request()
			if !ok {
				return
			}
			p.say(fmt.Sprintf("HTTP/1.1 200 OK\r\nX-Path: %s\r\nContent-Length: %d\r\n\r\n%s", req.URL.Path, len(req.URL.Path), req.URL.Path))
		}
	})
}

func do(t *testing.T, tr *Transport, x *Exchange) {
	t.Helper()
	if err := tr.Do(context.Background(), x); err != nil || x.Status != 200 {
		t.Fatal(x.Status, err)
	}
}

// TestConnectionsAreKept counts connections where they are made: at the server.
func TestConnectionsAreKept(t *testing.T) {
	one := netip.MustParseAddr("127.0.0.1")
	two := netip.MustParseAddr("127.0.0.2")
	for _, row := range []struct {
		name      string
		opt       Options
		exchanges []Exchange
		conns     int
		idle      int
	}{
		{"shared", Options{}, make([]Exchange, 5), 1, 1},
		{"by key", Options{}, []Exchange{{ConnKey: 1}, {ConnKey: 2}, {ConnKey: 1}, {}, {ConnKey: 2}}, 3, 3},
		{"by source", Options{}, []Exchange{{LocalAddr: one}, {LocalAddr: two}, {LocalAddr: one}}, 2, 2},
		{"fresh", Options{}, []Exchange{{}, {Fresh: true}, {}}, 2, 1},
		{"no keep-alive", Options{DisableKeepAlive: true}, make([]Exchange, 3), 3, 0},
		{"asks for close", Options{}, []Exchange{{Header: []byte("Connection: close\r\n")}, {}}, 2, 1},
		{"bounded", Options{MaxIdle: 2}, []Exchange{{ConnKey: 1}, {ConnKey: 2}, {ConnKey: 3}, {ConnKey: 3}, {ConnKey: 2}}, 3, 2},
		{"oldest goes", Options{MaxIdle: 2}, []Exchange{{ConnKey: 1}, {ConnKey: 2}, {ConnKey: 1}, {ConnKey: 3}, {ConnKey: 1}, {ConnKey: 2}}, 4, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := echo(t)
			row.opt.Timeout = patience
			tr := newTransport(t, row.opt)
			for i := range row.exchanges {
				row.exchanges[i].Addr = s.addr
				do(t, tr, &row.exchanges[i])
			}
			if got := s.connections(); got != row.conns {
				t.Errorf("%d connections, want %d", got, row.conns)
			}
			if tr.Idle() != row.idle || tr.Open() != row.idle {
				t.Errorf("%d idle, %d open, want %d", tr.Idle(), tr.Open(), row.idle)
			}
			closes := row.opt.DisableKeepAlive
			for _, x := range row.exchanges {
				closes = closes || x.Fresh || len(x.Header) > 0
			}
			want := Stats{Opened: uint64(row.conns), Reused: uint64(len(row.exchanges) - row.conns)}
			if !closes {
				want.Evicted = uint64(row.conns - row.idle)
			}
			if got := tr.Stats(); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
			if got := len(tr.pool.lanes); got > tr.Open() {
				t.Errorf("%d lanes for %d connections", got, tr.Open())
			}
		})
	}
}

// TestServerEndsKeepAlive: what a server says of its connection is believed.
func TestServerEndsKeepAlive(t *testing.T) {
	for response, kept := range map[string]bool{
		okEmpty: true,
		"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n": true,
		"HTTP/1.1 204 No\r\n\r\n": true,
		"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n":                      true,
		"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n":                                                false,
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n":                           false,
		"HTTP/1.1 200 OK\r\nConnection: foo, CLOSE\r\nContent-Length: 0\r\n\r\n":                      false,
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nunasked":                                         false,
		"HTTP/1.1 204 No\r\n\r\nunasked":                                                              false,
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n":         false,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nT: v\r\n\r\n":            true,
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n":               false,
		"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\nConnection: x\r\n\r\n": false,
	} {
		s := serveTCP(t, func(p *peer) {
			p.request()
			p.say(response)
			p.hold()
		})
		tr := newTransport(t, Options{Timeout: patience})
		if err := tr.Do(context.Background(), s.get()); err != nil {
			t.Errorf("%q: %v", response, err)
		}
		if got := tr.Idle() == 1; got != kept || tr.Open() != tr.Idle() {
			t.Errorf("%q: kept %v, want %v; %d open", response, got, kept, tr.Open())
		}
	}
}

// TestSetsCookies: a Set-Cookie of the final header is told, one of an interim response or a trailer is none.
func TestSetsCookies(t *testing.T) {
	for response, want := range map[string]bool{
		okEmpty: false,
		"HTTP/1.1 200 OK\r\nset-COOKIE: a=1\r\nContent-Length: 0\r\n\r\n":                                         true,
		"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n": true,
		"HTTP/1.1 103 Early Hints\r\nSet-Cookie: a=1\r\n\r\n" + okEmpty:                                           false,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nSet-Cookie: a=1\r\n\r\n":                       false,
		"HTTP/1.1 200 OK\r\nSet-Cookies: a=1\r\nContent-Length: 0\r\n\r\n":                                        false,
	} {
		var first atomic.Bool
		first.Store(true)
		s := serveTCP(t, func(p *peer) {
			// Whichever connection it comes on, the first request alone is answered with the cookie.
			for range 2 {
				p.request()
				if first.CompareAndSwap(true, false) {
					p.say(response)
				} else {
					p.say(okEmpty)
				}
			}
		})
		tr := newTransport(t, Options{Timeout: patience})
		x := s.get()
		if err := tr.Do(context.Background(), x); err != nil || x.SetsCookies != want {
			t.Errorf("%q: %v, %v", response, x.SetsCookies, err)
		}
		if err := tr.Do(context.Background(), x); err == nil && x.SetsCookies {
			t.Errorf("%q: the next one has it still", response)
		}
	}
}

func TestIdleTimeout(t *testing.T) {
	s := echo(t)
	tr := newTransport(t, Options{IdleTimeout: 20 * time.Millisecond})
	for key := range uint64(3) {
		x := s.get()
		x.ConnKey = key
		do(t, tr, x)
	}
	for end := time.Now().Add(patience); tr.Open() > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if n := tr.Open(); n != 0 {
		t.Errorf("%d connections open long after IdleTimeout", n)
	}
}

// TestManyAtOnce has many goroutines share few routes while connections end,
// contexts end and the pool overflows; every response must be to its own request.
func TestManyAtOnce(t *testing.T) {
	s := serveTCP(t, func(p *peer) {
		for n := 0; ; n++ {
			req, body, ok := p.request()
			if !ok || n == 20 {
				return // without a word: a stale connection
			}
			path := req.URL.Path + string(body)
			if n%7 == 3 {
				p.say(fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(path), path))
			} else {
				p.say(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(path), path))
			}
		}
	})
	tr := newTransport(t, Options{Timeout: patience, FirstByteTimeout: patience, MaxIdle: 5, IdleTimeout: 3 * time.Millisecond})
	shared, cancel := context.WithCancel(context.Background())
	defer cancel()
	var all sync.WaitGroup
	for g := range 16 {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(g), 1))
			x := s.get()
			x.Keep = 100
			for i := range 60 {
				ctx, end := shared, context.CancelFunc(func() {})
				mayEnd := rng.IntN(4) == 0
				if mayEnd {
					ctx, end = context.WithTimeout(shared, time.Duration(rng.IntN(300))*time.Microsecond)
				}
				want := fmt.Sprintf("/%d/%d", g, i)
				x.RequestURI = append(x.RequestURI[:0], want...)
				x.ConnKey = uint64(rng.IntN(3))
				err := tr.Do(ctx, x)
				end()
				if err != nil && !mayEnd {
					t.Errorf("%s: %v", want, err)
				} else if err == nil && string(x.Kept) != want {
					t.Errorf("%s was answered %q", want, x.Kept)
				}
			}
		})
	}
	all.Wait()
	if tr.Idle() > 5 || tr.Open() != tr.Idle() {
		t.Errorf("%d idle, %d open", tr.Idle(), tr.Open())
	}
}

// TestExchangeOfTwoTransports: an exchange carries no connection from one to the other.
func TestExchangeOfTwoTransports(t *testing.T) {
	s := echo(t)
	x := s.get()
	one, two := newTransport(t, Options{Timeout: patience}), newTransport(t, Options{Timeout: patience})
	for _, tr := range []*Transport{one, two, one, two, one} {
		do(t, tr, x)
	}
	if one.Open() != 1 || one.Idle() != 1 || two.Open() != 1 || two.Idle() != 1 || s.connections() != 2 {
		t.Errorf("%d %d, %d %d, %d connections", one.Open(), one.Idle(), two.Open(), two.Idle(), s.connections())
	}
}

// TestOpenAhead opens connections before there is anything to send, and sends the first exchanges on them.
func TestOpenAhead(t *testing.T) {
	s := echo(t)
	tr := newTransport(t, Options{Timeout: patience})
	const n = 100
	if opened := tr.OpenAhead(context.Background(), s.get(), n); opened != n || tr.Idle() != n {
		t.Fatalf("opened %d, %d wait", opened, tr.Idle())
	}
	for i := range 3 {
		x := s.get()
		do(t, tr, x)
		if x.Reused != (i > 0) {
			t.Errorf("exchange %d: reused %v", i, x.Reused)
		}
	}
	for end := time.Now().Add(patience); s.connections() < n && time.Now().Before(end); { // the server may be behind
		runtime.Gosched()
	}
	if got, want := tr.Stats(), (Stats{Opened: n, Reused: 2}); got != want || s.connections() != n {
		t.Errorf("%+v of %d connections, want %+v", got, s.connections(), want)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if opened := tr.OpenAhead(ended, s.get(), n); opened != 0 {
		t.Errorf("opened %d after the end", opened)
	}
	if opened := tr.OpenAhead(context.Background(), &Exchange{Addr: "127.0.0.1:1"}, 5); opened != 0 {
		t.Errorf("opened %d to nobody", opened)
	}
}
