package filter

import (
	"net/netip"
	"regexp"
	"strconv"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/profile/uv"
)

// A node is an expression.
type node struct {
	kind nodeKind
	kids []node // of and, or; the one of not
	test test
}

type nodeKind uint8

const (
	isTest nodeKind = iota
	isAnd
	isOr
	isNot
)

func (n *node) match(r *accesslog.Record) bool {
	switch n.kind {
	case isAnd:
		for i := range n.kids {
			if !n.kids[i].match(r) {
				return false
			}
		}
		return true
	case isOr:
		for i := range n.kids {
			if n.kids[i].match(r) {
				return true
			}
		}
		return false
	case isNot:
		return !n.kids[0].match(r)
	}
	return n.test.match(r)
}

// A test is a comparison of a field with values.
type test struct {
	field  field
	offset int // of the field in the source
	slot   int // in records of the bound format, for fields that have one
	op     operator

	integers []int64        // of status, bytes, duration, time
	number   float64        // for an order of a named field
	texts    []string       // of everything else, and of an addr what is no address
	networks []netip.Prefix // of an addr
	pattern  *regexp.Regexp // for ~ and !~
	absent   bool           // "-" is among the texts
}

type operator uint8

const (
	equal operator = iota
	notEqual
	less
	lessEqual
	greater
	greaterEqual
	matches
	matchesNot
	in
)

var operatorNames = [...]string{
	equal: "==", notEqual: "!=", less: "<", lessEqual: "<=", greater: ">", greaterEqual: ">=", matches: "~",
	matchesNot: "!~", in: "in",
}

func (o operator) String() string { return operatorNames[o] }

func (o operator) ordered() bool { return less <= o && o <= greaterEqual }

func (t *test) match(r *accesslog.Record) bool {
	if t.field.isInteger() {
		v, ok := t.field.integer(r)
		return ok && t.matchInteger(v)
	}
	v := t.text(r)
	switch {
	case v == nil:
		return t.absent && (t.op == equal || t.op == in)
	case t.op == matches:
		return t.pattern.Match(v)
	case t.op == matchesNot:
		return !t.pattern.Match(v)
	case t.op.ordered():
		number, ok := parseNumber(v)
		return ok && t.op.holds(number < t.number, number == t.number)
	}
	return t.isOneOf(v) == (t.op != notEqual)
}

// holds says whether an order does that has the value below the limit, or equal to it.
func (o operator) holds(below, same bool) bool {
	switch o {
	case less:
		return below
	case lessEqual:
		return below || same
	case greater:
		return !below && !same
	default:
		return !below
	}
}

func (t *test) matchInteger(v int64) bool {
	if t.op.ordered() {
		return t.op.holds(v < t.integers[0], v == t.integers[0])
	}
	found := false
	for _, want := range t.integers {
		found = found || v == want
	}
	return found == (t.op != notEqual)
}

// isOneOf says whether a text is among the texts, or an address in one of the networks.
func (t *test) isOneOf(v []byte) bool {
	for _, want := range t.texts {
		if string(v) == want {
			return true
		}
	}
	if len(t.networks) == 0 {
		return false
	}
	addr, ok := uv.ParseIP(v)
	if !ok {
		return false
	}
	for i := range t.networks {
		if t.networks[i].Contains(addr) {
			return true
		}
	}
	return false
}

// text returns what a record has for the field of the test, nil if nothing.
func (t *test) text(r *accesslog.Record) []byte {
	switch t.field.id {
	case fieldPath:
		if r.URI == nil {
			return nil
		}
		return r.Path()
	case fieldQuery:
		return r.Query()
	}
	return r.Slot(t.slot)
}

// maxNumberLen is the length of the longest text that is taken for a number. It fits the buffer that a conversion to a
// string need not allocate.
const maxNumberLen = 32

// parseNumber reads a decimal number: digits with or without sign and decimal point. What it refuses itself,
// strconv.ParseFloat would make an error of, and allocate.
func parseNumber(v []byte) (number float64, ok bool) {
	if len(v) > maxNumberLen {
		return 0, false
	}
	digits, points := 0, 0
	for i, c := range v {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case c == '.':
			points++
		case i > 0 || c != '-' && c != '+':
			return 0, false
		}
	}
	if digits == 0 || points > 1 {
		return 0, false
	}
	number, err := strconv.ParseFloat(string(v), 64)
	return number, err == nil
}
