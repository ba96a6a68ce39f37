package reports

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/latency"
)

// sheetsOf returns the tables of a report, those without rows left out: of each of the heaviest the top rows, all if it
// is negative. What the server's log saw comes last, under ids behind "seen.".
func sheetsOf(r *Report, top int) []sheet {
	if r.Comparison != nil {
		return comparisonSheets(r, top < 0)
	}
	all := []sheet{gatesSheet(r)}
	all = append(all, profileSheets(r, r.Profile, top)...)
	all = append(all, differencesSheet(r))
	if seen := r.Profile.Seen; seen != nil {
		for _, s := range profileSheets(r, seen, top) {
			s.id, s.title = "seen."+s.id, "Seen by the server: "+s.title
			all = append(all, s)
		}
	}
	kept := all[:0]
	for _, s := range all {
		if len(s.rows) > 0 {
			kept = append(kept, s)
		}
	}
	return kept
}

func profileSheets(r *Report, p *profile.Profile, top int) []sheet {
	all := []sheet{figuresSheet(p), latencySheet(p), statusSheet(p), failuresSheet(p), outbreaksSheet(p)}
	for _, d := range dimensionsOf(p) {
		all = append(all, dimensionSheet(p, d, top))
	}
	all = append(all, balanceSheet(p, top), slicesSheet(p))
	for _, unit := range unitsOf(r, p) {
		all = append(all, stepsSheet(p, unit))
	}
	return append(all, usageSheet(p), badLinesSheet(p), warningsSheet(p))
}

func gatesSheet(r *Report) sheet {
	s := sheet{id: "gate", title: "Gates", keyTitle: "gate", columns: []column{
		{"verdict", "verdict", "pass, fail, or no_data where the figure was not measured: no_data never passes"},
		{"actual", "actual", "the figure that was measured"},
		{"limit", "limit", "what the gate holds it against"},
		{"note", "note", "what there is to know about the verdict"},
		{"evidence", "how it failed", "when the figure was beyond the limit, on which pages most, and one failure"},
	}}
	for _, g := range r.Gates {
		s.add(g.Expr, text(g.Verdict.String()), text(g.Actual), text(g.Limit), text(g.Note), text(strings.Join(g.Evidence.Words(), "; ")))
	}
	s.dropEmptyColumns()
	return s
}

// figuresSheet has every metric of fixed name that the profile has data for.
func figuresSheet(p *profile.Profile) sheet {
	s := sheet{id: "figure", title: "Figures", note: scope(p), keyTitle: "figure", columns: []column{
		{"value", "measured", "what was measured; where it is an estimate, with its 95 % interval"},
		{"planned", "planned", "what the plan said it would be"},
	}}
	for _, m := range profile.Metrics() {
		v, ok := m.Of(p)
		if !ok {
			continue
		}
		var planned cell
		if v, ok := m.Planned(p); ok {
			planned = figure(v)
		}
		s.rows = append(s.rows, sheetRow{key: m.Name, doc: m.Doc, cells: []cell{figure(v), planned}})
	}
	s.dropEmptyColumns()
	return s
}

// dropEmptyColumns leaves out the columns in which no row has anything.
func (s *sheet) dropEmptyColumns() {
	s.dropColumns(func(i int) bool {
		return !slices.ContainsFunc(s.rows, func(row sheetRow) bool { return row.cells[i] != cell{} })
	})
}

// drop leaves out columns by their ids.
func (s *sheet) drop(ids ...string) {
	s.dropColumns(func(i int) bool { return slices.Contains(ids, s.columns[i].id) })
}

func (s *sheet) dropColumns(which func(i int) bool) {
	for i := len(s.columns) - 1; i >= 0; i-- {
		if !which(i) {
			continue
		}
		s.columns = slices.Delete(s.columns, i, i+1)
		for j := range s.rows {
			s.rows[j].cells = slices.Delete(s.rows[j].cells, i, i+1)
		}
	}
}

// defined says whether rows have definitions of their own.
func (s *sheet) defined() bool {
	return slices.ContainsFunc(s.rows, func(row sheetRow) bool { return row.doc != "" })
}

// scope says what latency, errors and rate are of, empty for the whole.
func scope(p *profile.Profile) string {
	m := p.Measured
	switch {
	case m == nil:
		return ""
	case !m.Cut:
		return "latency, errors and rate leave out the warmup: what was due in the first " + profile.Duration(m.From)
	case m.To == 0:
		return "latency, errors and rate are of what was sent from " + profile.Duration(m.From) + " on"
	default:
		return "latency, errors and rate are of what was sent from " + profile.Duration(m.From) + " to " + profile.Duration(m.To)
	}
}

var quantiles = []struct {
	name string
	q    float64
}{{"p50", 0.5}, {"p90", 0.9}, {"p95", 0.95}, {"p99", 0.99}, {"p99.9", 0.999}}

