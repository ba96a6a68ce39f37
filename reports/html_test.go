package reports_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/printable"
	"github.com/loadx/loadx/profile/uv"
	"github.com/loadx/loadx/reports"
)

// pageElements and pageAttributes are all that a page may consist of.
var (
	pageElements = strings.Fields(`html head meta title style body a header div p h1 br button main ul li section h2 dl dt dd noscript figure figcaption
		strong details summary label input span table caption thead tbody tr th td script`)
	pageAttributes = strings.Fields(`lang charset http-equiv content name class href id type hidden aria-labelledby tabindex role scope title data-order
		autocomplete spellcheck`)
)

// A parsedPage is what a reader of HTML finds.
type parsedPage struct {
	text            string
	styles, scripts []string
	data, policy    string
	odd             []string
}

func parsePage(t testing.TB, page string) parsedPage {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var p parsedPage
	for n := range root.Descendants() {
		if n.Type == html.CommentNode {
			p.odd = append(p.odd, "comment "+n.Data)
		}
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "script" {
			p.text += n.Data + "\n"
		}
		if n.Type != html.ElementNode {
			continue
		}
		if !contains(pageElements, n.Data) {
			p.odd = append(p.odd, "element "+n.Data)
		}
		attributes := map[string]string{}
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
			if !contains(pageAttributes, a.Key) || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				p.odd = append(p.odd, n.Data+" "+a.Key+"="+a.Val)
			}
		}
		switch {
		case n.Data == "style":
			p.styles = append(p.styles, n.FirstChild.Data)
		case n.Data == "script" && attributes["type"] == "application/json":
			p.data = n.FirstChild.Data
		case n.Data == "script":
			p.scripts = append(p.scripts, n.FirstChild.Data)
		case n.Data == "meta" && attributes["http-equiv"] == "Content-Security-Policy":
			p.policy = attributes["content"]
		}
	}
	return p
}

func contains(all []string, s string) bool {
	for _, x := range all {
		if x == s {
			return true
		}
	}
	return false
}

// A page consists of its own elements alone whatever it shows, loads nothing, and allows no script or style but its own.
func TestHTMLHostile(t *testing.T) {
	for _, r := range attackedByText(t) {
		p := parsePage(t, render(t, "html", r))
		if len(p.odd) > 0 {
			t.Errorf("%q", p.odd)
		}
		for _, text := range hostile {
			if !strings.Contains(p.text, printable.Text(text)) {
				t.Errorf("lost: %q", printable.Text(text))
			}
		}
		if len(p.styles) != 1 || len(p.scripts) != 1 {
			t.Fatalf("%d styles, %d scripts", len(p.styles), len(p.scripts))
		}
		hash := func(s string) string {
			sum := sha256.Sum256([]byte(s))
			return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		}
		want := "default-src 'none'; script-src " + hash(p.scripts[0]) + "; style-src " + hash(p.styles[0]) + "; base-uri 'none'; form-action 'none'"
		if p.policy != want {
			t.Errorf("%s, want %s", p.policy, want)
		}
		if strings.ContainsAny(p.data, "<>&\u2028\u2029") {
			t.Errorf("the data are not escaped")
		}
		if address := regexp.MustCompile(`url\(|@import|\bfetch\(|XMLHttpRequest|WebSocket|\beval\(`).FindString(p.styles[0] + p.scripts[0]); address != "" {
			t.Errorf("the page may load something: %s", address)
		}
		if !strings.Contains(p.scripts[0], "Permission is hereby granted, free of charge") {
			t.Error("uPlot's licence is not there")
		}
	}
}

