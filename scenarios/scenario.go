package scenarios

import (
	"fmt"
	"time"

	"github.com/loadx/loadx/scenarios/traffic"
)

// Scenario is a load test as written: every field holds what the file (or the code that filled it) says, and a zero
// field says nothing. Plan turns it into the immutable traffic that is sent.
//
// A Scenario comes from Parse or New, or is a literal; a literal has no environment, so `${NAME}` in it is an error.
// It is not safe for concurrent use while it is being changed.
type Scenario struct {
	Name   string `json:"name,omitempty" example:"launch-day" jsonschema_description:"what the test is called in reports"`
	Target string `json:"target,omitempty" pattern:"^([hH][tT][tT][pP][sS]?://|unix:|.*\\$\\{)" example:"http://127.0.0.1:8080|https://staging.shop.test|unix:/run/app.sock" jsonschema_description:"base URL that relative page URLs are added to; unix:PATH is a socket"`

	Traffic  Traffic  `json:"traffic,omitempty" jsonschema_description:"how many page views, from how many users, and when"`
	Identity Identity `json:"identity,omitempty" jsonschema_description:"the channels that carry the user; the first one written is the counting channel; left out, a cookie uid; none sends no identity"`
	Headers  Headers  `json:"headers,omitempty" jsonschema_description:"headers of every page; a page's own header of the same name replaces them"`

	Pages     []Page    `json:"pages,omitempty" jsonschema:"minItems=1" jsonschema_description:"what is requested"`
	PageOrder PageOrder `json:"page_order,omitempty" default:"weight" jsonschema_description:"how a hit gets its page: by weight (drawn) or in turn"`
	Gates     []string  `json:"gates,omitempty" example:"p95 < 250ms|errors < 0.1%|uv == plan" jsonschema_description:"expectations that decide pass or fail"`
	AbortOn   []string  `json:"abort_on,omitempty" example:"errors < 5%" jsonschema_description:"expectations that stop the run as soon as they cannot be met any more, and then fail it"`

	Warmup time.Duration `json:"warmup,omitempty" example:"10s" jsonschema_description:"what is due before this is sent and counted, and left out of latency, errors and rate"`

	Timeout     time.Duration `json:"timeout,omitempty" positive:"true" default:"30s" jsonschema_description:"a request's time from the first byte sent to the last received"`
	MaxInFlight uint64        `json:"max_in_flight,omitempty" positive:"true" default:"1024" jsonschema_description:"requests in flight at most"`
	Redirects   uint64        `json:"redirects,omitempty" default:"0" jsonschema_description:"redirects followed a request, each a request of its own; with 0 a redirect is a result"`
	KeepAlive   *bool         `json:"keepalive,omitempty" default:"true" jsonschema_description:"reuse connections"`
	Insecure    bool          `json:"insecure,omitempty" default:"false" jsonschema_description:"accept any TLS certificate"`

	Connections ConnectionMode `json:"connections,omitempty" default:"shared" jsonschema_description:"who shares connections: shared, per-user (each user has its own, and its own TLS session) or fresh (one a hit)"`
	Cookies     CookiePolicy   `json:"cookies,omitempty" default:"keep" jsonschema_description:"keep sends the cookies that the site sets with the same user's next hits, ignore drops them"`
	BalanceBy   BalanceBy      `json:"balance_by,omitempty" example:"header X-Served-By|cookie SERVERID" jsonschema_description:"what names the worker that answered: header NAME or cookie NAME, of the response"`
	Connection  Reach          `json:"connection,omitempty" jsonschema_description:"how the target is reached"`

	// UserAgent is the User-Agent of requests that no header and no identity channel gives one; default "loadx".
	// It is no part of the plan's hash.
	UserAgent string `json:"-"`
	// MaxRate asks for traffic without a schedule: every visit is due at once and users come in turn.
	// Traffic then needs PV or Duration, and Rate, Shape, Arrivals, Visits and NewUsers must stay zero.
	MaxRate bool `json:"-"`

	options Options
	file    *source
}

// Traffic says how many page views are sent, by how many users, and when. Two of PV, Duration and Rate fix the third.
type Traffic struct {
	PV       uint64           `json:"pv,omitempty" positive:"true" example:"1000|1000000" jsonschema_description:"page views, exactly"`
	UV       uint64           `json:"uv,omitempty" positive:"true" example:"250" jsonschema_description:"distinct users among them, exactly; left out, every view is a new user"`
	Duration time.Duration    `json:"duration,omitempty" positive:"true" example:"30s|10m|1h30m" jsonschema_description:"how long the schedule is"`
	Rate     traffic.Rate     `json:"rate,omitempty" positive:"true" example:"2000/s|90/m" jsonschema_description:"page views a second (/s), a minute (/m) or an hour (/h)"`
	Shape    traffic.Shape    `json:"shape,omitempty" default:"steady" jsonschema_description:"how the rate changes over time"`
	Arrivals traffic.Arrivals `json:"arrivals,omitempty" default:"even" jsonschema_description:"even spaces hits as the rate says, poisson lets them come at random"`
	Visits   traffic.Law      `json:"visits,omitempty" default:"even" example:"even|zipf 1.1|geometric" jsonschema_description:"who returns: even, zipf S (the k-th user in proportion to 1/k^S) or geometric"`
	NewUsers traffic.Order    `json:"new_users,omitempty" default:"paced" jsonschema_description:"paced introduces users evenly over the run, mixed anywhere"`
	Seed     uint64           `json:"seed,omitempty" default:"0" jsonschema_description:"the same seed gives the same traffic, byte for byte"`
}

