package accesslog

import (
	"strings"

	"github.com/loadx/loadx/profile/spelling"
)

// builtin is one row of the table of formats.
type builtin struct {
	name   string
	syntax syntax
	def    string
	fast   fastPath
}

// builtins lists the known formats. Of two that fit a log equally well, Detect
// takes the one with more fields, then the earlier one.
var builtins = []builtin{
	{"combined", syntaxApache, `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`, fastCombined},
	{"common", syntaxApache, `%h %l %u %t "%r" %>s %b`, fastCommon},
	{"vhost_combined", syntaxApache, `%v:%p %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`, nil},
	{"nginx_main", syntaxNginx, `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for"`, fastNginxMain},
}

var compiled = compileBuiltins()

func compileBuiltins() []*Format {
	formats := make([]*Format, len(builtins))
	for i, b := range builtins {
		f, err := compile(b.syntax, b.def)
		if err != nil {
			panic("BUG: built-in format " + b.name + ": " + err.Error())
		}
		f.name, f.fast = b.name, b.fast
		formats[i] = f
	}
	return formats
}

// Formats returns the built-in formats. They are shared and immutable.
func Formats() []*Format { return append([]*Format(nil), compiled...) }

// compile compiles a definition in the given language.
func compile(s syntax, def string) (*Format, *SpecError) {
	var pr *program
	var err *SpecError
	switch s {
	case syntaxNginx:
		pr, err = compileNginx(def)
	case syntaxApache:
		pr, err = compileApache(def)
	default:
		pr, err = compileGoAccess(def)
	}
	if err != nil {
		return nil, err
	}
	return &Format{name: s.String(), def: def, syntax: s, schema: pr.schema, codec: pr}, nil
}

// maxSpec bounds a format string, in bytes.
const maxSpec = 64 << 10

// Parse returns the format that spec names or defines: the name of a built-in
// format, or a format string as it stands in the configuration of nginx
// (log_format), Apache (LogFormat) or GoAccess (log-format). A prefix nginx:,
// apache: or goaccess: names the language; without one '$' means nginx, "%^"
// GoAccess and any other '%' Apache. The error is a *SpecError.
func Parse(spec string) (*Format, error) {
	trimmed := strings.TrimSpace(spec)
	for _, f := range compiled {
		if f.name == trimmed {
			return f, nil
		}
	}
	if len(spec) > maxSpec {
		return nil, &SpecError{Spec: spec[:maxSpec], Reason: "longer than 64 KiB"}
	}
	lang, def, ok := language(spec)
	if !ok {
		return nil, &SpecError{Spec: spec, Reason: "no format of that name" + suggestion(trimmed),
			Hint: "a name that `loadx formats` lists, or a string with $variables (nginx) or %letters (Apache, GoAccess)"}
	}
	f, err := compile(lang, def)
	if err != nil {
		err.Spec = def
		return nil, err
	}
	for _, b := range compiled {
		if b.syntax == f.syntax && b.def == f.def {
			return b, nil
		}
	}
	return f, nil
}

// language tells the language of a format string and cuts off its prefix.
func language(spec string) (s syntax, def string, ok bool) {
	for s, name := range syntaxNames {
		if def, found := strings.CutPrefix(spec, name+":"); found {
			return syntax(s), def, true
		}
	}
	switch {
	case strings.Contains(spec, "%^FB"), strings.Contains(spec, "%^ti"), strings.Contains(spec, "%^to"):
		return syntaxApache, spec, true
	case strings.Contains(spec, "$"):
		return syntaxNginx, spec, true
	case strings.Contains(spec, "%^"):
		return syntaxGoAccess, spec, true
	case strings.Contains(spec, "%"):
		return syntaxApache, spec, true
	}
	return 0, "", false
}

// suggestion names the built-in format that a misspelled name is near to.
func suggestion(name string) string {
	var names []string
	for _, f := range compiled {
		names = append(names, f.name)
	}
	best := spelling.Nearest(name, names)
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}
