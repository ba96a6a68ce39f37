package profile

import (
	"time"

	"github.com/loadx/loadx/profile/balance"
	"github.com/loadx/loadx/profile/latency"
	"github.com/loadx/loadx/profile/uv"
)

// A Recorder measures hits into a profile. It is not safe for concurrent use: have one a goroutine and merge, or share a
// [Collector]. Adding a hit whose page, method and time bucket are known allocates nothing.
type Recorder struct {
	p       *Profile
	pages   *Table
	methods *Table

	// Of logs only.
	hosts     *Table
	referrers *Table
	fields    []*Table
	crowds    *crowds
	labels    []labelled
	labelOf   map[string]Label
}

// NewAttackRecorder measures an attack of a plan with that many users in all.
func NewAttackRecorder(population uint64, limits Limits) *Recorder {
	p := newProfile(Attack, limits)
	p.Users, p.FailedUsers = uv.NewUsers(population), uv.NewUsers(population)
	p.Timeline = NewTimeline()
	return newRecorder(p)
}

// CountWorkers makes the recorder of an attack measure by [Hit.Worker] how hits and users are shared among the workers
// that answer. It is called before the first hit.
func (r *Recorder) CountWorkers() { r.p.Balance = balance.New(balance.Options{}) }

// NewLogRecorder measures the lines of access logs, by the civil time of a zone, and by fields that [Hit.Fields] gives
// the values of, [MaxFields] at most.
func NewLogRecorder(zone *time.Location, limits Limits, fields ...string) *Recorder {
	p := newProfile(AccessLog, limits)
	p.Lines = &Lines{}
	p.Calendar = NewCalendar(zone, limits)
	exact := 0
	if limits.ExactVisitors == uv.NoLimit {
		exact = uv.NoLimit
	}
	p.Balance = balance.New(balance.Options{Exact: exact})
	r := newRecorder(p)
	for _, f := range fields[:min(len(fields), MaxFields)] {
		table := newTable(ByField(f), limits.withDefaults())
		p.Tables[ByField(f)] = table
		r.fields = append(r.fields, table)
	}
	return r
}

func newProfile(source Source, limits Limits) *Profile {
	limits = limits.withDefaults()
	return &Profile{
		Source:   source,
		Visitors: limits.rangeCounter(), Clients: limits.rangeCounter(),
		Failures: Failures{},
		Service:  latency.New(), Response: latency.New(), Lag: latency.New(), Server: latency.New(),
		Tables: newTables(limits, dimensionsOf(source)),
	}
}

func newRecorder(p *Profile) *Recorder {
	r := &Recorder{p: p, pages: p.Tables[ByPage], methods: p.Tables[ByMethod]}
	if p.Source == AccessLog {
		r.hosts, r.referrers = p.Tables[ByHost], p.Tables[ByReferrer]
		r.crowds = newCrowds(p.Calendar.limits)
		r.labelOf = map[string]Label{}
	}
	return r
}

// Profile is what the recorder has measured so far. It belongs to the recorder until the last hit was added, and is
// brought up to date by this call alone.
func (r *Recorder) Profile() *Profile {
	if r.crowds != nil {
		r.settleLabels()
		r.crowds.settle(r.p)
	}
	return r.p
}

// Lines are the profile's, which the reader of a log counts itself.
func (r *Recorder) Lines() *Lines { return r.p.Lines }

// Add measures a hit. The hit is not kept.
func (r *Recorder) Add(h *Hit) {
	p := r.p
	page := r.pages.Touch(h.Page)
	p.Hits++
	if h.Status != 0 {
		p.Status.Add(h.Status, 1)
	} else {
		p.NoStatus++
	}
	if h.NoTime {
		p.NoTimeHits++
	} else {
		p.stretch(p.Hits-1 == p.NoTimeHits, h.Time, h.Time)
	}
	h.sums.warmup = 0
	if r.crowds == nil {
		if p.Measured != nil && h.Due < p.Measured.From { // a hop has the due time of what it follows
			h.sums.warmup = 1
		}
		h.sum(h.Error != "" && h.Error != ErrRetried)
		r.addAttack(h)
	} else {
		h.sum(h.Status >= 500 && h.Status < 600)
		r.addLog(h)
	}
	p.Bytes += h.sums.bytes
	p.PageViews += h.sums.view
	if h.PageView && !h.HasVisitor {
		p.WithoutKey++
	}
	if page != nil {
		page.add(h)
	}
	touch(r.methods, h.Method, h)
}

func (r *Recorder) addAttack(h *Hit) {
	p := r.p
	if h.HasVisitor {
		p.Clients.Add(h.Visitor)
		if h.PageView {
			p.Visitors.Add(h.Visitor)
		}
	}
	switch h.Hop {
	case Request:
		p.Sent++
		p.Users.Add(h.User)
		if h.sums.warmup == 0 {
			p.Lag.Record(h.Sent - h.Due)
		}
		if h.Late {
			p.Late++
		}
		if h.LateFree {
			p.LateFree++
		}
	case Redirect:
		p.Redirects++
	case Retry:
		p.Retries++
	}
	if h.Error != "" {
		p.Failures.add(h)
		if h.Final && h.sums.warmup == 0 {
			p.FailedUsers.Add(h.User)
		}
	}
	if p.Measured != nil && h.sums.warmup == 0 {
		p.Measured.count(h)
	}
	if h.measured() {
		p.Service.Record(h.Done - h.Sent)
		p.Response.Record(h.Done - h.Due)
	}
	p.Timeline.add(h)
	if p.Balance != nil {
		// A view is the worker's that gave the last answer, not of one that redirected or of a connection gone stale.
		p.Balance.Add(h.Worker, mixed(h.User), true, h.Final)
	}
}

// mixed makes a hash of a user's number, one to one: the finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA'14).
func mixed(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

func (r *Recorder) addLog(h *Hit) {
	p := r.p
	if h.Bot {
		p.BotHits++
	}
	if h.Static {
		p.StaticHits++
	}
	if h.HasServer {
		p.Server.Record(h.Server)
	}
	r.crowds.add(h)
	if !h.NoTime {
		p.Calendar.add(h)
	}
	r.addLabelled(h)
	if len(h.Host) > 0 {
		touch(r.hosts, h.Host, h)
	}
	if len(h.Referrer) > 0 {
		touch(r.referrers, h.Referrer, h)
	}
	if h.Worker != nil {
		p.Balance.Add(h.Worker, h.Visitor, h.HasVisitor, h.PageView)
	}
	for i, table := range r.fields {
		if i < len(h.Fields) {
			touch(table, h.Fields[i], h)
		}
	}
}

func touch(t *Table, key []byte, h *Hit) {
	if g := t.Touch(key); g != nil {
		g.add(h)
	}
}

// Drop counts a planned hit that is never sent.
func (r *Recorder) Drop(due time.Duration) {
	r.p.Dropped++
	s := r.p.Timeline.at(due)
	s.Due++
	s.Dropped++
}
