package cmd

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Notations of a time with and without an offset: RFC 3339 and those of access logs.
var (
	zonedTimes = []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "02/Jan/2006:15:04:05 -0700"}
	clockTimes = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly, "2006-01",
		"02/Jan/2006:15:04:05", "02/Jan/2006:15:04", "02/Jan/2006"}
)

// parseInstant reads a time. One without an offset is in the zone, or byClock if that is not known yet: the log's own.
func parseInstant(flag, text string, zone *time.Location, now time.Time) (at time.Time, byClock bool, err error) {
	if text == "" {
		return time.Time{}, false, nil
	}
	if ago, ok := parseAgo(text); ok {
		return now.Add(-ago), false, nil
	}
	const year2262 = 9_223_372_036
	if s, err := strconv.ParseInt(strings.TrimPrefix(text, "@"), 10, 64); err == nil && len(text) >= len("100000000") && s < year2262 {
		return time.Unix(s, 0), false, nil
	}
	for _, layout := range zonedTimes {
		if t, err := time.Parse(layout, text); err == nil {
			return t, false, nil
		}
	}
	byClock = zone == nil
	if byClock {
		zone = time.UTC
	}
	for _, layout := range clockTimes {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, byClock, nil
		}
	}
	return time.Time{}, false, withHint(usage(fmt.Errorf("%s %q: is no time", flag, text)),
		"write 2026-11-22, 2026-11-22T10:00 (in --tz, else the log's own zone), 2026-11-22T10:00:00+01:00, 22/Nov/2026:10:00:00 +0100, 1790000000 (Unix), or 90m, 24h, 7d (ago)")
}

// parseAgo reads how long ago something was: 90m, 24h, 7d, 2w, with or without a sign before it.
func parseAgo(text string) (time.Duration, bool) {
	text = strings.TrimPrefix(text, "-")
	unit := time.Duration(0)
	switch {
	case strings.HasSuffix(text, "d"):
		unit = 24 * time.Hour
	case strings.HasSuffix(text, "w"):
		unit = 7 * 24 * time.Hour
	}
	if unit > 0 {
		n, err := strconv.ParseUint(text[:len(text)-1], 10, 32)
		return time.Duration(n) * unit, err == nil && n <= uint64(math.MaxInt64/int64(unit))
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d >= 0 && text != "0"
}
