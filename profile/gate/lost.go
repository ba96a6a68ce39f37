package gate

import (
	"strings"

	"github.com/loadx/loadx/profile"
)

// Lost says whether a gate that is judged at the end of an attack can't hold any more, whatever is still sent, and what
// its figure is now. p is the profile so far. It is certain, and so says nothing of most gates:
//
//   - counts and sizes only grow: an upper limit that is exceeded stays exceeded. Dropped is known at the end only.
//   - max only grows, min only falls, and so does duration grow.
//   - errors: as many have failed as the limit allows of all that is planned.
//   - rate: even if all that is planned left now, it took too long.
func (g Gate) Lost(p *profile.Profile) (actual string, lost bool) {
	limit, _, ok := g.bound.of(g.metric, p, g.op)
	if !ok || p.Source != profile.Attack || strings.HasPrefix(g.metric.Name, "seen.") {
		return "", false
	}
	v, ok := g.metric.Of(p)
	if !ok {
		return "", false
	}
	figure := g.metric.Name[strings.LastIndexByte(g.metric.Name, '.')+1:]
	switch {
	case g.metric.Name == "dropped":
		return "", false
	case g.metric.Quantity == profile.Count, g.metric.Quantity == profile.Size, figure == "max", g.metric.Name == "duration":
		lost = g.op.exceeded(v.Low, limit)
	case figure == "min":
		lost = g.op.undercut(v.Number, limit)
	case g.metric.Name == "errors" && p.Planned != nil && p.Planned.Hits > 0:
		measured := float64(p.Sent)
		if p.Measured != nil {
			measured = float64(p.Measured.Sent)
		}
		lost = g.op.exceeded(v.Number*measured/float64(p.Planned.Hits), limit)
	case g.metric.Name == "rate" && p.Planned != nil && p.Duration() > 0:
		length := p.Duration()
		if p.Measured != nil {
			length = p.Measured.Length
		}
		lost = length > 0 && g.op.undercut(float64(p.Planned.Hits)/length.Seconds(), limit)
	}
	return spell(v, limit), lost
}

// OverTime says whether the gate's figure is one of the traffic as it flows, a quantile, a mean or the share of errors, so
// that a stretch of the run has one of its own. A count, an extreme and a rate are judged by [Gate.Lost] alone.
func (g Gate) OverTime() bool {
	figure := g.metric.Name[strings.LastIndexByte(g.metric.Name, '.')+1:]
	switch {
	case strings.HasPrefix(g.metric.Name, "seen."), figure == "max", figure == "min", g.metric.Name == "duration":
		return false
	}
	return g.metric.Quantity == profile.Time || g.metric.Name == "errors"
}

// exceeded says that a figure that can only grow holds no upper limit any more. Lower limits it may still reach.
func (o operator) exceeded(x float64, limit profile.Value) bool {
	switch o {
	case less:
		return x >= limit.Number
	case lessOrEqual, equal:
		return x > limit.Number
	case within:
		return x > limit.High
	default:
		return false
	}
}

// undercut says that a figure that can only fall holds no lower limit any more.
func (o operator) undercut(x float64, limit profile.Value) bool {
	switch o {
	case greater:
		return x <= limit.Number
	case greaterOrEqual, equal:
		return x < limit.Number
	case within:
		return x < limit.Low
	default:
		return false
	}
}
