package compare

import (
	"fmt"

	"github.com/loadx/loadx/profile"
)

// visitors are the values of the counting channel: those that were sent, those that the log saw, and both together.
type visitors struct {
	sent, seen, union profile.Estimate
	// keyless is how many of the log's page views carry no key although everything that was sent did.
	keyless uint64
	key     string
	// mayMiss is how many users may be missing because as many hits got no response.
	mayMiss uint64
	hits    uint64
}

func newVisitors(sent, seen *profile.Profile) (visitors, error) {
	both := sent.Visitors.Clone()
	if err := both.Merge(seen.Visitors); err != nil {
		return visitors{}, err
	}
	v := visitors{
		sent: sent.Visitors.Estimate(), seen: seen.Visitors.Estimate(), union: both.Estimate(),
		key: seen.Definitions.VisitorKey, mayMiss: sent.NoStatus, hits: seen.Hits,
	}
	if v.key == "" {
		v.key = "visitor key"
	}
	if sent.WithoutKey == 0 && v.comparable() {
		v.keyless = seen.WithoutKey
	}
	return v, nil
}

// comparable says that both sides have keys that can be held against each other.
func (v visitors) comparable() bool { return v.sent.Value > 0 && v.seen.Value > 0 && v.overlap() }

// overlap says that sent and seen have visitors in common, as far as the counters tell.
func (v visitors) overlap() bool {
	if v.union.Exact {
		return v.union.Value < v.sent.Value+v.seen.Value
	}
	return v.union.High < v.sent.Value+v.seen.Value
}

// missing and foreign are the users that only one side has; estimates unless the union is exact.
func (v visitors) missing() uint64 { return over(v.union.Value, v.seen.Value) }

func (v visitors) foreign() uint64 { return over(v.union.Value, v.sent.Value) }

// strangers is how many hits in the log are surely not ours, at the least.
func (v visitors) strangers() uint64 {
	if !v.comparable() || !v.union.Exact {
		return v.keyless
	}
	return v.keyless + v.foreign()
}

func (v visitors) whoElse() string {
	if v.strangers() == 0 {
		return ""
	}
	text := "at least " + several(v.strangers(), "hit") + " in the log " + are(v.strangers()) + " not ours"
	var by reasons
	if v.union.Exact && v.foreign() > 0 {
		by.add(several(v.foreign(), "visitor") + " not sent")
	}
	if v.keyless > 0 {
		by.add(fmt.Sprintf("%d without %s", v.keyless, v.key))
	}
	return text + " (" + by.String() + ")"
}

func (v visitors) difference(sent *profile.Profile) Difference {
	users := sent.UV()
	base, head, union := figure(users), figure(v.seen), figure(v.union)
	switch {
	case v.seen.Value == 0 && v.hits > 0:
		d := newDifference("uv", base, nil)
		d.Explanation = "the log carries no " + v.key
		return d
	case v.sent.Value == 0 && users.Value > 0:
		d := newDifference("uv", base, head)
		d.Explanation = "the requests carried no " + v.key
		return d
	}
	d := newDifference("uv", base, head)
	d.Union = union
	if users.Value > 0 && v.seen.Value > 0 && !v.overlap() {
		d.Explanation = fmt.Sprintf("no visitor in the log is a user that was sent: is %s what carries the users?", v.key)
		return d
	}
	if v.union.Exact {
		d.Agrees, d.Explanation = v.exactly()
	} else {
		d.Agrees, d.Explanation = v.roughly()
	}
	if crowded := users.Value > v.sent.High; crowded {
		d.Agrees = false
		d.Explanation = fmt.Sprintf("%s shared %s of %s: the channel is too narrow; %s",
			several(users.Value, "user"), several(v.sent.Value, "value"), v.key, d.Explanation)
	}
	return d
}

func (v visitors) exactly() (agrees bool, explanation string) {
	missing, foreign := v.missing(), v.foreign()
	if missing == 0 && foreign == 0 {
		return true, "the same users"
	}
	var why reasons
	if missing > 0 {
		text := several(missing, "user") + " " + are(missing) + " not in the log"
		if missing <= v.mayMiss {
			why.add(text + ": " + several(v.mayMiss, "hit") + " got no response")
		} else {
			why.add("unexplained: " + text)
		}
	}
	if foreign > 0 {
		why.add(several(foreign, "visitor") + " in the log " + are(foreign) + " not among the users sent")
	}
	return foreign == 0 && missing <= v.mayMiss, why.String()
}

// roughly compares sketches. The union of equal sets is the very sketch that each of them is; any other union is judged
// by its interval.
func (v visitors) roughly() (agrees bool, explanation string) {
	if v.sent.Value == v.seen.Value && v.sent.Value == v.union.Value {
		return true, "the same users, as far as equal sketches tell"
	}
	interval := fmt.Sprintf("the counter's interval of ±%.2g%%", 50*float64(v.union.High-v.union.Low)/float64(v.union.Value))
	inside := func(e profile.Estimate) bool { return v.union.Low <= e.Value && e.Value <= v.union.High }
	about := fmt.Sprintf("about %s not in the log, about %s in it not sent", several(v.missing(), "user"), several(v.foreign(), "visitor"))
	if inside(v.sent) && inside(v.seen) {
		return true, "the same users within " + interval + ": " + about
	}
	return false, "unexplained: beyond " + interval + ": " + about
}

func figure(e profile.Estimate) *profile.Value {
	return &profile.Value{Number: float64(e.Value), Quantity: profile.Count, Estimated: !e.Exact, Low: float64(e.Low), High: float64(e.High)}
}
