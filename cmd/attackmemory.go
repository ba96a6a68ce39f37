package cmd

import (
	"math"
	"runtime/debug"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/scenarios"
)

// attackMemory is the soft limit on memory of an attack at least: with the cookies of a million users the collector would
// work in vain, and in the way of the sending, for the one of an analysis.
const attackMemory = 384 << 20

// attackGarbage is by how many percent of what lives the heap grows before the collector runs. Little lives, and vegeta's
// requests are garbage at once: at Go's 100 percent the collector runs a hundred times a second and takes a tenth of a
// core.
const attackGarbage = 800

// machine is what an attack may use of this machine. Unless the user has, it sets when the collector runs.
func (e *Env) machine(plan *scenarios.Plan, readsLog bool) attack.Machine {
	m := attack.ThisMachine()
	if e.getenv("GOGC") == "" {
		debug.SetGCPercent(attackGarbage)
	}
	if e.getenv("GOMEMLIMIT") == "" {
		_, most := attack.NeedsMemory(plan)
		debug.SetMemoryLimit(attackMemoryLimit(most, m.Memory, readsLog))
	}
	if readsLog && m.Memory > 0 {
		m.Memory = max(m.Memory, softMemoryLimit+1) - softMemoryLimit // reading the log takes its part
	}
	return m
}

// attackMemoryLimit is the soft limit on memory of an attack: one that may need more has room for it, and the reading of
// a server's log has its own. Where there is less to be had, 0 for not known, the collector works harder before that is
// used up.
func attackMemoryLimit(need, there uint64, readsLog bool) int64 {
	limit := max(need+need/4, attackMemory)
	if readsLog {
		limit += softMemoryLimit
	}
	if there > 0 {
		limit = min(limit, max(there-there/10, softMemoryLimit))
	}
	return int64(min(limit, math.MaxInt64))
}
