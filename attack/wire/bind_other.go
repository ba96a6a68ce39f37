//go:build !linux

package wire

import "syscall"

// bindLate does nothing where the system has no such choice.
func bindLate(_, _ string, _ syscall.RawConn) error { return nil }
