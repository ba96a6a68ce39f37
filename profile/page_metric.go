package profile

import (
	"fmt"

	"github.com/loadx/loadx/profile/topk"
)

// FindPageMetric returns the metric of a name for one page alone: hits, pv, uv, errors, and the statistics of latency.
//
// Of a page that the table took in late, because more pages came than it holds, hits, pv, uv and errors are estimates
// whose intervals are certain: the hits that went by uncounted can have been anything. The latency is that of the hits
// since.
func FindPageMetric(page, name string) (Metric, error) {
	m := Metric{Name: fmt.Sprintf("page %q.%s", page, name), Quantity: Count}
	var get func(g *Group, uncounted float64) (Value, bool)
	switch name {
	case "hits":
		m.Doc = "hits of the page"
		get = func(g *Group, uncounted float64) (Value, bool) { return atLeast(float64(g.Hits), uncounted), true }
	case "pv":
		m.Direction, m.Doc = HigherIsBetter, "page views of the page"
		get = func(g *Group, uncounted float64) (Value, bool) { return atLeast(float64(g.PageViews), uncounted), true }
	case "uv":
		m.Direction, m.Doc = HigherIsBetter, "unique visitors of the page"
		get = pageVisitors
	case "errors":
		m.Quantity, m.Direction, m.Doc = Ratio, LowerIsBetter, "share of the page's hits that failed"
		get = pageErrors
	default:
		figure := statistic(name)
		if figure == nil {
			return Metric{}, unknown(m.Name)
		}
		m.Quantity, m.Direction, m.Doc = Time, LowerIsBetter, name+" of the page"
		get = func(g *Group, _ float64) (Value, bool) { return figure(g.Latency) }
	}
	m.get = func(p *Profile) (Value, bool) {
		row, ok := p.Tables[ByPage].Get(page)
		if !ok || name == "errors" && p.Measured != nil && p.Measured.Cut {
			return Value{}, false
		}
		return get(row.Value, uncounted(row))
	}
	return m, nil
}

// uncounted is how many hits of a row's page may have gone by before the page's group was there to count them.
func uncounted(row topk.Row[Group]) float64 {
	all := row.Count + row.Missed
	if all <= row.Value.Hits {
		return 0
	}
	return float64(all - row.Value.Hits)
}

// atLeast is a count to which up to so many may have to be added.
func atLeast(n, more float64) Value {
	return Value{Number: n, Quantity: Count, Estimated: more > 0, Low: n, High: n + more}
}

func pageVisitors(g *Group, uncounted float64) (Value, bool) {
	e := g.UV()
	if e.Value == 0 && g.PageViews > 0 {
		return Value{}, false
	}
	return Value{Number: float64(e.Value), Quantity: Count, Estimated: !e.Exact || uncounted > 0,
		Low: float64(e.Low), High: float64(e.High) + uncounted}, true
}

func pageErrors(g *Group, uncounted float64) (Value, bool) {
	hits, failed := float64(g.Hits-min(g.Warmup, g.Hits)), float64(g.Errors)
	if hits == 0 {
		return Value{}, false
	}
	return Value{Number: failed / hits, Quantity: Ratio, Estimated: uncounted > 0,
		Low: failed / (hits + uncounted), High: (failed + uncounted) / (hits + uncounted)}, true
}
