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
func Classify(ua []byte) Agent { return theMatcher().classify(ua).agent() }

// Browsers returns the names Agent.Browser can have beside Other.
func Browsers() []string { return claimNames(browsers) }

// Systems returns the names Agent.System can have beside Other.
func Systems() []string { return claimNames(systems) }

// verdict is an Agent in four bytes: from the lowest bit 2 bits of Kind, 6 of
// 1 + the index in browsers, 6 of 1 + the index in systems, 18 of 1 + the
// index in the families; 0 for none.
type verdict uint32

func newVerdict(kind Kind, browser, system, family int) verdict {
	return verdict(kind) | verdict(browser+1)<<2 | verdict(system+1)<<8 | verdict(family+1)<<14
}

// Names by what a verdict holds: one more than the index, 0 for none. As many
// as its bits can say, so that no index needs a check.
var (
	browserNames = verdictNames(browsers)
	systemNames  = verdictNames(systems)
)

func verdictNames(list []claim) *[64]string {
	names := new([64]string)
	names[0] = Other
	copy(names[1:], claimNames(list))
	return names
}

func (v verdict) agent() Agent {
	a := Agent{Kind: Kind(v & 3), Browser: browserNames[v>>2&63], System: systemNames[v>>8&63]}
	if family := v >> 14; family > 0 {
		a.Bot = theMatcher().families[family-1]
	}
	return a
}
