package reports

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the page's parts
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/gate"
)

// The parts of the page. uPlot is the work of others, see its licence beside it, which every page carries.
var (
	//go:embed assets/report.gohtml
	pageSource string
	//go:embed assets/report.css
	pageStyle string
	//go:embed assets/report.js
	pageScript string
	//go:embed assets/uPlot.min.css
	plotStyle string
	//go:embed assets/uPlot.iife.min.js
	plotScript string
	//go:embed assets/uPlot.LICENSE
	plotLicence string
)

// What all pages have alike, and the policy that allows it alone.
var (
	wholeStyle  = plotStyle + "\n" + pageStyle
	wholeScript = "/*! uPlot\n" + plotLicence + "*/\n" + plotScript + "\n" + pageScript
	pagePolicy  = "default-src 'none'; script-src " + sourceHash(wholeScript) + "; style-src " + sourceHash(wholeStyle) + "; base-uri 'none'; form-action 'none'"
)

var pageTemplate = template.Must(template.New("report").Parse(pageSource))

// maxPageRows is how many of the heaviest rows a table of the page holds: more than one reads, few enough to search.
const maxPageRows = 200

// maxOpenRows is how long a table by time can be and still be open when the page is.
const maxOpenRows = 48

// HTML writes the report as one page that works from disk: it holds all that it shows, asks no network for anything, and
// its Content-Security-Policy forbids that, as well as every script and style but its own. Text from outside reaches it
// through html/template and encoding/json alone.
func HTML(w io.Writer, r *Report) error {
	charts := chartsOf(r, r.Profile)
	if r.Comparison != nil {
		charts = comparisonCharts(r.Comparison)
	}
	// Every text in the charts is of the program itself or made safe, and json escapes <, >, & and line separators.
	data, err := json.Marshal(charts)
	if err != nil {
		return fmt.Errorf("html: %w", err)
	}
	page := htmlPage{
		Policy: pagePolicy, Style: template.CSS(wholeStyle), Script: template.JS(wholeScript), Data: template.JS(data),
		Title: fit(junitName(r.Profile), maxCellText), Name: fit(r.Profile.Name, maxCellText), Target: fit(r.Profile.Target, maxCellText), What: strings.ReplaceAll(string(r.Profile.Source), "_", " "), When: period(r.Profile),
		Verdict: string(r.Verdict), Headline: headline(r), Figures: keyFigures(r.Profile), Charts: charts,
		Definitions: definitions(r.Profile),
	}
	if r.Comparison != nil {
		comparisonPage(r, &page)
	}
	if r.Verdict == gate.Invalid {
		page.Invalid = invalidations(r.Profile)
	}
	if r.Profile.Aborted != "" {
		page.Invalid = append(page.Invalid, "stopped before its end: "+r.Profile.Aborted)
	}
	for i, why := range page.Invalid {
		page.Invalid[i] = fit(why, maxCellText)
	}
	var all []htmlTable
	for _, s := range sheetsOf(r, max(r.top(), maxPageRows)) {
		t := newHTMLTable(&s)
		switch s.id {
		case "gate", "warning", "difference", "page_difference":
			page.First = append(page.First, t)
		case "figure":
			all = append(all, t) // the key figures are above already
		default:
			page.Tables = append(page.Tables, t)
		}
	}
	page.Tables = append(page.Tables, all...)
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, page); err != nil {
		return fmt.Errorf("html: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// sourceHash names an inline script or style in a Content-Security-Policy (CSP Level 3, section 2.3.1).
func sourceHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

type htmlPage struct {
	Policy            string
	Style             template.CSS
	Script, Data      template.JS
	Title             string
	Name, Target      string
	What, When        string
	Verdict, Headline string
	Invalid           []string
	Figures           []htmlFigure
	Charts            []chart
	First, Tables     []htmlTable
	Definitions       []htmlDefinition
}

// An htmlFigure has the metric's name, and of a comparison what it was and the verdict.
type htmlFigure struct{ Name, Title, Value, Planned, Error, Doc, Was, Verdict string }

type htmlDefinition struct{ Term, Text string }

type htmlTable struct {
	ID, Title, Note, KeyTitle string
	Columns                   []htmlColumn
	Rows                      []htmlRow
	Defined                   bool
	// Searchable tables are long, Closed ones are longer or of lesser interest.
	Searchable, Closed bool
}

type htmlColumn struct {
	Title, Doc string
	Numeric    bool
}

type htmlRow struct {
	Key, Doc string
	Rest     bool
	Cells    []htmlCell
}

// An htmlCell is shown as Text and sorted by Order.
type htmlCell struct {
	Text, Error, Order, Class string
}

// wordy is from how many bytes on a text is a sentence, which needs room to be read on a phone.
const wordy = 30

// longSheets are shown by charts before they are by numbers.
var longSheets = []string{"slice", profile.Minute.String(), profile.Hour.String(), profile.Day.String(), profile.Month.String()}

func newHTMLTable(s *sheet) htmlTable {
	t := htmlTable{ID: s.id, Title: s.title, Note: s.note, KeyTitle: s.keyTitle, Defined: s.defined(), Searchable: len(s.rows) > 8}
	t.Closed = strings.HasPrefix(s.id, "seen.") || s.id == "slice" || slices.Contains(longSheets, s.id) && len(s.rows) > maxOpenRows
	for i, c := range s.columns {
		t.Columns = append(t.Columns, htmlColumn{Title: c.title, Doc: c.doc,
			Numeric: slices.ContainsFunc(s.rows, func(row sheetRow) bool { return row.cells[i].figure != nil })})
	}
	for _, row := range s.rows {
		out := htmlRow{Key: fit(row.key, maxCellText), Doc: row.doc, Rest: row.rest}
		for i, c := range row.cells {
			out.Cells = append(out.Cells, newHTMLCell(c, t.Columns[i].Numeric))
		}
		t.Rows = append(t.Rows, out)
	}
	return t
}

func newHTMLCell(c cell, numeric bool) htmlCell {
	out := htmlCell{Text: c.String(), Error: c.certainty()}
	if c.figure != nil {
		out.Order = decimal(c.figure.Number)
	}
	switch {
	case numeric:
		out.Class = "number"
	case slices.Contains([]string{"pass", "fail", "no_data", "agrees", "differs", "better", "worse", "changed", "same", "inconclusive"}, c.text):
		out.Class = "word " + c.text
	case len(c.text) > wordy:
		out.Class = "words"
	}
	return out
}

// period says when the traffic was and how long.
func period(p *profile.Profile) string {
	s := profile.Duration(p.Duration())
	if p.FirstTime == 0 {
		return s
	}
	zone := time.UTC
	if p.Calendar != nil {
		zone = p.Calendar.Zone()
	}
	return clock(p.FirstTime, zone) + " to " + clock(p.LastTime, zone) + " " + zone.String() + ", " + s
}

// keyFigures are the few that a reader wants first.
func keyFigures(p *profile.Profile) []htmlFigure {
	names := []string{"pv", "uv", "rate", "errors", "p50", "p95", "p99", "dropped"}
	if p.Source == profile.AccessLog {
		names = []string{"hits", "pv", "uv", "clients", "errors", "bots", "p50", "p95"}
	}
	var all []htmlFigure
	for _, name := range names {
		m, err := profile.FindMetric(name)
		if err != nil {
			panic("BUG: reports: " + err.Error())
		}
		v, ok := m.Of(p)
		if !ok {
			continue
		}
		switch {
		case name == "pv" && p.Definitions.PV != "":
			m.Doc = fit(p.Definitions.PV, maxCellText)
		case name == "uv" && p.Definitions.UV != "":
			m.Doc = fit(p.Definitions.UV, maxCellText)
		}
		c := figure(v)
		f := htmlFigure{Name: name, Title: metricWords(name), Value: c.String(), Error: c.certainty(), Doc: m.Doc}
		if f.Error == "" && (name == "uv" || name == "clients") {
			f.Error = "exact"
		}
		if v, ok := m.Planned(p); ok {
			f.Planned = value(v)
		}
		all = append(all, f)
	}
	return all
}

// definitions say what the words mean in a profile.
func definitions(p *profile.Profile) []htmlDefinition {
	d := p.Definitions
	hash, loss := "", ""
	if p.Planned != nil {
		hash = p.Planned.Hash
	}
	if l := p.Lines; l != nil {
		loss = fmt.Sprintf("%s read = %s parsed + %s filtered + %s comments + %s bad", grouped(l.Read), grouped(l.Parsed), grouped(l.Filtered), grouped(l.Comments), grouped(l.Bad))
	}
	var all []htmlDefinition
	for _, x := range []htmlDefinition{
		{"PV, page view", d.PV}, {"UV, unique visitor", d.UV}, {"visitor key", d.VisitorKey}, {"time zone", d.Zone}, {"lines", loss},
		{"log formats", strings.Join(d.Formats, ", ")}, {"filter", d.Filter}, {"client address", d.Client}, {"paths", d.Paths},
		{"visitors hashed with secret", d.Secret}, {"plan", hash}, {"measured part", scope(p)},
		{"~ and ±", "an estimate with the half width of its 95 % interval; everything else is counted"},
		{"≥", "a lower bound: the table had no place for the row at first"},
	} {
		if x.Text != "" {
			all = append(all, htmlDefinition{x.Term, fit(x.Text, maxCellText)})
		}
	}
	return all
}
