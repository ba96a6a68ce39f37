package accesslog

import (
	"encoding/binary"
	"time"
)

// localLen is the length of nginx's $time_local and Apache's %t without its
// brackets: "02/Jan/2006:15:04:05 -0700".
const localLen = len("02/Jan/2006:15:04:05 -0700")

// Years outside this range do not fit a count of nanoseconds in an int64.
const minYear, maxYear = 1678, 2261

const secondsPerDay = 24 * 60 * 60

// clock decodes local times and keeps the last date and zone, which neighbours
// in a log share.
type clock struct {
	date     uint64 // "02/Jan/2"
	dateYear uint32 // "2006"[1:] and ":"
	zone     uint64 // "05 -0700"[2:]
	midnight int64  // of date in zone, seconds since the epoch
	offset   int32  // of zone, seconds east of UTC

	isoMonth    uint64 // "2006-01-"
	isoDay      uint16 // "02"
	isoMidnight int64  // of the two in UTC, seconds since the epoch
}

// zoneMask drops the two digits of the second that are loaded with the zone.
const zoneMask = ^uint64(0xFFFF)

// local decodes the time at the start of b strictly: the day exists in its
// month, the hour is below 24, the minute below 60, the second at most 60 (a
// leap second counts as the second after).
func (c *clock) local(b []byte) (ns int64, offset int32, ok bool) {
	if len(b) < localLen {
		return 0, 0, false
	}
	date := binary.LittleEndian.Uint64(b)
	year := binary.LittleEndian.Uint32(b[8:])
	zone := binary.LittleEndian.Uint64(b[18:]) & zoneMask
	if date != c.date || year != c.dateYear || zone != c.zone || date == 0 {
		if !c.load(b) {
			return 0, 0, false
		}
		c.date, c.dateYear, c.zone = date, year, zone
	}
	h, ok1 := twoDigits(b[12], b[13])
	m, ok2 := twoDigits(b[15], b[16])
	s, ok3 := twoDigits(b[18], b[19])
	if !ok1 || !ok2 || !ok3 || b[14] != ':' || b[17] != ':' || h > 23 || m > 59 || s > 60 {
		return 0, 0, false
	}
	return (c.midnight + int64(h*3600+m*60+s)) * int64(time.Second), c.offset, true
}

// load decodes date and zone and leaves the clock as it was if they are bad.
func (c *clock) load(b []byte) bool {
	day, ok1 := twoDigits(b[0], b[1])
	month := monthOf(b[3:6])
	y1, ok2 := twoDigits(b[7], b[8])
	y2, ok3 := twoDigits(b[9], b[10])
	year := y1*100 + y2
	offset, ok4 := zoneOffset(b[21:26])
	if !ok1 || !ok2 || !ok3 || !ok4 || b[2] != '/' || b[6] != '/' || b[11] != ':' || b[20] != ' ' ||
		!validDate(year, month, day) {
		return false
	}
	c.midnight = daysSinceEpoch(year, month, day)*secondsPerDay - int64(offset)
	c.offset = offset
	return true
}

// localErrorAt returns where b stops being a local time.
func localErrorAt(b []byte) int {
	const pattern = "00/Aaa/0000:00:00:00 +0000"
	for i := range len(pattern) {
		if i == len(b) {
			return i
		}
		var ok bool
		switch c := b[i]; pattern[i] {
		case '0':
			ok = '0' <= c && c <= '9'
		case 'A':
			ok = 'A' <= c && c <= 'Z'
		case 'a':
			ok = 'a' <= c && c <= 'z'
		case '+':
			ok = c == '+' || c == '-'
		default:
			ok = c == pattern[i]
		}
		if !ok {
			return i
		}
	}
	// Every byte is of the right sort: a number is out of range.
	if monthOf(b[3:6]) == 0 {
		return 3
	}
	for _, f := range []struct{ at, most int }{{12, 23}, {15, 59}, {18, 60}, {22, 23}, {24, 59}} {
		if v, _ := twoDigits(b[f.at], b[f.at+1]); v > f.most {
			return f.at
		}
	}
	y1, _ := twoDigits(b[7], b[8])
	y2, _ := twoDigits(b[9], b[10])
	if year := y1*100 + y2; year < minYear || year > maxYear {
		return 7
	}
	return 0
}

