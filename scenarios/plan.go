package scenarios

import (
	"bytes"
	"iter"
	"net/netip"
	"sort"
	"strings"
	"time"

	"github.com/loadx/loadx/scenarios/traffic"
)

// Plan is the traffic that a scenario intends: a pure function from the number of a visit to when it is due, who makes
// it and what is requested. It is immutable and safe for use by many goroutines; its size does not depend on the number
// of page views or users. It shares no memory with its Scenario.
type Plan struct {
	name, target string
	traffic      *traffic.Plan // nil at the maximum rate
	shape        traffic.Shape
	shard        traffic.Shard
	seed         uint64

	maxRate  bool
	pv, uv   uint64 // at the maximum rate
	duration time.Duration

	identity   identity
	pages      []*page
	upTo       []uint64 // sums of the weights
	pageDraws  traffic.Draws
	inTurn     bool
	connection Connection
	gates      []string
	abortOn    []string
	warmup     time.Duration
	warnings   []Problem
	redactor   *strings.Replacer
	hash       string
}

// Visit is one page view of a plan.
type Visit struct {
	traffic.Visit
	// Page is the index of the page in Plan.Pages.
	Page int
}

// PageInfo describes a page of a plan.
type PageInfo struct {
	// Name is what reports and gates call the page; several pages may share one, and are then reported together.
	Name   string
	Method string
	// URL is the template as written; environment variables in it are still ${NAME}.
	URL string
	// Weight is at least 1.
	Weight uint64
	// Share is the expected share of the hits, in [0, 1].
	Share  float64
	Expect StatusSet
}

// Connection says how requests are sent. It is no part of the plan's hash.
type Connection struct {
	Timeout      time.Duration // of a request, above 0
	MaxInFlight  uint64        // at least 1
	MaxRedirects uint64        // 0: a redirect is a result
	KeepAlive    bool
	InsecureTLS  bool

	// DialTimeout, TLSTimeout and FirstByteTimeout are within Timeout; 0 is no bound of its own.
	DialTimeout, TLSTimeout, FirstByteTimeout time.Duration
	// Mode is never the zero value.
	Mode ConnectionMode
	// MaxIdle is how many connections are kept between hits; 0 leaves it to the transport.
	MaxIdle   uint64
	Cookies   CookiePolicy
	BalanceBy BalanceBy

	// Unix is the path of the socket that all requests go to, empty for TCP.
	Unix       string
	ConnectTo  []Detour
	LocalAddrs []netip.Addr
	// ServerName is the TLS server name, empty for the host. CACert, Cert and Key are paths of PEM files, or empty.
	ServerName        string
	CACert, Cert, Key string
	HTTP2             bool
	// Proxy is the URL of a proxy, which may hold a password, or empty.
	Proxy string
}

// Request is one rendered request. Plan.Request fills it and reuses its buffers: all slices are valid until the next
// call with the same Request. The zero value is ready to use. A Request is for one goroutine at a time.
type Request struct {
	Page   int
	Name   string // of the page
	Method string
	Scheme string // "http" or "https"
	// URL is absolute; RequestURI is its path and query. It may hold values of environment variables: print
	// Plan.AppendPrintableURL instead.
	URL, RequestURI []byte
	// Host is the value of the Host header: the URL's host and port, or what the page's own Host header says.
	Host []byte
	// Header holds the other header lines, each ended by CR LF: User-Agent, identity and the page's own. Host,
	// Content-Length, Transfer-Encoding and Connection are not among them.
	Header []byte
	// Body is empty when the page has none.
	Body []byte
	// Source is the address that the request's connection comes from; the zero value leaves it open.
	Source netip.Addr
}

// Address returns the host and port of the URL as they stand in it; the slice is part of r.URL.
func (r *Request) Address() []byte {
	start := len(r.Scheme) + len("://")
	return r.URL[start : len(r.URL)-len(r.RequestURI)]
}

// Headers goes through the lines of r.Header.
func (r *Request) Headers() iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for rest := r.Header; len(rest) > 0; {
			line, after, _ := bytes.Cut(rest, []byte("\r\n"))
			name, value, _ := bytes.Cut(line, []byte(": "))
			if !yield(name, value) {
				return
			}
			rest = after
		}
	}
}

// Name returns the scenario's name; it may be empty.
func (p *Plan) Name() string { return p.name }

