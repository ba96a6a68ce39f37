// Package attack drives a target by a plan.
//
// vegeta's Attacker (github.com/tsenart/vegeta/v12) drives, unmodified: it owns the loop and the workers. This package
// gives it the three things that make the traffic exact and the numbers honest:
//
//   - a Pacer that waits inside Pace until the next due event and hands it over, so that a cancelled context ends the
//     wait at once and no due time is ever lost;
//   - a Targeter whose target is always the same, because its time is inside the measured latency;
//   - an http.RoundTripper that takes the events in due order, renders the request with the user's identity, sends it
//     over [github.com/loadx/loadx/attack/wire] and measures it into a [profile.Profile].
//
// # Time
//
// Every hit has a due time, which the plan gives, a sent time, when it was handed to the transport, and a done time,
// when the last byte of the response was there. Lag is due→sent, service is sent→done and includes connecting, response
// is due→done. Only the last is free of coordinated omission.
//
// # The cap on requests in flight
//
// When as many requests are in flight as are allowed, a due hit waits, in due order, and leaves late. What has not left
// one timeout after the last due time is dropped. The planned hits are the sent and the dropped ones, always: an
// interruption drops the rest of the plan.
//
// A late hit was delayed by the target if all slots were taken for at least half as long as it is late, counted since
// the plan was last kept: a backlog that the target caused stays the target's until it is worked off. Otherwise this
// program or its machine delayed it; more than 1 % of such hits make the profile invalid.
//
// # Users, connections and cookies
//
// Users share connections, have their own, or a hit has one for itself, as the plan's connection says. Cookies that the
// site sets are kept for each user (package [github.com/loadx/loadx/attack/jar]) and share one Cookie field with the
// identity; they are no part of the plan. What names the worker that answered, if the plan says so, goes into
// [profile.Profile].Balance; a view is the worker's that gave its last answer.
//
// # Redirects and retries
//
// A redirect is a result unless [Options].Redirects allows to follow it; then each hop is a hit of its own. A hop keeps
// the user's headers only on the same host. A request that was sent again because the kept connection had gone stale is
// two hits. So hits = sent + redirect hops + retries.
package attack
