package wire

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

func hasUnixPrefix(addr string) bool { return strings.HasPrefix(addr, unixPrefix) }

// dial opens a connection for x and enters it.
func (t *Transport) dial(ctx context.Context, x *Exchange, key laneKey) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if t.opt.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, t.opt.Epoch.Add(x.Start+t.opt.Timeout))
		defer cancel()
	}
	began := t.now()
	sock, err := t.dialSocket(ctx, x)
	x.Connect += t.now() - began
	if err != nil {
		return nil, err
	}
	c := &conn{t: t, sock: sock, nc: sock, secure: x.TLS}
	c.deadline.Store(noDeadline)
	if x.TLS {
		x.phase = PhaseTLS
		began = t.now()
		err = c.handshake(ctx, x)
		x.Handshake += t.now() - began
		if err != nil {
			sock.Close()
			return nil, err
		}
	}
	c.raw.init(c)
	if err := t.adopt(c, key); err != nil {
		sock.Close()
		return nil, err
	}
	return c, nil
}

func (t *Transport) dialSocket(ctx context.Context, x *Exchange) (net.Conn, error) {
	if t.opt.DialTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, t.opt.DialTimeout)
		defer cancel()
	}
	addr := x.Addr
	if to, ok := t.opt.ConnectTo[addr]; ok {
		addr = to
	}
	if err := checkAddr(addr); err != nil {
		return nil, invalidError(err.Error())
	}
	// TCP keep-alive probes are four system calls a connection, for what the timeouts do anyway.
	dialer := net.Dialer{KeepAlive: -1}
	if path, ok := strings.CutPrefix(addr, unixPrefix); ok {
		return dialer.DialContext(ctx, "unix", path)
	}
	if local := t.nextLocal(x.LocalAddr); local.IsValid() {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(local, 0))
		dialer.Control = bindLate
	}
	return dialer.DialContext(ctx, "tcp", addr)
}

// nextLocal returns the source address to bind, invalid for none.
func (t *Transport) nextLocal(own netip.Addr) netip.Addr {
	if own.IsValid() || len(t.opt.LocalAddrs) == 0 {
		return own
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	a := t.opt.LocalAddrs[t.local]
	t.local = (t.local + 1) % len(t.opt.LocalAddrs)
	return a
}

// handshake puts TLS on the socket.
func (c *conn) handshake(ctx context.Context, x *Exchange) error {
	if d := c.t.opt.TLSTimeout; d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	config := c.t.opt.TLS.Clone()
	if config.ServerName == "" {
		config.ServerName = serverName(x)
	}
	if config.ClientSessionCache != nil && x.ConnKey != 0 {
		config.ClientSessionCache = sessionsOf{config.ClientSessionCache, strconv.FormatUint(x.ConnKey, 16) + " "}
	}
	s := tls.Client(c.sock, config)
	if err := s.HandshakeContext(ctx); err != nil {
		return err
	}
	c.nc = s
	c.resumed = s.ConnectionState().DidResume
	return nil
}

// serverName is the name to ask for and to verify.
func serverName(x *Exchange) string {
	name := x.Addr
	if hasUnixPrefix(name) {
		name = x.Host
	}
	if host, _, err := net.SplitHostPort(name); err == nil {
		name = host
	}
	return strings.Trim(name, "[]")
}

// sessionsOf is the part of a session cache that belongs to one ConnKey.
type sessionsOf struct {
	all    tls.ClientSessionCache
	prefix string
}

// Get implements tls.ClientSessionCache.
func (s sessionsOf) Get(key string) (*tls.ClientSessionState, bool) { return s.all.Get(s.prefix + key) }

// Put implements tls.ClientSessionCache.
func (s sessionsOf) Put(key string, state *tls.ClientSessionState) { s.all.Put(s.prefix+key, state) }
