package wire

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// conn is one connection. One exchange at a time uses it; besides, only the
// watchdog and the context's watch touch it, and only state, deadline,
// watching and the deadlines of sock.
//
// Setting a deadline on a socket for each exchange costs a timer each; so an
// exchange only notes its deadline here, and the one watchdog of the
// Transport interrupts what is overdue. A context is watched once a connection,
// not once an exchange, since a run's exchanges share theirs.
type conn struct {
	t       *Transport
	lane    *lane
	sock    net.Conn // TCP or Unix
	nc      net.Conn // sock, or TLS over it
	raw     rawSocket
	secure  bool
	resumed bool
	served  bool // at least one exchange

	idleSince    time.Duration
	slot         int   // in t.open
	up, down     *conn // in lane.idle
	older, newer *conn // in t.pool
	state        atomic.Uint64
	deadline     atomic.Int64 // since the epoch, noDeadline
	watching     atomic.Pointer[contextWatch]
}

// The low bits of conn.state; the others count exchanges, so that an interrupt
// meant for one never hits the next.
const (
	stateIdle = iota
	stateBusy
	stateTimedOut
	stateCanceled
	stateMask = 3
)

// peekAfter is how long a connection must have been idle for a look, before its use,
// at whether the server has closed it or sent what was not asked for. The look
// is a system call; less means that the last response was read just now, and
// what can be sent again does without. What can't is never sent without a look.
const peekAfter = time.Millisecond

// errStale says that the server had closed a kept connection, and that the request may be sent again.
var errStale = errors.New("stale connection")

// contextWatch ties a connection to the context of its exchanges.
type contextWatch struct {
	done <-chan struct{}
	stop func() bool
}

// begin marks c busy with x until end.
func (c *conn) begin(ctx context.Context, x *Exchange) error {
	deadline := c.t.wholeDeadline(x)
	if d := c.t.opt.FirstByteTimeout; d > 0 {
		deadline = min(deadline, int64(x.Sent+d))
	}
	c.deadline.Store(deadline)
	done := ctx.Done()
	w := c.watching.Load()
	if w == nil || w.done != done {
		c.unwatch()
		if done != nil {
			c.watchContext(ctx, done)
		}
	}
	c.state.Store((c.state.Load() | stateMask) + 1 | stateBusy)
	if deadline < c.t.watch.wake.Load() {
		c.t.watch.poke()
	}
	// Only after the state is set: a context that ends from here on finds it.
	if done != nil {
		select {
		case <-done:
			return ctx.Err()
		default:
		}
	}
	return nil
}

// end marks c idle, and reports false if it was interrupted.
func (c *conn) end() bool {
	s := c.state.Load()
	return s&stateMask == stateBusy && c.state.CompareAndSwap(s, s&^stateMask)
}

// interrupt wakes exchange s of c from whatever it waits for, once.
func (c *conn) interrupt(s uint64, why uint64) {
	if c.state.CompareAndSwap(s, s&^stateMask|why) {
		_ = c.sock.SetDeadline(time.Unix(1, 0)) // it fails on a closed socket, which nobody waits on
	}
}

func (c *conn) watchContext(ctx context.Context, done <-chan struct{}) {
	w := &contextWatch{done: done}
	c.watching.Store(w)
	w.stop = context.AfterFunc(ctx, func() {
		// The state first: if it is of a later exchange, so is the watch.
		s := c.state.Load()
		if s&stateMask == stateBusy && c.watching.Load() == w {
			c.interrupt(s, stateCanceled)
		}
	})
}

func (c *conn) unwatch() {
	if w := c.watching.Load(); w != nil {
		c.watching.Store(nil)
		w.stop()
	}
}

