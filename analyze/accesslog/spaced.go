package accesslog

import (
	"bytes"
	"time"
)

// spaced is the quickest way through the program of a format with spaces
// between its fields, for lines in which only quoted values hold others: where
// a field stands then follows from how many gaps are before it, so that fields
// which nobody asks for cost next to nothing.
type spaced struct {
	steps  []spacedStep
	passed []passed
	slots  []cell // of those fields that are looked up only when asked for
	gaps   int    // in a line, before its end
	quotes int    // double quotes in a line
	tail   bool   // the line may end before its last field
}

// A spacedStep is a quick step that may begin and end at a gap.
type spacedStep struct {
	quickStep
	cell
	jump  bool // it begins there, and not behind the step before it
	ahead bool // it ends there, and does not find its end itself
}

// cell says where a field is between the gaps of a line.
type cell struct {
	from int // the gap before the field, -1 for the line's start
	lead int // bytes between that and the field
	gap  int // the gap behind the field, -1 if that does not tell
	back int // bytes of the literal behind the field before that gap
}

// passed is the literal behind a field that no step is for.
type passed struct {
	cell
	literal
}

// lineGaps are the gaps of a line, as many as it has fields, and its end;
// positions are counted from start places before the line.
type lineGaps struct {
	at    []uint32
	start uint32
}

// behind returns where a field begins that a gap is before.
func (g *lineGaps) behind(p *cell) int {
	if p.from < 0 {
		return p.lead
	}
	return int(g.at[p.from]-g.start) + 1 + p.lead
}

// before returns where a field ends that a gap is behind.
func (g *lineGaps) before(p *cell) int { return int(g.at[p.gap]-g.start) - p.back }

// space works out the spaced steps, if the fields of the program have gaps
// between them.
func (pr *program) space() {
	prefix := gapsOf(pr.prefix, false)
	s := spacer{
		spaced: spaced{quotes: pr.prefixQuotes, gaps: prefix.count, slots: make([]cell, pr.slots)},
		inside: prefix.inside, next: cell{from: prefix.count - 1, lead: prefix.tail}, known: true, before: pr.prefix,
	}
	for i := range s.slots {
		s.slots[i].gap = -1
	}
	for i := range pr.quick {
		if !s.add(&pr.quick[i], i == len(pr.quick)-1) {
			return
		}
	}
	if sp := s.spaced; sp.gaps > 0 {
		pr.spaced = &sp
	}
}

// A spacer works out spaced steps, field by field. What it has of them is that
// of the fields so far.
type spacer struct {
	spaced
	inside bool   // what follows is within quotes
	next   cell   // where the next field begins, if that is known
	known  bool   // a gap tells where it begins
	jump   bool   // no step ends there
	before []byte // the literal before it
}

// add adds a field and the literal behind it. It reports false if lines can't be
// read by their gaps.
func (s *spacer) add(q *quickStep, last bool) bool {
	st := q.step
	s.gaps += st.ownGaps(s.inside)
	lit := gapsOf(st.lit, s.inside)
	at := s.next
	if at.gap, at.back = -1, 0; lit.count > 0 {
		at.gap, at.back = s.gaps, lit.first
	} else if last {
		at.gap, at.back = s.gaps, len(st.lit)
	}
	ahead := at.gap >= 0 && q.endsAhead(lit.count > 0)
	switch {
	case st.blanks, q.ends == endQuote && !ahead:
		return false
	case last && (lit.count > 0 || lit.inside):
		return false // what follows has to be a gap, and may be another one or none
	case last && st.tail && len(st.lit) == 0 && !bytes.HasSuffix(s.before, blankLit):
		return false // fast tells an empty field, which is left out then, by that blank
	}
	if ahead && s.known && (st.kind == kindExtra || st.kind == kindSkip) && q.ends != endList {
		s.pass(st, q.literal, at)
		s.jump = true
	} else {
		s.steps = append(s.steps, spacedStep{quickStep: *q, cell: at, jump: s.jump, ahead: ahead})
		s.jump = false
	}
	s.gaps += lit.count
	s.inside, s.before = lit.inside, st.lit
	s.next, s.known = cell{from: s.gaps - 1, lead: lit.tail}, lit.count > 0
	s.quotes += int(q.quotes)
	s.tail = s.tail || st.tail
	return true
}