// latencyRows are the distributions of a profile that hold something, with what they are of.
func latencyRows(p *profile.Profile) []namedLatency {
	var rows []namedLatency
	for _, row := range []namedLatency{
		{"response", "due to done, timeouts included: free of coordinated omission", p.Response},
		{"service", "sent to done, timeouts included", p.Service},
		{"lag", "due to sent: how late this tool was", p.Lag},
		{"server", "what the server's log says that a request took", p.Server},
	} {
		// Without a schedule every hit is due when it is sent.
		if row.of.Count() > 0 && (row.name == "service" || row.name == "server" || p.Planned != nil) {
			rows = append(rows, row)
		}
	}
	return rows
}

type namedLatency struct {
	name, doc string
	of        *latency.Histogram
}

func latencySheet(p *profile.Profile) sheet {
	s := sheet{id: "latency", title: "Latency", note: scope(p), keyTitle: "latency"}
	for _, q := range quantiles {
		s.columns = append(s.columns, column{q.name, q.name, "the duration that " + strings.TrimPrefix(q.name, "p") + " % of the requests did not exceed, within 0.1 % (1 % in a cut)"})
	}
	s.columns = append(s.columns, column{"max", "max", "the longest"}, column{"mean", "mean", "the sum by the number"}, column{"requests", "requests", "how many were timed"})
	for _, row := range latencyRows(p) {
		var cells []cell
		for _, q := range quantiles {
			cells = append(cells, timed(row.of.Quantile(q.q)))
		}
		cells = append(cells, timed(row.of.Max()), timed(row.of.Mean()), count(row.of.Count()))
		s.rows = append(s.rows, sheetRow{key: row.name, doc: row.doc, cells: cells})
	}
	return s
}

func statusSheet(p *profile.Profile) sheet {
	s := sheet{id: "status", title: "Status", keyTitle: "status", columns: []column{{"hits", "hits", "hits with that status; none are those without one"}}}
	p.Status.Each(func(code int, n uint64) { s.add(fmt.Sprint(code), count(n)) })
	if p.NoStatus > 0 {
		s.add("none", count(p.NoStatus))
	}
	return s
}

func failuresSheet(p *profile.Profile) sheet {
	s := sheet{id: "error", title: "Errors", keyTitle: "class", columns: []column{
		{"hits", "hits", "failures of the class"},
		{"first", "first", "since the first hit"},
		{"last", "last", "since the first hit"},
		{"sample", "sample", "the page and the text of one of them"},
	}}
	for _, class := range failureClasses(p) {
		f := p.Failures[class]
		sample := ""
		if len(f.Samples) > 0 {
			sample = f.Samples[0].Page + ": " + f.Samples[0].Text
		}
		s.add(string(class), count(f.Count), timed(time.Duration(f.First-p.FirstTime), true), timed(time.Duration(f.Last-p.FirstTime), true), text(sample))
	}
	return s
}

// slicesSheet is the timeline of an attack.
func slicesSheet(p *profile.Profile) sheet {
	s := sheet{id: "slice", title: "Over time", keyTitle: "from", columns: []column{
		{"start", "since start", "where the slice begins, since the start of the schedule"},
		{"due", "due", "requests that the schedule has here"}, {"sent", "sent", "planned requests that left here"},
		{"pv", "PV", "page views sent here"}, {"new_users", "new UV", "users whose first view was sent here"},
		{"late", "late", "requests that left more than 10 ms after they were due"}, {"dropped", "dropped", "requests due here that never left"},
		{"errors", "errors", "failed hits"},
		{"status_2xx", "2xx", "hits with a status of 200 to 299"}, {"status_3xx", "3xx", "hits with a status of 300 to 399"},
		{"status_4xx", "4xx", "hits with a status of 400 to 499"}, {"status_5xx", "5xx", "hits with a status of 500 to 599"},
		{"status_none", "none", "hits without a response"},
		{"response_p50", "response p50", "due to done, within 1 %"}, {"response_p95", "p95", "due to done, within 1 %"}, {"response_p99", "p99", "due to done, within 1 %"},
		{"service_p50", "service p50", "sent to done, within 1 %"}, {"service_p95", "p95", "sent to done, within 1 %"}, {"service_p99", "p99", "sent to done, within 1 %"},
	}}
	if p.Timeline == nil {
		return s
	}
	s.note = "slices of " + profile.Duration(p.Timeline.Width)
	for i := range p.Timeline.Slices {
		c := &p.Timeline.Slices[i]
		start := time.Duration(i) * p.Timeline.Width
		cells := []cell{timed(start, true), count(c.Due), count(c.Sent), count(c.PageViews), count(c.NewUsers), count(c.Late), count(c.Dropped), count(c.Errors),
			count(c.Classes[2]), count(c.Classes[3]), count(c.Classes[4]), count(c.Classes[5]), count(c.Classes[0])}
		for _, h := range []*latency.Histogram{c.Response, c.Service} {
			cells = append(cells, timed(h.Quantile(0.5)), timed(h.Quantile(0.95)), timed(h.Quantile(0.99)))
		}
		s.add(time.Unix(0, p.FirstTime).Add(start).UTC().Format(time.RFC3339), cells...)
	}
	return s
}

