// Package cmd is loadx's command line: flags, wiring and exit codes. Every measurement happens in the packages behind it.
//
// Output rules: standard output carries the report and nothing else; progress, warnings and errors go to standard error.
// An error is one line, `loadx: what: why`, lower case and without a full stop; a hint follows on a line of its own.
package cmd

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/term"
)

// Env is the world that a command runs in. Nothing else in the program reads the process's environment.
type Env struct {
	// Args are the arguments after the program's name.
	Args   []string
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	// Getenv looks up an environment variable.
	Getenv func(string) (string, bool)
	// Interrupts delivers Ctrl-C and the like: the first ends a measurement, the second ends the program.
	Interrupts <-chan os.Signal
	// Subscribe starts the delivery of Interrupts, which until then end the process; nil where they are always delivered.
	Subscribe func()
	// Now is the clock.
	Now func() time.Time
	// StdoutWidth and StderrWidth are the widths of the terminals behind the streams in columns, 0 for no terminal.
	StdoutWidth, StderrWidth int
	// Exit ends the process at once.
	Exit func(code int)
}

// Main runs loadx in the world of the process and returns the exit code.
func Main() int {
	interrupts := make(chan os.Signal, 4)
	// The budget of an analysis, as a soft limit: the collector works harder before the process grows.
	if _, set := os.LookupEnv("GOMEMLIMIT"); !set {
		debug.SetMemoryLimit(softMemoryLimit)
	}
	return Run(context.Background(), Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: os.LookupEnv, Interrupts: interrupts, Now: time.Now,
		Subscribe:   func() { signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP) },
		StdoutWidth: width(os.Stdout), StderrWidth: width(os.Stderr), Exit: os.Exit,
	})
}

// softMemoryLimit leaves room for what the runtime does not count: the program itself and the stacks of the system.
const softMemoryLimit = 108 << 20

func width(f *os.File) int {
	if !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil || w <= 0 {
		return 80
	}
	return w
}

func (e Env) getenv(name string) string {
	v, _ := e.Getenv(name)
	return v
}

// live says whether progress may be redrawn in place on standard error.
func (e Env) live() bool {
	return e.StderrWidth > 0 && e.getenv("CI") == "" && e.getenv("TERM") != "dumb"
}

// color says whether the report on standard output may be coloured.
func (e Env) color() bool {
	return e.StdoutWidth > 0 && e.getenv("NO_COLOR") == "" && e.getenv("CI") == "" && e.getenv("TERM") != "dumb"
}
