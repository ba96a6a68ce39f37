package traffic

import (
	"context"
	"time"
)

// Owner returns the index of the shard, of count of them, that makes all views
// of a user: the user's ID modulo count. As IDs are a keyed permutation the
// choice is a keyed hash of the user, and the shards' shares of the users differ
// by one at most. A count of 0 is 1.
func (p *Plan) Owner(user, count uint64) uint64 { return p.ids.of(user) % max(count, 1) }

// Users returns how many of the plan's users a shard has.
func (p *Plan) Users(shard Shard) uint64 {
	shard = shard.whole()
	n := p.uv / shard.Count
	if shard.Index < p.uv%shard.Count {
		n++
	}
	return n
}

// Share returns the expected share, in [0, 1], of a shard in the page views: its
// share of the users. The law makes the real one differ, most of all under Zipf,
// where the first users fall to one shard or another; [Plan.Count] has the exact
// number.
func (p *Plan) Share(shard Shard) float64 { return float64(p.Users(shard)) / float64(p.uv) }

// Count returns how many visits a shard has. It goes through the whole plan, so
// it takes time in proportion to PV; it stops with the context's error when that
// is cancelled.
func (p *Plan) Count(ctx context.Context, shard Shard) (uint64, error) {
	shard = shard.whole()
	if shard.Count == 1 {
		return p.pv, nil
	}
	count := uint64(0)
	for n := uint64(0); n < p.pv; n++ {
		if n%(1<<16) == 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if user, _ := p.user(n); p.Owner(user, shard.Count) == shard.Index {
			count++
		}
	}
	return count, nil
}

// Cursor goes through the visits of a shard in due order. It holds constant
// memory and gives the values of [Plan.Visit]. A Cursor is for one goroutine;
// any number of them can share a plan.
type Cursor struct {
	plan  *Plan
	shard Shard
	n     uint64 // next hit
	// For Poisson, the cells that are still to come, the next one last. Each
	// level of the splitting leaves one of them at most.
	cells [64]cell
	depth int
	// together is how many more points lie at the place of the one before.
	together uint64
	at       uint64
}

type cell struct{ number, points uint64 }

// Cursor returns a cursor before the first visit of the shard. A shard whose
// index is not below its count has no visits.
func (p *Plan) Cursor(shard Shard) *Cursor {
	c := &Cursor{plan: p, shard: shard.whole()}
	if p.spec.Arrivals == Poisson {
		c.cells[0], c.depth = cell{1, p.pv}, 1
	}
	return c
}

// Next returns the next visit, and false after the last one.
func (c *Cursor) Next() (Visit, bool) {
	p := c.plan
	for c.n < p.pv {
		n := c.n
		c.n++
		if p.spec.Arrivals == Poisson {
			c.advance()
		}
		user, isNew := p.user(n)
		id := p.ids.of(user)
		if c.shard.Count > 1 && id%c.shard.Count != c.shard.Index || c.shard.Index >= c.shard.Count {
			continue
		}
		return Visit{N: n, Due: c.due(n), User: user, ID: id, New: isNew}, true
	}
	return Visit{}, false
}

func (c *Cursor) due(n uint64) time.Duration {
	if c.plan.spec.Arrivals == Poisson {
		return c.plan.dueAt(c.at)
	}
	return c.plan.due(n)
}

// advance moves to the next point of the Poisson process: it walks the cells of
// stream.orderStatistic depth first, each once.
func (c *Cursor) advance() {
	if c.together > 0 {
		c.together--
		return
	}
	s := c.plan.arrivals
	c.depth--
	next := c.cells[c.depth]
	for next.points > 1 && next.number < lastCell {
		left := s.leftHalf(next.number, next.points)
		right := next.points - left
		next.number <<= 1
		if left == 0 {
			next.number |= 1
			continue
		}
		if right > 0 {
			c.cells[c.depth] = cell{next.number | 1, right}
			c.depth++
		}
		next.points = left
	}
	c.together = next.points - 1
	c.at = s.pointIn(next.number)
}
