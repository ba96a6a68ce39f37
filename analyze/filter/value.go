package filter

import (
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/loadx/loadx/profile/printable"
)

// value reads a value and adds it to those of the test.
func (p *parser) value(t *test) error {
	start := p.pos
	quoted := p.rest() != "" && strings.IndexByte(`"'`, p.rest()[0]) >= 0
	text, err := p.text(isBareByte)
	if err != nil {
		return err
	}
	if text == "" && !quoted {
		return p.noValue(t)
	}
	p.space()
	var message, hint string
	switch {
	case t.field.isInteger():
		var v int64
		if v, hint = t.field.parseInteger(text); hint != "" {
			message = fmt.Sprintf("%s is no value of %s", strconv.Quote(text), t.field.word)
		}
		t.integers = append(t.integers, v)
	case t.op == matches || t.op == matchesNot:
		if t.pattern, err = regexp.Compile(text); err != nil {
			message, hint = "no regular expression", printable.Text(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
	case t.op.ordered():
		number, ok := parseNumber([]byte(text))
		if !ok {
			message, hint = fmt.Sprintf("%s is no number", strconv.Quote(text)), fmt.Sprintf("%s is for numbers such as 12.5", t.op)
		}
		t.number = number
	case t.field.id == fieldAddr:
		hint = t.addAddr(text)
		if hint != "" {
			message = fmt.Sprintf("%s is no address or network", strconv.Quote(text))
		}
	default:
		t.addText(text)
	}
	if message != "" {
		return p.fail(start, message, hint)
	}
	return nil
}

func (p *parser) noValue(t *test) error {
	hint := `texts belong in quotes: "…"`
	if t.field.isInteger() {
		hint = t.field.example()
	}
	if p.rest() == "" {
		return p.fail(p.pos, "the value is missing", hint)
	}
	return p.fail(p.pos, "a value is expected, not "+excerpt(p.rest()), hint)
}

func (t *test) addText(text string) {
	t.texts = append(t.texts, text)
	t.absent = t.absent || text == "-"
}

// addAddr adds an address, a network or a host name; hint is not empty if text is none.
func (t *test) addAddr(text string) (hint string) {
	const example = "write one such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32"
	if strings.Contains(text, "/") {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return example
		}
		addr, bits := network.Addr(), network.Bits()
		if addr.Is4In6() {
			if bits < 96 {
				return "it is neither one of IPv4 nor one of IPv6"
			}
			addr, bits = addr.Unmap(), bits-96
		}
		t.networks = append(t.networks, netip.PrefixFrom(addr, bits).Masked())
		return ""
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		if strings.Contains(text, ".") && strings.Trim(text, "0123456789.") == "" ||
			strings.Contains(text, ":") && strings.Trim(text, "0123456789abcdefABCDEF:.") == "" {
			return example // no host is called so
		}
		t.addText(text)
		return ""
	}
	addr = addr.Unmap().WithZone("")
	t.networks = append(t.networks, netip.PrefixFrom(addr, addr.BitLen()))
	return ""
}

// example shows how values of an integer field are written.
func (f field) example() string {
	switch f.id {
	case fieldStatus:
		return "write a number such as 404"
	case fieldBytes:
		return "write a number of bytes, with a unit if you like: 512, 1.5MB, 64KiB"
	case fieldDuration:
		return "write a time with its unit, such as 250ms or 1.5s"
	default:
		return "write an instant such as 2026-01-31T08:00:00Z"
	}
}

// parseInteger reads a value of an integer field; hint is not empty if it is none.
func (f field) parseInteger(text string) (v int64, hint string) {
	var ok bool
	switch f.id {
	case fieldStatus:
		v, ok = parseStatus(text)
		if len(text) == 3 && strings.HasSuffix(strings.ToLower(text), "xx") && '1' <= text[0] && text[0] <= '9' {
			return 0, fmt.Sprintf("write status >= %c00 && status <= %c99", text[0], text[0])
		}
	case fieldBytes:
		v, ok = parseBytes(text)
	case fieldDuration:
		d, err := time.ParseDuration(text)
		v, ok = int64(d), err == nil && d >= 0
	default:
		at, err := time.Parse(time.RFC3339Nano, text)
		v, ok = at.UnixNano(), err == nil && !at.Before(firstInstant) && !at.After(lastInstant)
	}
	if !ok {
		return 0, f.example()
	}
	return v, ""
}

// Instants are nanoseconds since 1970 in 64 bits.
var (
	firstInstant = time.Unix(0, math.MinInt64)
	lastInstant  = time.Unix(0, math.MaxInt64)
)

func parseStatus(text string) (v int64, ok bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return int64(n), err == nil && n <= 999
}

// units are those of a number of bytes, longer ones before those that they end with.
var units = []struct {
	name string
	size float64
}{
	{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40},
	{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12}, {"b", 1},
}

// parseBytes reads a number of bytes with or without unit. What it comes to must be whole.
func parseBytes(text string) (v int64, ok bool) {
	number, size := strings.ToLower(text), 1.0
	for _, u := range units {
		if rest, found := strings.CutSuffix(number, u.name); found {
			number, size = rest, u.size
			break
		}
	}
	n, ok := parseNumber([]byte(number))
	bytes := float64(n * size)
	// Decimal fractions such as 4.35 are not exact in binary; their product with a unit is off by less than its last bits.
	whole := math.Round(bytes)
	if !ok || number[0] == '-' || bytes > 1<<53 || math.Abs(bytes-whole) > 1e-6 {
		return 0, false
	}
	return int64(whole), true
}