// Identity is how a request shows which user makes it.
type Identity struct {
	// ID is the template of the user's name, default "u{user}"; {user}, {env NAME} and ${NAME} may stand in it.
	ID string
	// Channels carry the identity, in the order written; the first is the counting channel, the one by which visitors
	// are counted in the target's log. Left empty, users are told apart by a cookie uid.
	Channels []Channel
	// None is set to send no identity at all; Channels is then empty.
	None bool
}

// Channel is one place of a request that carries the user.
type Channel struct {
	Kind ChannelKind
	// Value is the name of the cookie, header or query parameter, the CIDR of forwarded_for or source, or the literal of
	// user_agent ("" for mixed).
	Value string

	path string // where it is written
}

// ChannelKind says which part of a request a Channel uses.
type ChannelKind int

// The kinds of channel. The zero value is none of them.
const (
	// Cookie sends the identity as the value of a cookie.
	Cookie ChannelKind = iota + 1
	// IdentityHeader sends the identity as the value of a header.
	IdentityHeader
	// ForwardedFor sends an address of the user's own in X-Forwarded-For.
	ForwardedFor
	// UserAgents sends a browser's User-Agent that depends on the user.
	UserAgents
	// Query appends the identity to the URL, as the value of a query parameter.
	Query
	// Source connects from an address of the user's own.
	Source
)

// channelKeys are the keys of the identity mapping, in the order they are documented.
var channelKeys = []struct {
	key  string
	kind ChannelKind
}{{"cookie", Cookie}, {"header", IdentityHeader}, {"forwarded_for", ForwardedFor}, {"user_agent", UserAgents},
	{"query", Query}, {"source", Source}}

// String returns the key the kind has in a file.
func (k ChannelKind) String() string {
	for _, c := range channelKeys {
		if c.kind == k {
			return c.key
		}
	}
	return fmt.Sprintf("channel kind %d", int(k))
}

// Page is one kind of request.
type Page struct {
	// Method is the HTTP method; default GET. In a file it is the key of URL.
	Method string `json:"-"`
	// URL is a template: a path (added to the scenario's target) or an absolute http or https URL.
	URL string `json:"-"`

	Name    string    `json:"name,omitempty" example:"/item" jsonschema_description:"what reports and gates call the page; default the path before its first placeholder"`
	Weight  uint64    `json:"weight,omitempty" positive:"true" default:"1" jsonschema_description:"share of the hits, relative to the other pages"`
	Headers Headers   `json:"headers,omitempty" jsonschema_description:"headers of this page; values are templates"`
	Body    string    `json:"body,omitempty" jsonschema_description:"the body: a template, or @FILE for the bytes of a file beside the scenario"`
	Expect  StatusSet `json:"expect,omitempty" example:"200|2xx" jsonschema_description:"status that counts as success: 200, 2xx or a list of them; default below 400"`
}

// Header is one header line as written; Value is a template.
type Header struct {
	Name, Value string
}

// Headers are header lines in the order they are sent.
type Headers []Header

// StatusRange is the statuses from First to Last, both included.
type StatusRange struct {
	First, Last int
}

// StatusSet is a set of HTTP statuses. The empty set means the default, every status below 400.
type StatusSet []StatusRange

// Contains says whether the status counts as success. A status below 100 (none was received) never does.
func (s StatusSet) Contains(status int) bool {
	if status < 100 {
		return false
	}
	if len(s) == 0 {
		return status < 400
	}
	for _, r := range s {
		if r.First <= status && status <= r.Last {
			return true
		}
	}
	return false
}

// PageOrder says how a hit gets its page.
type PageOrder int

const (
	// ByWeight draws each hit's page from the weights, by hash of the seed and the hit's number.
	ByWeight PageOrder = iota
	// InTurn gives hit n page n modulo the number of pages; weights other than 1 are an error.
	InTurn
)

// Options is what a scenario may use of the world around it.
type Options struct {
	// Env looks an environment variable up; nil knows none.
	Env func(name string) (value string, ok bool)
	// Overrides are set after the file was read and before it is checked; the last of the same field wins.
	Overrides []Override
}

// Override sets one field of a scenario, as a command line flag does.
type Override struct {
	// Field is the field's path in a file, as in "traffic.pv"; it must hold a single value or a list of texts, which the
	// overrides of that field replace together, or be "headers", to which "NAME: VALUE" is added.
	Field string
	// Value is written as in a file.
	Value string
	// From is what problems call the origin, as in "--pv".
	From string
}
