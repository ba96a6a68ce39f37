package accesslog

import "bytes"

// The lines of a JSON log differ in their values and little else: what stands
// between two values, with its names, colons and brackets, comes again and
// again. Shapes remember such pieces of lines that were read in full. A line of
// pieces that are known is then read by one comparison for each of them, and
// without a look at its names.
//
// What a piece means follows from the objects and arrays that are open where it
// begins, its place: what was seen at a place means the same there in each line.
type shapes struct {
	root   *keyNode // of the plan that they were learned under
	places []place  // the first is that of a line's beginning
	first  *piece   // which the last line began with
	trail  []leaf   // the values of the line that is being read in full
	lost   bool     // the line being read in full is none to learn from
	full   bool
	pieces int
	size   int // of their texts, in bytes
}

// place is what is open: an object or array, and what is around that.
type place struct {
	around int32
	array  bool
	node   *keyNode
	less   uint8 // the penalty of values there
	pieces []*piece
}

// piece is what stands before a value, behind the value before; the last one of
// a line is what stands behind the last value.
type piece struct {
	literal
	text  bool
	last  bool
	less  uint8
	place int32  // of the value
	field *field // what the value means, nil if nobody wants it
	next  *piece // what stood behind the value the last time

	longer *piece // the same, the value and what is behind it, where nobody wants a value that is mostly the same
	value  []byte // the last one
	same   uint8  // lines with the same value, one after the other
	other  uint8  // lines with another one
}

// A value is part of a longer piece once it was the same in so many lines, and
// never once it was another in so many, or if it is long.
const sameValues, otherValues, maxSameValue = 16, 64, 128

// constant notes a value that nobody wants, and reports whether it shall be
// part of a longer piece.
func (p *piece) constant(v []byte) bool {
	switch {
	case p.longer != nil || len(v) > maxSameValue:
		return false
	case !bytes.Equal(p.value, v):
		p.value = append(p.value[:0], v...)
		p.other++
		p.same = 0
	case p.same < sameValues:
		p.same++
	}
	return p.same == sameValues
}

// leaf is a value, with what stood before it as a range of the line.
type leaf struct {
	from, to int
	text     bool
	less     uint8
	place    int32
	field    *field
}

// Bounds of what is remembered; lines beyond them are read in full.
const maxPlaces, maxPieces, maxPieceBytes, maxLeaves = 64, 1024, 64 << 10, 512

// begin readies the shapes for a line that is read in full.
func (s *shapes) begin(root *keyNode) {
	if s.root != root {
		*s = shapes{root: root, places: append(s.places[:0], place{}), trail: s.trail[:0]}
	}
	s.trail, s.lost = s.trail[:0], s.full
}

// enter returns the place of an object or array that opens at another.
func (s *shapes) enter(around int32, array bool, node *keyNode, less uint8) int32 {
	if s.lost {
		return 0
	}
	for i := 1; i < len(s.places); i++ {
		if p := &s.places[i]; p.around == around && p.array == array && p.node == node && p.less == less {
			return int32(i)
		}
	}
	if len(s.places) == maxPlaces {
		s.lost = true
		return 0
	}
	s.places = append(s.places, place{around: around, array: array, node: node, less: less})
	return int32(len(s.places) - 1)
}

// value notes a value of the line that is read in full: where it begins and
// ends without its quotes.
func (s *shapes) value(at int32, start, end int, text bool, f *field, less uint8) {
	if s.lost {
		return
	}
	if len(s.trail) == maxLeaves {
		s.lost = true
		return
	}
	s.trail = append(s.trail, leaf{from: end, to: start, text: text, less: less, place: at, field: f})
}

// learn remembers the pieces of a line that was read in full.
func (s *shapes) learn(line []byte) {
	if s.lost {
		return
	}
	before, from, at := &s.first, 0, int32(0)
	for i := range s.trail {
		l := &s.trail[i]
		known := s.piece(at, line[from:l.to], piece{text: l.text, less: l.less, place: l.place, field: l.field})
		if known == nil {
			return
		}
		*before = known
		before, from, at = &known.next, l.from, l.place
	}
	if end := s.piece(at, line[from:], piece{last: true}); end != nil {
		*before = end
	}
}

// piece returns the piece of a text at a place, made if need be; nil where a
// bound forbids that.
func (s *shapes) piece(at int32, text []byte, means piece) *piece {
	for _, p := range s.places[at].pieces {
		if p.text == means.text && p.last == means.last && bytes.Equal(p.literal.text, text) {
			return p
		}
	}
	p := s.remember(text, means)
	if p != nil {
		s.places[at].pieces = append(s.places[at].pieces, p)
	}
	return p
}

// remember makes a piece of a text that means the same as another one; it
// returns nil where a bound forbids that.
func (s *shapes) remember(text []byte, means piece) *piece {
	if s.pieces == maxPieces || s.size+len(text) > maxPieceBytes {
		s.full = true
		return nil
	}
	s.pieces++
	s.size += len(text)
	return &piece{literal: newLiteral(bytes.Clone(text)), text: means.text, last: means.last, less: means.less,
		place: means.place, field: means.field, next: means.next}
}

// at reports whether the piece stands at pos and a value of its sort, or the
// end of the line, behind it.
func (p *piece) at(line []byte, pos int) bool {
	if !p.literal.at(line, pos) {
		return false
	}
	end := pos + len(p.literal.text)
	return p.text || p.last == (end == len(line)) && (p.last || jsonScalar[line[end]])
}

// find returns the piece of a place that stands at pos, nil if it is not known.
func (s *shapes) find(at int32, line []byte, pos int) *piece {
	for _, p := range s.places[at].pieces {
		if p.at(line, pos) {
			return p
		}
	}
	return nil
}

// fast reads a line of known pieces. It reports false for any other, and for
// one that is wrong.
func (k jsonCodec) fast(p *Parser, line []byte, _ quoted, r *Record) bool {
	s := &p.shapes
	if s.first == nil || len(line) == 0 {
		return false
	}
	plan := k.reset(p, r)
	if s.root != plan.root {
		return false
	}
	escaped := !p.plain && bytes.IndexByte(line, '\\') >= 0
	pos, at, next := 0, int32(0), &s.first
	var constant *piece // the piece before, if its value is mostly the same, and…
	start := 0          // …where it began
	for {
		known := *next
		if known == nil || !known.at(line, pos) {
			if known = s.find(at, line, pos); known == nil {
				break
			}
			*next = known
		}
		for known.longer != nil && known.longer.at(line, pos) {
			known = known.longer
			*next = known
		}
		behind := pos + len(known.literal.text)
		if constant != nil {
			constant.longer = s.remember(line[start:behind], *known)
		}
		if known.last {
			if k.finish(p, plan, r, behind) == nil {
				return true
			}
			break
		}
		var v []byte
		var end int
		if !known.text {
			v, end = jsonScalarAt(line, behind)
		} else if end = stringEnd(line, behind); end >= 0 {
			v = line[behind:end:end]
		}
		if end < 0 {
			break
		}
		if constant = nil; known.field != nil {
			if known.text && escaped && bytes.IndexByte(v, '\\') >= 0 {
				v = p.unescape(v, escapeJSON, len(v))
			}
			p.emit(known.field, r, v, behind, known.less)
		} else if known.other < otherValues && known.constant(line[behind:end]) {
			constant, start = known, pos
		}
		pos, at, next = end, known.place, &known.next
	}
	p.scratch = p.scratch[:0]
	return false
}
