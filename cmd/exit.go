package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/loadx/loadx/profile/printable"
)

// The exit codes are an interface: scripts rely on them. See `loadx help exit-codes`.
const (
	exitOK          = 0
	exitGateFailed  = 1
	exitUsage       = 2
	exitUntrusted   = 3
	exitInterrupted = 130
)

const exitCodesHelp = `loadx exits with

  0    done, and every gate passed
  1    a gate failed, or had no data
  2    usage, scenario or gate error; nothing was sent or read
  3    the measurement can't be trusted or could not be made: no parsable
       line, a file that can't be read (after the rest is reported), a report
       that can't be written, the tool missed its plan
  130  interrupted; the partial report is complete, says so, and its verdict
       is invalid

130 goes before 3, and 3 before 1.
`

// A failure is an error with its exit code, a hint for the user, and details that do not fit in one line.
type failure struct {
	code   int
	err    error
	hint   string
	detail string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func usage(err error) error     { return withCode(exitUsage, err) }
func untrusted(err error) error { return withCode(exitUntrusted, err) }

// withCode attaches an exit code to an error that has none yet.
func withCode(code int, err error) error {
	if f := (*failure)(nil); err == nil || errors.As(err, &f) {
		return err
	}
	return &failure{code: code, err: err}
}

func withHint(err error, hint string) error {
	if f := (*failure)(nil); errors.As(err, &f) {
		f.hint = hint
		return err
	}
	return &failure{code: exitUsage, err: err, hint: hint}
}

// report prints an error for the user and returns its exit code.
func (e Env) report(err error) int {
	if err == nil {
		return exitOK
	}
	f := &failure{code: exitUsage, err: err}
	errors.As(err, &f)
	if !errors.Is(f.err, errSilent) {
		fmt.Fprintf(e.Stderr, "loadx: %s\n", oneLine(err))
	}
	if f.detail != "" {
		for line := range strings.Lines(f.detail) {
			fmt.Fprintln(e.Stderr, harmless(strings.TrimSuffix(line, "\n")))
		}
	}
	if f.hint != "" {
		fmt.Fprintf(e.Stderr, "hint: %s\n", harmless(f.hint))
	}
	return f.code
}

// oneLine is the text of an error that may be several joined ones, as one harmless line.
func oneLine(err error) string {
	return harmless(strings.ReplaceAll(strings.TrimRight(err.Error(), "\n"), "\n", "; "))
}

// maxMessage is how long a line on standard error may be: names and values in it may be of any length.
const maxMessage = 2000

// harmless makes a message fit for a terminal, whatever file names and values it repeats.
func harmless(s string) string {
	if len(s) > maxMessage {
		s = s[:maxMessage] + "…"
	}
	return printable.Text(s)
}

// errSilent carries an exit code whose reason the report has told already.
var errSilent = errors.New("see the report")

func silent(code int) error {
	if code == exitOK {
		return nil
	}
	return &failure{code: code, err: errSilent}
}
