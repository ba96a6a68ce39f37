package attack

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
)

const (
	// lead is the time from the start of a run to the due time 0, in which the loop gets going.
	lead = 5 * time.Millisecond
	// grace is how much longer than the timeout the requests in flight may take to end by their own timeouts.
	grace = 250 * time.Millisecond
	// firstWorkers is how many workers a schedule starts with; vegeta adds some as they are needed.
	firstWorkers = 10
	// countedRest is how many visits of an interrupted shard are counted one by one; of a longer rest the expected number
	// is told, since nobody waits for a billion.
	countedRest = 1_000_000
	// curvePoints is into how many parts the asked rate is cut for the live view.
	curvePoints = 500
)

// An Attack is one run of a plan against its target. [Attack.Run] is called once; the other methods may be called from
// any goroutine at any time.
type Attack struct {
	opt    Options
	origin profile.Origin
	curve  []scenarios.CurvePoint // of the plan, for the live rate
	// machine are the warnings of the check before the start.
	machine []profile.Warning
	used    atomic.Bool

	// Of the run, nil before it.
	run atomic.Pointer[run]
	// Of Progress.
	mu   sync.Mutex
	past []sample

	abortOnce sync.Once
	abort     chan struct{} // closed by Abort
	reason    string
}

// A run is the state of an attack that was started.
type run struct {
	sender *sender
	pacer  *pacer
	// lastDue is when the last visit of the plan is due, in any shard.
	lastDue time.Duration
	// firstDue is when the first visit of this shard is due.
	firstDue time.Duration
	// connections are those that were to be opened before it.
	connections int

	// began and quiet are what the process had used when sending began and ended.
	began usage
	quiet atomic.Pointer[usage]

	stop        chan struct{} // closed when nothing more is to be sent
	stopped     atomic.Int64  // when that was, 0 before
	interrupted atomic.Bool
	aborted     atomic.Pointer[string] // why, nil if it was not
}

// last sets how long the profile's run has lasted, and the part of it that is measured.
func (r *run) last(p *profile.Profile, elapsed time.Duration) {
	p.Elapsed = elapsed
	if m := p.Measured; m != nil {
		m.Length = max(r.firstDue+elapsed-max(m.From, r.firstDue), 0)
	}
}

// settled keeps what the process has used by now as what sending took.
func (r *run) settled() {
	now := usageNow()
	r.quiet.CompareAndSwap(nil, &now)
}

// New checks the options and makes an attack of them. Nothing is sent, and no name is looked up.
func New(o Options) (*Attack, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	machine, err := o.Machine.check(o.Plan)
	if err != nil {
		return nil, err
	}
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, err
	}
	name := o.Plan.Name()
	if name == "" {
		name = "attack"
	}
	return &Attack{opt: o, origin: profile.Origin{ID: hex.EncodeToString(id[:]), Name: name}, curve: o.Plan.Curve(curvePoints), abort: make(chan struct{}),
		machine: machine}, nil
}

// Run sends the traffic and returns what was measured. When the context is cancelled it stops sending at once, waits for
// the requests in flight for at most the timeout, and returns the complete partial profile, which says that it was
// interrupted. An error comes with a nil profile, unless it is that results could not be written: then the profile is
// complete.
func (a *Attack) Run(ctx context.Context) (*profile.Profile, error) {
	if a.used.Swap(true) {
		return nil, errors.New("attack: an attack runs once")
	}
	// The requests outlive the cancelled context: those in flight are waited for.
	requests, cancelRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRequests()
	r, err := a.start(requests)
	if err != nil {
		return nil, err
	}
	defer r.sender.carrier.close()
	a.run.Store(r)

	conn := a.opt.Plan.Connection()
	workers := conn.MaxInFlight
	if !a.opt.Plan.MaxRate() {
		workers = min(workers, max(firstWorkers, uint64(r.connections)))
	} else if pv := a.opt.Plan.PV(); pv > 0 {
		workers = min(workers, pv) // more would find nothing to do
	}
	attacker := vegeta.NewAttacker(
		vegeta.Client(&http.Client{Transport: r.sender}),
		vegeta.Workers(workers), vegeta.MaxWorkers(conn.MaxInFlight), vegeta.MaxBody(0))
	ended := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { a.watch(ctx, r, attacker, cancelRequests, ended) })
	for range attacker.Attack(target, r.pacer, 0, "") {
		continue // the sender has measured it
	}
	close(ended)
	watching.Wait()
	return a.finish(r)
}

