package cmd_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/loadx/loadx/profile"
)

type stateKey struct{}

// A scriptState is what one script has running.
type scriptState struct {
	processes map[string]*process
	target    *target // the last one started
	closers   []func()
	signalled time.Time
}

func newScriptState() *scriptState { return &scriptState{processes: map[string]*process{}} }

func stateOf(ts *testscript.TestScript) *scriptState { return ts.Value(stateKey{}).(*scriptState) }

func (s *scriptState) close() {
	for _, p := range s.processes {
		p.cmd.Process.Kill() //nolint:errcheck // it may be gone
		<-p.gone
	}
	for _, c := range s.closers {
		c()
	}
}

// An output collects what a program writes while the script looks at it.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// A process is a program that runs beside the script.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr output
	gone           chan struct{}
	err            error
	signalled      time.Time
	ended          time.Time
}

func number(ts *testscript.TestScript, s string) int {
	n, err := strconv.Atoi(s)
	ts.Check(err)
	return n
}

func duration(ts *testscript.TestScript, s string) time.Duration {
	d, err := time.ParseDuration(s)
	ts.Check(err)
	return d
}

// start NAME PROGRAM ARGS... runs a program beside the script.
func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start name program [args...]")
	}
	path, err := exec.LookPath(args[1])
	ts.Check(err)
	p := &process{cmd: exec.Command(path, args[2:]...), gone: make(chan struct{})}
	p.cmd.Dir = ts.MkAbs(".")
	p.cmd.Env = append(os.Environ(), "HOME=/no-home", "TMPDIR="+ts.Getenv("TMPDIR"))
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	ts.Check(p.cmd.Start())
	go func() {
		p.err = p.cmd.Wait()
		p.ended = time.Now()
		close(p.gone)
	}()
	stateOf(ts).processes[args[0]] = p
}

func processOf(ts *testscript.TestScript, name string) *process {
	p := stateOf(ts).processes[name]
	if p == nil {
		ts.Fatalf("no process %q was started", name)
	}
	return p
}

var signals = map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}

// signal NAME INT|TERM|KILL sends a signal to a program that was started.
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 || signals[args[1]] == 0 {
		ts.Fatalf("usage: signal name INT|TERM|KILL")
	}
	p := processOf(ts, args[0])
	p.signalled = time.Now()
	stateOf(ts).signalled = p.signalled
	ts.Check(p.cmd.Process.Signal(signals[args[1]]))
}

// ends NAME CODE [WITHIN] waits for the end of a program that was started, at most that long after its last signal; the
// exit code of a killed one is -1. What it wrote becomes stdout and stderr.
func cmdEnds(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: ends name code [within]")
	}
	p := processOf(ts, args[0])
	select {
	case <-p.gone:
	case <-time.After(60 * time.Second):
		ts.Fatalf("%s did not end; so far it said %s%s", args[0], &p.stdout, &p.stderr)
	}
	fmt.Fprint(ts.Stdout(), &p.stdout)
	fmt.Fprint(ts.Stderr(), &p.stderr)
	if got := exitCode(p.err); got != number(ts, args[1]) {
		ts.Fatalf("%s: exit code %d, want %s", args[0], got, args[1])
	}
	if len(args) == 3 {
		took, limit := p.ended.Sub(p.signalled), duration(ts, args[2])
		ts.Logf("[ended %v after the signal]", took)
		if took > limit {
			ts.Fatalf("%s ended %v after the signal, want at most %v", args[0], took, limit)
		}
	}
}

// says NAME TEXT waits until a program that was started has written that text.
func cmdSays(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: says name text")
	}
	p := processOf(ts, args[0])
	eventually(ts, args[0]+" to say "+args[1], func() bool {
		return strings.Contains(p.stdout.String()+p.stderr.String(), args[1])
	})
}

// stopped WITHIN wants that the last request reached the target at most that long after the last signal.
func cmdStopped(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: stopped within")
	}
	s := stateOf(ts)
	after := s.target.lastArrival().Sub(s.signalled)
	ts.Logf("[the last request came %v after the signal]", after)
	if limit := duration(ts, args[0]); after > limit {
		ts.Fatalf("the last request came %v after the signal, want at most %v", after, limit)
	}
}

// saved FILE HITS waits until a saved profile tells of that many hits at least.
func cmdSaved(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: saved file hits")
	}
	path, want := ts.MkAbs(args[0]), uint64(number(ts, args[1]))
	eventually(ts, "a saved profile", func() bool {
		p, err := profile.Load(path)
		return err == nil && p.Hits >= want
	})
}

// eventually looks again and again until cond holds.
func eventually(ts *testscript.TestScript, what string, cond func() bool) {
	deadline := time.After(60 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("waited in vain for %s", what)
		}
	}
}
