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
			if count > 0 {
				e.Exit(exitInterrupted)
				return
			}
			fmt.Fprintf(e.Stderr, "\nloadx: interrupted: %s\n", notice)
			cancel()
		}
	}()
	return ctx, func() {
		close(done)
		<-gone
		cancel()
	}
}
