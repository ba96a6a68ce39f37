package accesslog

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Explanation is what a format understands of one line.
type Explanation struct {
	// Fields are the fields that were understood, in the order of the line for
	// a text format.
	Fields []FieldValue
	// Err says where the line stops being of the format; nil for a line that is.
	Err *LineError
	// Comment says that the line carries no request: a directive or a comment.
	Comment bool
}

// FieldValue is one field of a line.
type FieldValue struct {
	Name string
	// Value is the text without its escapes, or a number as it was understood:
	// it may hold any bytes. nil for a field that the line leaves
	// absent, as with "-".
	Value []byte
}

// Explain parses one line and tells field by field what was understood of it. d
// is what is in force before the line, for a format that is Stateful.
func (f *Format) Explain(line []byte, d *Directives) Explanation {
	p := f.NewParser()
	p.SetDirectives(d)
	var r Record
	err := p.Parse(line, &r)
	if errors.Is(err, ErrComment) {
		return Explanation{Comment: true}
	}
	var e Explanation
	if bad := (*LineError)(nil); errors.As(err, &bad) {
		e.Err = bad.Clone()
		if p.values.set != 0 {
			e.Fields = p.values.explain()
			return e
		}
	}
	for _, name := range f.fields {
		if e.Err != nil && name == e.Err.Field {
			break
		}
		if e.Err != nil && !f.reached(name, &r) {
			continue
		}
		e.Fields = append(e.Fields, f.value(name, &r)...)
	}
	return e
}

// reached reports whether a line that was given up has left a value for the
// field.
func (f *Format) reached(name string, r *Record) bool {
	for _, v := range f.value(name, r) {
		if v.Value != nil {
			return true
		}
	}
	return false
}

// value reads one field of a record; the request brings its parts along.
func (f *Format) value(name string, r *Record) []FieldValue {
	number := func(has bool, text string) []FieldValue {
		if !has {
			return []FieldValue{{Name: name}}
		}
		return []FieldValue{{name, []byte(text)}}
	}
	switch f.kindOf(name) {
	case kindStatus:
		return number(r.Status != 0, string(appendDigits(nil, r.Status, 3)))
	case kindBytes:
		return number(r.Bytes >= 0, strconv.FormatInt(r.Bytes, 10))
	case kindTime:
		layout := time.RFC3339Nano
		if !r.HasOffset {
			layout = strings.TrimSuffix(layout, "Z07:00")
		}
		return number(r.HasTime, r.when().Format(layout))
	case kindDuration:
		return number(r.HasServer, strings.ReplaceAll(r.Server.String(), "µ", "u"))
	}
	slot, ok := f.Slot(name)
	if !ok {
		return nil
	}
	out := []FieldValue{{name, r.Slot(slot)}}
	if name == "request" && r.RawRequest != nil && !r.BadRequest && !slices.Contains(f.fields, "method") {
		out = append(out, FieldValue{"method", r.Method}, FieldValue{"uri", r.URI}, FieldValue{"proto", r.Proto})
	}
	return out
}

// kindOf returns the kind of a field that is a number in the record, all times
// being one, and kindSkip for any other.
func (f *Format) kindOf(name string) kind {
	codec := f.codec
	if w, ok := codec.(*wrapped); ok {
		codec = w.inner.codec
	}
	pr, ok := codec.(*program)
	if !ok {
		return map[string]kind{"status": kindStatus, "bytes": kindBytes, "time": kindTime, "duration": kindDuration}[name]
	}
	for i := range pr.steps {
		st := &pr.steps[i]
		if st.name != name {
			continue
		}
		switch k := st.kind; k {
		case kindStatus, kindBytes, kindDuration:
			return k
		case kindTimeLocal, kindTimeISO, kindEpoch, kindTimePart:
			return kindTime
		}
	}
	return kindSkip
}

// kindNames are what values with names are called in an explanation.
var kindNames = map[kind]string{
	kindPath: "path", kindQuery: "query", kindTime: "time", kindDate: "date", kindClock: "time", kindStatus: "status",
	kindBytes: "bytes", kindDuration: "duration", kindCookies: "cookies", kindHostURI: "host and uri",
}

// explain lists the values that were read before the line was given up.
func (v *values) explain() (out []FieldValue) {
	for k := range kindCount {
		if v.set>>k&1 == 0 {
			continue
		}
		name, ok := kindNames[k]
		if !ok {
			name = recordNames(k)[0]
		}
		out = append(out, FieldValue{name, v.of[k].text})
	}
	return out
}
