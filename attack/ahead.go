package attack

import (
	"context"
	"time"

	"github.com/loadx/loadx/scenarios"
)

const (
	// aheadOf is the first moment of a schedule, whose visits find their connections open.
	aheadOf = 20 * time.Millisecond
	// maxAhead bounds how many connections are opened before the start.
	maxAhead = 1024
	// aheadLead and aheadEach are the time before the due time 0 of a run that opens connections ahead: for all, and for
	// each of them. What is not open by then is not waited for.
	aheadLead = 50 * time.Millisecond
	aheadEach = 200 * time.Microsecond
)

// ahead returns how many connections to open before the start: one for each visit that is due in the first moment, none
// for fewer than two, for connections that are not shared or are net/http's, and for a closed loop, which begins with as
// many requests as it may. Without them the first visits of a high rate each open one, which takes longer than an answer, so that those
// behind open some, too, up to the cap: the tool's doing, and none of the traffic's.
func ahead(plan *scenarios.Plan) (first scenarios.Visit, connections int) {
	conn := plan.Connection()
	if plan.MaxRate() || !conn.KeepAlive || conn.Mode != scenarios.SharedConnections || byNetHTTP(&conn) {
		return first, 0
	}
	visits := plan.Cursor(plan.Shard())
	first, ok := visits.Next()
	for v := first; ok && v.Due < first.Due+aheadOf && connections < min(maxAhead, int(conn.MaxInFlight)); v, ok = visits.Next() {
		connections++
	}
	if connections < 2 {
		return first, 0
	}
	return first, connections
}

// openAhead opens connections to where the first visit goes, as far as that succeeds in time. Failures are not told: the
// visits meet them again.
func (s *sender) openAhead(ctx context.Context, first scenarios.Visit, connections int) {
	w, ok := s.carrier.(wireCarrier)
	if !ok {
		return
	}
	ctx, cancel := context.WithDeadline(ctx, s.epoch.Add(-lead))
	defer cancel()
	var c call
	s.plan.Request(&c.request, first)
	c.address()
	s.connect(&c)
	if c.request.Source.IsValid() {
		return // who comes from an address of its own shares no connection
	}
	w.t.OpenAhead(ctx, &c.x, connections)
}
