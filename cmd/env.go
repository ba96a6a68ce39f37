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

	"github.com/loadx/loadx/cmd/live"
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
	// StdoutWidth is the width of the terminal behind standard output in columns, 0 for no terminal.
	StdoutWidth int
	// StderrSize tells the size of the terminal behind standard error, which may change; nil for no terminal.
	StderrSize func() (columns, rows int)
	// Exit ends the process at once.
	Exit func(code int)

	// screen is Stderr where progress is redrawn in place, else nil.
	screen *live.Screen
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
		StdoutWidth: width(os.Stdout), StderrSize: sizeOf(os.Stderr), Exit: os.Exit,
	})
}

// softMemoryLimit leaves room for what the runtime does not count: the program itself and the stacks of the system.
const softMemoryLimit = 108 << 20

func width(f *os.File) int {
	size := sizeOf(f)
	if size == nil {
		return 0
	}
	if columns, _ := size(); columns > 0 {
		return columns
	}
	return 80
}

// sizeOf asks a terminal for its size, 0 where it does not say; it is nil for what is no terminal.
func sizeOf(f *os.File) func() (columns, rows int) {
	if !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return func() (columns, rows int) {
		columns, rows, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 0, 0
		}
		return columns, rows
	}
}

func (e Env) getenv(name string) string {
	v, _ := e.Getenv(name)
	return v
}

// live says whether progress may be redrawn in place on standard error.
func (e Env) live() bool { return e.StderrSize != nil && e.fancy() }

// color says whether the report on standard output may be coloured.
func (e Env) color() bool { return e.StdoutWidth > 0 && e.fancy() }

// fancy says whether a terminal is to get more than plain lines.
func (e Env) fancy() bool {
	return e.getenv("NO_COLOR") == "" && e.getenv("CI") == "" && e.getenv("TERM") != "dumb"
}

// onScreen makes standard error a screen if progress may be redrawn there: all messages then go through it, and so
// between the redraws.
func (e *Env) onScreen() {
	if e.live() {
		e.screen = live.NewScreen(e.Stderr, e.StderrSize)
		e.Stderr = e.screen
	}
}
