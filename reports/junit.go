package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/gate"
)

// JUnit writes the report as JUnit XML that both schemas in use accept, that of Ant and that of Jenkins. Every gate is a
// test case; one without data is a failure of type no_data. The first test case is the measurement itself: numbers that
// can't be trusted are an error of type invalid, so that a report without gates has a test case too.
func JUnit(w io.Writer, r *Report) error {
	p := r.Profile
	suite := junitSuite{
		Name: legal(junitSuiteName(r)), Timestamp: time.Unix(0, p.FirstTime).UTC().Format("2006-01-02T15:04:05"), Hostname: "localhost", Package: "loadx",
		Time: fmt.Sprintf("%.3f", p.Duration().Seconds()),
	}
	class := "loadx." + string(p.Source)
	if r.Comparison != nil {
		class = "loadx.compare"
		for _, d := range r.Differences {
			suite.Properties = append(suite.Properties, junitProperty{Name: legal(d.Metric), Value: legal(comparedWords(d))})
		}
	}
	for _, m := range profile.Metrics() {
		if v, ok := m.Of(p); ok && r.Comparison == nil {
			suite.Properties = append(suite.Properties, junitProperty{Name: m.Name, Value: v.String()})
		}
	}
	measured := junitCase{Name: "measurement is valid", Class: class, Time: suite.Time}
	if r.Verdict == gate.Invalid {
		why := invalidations(p)
		measured.Error = &junitProblem{Message: legal(why[0]), Type: "invalid", Text: legal(strings.Join(why, "\n"))}
		suite.Errors++
	}
	suite.Cases = append(suite.Cases, measured)
	for _, g := range r.Gates {
		c := junitCase{Name: legal(g.Expr), Class: class + ".gate", Time: "0.000"}
		if g.Verdict != gate.Pass {
			c.Failure = &junitProblem{Message: legal("actual " + g.Actual + ", limit " + g.Limit), Type: g.Verdict.String(), Text: legal(strings.Join(junitWords(g), "\n"))}
			suite.Failures++
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Tests = len(suite.Cases)
	for _, warning := range warningsOf(p) {
		suite.Err += legal(warning.Code+": "+warning.Text) + "\n"
	}
	var b strings.Builder
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", "  ")
	if err := enc.Encode(junitSuites{Suites: []junitSuite{suite}}); err != nil {
		return fmt.Errorf("junit: %w", err)
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// junitWords are what there is to say of a gate that did not pass.
func junitWords(g gate.Result) []string {
	words := []string{g.Expr}
	if g.Note != "" {
		words = append(words, g.Note)
	}
	return append(words, g.Evidence.Words()...)
}

func junitName(p *profile.Profile) string {
	name := "loadx " + string(p.Source)
	for _, s := range []string{p.Name, p.Target} {
		if s != "" {
			name += " " + s
		}
	}
	return name
}

// warningsOf are the warnings of a profile and of what the server's log saw of it.
func warningsOf(p *profile.Profile) []profile.Warning {
	all := p.Warnings
	if p.Seen != nil {
		all = append(all[:len(all):len(all)], p.Seen.Warnings...)
	}
	return all
}

// invalidations say why the numbers can't be trusted; there is at least one.
func invalidations(p *profile.Profile) []string {
	var why []string
	if p.Interrupted {
		why = append(why, "interrupted: the numbers are complete up to there")
	}
	for _, w := range warningsOf(p) {
		if w.Invalidates {
			why = append(why, w.Text)
		}
	}
	if len(why) == 0 {
		why = append(why, "the numbers can't be trusted")
	}
	return why
}

// legal makes text safe to show line by line; what XML can't hold is not left in it either.
func legal(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = safe(line)
	}
	return strings.Join(lines, "\n")
}

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

// A junitSuite has its parts in the order that the schemas ask for.
type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Hostname   string          `xml:"hostname,attr"`
	ID         int             `xml:"id,attr"`
	Package    string          `xml:"package,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Time       string          `xml:"time,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
	Out        string          `xml:"system-out"`
	Err        string          `xml:"system-err"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Error   *junitProblem `xml:"error"`
	Failure *junitProblem `xml:"failure"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}
