package accesslog

import (
	"errors"
	"strconv"
	"time"
)

// timeParts collects a time that a line gives in pieces.
type timeParts struct {
	year, month, day  int
	hour, minute, sec int
	ns                int
	epoch             int64 // seconds, instead of date and clock
	offset            int32
	hasDate, hasClock bool
	hasEpoch          bool
	hasOffset         bool
	afternoon, noon12 bool // %p said PM; the hour is on the 12 h clock
}

// apply makes the record's time of the parts; it returns what was expected
// where they make none, else "".
func (t *timeParts) apply(r *Record) string {
	seconds := t.epoch
	if !t.hasEpoch {
		if !t.hasDate {
			return "" // a format with a clock and no date has no instant
		}
		if !validDate(t.year, t.month, t.day) {
			return "a date that exists"
		}
		if t.noon12 {
			t.hour %= 12
			if t.afternoon {
				t.hour += 12
			}
		}
		seconds = daysSinceEpoch(t.year, t.month, t.day)*secondsPerDay +
			int64(t.hour*3600+t.minute*60+t.sec) - int64(t.offset)
	}
	r.Time = seconds*int64(time.Second) + int64(t.ns)
	r.HasTime = true
	r.Offset, r.HasOffset = t.offset, t.hasOffset
	return ""
}

// layout decodes a piece of a time: strftime conversions and literal bytes.
type layout struct {
	ops    []layoutOp
	pieces []string // what Format.Append writes: Go layouts, or a piece… mark
	want   string
	zoned  bool // says the zone, or an instant without one
}

// Pieces that a Go layout cannot say. Literal bytes are marked too, because a
// Go layout would read digits and names into them.
const (
	pieceLiteral = "\x00"
	pieceSeconds = "\x01"
	pieceMillis  = "\x02"
	pieceMicros  = "\x03"
)

// layoutOp decodes one conversion from the start of b and returns its length,
// 0 if it is not there.
type layoutOp func(b []byte, t *timeParts) int

// decode returns the length of the piece at the start of b, or in bad the
// offset where it fails (−1 if it does not).
func (l *layout) decode(b []byte, t *timeParts) (n, bad int) {
	for _, op := range l.ops {
		m := op(b[n:], t)
		if m == 0 {
			return n, n
		}
		n += m
	}
	return n, -1
}

// number decodes exactly width digits, the first of which may be a space,
// within [least, most].
func number(width, least, most int, set func(*timeParts, int)) layoutOp {
	return func(b []byte, t *timeParts) int {
		if len(b) < width {
			return 0
		}
		v := 0
		for i, c := range b[:width] {
			if c == ' ' && i == 0 {
				c = '0' // %e pads with a space
			}
			if c -= '0'; c > 9 {
				return 0
			}
			v = v*10 + int(c)
		}
		if v < least || v > most {
			return 0
		}
		set(t, v)
		return width
	}
}

func literalOp(c byte) layoutOp {
	return func(b []byte, _ *timeParts) int {
		if len(b) == 0 || b[0] != c {
			return 0
		}
		return 1
	}
}

// fraction decodes up to nine digits behind a decimal point and skips more.
func fraction(b []byte, t *timeParts) int {
	ns, n := 0, 0
	for n < len(b) && b[n]-'0' <= 9 {
		if n < 9 {
			ns = ns*10 + int(b[n]-'0')
		}
		n++
	}
	t.ns = ns * int(powersOfTen[9-min(n, 9)])
	return n
}

// seconds decodes a count of seconds since 1970.
func secondsOp(b []byte, t *timeParts) int {
	v, n := leadingInt(b)
	if n == 0 || b[0] == '-' || v > int64(1<<63-1)/int64(time.Second)-1 {
		return 0
	}
	t.epoch, t.hasEpoch = v, true
	return n
}

func monthOp(b []byte, t *timeParts) int {
	if len(b) < 3 {
		return 0
	}
	m := monthOf(b[:3])
	if m == 0 {
		return 0
	}
	t.month, t.hasDate = m, true
	return 3
}

var fullMonths = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

func fullMonthOp(b []byte, t *timeParts) int {
	for i, name := range fullMonths {
		if len(b) >= len(name) && string(b[:len(name)]) == name {
			t.month, t.hasDate = i+1, true
			return len(name)
		}
	}
	return 0
}

