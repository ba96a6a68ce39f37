package accesslog

import (
	"bytes"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// alias is a name that a value may stand under, and what it then means. In a
// table of aliases the earlier of two names of one kind is the better. A "."
// in a name of a JSON format stands between the names of nested objects.
type alias struct {
	name string
	kind kind
	unit time.Duration // of a duration, or of a number that is a time; 0 for a time: told by its length
}

// keyed is the part that formats with named values share: JSON, LTSV and W3C.
// Its table grows by the names that Slot is asked for.
type keyed struct {
	aliases    []alias
	agents     decoding // of User-Agents
	nested     bool     // the names are looked for in the objects of the first level too
	needStatus bool
	names      nameStyle

	plan atomic.Pointer[keyPlan]
	mu   sync.Mutex // guards the making of a plan
}

// keyPlan is the table in the form that a line is read by. It is immutable.
type keyPlan struct {
	root    *keyNode
	slotOf  map[string]int
	wanted  []wantedName
	cookies []cookieSlot
	slots   int
}

// wantedName is a name that Slot was asked for, with the names that it may
// have in a line.
type wantedName struct {
	slot  int
	names []string
}

type cookieSlot struct {
	name string
	slot int
}

// keyNode is one name: the meaning of its value and the names in its object.
type keyNode struct {
	field *field
	child map[string]*keyNode
}

// wanted returns what the value of a name means, nil if nobody wants it. The
// node may be nil.
func (n *keyNode) wanted() *field {
	if n == nil {
		return nil
	}
	return n.field
}

// nameStyle says how a header or cookie is spelled as a name in a line.
type nameStyle uint8

const (
	namesJSON nameStyle = iota
	namesLTSV
	namesW3C
)

// maxAliases keeps ranks within a byte, with room below for nested ones.
const maxAliases, nestedPenalty = 120, 128

func newKeyed(k *keyed) *keyed {
	if len(k.aliases) > maxAliases {
		panic("BUG: too many aliases")
	}
	k.plan.Store(k.build(&keyPlan{slotOf: map[string]int{}}))
	return k
}

// schema describes the fields that the record itself holds.
func (k *keyed) schema() schema {
	s := schema{slotOf: map[string]int{}}
	add := func(name string) {
		if _, ok := s.slotOf[name]; !ok {
			s.slotOf[name] = 0
			s.fields = append(s.fields, name)
		}
	}
	for _, a := range k.aliases {
		switch a.kind {
		case kindTime, kindDate, kindClock:
			add("time")
		case kindStatus:
			add("status")
		case kindBytes:
			add("bytes")
		case kindDuration:
			add("duration")
		default:
			for _, name := range recordNames(a.kind) {
				if !strings.Contains(name, ":") {
					add(name)
				}
			}
		}
	}
	s.known = len(s.fields)
	return s
}

// slot resolves a name; one that the record has no field for gets a slot.
func (k *keyed) slot(name string, literal bool) (int, bool) {
	for _, a := range k.aliases {
		names := recordNames(a.kind)
		for _, n := range names {
			if n == name {
				if a.kind == kindCookies {
					break
				}
				return recordSlot(n, names[0]), true
			}
		}
	}
	if !literal && slices.Contains(recordFields, name) {
		return 0, false // none of the names that it could have is known
	}
	if plan := k.plan.Load(); plan != nil {
		if slot, ok := plan.slotOf[name]; ok {
			return slot, true
		}
	}
	return k.want(name)
}

// want makes a new plan with a slot for the name.
func (k *keyed) want(name string) (int, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	old := k.plan.Load()
	if slot, ok := old.slotOf[name]; ok {
		return slot, true
	}
	const maxName = 256
	if name == "" || len(name) > maxName || old.slots == maxSlots {
		return 0, false
	}
	plan := &keyPlan{slotOf: map[string]int{name: old.slots}, slots: old.slots + 1}
	for n, slot := range old.slotOf {
		plan.slotOf[n] = slot
	}
	plan.wanted = append(append(plan.wanted, old.wanted...), wantedName{old.slots, k.names.spellings(name)})
	plan.cookies = append(plan.cookies, old.cookies...)
	if cookie, ok := strings.CutPrefix(name, "cookie:"); ok {
		plan.cookies = append(plan.cookies, cookieSlot{cookie, old.slots})
	}
	k.plan.Store(k.build(plan))
	return old.slots, true
}

// spellings lists the names that a value may have in a line.
func (s nameStyle) spellings(name string) []string {
	kind, rest, found := strings.Cut(name, ":")
	canonical := textproto.CanonicalMIMEHeaderKey(rest)
	under := strings.ReplaceAll(rest, "-", "_")
	switch {
	case found && kind == "header" && s == namesW3C:
		return []string{"cs(" + rest + ")"}
	case found && kind == "header":
		return []string{"http_" + under, "request.headers." + canonical, "request_" + canonical, "headers." + canonical,
			"headers." + rest, rest, under, canonical}
	case found && kind == "response" && s == namesW3C:
		return []string{"sc(" + rest + ")"}
	case found && kind == "response":
		return []string{"sent_http_" + under, "resp_headers." + canonical, "downstream_" + canonical, "response_headers." + canonical}
	case found && kind == "cookie":
		return []string{"cookie_" + rest, "cookies." + rest, "cookie." + rest}
	case s == namesW3C:
		return []string{strings.ToLower(name)}
	}
	return []string{name}
}

// build makes the tree of names of the aliases and of what is wanted.
func (k *keyed) build(plan *keyPlan) *keyPlan {
	plan.root = &keyNode{}
	for i, a := range k.aliases {
		f := field{kind: a.kind, rank: uint8(255 - i), unit: a.unit}
		if a.kind == kindUserAgent {
			f.decode = k.agents
		}
		for _, node := range plan.root.find(a.name) {
			if node.field == nil {
				node.field = &f
			}
		}
	}
	for _, w := range plan.wanted {
		for _, name := range w.names {
			for _, node := range plan.root.find(name) {
				if node.field == nil {
					node.field = &field{kind: kindSkip}
				}
				f := *node.field
				f.slots = append(append([]int(nil), f.slots...), w.slot)
				node.field = &f
			}
		}
	}
	return plan
}

// find returns the nodes of a name, made if need be: one under the name as it
// is and one along the path that its dots make.
func (n *keyNode) find(name string) []*keyNode {
	nodes := []*keyNode{n.sub(name)}
	if strings.Contains(name, ".") {
		at := n
		for part := range strings.SplitSeq(name, ".") {
			at = at.sub(part)
		}
		nodes = append(nodes, at)
	}
	return nodes
}

func (n *keyNode) sub(name string) *keyNode {
	if n.child == nil {
		n.child = map[string]*keyNode{}
	}
	c := n.child[name]
	if c == nil {
		c = &keyNode{}
		n.child[name] = c
	}
	return c
}

// reset readies parser and record for the values of a line.
func (k *keyed) reset(p *Parser, r *Record) *keyPlan {
	plan := k.plan.Load()
	r.resizeSlots(plan.slots)
	clear(r.slots)
	*r = Record{format: p.format, slots: r.slots, Bytes: -1}
	p.values.set, p.values.seen, p.guess = 0, 0, 0
	return plan
}

// emit hands on one value of a wanted name.
func (p *Parser) emit(f *field, r *Record, text []byte, at int, penalty uint8) {
	if p.met != nil {
		p.met.note(f)
	}
	text = dashNil(text)
	for _, slot := range f.slots {
		if r.slots[slot] == nil {
			r.slots[slot] = text
		}
	}
	if f.kind != kindSkip {
		p.values.put(f, text, at, penalty)
	}
}

// finish makes the record once all values are in.
func (k *keyed) finish(p *Parser, plan *keyPlan, r *Record, end int) error {
	if len(plan.cookies) > 0 {
		if header := p.values.text(kindCookies); header != nil {
			for _, c := range plan.cookies {
				if r.slots[c.slot] == nil {
					r.slots[c.slot] = cookieIn(header, c.name)
				}
			}
		}
	}
	return p.values.finish(p, r, end, k.needStatus)
}

// cookieIn returns the value of a cookie in a Cookie header, nil if it is not
// there. IIS writes "+" for the space behind ";".
func cookieIn(header []byte, name string) []byte {
	for len(header) > 0 {
		pair := header
		if i := bytes.IndexByte(header, ';'); i >= 0 {
			pair, header = header[:i], header[i+1:]
		} else {
			header = nil
		}
		for len(pair) > 0 && (pair[0] == ' ' || pair[0] == '+') {
			pair = pair[1:]
		}
		if len(pair) > len(name) && pair[len(name)] == '=' && string(pair[:len(name)]) == name {
			v := pair[len(name)+1:]
			return v[:len(v):len(v)]
		}
	}
	return nil
}

// guess is what the last line had as its i-th name. The lines of a log have
// mostly the same names in the same order, so that most names cost one
// comparison and no search.
type guess struct {
	in    *keyNode
	name  []byte
	child *keyNode
}

const maxGuesses, maxGuessName = 256, 64

// guessName reports whether the name that starts at pos is the one that the
// last line had there: its node and where it ends, at the byte given, else −1.
// It spares the search for that.
func (p *Parser) guessName(node *keyNode, line []byte, pos int, behind byte) (child *keyNode, end int) {
	if p.guess < len(p.guesses) {
		g := &p.guesses[p.guess]
		end = pos + len(g.name)
		if g.in == node && end < len(line) && line[end] == behind && string(g.name) == string(line[pos:end]) {
			p.guess++
			return g.child, end
		}
	}
	return nil, -1
}

// lookup returns the node of a name in the object of node, nil if nobody wants
// it.
func (p *Parser) lookup(node *keyNode, name []byte) *keyNode {
	i := p.guess
	p.guess++
	if i < len(p.guesses) {
		if g := &p.guesses[i]; g.in == node && string(g.name) == string(name) {
			return g.child
		}
	}
	child := node.child[string(name)]
	if i < maxGuesses && len(name) <= maxGuessName {
		for len(p.guesses) <= i {
			p.guesses = append(p.guesses, guess{})
		}
		g := &p.guesses[i]
		g.in, g.name, g.child = node, append(g.name[:0], name...), child
	}
	return child
}