// Target returns the base URL as written, environment variables still ${NAME}; empty when every page has a host of its own.
func (p *Plan) Target() string { return p.target }

// PV returns the page views of the whole plan, all shards together; 0 when only Duration ends a plan at the maximum rate.
func (p *Plan) PV() uint64 {
	if p.traffic == nil {
		return p.pv
	}
	return p.traffic.PV()
}

// UV returns the distinct users of the whole plan; 0 when only Duration ends a plan at the maximum rate and every view
// is a new user.
func (p *Plan) UV() uint64 {
	if p.traffic == nil {
		return p.uv
	}
	return p.traffic.UV()
}

// Duration returns the length of the schedule; at the maximum rate it is when to stop, 0 for never.
func (p *Plan) Duration() time.Duration {
	if p.traffic == nil {
		return p.duration
	}
	return p.traffic.Duration()
}

// MaxRate says that the plan has no schedule: every visit is due at once and users come in turn.
func (p *Plan) MaxRate() bool { return p.maxRate }

// Shard returns the shard that was asked for, its Count at least 1.
func (p *Plan) Shard() traffic.Shard {
	return traffic.Shard{Index: p.shard.Index, Count: max(p.shard.Count, 1)}
}

// ShardUsers returns how many users a shard has, exactly.
func (p *Plan) ShardUsers(shard traffic.Shard) uint64 {
	if p.traffic == nil {
		return p.uv
	}
	return p.traffic.Users(shard)
}

// ShardShare returns the share of the page views, in [0, 1], that a shard is expected to have.
func (p *Plan) ShardShare(shard traffic.Shard) float64 {
	if p.traffic == nil {
		return 1
	}
	return p.traffic.Share(shard)
}

// Hash returns 32 hexadecimal digits that are equal for plans that send the same: they cover the algorithm's version
// and all that decides due time, user, method, path, headers and body. The target, names, weights of a single page,
// gates, the shard and the values of environment variables (their names stand for them) are no part of it.
// At the maximum rate there is no plan to compare and the hash covers what was asked for.
func (p *Plan) Hash() string { return p.hash }

// Gates returns the gates as written. The caller owns the slice.
func (p *Plan) Gates() []string { return append([]string(nil), p.gates...) }

// AbortOn returns the expectations that stop the run as soon as they can't be met any more, as written. The caller owns
// the slice.
func (p *Plan) AbortOn() []string { return append([]string(nil), p.abortOn...) }

// Warmup returns the due time before which hits are left out of latency, errors and rate; 0 for none. It is no part of
// the plan's hash.
func (p *Plan) Warmup() time.Duration { return p.warmup }

// Warnings returns what weakens the plan without stopping it, as an identity channel that can't hold all users. The
// caller owns the slice.
func (p *Plan) Warnings() []Problem { return append([]Problem(nil), p.warnings...) }

// Connection returns how requests are to be sent, defaults filled in. Its slices are the plan's: not to be changed.
func (p *Plan) Connection() Connection { return p.connection }

// Pages returns the pages in the order written. The caller owns the slice.
func (p *Plan) Pages() []PageInfo {
	infos := make([]PageInfo, len(p.pages))
	for i, page := range p.pages {
		infos[i] = page.PageInfo
		infos[i].Share = float64(page.Weight) / float64(p.upTo[len(p.upTo)-1])
	}
	return infos
}

// Expects says whether the status is a success for the page with that index.
func (p *Plan) Expects(page, status int) bool { return p.pages[page].Expect.Contains(status) }

// Visit returns visit n of the whole plan; n is below PV, or anything in a plan at the maximum rate without PV.
// It does not allocate.
func (p *Plan) Visit(n uint64) Visit {
	if p.traffic != nil {
		return Visit{p.traffic.Visit(n), p.pageOf(n)}
	}
	user := n
	if p.uv > 0 {
		user = n % p.uv
	}
	return Visit{traffic.Visit{N: n, User: user, ID: user, New: user == n}, p.pageOf(n)}
}

// pageOf returns the page of visit n.
func (p *Plan) pageOf(n uint64) int {
	last := len(p.upTo) - 1
	if last == 0 {
		return 0
	}
	if p.inTurn {
		return int(n % uint64(len(p.upTo)))
	}
	draw := p.pageDraws.Below(n, p.upTo[last])
	return sort.Search(last, func(i int) bool { return draw < p.upTo[i] })
}

