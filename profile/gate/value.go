package gate

import (
	"math/big"
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
)

// A mistake is what is wrong with a part of a gate.
type mistake struct{ message, hint string }

// mostCount is the largest number that floating point counts up to without leaving out any.
const mostCount = 1 << 53

// parseValue reads a number with the unit of a quantity. The canonical spelling parses to the same number.
func parseValue(text string, q profile.Quantity) (number float64, canonical string, wrong *mistake) {
	if strings.HasPrefix(text, "-") {
		return 0, "", &mistake{"no metric is negative", ""}
	}
	d, unit, ok := scanDecimal(text)
	if !ok {
		return 0, "", notANumber(text)
	}
	switch q {
	case profile.Time:
		return parseTime(d, unit, text)
	case profile.Ratio:
		return parseRatio(d, unit)
	case profile.PerSecond:
		return parseRate(d, unit)
	case profile.Size:
		return parseSize(d, unit)
	default:
		return parseCount(d, unit)
	}
}

func notANumber(text string) *mistake {
	if text[0] < '0' || text[0] > '9' {
		hint := ""
		if text[0] == '.' {
			hint = "a number starts with a digit, such as 0.5"
		}
		return &mistake{"not a number: " + quoted(text), hint}
	}
	return &mistake{"not a number that a gate can hold: " + quoted(text), ""}
}

func parseTime(d decimal, unit, text string) (float64, string, *mistake) {
	switch {
	case unit == "":
		text = string(d) + "ms"
	case unit[0] == '%':
		return 0, "", &mistake{"a duration is no percentage", `write a duration such as 250ms`}
	case strings.Contains(text, "_"):
		text = string(d) + unit
	}
	limit, err := time.ParseDuration(text)
	if err != nil {
		return 0, "", &mistake{"not a duration: " + quoted(text), "the units are ns, us, ms, s, m and h"}
	}
	return limit.Seconds(), spellDuration(limit), nil
}

func parseRatio(d decimal, unit string) (float64, string, *mistake) {
	switch unit {
	case "%":
		if d.rat().Cmp(big.NewRat(100, 1)) > 0 {
			return 0, "", &mistake{"a share can't exceed 100%", ""}
		}
		return nearest(d.percent()), string(d) + "%", nil
	case "":
		if d.rat().Cmp(big.NewRat(1, 1)) >= 0 {
			return 0, "", &mistake{"a share is a percentage or a number in [0, 1)", "write " + string(d) + "% for a percentage"}
		}
		return nearest(d.rat()), string(d.timesHundred()) + "%", nil
	}
	return 0, "", &mistake{"unknown unit of a share: " + quoted(unit), "write a percentage such as 0.1%"}
}

var perSecond = map[string]int64{"/s": 1, "/m": 60, "/h": 3600}

func parseRate(d decimal, unit string) (float64, string, *mistake) {
	seconds, ok := perSecond[unit]
	switch {
	case unit == "" || unit == "%":
		hint := "write " + string(d) + "/s"
		if unit == "%" || d.rat().Cmp(big.NewRat(1, 1)) < 0 {
			hint = "the share of failures is errors: errors < " + string(d) + unit
		}
		return 0, "", &mistake{"a rate needs its unit: /s, /m or /h", hint}
	case !ok:
		return 0, "", &mistake{"unknown unit of a rate: " + quoted(unit), "write " + string(d) + "/s"}
	}
	return nearest(new(big.Rat).Mul(d.rat(), big.NewRat(1, seconds))), string(d) + unit, nil
}

var sizes = map[string]int64{
	"": 1, "B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}

func parseSize(d decimal, unit string) (float64, string, *mistake) {
	scale, ok := sizes[unit]
	if !ok {
		return 0, "", &mistake{"unknown unit of a size: " + quoted(unit), "the units are B, kB, MB, GB, TB, KiB, MiB, GiB and TiB"}
	}
	if unit == "" {
		unit = "B"
	}
	return nearest(new(big.Rat).Mul(d.rat(), big.NewRat(scale, 1))), string(d) + unit, nil
}

func parseCount(d decimal, unit string) (float64, string, *mistake) {
	switch {
	case strings.HasPrefix(unit, "%"):
		return 0, "", &mistake{"a count is no percentage", "write " + string(d) + "% of plan, where the plan says the count"}
	case strings.HasPrefix(unit, ","):
		return 0, "", &mistake{"digits are grouped by underscores", "write 250_000 or 250000"}
	case unit != "":
		return 0, "", &mistake{"a count has no unit: " + quoted(unit), "write all digits: 250_000 or 250000"}
	case !d.whole():
		return 0, "", &mistake{"a count is a whole number", ""}
	case d.rat().Cmp(big.NewRat(mostCount, 1)) > 0:
		return 0, "", &mistake{"the number is too large", ""}
	}
	return nearest(d.rat()), string(d), nil
}

// spellDuration writes a duration to the nanosecond: 250ms, 1m30s, 10m.
func spellDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
