package wire

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Transport keeps connections and does exchanges on them. It is safe for any
// number of goroutines.
type Transport struct {
	opt   Options
	watch watchdog

	mu     sync.Mutex
	pool   pool
	open   []*conn // all connections, idle and in use
	local  int     // the next of opt.LocalAddrs
	closed bool
	stats  Stats
}

// New returns a Transport, or says which option makes no sense. The caller closes it.
func New(opt Options) (*Transport, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	t := &Transport{opt: opt}
	t.pool.lanes = make(map[laneKey]*lane)
	t.watch.start(t)
	return t, nil
}

// now is the time since the epoch.
func (t *Transport) now() time.Duration { return time.Since(t.opt.Epoch) }

// openAtOnce is how many connections OpenAhead opens at a time.
const openAtOnce = 32

// OpenAhead opens n connections for the route of x and keeps them for
// exchanges to come, which then count as their first. It returns how many it
// opened until the context ended; why others failed an exchange will tell. x is
// only read.
func (t *Transport) OpenAhead(ctx context.Context, x *Exchange, n int) (opened int) {
	key := keyOf(x)
	var all sync.WaitGroup
	var count, taken atomic.Int64
	for range min(n, openAtOnce) {
		all.Go(func() {
			for taken.Add(1) <= int64(n) {
				one := Exchange{TLS: x.TLS, Addr: x.Addr, Host: x.Host, ConnKey: x.ConnKey, LocalAddr: x.LocalAddr, Start: t.now()}
				if c, err := t.dial(ctx, &one, key); err == nil {
					t.release(c, t.now())
					count.Add(1)
				}
			}
		})
	}
	all.Wait()
	return int(count.Load())
}

// Close closes all connections and waits for the Transport's own goroutine.
// Exchanges under way fail with [ClassCanceled], as do later ones.
func (t *Transport) Close() {
	t.mu.Lock()
	again := t.closed
	t.closed = true
	for _, c := range t.open {
		c.sock.Close() // whoever uses it finds out and takes it off the list
	}
	for c := t.pool.oldest(); c != nil; c = t.pool.oldest() {
		t.pool.remove(c)
		t.forget(c)
		c.unwatch()
	}
	t.mu.Unlock()
	if !again {
		t.watch.end()
	}
}

// Idle returns the number of connections that wait for an exchange.
func (t *Transport) Idle() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.pool.size
}

// Open returns the number of connections, idle and in use.
func (t *Transport) Open() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.open)
}

// Stats are the counts of a Transport's connections.
type Stats struct {
	// Opened connections, those among them whose TLS session was resumed, and how many exchanges took one that was kept.
	Opened, Resumed, Reused uint64
	// Evicted connections were closed, unused longest, because more than MaxIdle waited.
	Evicted uint64
}

// Stats returns the counts so far.
func (t *Transport) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stats
}

// Do sends the request of x and reads the response to its last byte. Any
// response, whatever its status, is a success; every failure is an [*Error],
// and leaves in x what was read before it. A canceled context wakes Do
// wherever it waits. Do allocates nothing when it finds a kept
// connection, the context is the one that this connection's last exchange had, and
// the buffers of x are large enough.
func (t *Transport) Do(ctx context.Context, x *Exchange) error {
	x.reset()
	x.phase = PhaseRequest
	err := x.render(t.opt.DisableKeepAlive)
	x.Start = t.now()
	if err != nil {
		return t.failed(x, err)
	}
	fresh := t.opt.DisableKeepAlive || x.Fresh
	for {
		c, err := t.connect(ctx, x, fresh)
		if err != nil {
			return t.failed(x, err)
		}
		err = c.exchange(ctx, x)
		if err == nil {
			return nil
		}
		if !errors.Is(err, errStale) {
			return t.failed(x, err)
		}
		x.Retries++
		x.resetResponse()
		fresh = true
	}
}

// failed wraps the failure of x.
func (t *Transport) failed(x *Exchange, err error) error {
	x.Done = t.now()
	class, cause := Classify(err)
	switch {
	case class == ClassTimeout:
		class = t.passed(x)
	case x.phase == PhaseTLS && class == ClassOther:
		class = ClassTLS
	case x.phase == PhaseTLS && class == ClassClosed:
		cause = errClosedInTLS
	}
	return &Error{Phase: x.phase, Class: class, Err: cause}
}

