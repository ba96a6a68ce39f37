package cmd

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/cmd/manual"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
)

// A topic is something that help explains beside the commands.
type topic struct {
	name, short string
	parts       func() []manual.Part
}

// topics are in the order of a first reading.
var topics = []topic{
	{"scenario", "every key of a scenario file", scenarioTopic},
	{"gates", "how to write expectations", gatesTopic},
	{"times", "lag, service and response time, and why there are three", textTopic(timesHelp)},
	{"visitors", "page views and unique visitors, sent and counted", textTopic(visitorsHelp)},
	{"reports", "the formats of reports, and where they go", textTopic(reportsHelp)},
	{"environment", "the environment variables that are read", environmentTopic},
	{"exit-codes", "what the exit codes mean", textTopic(exitCodesHelp)},
}

// topicKey marks the commands that are topics.
const topicKey = "topic"

func newTopics() []*cobra.Command {
	var all []*cobra.Command
	for _, t := range topics {
		all = append(all, &cobra.Command{Use: t.name, Short: t.short, Annotations: map[string]string{topicKey: t.name}})
	}
	return all
}

// topicOf returns the topic that a command is.
func topicOf(c *cobra.Command) (topic, bool) {
	for _, t := range topics {
		if c.Annotations[topicKey] == t.name {
			return t, true
		}
	}
	return topic{}, false
}

func textTopic(text string) func() []manual.Part {
	return func() []manual.Part { return []manual.Part{{Heading: "Description", Text: text}} }
}

func scenarioTopic() []manual.Part {
	parts := []manual.Part{{Heading: "Description", Text: scenarioHelp}}
	headings := map[string]string{"traffic": "Traffic", "identity": "Identity", "pages": "Pages", "connection": "Connection"}
	whole := manual.Part{Heading: "Keys"}
	var inner []manual.Part
	for _, key := range scenarios.Keys() {
		entry := manual.Entry{Term: key.Path, Text: key.Doc}
		first, rest, deep := strings.Cut(key.Path, ".")
		first = strings.TrimSuffix(first, "[]")
		heading, known := headings[first]
		if !deep || !known {
			whole.Entries = append(whole.Entries, entry)
			continue
		}
		if len(inner) == 0 || inner[len(inner)-1].Heading != heading {
			inner = append(inner, manual.Part{Heading: heading, Under: true})
		}
		entry.Term = rest
		inner[len(inner)-1].Entries = append(inner[len(inner)-1].Entries, entry)
	}
	return append(append(parts, whole), inner...)
}

const scenarioHelp = `A scenario is a YAML file that says what is sent: how many page views, by how many users, when, how users show
themselves, which pages, and what is expected. loadx init writes one to start from, loadx validate checks it.

  target: http://127.0.0.1:8080
  traffic:
    pv: 1_000_000             # page views, exactly
    uv: 250_000               # distinct users among them, exactly
    duration: 10m             # or rate: 2000/s; two of the three fix the third
    shape: {ramp: {from: 0/s, to: 4000/s}}
    visits: zipf 1.1          # who returns
  identity:
    cookie: uid               # what is written first is counted by
  pages:
    - get: /
      weight: 5
    - get: /item/{zipf 1.1 1..50000}
      name: /item
      expect: 200
  gates:
    - p95 < 250ms
    - uv == plan

URLs, header values, bodies and identity.id are templates:

  {zipf [S] A..B}     a whole number, the k-th in proportion to 1/k^S
  {uniform A..B}      a whole number, all alike
  {choice a|b}        one of the texts
  {user} {seq}        the user's number, the number of the hit
  {env NAME} ${NAME}  an environment variable, which is never printed
  {{ }}               braces that are meant as they are

Durations are written as in 500ms, 30s or 1h30m, rates as in 2000/s, 90/m or 5000/h, counts with underscores if you like.
Unknown keys are mistakes; all mistakes of a file are told at once.
`

func gatesTopic() []manual.Part {
	metrics := manual.Part{Heading: "Metrics", Text: "Beside these pN, mean, min and max stand for response.pN and so on, and of a log for server.pN."}
	for _, m := range profile.Metrics() {
		metrics.Entries = append(metrics.Entries, manual.Entry{Term: m.Name, Text: m.Doc})
	}
	return []manual.Part{{Heading: "Description", Text: gatesHelp}, metrics}
}

