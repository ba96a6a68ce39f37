package analyze

import "time"

// stretch is how long an aligned piece of clock time surely has one offset: zones change theirs on multiples of it.
const stretch = 900

// A wallClock turns clock readings of a zone into instants. It belongs to one goroutine.
type wallClock struct {
	zone     *time.Location
	from, to int64 // the clock readings, in seconds, that offset is of
	offset   int64
}

// instant returns the Unix nanoseconds of a clock reading, which is given as if the clock showed UTC. Of a reading that a
// change of the offset repeats it is the first one; a reading that it skips is taken by one of the two offsets.
func (c *wallClock) instant(reading int64) int64 {
	sec := reading / int64(time.Second)
	if reading%int64(time.Second) < 0 {
		sec--
	}
	if sec < c.from || sec >= c.to {
		c.from = sec - ((sec%stretch)+stretch)%stretch
		c.to = c.from + stretch
		t := time.Unix(c.from, 0).UTC()
		local := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, c.zone)
		c.offset = c.from - local.Unix()
		// [time.Date] does not say which of two it gives.
		if change, _ := local.ZoneBounds(); !change.IsZero() {
			_, before := change.Add(-time.Second).Zone()
			if first := c.from - int64(before); first < change.Unix() && first < local.Unix() {
				c.offset = int64(before)
			}
		}
	}
	return reading - c.offset*int64(time.Second)
}
