//go:build unix && (!linux || race)

package wire

import "syscall"

// Package syscall tells the race detector that what is written happened before it is read.

func writeNow(fd uintptr, p []byte) (n int, errno syscall.Errno) { return now(syscall.Write, fd, p) }

func readNow(fd uintptr, p []byte) (n int, errno syscall.Errno) { return now(syscall.Read, fd, p) }

func now(call func(int, []byte) (int, error), fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, err := call(int(fd), p)
		errno, _ := err.(syscall.Errno) //nolint:errorlint // package syscall returns it bare
		if err == nil || errno != syscall.EINTR {
			return max(n, 0), errno
		}
	}
}
