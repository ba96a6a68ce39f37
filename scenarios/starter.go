package scenarios

import (
	"bytes"
	_ "embed" // the starter's text
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"strings"
	texttemplate "text/template"
	"unicode/utf8"

	"github.com/loadx/loadx/scenarios/traffic"
)

//go:embed starter.tmpl
var starterText string

var starterTemplate = texttemplate.Must(texttemplate.New("starter").Parse(starterText))

// Starter returns the text of a small, commented scenario to start from. It sends 1,000 page views of 250 users in 10 s
// to the address, which is what `attack` takes: an http or https URL, whose path and query may be a template, or unix:PATH.
// Schema is where editors find the JSON Schema: a URL, or a path relative to the file.
//
// The scenario parses and its Plan does not fail. Of opts the environment is used, for what the address takes from it; the
// text holds the address as written. The error is an *Error about the address. The caller owns the bytes.
func Starter(address, schema string, opts Options) ([]byte, error) {
	if !utf8.ValidString(address) || strings.ContainsAny(schema, "\r\n") {
		return nil, errors.New("scenario: the URL is not UTF-8 text, or the schema's place is more than a line")
	}
	name := address
	if u, err := url.Parse(address); err == nil && u.User != nil {
		name = u.Redacted()
	}
	target, page := splitPage(address)
	s, err := New(name, opts)
	if err != nil {
		return nil, err
	}
	s.Target, s.Pages, s.Traffic = target, []Page{{URL: page}}, Traffic{PV: 1}
	s.MaxRate = true
	if _, err := s.Plan(traffic.Shard{}); err != nil {
		return nil, err
	}
	site := strings.TrimPrefix(strings.TrimPrefix(target, "http://"), "https://")
	var b bytes.Buffer
	err = starterTemplate.Execute(&b, struct {
		Schema, Site, Name, Target, Page string
		TLS                              bool
	}{schema, safeText(target), yamlText(site), yamlText(target), yamlText(page), strings.HasPrefix(target, "https://")})
	if err != nil {
		panic("BUG: scenarios: starter: " + err.Error())
	}
	if _, err := Parse(name, b.Bytes(), opts); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// splitPage splits an address into the target and the page of a scenario.
func splitPage(address string) (target, page string) {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok || strings.HasPrefix(address, unixScheme) {
		return address, "/"
	}
	host := strings.IndexAny(rest+"/", "/?#")
	if page = rest[host:]; !strings.HasPrefix(page, "/") {
		page = "/" + page
	}
	return scheme + "://" + rest[:host], page
}

// plainText is what YAML takes as text without quotes, wherever it stands.
var plainText = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9/._~%=&+?:-]*[A-Za-z0-9/_~%=&+?-]$|^/$`)

// yamlText writes text as a YAML scalar: as it is where that is safe, else as JSON, which YAML contains.
func yamlText(text string) string {
	if plainText.MatchString(text) {
		return text
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic("BUG: scenarios: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}
