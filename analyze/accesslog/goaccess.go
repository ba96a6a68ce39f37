package accesslog

import (
	"strings"
	"time"
)

// goaccessFields maps the letters of GoAccess's log-format to what they mean.
var goaccessFields = map[byte]*spec{
	'h': &specAddr,
	'e': &specUser,
	'r': &specRequest,
	'm': &specMethod,
	'U': &specPath,
	'q': &specQuery,
	'H': &specProto,
	's': &specStatus,
	'b': &specBytes,
	'R': &specReferer,
	'u': &specUserAgent,
	'v': &specHost,
	'M': &specMIME,
	'C': specExtra("cache_status"),
	'K': specExtra("ssl_protocol"),
	'k': specExtra("ssl_cipher"),
	'D': specDuration("duration_us", time.Microsecond, 3),
	'T': specDuration("duration_s", time.Second, 1),
	'L': specDuration("duration_ms", time.Millisecond, 2),
	'n': specDuration("duration_ns", time.Nanosecond, 4),
	'^': &specSkip,
}

// compileGoAccess compiles the string of GoAccess's --log-format. Without a
// date-format and time-format %d and %t take the date and time formats that GoAccess's own formats use, %x takes
// ISO 8601, a local time with its zone, or seconds since 1970.
func compileGoAccess(def string, times *goaccessTimes) (*program, *SpecError) {
	var tokens []token
	blanks := false
	for i := 0; i < len(def); {
		tok, n, err := times.token(def, i)
		if err != nil {
			return nil, err
		}
		i += n
		if tok.lit == "" && tok.field == nil {
			blanks = true // %~
			continue
		}
		tok.blanks, blanks = blanks && tok.field != nil, false
		tokens = append(tokens, tok)
	}
	return assemble(tokens, escapeBytes)
}

// token reads the literal or field at def[i:] and returns its length.
func (g *goaccessTimes) token(def string, i int) (token, int, *SpecError) {
	const zoned = "%d:%t %^]"
	rest := def[i:]
	tok := token{offset: i}
	switch {
	case strings.HasPrefix(rest, zoned) && g.usual():
		// The part that GoAccess skips there is the zone.
		tok.field = &specTimeLocal
		return tok, len(zoned) - 1, nil
	case strings.HasPrefix(rest, `\t`):
		tok.lit = "\t"
		return tok, 2, nil
	case strings.HasPrefix(rest, `\"`):
		tok.lit = `"`
		return tok, 2, nil
	case rest[0] == '~' && len(rest) > 1 && rest[1] == 'h':
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			end = 1
		}
		tok.field = &specForwarded
		return tok, end + 1, nil
	case rest[0] != '%':
		tok.lit = rest[:1]
		return tok, 1, nil
	case len(rest) == 1:
		return tok, 0, &SpecError{Offset: i, Reason: "a '%' without a letter"}
	}
	switch letter := rest[1]; letter {
	case '~':
	case '%':
		tok.lit = "%"
	case 'd':
		if tok.field = g.date; tok.field != nil {
			break
		}
		tok.field = goaccessTime("a date", "02/Jan/2006", anyDate)
	case 't':
		if tok.field = g.clock; tok.field != nil {
			break
		}
		op := anyClock
		if strings.HasPrefix(rest[2:], ".") {
			op = plainClock
		}
		tok.field = goaccessTime("a time like 15:04:05", "15:04:05", op)
	case 'x':
		if tok.field = g.both; tok.field != nil {
			break
		}
		op := anyTime
		if strings.HasPrefix(rest[2:], ".") {
			op = plainTime
		}
		tok.field = goaccessTime("a date and time", "2006-01-02T15:04:05Z07:00", op)
	default:
		s, ok := goaccessFields[letter]
		if !ok {
			return tok, 0, &SpecError{Offset: i, Reason: "unknown specifier %" + safeText(rest[1:2]),
				Hint: "known are %h %e %d %t %x %r %m %U %q %H %s %b %R %u %v %D %T %L %n %C %K %k %M %^ %~"}
		}
		tok.field = s
	}
	return tok, 2, nil
}

func goaccessTime(want, goLayout string, op layoutOp) *spec {
	return &spec{kind: kindTimePart, shape: shapeSelf, name: "time",
		layout: layout{ops: []layoutOp{op}, pieces: []string{goLayout}, want: want}}
}

// anyTime decodes what GoAccess's %x may stand for.
func anyTime(b []byte, t *timeParts) int {
	if n := plainTime(b, t); n > 0 {
		if t.hasEpoch && n+1 < len(b) && b[n] == '.' {
			if m := fraction(b[n+1:], t); m > 0 {
				n += 1 + m
			}
		}
		return n
	}
	return 0
}

// plainTime leaves the fraction of an epoch to the literal behind it. More
// than ten digits are milli- or microseconds.
func plainTime(b []byte, t *timeParts) int {
	saved := *t
	if n := isoTime(b, t); n > 0 {
		return n
	}
	*t = saved
	if n := run(zonedOps, b, t); n > 0 {
		return n
	}
	*t = saved
	v, n := leadingInt(b)
	if n == 0 || b[0] == '-' {
		return 0
	}
	perSecond := int64(1)
	if n > len("1000000000") {
		perSecond = 1000
	}
	if n > len("1000000000000") {
		perSecond = 1000000
	}
	t.epoch, t.hasEpoch = v/perSecond, true
	if t.epoch > int64(1<<63-1)/int64(time.Second)-1 {
		return 0
	}
	t.ns = int(v % perSecond * (int64(time.Second) / perSecond))
	return n
}

var zonedOps = append(append(append([]layoutOp{}, localDateOps...), literalOp(':')),
	append(append([]layoutOp{}, clockOps...), literalOp(' '), zoneOp)...)
