package wire

import "net/netip"

// laneKey is what two exchanges must share to share connections.
type laneKey struct {
	tls   bool
	addr  string
	name  string // the TLS server name, where addr does not hold it
	conn  uint64
	local netip.Addr
}

// lane holds the connections of one key. It lives as long as it has any.
type lane struct {
	t     *Transport // an Exchange remembers its lane, and may go to another Transport next
	key   laneKey
	conns int   // idle and in use
	idle  *conn // a stack: the connection used last is used next
	dead  bool
}

// pool is the idle connections: a stack for each lane and a queue through all,
// oldest first, both threaded through the connections. The Transport's mutex guards it.
type pool struct {
	lanes    map[laneKey]*lane
	old, new *conn
	size     int
}

// add makes c the newest.
func (p *pool) add(c *conn) {
	if c.down = c.lane.idle; c.down != nil {
		c.down.up = c
	}
	c.lane.idle = c
	if c.older = p.new; c.older != nil {
		c.older.newer = c
	} else {
		p.old = c
	}
	p.new = c
	p.size++
}

// remove takes c out, wherever it stands.
func (p *pool) remove(c *conn) {
	if c.up != nil {
		c.up.down = c.down
	} else {
		c.lane.idle = c.down
	}
	if c.down != nil {
		c.down.up = c.up
	}
	if c.older != nil {
		c.older.newer = c.newer
	} else {
		p.old = c.newer
	}
	if c.newer != nil {
		c.newer.older = c.older
	} else {
		p.new = c.older
	}
	c.up, c.down, c.older, c.newer = nil, nil, nil, nil
	p.size--
}

// oldest is the connection unused longest, nil if none is idle.
func (p *pool) oldest() *conn { return p.old }
