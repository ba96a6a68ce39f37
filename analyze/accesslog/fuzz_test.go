package accesslog

import (
	"bytes"
	"errors"
	"testing"
	"unsafe"
)

// fuzzFormats are the built-in formats and some strings of each language.
func fuzzFormats(t testing.TB) []*Format {
	formats := Formats()
	for _, spec := range []string{ingressNginx, csvApache, `%h %{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t "%r" %>s %{uid}C`,
		`nginx:$remote_addr:$remote_port|$time_iso8601|$request_method|$uri|$args|$msec|$request_time`,
		`log_format j escape=json '$host $remote_addr "$request" "$http_user_agent"'`,
		`goaccess:%^ %^ %^ %v %^: %x.%^ %~%L %h %^/%s %b %m %U`, `goaccess:"%x","%h",%^,%^,"%m","%U","%s",%^,"%b","%D"`,
		`%d %t %^ %m %U %q %^ %^ %h %u %R %s %^ %^ %L`} {
		formats = append(formats, mustParse(t, spec))
	}
	return formats
}

// inside reports whether v lies in one of the buffers.
func inside(v []byte, buffers ...[]byte) bool {
	if cap(v) == 0 || len(v) == 0 {
		return true
	}
	at := uintptr(unsafe.Pointer(unsafe.SliceData(v)))
	for _, b := range buffers {
		from := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
		if at >= from && at+uintptr(len(v)) <= from+uintptr(cap(b)) {
			return true
		}
	}
	return false
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Add([]byte(`1.2.3.4:80|2024-02-29T00:00:00Z|GET|/a|b=c|1700000000.123|0.001`))
	f.Add([]byte(`Oct 18 04:02:01 proxy squid[1]: 1286536309.450    180 192.168.0.224 TCP_MISS/200 411 GET http://a/x -`))
	formats := fuzzFormats(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		original := bytes.Clone(line)
		for _, format := range formats {
			p := format.NewParser()
			var r Record
			err := p.Parse(line, &r)
			if !bytes.Equal(line, original) {
				t.Fatalf("%v changed the line", format)
			}
			if err != nil {
				var le *LineError
				if !errors.As(err, &le) {
					if !errors.Is(err, ErrComment) {
						t.Fatalf("%v: %v", format, err)
					}
					continue
				}
				if le.Offset < 0 || le.Offset > len(line) || le.Field == "" || le.Want == "" {
					t.Fatalf("%v: %+v", format, le)
				}
				if s, c := le.Caret(line, 40); len(s) > 40 || len(c) > 41 {
					t.Fatalf("caret: %q %q", s, c)
				}
				continue
			}
			if r.Status < 0 || r.Status > 999 || r.Bytes < -1 || r.Server < 0 || r.Offset <= -86400 || r.Offset >= 86400 {
				t.Fatalf("%v: out of range: %+v", format, r)
			}
			for i, name := range recordFields {
				if v := r.Slot(-1 - i); !inside(v, line, p.scratch) {
					t.Fatalf("%v: %s lies outside of line and scratch", format, name)
				}
			}
			for i := range r.slots {
				if !inside(r.slots[i], line, p.scratch) {
					t.Fatalf("%v: slot %d lies outside of line and scratch", format, i)
				}
			}
			_ = r.Path()
		}
	})
}

func FuzzFormatSpec(f *testing.F) {
	for _, format := range fuzzFormats(f) {
		f.Add(format.String(), seeds[0])
		f.Add(format.def, seeds[3])
	}
	for _, s := range []string{"", "$", "${", "%", "%{", "%^", "%{%}t", "%%", "combind", `%h%u`, `log_format x 'a`, "%~%~%h",
		"COMBINED", "goaccess:CADDY", "log-format %h %d\ndate-format %Y", `goaccess:{"a":{"b":["%h"]},"t":"%x"}`, "docker+w3c", "cri+$status", "loadx:$status${optional} $a", "syslog+json"} {
		f.Add(s, seeds[1])
	}
	f.Fuzz(func(t *testing.T, spec, line string) {
		format, err := Parse(spec)
		if err != nil {
			var se *SpecError
			if !errors.As(err, &se) || se.Offset < 0 || se.Offset > len(se.Spec) || se.Reason == "" {
				t.Fatalf("%q: %#v", spec, err)
			}
			se.Caret(60)
			return
		}
		again, err := Parse(format.String())
		if err != nil {
			t.Fatalf("%q: its String %q does not parse: %v", spec, format.String(), err)
		}
		for _, name := range format.Fields() {
			a, ok1 := format.Slot(name)
			b, ok2 := again.Slot(name)
			if a != b || ok1 != ok2 {
				t.Fatalf("%q: %s differs after String", spec, name)
			}
		}
		var r Record
		if err := format.NewParser().Parse([]byte(line), &r); err == nil {
			format.Append(nil, &r)
		}
	})
}

// FuzzAppendRoundTrip parses, writes and parses again: what was written must
// say the same.
func FuzzAppendRoundTrip(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Add([]byte(`10.2.1.3 - - [12/Mar/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 612 "-" "curl/8.5" 345 0.004 [default-web-80] [] 10.1.2.3:8080 612 0.004 200 5f2a`))
	formats := Formats()
	f.Fuzz(func(t *testing.T, line []byte) {
		for _, format := range formats {
			p, q := format.NewParser(), format.NewParser()
			var r, back Record
			if p.Parse(line, &r) != nil {
				continue
			}
			// A value that is "-" once it is unescaped reads as absent.
			for i := range recordFields {
				if v := r.named(-1 - i); string(*v) == "-" {
					return
				}
			}
			for i := range r.slots {
				if string(r.slots[i]) == "-" {
					return
				}
			}
			written := format.Append(nil, &r)
			if err := q.Parse(written, &back); err != nil {
				t.Fatalf("%s: %q was written as %q: %v", format.Name(), line, written, err)
			}
			sameRecord(t, written, format.Name(), &back, &r)
		}
	})
}
