package analyze

import (
	"github.com/loadx/loadx/analyze/agent"
	"github.com/loadx/loadx/profile"
)

// unnamedBot stands for what says that it is a bot and not which one.
const unnamedBot = "(unnamed)"

// A family holds what a recorder knows an agent by.
type family struct {
	id    agent.ID
	known bool
	label profile.Label
}

const familySlots = 1024 // a power of two

// families remembers the labels of agents, those used last. It belongs to one goroutine.
type families struct {
	recorder *profile.Recorder
	slots    [familySlots]family
}

// of returns the label of an agent.
func (f *families) of(id agent.ID) profile.Label {
	// Fibonacci hashing: the low bits of an ID alone are much the same.
	slot := &f.slots[uint32(id)*2654435769>>22%familySlots]
	if slot.id == id && slot.known {
		return slot.label
	}
	*slot = family{id: id, known: true}
	a := id.Agent()
	if a.Kind == agent.Bot {
		name := a.Bot
		if name == "" {
			name = unnamedBot
		}
		slot.label = f.recorder.Label(profile.Trait{Dimension: profile.ByBot, Name: name})
		return slot.label
	}
	slot.label = f.recorder.Label(profile.Trait{Dimension: profile.ByBrowser, Name: a.Browser},
		profile.Trait{Dimension: profile.BySystem, Name: a.System})
	return slot.label
}
