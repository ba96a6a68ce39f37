package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTimeoutByPhase(t *testing.T) {
	silent := serveTCP(t, func(p *peer) { p.hold() })
	drip := func(start, drop string) *Exchange {
		return serveTCP(t, func(p *peer) {
			p.request()
			for say := start; ; say = drop {
				if _, err := io.WriteString(p, say); err != nil {
					return
				}
				time.Sleep(time.Millisecond) // the drip itself
			}
		}).get()
	}
	body := head + "Content-Length: 1000000\r\n\r\n"
	ended := make(chan struct{})
	unread := serveTCP(t, func(p *peer) { <-ended })
	t.Cleanup(func() { close(ended) }) // before the server waits for its connections
	const d = 200 * time.Millisecond
	for _, row := range []struct {
		name string
		opt  Options
		x    *Exchange
		want string
	}{
		{"tls", Options{TLSTimeout: d}, &Exchange{Addr: silent.addr, TLS: true}, "tls/tls_timeout"},
		{"tls, whole", Options{Timeout: d}, &Exchange{Addr: silent.addr, TLS: true}, "tls/timeout"},
		{"first byte", Options{FirstByteTimeout: d}, silent.get(), "first byte/first_byte_timeout"},
		{"first byte, whole", Options{Timeout: d}, silent.get(), "first byte/timeout"},
		{"first byte before whole", Options{FirstByteTimeout: d, Timeout: time.Hour}, silent.get(), "first byte/first_byte_timeout"},
		{"upload before the first byte", Options{FirstByteTimeout: d}, &Exchange{Addr: unread.addr, Method: "POST", Body: make([]byte, 64<<20)}, "write/first_byte_timeout"},
		{"header", Options{Timeout: d}, drip("HTTP/1.1 200 OK\r\nX: ", "x"), "header/timeout"},
		{"body", Options{Timeout: d}, drip(body, "x"), "body/timeout"},
		{"trailer", Options{Timeout: d}, drip(head+"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", "x"), "body/timeout"},
		{"first byte in time, body not", Options{FirstByteTimeout: d, Timeout: 4 * d}, drip(body, "x"), "body/timeout"},
		{"upload", Options{Timeout: d}, &Exchange{Addr: unread.addr, Method: "POST", Body: make([]byte, 64<<20)}, "write/timeout"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			tr := newTransport(t, row.opt)
			err := tr.Do(context.Background(), row.x)
			if got := failure(t, err); got != row.want {
				t.Errorf("%q (%v), want %q", got, err, row.want)
			}
			var timeout interface{ Timeout() bool }
			if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Errorf("%v is not a timeout to package net's callers", err)
			}
			least := d
			if strings.HasSuffix(row.name, "body not") {
				least = row.opt.Timeout
			}
			if took := row.x.Done - row.x.Start; took < least {
				t.Errorf("gave up after %v, before %v", took, least)
			} else if took > least+patience {
				t.Errorf("gave up after %v, long after %v", took, least)
			}
			if n := tr.Open(); n != 0 {
				t.Errorf("%d connections open after it", n)
			}
		})
	}
}

// TestCancelWakes cancels an exchange in each of its waits and takes the time.
func TestCancelWakes(t *testing.T) {
	for _, row := range []struct {
		name, say, want string
		x               Exchange
	}{
		{"first byte", "", "first byte/canceled", Exchange{}},
		{"header", "HTTP/1.1 200 OK\r\n", "header/canceled", Exchange{}},
		{"body", head + "Content-Length: 9\r\n\r\nb", "body/canceled", Exchange{}},
		{"chunk", head + "Transfer-Encoding: chunked\r\n\r\n9\r\nb", "body/canceled", Exchange{}},
		{"to the end", head + "\r\nb", "body/canceled", Exchange{}},
		{"tls", "", "tls/canceled", Exchange{TLS: true}},
		{"upload", "", "write/canceled", Exchange{Method: "POST", Body: make([]byte, 64<<20)}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			there := make(chan struct{}, 1)
			ended := make(chan struct{})
			s := serveTCP(t, func(p *peer) {
				p.in.ReadByte()
				p.say(row.say)
				there <- struct{}{}
				<-ended // reads nothing: an upload stalls
			})
			defer close(ended)
			tr := newTransport(t, Options{})
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			x := &row.x
			x.Addr = s.addr
			var asked time.Time
			var asking sync.WaitGroup
			asking.Go(func() {
				<-there
				time.Sleep(20 * time.Millisecond) // for the client to come to its wait
				asked = time.Now()
				cancel()
			})
			err := tr.Do(ctx, x)
			took := time.Since(asked)
			asking.Wait()
			if got := failure(t, err); got != row.want || !errors.Is(err, context.Canceled) {
				t.Errorf("%q (%v), want %q", got, err, row.want)
			}
			if took > time.Second {
				t.Errorf("woke %v after the cancel", took)
			}
			if n := tr.Open(); n != 0 {
				t.Errorf("%d connections open after it", n)
			}
		})
	}
}

