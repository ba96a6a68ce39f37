package cmd_test

import (
	"os"
	"sync"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

var canMount = sync.OnceValue(func() bool {
	dir, err := os.MkdirTemp("", "loadx-tmpfs-")
	if err != nil {
		return false
	}
	defer os.Remove(dir)
	if err := mountTmpfs(dir, "16k"); err != nil {
		return false
	}
	return syscall.Unmount(dir, 0) == nil
})

func mountTmpfs(dir, size string) error {
	return syscall.Mount("none", dir, "tmpfs", 0, "size="+size)
}

// tmpfs DIR SIZE mounts a file system of that size for the length of the script.
func cmdTmpfs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tmpfs dir size")
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	ts.Check(mountTmpfs(dir, args[1]))
	ts.Defer(func() { ts.Check(syscall.Unmount(dir, syscall.MNT_DETACH)) })
}