// passed is the class of the timeout that x has passed.
func (t *Transport) passed(x *Exchange) Class {
	own := func(took, bound time.Duration) bool { return bound > 0 && took >= bound }
	switch {
	case own(x.Done-x.Start, t.opt.Timeout):
	case x.phase == PhaseDial && own(x.Connect, t.opt.DialTimeout):
		return ClassDialTimeout
	case x.phase == PhaseTLS && own(x.Handshake, t.opt.TLSTimeout):
		return ClassTLSTimeout
	case (x.phase == PhaseWrite || x.phase == PhaseFirstByte) && own(x.Done-x.Sent, t.opt.FirstByteTimeout):
		return ClassFirstByteTimeout
	}
	return ClassTimeout
}

// keyOf is what x must share with exchanges that share its connections.
func keyOf(x *Exchange) laneKey {
	key := laneKey{tls: x.TLS, addr: x.Addr, conn: x.ConnKey, local: x.LocalAddr}
	if x.TLS && x.Host != "" && hasUnixPrefix(x.Addr) {
		key.name = x.Host
	}
	return key
}

// connect returns a connection for x that nobody else uses.
func (t *Transport) connect(ctx context.Context, x *Exchange, fresh bool) (*conn, error) {
	key := keyOf(x)
	x.phase = PhaseDial
	for !fresh {
		c, err := t.takeIdle(key, x)
		if err != nil {
			return nil, err
		}
		if c == nil {
			break
		}
		x.Sent = x.Start
		if idle := x.Start - c.idleSince; idle >= peekAfter || !idempotent(x.Method) {
			if t.opt.IdleTimeout > 0 && idle >= t.opt.IdleTimeout || !c.quiet() {
				t.discardUnused(c)
				continue
			}
			x.Sent = t.now()
		}
		x.Reused, x.Resumed = c.served, c.resumed
		return c, nil
	}
	c, err := t.dial(ctx, x, key)
	if err != nil {
		return nil, err
	}
	x.Reused, x.Resumed = false, c.resumed
	x.Sent = t.now()
	return c, nil
}

// takeIdle takes the connection of this route that was used last, nil if none is idle.
func (t *Transport) takeIdle(key laneKey, x *Exchange) (*conn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, ErrClosed
	}
	l := x.lane
	if l == nil || l.t != t || l.dead || l.key != key {
		l = t.pool.lanes[key]
		x.lane = l
	}
	if l == nil || l.idle == nil {
		return nil, nil
	}
	c := l.idle
	t.pool.remove(c)
	if c.served {
		t.stats.Reused++
	}
	return c, nil
}

// release makes c idle for the next exchange.
func (t *Transport) release(c *conn, since time.Duration) {
	c.idleSince = since
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		t.discard(c)
		return
	}
	t.pool.add(c)
	var evicted *conn
	if t.pool.size > t.opt.MaxIdle {
		evicted = t.pool.oldest()
		t.pool.remove(evicted)
		t.stats.Evicted++
	}
	t.mu.Unlock()
	if evicted != nil {
		t.discard(evicted)
	}
}

// adopt enters a new connection.
func (t *Transport) adopt(c *conn, key laneKey) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return ErrClosed
	}
	l := t.pool.lanes[key]
	if l == nil {
		l = &lane{t: t, key: key}
		t.pool.lanes[key] = l
	}
	l.conns++
	t.stats.Opened++
	if c.resumed {
		t.stats.Resumed++
	}
	c.lane = l
	c.slot = len(t.open)
	t.open = append(t.open, c)
	return nil
}

// discard closes a connection that is not idle.
func (t *Transport) discard(c *conn) {
	c.unwatch()
	c.sock.Close()
	t.mu.Lock()
	t.forget(c)
	t.mu.Unlock()
}

// discardUnused closes a connection that was taken and turned out to be of no use.
func (t *Transport) discardUnused(c *conn) {
	t.discard(c)
	t.mu.Lock()
	t.stats.Reused--
	t.mu.Unlock()
}

// forget takes c off the list and its lane; t.mu is held.
func (t *Transport) forget(c *conn) {
	last := len(t.open) - 1
	t.open[c.slot] = t.open[last]
	t.open[c.slot].slot = c.slot
	t.open[last] = nil
	t.open = t.open[:last]
	if c.lane.conns--; c.lane.conns == 0 {
		c.lane.dead = true
		delete(t.pool.lanes, c.lane.key)
	}
}
