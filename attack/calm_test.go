package attack_test

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// jitter is how late a busy machine may wake a sleeper for the figures of a timed test to mean something.
const jitter = 10 * time.Millisecond

// onCalmMachine does an experiment whose figures depend on the clock and fails the test with the error it returns. A
// failed experiment is done again if the machine was busy with something else meanwhile, as a second clock shows; when
// it never is calm the test is skipped.
func onCalmMachine(t *testing.T, experiment func() error) {
	t.Helper()
	for range 3 {
		stop, worst := make(chan struct{}), make(chan time.Duration)
		go func() {
			var late time.Duration
			for {
				before := time.Now()
				select {
				case <-stop:
					worst <- late
					return
				case <-time.After(time.Millisecond):
					late = max(late, time.Since(before)-time.Millisecond)
				}
			}
		}()
		err := experiment()
		close(stop)
		late := <-worst
		if err == nil {
			return
		}
		if late < jitter {
			t.Fatal(err)
		}
		t.Logf("the machine was busy, a sleeper woke %v late: %v", late, err)
	}
	t.Skip("SKIPPED: the machine is too busy for a test of times")
}

// findings are what is wrong with an experiment.
type findings []error

func (f *findings) addf(format string, args ...any) { *f = append(*f, fmt.Errorf(format, args...)) }

func (f findings) err() error { return errors.Join(f...) }
