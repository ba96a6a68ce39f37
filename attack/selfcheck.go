package attack

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
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

// ownFiles are the files that are open beside the connections: standard streams, reports, the poller.
const ownFiles = 32

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
	inFlight, kept := plan.Connection().MaxInFlight, keptForUsers(plan)
	need := inFlight + kept + ownFiles
	if m.OpenFiles == 0 || need <= m.OpenFiles {
		return nil, nil
	}
	what := fmt.Sprintf("%d requests in flight", inFlight)
	if kept > 0 {
		what += fmt.Sprintf(" and %d connections that are kept for their users", kept)
	}
	text := fmt.Sprintf("%s need %d open files, and this process may have %d", what, need, m.OpenFiles)
	fix := fmt.Sprintf("lower the cap on requests in flight (--max-in-flight %d)", max(int64(m.OpenFiles)-ownFiles, 1))
	if room := int64(m.OpenFiles) - int64(inFlight) - ownFiles; kept > 0 && room > 0 {
		fix = fmt.Sprintf("keep fewer connections (--max-idle %d)", room)
	}
	hint := fmt.Sprintf("raise the limit (ulimit -n %d), or %s", need, fix)
	// A closed loop is certain to open a connection for each; a schedule does so only if the target is slow.
	if inFlight+ownFiles > m.OpenFiles && plan.MaxRate() && (plan.PV() == 0 || plan.PV() >= inFlight) {
		return nil, &MachineError{text, hint}
	}
	when := "if the target is slow"
	if kept > 0 && kept+ownFiles > m.OpenFiles {
		when = "as users come"
	}
	return &profile.Warning{Text: text + ": " + when + ", connections will fail here", Hint: hint}, nil
}

func (m Machine) checkPorts(plan *scenarios.Plan) (*profile.Warning, error) {
	conn := plan.Connection()
	if m.Ports == 0 || conn.Unix != "" {
		return nil, nil
	}
	ports := m.Ports * uint64(max(len(conn.LocalAddrs), 1))
	need, why := conn.MaxInFlight, fmt.Sprintf("%d requests in flight", conn.MaxInFlight)
	if kept := keptForUsers(plan); kept > 0 {
		need += kept
		why += fmt.Sprintf(" and %d connections that are kept for their users", kept)
	}
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
