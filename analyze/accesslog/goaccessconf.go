package accesslog

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// goaccessPredefined are the names that GoAccess knows for its --log-format,
// with the strings behind them (GoAccess 1.9, src/settings.c).
var goaccessPredefined = map[string]string{
	"COMBINED":     `%h %^[%d:%t %^] "%r" %s %b "%R" "%u"`,
	"VCOMBINED":    `%v:%^ %h %^[%d:%t %^] "%r" %s %b "%R" "%u"`,
	"COMMON":       `%h %^[%d:%t %^] "%r" %s %b`,
	"VCOMMON":      `%v:%^ %h %^[%d:%t %^] "%r" %s %b`,
	"W3C":          `%d %t %^ %m %U %q %^ %^ %h %u %R %s %^ %^ %L`,
	"CLOUDFRONT":   `%d\t%t\t%^\t%b\t%h\t%m\t%v\t%U\t%s\t%R\t%u\t%q\t%^\t%C\t%^\t%^\t%^\t%^\t%T\t%^\t%K\t%k\t%^\t%H\t%^`,
	"CLOUDSTORAGE": `"%x","%h",%^,%^,"%m","%U","%s",%^,"%b","%D",%^,"%R","%u"`,
	"AWSELB":       `%^ %dT%t.%^ %v %h:%^ %^ %^ %T %^ %s %^ %^ %b "%r" "%u" %k %K %^`,
	"AWSALB":       `%^ %dT%t.%^ %v %h:%^ %^ %^ %T %^ %s %^ %^ %b "%r" "%u" %k %K %^`,
	"AWSS3":        `%^ %v [%d:%t %^] %h %^"%r" %s %^ %b %^ %L %^ "%R" "%u"`,
	"SQUID":        `%^ %^ %^ %v %^: %x.%^ %~%L %h %^/%s %b %m %U`,
	"TRAEFIKCLF":   `%h - %e [%d:%t %^] "%r" %s %b "%R" "%u" %^ "%v" "%U" %Lms`,
	"CADDY": `{ "ts": "%x.%^", "request": { "client_ip": "%h", "proto":"%H", "method": "%m", "host": "%v", "uri": "%U", "headers": {"User-Agent": ["%u"], "Referer": ["%R"] }, ` +
		`"tls": { "cipher_suite": "%k", "proto": "%K" } }, "duration": "%T", "size": "%b","status": "%s", "resp_headers": { "Content-Type": ["%M"] } }`,
}

func init() {
	goaccessPredefined["GCS"] = goaccessPredefined["CLOUDSTORAGE"]
	goaccessPredefined["ALB"] = goaccessPredefined["AWSALB"]
	goaccessPredefined["S3"] = goaccessPredefined["AWSS3"]
}

// goaccessTimes are what %d, %t and %x stand for; nil for what GoAccess's own
// formats have there.
type goaccessTimes struct{ date, clock, both *spec }

// usual reports whether "%d:%t %^" is the time of the combined format.
func (g *goaccessTimes) usual() bool { return g.date == nil && g.clock == nil }

// goaccessKeys are the lines of a GoAccess configuration that matter here.
var goaccessKeys = [...]string{"log-format", "date-format", "time-format", "datetime-format"}

// isGoAccessConfig tells lines of a configuration file, or options of the
// command line, from a bare log-format.
func isGoAccessConfig(spec string) bool {
	if _, ok := goaccessPredefined[strings.TrimSpace(spec)]; ok {
		return true
	}
	for line := range strings.SplitSeq(spec, "\n") {
		if _, _, ok := goaccessSetting(line); ok {
			return true
		}
	}
	return false
}

// goaccessSetting reads "log-format VALUE", "--log-format='VALUE'" and the like.
func goaccessSetting(line string) (key, value string, ok bool) {
	line = strings.TrimPrefix(strings.TrimSpace(line), "--")
	for _, key := range goaccessKeys {
		rest, found := strings.CutPrefix(line, key)
		if !found || rest == "" || strings.IndexByte(" \t=", rest[0]) < 0 {
			continue
		}
		value = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(rest), "="))
		if n := len(value); n > 1 && (value[0] == '\'' || value[0] == '"') && value[n-1] == value[0] {
			if inner := value[1 : n-1]; value[0] == '\'' || !strings.Contains(strings.ReplaceAll(inner, `\"`, ""), `"`) {
				value = inner
			}
		}
		return key, value, true
	}
	return "", "", false
}

// compileGoAccessFormat compiles a log-format string, the name of a predefined
// one, or lines of a configuration.
func compileGoAccessFormat(def string) (*Format, *SpecError) {
	format, times := def, &goaccessTimes{}
	if isGoAccessConfig(def) {
		var err *SpecError
		if format, err = times.configure(def); err != nil {
			return nil, err
		}
	}
	if named, ok := goaccessPredefined[strings.TrimSpace(format)]; ok {
		format = named
	}
	f := &Format{name: syntaxGoAccess.String(), def: def, syntax: syntaxGoAccess}
	if strings.HasPrefix(strings.TrimSpace(format), "{") {
		k, err := compileGoAccessJSON(format)
		if err != nil {
			return nil, err
		}
		f.schema, f.codec, f.fast = k.schema(), jsonCodec{k}, jsonCodec{k}.fast
		return f, nil
	}
	pr, err := compileGoAccess(format, times)
	if err != nil {
		err.Offset = max(strings.Index(def, format), 0) + err.Offset
		return nil, err
	}
	f.schema, f.codec, f.fast, f.marked, f.zoneless = pr.schema, pr, pr.fast, true, pr.zoneless()
	return f, nil
}

