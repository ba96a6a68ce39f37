package attack

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/loadx/loadx/attack/wire"
	"github.com/loadx/loadx/profile"
)

// An httpCarrier does exchanges by net/http, for what package wire does not speak: HTTP/2 and proxies.
type httpCarrier struct {
	t       *http.Transport
	timeout time.Duration
	epoch   time.Time
}

func newHTTPCarrier(o *Options, epoch time.Time) carrier {
	conn := o.Plan.Connection()
	t := &http.Transport{
		DialContext:       (&net.Dialer{}).DialContext,
		TLSClientConfig:   tlsConfig(o),
		ForceAttemptHTTP2: o.HTTP2, DisableKeepAlives: !conn.KeepAlive, DisableCompression: true,
		MaxIdleConns: int(conn.MaxInFlight), MaxIdleConnsPerHost: int(conn.MaxInFlight), IdleConnTimeout: 90 * time.Second,
	}
	if o.Proxy != nil {
		t.Proxy = http.ProxyURL(o.Proxy)
	}
	if !o.HTTP2 {
		t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	return &httpCarrier{t: t, timeout: conn.Timeout, epoch: epoch}
}

func (h *httpCarrier) close() { h.t.CloseIdleConnections() }

func (h *httpCarrier) now() time.Duration { return time.Since(h.epoch) }

func (h *httpCarrier) do(ctx context.Context, c *call) *failure {
	x := &c.x
	x.Status, x.BodyBytes, x.Retries, x.FirstByte, x.Done = 0, 0, 0, 0, 0
	c.location = c.location[:0]
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	var (
		connections atomic.Int64 // net/http's own goroutines tell
		firstByte   atomic.Int64
	)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:              func(httptrace.GotConnInfo) { connections.Add(1) },
		GotFirstResponseByte: func() { firstByte.Store(int64(h.now())) },
	})
	req, err := h.request(ctx, x)
	if err != nil {
		x.Done = h.now()
		return &failure{class: profile.ErrOther, text: "request: " + err.Error()}
	}
	res, err := h.t.RoundTrip(req)
	phase := "exchange"
	if err == nil {
		phase = "body"
		x.Status = res.StatusCode
		if isRedirect(x.Status) {
			c.location = append(c.location, res.Header.Get("Location")...)
		}
		x.BodyBytes, err = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
	x.Done = h.now()
	x.FirstByte = time.Duration(firstByte.Load())
	x.Retries = max(int(connections.Load())-1, 0)
	if err != nil {
		return httpFailure(phase, err)
	}
	return nil
}

// request makes net/http's request of the rendered one.
func (h *httpCarrier) request(ctx context.Context, x *wire.Exchange) (*http.Request, error) {
	u := &url.URL{Scheme: "http", Host: x.Addr}
	if x.TLS {
		u.Scheme = "https"
	}
	target, err := url.ParseRequestURI(string(x.RequestURI))
	if err != nil {
		return nil, err
	}
	u.Path, u.RawPath, u.RawQuery = target.Path, target.RawPath, target.RawQuery
	req, err := http.NewRequestWithContext(ctx, x.Method, u.String(), bytes.NewReader(x.Body))
	if err != nil {
		return nil, err
	}
	req.Host = x.Host
	for line := range bytes.Lines(x.Header) {
		name, value, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), ": ")
		req.Header[name] = append(req.Header[name], value)
	}
	return req, nil
}

// httpFailure classifies an error of net/http.
func httpFailure(phase string, err error) *failure {
	class, cause := wire.Classify(err)
	f := wireFailure(&wire.Error{Class: class, Err: cause})
	f.text = phase + ": " + cause.Error()
	// What breaks the protocol has no type in net/http.
	if class == wire.ClassOther && (strings.Contains(err.Error(), "malformed") || strings.Contains(err.Error(), "HTTP/1.x transport connection broken")) {
		f.class = profile.ErrProtocol
	}
	return f
}
