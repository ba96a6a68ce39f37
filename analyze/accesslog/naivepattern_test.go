package accesslog

import (
	"regexp"
	"strings"
)

var naiveConversion = regexp.MustCompile(`%(?:\{([^}]*)\})?>?(\^FB|[A-Za-z])`)

// naiveApache makes a regular expression of an Apache LogFormat, with the names of its fields as nginx has them. The port
// behind a virtual host may be missing.
func naiveApache(def string) (*regexp.Regexp, []string) {
	known := map[string]string{
		"h": "remote_addr", "u": "remote_user", "t": "time_local", "r": "request", "s": "status", "b": "body_bytes_sent", "B": "body_bytes_sent",
		"v": "host", "m": "request_method", "U": "path", "q": "query", "H": "server_protocol", "D": "duration_us",
		"Referer:i": "http_referer", "User-Agent:i": "http_user_agent",
	}
	var names []string
	var b strings.Builder
	at := 0
	for _, m := range naiveConversion.FindAllStringSubmatchIndex(def, -1) {
		lit := def[at:m[0]]
		at = m[1]
		key := def[m[4]:m[5]]
		if m[2] >= 0 {
			key = def[m[2]:m[3]] + ":" + key
		}
		name := known[key]
		if name == "" {
			name = "other"
		}
		names = append(names, name)
		if key == "p" && lit == ":" {
			b.WriteString(`(?::(\d+))?`)
			continue
		}
		b.WriteString(regexp.QuoteMeta(lit))
		switch {
		case key == "t":
			b.WriteString(`\[([^\]]+)\]`)
		case strings.HasSuffix(lit, `"`):
			b.WriteString(`((?:\\.|[^"\\])*)`)
		case key == "v":
			b.WriteString(`([^ ,]+?)`)
		case key == "u": // people have blanks in their names
			b.WriteString(`([^,]*?)`)
		default:
			b.WriteString(`([^ ,]*)`)
		}
	}
	return regexp.MustCompile(`(?s)^[ \t]*` + b.String() + regexp.QuoteMeta(def[at:]) + `(?:[ \t].*)?$`), names
}

var naiveTailPiece = regexp.MustCompile(`[ |][^ |]+`)

var naiveVarName = regexp.MustCompile(`\$\{?([a-z0-9_]+)\}?`)

// naivePattern makes a regular expression of a format with $variables: a value
// in quotes ends at a quote that is not escaped, any other before a blank or
// what follows it.
func naivePattern(def string) (*regexp.Regexp, []string) {
	head, tail, _ := strings.Cut(def, "${optional}")
	var names []string
	convert := func(s string) string {
		var b strings.Builder
		at := 0
		for _, m := range naiveVarName.FindAllStringSubmatchIndex(s, -1) {
			b.WriteString(regexp.QuoteMeta(s[at:m[0]]))
			at = m[1]
			name := s[m[2]:m[3]]
			if name == "blanks" {
				b.WriteString(" *")
				continue
			}
			names = append(names, name)
			switch {
			case m[0] > 0 && s[m[0]-1] == '"' && at < len(s) && s[at] == '"':
				b.WriteString(`((?:\\.|[^"\\])*)`)
			case name == "http_user_agent":
				b.WriteString(`([^|]*)`)
			case name == "remote_user", name == "queues", strings.HasPrefix(name, "upstream") && at < len(s) && s[at] == ' ':
				b.WriteString(`(.+?)`)
			case strings.HasPrefix(name, "time_local"):
				b.WriteString(`([^\]]+)`)
			default:
				b.WriteString(`([^ |]*?)`)
			}
		}
		b.WriteString(regexp.QuoteMeta(s[at:]))
		return b.String()
	}
	p := `(?s)^[ \t]*` + convert(head)
	pieces := naiveTailPiece.FindAllString(tail, -1)
	for _, piece := range pieces {
		p += `(?:` + convert(piece)
	}
	p += strings.Repeat(`)?`, len(pieces))
	return regexp.MustCompile(p + `(?:[ \t|].*)?$`), names
}