// wordOp skips letters: the name of a weekday or a zone.
func wordOp(b []byte, _ *timeParts) int {
	n := 0
	for n < len(b) && isAlnum(b[n]) && b[n] > '9' {
		n++
	}
	return n
}

func meridiemOp(b []byte, t *timeParts) int {
	if len(b) < 2 || b[1]|0x20 != 'm' || b[0]|0x20 != 'a' && b[0]|0x20 != 'p' {
		return 0
	}
	t.noon12, t.afternoon = true, b[0]|0x20 == 'p'
	return 2
}

// zoneOp decodes an offset; without one there is no time.
func zoneOp(b []byte, t *timeParts) int { return isoZone(b, t) }

// isoDate decodes "2006-01-02".
func isoDate(b []byte, t *timeParts) int {
	const n = len("2006-01-02")
	if len(b) < n || b[4] != '-' || b[7] != '-' {
		return 0
	}
	y1, ok1 := twoDigits(b[0], b[1])
	y2, ok2 := twoDigits(b[2], b[3])
	month, ok3 := twoDigits(b[5], b[6])
	day, ok4 := twoDigits(b[8], b[9])
	year := y1*100 + y2
	if !ok1 || !ok2 || !ok3 || !ok4 || year < minYear || year > maxYear || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0
	}
	t.year, t.month, t.day, t.hasDate = year, month, day, true
	return n
}

// clockTime decodes "15:04:05"; with bare unset also a fraction behind it.
func clockTime(b []byte, t *timeParts, bare bool) int {
	n := len("15:04:05")
	if len(b) < n || b[2] != ':' || b[5] != ':' {
		return 0
	}
	hour, ok1 := twoDigits(b[0], b[1])
	minute, ok2 := twoDigits(b[3], b[4])
	sec, ok3 := twoDigits(b[6], b[7])
	if !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 || sec > 60 {
		return 0
	}
	t.hour, t.minute, t.sec, t.hasClock = hour, minute, sec, true
	if !bare && n+1 < len(b) && b[n] == '.' {
		if m := fraction(b[n+1:], t); m > 0 {
			n += 1 + m
		}
	}
	return n
}

func run(ops []layoutOp, b []byte, t *timeParts) int {
	n := 0
	for _, op := range ops {
		m := op(b[n:], t)
		if m == 0 {
			return 0
		}
		n += m
	}
	return n
}

var (
	halfDayOp = number(2, 1, 12, func(t *timeParts, v int) { t.hour, t.noon12, t.hasClock = v, true, true })
	yearOp    = number(4, minYear, maxYear, func(t *timeParts, v int) { t.year, t.hasDate = v, true })
	monthNum  = number(2, 1, 12, func(t *timeParts, v int) { t.month, t.hasDate = v, true })
	dayOp     = number(2, 1, 31, func(t *timeParts, v int) { t.day, t.hasDate = v, true })
	hourOp    = number(2, 0, 23, func(t *timeParts, v int) { t.hour, t.hasClock = v, true })
	minuteOp  = number(2, 0, 59, func(t *timeParts, v int) { t.minute = v })
	secondOp  = number(2, 0, 60, func(t *timeParts, v int) { t.sec = v })

	isoDateOps   = []layoutOp{yearOp, literalOp('-'), monthNum, literalOp('-'), dayOp}
	usDateOps    = []layoutOp{monthNum, literalOp('/'), dayOp, literalOp('/'), shortYearOp}
	localDateOps = []layoutOp{dayOp, literalOp('/'), monthOp, literalOp('/'), yearOp}
	clockOps     = []layoutOp{hourOp, literalOp(':'), minuteOp, literalOp(':'), secondOp}
)

// shortYearOp decodes two digits as POSIX does: 69 to 99 are 1969 to 1999.
var shortYearOp = number(2, 0, 99, func(t *timeParts, v int) {
	t.year, t.hasDate = 2000+v, true
	if v >= 69 {
		t.year = 1900 + v
	}
})

// conversion is one letter of strftime(3): how it is read and written.
type conversion struct {
	ops   []layoutOp
	piece string
}

