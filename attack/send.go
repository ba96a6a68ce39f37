package attack

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/loadx/loadx/attack/jar"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
	"github.com/loadx/loadx/scenarios"
)

// A sender is the http.RoundTripper under vegeta: it takes the due visits in order, renders, sends and measures them.
// vegeta's own request says only that it is time for the next one; nothing of it is sent.
type sender struct {
	plan       *scenarios.Plan
	connection scenarios.Connection
	userAgent  string // of redirect hops to other hosts
	pages      [][]byte
	counting   bool // the plan has a counting channel
	channel    int  // its index
	closedLoop bool

	line      *handover
	collector *profile.Collector
	carrier   carrier
	results   *results // nil when nobody asked for them

	jar     *jar.Jar // the cookies that the site sets, nil when they are ignored
	once    bool     // no user comes a second time
	perUser bool     // each user has connections of its own
	unix    string   // what every request goes to, in the words of package wire; empty for TCP
	labels  *labeller

	ctx   context.Context // of the requests
	epoch time.Time
	wall  int64 // of the epoch, Unix nanoseconds

	calls sync.Pool
	made  atomic.Uint64 // calls
	// local counts the hits that failed for want of something on this machine.
	local atomic.Uint64
}

var (
	errNothingDue = errors.New("attack: nothing is due")
	// answer is what vegeta gets for every hit. It is shared: neither vegeta nor net/http's client changes it.
	answer = &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody,
	}
)

// target is the vegeta.Targeter: the same target for every hit.
func target(t *vegeta.Target) error {
	t.Method, t.URL = http.MethodGet, "http://loadx"
	return nil
}

// RoundTrip implements http.RoundTripper.
func (s *sender) RoundTrip(*http.Request) (*http.Response, error) {
	e, ok := s.line.take(s.now())
	if !ok {
		return nil, errNothingDue
	}
	c, _ := s.calls.Get().(*call)
	if c == nil {
		c = &call{shard: s.made.Add(1)}
	}
	s.send(c, e)
	s.calls.Put(c)
	return answer, nil
}

// now is the time since the epoch.
func (s *sender) now() time.Duration { return time.Since(s.epoch) }

// send sends one visit with all that follows from it.
func (s *sender) send(c *call, e event) {
	v := e.visit
	c.visit = v
	s.plan.Request(&c.request, v)
	c.address()
	s.connect(c)
	h := &c.hit
	*h = profile.Hit{
		User: v.User, NewUser: v.New, PageView: true, Page: s.pages[v.Page], Method: append(h.Method[:0], c.x.Method...),
	}
	if s.counting {
		c.counting = s.plan.AppendChannel(c.counting[:0], s.channel, v)
		h.Visitor, h.HasVisitor = uv.Hash(c.counting), true
	}
	var seq uint64
	if s.results != nil {
		seq, h.Sent = s.results.depart()
	} else {
		h.Sent = s.now()
	}
	if h.Due = v.Due; s.closedLoop {
		h.Due = h.Sent
	}
	h.Late = h.Sent-h.Due > profile.LateAfter
	h.LateFree = h.Late && e.blocked < (h.Sent-h.Due)/2

	s.exchanges(c)
	if s.once && s.jar != nil {
		s.jar.Forget(v.User)
	}
	s.line.done(h.Done)
	s.collector.Add(c.shard, h)
	if s.results != nil {
		s.results.add(s.result(c, seq))
	}
}

