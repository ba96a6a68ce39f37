package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// typicalResponse is what nginx says for a file of 612 bytes.
var typicalResponse = []byte("HTTP/1.1 200 OK\r\nServer: nginx/1.26.3\r\nDate: Sat, 01 Aug 2026 01:02:03 GMT\r\n" +
	"Content-Type: text/html\r\nContent-Length: 612\r\nLast-Modified: Wed, 05 Feb 2025 11:06:32 GMT\r\n" +
	"Connection: keep-alive\r\nETag: \"67a34638-264\"\r\nAccept-Ranges: bytes\r\n\r\n" + strings.Repeat("x", 612))

// rawServer answers every blank line with response, as fast as a server can in Go.
func rawServer(tb testing.TB, response []byte) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	return answer(tb, l, response)
}

func answer(tb testing.TB, l net.Listener, response []byte) string {
	tb.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 16<<10)
				for {
					n, err := c.Read(buf)
					if err != nil {
						return
					}
					if bytes.HasSuffix(buf[:n], []byte("\r\n\r\n")) {
						if _, err := c.Write(response); err != nil {
							return
						}
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

func newBenchExchange(addr string) *Exchange {
	return &Exchange{
		Addr: addr, Host: "shop.test", Method: "GET", RequestURI: []byte("/item/7"),
		Header: []byte("User-Agent: loadx/1\r\nCookie: uid=u123456\r\nX-User-ID: u123456\r\n"),
	}
}

func BenchmarkDo(b *testing.B) {
	t, err := New(Options{Timeout: 30 * time.Second, FirstByteTimeout: 20 * time.Second})
	if err != nil {
		b.Fatal(err)
	}
	defer t.Close()
	x := newBenchExchange(rawServer(b, typicalResponse))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := t.Do(ctx, x); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := t.Do(ctx, x); err != nil || x.Status != 200 || x.BodyBytes != 612 {
			b.Fatal(err, x.Status, x.BodyBytes)
		}
	}
}

func BenchmarkDoTLS(b *testing.B) {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	cert := s.TLS.Certificates
	s.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: cert})
	if err != nil {
		b.Fatal(err)
	}
	t, err := New(Options{Timeout: 30 * time.Second, TLS: &tls.Config{InsecureSkipVerify: true}})
	if err != nil {
		b.Fatal(err)
	}
	defer t.Close()
	x := newBenchExchange(answer(b, l, typicalResponse))
	x.TLS = true
	b.ReportAllocs()
	for b.Loop() {
		if err := t.Do(context.Background(), x); err != nil || x.Status != 200 || x.BodyBytes != 612 {
			b.Fatal(err, x.Status, x.BodyBytes)
		}
	}
}

func BenchmarkNetHTTP(b *testing.B) {
	tr := &http.Transport{DisableCompression: true}
	defer tr.CloseIdleConnections()
	addr := rawServer(b, typicalResponse)
	req, _ := http.NewRequest(http.MethodGet, "http://"+addr+"/item/7", nil)
	req.Header = http.Header{"User-Agent": {"loadx/1"}, "Cookie": {"uid=u123456"}, "X-User-Id": {"u123456"}}
	b.ReportAllocs()
	for b.Loop() {
		res, err := tr.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if n != 612 || err != nil {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkFlood is b.N exchanges by 64 goroutines against a server of another process
// (WIRE_TARGET=HOST:PORT), as the load tools are measured.
func BenchmarkFlood(b *testing.B) {
	addr := os.Getenv("WIRE_TARGET")
	if addr == "" {
		b.Skip("WIRE_TARGET is not set")
	}
	t, err := New(Options{Timeout: 30 * time.Second})
	if err != nil {
		b.Fatal(err)
	}
	defer t.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			x := newBenchExchange(addr)
			x.RequestURI = []byte("/")
			for left.Add(-1) >= 0 {
				if err := t.Do(ctx, x); err != nil || x.Status != 200 {
					b.Error(err, x.Status)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}
