package attack

import (
	"context"
	"net/http"

	"github.com/loadx/loadx/attack/jar"
	"github.com/loadx/loadx/attack/wire"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
)

// A call is what a worker needs for one hit, kept for the next one: the rendered request, one exchange, the hit.
type call struct {
	shard uint64 // of the collector

	visit    scenarios.Visit
	request  scenarios.Request
	counting []byte
	hit      profile.Hit

	// x holds the request and the response of the exchange under way, whoever does it.
	x wire.Exchange
	// scheme and authority are those of the last request of a plan, dial is what they come to.
	scheme, authority, dial string
	// plain is the header of the exchange without the cookies that the site has set, merged has them; the cookies alone
	// are those, and place is where they are for.
	plain, merged, cookies []byte
	place                  jar.Place
	placeOf                string // the host that place was made of
	trusted                bool
	// fields are those of a response that net/http has read; otherwise they are in x.
	fields http.Header
	// worker is the buffer of the hit's.
	worker []byte
	// location is the Location of a redirect, empty otherwise; it is valid until the next exchange.
	location []byte
}

// A carrier does one exchange: it sends the request in c.x and reads the whole response. It sets Status, BodyBytes,
// Retries, SetsCookies, FirstByte and Done of c.x, the last two since the carrier's epoch, and c.location.
type carrier interface {
	do(ctx context.Context, c *call) *failure
	// counts returns the counts of connections so far.
	counts() profile.Connections
	close()
}

// A failure is why an exchange brought no complete response.
type failure struct {
	class profile.ErrorClass
	text  string
	// local says that it was this machine that failed and not the target: out of ports, files or memory.
	local bool
}

// isRedirect reports whether a status sends the client elsewhere (RFC 9110, section 15.4).
func isRedirect(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// A wireCarrier does exchanges by package wire.
type wireCarrier struct{ t *wire.Transport }

func (w wireCarrier) close() { w.t.Close() }

func (w wireCarrier) counts() profile.Connections {
	n := w.t.Stats()
	return profile.Connections{Opened: n.Opened, Resumed: n.Resumed, Reused: n.Reused, Evicted: n.Evicted}
}

func (w wireCarrier) do(ctx context.Context, c *call) *failure {
	err := w.t.Do(ctx, &c.x)
	c.location = c.location[:0]
	if err == nil {
		if isRedirect(c.x.Status) {
			c.location = append(c.location, c.x.Get("Location")...)
		}
		return nil
	}
	return wireFailure(err)
}
