package reports_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/reports"
)

// junitElement is what the schemas of Ant (JUnit.xsd) and of Jenkins (junit-10.xsd) both allow, which is narrower than either:
// attributes by name with the form of their values, those that must be there, and the children in their order.
type junitElement struct {
	attributes map[string]string
	required   []string
	children   []string
}

const (
	anyText  = `(?s).*`
	someText = `(?s).+`
	whole    = `\d+`
	seconds  = `\d+\.\d{3}`
)

var junitSchema = map[string]junitElement{
	"testsuites": {children: []string{"testsuite"}},
	"testsuite": {
		attributes: map[string]string{"name": someText, "timestamp": `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`, "hostname": someText, "id": whole,
			"package": someText, "tests": whole, "failures": whole, "errors": whole, "time": seconds},
		required: []string{"name", "timestamp", "hostname", "id", "package", "tests", "failures", "errors", "time"},
		children: []string{"properties", "testcase", "system-out", "system-err"},
	},
	"properties": {children: []string{"property"}},
	"property":   {attributes: map[string]string{"name": someText, "value": anyText}, required: []string{"name", "value"}},
	"testcase": {attributes: map[string]string{"name": someText, "classname": someText, "time": seconds}, required: []string{"name", "classname", "time"},
		children: []string{"error", "failure"}},
	"error":      {attributes: map[string]string{"message": anyText, "type": someText}, required: []string{"type"}},
	"failure":    {attributes: map[string]string{"message": anyText, "type": someText}, required: []string{"type"}},
	"system-out": {}, "system-err": {},
}

// checkJUnit holds a document against the schema, and the counts against what they count.
func checkJUnit(document string) error {
	dec := xml.NewDecoder(strings.NewReader(document))
	type open struct {
		name string
		last int // the last child's place in the order
	}
	var stack []open
	counts, declared := map[string]int{}, map[string]string{}
	for {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		switch el := token.(type) {
		case xml.StartElement:
			name := el.Name.Local
			rule, ok := junitSchema[name]
			if !ok || len(stack) == 0 && name != "testsuites" {
				return fmt.Errorf("no element %s", name)
			}
			if n := len(stack); n > 0 {
				parent := &stack[n-1]
				place := slices.Index(junitSchema[parent.name].children, name)
				if place < parent.last {
					return fmt.Errorf("%s in %s, or not in order", name, parent.name)
				}
				parent.last = place
			}
			seen := map[string]bool{}
			for _, a := range el.Attr {
				form, ok := rule.attributes[a.Name.Local]
				if !ok || !regexp.MustCompile("^(?:"+form+")$").MatchString(a.Value) {
					return fmt.Errorf("%s %s=%q", name, a.Name.Local, a.Value)
				}
				seen[a.Name.Local] = true
				if name == "testsuite" {
					declared[a.Name.Local] = a.Value
				}
			}
			for _, required := range rule.required {
				if !seen[required] {
					return fmt.Errorf("%s without %s", name, required)
				}
			}
			counts[name]++
			stack = append(stack, open{name: name})
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
	for attribute, element := range map[string]string{"tests": "testcase", "failures": "failure", "errors": "error"} {
		if declared[attribute] != strconv.Itoa(counts[element]) {
			return fmt.Errorf("%s=%q of %d", attribute, declared[attribute], counts[element])
		}
	}
	if counts["testsuite"] != 1 || counts["properties"] > 1 || counts["system-out"] != 1 || counts["system-err"] != 1 {
		return errors.New("an element is there too often or not at all")
	}
	return nil
}

// junitReports are of every kind: attacks, logs, comparisons, with gates and without, of traffic and of none, and hostile ones.
func junitReports(t *testing.T) map[string]string {
	empty := profile.NewAttackRecorder(1, profile.Limits{}).Profile()
	by := attackedByText(t)
	documents := map[string]string{}
	for name, r := range map[string]*reports.Report{
		"attack": attacked(t), "log": judged(t, measured(), "pv == 3", "uv == 3"), "runs": comparedRuns(t), "slices": comparedSlices(t),
		"no gate": judged(t, measured()), "no traffic": judged(t, empty), "hostile attack": by[0], "hostile log": by[1], "hostile comparison": comparedByText(t),
	} {
		documents[name] = render(t, "junit", r)
	}
	return documents
}

// Jenkins' schema, in its fourth edition, takes every report. It says nothing of the form of numbers and dates, of what the
// counts count and of what Ant asks for, which is what checkJUnit is for.
func TestJUnitXMLLint(t *testing.T) {
	if _, err := exec.LookPath("xmllint"); err != nil {
		lacking(t, "xmllint", "no schema was asked about the JUnit reports")
	}
	complaint := func(document string) string {
		_, complaint := filter(t, document, "xmllint", "--noout", "--nonet", "--schema", "testdata/jenkins-junit-4.xsd", "-")
		return complaint
	}
	documents := junitReports(t)
	for name, document := range documents {
		if c := complaint(document); c != "" {
			t.Errorf("%s: %s", name, c)
		}
	}
	good := documents["attack"]
	for from, to := range map[string]string{
		` tests="6"`: ``, `<properties>`: `<properties colour="red">`, "<system-out></system-out>": "<system-in></system-in>",
		"</testsuites>": "", `type="fail">errors &lt;`: `type="fail">errors <`, `<testcase name="uv == 5"`: `<testcase nom="uv == 5"`,
	} {
		if bad := strings.Replace(good, from, to, 1); bad == good || complaint(bad) == "" {
			t.Errorf("%s for %s is taken", to, from)
		}
	}
}

func TestJUnitSchema(t *testing.T) {
	documents := junitReports(t)
	for name, document := range documents {
		if err := checkJUnit(document); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := documents["attack"]
	for from, to := range map[string]string{
		`tests="6"`: `tests="5"`, `hostname="localhost" `: ``, `type="fail"`: ``, "<system-out></system-out>": "", `timestamp="2026-11-21T`: `timestamp="2026-11-21 `,
	} {
		if bad := strings.Replace(good, from, to, 1); bad == good || checkJUnit(bad) == nil {
			t.Errorf("%s for %s is taken", to, from)
		}
	}
}

// Gates without data are failures of their own type, and numbers that can't be trusted are an error, whatever the gates.
func TestJUnitVerdicts(t *testing.T) {
	p := sent()
	p.Warn(profile.Warning{Code: "tool_limited", Text: "the tool missed its plan", Invalidates: true})
	var got struct {
		Suite struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Errors   int `xml:"errors,attr"`
			Cases    []struct {
				Name    string    `xml:"name,attr"`
				Error   *struct{} `xml:"error"`
				Failure *struct {
					Type    string `xml:"type,attr"`
					Message string `xml:"message,attr"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(render(t, "junit", judged(t, p, "uv == 5", "pv == 13", "server.p95 < 1s"))), &got); err != nil {
		t.Fatal(err)
	}
	s := got.Suite
	if s.Tests != 4 || s.Failures != 2 || s.Errors != 1 || len(s.Cases) != 4 {
		t.Fatalf("%+v", s)
	}
	if s.Cases[0].Error == nil || s.Cases[1].Failure != nil || s.Cases[2].Failure.Type != "fail" || s.Cases[3].Failure.Type != "no_data" ||
		s.Cases[2].Failure.Message != "actual 12, limit 13" || s.Cases[3].Name != "server.p95 < 1s" {
		t.Errorf("%+v", s.Cases)
	}
	if strings.Contains(render(t, "junit", judged(t, sent())), "<error") {
		t.Error("numbers that can be trusted are an error")
	}
}
