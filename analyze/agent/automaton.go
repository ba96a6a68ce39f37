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
	most := 1
	for _, literal := range literals {
		most += len(literal)
	}
	t := &trie{children: make([][1 << classBits]uint16, 1, most), ends: make([][]uint16, 1, most)}
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
	order := make([]uint16, 1, states) // trie nodes by state
	failure := make([]uint16, states)  // state by state
	for state := 0; state < len(order); state++ {
		node := order[state]
		a.ends = append(a.ends, t.ends[node]...)
		if fail := failure[state]; state > 0 {
			a.ends = append(a.ends, a.ends[a.starts[fail]:a.starts[fail+1]]...)
		}
		a.starts = append(a.starts, uint32(len(a.ends)))
		// Where nothing leads on, the state goes where its failure state goes, which is nearer to the root and therefore
		// finished.
		next := a.next[state<<classBits : (state+1)<<classBits]
		if state > 0 {
			copy(next, a.next[int(failure[state])<<classBits:])
		}
		for class, child := range t.children[node] {
			if child == 0 {
				continue
			}
			target := uint16(len(order))
			failure[target] = next[class] &^ found
			if len(t.ends[child]) > 0 || next[class]&found != 0 {
				target |= found
			}
			next[class] = target
			order = append(order, child)
		}
	}
}