func TestContextEndedBefore(t *testing.T) {
	s := serveTCP(t, func(p *peer) {
		for {
			if _, _, ok := p.request(); !ok {
				return
			}
			p.say(okEmpty)
		}
	})
	tr := newTransport(t, Options{})
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	x := s.get()
	if got := failure(t, tr.Do(ended, x)); got != "dial/canceled" {
		t.Errorf("without a connection: %q", got)
	}
	if err := tr.Do(context.Background(), x); err != nil {
		t.Fatal(err)
	}
	if got := failure(t, tr.Do(ended, x)); got != "write/canceled" {
		t.Errorf("with a kept connection: %q", got)
	}
	late, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
	defer cancel()
	<-late.Done()
	if got := failure(t, tr.Do(late, x)); got != "dial/timeout" {
		t.Errorf("past its deadline: %q", got)
	}
}

// TestContextOfEarlierExchange: a context that ends when its exchange is over
// must not touch the connection's next one.
func TestContextOfEarlierExchange(t *testing.T) {
	s := serveTCP(t, func(p *peer) {
		for {
			if _, _, ok := p.request(); !ok {
				return
			}
			p.say(okEmpty)
		}
	})
	tr := newTransport(t, Options{})
	x := s.get()
	for range 300 {
		ctx, cancel := context.WithCancel(context.Background())
		if err := tr.Do(ctx, x); err != nil {
			t.Fatal(err)
		}
		go cancel()
	}
	if n := s.connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestDialFailures(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := l.Addr().String()
	l.Close()
	tr := newTransport(t, Options{DialTimeout: patience})
	for _, row := range []struct{ addr, want string }{
		{gone, "dial/refused"},
		{"unix:" + t.TempDir() + "/none", "dial/refused"},
		{"no-such-name.invalid:80", "dial/dns"},
		{"127.0.0.1:http-nonsense", "dial/dns"},
		{"127.0.0.1:99999", "dial/"},
	} {
		err := tr.Do(context.Background(), &Exchange{Addr: row.addr})
		if got := failure(t, err); !strings.HasPrefix(got, row.want) {
			t.Errorf("%s: %q (%v), want %q", row.addr, got, err, row.want)
		} else if strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: %q names an address", row.addr, err)
		}
	}
}

// staleServer answers one request a connection, and then ends it without a word.
func staleServer(t *testing.T, end func(p *peer)) *server {
	return serveTCP(t, func(p *peer) {
		if _, _, ok := p.request(); ok {
			p.say(okEmpty)
			p.in.Peek(1) // the next request is there
			end(p)
		}
	})
}

// TestStaleConnections: the server ends a kept connection when the next request is on its way.
func TestStaleConnections(t *testing.T) {
	closing := func(p *peer) { p.in.Discard(p.in.Buffered()); p.Close() }
	reset := func(p *peer) { p.reset() }
	answering := func(p *peer) { p.say("HTTP/1.1 2"); p.in.Discard(p.in.Buffered()); p.Close() }
	for _, row := range []struct {
		name, method string
		end          func(*peer)
		want         string
		retries      int
	}{
		{"get, closed", "GET", closing, "", 1},
		{"get, reset", "GET", reset, "", 1},
		{"head", "HEAD", closing, "", 1},
		{"put", "PUT", closing, "", 1},
		{"post, closed", "POST", closing, "first byte/closed", 0},
		{"post, reset", "POST", reset, "first byte/reset", 0},
		{"patch", "PATCH", closing, "first byte/closed", 0},
		{"get, half answered", "GET", answering, "header/closed", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := staleServer(t, row.end)
			tr := newTransport(t, Options{Timeout: patience})
			x := s.get()
			x.Method = row.method
			if err := tr.Do(context.Background(), x); err != nil || x.Reused || x.Retries != 0 {
				t.Fatal(err, x.Reused, x.Retries)
			}
			err := tr.Do(context.Background(), x)
			if got := failure(t, err); got != row.want || x.Retries != row.retries {
				t.Errorf("%q (%v), %d retries, want %q, %d", got, err, x.Retries, row.want, row.retries)
			}
			if want := 1 + row.retries; s.connections() != want {
				t.Errorf("%d connections, want %d", s.connections(), want)
			}
			if row.retries > 0 && (x.Reused || x.Status != 200) {
				t.Errorf("after the retry: reused %v, status %d", x.Reused, x.Status)
			}
		})
	}
}

