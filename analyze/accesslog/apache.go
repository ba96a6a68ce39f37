package accesslog

import (
	"strings"
	"time"
)

// apacheFields maps the letters of Apache's mod_log_config to what they mean.
var apacheFields = map[byte]*spec{
	'h': &specAddr,
	'a': ranked(specAddr, "client_addr", 1),
	'A': specExtra("server_addr"),
	'l': specExtra("ident"),
	'u': &specUser,
	'r': &specRequest,
	'm': &specMethod,
	'U': &specPath,
	'q': {kind: kindQuery, name: "query", mark: true},
	'H': &specProto,
	's': &specStatus,
	'b': &specBytes,
	'B': ranked(specBytes, "body_bytes", 3),
	'O': ranked(specBytes, "bytes_sent", 1),
	'I': specExtra("bytes_received"),
	'S': specExtra("bytes_transferred"),
	'v': &specHost,
	'V': ranked(specHost, "canonical_host", 1),
	'p': specExtra("server_port"),
	'D': specDuration("duration_us", time.Microsecond, 4),
	'T': specDuration("duration_s", time.Second, 1),
	'f': specExtra("filename"),
	'k': specExtra("keepalive_requests"),
	'L': specExtra("log_id"),
	'P': specExtra("pid"),
	'R': specExtra("handler"),
	'X': specExtra("connection_status"),
}

// apacheHeaders maps the request headers that a record has a field for.
var apacheHeaders = map[string]*spec{
	"referer":         &specReferer,
	"user-agent":      &specUserAgent,
	"x-forwarded-for": &specForwarded,
	"host":            ranked(specHost, "header:host", 0),
}

// compileApache compiles the string of a LogFormat or CustomLog directive; the
// whole directive is taken too.
func compileApache(def string) (*program, *SpecError) {
	c := apacheSpec{def: def}
	text, shift := apacheDirective(def)
	c.text, c.shift = text, shift
	var tokens []token
	for c.pos < len(c.text) {
		tok, err := c.next()
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, tok...)
	}
	return assemble(joinHostPort(tokens), escapeBytes)
}

// apacheSpec reads an Apache format string.
type apacheSpec struct {
	def   string
	text  string
	shift int // where text starts in def
	pos   int
}

// apacheDirective cuts the quoted string out of a directive.
func apacheDirective(def string) (text string, shift int) {
	trimmed := strings.TrimSpace(def)
	if strings.HasPrefix(trimmed, "LogFormat") || strings.HasPrefix(trimmed, "CustomLog") {
		if i := strings.IndexByte(def, '"'); i >= 0 {
			if end := quotedEnd(def, i); end > 0 {
				return def[i+1 : end], i + 1
			}
		}
	}
	return def, 0
}

// next reads one literal or field.
func (c *apacheSpec) next() ([]token, *SpecError) {
	start := c.pos
	at := c.shift + start
	switch ch := c.text[start]; {
	case ch == '\\' && start+1 < len(c.text):
		c.pos += 2
		lit := c.text[start+1 : start+2]
		switch lit {
		case "t":
			lit = "\t"
		case "n":
			lit = "\n"
		}
		return []token{{lit: lit, offset: at}}, nil
	case ch != '%' || strings.HasPrefix(c.text[start:], "%%"):
		c.pos++
		if ch == '%' {
			c.pos++
		}
		return []token{{lit: string(ch), offset: at}}, nil
	}
	c.pos++
	modifier := c.skip("<>!,0123456789")
	arg, hasArg := "", false
	if strings.HasPrefix(c.text[c.pos:], "{") {
		end := strings.IndexByte(c.text[c.pos:], '}')
		if end < 0 {
			return nil, &SpecError{Offset: c.shift + c.pos, Reason: "a '{' that is not closed"}
		}
		arg, hasArg = c.text[c.pos+1:c.pos+end], true
		c.pos += end + 1
		modifier += c.skip("<>")
	}
	if c.pos == len(c.text) {
		return nil, &SpecError{Offset: at, Reason: "a '%' without a letter", Hint: "a plain per cent sign is %%"}
	}
	letter := c.text[c.pos : c.pos+1]
	c.pos++
	if letter == "^" {
		if c.pos+2 > len(c.text) {
			return nil, &SpecError{Offset: at, Reason: "%^ without its two letters", Hint: "%^FB, %^ti or %^to"}
		}
		letter += c.text[c.pos : c.pos+2]
		c.pos += 2
	}
	return c.field(letter, arg, hasArg, modifier, at)
}

func (c *apacheSpec) skip(set string) string {
	start := c.pos
	for c.pos < len(c.text) && strings.IndexByte(set, c.text[c.pos]) >= 0 {
		c.pos++
	}
	return c.text[start:c.pos]
}