func twoDigits(a, b byte) (v int, ok bool) {
	a -= '0'
	b -= '0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}

// zoneOffset decodes "+0700" into seconds east of UTC.
func zoneOffset(b []byte) (int32, bool) {
	h, ok1 := twoDigits(b[1], b[2])
	m, ok2 := twoDigits(b[3], b[4])
	if !ok1 || !ok2 || h > 23 || m > 59 {
		return 0, false
	}
	offset := int32(h*3600 + m*60)
	switch b[0] {
	case '+':
		return offset, true
	case '-':
		return -offset, true
	}
	return 0, false
}

// monthOf returns the number of an English month abbreviation, or 0.
func monthOf(b []byte) int {
	switch string(b) {
	case "Jan":
		return 1
	case "Feb":
		return 2
	case "Mar":
		return 3
	case "Apr":
		return 4
	case "May":
		return 5
	case "Jun":
		return 6
	case "Jul":
		return 7
	case "Aug":
		return 8
	case "Sep":
		return 9
	case "Oct":
		return 10
	case "Nov":
		return 11
	case "Dec":
		return 12
	}
	return 0
}

func validDate(year, month, day int) bool {
	if year < minYear || year > maxYear || month < 1 || month > 12 || day < 1 {
		return false
	}
	last := 31
	switch month {
	case 4, 6, 9, 11:
		last = 30
	case 2:
		last = 28
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			last = 29
		}
	}
	return day <= last
}