// Cursor goes through the visits of a shard in due order, in constant memory. It is for one goroutine.
type Cursor struct {
	plan   *Plan
	cursor *traffic.Cursor
	n      uint64
}

// Cursor returns a cursor before the first visit of the shard; the zero shard is the whole plan. A plan at the maximum
// rate has no shards.
func (p *Plan) Cursor(shard traffic.Shard) *Cursor {
	if p.traffic == nil {
		return &Cursor{plan: p}
	}
	return &Cursor{plan: p, cursor: p.traffic.Cursor(shard)}
}

// Next returns the next visit, and false after the last one; without PV there is no last one. It does not allocate.
func (c *Cursor) Next() (Visit, bool) {
	if c.cursor != nil {
		v, ok := c.cursor.Next()
		if !ok {
			return Visit{}, false
		}
		return Visit{v, c.plan.pageOf(v.N)}, true
	}
	if c.plan.pv > 0 && c.n >= c.plan.pv {
		return Visit{}, false
	}
	c.n++
	return c.plan.Visit(c.n - 1), true
}

// Request renders the request of a visit into dst. It does not allocate once dst's buffers are large enough. The bytes
// are a function of the scenario, the visit and the environment, the same on every machine.
func (p *Plan) Request(dst *Request, v Visit) {
	page := p.pages[v.Page]
	s := subject{n: v.N, user: v.ID}
	dst.Page, dst.Name, dst.Method, dst.Scheme = v.Page, page.Name, page.Method, page.scheme
	dst.URL = page.url.append(dst.URL[:0], s)
	dst.RequestURI = dst.URL[page.origin:]
	dst.Host = page.host.append(dst.Host[:0], s)
	dst.Header = page.headers.append(dst.Header[:0], s)
	dst.Body = page.body.append(dst.Body[:0], s)
	if p.identity.source != nil {
		dst.Source = p.identity.source.address(v.ID)
	}
}

// AppendURL appends the absolute URL of a visit.
func (p *Plan) AppendURL(dst []byte, v Visit) []byte {
	return p.pages[v.Page].url.append(dst, subject{n: v.N, user: v.ID})
}

// AppendPrintableURL appends the absolute URL of a visit with ${NAME} in place of each environment variable's value.
func (p *Plan) AppendPrintableURL(dst []byte, v Visit) []byte {
	return p.pages[v.Page].url.append(dst, subject{n: v.N, user: v.ID, shown: true})
}

// Redact replaces values of environment variables in a text of another origin, such as an error of the network, by
// ${NAME}. Values shorter than 4 bytes are left.
func (p *Plan) Redact(text string) string { return p.redactor.Replace(text) }

// CountingKey returns the visitor key that finds the counting channel in a log: "cookie:NAME", "header:NAME", "ua", "ip" or, for a query
// parameter in the words of nginx, "field:arg_NAME";
// empty when no identity is sent.
func (p *Plan) CountingKey() string {
	if len(p.identity.carriers) == 0 {
		return ""
	}
	return p.identity.carriers[0].key
}

// AppendCounting appends the value of the counting channel, in the bytes that the log will have.
func (p *Plan) AppendCounting(dst []byte, v Visit) []byte { return p.AppendChannel(dst, 0, v) }

// ChannelInfo describes an identity channel of a plan.
type ChannelInfo struct {
	// Key is the visitor key that finds it in a log.
	Key string
	// Capacity is how many users it tells apart; the largest uint64 stands for no limit.
	Capacity uint64
}

// Channels returns the identity channels in the order written, the counting channel first. The caller owns the slice.
func (p *Plan) Channels() []ChannelInfo {
	infos := make([]ChannelInfo, len(p.identity.carriers))
	for i, one := range p.identity.carriers {
		infos[i] = ChannelInfo{Key: one.key, Capacity: one.capacity}
	}
	return infos
}

// AppendChannel appends the value that a channel, by its index in Channels, sends for the visit's user; nothing if
// there is no such channel.
func (p *Plan) AppendChannel(dst []byte, channel int, v Visit) []byte {
	if channel < 0 || channel >= len(p.identity.carriers) {
		return dst
	}
	return p.identity.carriers[channel].value.append(dst, subject{n: v.N, user: v.ID})
}
