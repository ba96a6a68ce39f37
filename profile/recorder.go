package profile

import (
	"time"

	"github.com/loadx/loadx/profile/latency"
	"github.com/loadx/loadx/profile/topk"
	"github.com/loadx/loadx/profile/uv"
)

// A Recorder measures hits into a profile. It is not safe for concurrent use: have one a goroutine and merge, or share a
// [Collector]. Adding a hit whose page, method and time bucket are known allocates nothing.
type Recorder struct {
	p       *Profile
	pages   *topk.Table[Group]
	methods *topk.Table[Group]
}

// NewAttackRecorder measures an attack of a plan with that many users in all.
func NewAttackRecorder(population uint64, limits Limits) *Recorder {
	p := newProfile(Attack, limits)
	p.Users = uv.NewUsers(population)
	p.Timeline = NewTimeline()
	return newRecorder(p)
}

// NewLogRecorder measures the lines of access logs, by the civil time of a zone.
func NewLogRecorder(zone *time.Location, limits Limits) *Recorder {
	p := newProfile(AccessLog, limits)
	p.Lines = &Lines{}
	p.Calendar = NewCalendar(zone, limits)
	return newRecorder(p)
}

func newProfile(source Source, limits Limits) *Profile {
	limits = limits.withDefaults()
	return &Profile{
		Source:   source,
		Visitors: limits.rangeCounter(), Clients: limits.rangeCounter(),
		Failures: Failures{},
		Service:  latency.New(), Response: latency.New(), Lag: latency.New(), Server: latency.New(),
		Tables: newTables(limits),
	}
}

func newRecorder(p *Profile) *Recorder {
	return &Recorder{p: p, pages: p.Tables[ByPage], methods: p.Tables[ByMethod]}
}

// Profile is what the recorder has measured so far. It belongs to the recorder until the last hit was added.
func (r *Recorder) Profile() *Profile { return r.p }

// Add measures a hit. The hit is not kept.
func (r *Recorder) Add(h *Hit) {
	p := r.p
	p.Hits++
	if h.Bytes > 0 {
		p.Bytes += uint64(h.Bytes)
	}
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
	if h.HasVisitor {
		p.Clients.Add(h.Visitor)
	}
	if h.PageView {
		p.PageViews++
		if h.HasVisitor {
			p.Visitors.Add(h.Visitor)
		} else {
			p.WithoutKey++
		}
	}
	failed := h.Error != "" && h.Error != ErrRetried
	if p.Source == Attack {
		r.addAttack(h)
	} else {
		r.addLog(h)
		failed = h.Status >= 500 && h.Status < 600
	}
	if g := r.pages.Touch(h.Page); g != nil {
		g.add(h, failed)
	}
	if g := r.methods.Touch(h.Method); g != nil {
		g.add(h, failed)
	}
}

func (r *Recorder) addAttack(h *Hit) {
	p := r.p
	switch h.Hop {
	case Request:
		p.Sent++
		p.Users.Add(h.User)
		p.Lag.Record(h.Sent - h.Due)
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
	}
	if h.timed() {
		p.Service.Record(h.Done - h.Sent)
		p.Response.Record(h.Done - h.Due)
	}
	p.Timeline.add(h)
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
	if !h.NoTime {
		p.Calendar.add(h)
	}
}

// Drop counts a planned hit that is never sent.
func (r *Recorder) Drop(due time.Duration) {
	r.p.Dropped++
	s := r.p.Timeline.at(due)
	s.Due++
	s.Dropped++
}
