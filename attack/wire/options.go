package wire

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

// Options is how a [Transport] connects and what it tolerates. The zero value
// is a transport without timeouts for hosts with certificates of the system's
// roots.
type Options struct {
	// DialTimeout bounds name lookup and connect together. 0 is no bound.
	DialTimeout time.Duration
	// TLSTimeout bounds the TLS handshake. 0 is no bound.
	TLSTimeout time.Duration
	// FirstByteTimeout bounds the time from the start of sending the request
	// to the first byte of the response. 0 is no bound.
	FirstByteTimeout time.Duration
	// Timeout bounds the whole exchange, from the call of Do to the last byte
	// of the body, retry included. 0 is no bound.
	Timeout time.Duration
	// IdleTimeout closes a connection unused for so long. 0 is 90 s; negative
	// keeps connections until the server closes them.
	IdleTimeout time.Duration

	// DisableKeepAlive dials for every exchange and says Connection: close.
	DisableKeepAlive bool
	// MaxIdle bounds the idle connections of all routes together; beyond it
	// the one unused longest is closed. 0 is 1024.
	MaxIdle int

	// TLS is the client's configuration; nil means the system's roots. It is
	// cloned. ServerName is set per connection if empty; the protocols
	// offered are http/1.1 alone. With a ClientSessionCache, exchanges of different
	// ConnKeys never share a session.
	TLS *tls.Config

	// MaxHeaderBytes bounds the bytes of status line and header of a response,
	// interim responses and trailer included. 0 is 256 KiB.
	MaxHeaderBytes int
	// MaxBodyBytes bounds the length of a response's body. 0 is no bound:
	// bodies are counted, not stored.
	MaxBodyBytes int64

	// ConnectTo maps an Exchange's Addr to the address to dial in its place
	// (HOST:PORT, or unix:PATH); Host and the TLS server name stay.
	ConnectTo map[string]string
	// LocalAddrs are the source addresses of connections, taken in turn as
	// they are dialled. Empty leaves the choice to the system.
	LocalAddrs []netip.Addr

	// Epoch is the instant that the times of an Exchange count from. The zero
	// value is the time of New. It must carry a monotonic reading, as time.Now gives.
	Epoch time.Time
}

const (
	defaultIdleTimeout    = 90 * time.Second
	defaultMaxIdle        = 1024
	defaultMaxHeaderBytes = 256 << 10
)

// withDefaults validates o and fills in what is zero.
func (o Options) withDefaults() (Options, error) {
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"DialTimeout", o.DialTimeout}, {"TLSTimeout", o.TLSTimeout},
		{"FirstByteTimeout", o.FirstByteTimeout}, {"Timeout", o.Timeout},
	} {
		if d.value < 0 {
			return o, fmt.Errorf("wire: %s is negative: %v", d.name, d.value)
		}
	}
	if o.MaxIdle < 0 || o.MaxHeaderBytes < 0 || o.MaxBodyBytes < 0 {
		return o, fmt.Errorf("wire: MaxIdle, MaxHeaderBytes and MaxBodyBytes can't be negative")
	}
	for from, to := range o.ConnectTo {
		if err := checkAddr(to); err != nil {
			return o, fmt.Errorf("wire: ConnectTo %q: %w", from, err)
		}
	}
	for _, a := range o.LocalAddrs {
		if !a.IsValid() {
			return o, fmt.Errorf("wire: LocalAddrs holds an invalid address")
		}
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = defaultIdleTimeout
	}
	if o.MaxIdle == 0 {
		o.MaxIdle = defaultMaxIdle
	}
	if o.MaxHeaderBytes == 0 {
		o.MaxHeaderBytes = defaultMaxHeaderBytes
	}
	if o.Epoch.IsZero() {
		o.Epoch = time.Now()
	}
	if o.TLS == nil {
		o.TLS = &tls.Config{}
	}
	o.TLS = o.TLS.Clone()
	o.TLS.NextProtos = []string{"http/1.1"}
	return o, nil
}

const unixPrefix = "unix:"

// checkAddr reports whether a can be dialled: HOST:PORT or unix:PATH.
func checkAddr(a string) error {
	if path, ok := strings.CutPrefix(a, unixPrefix); ok {
		if path == "" {
			return fmt.Errorf("address %q has no path", a)
		}
		return nil
	}
	_, port, err := net.SplitHostPort(a)
	if err != nil {
		return fmt.Errorf("address %q: want HOST:PORT or unix:PATH", a)
	}
	if port == "" {
		return fmt.Errorf("address %q has no port", a)
	}
	return nil
}
