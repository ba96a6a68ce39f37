package profile

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// A Quantity is what a number measures, and so its unit.
type Quantity uint8

// The quantities, with the unit of [Value.Number].
const (
	Count     Quantity = iota // a number of things
	Ratio                     // a share in [0, 1]
	Time                      // seconds
	PerSecond                 // things a second
	Size                      // bytes
)

// A Value is a figure with its unit and its error.
type Value struct {
	Number   float64
	Quantity Quantity
	// Estimated says that Number is an estimate, and [Low, High] its 95 % interval.
	Estimated bool
	Low, High float64
}

// Exactly is a value without error.
func Exactly(number float64, q Quantity) Value {
	return Value{Number: number, Quantity: q, Low: number, High: number}
}

// String writes the value with its unit, as short as it stays exact enough to judge by: 12.1ms, 0.05%, 950/s, 250000.
func (v Value) String() string {
	switch v.Quantity {
	case Ratio:
		return trim(v.Number*100, 4) + "%"
	case Time:
		return Duration(time.Duration(math.Round(v.Number * 1e9)))
	case PerSecond:
		return trim(v.Number, 2) + "/s"
	case Size:
		return Bytes(v.Number)
	default:
		if v.Number == math.Trunc(v.Number) {
			return strconv.FormatFloat(v.Number, 'f', 0, 64)
		}
		return trim(v.Number, 3)
	}
}

// Duration writes a duration with about three significant digits: 950µs, 12.1ms, 1.25s, 2m5s, 5d13h.
func Duration(d time.Duration) string {
	abs := d
	if abs < 0 {
		abs = -abs
	}
	// The bounds are where a unit's last printed digit would carry into the next one: 999.6 ms is "1s" and not "1000ms".
	switch {
	case abs == 0:
		return "0s"
	case abs >= 48*time.Hour:
		hours := int64(d.Round(time.Hour) / time.Hour)
		return fmt.Sprintf("%dd%dh", hours/24, max(hours%24, -(hours%24)))
	case abs >= time.Minute-5*time.Millisecond:
		return d.Round(time.Second).String()
	case abs >= time.Second-500*time.Microsecond:
		return trim(d.Seconds(), 2) + "s"
	case abs >= time.Millisecond-500*time.Nanosecond:
		return significant(float64(d)/1e6) + "ms"
	case abs >= time.Microsecond:
		return significant(float64(d)/1e3) + "µs"
	default:
		return strconv.FormatInt(int64(d), 10) + "ns"
	}
}

// Grouped writes a count with thousands separators: 1,234,567.
func Grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Bytes writes a size in bytes with a binary unit: 512 B, 1.5 MiB.
func Bytes(n float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	i := 0
	for math.Abs(n) >= 1024 && i < len(units)-1 {
		n /= 1024
		i++
	}
	if i == 0 {
		return fmt.Sprintf("%.0f B", n)
	}
	return significant(n) + " " + units[i]
}

func significant(x float64) string {
	switch abs := math.Abs(x); {
	case abs >= 100:
		return trim(x, 0)
	case abs >= 10:
		return trim(x, 1)
	default:
		return trim(x, 2)
	}
}

// trim writes x with at most that many decimals and no trailing zeros.
func trim(x float64, decimals int) string {
	scale := math.Pow10(decimals)
	return strconv.FormatFloat(math.Round(x*scale)/scale, 'f', -1, 64)
}