const gatesHelp = `A gate is one expectation on the numbers, by --gate or under gates: in a scenario. With a failing gate, or one without
data, loadx exits 1.

  p95 < 250ms               response latency: p50, p90, p99.9, mean, min, max
  p(95)<500                 the same in k6's spelling, in milliseconds
  service.p99 < 20ms        sent to done; lag.p99 is due to sent, server.p95
                            what a log says
  errors < 0.1%             transport errors and unexpected status; of a log 5xx
  uv == 250000              unique visitors; on an estimate == holds within its
                            interval
  uv within 1% of 250000
  pv >= 99.9% of plan
  rate >= 950/s
  status.5xx == 0
  page "/item".p95 < 80ms   one page alone: hits, pv, uv, errors, p50 ...
  seen.uv == 250000         what the server's own log saw (--access-log)
  p95 <= baseline + 5%      held against a saved profile (--baseline FILE); also
                            baseline + 10ms, - 5%, * 1.1, 110% of baseline
  p95 within 5% of baseline
  errors < baseline + 0.1pp
                            percentage points; + 10% is a tenth of the share

Operators are < <= > >= == != and "within P% of". Durations take ns us ms s m h, shares % or a number in [0, 1), rates /s /m
/h. A profile, or a baseline, without the figure gives the verdict no_data, which never passes. Every attack has the gate
dropped == 0.

A gate that names baseline needs one: --baseline FILE, which is read before anything is sent; of several files the median
counts. In loadx compare, base is the baseline. A percentage behind + or - is one of the baseline's figure, of shares too.
`

const timesHelp = `Every request of an attack has four instants: when it was due by the plan, when it was sent, when its response began and
when it was done. Three times come of them, and reports show them side by side:

  lag       due to sent    how late loadx was
  service   sent to done   what the target took, once asked
  response  due to done    what a user would have waited

When a target stalls, requests that are due wait until others come back. Service time does not see that wait: a tool that
measures it alone sends less while the target is slow, and reports the stall a few times instead of for everyone whom it
would have kept waiting. This is coordinated omission. Response time is free of it; it is what p95 and the other latency
gates without a prefix judge.

A request that is late with every allowed request in flight (--max-in-flight) is the target's doing, and what is never sent
fails the gate dropped == 0. More than 1 % sent over 10 ms late with requests to spare is loadx's own doing: then the
verdict is invalid, and loadx exits 3.

Of a log there is one time, server: the duration that its lines carry. Percentiles are of histograms with three
significant digits.
`

const visitorsHelp = `Page views (PV) say how much is asked, unique visitors (UV) by how many. loadx sends exactly the PV and UV of the plan; users
are numbers from 0 up to uv, each with a name of its own that cookies, headers, addresses or query parameters carry.

In a log a visitor is what --uv-key says:

  ip             the address; IPv6 is cut to /64 (--ipv6-prefix)
  ip+ua          the address and the User-Agent (default)
  user           the authenticated user
  cookie:NAME    a cookie that the log's format carries
  header:NAME    a header that the log's format carries
  field:NAME     any other field; loadx formats explain lists them

Parts are joined by +. A page view whose key is empty has no visitor: it is counted in pv and in without_key. There is no
date in the key: the visitors of a day are those of its hours together, never their sum.

--pv says which hits of a log are page views:

  web   GET with 2xx or 304, no static file, no bot (default)
  api   any method and status, no static file
  raw   every hit

Visitors are exact up to 100,000 (--exact: always); beyond, they are an estimate with its 95 % interval. Sent users are always
exact. attack --access-log holds both against each other: seen.uv is the log's count, and the union of the two tells whether
they are the same users and not merely as many.
`

const reportsHelp = `--report FORMAT writes a report to standard output, --report FORMAT=FILE to a file; it may be given several times. The table goes
to standard output unless another report does. A file is opened before anything is sent or read, so that a bad path fails at
once, and replaced in one step when the report is complete.

  table        for people: one screen, the verdict last
  json         for programs: everything; docs/report.schema.json describes it
  html         one file with charts, for a browser; no network
  markdown     for pull requests and the summary of a step
  junit        for CI: a gate is a test case
  csv          for spreadsheets: time slices and tables
  openmetrics  for Prometheus and its like

--save FILE keeps the whole measurement: loadx report FILE makes any of these of it later, and judges further gates. On
GitHub Actions the report is appended to the summary of the step (--step-summary=false turns it off). Output to a pipe, or
with NO_COLOR or CI set, has no colours.
`

// environment is what is read of it.
var environment = []manual.Entry{
	{Term: "NO_COLOR", Text: "when not empty, no colours, and a plain line of progress every ten seconds instead of the live view"},
	{Term: "CI", Text: "has the effect of NO_COLOR"},
	{Term: "TERM", Text: "dumb has the effect of NO_COLOR"},
	{Term: stepSummaryVariable, Text: "the file that GitHub Actions shows with a run: the report is appended as Markdown"},
	{Term: "GOMEMLIMIT", Text: "the soft limit on memory in bytes or as in 256MiB, which loadx otherwise sets itself"},
	{Term: "HTTP_PROXY, HTTPS_PROXY, NO_PROXY", Text: "what --proxy env takes, also in lower case; without that flag no proxy is used"},
}

func environmentTopic() []manual.Part {
	return []manual.Part{
		{Heading: "Description", Text: "Beside the variables that a scenario names as ${NAME} or {env NAME} these are read, and no others:"},
		{Heading: "Environment", Entries: environment},
	}
}
