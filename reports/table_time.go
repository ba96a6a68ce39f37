package reports

import (
	"fmt"
	"time"

	"github.com/loadx/loadx/profile"
)

// maxSteps is how many time buckets the first screen has room for: a day's hours. Earlier ones are summed up.
const maxSteps = 24

var stepLayouts = map[profile.Unit]string{
	profile.Minute: "2006-01-02 15:04", profile.Hour: "2006-01-02 15:04", profile.Day: "2006-01-02 Mon", profile.Month: "2006-01",
}

// steps writes hits, page views, visitors and new visitors by time: by the unit that was asked for, else by day and, where
// the log is short, by the finer unit that fits.
func (t *tableWriter) steps() {
	unit := t.r.step(t.p)
	if t.r.Step == nil && unit < profile.Day {
		t.stepsBy(profile.Day)
	}
	t.stepsBy(unit)
}

func (t *tableWriter) stepsBy(unit profile.Unit) {
	steps := t.p.Steps(unit)
	if len(steps) == 0 {
		return
	}
	zone := t.p.Calendar.Zone()
	g := &grid{header: []string{unit.String(), "hits", "PV", "UV", "new"}, left: []int{0}}
	first := 0
	if len(steps) > maxSteps {
		first = len(steps) - maxSteps + 1
		g.add(earlier(steps[:first])...)
	}
	last := ""
	for _, s := range steps[first:] {
		at := time.Unix(s.Start, 0).In(zone)
		label := at.Format(stepLayouts[unit])
		if label == last {
			label += at.Format(" -0700") // the clock was put back
		} else {
			last = label
		}
		g.add(label, grouped(s.Hits), grouped(s.PageViews), margin(s.UV), estimate(s.New))
	}
	if b := t.p.Calendar.Beyond(); b.Hits > 0 {
		g.add("(beyond)", grouped(b.Hits), grouped(b.PageViews), "", "")
	}
	if len(steps) > 1 {
		sum, exact := sumOfSteps(steps)
		total := grouped(sum)
		if !exact {
			total = "~" + total
		}
		g.add("sum of "+unit.String()+"s", "", "", total, "")
		g.add("whole range", grouped(t.p.Hits), grouped(t.p.PageViews), margin(t.p.UV()), "")
	}
	t.section(g)
	t.linef("%ss are those of %s; who came in several is one visitor of the range", unit, zone)
}

// earlier is the row of the steps that there is no room for: their visitors are those of all of them together.
func earlier(steps []profile.Step) []string {
	var hits, views uint64
	for _, s := range steps {
		hits += s.Hits
		views += s.PageViews
	}
	total := steps[len(steps)-1].Total
	return []string{fmt.Sprintf("%s before", grouped(uint64(len(steps)))), grouped(hits), grouped(views), margin(total), estimate(total)}
}

func sumOfSteps(steps []profile.Step) (sum uint64, exact bool) {
	exact = true
	for _, s := range steps {
		sum += s.UV.Value
		exact = exact && s.UV.Exact
	}
	return sum, exact
}
