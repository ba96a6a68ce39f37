package accesslog

import (
	"slices"
	"strings"
)

// Carries reports whether a log carries a field by the name that Slot knows.
// Most formats have a place for the field or none. Where the values of a line
// have names, it is carried if one of the lines has a value by a name of the
// field, also one that is "-" or empty; d is what is in force before the first
// of the lines, for a format that is Stateful.
func (f *Format) Carries(name string, lines [][]byte, d *Directives) bool {
	slot, ok := f.Slot(name)
	if !ok || !f.Dynamic() {
		return ok
	}
	p := f.NewParser()
	p.met = &metNames{}
	p.SetDirectives(d)
	var r Record
	for _, line := range lines {
		_ = p.Parse(line, &r) // what a refused line has is met too
	}
	return p.met.has(slot, canonicalName(name))
}

// metNames are the fields whose names a parser has met in lines.
type metNames struct {
	kinds uint64
	slots [maxSlots]bool
}

func (m *metNames) note(f *field) {
	m.kinds |= 1 << f.kind
	for _, slot := range f.slots {
		m.slots[slot] = true
	}
}

func (m *metNames) has(slot int, name string) bool {
	if slot >= 0 && m.slots[slot] {
		return true
	}
	for k := range kindCount {
		if m.kinds>>k&1 == 1 && (slices.Contains(recordNames(k), name) || k == kindCookies && strings.HasPrefix(name, "cookie:")) {
			return true
		}
	}
	return false
}
