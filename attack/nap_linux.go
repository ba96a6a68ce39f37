package attack

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// finest is the wait from which on the kernel's timer is used. Go's timers wake through epoll, on a grid of 1 ms.
const finest = 1500 * time.Microsecond

// nap sleeps for a wait below [finest] to within some microseconds. The timer slack, by which the kernel may delay a
// thread's timers to bundle them, is 50 µs by default and is the thread's own: it is set anew before each nap, because
// the goroutine may have moved. Locking the goroutine to a thread instead would make each handover to a worker a switch
// of threads.
//
// The system call keeps the goroutine's processor from the others until the runtime notices. Where there is one only,
// nobody would read responses meanwhile, and the runtime's timer it has to be.
func nap(d time.Duration) {
	if runtime.GOMAXPROCS(0) == 1 {
		time.Sleep(d)
		return
	}
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	ts := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&ts, nil) // a signal ends it early, and the caller looks at the clock again
}
