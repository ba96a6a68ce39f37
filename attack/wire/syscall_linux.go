//go:build linux && !race

package wire

import (
	"syscall"
	"unsafe"
)

// writeNow and readNow are system calls on a descriptor that never blocks, so that the runtime need not be told of
// them: telling costs as much as a tenth of the call. p is not empty.

func writeNow(fd uintptr, p []byte) (n int, errno syscall.Errno) {
	return now(syscall.SYS_WRITE, fd, p)
}

func readNow(fd uintptr, p []byte) (n int, errno syscall.Errno) { return now(syscall.SYS_READ, fd, p) }

func now(call, fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(call, fd, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
		switch errno {
		case 0:
			return int(n), 0
		case syscall.EINTR:
			continue
		}
		return 0, errno
	}
}
