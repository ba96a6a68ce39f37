package accesslog

import (
	"strings"
	"time"
)

// nginxVars maps nginx variables to what they mean; the families $http_,
// $cookie_ and $sent_http_ are in nginxVar, all others are captured by name.
var nginxVars = map[string]*spec{
	"remote_addr":          &specAddr,
	"realip_remote_addr":   ranked(specAddr, "realip_remote_addr", 1),
	"remote_user":          &specUser,
	"time_local":           &specTimeLocal,
	"time_iso8601":         ranked(specTimeISO, "time_iso8601", 2),
	"msec":                 {kind: kindEpoch, shape: shapeSelf, name: "msec", unit: time.Second, rank: 1},
	"request":              &specRequest,
	"request_method":       &specMethod,
	"request_uri":          &specURI,
	"uri":                  &specPath,
	"document_uri":         ranked(specPath, "document_uri", 0),
	"args":                 &specQuery,
	"query_string":         &specQuery,
	"server_protocol":      &specProto,
	"status":               &specStatus,
	"body_bytes_sent":      &specBytes,
	"bytes_sent":           ranked(specBytes, "bytes_sent", 1),
	"http_referer":         &specReferer,
	"http_user_agent":      &specUserAgent,
	"http_x_forwarded_for": &specForwarded,
	"proxy_add_x_forwarded_for": ranked(specForwarded,
		"proxy_add_x_forwarded_for", 1),
	"host":                       &specHost,
	"http_host":                  ranked(specHost, "http_host", 1),
	"server_name":                ranked(specHost, "server_name", 0),
	"request_time":               specDuration("request_time", time.Second, 2),
	"upstream_response_time":     specDuration("upstream_response_time", time.Second, 1),
	"upstream_addr":              &specUpstream,
	"upstream_status":            {kind: kindExtra, shape: shapeList, name: "upstream_status"},
	"upstream_response_length":   {kind: kindExtra, shape: shapeList, name: "upstream_response_length"},
	"upstream_connect_time":      {kind: kindExtra, shape: shapeList, name: "upstream_connect_time"},
	"upstream_header_time":       {kind: kindExtra, shape: shapeList, name: "upstream_header_time"},
	"upstream_bytes_sent":        {kind: kindExtra, shape: shapeList, name: "upstream_bytes_sent"},
	"upstream_bytes_received":    {kind: kindExtra, shape: shapeList, name: "upstream_bytes_received"},
	"sent_http_content_type":     &specMIME,
	"upstream_http_content_type": ranked(specMIME, "upstream_http_content_type", -1),
}

func nginxVar(name string) *spec {
	if s, ok := nginxVars[name]; ok {
		return s
	}
	for _, family := range [...]struct{ prefix, kind string }{
		{"http_", "header:"}, {"cookie_", "cookie:"}, {"sent_http_", "response:"},
	} {
		if rest, ok := strings.CutPrefix(name, family.prefix); ok && rest != "" {
			return specExtra(canonicalName(family.kind + rest))
		}
	}
	return specExtra(name)
}

// compileNginx compiles the string of a log_format directive. The whole
// directive is taken too: its quoted pieces are joined, and escape= is obeyed.
func compileNginx(def string) (*program, *SpecError) {
	text, at, escapes, err := nginxDirective(def)
	if err != nil {
		return nil, err
	}
	return compileVars(text, at, escapes, nginxVar)
}

// compileVars compiles a text with $variables. at maps an offset in the text to
// one in the format string.
func compileVars(text string, at func(int) int, escapes escape, resolve func(name string) *spec) (*program, *SpecError) {
	var tokens []token
	blanks, tail := false, false
	for i := 0; i < len(text); {
		j := strings.IndexByte(text[i:], '$')
		if j != 0 {
			if j < 0 {
				j = len(text) - i
			}
			tokens = append(tokens, token{lit: text[i : i+j], offset: at(i)})
			i += j
			continue
		}
		name, n := nginxName(text[i+1:])
		if name == "" {
			return nil, &SpecError{Offset: at(i), Reason: "a '$' without the name of a variable",
				Hint: "like $remote_addr or ${remote_addr}"}
		}
		switch s := resolve(name); s {
		case &markBlanks:
			blanks = true
		case &markTail:
			tail = true
		default:
			tokens = append(tokens, token{field: s, offset: at(i), blanks: blanks, tail: tail})
			blanks = false
		}
		i += 1 + n
	}
	return assemble(tokens, escapes)
}

// nginxName reads the name behind a '$' and returns how long it is with its
// braces.
func nginxName(s string) (name string, n int) {
	if strings.HasPrefix(s, "{") {
		end := strings.IndexByte(s, '}')
		if end < 0 {
			return "", 0
		}
		return s[1:end], end + 1
	}
	for n < len(s) && (isAlnum(s[n]) || s[n] == '_') {
		n++
	}
	return s[:n], n
}

const directive = "log_format"

// nginxDirective takes a log_format directive apart. at maps an offset in the
// text that it returns to one in def.
func nginxDirective(def string) (text string, at func(int) int, escapes escape, err *SpecError) {
	at = func(i int) int { return i }
	trimmed := strings.TrimSpace(def)
	if !strings.HasPrefix(trimmed, directive+" ") && !strings.HasPrefix(trimmed, directive+"\t") {
		return def, at, escapeBytes, nil
	}
	escapes = escapeBytes
	var b strings.Builder
	var offsets []int
	words := 0
	for i := strings.Index(def, directive) + len(directive); i < len(def); {
		switch c := def[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ';':
			i++
		case c == '\'' || c == '"':
			end := quotedEnd(def, i)
			if end < 0 {
				return "", nil, 0, &SpecError{Offset: i, Reason: "a quote that is not closed"}
			}
			for j := i + 1; j < end; j++ {
				if def[j] == '\\' && j+1 < end && (def[j+1] == c || def[j+1] == '\\') {
					j++
				}
				b.WriteByte(def[j])
				offsets = append(offsets, j)
			}
			i = end + 1
		default:
			end := i
			for end < len(def) && !strings.ContainsRune(" \t\r\n;", rune(def[end])) {
				end++
			}
			word := def[i:end]
			if value, ok := strings.CutPrefix(word, "escape="); ok {
				if escapes, ok = nginxEscapes[value]; !ok {
					return "", nil, 0, &SpecError{Offset: i, Reason: "unknown " + word, Hint: "default, json or none"}
				}
			} else if words++; words > 1 {
				return "", nil, 0, &SpecError{Offset: i, Reason: "a word outside the quotes"}
			}
			i = end
		}
	}
	at = func(i int) int {
		if i < len(offsets) {
			return offsets[i]
		}
		return len(def)
	}
	return b.String(), at, escapes, nil
}

var nginxEscapes = map[string]escape{"default": escapeBytes, "json": escapeJSON, "none": escapeNone}

// quotedEnd returns the index of the quote that closes the one at i, or −1.
func quotedEnd(s string, i int) int {
	for j := i + 1; j < len(s); j++ {
		switch s[j] {
		case '\\':
			j++
		case s[i]:
			return j
		}
	}
	return -1
}
