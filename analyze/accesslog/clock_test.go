package accesslog

import (
	"math/rand/v2"
	"regexp"
	"testing"
	"time"
)

// isoShape is what time.Parse is laxer about: the hour has two digits.
var isoShape = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:`)

const localLayout = "02/Jan/2006:15:04:05 -0700"

// checkTime holds the decoder and time.Parse together on one string.
func checkTime(t *testing.T, c *clock, s string) {
	t.Helper()
	ns, offset, ok := c.local([]byte(s))
	var want time.Time
	wellFormed := false
	if len(s) >= localLen && naiveTimeShape.MatchString(s[:localLen]) {
		want, wellFormed = naiveTime(s[:localLen])
	}
	if ok != wellFormed {
		t.Fatalf("%q: accepted %v, want %v", s, ok, wellFormed)
	}
	if !ok {
		if at := localErrorAt([]byte(s)); at < 0 || at > len(s) {
			t.Fatalf("%q: error at %d", s, at)
		}
		return
	}
	_, east := want.Zone()
	if ns != want.UnixNano() || int(offset) != east {
		t.Fatalf("%q: got %d %d, want %d %d", s, ns, offset, want.UnixNano(), east)
	}
	r := Record{Time: ns, Offset: offset, HasOffset: true}
	if back := string(appendLocal(nil, &r)); s[18:20] != "60" && s[21:26] != "-0000" && back != s[:localLen] {
		t.Fatalf("%q is written as %q", s, back)
	}
}

func TestTimesAgainstStandardLibrary(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var c clock // one for all, so that the kept date is tested
	zones := []*time.Location{time.UTC, time.FixedZone("", -12600), time.FixedZone("", 20700), time.FixedZone("", 50400)}
	at := time.Date(1999, 12, 28, 0, 0, 0, 0, time.UTC)
	for range 20000 {
		at = at.Add(time.Duration(rng.Int64N(int64(40 * time.Hour))))
		checkTime(t, &c, at.In(zones[rng.IntN(len(zones))]).Format(localLayout))
	}
	for _, s := range []string{
		"29/Feb/2023:00:00:00 +0000", "29/Feb/1900:00:00:00 +0000", "29/Feb/2000:00:00:00 +0000", "31/Apr/2024:00:00:00 +0000",
		"00/Jan/2024:00:00:00 +0000", "01/Jan/2024:00:00:60 +0000", "01/Jan/2024:00:00:61 +0000", "01/Jan/2024:24:00:00 +0000",
		"01/Jan/2024:00:60:00 +0000", "01/jan/2024:00:00:00 +0000", "01/Jan/2024:00:00:00 +2400", "01/Jan/2024:00:00:00 +0060",
		"01/Jan/1677:00:00:00 +0000", "01/Jan/2262:00:00:00 +0000", "31/Dec/2261:23:59:59 -2359", "01/Jan/1678:00:00:00 +2359",
		"01/Jan/2024:00:00:00 Z0000", "01/Jan/2024 00:00:00 +0000", "", "01/Jan/2024:00:00:00",
	} {
		checkTime(t, &c, s)
	}
}

func FuzzTime(f *testing.F) {
	f.Add("02/Jan/2006:15:04:05 -0700", "2006-01-02T15:04:05.123Z", "%d/%b/%Y:%T %z")
	f.Add("29/Feb/2024:23:59:60 +0000", "2024-02-29 23:59:60,5+05:30", "%s.%f")
	f.Add("31/Feb/2024:23:59:59 +0000", "2024-02-30T00:00:00+0000", "%I %p %B %e %j")
	f.Fuzz(func(t *testing.T, local, iso, strftime string) {
		var c clock
		checkTime(t, &c, "01/Mar/2020:00:00:00 +0100")
		checkTime(t, &c, local)
		checkTime(t, &c, local)
		var parts timeParts
		n := isoTime([]byte(iso), &parts)
		if n < 0 || n > len(iso) {
			t.Fatalf("%q: length %d", iso, n)
		}
		var r Record
		if want, err := time.Parse(time.RFC3339Nano, iso); err == nil && isoShape.MatchString(iso) && want.Year() >= minYear && want.Year() <= maxYear {
			_, east := want.Zone()
			if east < 24*3600 && east > -24*3600 && (n != len(iso) || parts.apply(&r) != "" || r.Time != want.UnixNano() || int(r.Offset) != east) {
				t.Fatalf("%q: got %d of %d bytes, %v, want %v", iso, n, len(iso), r.when(), want)
			}
		}
		l, err := compileLayout(strftime)
		if err != nil {
			return
		}
		n, bad := l.decode([]byte(local), &parts)
		if n < 0 || n > len(local) || bad > len(local) {
			t.Fatalf("%q by %q: length %d, bad %d", local, strftime, n, bad)
		}
	})
}
