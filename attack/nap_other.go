//go:build !linux

package attack

import "time"

// finest is the wait from which on the runtime's timer is used.
const finest = 1500 * time.Microsecond

// nap sleeps for a wait below [finest] as well as the runtime's timers can.
func nap(d time.Duration) { time.Sleep(d) }
