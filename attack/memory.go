package attack

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/loadx/loadx/attack/jar"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
	"github.com/loadx/loadx/scenarios"
)

// What sending takes, about: measured, and rounded up.
const (
	// baseBytes is what the program takes by itself.
	baseBytes = 32 << 20
	// requestBytes is what a request in flight holds with its worker and its connection; requestTLSBytes is that with TLS,
	// most of it while the handshake lasts.
	requestBytes, requestTLSBytes = 24 << 10, 80 << 10
	// idleBytes is what a connection holds that waits for its user, idleTLSBytes that with the user's TLS session.
	idleBytes, idleTLSBytes = 4 << 10, 20 << 10
	// sliceBytes is what a slice of the timeline holds where latencies vary.
	sliceBytes = 16 << 10
	// nearly is the share of the memory from which on a plan's need is worth a warning.
	nearly = 0.8
	// fastest is the rate that a closed loop without a number of views is taken to reach.
	fastest = 100_000 // a second
)

// A memoryPart is what one part of a run takes.
type memoryPart struct {
	bytes uint64
	what  string
	// sure parts are taken whatever the target does; the others only if latencies vary, or it is slow, sets cookies or keeps
	// connections.
	sure bool
}

// memoryParts are what a plan takes, the program itself first.
func memoryParts(plan *scenarios.Plan) []memoryPart {
	conn, users := plan.Connection(), planUsers(plan)
	// The collector has a recorder for each processor, and its snapshot two more.
	recorders := uint64(runtime.GOMAXPROCS(0) + 2)
	numbers := population(plan)
	if plan.MaxRate() {
		numbers = users // in turn, from 0 on
	}
	span := plan.Duration()
	if plan.MaxRate() && span == 0 {
		span = time.Duration(plan.PV()) * time.Second / fastest
	}
	seconds := min(uint64(span/time.Second)+1, profile.MaxSlices)
	secure := speaksTLS(plan)
	request := uint64(requestBytes)
	if secure {
		request = requestTLSBytes
	}
	inFlight := conn.MaxInFlight
	if plan.PV() > 0 {
		inFlight = min(inFlight, plan.PV())
	}
	parts := []memoryPart{
		{baseBytes, "the program", true},
		{recorders * min(uint64(uv.UsersBytes(numbers, users)), 1<<56), fmt.Sprintf("%d users, a bit each in %d sets", users, recorders), true},
		{recorders * seconds * sliceBytes, fmt.Sprintf("%d slices of the timeline", seconds), false},
		{inFlight * request, fmt.Sprintf("%d requests in flight", inFlight), plan.MaxRate()},
	}
	if conn.Cookies == scenarios.KeepCookies && !visitsOnce(plan) {
		parts = append(parts, memoryPart{bytes: min(users*jar.UserBytes, jar.DefaultBytes), what: fmt.Sprintf("a cookie of the site's for each of %d users", users)})
	}
	if kept := keptForUsers(plan); kept > 0 {
		each := uint64(idleBytes)
		if secure {
			each = idleTLSBytes
		}
		parts = append(parts, memoryPart{bytes: kept * each, what: fmt.Sprintf("%d connections that are kept for their users", kept)})
	}
	return parts
}

// NeedsMemory returns about how many bytes sending a plan takes: those that it takes whatever the target does, and those
// if latencies vary and the target is slow, sets cookies and keeps connections. What a server's log takes that is read beside is not in it.
func NeedsMemory(plan *scenarios.Plan) (sure, most uint64) {
	for _, p := range memoryParts(plan) {
		if most += p.bytes; p.sure {
			sure += p.bytes
		}
	}
	return sure, most
}

func (m Machine) checkMemory(plan *scenarios.Plan) (*profile.Warning, error) {
	if m.Memory == 0 {
		return nil, nil
	}
	parts := memoryParts(plan)
	sure, most := NeedsMemory(plan)
	there := profile.Bytes(float64(m.Memory))
	const hint = "share the plan among machines by shards (--shard 1/4), lower --max-in-flight or --max-idle, or drop cookies (--cookies ignore)"
	switch {
	case sure > m.Memory:
		parts = slices.DeleteFunc(parts, func(p memoryPart) bool { return !p.sure })
		return nil, &MachineError{fmt.Sprintf("the plan needs about %s of memory, and there is %s: %s", profile.Bytes(float64(sure)), there, largest(parts)), hint}
	case float64(most) > nearly*float64(m.Memory):
		return &profile.Warning{Hint: hint,
			Text: fmt.Sprintf("the plan may need about %s of memory, and there is %s: %s", profile.Bytes(float64(most)), there, largest(parts))}, nil
	}
	return nil, nil
}

// largest says what takes most, up to three parts.
func largest(parts []memoryPart) string {
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b memoryPart) int { return cmp.Compare(b.bytes, a.bytes) })
	var words []string
	for _, p := range parts[:min(len(parts), 3)] {
		words = append(words, fmt.Sprintf("%s for %s", profile.Bytes(float64(p.bytes)), p.what))
	}
	return strings.Join(words, ", ")
}

// planUsers is how many users a plan's shard sends at most.
func planUsers(plan *scenarios.Plan) uint64 {
	if users := plan.ShardUsers(plan.Shard()); users > 0 {
		return users
	}
	if pv := plan.PV(); pv > 0 {
		return pv
	}
	return uint64(plan.Duration().Seconds() * fastest)
}

// visitsOnce says whether no user comes a second time.
func visitsOnce(plan *scenarios.Plan) bool {
	users := plan.UV()
	return users == 0 || users == plan.PV()
}

// keptForUsers is how many connections wait for their users at most where nobody else takes them, 0 where anybody may.
func keptForUsers(plan *scenarios.Plan) uint64 {
	conn := plan.Connection()
	if conn.Mode != scenarios.PerUserConnections || !conn.KeepAlive {
		return 0
	}
	return min(planUsers(plan), uint64(maxIdle(&conn)))
}

// speaksTLS says whether a page of the plan is of an https target.
func speaksTLS(plan *scenarios.Plan) bool { return speaks(plan, "https") }

// speaks says whether a page of the plan is of a target with that scheme.
func speaks(plan *scenarios.Plan, scheme string) bool {
	var r scenarios.Request
	for i := range plan.Pages() {
		if plan.Request(&r, scenarios.Visit{Page: i}); r.Scheme == scheme {
			return true
		}
	}
	return false
}
