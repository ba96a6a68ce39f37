package attack

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
)

// Options says what an attack sends and what it measures. Only Plan is required.
type Options struct {
	// Plan is the traffic. Its shard, target and connection hold; a plan at the maximum rate is sent in a closed loop.
	// HTTP/2 and proxies take net/http as the transport, which is several times slower.
	Plan *scenarios.Plan
	// Limits bound what the profile holds; the zero value stands for the defaults.
	Limits profile.Limits
	// Machine is what the attack may use of the machine it runs on, checked before the start; the zero value checks
	// nothing. See [ThisMachine].
	Machine Machine
	// Results receives a vegeta result for each sent hit; nil for none. It is written by one goroutine, not closed.
	Results io.Writer
	// TLS is the client's configuration; nil means the system's roots. It is cloned. The plan may turn verification off
	// and bring certificates of its own.
	TLS *tls.Config
	// CountingChannel is the identity channel, by its index in the plan's, in whose values the profile counts visitors:
	// the one that the target's log carries. The first one by default.
	CountingChannel int
	// UserAgent is what a redirect hop to another host says instead of the user's headers; "loadx" by default.
	UserAgent string
}

// maxInFlight bounds the cap on requests in flight: each may take a goroutine, a connection and its buffers.
const maxInFlight = 1 << 20

// withDefaults checks the options. It looks at the target's addresses and dials none.
func (o Options) withDefaults() (Options, error) {
	if o.Plan == nil {
		return o, errors.New("attack: no plan")
	}
	if o.UserAgent == "" {
		o.UserAgent = "loadx"
	}
	conn := o.Plan.Connection()
	switch {
	case conn.MaxInFlight < 1 || conn.MaxInFlight > maxInFlight:
		return o, fmt.Errorf("attack: %d requests in flight: the limit is %d", conn.MaxInFlight, maxInFlight)
	case conn.Timeout <= 0:
		return o, errors.New("attack: a timeout that is not positive")
	}
	var err error
	if o.TLS, err = tlsConfig(o.TLS, &conn); err != nil {
		return o, err
	}
	shard := o.Plan.Shard()
	if shard.Index >= shard.Count {
		return o, fmt.Errorf("attack: shard %d of %d", shard.Index+1, shard.Count)
	}
	if n := o.CountingChannel; n < 0 || n > 0 && n >= len(o.Plan.Channels()) {
		return o, fmt.Errorf("attack: no identity channel %d", n)
	}
	var r scenarios.Request
	for i, page := range o.Plan.Pages() {
		o.Plan.Request(&r, scenarios.Visit{Page: i})
		if err := checkAddress(r.Scheme, string(r.Address())); err != nil {
			return o, fmt.Errorf("attack: page %s: %w", page.Name, err)
		}
	}
	return o, nil
}

// countingKey is the visitor key that finds the counting channel in a log, "" when no identity is sent.
func (o *Options) countingKey() string {
	channels := o.Plan.Channels()
	if len(channels) == 0 {
		return ""
	}
	return channels[o.CountingChannel].Key
}

// population is the number of users that the plan's numbers are below.
func population(p *scenarios.Plan) uint64 {
	if uv := p.UV(); uv > 0 {
		return uv
	}
	return math.MaxUint64 // every view of a closed loop is a new user
}