// daysSinceEpoch counts days from 1970-01-01 in the proleptic Gregorian
// calendar: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
// days_from_civil.
func daysSinceEpoch(year, month, day int) int64 {
	y := int64(year)
	if month <= 2 {
		y--
	}
	era := y / 400 // years are positive here
	yoe := y - era*400
	mp := int64(month+9) % 12
	doy := (153*mp+2)/5 + int64(day) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// iso decodes the time at the start of b that isoTime decodes into r, and
// returns its length, 0 if it is none or its day does not exist.
func (c *clock) iso(b []byte, r *Record) int {
	const base = len("2006-01-02T15:04:05")
	if len(b) < base || b[10] != 'T' && b[10] != ' ' {
		return 0
	}
	midnight, ok1 := c.isoMidnightOf(b)
	second, ok2 := secondOfDay(b[11:])
	if !ok1 || !ok2 {
		return 0
	}
	var t timeParts
	n := base + isoRest(b[base:], &t)
	r.Time = (midnight+int64(second)-int64(t.offset))*int64(time.Second) + int64(t.ns)
	r.Offset, r.HasTime, r.HasOffset = t.offset, true, t.hasOffset
	return n
}

// isoMidnightOf returns when the day that b begins with, like "2006-01-02",
// begins in UTC, in seconds since the epoch; ok is false if it does not exist.
func (c *clock) isoMidnightOf(b []byte) (seconds int64, ok bool) {
	if len(b) < len("2006-01-02") {
		return 0, false
	}
	month, day := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint16(b[8:])
	if month != c.isoMonth || day != c.isoDay || month == 0 {
		var t timeParts
		if isoDate(b, &t) == 0 || !validDate(t.year, t.month, t.day) {
			return 0, false
		}
		c.isoMonth, c.isoDay, c.isoMidnight = month, day, daysSinceEpoch(t.year, t.month, t.day)*secondsPerDay
	}
	return c.isoMidnight, true
}

// isoTime decodes "2006-01-02T15:04:05" at the start of b, with "T" or a space
// in the middle, an optional fraction behind "." or "," and an optional "Z",
// "+07:00" or "+0700". It returns the length, 0 if there is no such time.
func isoTime(b []byte, t *timeParts) int {
	const base = len("2006-01-02T15:04:05")
	if len(b) < base || b[10] != 'T' && b[10] != ' ' ||
		isoDate(b, t) == 0 || clockTime(b[11:], t, true) == 0 {
		return 0
	}
	return base + isoRest(b[base:], t)
}

// isoRest decodes what may follow the second of an ISO 8601 time.
func isoRest(b []byte, t *timeParts) (n int) {
	if len(b) > 1 && (b[0] == '.' || b[0] == ',') {
		if m := fraction(b[1:], t); m > 0 {
			n = 1 + m
		}
	}
	return n + isoZone(b[n:], t)
}

// isoZone decodes "Z", "+07:00" or "+0700"; without one the length is 0.
func isoZone(b []byte, t *timeParts) int {
	if len(b) == 0 {
		return 0
	}
	if b[0] == 'Z' {
		t.hasOffset = true
		return 1
	}
	if b[0] != '+' && b[0] != '-' || len(b) < 5 {
		return 0
	}
	n, digits := 5, [5]byte{b[0], b[1], b[2], b[3], b[4]}
	if b[3] == ':' {
		if len(b) < 6 {
			return 0
		}
		n, digits[3], digits[4] = 6, b[4], b[5]
	}
	offset, ok := zoneOffset(digits[:])
	if !ok {
		return 0
	}
	t.offset, t.hasOffset = offset, true
	return n
}

// epochTime decodes a number of units since 1970, for seconds with a fraction.
// n is its length, 0 if there is none or it does not fit.
func epochTime(b []byte, unit time.Duration) (ns int64, n int) {
	whole, n := leadingInt(b)
	if n == 0 || b[0] == '-' || whole > int64(1<<63-1)/int64(unit)-1 {
		return 0, 0
	}
	ns = whole * int64(unit)
	if unit == time.Second && n+1 < len(b) && b[n] == '.' {
		var parts timeParts
		if m := fraction(b[n+1:], &parts); m > 0 {
			return ns + int64(parts.ns), n + 1 + m
		}
	}
	return ns, n
}

// parseDuration decodes all of v as a number of units with an optional
// fraction, which is cut at a nanosecond.
func parseDuration(v []byte, unit time.Duration) (time.Duration, bool) {
	whole, n := leadingInt(v)
	if n == 0 || whole >= int64(1<<63-1)/int64(unit) {
		return 0, false
	}
	d := time.Duration(whole) * unit
	if n == len(v) {
		return d, true
	}
	if v[n] != '.' || n+1 == len(v) {
		return 0, false
	}
	// Integers alone: the same value on every machine.
	fraction := v[n+1:]
	if places := placesOf(unit); len(fraction) <= places {
		part := int64(0)
		for _, c := range fraction {
			if c -= '0'; c > 9 {
				return 0, false
			}
			part = part*10 + int64(c)
		}
		return d + time.Duration(part*powersOfTen[places-len(fraction)]), true
	}
	scale := int64(unit)
	for _, c := range fraction {
		if c -= '0'; c > 9 {
			return 0, false
		}
		d += time.Duration(int64(c) * scale / 10)
		if scale%10 != 0 {
			scale = 0
		}
		scale /= 10
	}
	return d, true
}

var powersOfTen = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}

// placesOf returns how many decimal places of a unit nanoseconds hold.
func placesOf(unit time.Duration) int {
	switch unit {
	case time.Second:
		return 9
	case time.Millisecond:
		return 6
	case time.Microsecond:
		return 3
	}
	return 0
}

func unitName(unit time.Duration) string {
	switch unit {
	case time.Nanosecond:
		return "nanoseconds"
	case time.Microsecond:
		return "microseconds"
	case time.Millisecond:
		return "milliseconds"
	}
	return "seconds"
}