// configure reads the settings and returns the log-format among them.
func (g *goaccessTimes) configure(def string) (string, *SpecError) {
	format, offset := "", 0
	for line := range strings.SplitAfterSeq(def, "\n") {
		at := offset
		offset += len(line)
		trimmed := strings.TrimSpace(line)
		key, value, ok := goaccessSetting(line)
		switch {
		case trimmed == "" || trimmed[0] == '#':
			continue
		case !ok:
			if _, named := goaccessPredefined[trimmed]; !named {
				return "", &SpecError{Offset: at, Reason: "a line that is no setting", Hint: "log-format, date-format, time-format or datetime-format and a value"}
			}
			format = trimmed
			continue
		case key == "log-format":
			format = value
			continue
		}
		s, err := goaccessTimeFormat(value)
		if err != nil {
			return "", &SpecError{Offset: at, Reason: key + ": " + err.Error(), Hint: "like %d/%b/%Y and %H:%M:%S"}
		}
		switch key {
		case "date-format":
			g.date = s
		case "time-format":
			g.clock = s
		default:
			g.both = s
		}
	}
	if format == "" {
		return "", &SpecError{Offset: 0, Reason: "no log-format among the settings"}
	}
	return format, nil
}

// goaccessTimeFormat compiles GoAccess's strftime: %f is microseconds and %*
// milliseconds since 1970. The formats of the combined log give nil, which
// reads that.
func goaccessTimeFormat(value string) (*spec, error) {
	switch value {
	case "%d/%b/%Y", "%T", "%H:%M:%S":
		return nil, nil
	case "%f":
		return specEpoch(time.Microsecond), nil
	case "%*":
		return specEpoch(time.Millisecond), nil
	}
	l, err := compileLayout(value)
	if err != nil {
		return nil, err
	}
	return &spec{kind: kindTimePart, shape: shapeSelf, name: "time", layout: l}, nil
}

// goaccessJSONKinds maps the letters inside of a JSON log-format.
var goaccessJSONKinds = map[byte]alias{
	'h': {kind: kindAddr}, 'e': {kind: kindUser}, 'x': {kind: kindTime}, 'd': {kind: kindTime}, 'r': {kind: kindRequest},
	'm': {kind: kindMethod}, 'U': {kind: kindPath}, 'q': {kind: kindQuery}, 'H': {kind: kindProto}, 's': {kind: kindStatus},
	'b': {kind: kindBytes}, 'R': {kind: kindReferer}, 'u': {kind: kindUserAgent}, 'v': {kind: kindHost}, 'M': {kind: kindContentType},
	'D': {kind: kindDuration, unit: time.Microsecond}, 'T': {kind: kindDuration, unit: time.Second},
	'L': {kind: kindDuration, unit: time.Millisecond}, 'n': {kind: kindDuration, unit: time.Nanosecond},
}

// compileGoAccessJSON compiles a log-format that is a JSON object: the names
// matter, their order does not. Of a value with several specifiers the first
// that is not skipped says what the whole value is.
func compileGoAccessJSON(format string) (*keyed, *SpecError) {
	var aliases []alias
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(path, e)
			}
		case string:
			for i := 0; i+1 < len(v); i++ {
				if a, ok := goaccessJSONKinds[v[i+1]]; ok && v[i] == '%' {
					a.name = path
					aliases = append(aliases, a)
					return
				}
			}
		}
	}
	if err := walkRaw(json.RawMessage(format), "", 0, walk); err != nil {
		return nil, &SpecError{Reason: "the format is no JSON object: " + safeText(err.Error())}
	}
	if len(aliases) == 0 || len(aliases) > maxAliases {
		return nil, &SpecError{Reason: "no field that an analysis could use", Hint: "like {\"ip\": \"%h\", \"status\": \"%s\"}"}
	}
	return newKeyed(&keyed{aliases: aliases}), nil
}

// walkRaw calls visit with the path and the value of each member, in order;
// the members of nested objects take the place of these.
func walkRaw(raw json.RawMessage, path string, depth int, visit func(string, any)) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	tok, err := d.Token()
	if err != nil {
		return err
	}
	if tok != json.Delim('{') || depth == maxDepth {
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			return err
		}
		visit(path, v)
		return nil
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var member json.RawMessage
		if err := d.Decode(&member); err != nil {
			return err
		}
		at := name.(string)
		if path != "" {
			at = path + "." + at
		}
		if err := walkRaw(member, at, depth+1, visit); err != nil {
			return err
		}
	}
	return nil
}
