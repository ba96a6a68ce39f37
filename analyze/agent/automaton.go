package agent

// automaton finds all occurrences of many literals in one pass (Aho, Corasick:
// Efficient string matching: an aid to bibliographic search, CACM 18(6), 1975,
// section 3 and the deterministic form of section 6). Letters match in either
// case. It is immutable once built.
type automaton struct {
	class [256]uint8 // of a byte; 0 for bytes that are in no literal
	// next[state<<classBits|class] is the next state, with found set when
	// literals end there. States are numbered breadth first, so that the few
	// that most bytes lead to lie together.
	next []uint16
	// ends[starts[s]:starts[s+1]] are the numbers of the literals that end in
	// state s, the longest first.
	starts []uint32
	ends   []uint16
}

const (
	classBits = 6
	found     = 1 << 15
)

// newAutomaton returns the automaton of literals, which are in lower case and
// not empty.
func newAutomaton(literals []string) *automaton {
	a := &automaton{}
	classes := 1
	for _, literal := range literals {
		for i := range len(literal) {
			if c := literal[i]; a.class[c] == 0 {
				a.class[c] = uint8(classes)
				classes++
			}
		}
	}
	if classes > 1<<classBits {
		panic("BUG: agent: more classes of bytes than an automaton has")
	}
	for c := byte('A'); c <= 'Z'; c++ {
		a.class[c] = a.class[lower(c)]
	}
	t := newTrie(literals, a)
	if len(t.children) >= found {
		panic("BUG: agent: more states than an automaton has")
	}
	a.link(t)
	return a
}

// trie is the goto function, before its states are numbered.
type trie struct {
	children [][1 << classBits]uint16 // 0 for none: no edge leads to the root
	ends     [][]uint16
}

func newTrie(literals []string, a *automaton) *trie {
	t := &trie{children: make([][1 << classBits]uint16, 1), ends: make([][]uint16, 1)}
	for number, literal := range literals {
		node := uint16(0)
		for i := range len(literal) {
			child := &t.children[node][a.class[literal[i]]]
			if *child == 0 {
				*child = uint16(len(t.children))
				node = *child
				t.children = append(t.children, [1 << classBits]uint16{})
				t.ends = append(t.ends, nil)
			} else {
				node = *child
			}
		}
		t.ends[node] = append(t.ends[node], uint16(number))
	}
	return t
}

// link numbers the states breadth first and fills in the transitions that
// failure links would take.
func (a *automaton) link(t *trie) {
	states := len(t.children)
	a.next = make([]uint16, states<<classBits)
	a.starts = make([]uint32, 1, states+1)
	order := []uint16{0}              // trie nodes by state
	number := make([]uint16, states)  // state by trie node
	failure := make([]uint16, states) // state by state
	for state := 0; state < len(order); state++ {
		node := order[state]
		a.ends = append(a.ends, t.ends[node]...)
		if fail := failure[state]; state > 0 {
			a.ends = append(a.ends, a.ends[a.starts[fail]:a.starts[fail+1]]...)
		}
		a.starts = append(a.starts, uint32(len(a.ends)))
		for class, child := range t.children[node] {
			// Where the failure state goes from here; it is nearer to the
			// root and therefore finished.
			var fallback uint16
			if state > 0 {
				fallback = a.next[int(failure[state])<<classBits|class]
			}
			if child == 0 {
				a.next[state<<classBits|class] = fallback
				continue
			}
			number[child] = uint16(len(order))
			failure[number[child]] = fallback
			a.next[state<<classBits|class] = number[child]
			order = append(order, child)
		}
	}
	for i, target := range a.next {
		if a.starts[target] < a.starts[target+1] {
			a.next[i] |= found
		}
	}
}