// Abort stops sending, as a cancelled context does, for a reason that the profile then gives: what was expected can't be
// met any more. Requests in flight are waited for. Only the first reason counts; before the run, it sends nothing.
func (a *Attack) Abort(reason string) {
	a.abortOnce.Do(func() {
		a.reason = reason
		close(a.abort)
	})
}

// start makes the run's parts.
func (a *Attack) start(requests context.Context) (*run, error) {
	plan := a.opt.Plan
	epoch := time.Now()
	if !plan.MaxRate() {
		epoch = epoch.Add(lead)
	}
	firstVisit, connections := ahead(plan)
	if connections > 0 {
		epoch = epoch.Add(aheadLead + time.Duration(connections)*aheadEach)
	}
	carrier, err := newCarrier(&a.opt, epoch)
	if err != nil {
		return nil, err
	}
	conn := plan.Connection()
	users := population(plan)
	limits := a.opt.Limits
	s := &sender{
		plan: plan, connection: conn, userAgent: a.opt.UserAgent, counting: a.opt.countingKey() != "", channel: a.opt.CountingChannel,
		closedLoop: plan.MaxRate(),
		line:       newHandover(int(conn.MaxInFlight)),
		collector: profile.NewCollector(runtime.GOMAXPROCS(0), func() *profile.Recorder {
			r := profile.NewAttackRecorder(users, limits)
			r.SetWarmup(plan.Warmup())
			if conn.BalanceBy != (scenarios.BalanceBy{}) {
				r.CountWorkers()
			}
			return r
		}),
		carrier: carrier, ctx: requests, epoch: epoch, wall: epoch.UnixNano(),
	}
	s.reach(&conn)
	if connections > 0 {
		s.openAhead(requests, firstVisit, connections)
	}
	for _, page := range plan.Pages() {
		s.pages = append(s.pages, []byte(page.Name))
	}
	if a.opt.Results != nil {
		s.results = newResults(a.opt.Results, plan.Name(), epoch)
	}
	r := &run{sender: s, stop: make(chan struct{}), began: usageNow(), connections: connections}
	if !plan.MaxRate() {
		r.lastDue = plan.Visit(plan.PV() - 1).Due
		if first, ok := plan.Cursor(plan.Shard()).Next(); ok {
			r.firstDue = first.Due
		}
	}
	r.pacer = &pacer{
		epoch: epoch, visits: plan.Cursor(plan.Shard()), out: s.line, stop: r.stop, closed: plan.MaxRate(), ended: r.settled,
	}
	return r, nil
}

// watch ends the sending when the context is cancelled or the time is over, and then the requests when they take longer
// than they may.
func (a *Attack) watch(ctx context.Context, r *run, attacker *vegeta.Attacker, cancelRequests func(), ended <-chan struct{}) {
	plan := a.opt.Plan
	timeout := plan.Connection().Timeout
	var over <-chan time.Time // never, for a closed loop without a duration
	switch {
	case !plan.MaxRate():
		over = time.After(time.Until(r.sender.epoch.Add(r.lastDue + timeout)))
	case plan.Duration() > 0:
		over = time.After(time.Until(r.sender.epoch.Add(plan.Duration())))
	}
	select {
	case <-ended:
		return
	case <-ctx.Done():
		r.interrupted.Store(true)
	case <-a.abort:
		r.aborted.Store(&a.reason)
	case <-over:
	}
	r.sender.line.close()
	r.stopped.Store(max(int64(r.sender.now()), 1))
	r.settled()
	close(r.stop)
	attacker.Stop() // at the cap vegeta's loop sits in a channel send
	select {
	case <-ended:
		return
	case <-time.After(timeout + grace):
		cancelRequests()
	}
	<-ended
}

// finish completes the profile of a run that has ended.
func (a *Attack) finish(r *run) (*profile.Profile, error) {
	s := r.sender
	var failed error
	if s.results != nil {
		failed = s.results.finish()
	}
	planned := a.drop(r)
	p, err := s.collector.Snapshot()
	if err != nil {
		return nil, err
	}
	p.Interrupted = r.interrupted.Load()
	a.describe(p, r, planned)
	return p, failed
}

