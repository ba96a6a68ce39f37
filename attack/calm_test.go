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
// it never is calm the test is skipped. That clock can't see every disturbance, so it takes two failures on a machine that
// seems calm: what is wrong with the program fails every time.
func onCalmMachine(t *testing.T, experiment func() error) {
	t.Helper()
	failed := false
	for range 4 {
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
			if failed {
				t.Fatal(err)
			}
			failed = true
			t.Logf("once more: %v", err)
			continue
		}
		t.Logf("the machine was busy, a sleeper woke %v late: %v", late, err)
	}
	if failed {
		t.Fatal("failed on a calm machine, and it was never calm again")
	}
	t.Skip("SKIPPED: the machine is too busy for a test of times")
}

// findings are what is wrong with an experiment.
type findings []error

func (f *findings) addf(format string, args ...any) { *f = append(*f, fmt.Errorf(format, args...)) }

func (f findings) err() error { return errors.Join(f...) }
