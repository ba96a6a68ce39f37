package profile

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/loadx/loadx/profile/latency"
)

// A Direction tells which change of a metric is for the better.
type Direction int8

// The directions.
const (
	Neutral Direction = iota
	LowerIsBetter
	HigherIsBetter
)

// A Metric is a named figure of a profile.
type Metric struct {
	Name      string
	Quantity  Quantity
	Direction Direction
	// Doc is the definition in words.
	Doc string

	get     func(*Profile) (Value, bool)
	planned func(*Planned) uint64
	seen    bool
}

// Of returns the metric's value in a profile, or false when the profile has no data for it.
func (m Metric) Of(p *Profile) (Value, bool) {
	if m.seen {
		p = p.Seen
	}
	if p == nil {
		return Value{}, false
	}
	return m.get(p)
}

// Planned returns what the plan says the metric should be, or false when there is no plan or it does not say.
func (m Metric) Planned(p *Profile) (Value, bool) {
	if p.Planned == nil || m.planned == nil {
		return Value{}, false
	}
	return Exactly(float64(m.planned(p.Planned)), m.Quantity), true
}

func counter(name string, dir Direction, doc string, get func(*Profile) uint64) Metric {
	return Metric{Name: name, Quantity: Count, Direction: dir, Doc: doc, get: func(p *Profile) (Value, bool) {
		return Exactly(float64(get(p)), Count), true
	}}
}

// ofAttack and ofLog give a counter no data in profiles that it does not apply to.
func ofAttack(m Metric) Metric { return only(m, func(p *Profile) bool { return p.Source == Attack }) }

// ofHits gives a counter no data where nothing was measured, so that no absence of failures is read off an empty traffic.
func ofHits(m Metric) Metric { return only(m, func(p *Profile) bool { return p.Hits > 0 }) }

func ofLog(m Metric) Metric { return only(m, func(p *Profile) bool { return p.Lines != nil }) }

// ofLines gives a counter no data where not a line was read.
func ofLines(m Metric) Metric {
	return only(m, func(p *Profile) bool { return p.Lines != nil && p.Lines.Read > 0 })
}

func only(m Metric, applies func(*Profile) bool) Metric {
	get := m.get
	m.get = func(p *Profile) (Value, bool) {
		if !applies(p) {
			return Value{}, false
		}
		return get(p)
	}
	return m
}

func withPlan(m Metric, planned func(*Planned) uint64) Metric {
	m.planned = planned
	return m
}

var metrics = []Metric{
	counter("hits", Neutral, "requests on the wire, or parsed lines", func(p *Profile) uint64 { return p.Hits }),
	withPlan(counter("pv", HigherIsBetter, "page views: planned views that left, or hits that count under the profile's definition",
		func(p *Profile) uint64 { return p.PageViews }), func(p *Planned) uint64 { return p.Hits }),
	withPlan(Metric{Name: "uv", Quantity: Count, Direction: HigherIsBetter,
		Doc: "unique visitors: distinct users sent, or distinct visitors among the page views", get: uniqueVisitors},
		func(p *Planned) uint64 { return p.UV }),
	{Name: "clients", Quantity: Count, Doc: "distinct visitors among all hits", get: clients},
	ofHits(counter("without_key", LowerIsBetter, "page views without a visitor key", func(p *Profile) uint64 { return p.WithoutKey })),
	withPlan(ofAttack(counter("sent", HigherIsBetter, "planned requests that left", func(p *Profile) uint64 { return p.Sent })),
		func(p *Planned) uint64 { return p.Hits }),
	ofHits(ofAttack(counter("late", LowerIsBetter, "planned requests that left more than 10 ms after they were due",
		func(p *Profile) uint64 { return p.Late }))),
	only(ofAttack(counter("dropped", LowerIsBetter, "planned requests that never left", func(p *Profile) uint64 { return p.Dropped })),
		func(p *Profile) bool { return p.Sent+p.Dropped > 0 }),
	ofHits(ofAttack(counter("redirects", Neutral, "redirect hops that were followed", func(p *Profile) uint64 { return p.Redirects }))),
	ofHits(ofAttack(counter("retries", LowerIsBetter, "requests sent again because a kept connection had gone stale",
		func(p *Profile) uint64 { return p.Retries }))),
	{Name: "errors", Quantity: Ratio, Direction: LowerIsBetter,
		Doc: "share of sent with a transport error or an unexpected status, or share of hits with a status of 500 to 599", get: errorRatio},
	only(ofHits(counter("errors.uv", LowerIsBetter, "distinct users of whom a page view failed", func(p *Profile) uint64 { return p.FailedUsers.Count() })),
		func(p *Profile) bool { return p.FailedUsers != nil }),
	{Name: "rate", Quantity: PerSecond, Direction: HigherIsBetter, Doc: "planned requests sent, or hits, a second of the duration", get: rate},
	{Name: "duration", Quantity: Time, Doc: "first due to the later of the schedule's end and the last done, or first to last line",
		get: func(p *Profile) (Value, bool) { return Exactly(p.Duration().Seconds(), Time), p.Hits > 0 }},
	{Name: "bytes", Quantity: Size, Doc: "size of the response bodies", get: func(p *Profile) (Value, bool) {
		return Exactly(float64(p.Bytes), Size), p.Hits > 0
	}},
	ofHits(ofLog(counter("bots", Neutral, "hits of bots", func(p *Profile) uint64 { return p.BotHits }))),
	ofHits(ofLog(counter("static", Neutral, "hits of static files", func(p *Profile) uint64 { return p.StaticHits }))),
	ofLog(counter("lines.read", Neutral, "lines read", func(p *Profile) uint64 { return p.Lines.Read })),
	ofLog(counter("lines.parsed", Neutral, "lines parsed", func(p *Profile) uint64 { return p.Lines.Parsed })),
	ofLines(counter("lines.filtered", Neutral, "lines left out by a filter", func(p *Profile) uint64 { return p.Lines.Filtered })),
	ofLines(counter("lines.comments", Neutral, "comment and blank lines", func(p *Profile) uint64 { return p.Lines.Comments })),
	ofLines(counter("lines.bad", LowerIsBetter, "lines that are not in the format", func(p *Profile) uint64 { return p.Lines.Bad })),
}

