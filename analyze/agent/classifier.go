package agent

import "github.com/zeebo/xxh3"

// Ways and sets of the cache: 16,384 sets of 4 are 65,536 User-Agents in
// 768 KiB.
const (
	ways    = 4
	setBits = 14
)

type set struct {
	keys [ways]uint64 // XXH3-64 of the User-Agent, 0 for none; the last used first
	ids  [ways]ID
}

// Classifier is Classify with a cache of the last 65,536 distinct User-Agents
// (a set-associative one of fixed size, 768 KiB). The zero value is ready for
// use. It belongs to one goroutine.
//
// The cache knows a User-Agent by its 64-bit hash alone. That an unknown one
// meets one of the four entries it is compared with, and gets its Agent, has
// a probability of 4·2⁻⁶⁴ a lookup; who forges such a pair can make one
// User-Agent of his pass for another, which he can also do by sending that.
type Classifier struct {
	m    *matcher
	sets []set
}

// Classify tells what ua is, as the function Classify does, without
// allocating. It does not keep ua.
func (c *Classifier) Classify(ua []byte) Agent {
	id := c.Identify(ua)
	return id.agent(c.m.families)
}

// Identify is Classify for those who count.
func (c *Classifier) Identify(ua []byte) ID {
	if c.sets == nil {
		c.m = theMatcher()
		c.sets = make([]set, 1<<setBits)
		clear(c.sets) // fresh memory that is read first is mapped twice
	}
	ua = ua[:min(len(ua), MaxLength)]
	key := xxh3.Hash(ua)
	if key == 0 {
		key = 1
	}
	s := &c.sets[key>>(64-setBits)]
	if s.keys[0] == key {
		return s.ids[0]
	}
	for way := 1; way < ways; way++ {
		if s.keys[way] == key {
			id := s.ids[way]
			s.use(way, key, id)
			return id
		}
	}
	id := c.m.identify(ua)
	s.use(ways-1, key, id)
	return id
}

// use puts an entry first; those before way move back by one.
func (s *set) use(way int, key uint64, id ID) {
	copy(s.keys[1:way+1], s.keys[:way])
	copy(s.ids[1:way+1], s.ids[:way])
	s.keys[0], s.ids[0] = key, id
}