// The charts have the numbers of the profile, in base units.
func TestHTMLCharts(t *testing.T) {
	type chart struct {
		ID, Title, Unit string
		X               []float64
		Offsets         []int
		Series          []struct {
			Label  string
			Values []*float64
		}
	}
	charts := func(r *reports.Report) map[string]chart {
		var all []chart
		if err := json.Unmarshal([]byte(parsePage(t, render(t, "html", r)).data), &all); err != nil {
			t.Fatal(err)
		}
		byID := map[string]chart{}
		for _, c := range all {
			byID[c.ID] = c
		}
		return byID
	}
	got := charts(attacked(t))
	for _, want := range []struct {
		chart, series string
		values        []float64
	}{
		{"traffic", "PV", []float64{2, 2, 2, 2, 2, 2, 0}},
		{"traffic", "new UV", []float64{2, 2, 1, 0, 0, 0, 0}},
		{"visitors", "UV so far", []float64{2, 4, 5, 5, 5, 5, 5}},
		{"rate", "asked", []float64{2, 2, 2, 2, 2, 2, 1}},
		{"rate", "achieved", []float64{2, 2, 2, 2, 2, 2, 0}},
		{"status", "2xx", []float64{2, 2, 2, 2, 2, 0, 0}},
		{"status", "5xx", []float64{0, 0, 0, 0, 0, 2, 0}},
		{"status", "errors", []float64{0, 0, 0, 0, 0, 2, 0}},
		{"response", "p99", []float64{0.011, 0.013, 0.015, 0.017, 0.019, 0.021, -1}},
		{"service", "p50", []float64{0.009, 0.011, 0.013, 0.015, 0.017, 0.019, -1}},
	} {
		found := false
		for _, s := range got[want.chart].Series {
			if s.Label != want.series {
				continue
			}
			found = len(s.Values) == len(want.values)
			for i, v := range s.Values {
				switch w := want.values[i]; {
				case w < 0 && v != nil, w >= 0 && (v == nil || *v < w*0.99 || *v > w*1.01):
					t.Errorf("%s %s: %v at %d, want %v", want.chart, want.series, v, i, w)
				}
			}
		}
		if !found {
			t.Errorf("no %s %s of %d", want.chart, want.series, len(want.values))
		}
	}
	if n := len(got["status"].Series); n != 3 {
		t.Errorf("%d classes of status, of which 2xx, 5xx and errors occurred", n)
	}
	if c := got["distribution"]; len(c.Series) != 3 || *c.Series[0].Values[0] > 0.0101 || *c.Series[0].Values[len(c.X)-1] < 0.0199 {
		t.Errorf("%+v", c)
	}
	hours := profile.NewLogRecorder(time.UTC, profile.Limits{})
	for i, user := range []string{"a", "b", "a", "c", "b", "a"} {
		hours.Add(&profile.Hit{Time: start.Add(time.Duration(i/2) * time.Hour).UnixNano(), Visitor: uv.HashString(user), HasVisitor: true, PageView: true, Page: []byte("/"), Status: 200,
			Server: time.Duration(i+1) * time.Second, HasServer: true})
	}
	logged := charts(judged(t, hours.Profile()))
	if c := logged["server"]; len(c.X) != 3 || len(c.Series) != 3 || *c.Series[0].Values[0] != 1 || *c.Series[1].Values[2] != 6 || c.X[2] != float64(start.Unix()+7200) {
		t.Errorf("%+v", c)
	}
	if c := logged["visitors"]; len(c.X) != 3 || *c.Series[0].Values[0] != 2 || *c.Series[0].Values[len(c.X)-1] != 3 {
		t.Errorf("%+v", c)
	}
	day := charts(judged(t, measured()))["day"]
	if len(day.X) != 1 || day.X[0] != float64(start.Unix()-10*3600) || *day.Series[0].Values[0] != 3 || *day.Series[1].Values[0] != 2 || day.Offsets[0] != 0 {
		t.Errorf("%+v", day)
	}
}

// bulky is what every page has alike.
var bulky = regexp.MustCompile(`(?s)<style>.*?</style>|<script>.*?</script>|sha256-[A-Za-z0-9+/=]+`)

// skeleton is a page without its styles, scripts and their hashes.
func skeleton(page string) string { return bulky.ReplaceAllString(page, "…") }