// TestRetryDials: where one kept connection is stale, the others may be as well.
func TestRetryDials(t *testing.T) {
	var both sync.WaitGroup
	both.Add(2)
	s := serveTCP(t, func(p *peer) {
		if _, _, ok := p.request(); !ok {
			return
		}
		if p.number <= 2 {
			both.Done()
			both.Wait()
			p.say(okEmpty)
			p.in.Peek(1)
			p.reset()
			return
		}
		p.say(okEmpty)
		p.hold()
	})
	tr := newTransport(t, Options{Timeout: patience})
	var first sync.WaitGroup
	for range 2 {
		first.Go(func() {
			if err := tr.Do(context.Background(), s.get()); err != nil {
				t.Error(err)
			}
		})
	}
	first.Wait()
	x := s.get()
	if err := tr.Do(context.Background(), x); err != nil || x.Retries != 1 || s.connections() != 3 {
		t.Errorf("%d retries, %d connections, %v", x.Retries, s.connections(), err)
	}
}

// TestFirstConnectionIsNeverRetried: what fails on a new connection is the target's doing.
func TestFirstConnectionIsNeverRetried(t *testing.T) {
	s := serveTCP(t, func(p *peer) { p.request() })
	tr := newTransport(t, Options{Timeout: patience})
	x := s.get()
	if got := failure(t, tr.Do(context.Background(), x)); got != "first byte/closed" || x.Retries != 0 || s.connections() != 1 {
		t.Errorf("%q, %d retries, %d connections", got, x.Retries, s.connections())
	}
}

// TestIdleConnectionsAreLookedAt: one that the server has closed, or that holds
// bytes nobody asked for, is not used, whatever the method.
func TestIdleConnectionsAreLookedAt(t *testing.T) {
	for name, after := range map[string]func(p *peer){
		"closed":      func(p *peer) {},
		"half closed": func(p *peer) { p.Conn.(*net.TCPConn).CloseWrite(); p.hold() },
		"unasked":     func(p *peer) { p.say("HTTP/1.1 408 Too Late\r\nContent-Length: 0\r\n\r\n"); p.hold() },
	} {
		t.Run(name, func(t *testing.T) {
			s := serveTCP(t, func(p *peer) {
				if _, _, ok := p.request(); ok {
					p.say(okEmpty)
					after(p)
				}
			})
			tr := newTransport(t, Options{Timeout: patience})
			x := s.get()
			x.Method = "POST"
			for i := range 3 {
				if err := tr.Do(context.Background(), x); err != nil || x.Status != 200 || x.Retries != 0 || x.Reused {
					t.Fatalf("exchange %d: status %d, retries %d, reused %v: %v", i, x.Status, x.Retries, x.Reused, err)
				}
				tr.mu.Lock()
				c := tr.pool.oldest()
				tr.mu.Unlock()
				for end := time.Now().Add(patience); c != nil && c.quiet() && time.Now().Before(end); {
					time.Sleep(time.Millisecond) // for what the server did to arrive
				}
			}
		})
	}
}

func TestCloseEndsExchanges(t *testing.T) {
	there := make(chan struct{})
	s := serveTCP(t, func(p *peer) {
		p.request()
		there <- struct{}{}
		p.hold()
	})
	tr := newTransport(t, Options{})
	done := make(chan error)
	go func() { done <- tr.Do(context.Background(), s.get()) }()
	<-there
	tr.Close()
	err := <-done
	if got := failure(t, err); got != "first byte/canceled" || !errors.Is(err, ErrClosed) {
		t.Errorf("under way: %q (%v)", got, err)
	}
	err = tr.Do(context.Background(), s.get())
	if got := failure(t, err); got != "dial/canceled" || !errors.Is(err, ErrClosed) {
		t.Errorf("after: %q (%v)", got, err)
	}
	tr.Close() // again does nothing
	if n := tr.Open(); n != 0 {
		t.Errorf("%d connections open", n)
	}
}
