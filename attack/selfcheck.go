package attack

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"runtime"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
)

// ErrMachine is wrapped by the error of a plan that the machine can't send.
var ErrMachine = errors.New("this machine can't send the plan")

// A MachineError says what the machine lacks, and the fix.
type MachineError struct{ Text, Hint string }

// Error is one line without the fix.
func (e *MachineError) Error() string { return e.Text }

// Unwrap gives [ErrMachine].
func (e *MachineError) Unwrap() error { return ErrMachine }

// A Machine is what a run may use of the machine it runs on. A zero field is not known, and not checked.
type Machine struct {
	// OpenFiles is how many files and connections the process may have open.
	OpenFiles uint64
	// Ports is how many local ports there are for connections to one address of a target.
	Ports uint64
	// TimeWait is for how long a closed connection keeps its port; TimeWaitLocal is that for targets on loopback.
	TimeWait, TimeWaitLocal time.Duration
	// Memory is how many bytes are there to be had.
	Memory uint64
}

const (
	// ownFiles are the files that are open beside the connections: standard streams, reports, the poller.
	ownFiles = 32
	// connectionBytes is about what a connection and its worker hold, the kernel's buffers apart.
	connectionBytes = 24 << 10
	// baseBytes is about what the program takes by itself.
	baseBytes = 48 << 20
	// nearly is the share of the memory from which on a plan's need is worth a warning.
	nearly = 0.8
)

// check returns what may weaken the run on this machine, or an error when it is certain to fail.
func (m Machine) check(plan *scenarios.Plan) ([]profile.Warning, error) {
	var found []profile.Warning
	for _, check := range []func(*scenarios.Plan) (*profile.Warning, error){m.checkFiles, m.checkPorts, m.checkMemory} {
		w, err := check(plan)
		if err != nil {
			return nil, err
		}
		if w != nil {
			w.Code = "machine"
			found = append(found, *w)
		}
	}
	return found, nil
}

func (m Machine) checkFiles(plan *scenarios.Plan) (*profile.Warning, error) {
	inFlight := plan.Connection().MaxInFlight
	need := inFlight + ownFiles
	if m.OpenFiles == 0 || need <= m.OpenFiles {
		return nil, nil
	}
	hint := fmt.Sprintf("raise the limit (ulimit -n %d), or lower the cap on requests in flight (--max-in-flight %d)",
		need, max(int64(m.OpenFiles)-ownFiles, 1))
	text := fmt.Sprintf("%d requests in flight need %d open files, and this process may have %d", inFlight, need, m.OpenFiles)
	// A closed loop is certain to open a connection for each; a schedule does so only if the target is slow.
	if plan.MaxRate() && (plan.PV() == 0 || plan.PV() >= inFlight) {
		return nil, &MachineError{text, hint}
	}
	return &profile.Warning{Text: text + ": if the target is slow, connections will fail here", Hint: hint}, nil
}

func (m Machine) checkPorts(plan *scenarios.Plan) (*profile.Warning, error) {
	conn := plan.Connection()
	if m.Ports == 0 || conn.Unix != "" {
		return nil, nil
	}
	ports := m.Ports * uint64(max(len(conn.LocalAddrs), 1))
	need, why := conn.MaxInFlight, fmt.Sprintf("%d requests in flight", conn.MaxInFlight)
	if !conn.KeepAlive || conn.Mode == scenarios.FreshConnections {
		hold := m.TimeWait
		if onLoopback(plan) {
			hold = m.TimeWaitLocal
		}
		closed := plan.PV()
		if !plan.MaxRate() {
			closed = min(closed, uint64(float64(plan.PeakRate())*hold.Seconds()))
		}
		need += closed
		why = fmt.Sprintf("a connection for each hit, whose port is taken for another %s,", profile.Duration(hold))
	}
	if need <= ports {
		return nil, nil
	}
	return &profile.Warning{
		Text: fmt.Sprintf("%s may need %d local ports, and there are %d to one address: connections may fail here", why, need, ports),
		Hint: "keep connections alive, lower the rate, widen net.ipv4.ip_local_port_range, or share the plan among machines by shards",
	}, nil
}

func (m Machine) checkMemory(plan *scenarios.Plan) (*profile.Warning, error) {
	if m.Memory == 0 {
		return nil, nil
	}
	// The users are a bit each, in the collector's shards and in their sum.
	users := plan.ShardUsers(plan.Shard())
	need := baseBytes + plan.Connection().MaxInFlight*connectionBytes + users/8*uint64(runtime.GOMAXPROCS(0)+1)
	text := fmt.Sprintf("%d users and %d requests in flight need about %s of memory, and there is %s",
		users, plan.Connection().MaxInFlight, profile.Bytes(float64(need)), profile.Bytes(float64(m.Memory)))
	hint := "share the plan among machines by shards (--shard 1/4), or lower the cap on requests in flight"
	switch {
	case need > m.Memory:
		return nil, &MachineError{text, hint}
	case float64(need) > nearly*float64(m.Memory):
		return &profile.Warning{Text: text, Hint: hint}, nil
	}
	return nil, nil
}

// onLoopback says whether the plan's first page is on this machine.
func onLoopback(plan *scenarios.Plan) bool {
	var r scenarios.Request
	plan.Request(&r, scenarios.Visit{})
	u, err := url.Parse(r.Scheme + "://" + string(r.Address()))
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// MachineWarnings are what the check before the start found; the profile has them, too.
func (a *Attack) MachineWarnings() []profile.Warning {
	return append([]profile.Warning(nil), a.machine...)
}
