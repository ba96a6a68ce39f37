package cmd

import (
	"context"
	"fmt"
)

// interruptible returns a context that the first Ctrl-C cancels; the second ends the process at once. The release
// function must be called when the work is done.
func (e *Env) interruptible(ctx context.Context, notice string) (_ context.Context, release func()) {
	if e.Subscribe != nil {
		e.Subscribe()
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for count := 0; ; count++ {
			select {
			case <-done:
				return
			case <-e.Interrupts:
			}
			// The terminal has echoed ^C behind what stood there: a progress that was redrawn goes with it, behind anything
			// else a new line begins.
			gap := "\n"
			if e.screen != nil && e.screen.Clear() {
				gap = ""
			}
			if count > 0 {
				e.Exit(exitInterrupted)
				return
			}
			fmt.Fprintf(e.Stderr, "%sloadx: interrupted: %s\n", gap, notice)
			cancel()
		}
	}()
	return ctx, func() {
		close(done)
		<-gone
		cancel()
	}
}
