package scenarios

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// override sets fields as flags do.
func (d *decoder) override(s *Scenario, overrides []Override) {
	for _, o := range overrides {
		if header, err := parseHeaderLine(o.Value); o.Field == "headers" && err == nil {
			s.Headers = slices.DeleteFunc(s.Headers, func(h Header) bool { return strings.EqualFold(h.Name, header.Name) })
		}
	}
	lists := map[string]bool{}
	for _, o := range overrides {
		if !lists[o.Field] && d.emptyList(s, o.Field) {
			lists[o.Field] = true
		}
		d.file.flags[o.Field] = o.From
		delete(d.seen, o.Field)
		if err := d.set(s, o); err != nil {
			d.addError(o.Field, err)
		}
	}
	s.Traffic.yield(d.file.flags)
}

// yield lets go of what the file says where a flag has over-determined pv, duration and rate: a flag outlasts the
// file, and pv outlasts the others.
func (t *Traffic) yield(flags map[string]string) {
	if t.PV == 0 || t.Duration == 0 || t.Rate == 0 {
		return
	}
	set := func(field string) bool { return flags["traffic."+field] != "" }
	switch {
	case set("rate") && !set("duration"), set("pv") && !set("duration") && !set("rate"):
		t.Duration = 0
	case set("duration") && !set("rate"):
		t.Rate = 0
	case set("duration") && set("rate") && !set("pv"):
		t.PV = 0
	}
}

// set sets the field that an override names.
func (d *decoder) set(s *Scenario, o Override) error {
	if o.Field == "headers" {
		header, err := parseHeaderLine(o.Value)
		if err != nil {
			return err
		}
		s.Headers = append(s.Headers, header)
		return nil
	}
	v, positive, ok := find(s, o.Field)
	if !ok {
		return errors.New("no field of a scenario")
	}
	if list, ok := v.Addr().Interface().(*[]string); ok {
		*list = append(*list, o.Value)
		return nil
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	kind, ok := scalarKinds[v.Type()]
	if !ok {
		return errors.New("no single value of a scenario")
	}
	d.setScalar(o.Value, v, kind, o.Field)
	if positive != "" && v.IsZero() {
		d.add(o.Field, fieldName(o.Field)+" must be above 0", "")
	}
	return nil
}

// emptyList empties a list that overrides fill anew; ok is false if the field is none.
func (d *decoder) emptyList(s *Scenario, field string) (ok bool) {
	v, _, ok := find(s, field)
	if !ok {
		return false
	}
	list, ok := v.Addr().Interface().(*[]string)
	if ok {
		*list = nil
	}
	return ok
}

// find returns the field of a path, and its tag positive.
func find(s *Scenario, path string) (v reflect.Value, positive string, ok bool) {
	v = reflect.ValueOf(s).Elem()
	for _, key := range strings.Split(path, ".") {
		i, ok := fieldOf(v, key)
		if !ok {
			return v, "", false
		}
		positive = v.Type().Field(i).Tag.Get("positive")
		v = v.Field(i)
	}
	return v, positive, true
}

// fieldOf returns the index of the field of a struct that has a key in a file.
func fieldOf(v reflect.Value, key string) (int, bool) {
	if v.Kind() == reflect.Struct {
		for i := range v.NumField() {
			if k := fieldKey(v.Type().Field(i)); k != "" && k == key {
				return i, true
			}
		}
	}
	return 0, false
}

// parseHeaderLine reads "NAME: VALUE".
func parseHeaderLine(text string) (Header, error) {
	name, value, ok := strings.Cut(text, ":")
	if !ok {
		return Header{}, &hintedError{"not a header", "write it as in " + strconv.Quote("Accept: text/html")}
	}
	return Header{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)}, nil
}
