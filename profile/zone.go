package profile

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// FixedZone is the zone of a constant offset in seconds east of UTC; its name is UTC, or UTC+02:00 and the like.
func FixedZone(offset int) *time.Location {
	if offset == 0 {
		return time.UTC
	}
	sign, abs := '+', offset
	if offset < 0 {
		sign, abs = '-', -offset
	}
	return time.FixedZone(fmt.Sprintf("UTC%c%02d:%02d", sign, abs/3600, abs/60%60), offset)
}

// ParseZone returns the zone of a name: UTC, UTC+02:00, +0200, or a name of the zone database such as Europe/Berlin.
// The machine's own zone ("Local", "") is refused: numbers would depend on where they were made.
func ParseZone(name string) (*time.Location, error) {
	if name == "" || strings.EqualFold(name, "local") {
		return nil, fmt.Errorf("time zone %q: name one, such as UTC, +02:00 or Europe/Berlin", name)
	}
	offset := strings.TrimPrefix(name, "UTC")
	if offset == "" || offset == "Z" {
		return time.UTC, nil
	}
	if offset[0] == '+' || offset[0] == '-' {
		digits := strings.Replace(offset[1:], ":", "", 1)
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil || len(digits) != 4 || n/100 > 23 || n%100 > 59 {
			return nil, fmt.Errorf("time zone %q: an offset is written like +02:00", name)
		}
		seconds := int(n/100*3600 + n%100*60)
		if offset[0] == '-' {
			seconds = -seconds
		}
		return FixedZone(seconds), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q: unknown", name)
	}
	return zone, nil
}
