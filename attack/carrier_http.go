package attack

import (
	"bytes"
	"context"
	"errors"
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
	// http2 was asked for; other counts the responses that came by HTTP/1.1 all the same.
	http2 bool
	other atomic.Uint64

	opened, reused atomic.Uint64 // connections, which net/http does not tell whether it evicts
}

func newHTTPCarrier(o *Options, epoch time.Time) (carrier, error) {
	conn := o.Plan.Connection()
	proxy, err := proxyURL(&conn)
	if err != nil {
		return nil, err
	}
	d := &dialer{unix: conn.Unix, connectTo: detours(&conn), local: conn.LocalAddrs, timeout: conn.DialTimeout}
	t := &http.Transport{
		DialContext:           d.dial,
		TLSClientConfig:       o.TLS.Clone(),
		TLSHandshakeTimeout:   conn.TLSTimeout,
		ResponseHeaderTimeout: conn.FirstByteTimeout,
		DisableKeepAlives:     !conn.KeepAlive, DisableCompression: true,
		MaxIdleConns: maxIdle(&conn), MaxIdleConnsPerHost: maxIdle(&conn), IdleConnTimeout: 90 * time.Second,
		Protocols: new(http.Protocols),
	}
	if proxy != nil {
		t.Proxy = http.ProxyURL(proxy)
	}
	// To an http target HTTP/2 is spoken at once (RFC 9113, section 3.3), unless a proxy stands before it; an https
	// target may decline it.
	clear := conn.HTTP2 && proxy == nil && speaks(o.Plan, "http")
	t.Protocols.SetHTTP1(!clear)
	t.Protocols.SetHTTP2(conn.HTTP2)
	t.Protocols.SetUnencryptedHTTP2(clear)
	return &httpCarrier{t: t, timeout: conn.Timeout, epoch: epoch, http2: conn.HTTP2}, nil
}

func (h *httpCarrier) close() { h.t.CloseIdleConnections() }

func (h *httpCarrier) counts() profile.Connections {
	return profile.Connections{Opened: h.opened.Load(), Reused: h.reused.Load()}
}

func (h *httpCarrier) now() time.Duration { return time.Since(h.epoch) }

func (h *httpCarrier) do(ctx context.Context, c *call) *failure {
	x := &c.x
	x.Status, x.BodyBytes, x.Retries, x.FirstByte, x.Done, x.SetsCookies = 0, 0, 0, 0, 0, false
	c.fields = nil
	c.location = c.location[:0]
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	var (
		connections atomic.Int64 // net/http's own goroutines tell
		firstByte   atomic.Int64
	)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			connections.Add(1)
			if info.Reused {
				h.reused.Add(1)
			} else {
				h.opened.Add(1)
			}
		},
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
		c.fields, x.SetsCookies = res.Header, len(res.Header["Set-Cookie"]) > 0
		if h.http2 && res.ProtoMajor != 2 {
			h.other.Add(1)
		}
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
	if strings.HasPrefix(x.Addr, unixPrefix) {
		u.Host = x.Host // the dialer knows better
	}
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
	if class == wire.ClassTimeout {
		class = passed(err)
	}
	f := wireFailure(&wire.Error{Class: class, Err: cause})
	f.text = phase + ": " + cause.Error()
	// What breaks the protocol has no type in net/http.
	if class == wire.ClassOther {
		for _, sign := range []string{"malformed", "HTTP/1.x transport connection broken", "http2: "} {
			if strings.Contains(err.Error(), sign) {
				f.class = profile.ErrProtocol
			}
		}
	}
	return f
}

// passed tells a timeout of a phase's own from that of the whole request, which is the context's. net/http has no types
// for them.
func passed(err error) wire.Class {
	var op *net.OpError
	switch text := err.Error(); {
	case strings.Contains(text, "TLS handshake timeout"):
		return wire.ClassTLSTimeout
	case strings.Contains(text, "timeout awaiting response headers"):
		return wire.ClassFirstByteTimeout
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"):
		return wire.ClassDialTimeout
	}
	return wire.ClassTimeout
}