func differencesSheet(r *Report) sheet {
	s := sheet{id: "difference", title: "Sent against seen", note: "what was sent beside what the server's own log saw of it", keyTitle: "figure", columns: []column{
		{"sent", "sent", "what left"}, {"seen", "seen", "what the server's log holds"},
		{"together", "together", "distinct visitors of both: as many as each of the two when they are the same users"},
		{"difference", "difference", "seen less sent"}, {"agrees", "", "whether they are equal, or differ by no more than the measurements account for"},
		{"explanation", "explanation", "why they differ"},
	}}
	optional := func(v *profile.Value) cell {
		if v == nil {
			return cell{}
		}
		return figure(*v)
	}
	for _, d := range r.Differences {
		delta := cell{}
		if d.Base != nil && d.Head != nil {
			delta = number(d.Delta, d.Base.Quantity)
		}
		agrees := "agrees"
		if !d.Agrees {
			agrees = "differs"
		}
		s.add(d.Metric, optional(d.Base), optional(d.Head), optional(d.Union), delta, text(agrees), text(d.Explanation))
	}
	s.dropEmptyColumns()
	return s
}

func badLinesSheet(p *profile.Profile) sheet {
	s := sheet{id: "bad_line", title: "Bad lines", note: "the first of the lines that are not in the format", keyTitle: "line", columns: []column{
		{"field", "field", "the field that failed"}, {"want", "want", "what was expected"}, {"text", "text", "the line where it failed"},
	}}
	for _, b := range p.BadLines {
		s.add(fmt.Sprintf("%s:%d", b.File, b.Line), text(b.Field), text(b.Want), text(b.Text))
	}
	return s
}

func warningsSheet(p *profile.Profile) sheet {
	s := sheet{id: "warning", title: "Warnings", note: "what weakens the numbers", keyTitle: "warning", columns: []column{
		{"text", "text", "what happened"}, {"hint", "hint", "what to do about it"}, {"invalidates", "invalidates", "whether the numbers can't be trusted because of it"},
	}}
	for _, w := range p.Warnings {
		s.add(w.Code, text(w.Text), text(w.Hint), text(fmt.Sprint(w.Invalidates)))
	}
	s.dropEmptyColumns()
	return s
}

// outbreaksSheet says when requests failed.
func outbreaksSheet(p *profile.Profile) sheet {
	s := sheet{id: "outbreak", title: "Errors over time", note: "stretches of time in which requests failed", keyTitle: "stretch", columns: []column{
		{"from", "from", "since the start of the schedule"}, {"to", "to", "since the start of the schedule"},
		{"errors", "errors", "failed hits of the stretch"}, {"hits", "hits", "all hits of the stretch"},
	}}
	if p.Timeline == nil {
		return s
	}
	for i, o := range p.Timeline.Outbreaks() {
		s.add(fmt.Sprint(i+1), timed(o.From, true), timed(o.To, true), count(o.Errors), count(o.Hits))
	}
	return s
}

// usageSheet says what the run took of the machine that sent it.
func usageSheet(p *profile.Profile) sheet {
	s := sheet{id: "usage", title: "Connections, cookies and loadx itself", keyTitle: "figure", columns: []column{{"value", "measured", "what was counted"}}}
	add := func(key, doc string, c cell) { s.rows = append(s.rows, sheetRow{key: key, doc: doc, cells: []cell{c}}) }
	if c := p.Connections; c != nil {
		add("connections.opened", "connections that were opened", count(c.Opened))
		add("connections.resumed", "those among them whose TLS session was resumed", count(c.Resumed))
		add("connections.reused", "requests that went on a kept connection", count(c.Reused))
		add("connections.evicted", "connections closed because more waited than may be kept", count(c.Evicted))
	}
	if c := p.SiteCookies; c != nil {
		add("cookies.set", "cookies that the site set, changed or deleted", count(c.Set))
		add("cookies.refused", "cookies that the site may not set, or that are too large", count(c.Refused))
		add("cookies.evicted_users", "users that lost all their cookies for want of room", count(c.EvictedUsers))
		add("cookies.evicted", "other cookies that were lost for want of room", count(c.EvictedCookies))
	}
	if u := p.Tool; u != nil {
		add("tool.busy", "share of its processors that loadx used", number(u.Busy(), profile.Ratio))
		add("tool.cpu", "processor time that loadx used", timed(u.CPU, true))
		add("tool.gc_pause", "how long the garbage collector stopped loadx in all", timed(u.GCPause, true))
		add("tool.gc_pause_max", "its longest stop at most", timed(u.LongestGCPause, true))
	}
	return s
}
