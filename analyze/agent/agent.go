// Package agent tells what a User-Agent is: a person's browser, on which
// system, or a bot, of which family.
//
// One pass of an Aho-Corasick automaton over the bytes finds every literal of
// the lists at once; what a literal alone does not prove (where a word begins
// or ends, what must follow later) is looked at only where one was found. No
// regular expression runs. The bots are those of crawler-user-agents (MIT, see
// bots.LICENSE) as literals, and what bots say of themselves: words such as
// "bot" or "crawler", an address to read ("+http://…"), the names of HTTP
// libraries and of load generators.
//
// A User-Agent is what the client says. A bot that gives itself out for a
// browser is not found here.
package agent

//go:generate go run ./gen -version 1.60.0

// Kind is who uses an agent.
type Kind uint8

// The kinds.
const (
	Unknown Kind = iota // empty, "-", or nothing that is recognised
	Person              // a browser, as far as it says
	Bot                 // a crawler, monitor, feed reader, HTTP library, load generator, …
)

// String returns "unknown", "person" or "bot".
func (k Kind) String() string {
	switch k {
	case Unknown:
		return "unknown"
	case Person:
		return "person"
	case Bot:
		return "bot"
	}
	return "invalid"
}

// Other is the Browser or System that is none of the known ones.
const Other = "Other"

// Agent is what a User-Agent says of itself.
type Agent struct {
	Kind Kind
	// Browser is one of Browsers() or Other; for a Bot the one it claims to be.
	Browser string
	// System is one of Systems() or Other; for a Bot the one it claims to use.
	System string
	// Bot is the family of a Bot ("Googlebot", "curl"), "" where it is not
	// known by name, and for all other kinds.
	Bot string
}

// MaxLength is how many bytes of a User-Agent are looked at.
const MaxLength = 4096

// Classify tells what ua is. It is a pure function, safe for concurrent use,
// and does not keep ua. Where many User-Agents recur a Classifier is faster.
func Classify(ua []byte) Agent { return Identify(ua).Agent() }

// Browsers returns the names Agent.Browser can have beside Other.
func Browsers() []string { return claimNames(browsers) }

// Systems returns the names Agent.System can have beside Other.
func Systems() []string { return claimNames(systems) }

// ID is an Agent in four bytes, made for counting many: a map or a table by ID
// stays small (a site sees some hundred of them) and is turned into names once
// at the end. Equal Agents have equal IDs. The zero ID is an unknown agent.
// IDs are those of this build of the lists: they must not be saved.
type ID uint32

// From the lowest bit an ID has 2 bits of Kind, 6 of 1 + the index in
// browsers, 6 of 1 + the index in systems, and the index in the families; 0
// for none.
func newID(kind Kind, browser, system, family int) ID {
	return ID(kind) | ID(browser+1)<<2 | ID(system+1)<<8 | ID(family)<<14
}

// Identify is Classify for those who count.
func Identify(ua []byte) ID { return theMatcher().identify(ua) }

// Kind returns the Kind of the ID's Agent.
func (id ID) Kind() Kind { return Kind(id & 3) }

// Agent returns what the ID stands for. It panics for a number that is no ID
// of this build.
func (id ID) Agent() Agent { return id.agent(theMatcher().families) }

// Names by what an ID holds: one more than the index, 0 for none. As many
// as its bits can say, so that no index needs a check.
var (
	browserNames = namesByID(browsers)
	systemNames  = namesByID(systems)
)

func namesByID(list []claim) *[64]string {
	names := new([64]string)
	names[0] = Other
	copy(names[1:], claimNames(list))
	return names
}

// agent is Agent with the matcher's families at hand.
func (id ID) agent(families []string) Agent {
	return Agent{id.Kind(), browserNames[id>>2&63], systemNames[id>>8&63], families[id>>14]}
}
