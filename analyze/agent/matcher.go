package agent

import (
	"math/bits"
	"sync"
)

// matcher is the automaton of all patterns. It is immutable.
type matcher struct {
	patterns []pattern
	families []string
	*automaton
}

// theMatcher builds the matcher when it is first asked for: about 3 MB, once.
var theMatcher = sync.OnceValue(func() *matcher {
	patterns, families := allPatterns()
	literals := make([]string, len(patterns))
	starred := uint8(0)
	for i := range patterns {
		literals[i] = patterns[i].literal
		if len(patterns[i].then) > 0 {
			starred++
			patterns[i].starred = starred
		}
	}
	if starred > 64 || len(browsers) > 62 || len(systems) > 62 {
		panic("BUG: agent: more patterns than a word has bits")
	}
	return &matcher{patterns, families, newAutomaton(literals)}
})

// findings is what was found in one User-Agent.
type findings struct {
	browsers  uint64 // by index
	systems   uint64
	tried     uint64 // patterns with a then, by number
	botWords  int
	address   bool
	mozilla   bool
	family    int // 0 for none
	familyLen int // length of the literal that named it
}

func (m *matcher) identify(ua []byte) ID {
	ua = ua[:min(len(ua), MaxLength)]
	var f findings
	state := uint16(0)
	for i, c := range ua {
		next := m.next[uint(state)<<classBits|uint(m.class[c])]
		state = next &^ found
		if next&found != 0 {
			for _, number := range m.ends[m.starts[state]:m.starts[state+1]] {
				m.weigh(&f, &m.patterns[number], ua, i+1)
			}
		}
	}
	return f.id()
}

// weigh adds what pattern p, whose literal ends at ua[end], says to f.
func (m *matcher) weigh(f *findings, p *pattern, ua []byte, end int) {
	if !p.holds(ua, end-len(p.literal), end) {
		return
	}
	if p.starred > 0 {
		// What does not follow the first occurrence follows no later one.
		if f.tried>>(p.starred-1)&1 != 0 {
			return
		}
		f.tried |= 1 << (p.starred - 1)
		if !p.follows(ua[end:]) {
			return
		}
	}
	switch p.says {
	case isFamily:
		// The longest literal is the most telling one.
		if len(p.literal) > f.familyLen {
			f.family, f.familyLen = int(p.value), len(p.literal)
		}
	case isBotWord:
		f.botWords++
	case isNoBotWord:
		f.botWords--
	case isAddress:
		f.address = true
	case isBrowser:
		f.browsers |= 1 << p.value
	case isSystem:
		f.systems |= 1 << p.value
	case isMozilla:
		f.mozilla = true
	}
}

func (f *findings) id() ID {
	browser, system := first(f.browsers), first(f.systems)
	kind := Unknown
	switch {
	case f.family > 0 || f.botWords > 0 || f.address && f.browsers&oldBrowsers == 0:
		kind = Bot
	case browser >= 0 || f.mozilla && system >= 0:
		kind = Person
	}
	return newID(kind, browser, system, f.family)
}

// first returns the index of the lowest bit that is set, -1 if none is.
func first(set uint64) int {
	if set == 0 {
		return -1
	}
	return bits.TrailingZeros64(set)
}