func uniqueVisitors(p *Profile) (Value, bool) {
	e := p.UV()
	if e.Value == 0 && p.WithoutKey > 0 {
		return Value{}, false
	}
	return Value{Number: float64(e.Value), Quantity: Count, Estimated: !e.Exact, Low: float64(e.Low), High: float64(e.High)}, true
}

func clients(p *Profile) (Value, bool) {
	e := p.DistinctClients()
	if e.Value == 0 && p.Hits > 0 {
		return Value{}, false
	}
	return Value{Number: float64(e.Value), Quantity: Count, Estimated: !e.Exact, Low: float64(e.Low), High: float64(e.High)}, true
}

func errorRatio(p *Profile) (Value, bool) {
	failed, of := p.Failures.Total(), p.Sent
	switch {
	case p.Source != Attack:
		failed, of = p.Status.Class(5), p.Hits
	case p.Measured != nil:
		failed, of = p.Measured.Failed, p.Measured.Sent
	}
	if of == 0 {
		return Value{}, false
	}
	return Exactly(float64(failed)/float64(of), Ratio), true
}

func rate(p *Profile) (Value, bool) {
	n := p.Hits
	if p.Source == Attack {
		n = p.Sent
	}
	seconds := p.Duration().Seconds()
	if m := p.Measured; m != nil {
		n, seconds = m.Sent, m.Length.Seconds()
	}
	if n == 0 || seconds <= 0 {
		return Value{}, false
	}
	return Exactly(float64(n)/seconds, PerSecond), true
}

// Metrics returns the metrics of fixed name, in the order of their importance. Beside them there are those with a
// parameter: pN, mean, min and max of latency, alone or behind service, response, lag or server and a point; status.N
// and status.Nxx; errors.CLASS; each behind `page "NAME".` for one page, and behind seen. for the server's log.
func Metrics() []Metric { return append([]Metric(nil), metrics...) }

var (
	quantileName = regexp.MustCompile(`^p(\d{1,2}(?:\.\d+)?|100)$`)
	statusName   = regexp.MustCompile(`^status\.([0-9])(?:([0-9]{2})|xx)$`)
)

// FindMetric returns the metric of a name, whether or not a profile has data for it. Page metrics are found by
// [FindPageMetric]. The error suggests a name where one is near.
func FindMetric(name string) (Metric, error) {
	if rest, ok := strings.CutPrefix(name, "seen."); ok {
		m, err := FindMetric(rest)
		if err != nil || m.seen {
			return Metric{}, unknown(name)
		}
		m.Name, m.seen = name, true
		return m, nil
	}
	for _, m := range metrics {
		if m.Name == name {
			return m, nil
		}
	}
	if s := statusName.FindStringSubmatch(name); s != nil {
		return ofHits(statusMetric(name, s)), nil
	}
	if class, ok := strings.CutPrefix(name, "errors."); ok && isErrorClass(class) {
		return ofHits(ofAttack(Metric{Name: name, Direction: LowerIsBetter, Doc: "failures of the class " + class,
			get: func(p *Profile) (Value, bool) {
				n, ok := p.failuresOf(ErrorClass(class))
				return Exactly(float64(n), Count), ok
			}})), nil
	}
	of, figure := "", name
	if i := strings.IndexByte(name, '.'); i > 0 && !strings.HasPrefix(name, "p") {
		of, figure = name[:i], name[i+1:]
	}
	pick, doc := latencyOf(of)
	get := statistic(figure)
	if pick == nil || get == nil {
		return Metric{}, unknown(name)
	}
	return Metric{Name: name, Quantity: Time, Direction: LowerIsBetter, Doc: figure + " of " + doc,
		get: func(p *Profile) (Value, bool) { return get(pick(p)) }}, nil
}

func statusMetric(name string, match []string) Metric {
	digit := int(match[1][0] - '0')
	if match[2] == "" {
		return counter(name, Neutral, "hits with that class of status", func(p *Profile) uint64 { return p.Status.Class(digit) })
	}
	code, _ := strconv.Atoi(match[1] + match[2])
	return counter(name, Neutral, "hits with that status", func(p *Profile) uint64 { return p.Status.Count(code) })
}

func isErrorClass(s string) bool {
	return ErrorClass(s) == ErrRetried || slices.Contains(ErrorClasses(), ErrorClass(s))
}

func latencyOf(name string) (pick func(*Profile) *latency.Histogram, doc string) {
	switch name {
	case "":
		return func(p *Profile) *latency.Histogram {
			if p.Source == AccessLog {
				return p.Server
			}
			return p.Response
		}, "response latency (due to done, timeouts included), or of the logged duration"
	case "service":
		return func(p *Profile) *latency.Histogram { return p.Service }, "service latency (sent to done), timeouts included"
	case "response":
		return func(p *Profile) *latency.Histogram { return p.Response }, "response latency (due to done)"
	case "lag":
		return func(p *Profile) *latency.Histogram { return p.Lag }, "lag (due to sent)"
	case "server":
		return func(p *Profile) *latency.Histogram { return p.Server }, "the duration that the server logged"
	}
	return nil, ""
}