// exchanges does the exchange of a visit and those that redirects ask for. All hits but the last are measured; the last
// one is in c.hit.
func (s *sender) exchanges(c *call) {
	ctx, left := s.ctx, c.hit.Sent
	var from *url.URL
	for followed := uint64(0); ; followed++ {
		h := &c.hit
		h.Time = s.wall + int64(left)
		s.addCookies(c)
		fail := s.carrier.do(ctx, c)
		s.retried(c)
		s.keepCookies(c)
		if s.labels != nil {
			c.worker = s.labels.append(c.worker[:0], c)
			h.Worker = c.worker
		}
		h.Status, h.Bytes = c.x.Status, c.x.BodyBytes
		h.FirstByte, h.Done = c.x.FirstByte, c.x.Done
		h.Error, h.ErrorText, h.Final = "", "", true
		if fail != nil {
			s.fail(c, fail)
			return
		}
		limit := s.connection.MaxRedirects
		switch {
		case limit == 0 || !isRedirect(h.Status) || len(c.location) == 0 || followed < limit && !s.line.open():
			if !s.plan.Expects(c.visit.Page, h.Status) {
				h.Error, h.ErrorText = profile.ErrStatus, unexpected(h.Status)
			}
			return
		case followed == limit:
			h.Error, h.ErrorText = profile.ErrStatus, tooManyRedirects(h.Status, followed)
			return
		}
		if from == nil {
			from, _ = url.Parse(string(c.request.URL))
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, s.epoch.Add(h.Sent+s.connection.Timeout))
			defer cancel()
		}
		c.x.Header = c.plain
		to, err := c.follow(from, s.userAgent)
		if err != nil {
			s.fail(c, &failure{class: profile.ErrStatus, text: err.Error()})
			return
		}
		from, c.plain = to, c.x.Header
		if s.unix != "" {
			c.x.Addr = s.unix
		}
		h.Final = false
		s.collector.Add(c.shard, h)
		h.Hop, h.PageView = profile.Redirect, false
		h.Method = append(h.Method[:0], c.x.Method...)
		left = s.now()
	}
}

// retried measures the requests before the last one of an exchange, on connections that had gone stale.
func (s *sender) retried(c *call) {
	h := &c.hit
	for range c.x.Retries {
		h.Status, h.Bytes, h.FirstByte, h.Done, h.Final = 0, 0, 0, 0, false
		h.Error, h.ErrorText = profile.ErrRetried, "the kept connection had gone stale"
		h.Worker = nil
		s.collector.Add(c.shard, h)
		h.Hop, h.PageView = profile.Retry, false
	}
}

// fail makes the hit a failed one.
func (s *sender) fail(c *call, f *failure) {
	c.hit.Error, c.hit.ErrorText = f.class, s.plan.Redact(f.text)
	if f.local {
		s.local.Add(1)
	}
}

// result is the hit in vegeta's words.
func (s *sender) result(c *call, seq uint64) vegeta.Result {
	h := &c.hit
	return vegeta.Result{
		Seq: seq, Code: uint16(h.Status), Timestamp: s.epoch.Add(h.Sent), Latency: h.Done - h.Sent,
		BytesOut: uint64(len(c.request.Body)), BytesIn: uint64(max(h.Bytes, 0)), Error: h.ErrorText,
		Method: c.request.Method, URL: string(s.plan.AppendPrintableURL(nil, c.visit)),
	}
}

// connect says which connection the rendered request may take.
func (s *sender) connect(c *call) {
	x := &c.x
	c.plain = c.request.Header
	x.LocalAddr = c.request.Source
	if s.perUser {
		x.ConnKey = c.visit.User + 1 // 0 is nobody's
	}
	if s.unix != "" {
		x.Addr = s.unix
	}
}

// address sets the exchange up for the rendered request. The strings are kept while the host stays the same.
func (c *call) address() {
	r, x := &c.request, &c.x
	x.Method, x.RequestURI, x.Header, x.Body = r.Method, r.RequestURI, r.Header, r.Body
	if x.Host != string(r.Host) {
		x.Host = string(r.Host)
	}
	if c.scheme != r.Scheme || c.authority != string(r.Address()) {
		c.scheme, c.authority = r.Scheme, string(r.Address())
		c.dial = address(&url.URL{Scheme: c.scheme, Host: c.authority})
	}
	x.Addr, x.TLS = c.dial, c.scheme == "https"
}

// checkAddress says whether a URL's authority can be dialled, as far as that shows without dialling.
func checkAddress(scheme, authority string) error {
	u, err := url.Parse(scheme + "://" + authority)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(u.Hostname(), " %") {
		return errors.New("no host that can be dialled")
	}
	if _, err := net.LookupPort("tcp", portOf(u)); err != nil || portOf(u) == "0" {
		return errors.New("port " + portOf(u) + " is none of 1 to 65535")
	}
	return nil
}
