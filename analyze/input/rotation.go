package input

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// age is the place of a file in its rotated series, as its name tells it.
type age struct {
	stamp    int64 // when it was rotated by the date in its name; live means not yet
	rotation int   // how often it was rotated by the number at its end; higher is older
}

// live is the stamp of a file without a date: the one still written.
const live = int64(1<<63 - 1)

// compare orders two files of a series, oldest first.
func (a age) compare(b age) int {
	if a.stamp != b.stamp {
		if a.stamp < b.stamp {
			return -1
		}
		return 1
	}
	return b.rotation - a.rotation
}

// oldestFirst orders the members of each rotated series among themselves.
// Series stand where their first member was named; what belongs to no series
// keeps its place.
func oldestFirst(sources []Source) []Source {
	type member struct {
		source Source
		age    age
	}
	series := make(map[string]int)
	var groups [][]member
	for _, source := range sources {
		key, a := source.Name, age{stamp: live}
		if source.Name != StandardInput {
			key, a = seriesOf(source.Name)
		}
		group, known := series[key]
		if !known {
			group = len(groups)
			series[key] = group
			groups = append(groups, nil)
		}
		groups[group] = append(groups[group], member{source, a})
	}
	ordered := make([]Source, 0, len(sources))
	for _, group := range groups {
		slices.SortStableFunc(group, func(a, b member) int { return a.age.compare(b.age) })
		for _, m := range group {
			ordered = append(ordered, m.source)
		}
	}
	return ordered
}

// seriesOf splits a path into the name of its rotated series and its place in
// it. It knows what logrotate, nginx scripts and Apache's rotatelogs write:
//
//	access.log.2.gz          a rotation number at the end
//	access.log-20251219.gz   a date, with or without separators, anywhere
//	access.log-20251219-1766102400, access.2025-12-19-13.log   a date and more digits
//	access_log.1766102400    seconds since 1970
func seriesOf(path string) (string, age) {
	dir, base := filepath.Split(path)
	for _, extension := range []string{".gz", ".zst", ".zstd", ".bz2"} {
		base = strings.TrimSuffix(base, extension)
	}
	a := age{stamp: live}
	if dot := strings.LastIndexByte(base, '.'); dot > 0 {
		digits := base[dot+1:]
		if n, err := strconv.Atoi(digits); err == nil && allDigits(digits) {
			switch {
			case len(digits) <= 3:
				a.rotation = n
				base = base[:dot]
			case len(digits) == 4 && isYear(n):
				a.stamp = time.Date(n, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
				return dir + base[:dot], a
			}
		}
	}
	start, end, stamp := findDate(base)
	if end > start {
		a.stamp = stamp
		base = without(base, start, end)
	}
	return dir + base, a
}

// without cuts name[start:end] out of name together with the separator that
// the live file of the series does not have.
func without(name string, start, end int) string {
	isSeparator := func(i int) bool { return i >= 0 && i < len(name) && strings.IndexByte("-_.", name[i]) >= 0 }
	if isSeparator(start - 1) {
		start--
	} else if start == 0 && isSeparator(end) {
		end++
	}
	return name[:start] + name[end:]
}

func isYear(n int) bool { return 1990 <= n && n < 2100 }

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// findDate finds the first date in name, with the time of day that may follow
// it, or a number of ten digits as seconds since 1970. The stamp only orders.
func findDate(name string) (start, end int, stamp int64) {
	for i := 0; i < len(name); i++ {
		if !isDigit(name[i]) || i > 0 && isDigit(name[i-1]) {
			continue
		}
		run := digitsFrom(name, i)
		if run == 10 {
			if seconds, err := strconv.ParseInt(name[i:i+10], 10, 64); err == nil && seconds >= 1e9 && !startsWithDate(name[i:]) {
				return i, i + 10, seconds
			}
		}
		length, day := dateAt(name[i:])
		if length == 0 || run > 8 && run != 10 && run != 12 && run != 14 {
			i += run - 1
			continue
		}
		end := i + length
		clock := timeAt(name, &end)
		return i, end, day.Unix() + clock
	}
	return 0, 0, 0
}

func startsWithDate(s string) bool {
	n, _ := dateAt(s)
	return n > 0
}

// dateAt reads YYYYMMDD or YYYY-MM-DD (also with "." or "_") at the start of s.
func dateAt(s string) (length int, day time.Time) {
	for _, layout := range []string{"20060102", "2006-01-02", "2006.01.02", "2006_01_02"} {
		if len(s) < len(layout) {
			continue
		}
		day, err := time.Parse(layout, s[:len(layout)])
		if err == nil && isYear(day.Year()) {
			return len(layout), day
		}
	}
	return 0, time.Time{}
}

// timeAt reads what follows a date up to the end of its digits: HH, HHMM,
// HHMMSS, with or without a separator, or an epoch. It moves end behind it and
// returns seconds, or digits that order as seconds do.
func timeAt(name string, end *int) int64 {
	at := *end
	if at < len(name) && strings.IndexByte("-_T.", name[at]) >= 0 {
		at++
	}
	run := digitsFrom(name, at)
	switch run {
	case 2, 4, 6, 10:
	default:
		return 0
	}
	n, err := strconv.ParseInt(name[at:at+run], 10, 64)
	if err != nil {
		return 0
	}
	*end = at + run
	switch run {
	case 2:
		return n * 3600
	case 4:
		return n/100*3600 + n%100*60
	case 6:
		return n/1e4*3600 + n/100%100*60 + n%100
	default:
		return n % 86400
	}
}

func digitsFrom(s string, at int) int {
	n := 0
	for at+n < len(s) && isDigit(s[at+n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