// drop counts the visits that were due and did not leave, and returns how many visits the shard has. Those of an
// interrupted plan that were not due yet are dropped, too, but they are in no slice of the timeline.
func (a *Attack) drop(r *run) (planned uint64) {
	plan, s := a.opt.Plan, r.sender
	if plan.MaxRate() {
		return 0
	}
	sent, _, _ := s.line.state()
	planned = sent
	for _, e := range s.line.left() {
		planned++
		s.collector.Drop(e.visit.Due)
	}
	end := time.Duration(r.stopped.Load())
	v, ok := r.pacer.pending, r.pacer.holds
	if !ok && !r.pacer.exhausted {
		v, ok = r.pacer.visits.Next()
	}
	whole := plan.Shard().Count == 1
	for rest := 0; ok; v, ok = r.pacer.visits.Next() {
		if v.Due <= end {
			s.collector.Drop(v.Due)
		} else if whole {
			return plan.PV()
		} else if rest++; rest > countedRest {
			return max(planned, a.expected())
		}
		planned++
	}
	return planned
}

// describe adds to the numbers what they are of. planned is the number of planned visits.
func (a *Attack) describe(p *profile.Profile, r *run, planned uint64) {
	plan := a.opt.Plan
	p.Name, p.Target, p.Gates = plan.Name(), plan.Target(), plan.Gates()
	p.Origins = []profile.Origin{a.origin}
	p.Definitions = profile.Definitions{
		PV: "planned views that were sent", UV: "distinct users among them, by their number in the plan",
		VisitorKey: a.opt.countingKey(), PageViews: "sent",
	}
	if !plan.MaxRate() {
		shard := plan.Shard()
		p.Planned = &profile.Planned{
			Hits: planned, UV: plan.ShardUsers(shard), Duration: plan.Duration(), Population: plan.UV(), Hash: plan.Hash(),
			Shards: []uint64{shard.Index}, ShardCount: shard.Count,
		}
		p.Dropped = planned - p.Sent
	}
	_, _, lastDone := r.sender.line.state()
	end := time.Duration(r.stopped.Load())
	if schedule := plan.Duration(); !plan.MaxRate() && (end == 0 || end > schedule) {
		end = schedule
	}
	r.last(p, max(end, lastDone, r.firstDue)-r.firstDue)
	if reason := r.aborted.Load(); reason != nil {
		p.Aborted = *reason
	}
	used := r.quiet.Load()
	if used == nil {
		now := usageNow()
		used = &now
	}
	p.Tool = used.since(r.began)
	a.countUse(p, r.sender)
	a.warn(p, r)
}

// limitedAbove is the share of the sent hits that the tool may delay, or fail itself, before the numbers are its own and
// not the target's.
const limitedAbove = 0.01

func (a *Attack) warn(p *profile.Profile, r *run) {
	for _, w := range a.machine {
		p.Warn(w)
	}
	for _, w := range a.opt.Plan.Warnings() {
		p.Warn(profile.Warning{Code: "scenario", Text: warningText(w), Hint: w.Hint})
	}
	if p.Sent > 0 && p.Status.Total() == 0 {
		class, cause := likelyCause(p)
		hint := "is the target running, and is the address right?"
		if class == profile.ErrLocal {
			hint = "it is this machine that fails: see --local-addr, ulimit -n, and who may connect"
		}
		p.Warn(profile.Warning{Code: "no_response", Invalidates: true, Text: "no request got a response: " + cause, Hint: hint})
	}
	p.WarnOfClamped()
	limit := limitedAbove * float64(p.Sent)
	if float64(p.LateFree) > limit {
		p.Warn(profile.Warning{Code: "tool_limited", Invalidates: true, Text: lateText(p),
			Hint: "lower the rate, share the plan among machines by shards, or leave more of this machine's processors to loadx"})
	}
	judgeTool(p, a.opt.Plan.MaxRate())
	if p.Aborted != "" {
		p.Warn(profile.Warning{Code: "aborted", Text: "stopped before its end: " + p.Aborted})
	}
	if local := r.sender.local.Load(); local > 0 {
		p.Warn(profile.Warning{Code: "tool_resources", Invalidates: float64(local) > limit, Text: localText(local),
			Hint: "raise the limit of open files (ulimit -n), keep connections alive, or lower the cap on requests in flight"})
	}
}

// likelyCause is the class of the most frequent failure and one sample of it.
func likelyCause(p *profile.Profile) (class profile.ErrorClass, text string) {
	var most *profile.Failure
	for c, f := range p.Failures {
		if most == nil || f.Count > most.Count || f.Count == most.Count && f.First < most.First {
			class, most = c, f
		}
	}
	if most == nil || len(most.Samples) == 0 {
		return "", "the run ended before one came"
	}
	return class, most.Samples[0].Text
}

func warningText(w scenarios.Problem) string {
	if w.Field != "" {
		return w.Field + ": " + w.Message
	}
	return w.Message
}