// exchange sends x, reads the response, and keeps or closes c. It returns
// errStale if the request may be sent again.
func (c *conn) exchange(ctx context.Context, x *Exchange) error {
	x.phase = PhaseWrite
	reusable := false
	err := c.begin(ctx, x)
	if err == nil {
		reusable, err = c.converse(x)
	}
	reads := x.reads
	if x.Done = x.FirstByte; reads > 1 || err != nil {
		x.Done = c.t.now()
	}
	intact := c.end()
	if err == nil {
		c.served = true
		if reusable && intact {
			c.t.release(c, x.Done)
		} else {
			c.t.discard(c)
		}
		return nil
	}
	why := c.state.Load() & stateMask
	c.t.discard(c)
	switch {
	case why == stateTimedOut:
		return errTimeout
	case why == stateCanceled:
		return ctx.Err()
	case c.stale(x, err):
		return errStale
	}
	return err
}

// stale reports whether err means that the server had closed c while it was
// idle, and that sending again can't do twice what must be done once.
func (c *conn) stale(x *Exchange, err error) bool {
	if !c.served || x.reads > 0 {
		return false
	}
	class, _ := Classify(err)
	gone := class == ClassReset || class == ClassClosed
	return gone && (x.unsent || idempotent(x.Method))
}

// converse sends the request and reads the response.
func (c *conn) converse(x *Exchange) (reusable bool, err error) {
	if x.apart {
		return c.converseAtOnce(x)
	}
	if err := c.send(x); err != nil {
		return false, err
	}
	return c.readResponse(x)
}

// send writes the request and reads the first bytes of the response.
func (c *conn) send(x *Exchange) error {
	sent := 0
	var err error
	if c.canAsk() {
		if sent, err = c.ask(x); sent == len(x.out) {
			if err == nil {
				c.firstByte(x)
			}
			return err
		}
	}
	if err == nil {
		var n int
		n, err = c.nc.Write(x.out[sent:])
		sent += n
	}
	if err != nil {
		x.unsent = sent == 0 && !c.secure
		if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) || c.fill(x) != nil {
			return err
		}
		// The server answered before it had read all, and closed.
		x.closing = true
	} else {
		x.phase = PhaseFirstByte
		if err := c.fill(x); err != nil {
			return err
		}
	}
	c.firstByte(x)
	return nil
}

// firstByte notes the time, and moves the deadline to that of the whole exchange.
func (c *conn) firstByte(x *Exchange) {
	x.FirstByte = c.t.now()
	if c.t.opt.FirstByteTimeout > 0 {
		c.deadline.Store(c.t.wholeDeadline(x))
	}
}

// bodyGrace is how long a large body may take to be written after the whole
// response was read before its connection is given up.
const bodyGrace = 50 * time.Millisecond

// converseAtOnce reads while a large body is still being written: a server may
// answer before it has read it, or answer as it reads.
func (c *conn) converseAtOnce(x *Exchange) (reusable bool, err error) {
	written := make(chan error, 1)
	go func() {
		_, err := c.nc.Write(x.out)
		if err == nil {
			_, err = c.nc.Write(x.Body)
		}
		written <- err
	}()
	if err = c.fill(x); err == nil {
		c.firstByte(x)
		reusable, err = c.readResponse(x)
	}
	var writeErr error
	if err == nil {
		grace := time.NewTimer(bodyGrace)
		defer grace.Stop()
		select {
		case writeErr = <-written:
			return reusable && writeErr == nil, nil
		case <-grace.C:
		}
	}
	select {
	case writeErr = <-written:
		if x.reads == 0 && writeErr == nil {
			x.phase = PhaseFirstByte
		}
	default:
		c.sock.Close() // unblocks the writer, which must not outlive the exchange
		<-written      //nolint:errcheck // the write was broken off on purpose
	}
	return false, err
}

// fill reads at least a byte after x.w.
func (c *conn) fill(x *Exchange) error {
	for {
		n, err := c.nc.Read(x.buf[x.w:])
		if n > 0 {
			x.w += n
			x.reads++
			return nil
		}
		if err != nil {
			return err
		}
	}
}