// strftime has the conversions of strftime(3) that a log's time can need.
var strftime = map[byte]conversion{
	'Y': {[]layoutOp{yearOp}, "2006"}, 'y': {[]layoutOp{shortYearOp}, "06"},
	'm': {[]layoutOp{monthNum}, "01"}, 'd': {[]layoutOp{dayOp}, "02"}, 'e': {[]layoutOp{dayOp}, "_2"},
	'b': {[]layoutOp{monthOp}, "Jan"}, 'h': {[]layoutOp{monthOp}, "Jan"}, 'B': {[]layoutOp{fullMonthOp}, "January"},
	'H': {[]layoutOp{hourOp}, "15"}, 'k': {[]layoutOp{hourOp}, "15"},
	'I': {[]layoutOp{halfDayOp}, "03"}, 'p': {[]layoutOp{meridiemOp}, "PM"},
	'M': {[]layoutOp{minuteOp}, "04"}, 'S': {[]layoutOp{secondOp}, "05"},
	's': {[]layoutOp{secondsOp}, pieceSeconds}, 'f': {[]layoutOp{fraction}, pieceMicros},
	'z': {[]layoutOp{zoneOp}, "-0700"}, 'Z': {[]layoutOp{wordOp}, "MST"},
	'a': {[]layoutOp{wordOp}, "Mon"}, 'A': {[]layoutOp{wordOp}, "Monday"},
	'T': {clockOps, "15:04:05"}, 'F': {isoDateOps, "2006-01-02"}, 'D': {usDateOps, "01/02/06"},
	'R': {[]layoutOp{hourOp, literalOp(':'), minuteOp}, "15:04"},
	't': {[]layoutOp{literalOp('\t')}, pieceLiteral + "\t"}, 'n': {[]layoutOp{literalOp('\n')}, pieceLiteral + "\n"},
	'%': {[]layoutOp{literalOp('%')}, pieceLiteral + "%"},
}

// compileLayout compiles a strftime(3) format.
func compileLayout(format string) (layout, error) {
	l := layout{want: "a time like " + format}
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			l.ops = append(l.ops, literalOp(format[i]))
			l.pieces = append(l.pieces, pieceLiteral+format[i:i+1])
			continue
		}
		i++
		if i < len(format) && (format[i] == 'E' || format[i] == 'O' || format[i] == '-') {
			i++
		}
		if i == len(format) {
			return layout{}, errors.New("the time format ends behind a %")
		}
		c, ok := strftime[format[i]]
		if !ok {
			return layout{}, errors.New("unknown time conversion %" + safeText(format[i:i+1]))
		}
		l.ops = append(l.ops, c.ops...)
		l.zoned = l.zoned || format[i] == 'z' || format[i] == 's'
		l.pieces = append(l.pieces, c.piece)
	}
	if len(l.ops) == 0 {
		return layout{}, errors.New("the time format is empty")
	}
	return l, nil
}

// append writes the piece of time that the layout reads.
func (l *layout) append(dst []byte, t time.Time) []byte {
	for _, piece := range l.pieces {
		switch piece[:1] {
		case pieceLiteral:
			dst = append(dst, piece[1:]...)
		case pieceSeconds:
			dst = strconv.AppendInt(dst, t.Unix(), 10)
		case pieceMillis:
			dst = appendDigits(dst, t.Nanosecond()/int(time.Millisecond), 3)
		case pieceMicros:
			dst = appendDigits(dst, t.Nanosecond()/int(time.Microsecond), 6)
		default:
			dst = t.AppendFormat(dst, piece)
		}
	}
	return dst
}

// anyDate and anyTime decode what GoAccess's %d and %t may stand for when its
// date-format and time-format are not given.
func anyDate(b []byte, t *timeParts) int {
	for _, ops := range [...][]layoutOp{localDateOps, isoDateOps, usDateOps} {
		saved := *t
		if n := run(ops, b, t); n > 0 {
			return n
		}
		*t = saved
	}
	return 0
}

func anyClock(b []byte, t *timeParts) int { return clockTime(b, t, false) }

// plainClock leaves a fraction to the literal behind it.
func plainClock(b []byte, t *timeParts) int { return clockTime(b, t, true) }
