package gate

import (
	"strings"

	"github.com/loadx/loadx/profile"
)

// A Standing is how a gate stands while an attack is under way.
type Standing uint8

// The standings.
const (
	Open    Standing = iota // what is still to come decides: nothing of it was measured, or not enough was sent yet
	Holding                 // it would pass if the attack ended now
	Failing                 // it would fail if the attack ended now, and may still pass
	Missed                  // it fails, whatever is still sent, see [Gate.Lost]
)

// String is the standing's word in a live view: open, pass or fail.
func (s Standing) String() string {
	switch s {
	case Holding:
		return "pass"
	case Failing, Missed:
		return "fail"
	default:
		return "open"
	}
}

// Stand says how the gate stands and what its figure is now, empty where there is none yet. p is the profile so far, as of
// a snapshot. A gate that waits for a count to grow is open until it has grown, and so is one on what only the end tells:
// what was dropped, and what the server's log saw.
func (g Gate) Stand(p *profile.Profile) (s Standing, actual string) {
	if g.metric.Name == "dropped" || strings.HasPrefix(g.metric.Name, "seen.") {
		return Open, ""
	}
	if actual, lost := g.Lost(p); lost {
		return Missed, actual
	}
	r := g.Judge(p)
	switch grows := g.metric.Quantity == profile.Count || g.metric.Quantity == profile.Size || g.metric.Name == "duration"; {
	case r.Verdict == NoData:
		return Open, ""
	case r.Verdict == Pass:
		return Holding, r.Actual
	case grows && g.op != notEqual:
		return Open, r.Actual
	default:
		return Failing, r.Actual
	}
}
