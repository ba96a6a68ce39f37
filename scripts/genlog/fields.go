package main

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// agents are User-Agents with a version to fill in; who has which comes from the visitor's number.
var agents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%d.1 Safari/605.1.15",
	"Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_%d like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
	"Mozilla/5.0 (compatible; Googlebot/2.%d; +http://www.google.com/bot.html)",
}

var hosts = []string{"www.example.com", "shop.example.com", "blog.example.com"}

// An appendFunc appends a field of a hit.
type appendFunc func(dst []byte, h *hit) []byte

// fields are what a template may name.
var fields = map[string]appendFunc{
	"addr": func(dst []byte, h *hit) []byte {
		v := h.visitor
		for i, octet := range [...]int{v>>24 + 1, v >> 16 & 255, v >> 8 & 255, v & 255} {
			if i > 0 {
				dst = append(dst, '.')
			}
			dst = strconv.AppendInt(dst, int64(octet), 10)
		}
		return dst
	},
	"port":   number(func(h *hit) int64 { return int64(h.port) }),
	"cookie": func(dst []byte, h *hit) []byte { return strconv.AppendInt(append(dst, 'u'), int64(h.visitor), 10) },

	"key":   appendKey,
	"path":  appendPath,
	"query": appendQuery,
	"uri":   func(dst []byte, h *hit) []byte { return appendQuery(append(appendPath(dst, h), '?'), h) },
	"type": func(dst []byte, h *hit) []byte {
		if h.css {
			return append(dst, "text/css"...)
		}
		return append(dst, "text/html"...)
	},
	"status": number(func(h *hit) int64 { return int64(h.status) }),
	"bytes":  number(func(h *hit) int64 { return int64(h.size) }),
	"host":   func(dst []byte, h *hit) []byte { return append(dst, hosts[h.host]...) },
	// upstream is the last octet of the address of the server behind the proxy.
	"upstream": number(func(h *hit) int64 { return int64(h.upstream) }),

	"referrer": func(dst []byte, h *hit) []byte {
		if h.referrer == 0 {
			return append(dst, "https://www.example.com/start"...)
		}
		dst = strconv.AppendInt(append(dst, "https://www"...), int64(h.referrer), 10)
		return append(dst, ".example.com/start"...)
	},
	"agent":         agentWithSpaceAs(" "),
	"agent_plus":    agentWithSpaceAs("+"),
	"agent_percent": agentWithSpaceAs("%20"),

	"clf_time":    instant("02/Jan/2006:15:04:05 -0700"),
	"clf_time_ms": instant("02/Jan/2006:15:04:05.000"),
	"iso_time":    instant("2006-01-02T15:04:05-07:00"),
	"iso_time_ms": instant("2006-01-02T15:04:05.000Z"),
	"iso_time_us": instant("2006-01-02T15:04:05.000000Z"),
	"iso_time_ns": instant("2006-01-02T15:04:05.000000000Z"),
	"date":        instant("2006-01-02"),
	"clock":       instant("15:04:05"),
	"http_time":   instant("Mon, 02 Jan 2006 15:04:05 GMT"),
	"epoch_ms":    number(func(h *hit) int64 { return h.at.UnixMilli() }),
	"epoch_us":    number(func(h *hit) int64 { return h.at.UnixMicro() }),
	"epoch_ns":    number(func(h *hit) int64 { return h.at.UnixNano() }),
	"epoch_3":     seconds(time.Millisecond, func(h *hit) int64 { return h.at.UnixNano() }),
	"epoch_6":     seconds(time.Microsecond, func(h *hit) int64 { return h.at.UnixNano() }),

	"took_s":  number(func(h *hit) int64 { return int64(h.took / time.Second) }),
	"took_ms": number(func(h *hit) int64 { return h.took.Milliseconds() }),
	// took_ms_wide is six wide, as Squid has it.
	"took_ms_wide": func(dst []byte, h *hit) []byte { return fmt.Appendf(dst, "%6d", h.took.Milliseconds()) },
	"took_us":      number(func(h *hit) int64 { return h.took.Microseconds() }),
	"took_ns":      number(func(h *hit) int64 { return h.took.Nanoseconds() }),
	"took_3":       seconds(time.Millisecond, func(h *hit) int64 { return int64(h.took) }),
	"took_6":       seconds(time.Microsecond, func(h *hit) int64 { return int64(h.took) }),
	"took_9":       seconds(time.Nanosecond, func(h *hit) int64 { return int64(h.took) }),

	"hex": func(dst []byte, h *hit) []byte { return hex.AppendEncode(dst, idOf(h)) },
	"uuid": func(dst []byte, h *hit) []byte {
		id := idOf(h)
		for i, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
			if i > 0 {
				dst = append(dst, '-')
			}
			dst = hex.AppendEncode(dst, part)
		}
		return dst
	},
}

// appendKey appends the path without its slash, which is the key of an object in a store.
func appendKey(dst []byte, h *hit) []byte {
	dst = append(strconv.AppendInt(append(dst, "section/"...), int64(h.path), 10), "/page"...)
	if h.css {
		dst = append(dst, ".css"...)
	}
	return dst
}

func appendPath(dst []byte, h *hit) []byte { return appendKey(append(dst, '/'), h) }

func appendQuery(dst []byte, h *hit) []byte {
	return strconv.AppendInt(append(dst, "ref="...), int64(h.ref), 10)
}

func idOf(h *hit) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, h.id[0]), h.id[1])
}

func number(of func(h *hit) int64) appendFunc {
	return func(dst []byte, h *hit) []byte { return strconv.AppendInt(dst, of(h), 10) }
}

// seconds is a number of nanoseconds as seconds with decimals, to a precision.
func seconds(precision time.Duration, of func(h *hit) int64) appendFunc {
	return func(dst []byte, h *hit) []byte {
		ns := of(h)
		dst = append(strconv.AppendInt(dst, ns/int64(time.Second), 10), '.')
		for unit := int64(time.Second) / 10; unit >= int64(precision); unit /= 10 {
			dst = append(dst, byte('0'+ns/unit%10))
		}
		return dst
	}
}

func instant(layout string) appendFunc {
	return func(dst []byte, h *hit) []byte { return h.at.AppendFormat(dst, layout) }
}

func agentWithSpaceAs(space string) appendFunc {
	var pieces [][]string // of each agent, with the version between them
	for _, a := range agents {
		pieces = append(pieces, strings.Split(strings.ReplaceAll(a, " ", space), "%d"))
	}
	return func(dst []byte, h *hit) []byte {
		for i, piece := range pieces[h.agent%len(pieces)] {
			if i > 0 {
				dst = strconv.AppendInt(dst, int64(100+h.agent), 10)
			}
			dst = append(dst, piece...)
		}
		return dst
	}
}

// A template is a compiled line: literals with a field behind each but the last.
type template struct {
	literals []string
	fields   []appendFunc
}

var fieldName = regexp.MustCompile(`\$(?:\{(\w+)\}|(\w+))`)

// compile takes "text $field text" or "text${field}text" apart.
func compile(line string) *template {
	t := &template{literals: fieldName.Split(line, -1)}
	for _, m := range fieldName.FindAllStringSubmatch(line, -1) {
		f, ok := fields[m[1]+m[2]]
		if !ok {
			panic("BUG: no field " + m[0])
		}
		t.fields = append(t.fields, f)
	}
	return t
}

func (t *template) append(dst []byte, h *hit) []byte {
	for i, f := range t.fields {
		dst = f(append(dst, t.literals[i]...), h)
	}
	return append(dst, t.literals[len(t.fields)]...)
}