// pass leaves a field to be looked up.
func (s *spacer) pass(st *step, lit literal, at cell) {
	if st.kind == kindExtra {
		s.slots[st.slot] = at
	}
	if string(st.lit) != " " && len(st.lit) > 0 {
		s.passed = append(s.passed, passed{at, lit})
	}
}

// gapsIn are the gaps of a literal.
type gapsIn struct {
	count  int
	first  int  // bytes before the first
	tail   int  // bytes behind the last, all if there is none
	inside bool // what follows is within quotes
}

func gapsOf(lit []byte, inside bool) gapsIn {
	g := gapsIn{tail: len(lit), inside: inside}
	for i, c := range lit {
		if c == '"' {
			g.inside = !g.inside
		}
		if c != ' ' || g.inside {
			continue
		}
		if g.count == 0 {
			g.first = i
		}
		g.count++
		g.tail = len(lit) - 1 - i
	}
	return g
}

// ownGaps returns how many gaps a field has in it as its server writes it.
func (st *step) ownGaps(inside bool) int {
	switch {
	case inside:
		return 0
	case st.kind == kindTimeLocal:
		return 1
	case st.kind == kindTimePart:
		// As few as it may have, where %e is a day of two digits: with one more the
		// fields behind it would end before they begin, with one less take in others.
		return bytes.Count(st.layout.append(nil, time.Date(2000, time.October, 10, 10, 10, 10, 0, time.UTC)), blankLit)
	}
	return 0
}

// endsAhead reports whether a gap tells where the field ends: the first gap of
// the literal behind it, or else the one behind the line's last literal, which
// may also stand within the value.
func (q *quickStep) endsAhead(literal bool) bool {
	switch q.ends {
	case endQuote, endBare:
		return true
	case endSpace, endToken, endText, endList:
		return literal
	case endOfLine:
		return !q.kind.prose() && q.step.shape != shapeList
	}
	return false
}

// fast is program.fast for a line of which all gaps and quotes are known, and
// before which no quotes are open.
func (sp *spaced) fast(pr *program, d *decoder, quotes quoted, g lineGaps) bool {
	line, end := d.line, int(g.at[sp.gaps]-g.start)
	// With no more quotes than the literals have, which are all looked at, no
	// value has one.
	if len(quotes.at) > sp.quotes && int(quotes.at[sp.quotes]-g.start) < end || sp.tail && line[end-1] == ' ' {
		return false
	}
	for i := range sp.passed {
		st := &sp.passed[i]
		end := g.before(&st.cell)
		if end < g.behind(&st.cell) || !st.at(line, end) {
			return false
		}
	}
	pos := len(pr.prefix)
	for i := range sp.steps {
		st := &sp.steps[i]
		if st.jump {
			pos = g.behind(&st.cell)
		}
		var end int
		switch {
		case st.ahead:
			end = g.before(&st.cell)
		case st.ends == endSelf:
			end = d.quickSelf(st.step, pos)
		default:
			end = st.end(line, pos)
		}
		if end < pos || st.gap >= 0 && end != g.before(&st.cell) || st.ends == endList && inList(line, pos, end) ||
			!st.keep(d, pos, end) || !st.at(line, end) {
			return false
		}
		pos = end + len(st.text)
	}
	d.r.later = &d.p.later
	d.p.later = later{line: line, gaps: g, slots: sp.slots}
	return pr.finish(d) == nil
}

// later has what a record needs to look up the slots of fields that no step is
// for.
type later struct {
	line  []byte
	gaps  lineGaps
	slots []cell
}

// slot returns the value of a field, and whether it is one to look up.
func (l *later) slot(slot int) (value []byte, ok bool) {
	if slot >= len(l.slots) || l.slots[slot].gap < 0 {
		return nil, false
	}
	p := &l.slots[slot]
	begin, end := l.gaps.behind(p), l.gaps.before(p)
	return dashNil(l.line[begin:end:end]), true
}