// field makes the tokens of one conversion.
func (c *apacheSpec) field(letter, arg string, hasArg bool, modifier string, at int) ([]token, *SpecError) {
	one := func(s *spec) ([]token, *SpecError) { return []token{{field: s, offset: at}}, nil }
	switch letter {
	case "t":
		return apacheTime(arg, hasArg, at)
	case "i":
		if s, ok := apacheHeaders[strings.ToLower(arg)]; ok {
			return one(s)
		}
		return one(specExtra(canonicalName("header:" + arg)))
	case "o":
		if strings.EqualFold(arg, "Content-Type") {
			return one(&specMIME)
		}
		return one(specExtra(canonicalName("response:" + arg)))
	case "C":
		return one(specExtra("cookie:" + arg))
	case "e":
		return one(specExtra("env:" + arg))
	case "n":
		return one(specExtra("note:" + arg))
	case "x", "c":
		return one(specExtra("ssl:" + arg))
	case "^FB":
		return one(specExtra("first_byte_us"))
	case "^ti", "^to":
		return one(specExtra("trailer:" + arg))
	case "s":
		if !strings.Contains(modifier, ">") {
			return one(ranked(specStatus, "original_status", 1))
		}
		return one(&specStatus)
	case "T":
		switch arg {
		case "ms":
			return one(specDuration("duration_ms", time.Millisecond, 3))
		case "us":
			return one(specDuration("duration_us", time.Microsecond, 4))
		}
	case "a":
		if arg == "c" {
			return one(ranked(specAddr, "peer_addr", 0))
		}
	case "p":
		if hasArg && arg != "canonical" {
			return one(specExtra(arg + "_port"))
		}
	}
	if s, ok := apacheFields[letter[0]]; ok && len(letter) == 1 {
		return one(s)
	}
	return nil, &SpecError{Offset: at, Reason: "unknown conversion %" + safeText(letter),
		Hint: "known are %h %a %l %u %t %r %m %U %q %H %>s %b %B %O %I %D %T %v %p %{Header}i %{Cookie}C and Apache's others"}
}

// apacheTime makes the tokens of %t: with the brackets that Apache writes, or
// of %{format}t.
func apacheTime(arg string, hasArg bool, at int) ([]token, *SpecError) {
	arg = strings.TrimPrefix(strings.TrimPrefix(arg, "begin:"), "end:")
	if !hasArg || arg == "" {
		return []token{{lit: "[", offset: at}, {field: &specTimeLocal, offset: at}, {lit: "]", offset: at}}, nil
	}
	part := func(want, piece string, op layoutOp) ([]token, *SpecError) {
		return []token{{offset: at, field: &spec{kind: kindTimePart, shape: shapeSelf, name: "time",
			layout: layout{ops: []layoutOp{op}, pieces: []string{piece}, want: want}}}}, nil
	}
	switch arg {
	case "sec":
		return part("a number of seconds since 1970", pieceSeconds, secondsOp)
	case "msec":
		return []token{{field: specEpoch(time.Millisecond), offset: at}}, nil
	case "usec":
		return []token{{field: specEpoch(time.Microsecond), offset: at}}, nil
	case "msec_frac":
		return part("the fraction of a second", pieceMillis, fraction)
	case "usec_frac":
		return part("the fraction of a second", pieceMicros, fraction)
	}
	l, err := compileLayout(arg)
	if err != nil {
		return nil, &SpecError{Offset: at, Reason: err.Error(), Hint: "like %{%d/%b/%Y:%H:%M:%S %z}t"}
	}
	if arg == "%d/%b/%Y:%H:%M:%S %z" || arg == "%d/%b/%Y:%T %z" {
		return []token{{field: &specTimeLocal, offset: at}}, nil
	}
	return []token{{offset: at, field: &spec{kind: kindTimePart, shape: shapeSelf, name: "time", layout: l}}}, nil
}

// joinHostPort makes one field of %v:%p and a space, so that a host without a
// port is taken as well.
func joinHostPort(tokens []token) []token {
	var out []token
	for i := 0; i < len(tokens); i++ {
		if i+3 < len(tokens) && tokens[i].field != nil && tokens[i].field.kind == kindHost &&
			tokens[i+1].lit == ":" && tokens[i+2].field != nil && tokens[i+2].field.name == "server_port" &&
			tokens[i+3].lit == " " {
			f := *tokens[i].field
			f.kind = kindHostPort
			out = append(out, token{field: &f, offset: tokens[i].offset})
			i += 2
			continue
		}
		out = append(out, tokens[i])
	}
	return out
}

func safeText(s string) string {
	var b strings.Builder
	for i := range len(s) {
		writeSafe(&b, s[i])
	}
	return b.String()
}
