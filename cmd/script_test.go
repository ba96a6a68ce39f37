package cmd_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/loadx/loadx/cmd"
)

// TestMain makes this test binary be loadx when a script runs `loadx`.
func TestMain(m *testing.M) {
	// The race detector lets every program linger for a second at its end; a script starts many.
	os.Setenv("GORACE", strings.TrimSpace(os.Getenv("GORACE")+" atexit_sleep_ms=20"))
	testscript.Main(m, map[string]func(){"loadx": func() { os.Exit(cmd.Main()) }})
}

// TestScripts runs what testdata/script says about the command line. With LOADX_UPDATE_SCRIPTS=1 the cmp files of the
// scripts are rewritten.
func TestScripts(t *testing.T) {
	flag.Parse()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("LOADX_UPDATE_SCRIPTS") != "",
		Condition:           scriptCondition,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", os.Getenv("GORACE"))
			state := newScriptState()
			env.Values[stateKey{}] = state
			env.Defer(state.close)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"server":   cmdServer,
			"hits":     cmdHits,
			"inflight": cmdInFlight,
			"exits":    cmdExits,
			"calm":     cmdCalm,
			"start":    cmdStart,
			"signal":   cmdSignal,
			"ends":     cmdEnds,
			"says":     cmdSays,
			"stopped":  cmdStopped,
			"saved":    cmdSaved,
			"json":     cmdJSON,
			"schema":   cmdSchema,
			"vegeta":   cmdVegeta,
			"truncate": cmdTruncate,
			"tmpfs":    cmdTmpfs,
		},
	})
}

// scriptCondition knows [tmpfs], this process may mount a file system of a few pages, and [completes], bash-completion is
// there, as it has to be in CI.
func scriptCondition(cond string) (bool, error) {
	if cond == "completes" {
		_, err := os.Stat("/usr/share/bash-completion/bash_completion")
		return err == nil || os.Getenv("CI") == "true", nil
	}
	if cond == "tmpfs" {
		return canMount(), nil
	}
	return false, &exec.Error{Name: cond, Err: exec.ErrNotFound}
}

// truncate FILE BYTES cuts that many bytes off the file's end.
func cmdTruncate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: truncate file bytes")
	}
	path := ts.MkAbs(args[0])
	info, err := os.Stat(path)
	ts.Check(err)
	ts.Check(os.Truncate(path, info.Size()-int64(number(ts, args[1]))))
}

// An exit code of its own for programs that could not be run at all.
const notRun = -1

func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if e, ok := err.(*exec.ExitError); ok {
		return e.ExitCode()
	}
	return notRun
}

// exits CODE PROGRAM ARGS... runs a program and wants exactly that exit code.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program [args...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	if got := exitCode(err); got != number(ts, args[0]) {
		ts.Fatalf("%s: exit code %d (%v), want %s", strings.Join(args[1:], " "), got, err, args[0])
	}
}

// calm CODE PROGRAM ARGS... is exits for an attack with a schedule: when loadx itself says that this machine was too
// busy to keep the schedule, the attack is made again.
func cmdCalm(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: calm code program [args...]")
	}
	const attempts = 100
	for i := range attempts {
		err := ts.Exec(args[1], args[2:]...)
		got := exitCode(err)
		if got == number(ts, args[0]) {
			return
		}
		if got != 3 || !strings.Contains(ts.ReadFile("stderr"), "loadx and not the target was too slow") {
			ts.Fatalf("%s: exit code %d (%v), want %s", strings.Join(args[1:], " "), got, err, args[0])
		}
		ts.Logf("[attempt %d of %d: the machine was too busy]", i+1, attempts)
	}
	ts.Fatalf("the machine was too busy %d times", attempts)
}
