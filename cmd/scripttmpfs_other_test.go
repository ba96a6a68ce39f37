//go:build !linux

package cmd_test

import "github.com/rogpeppe/go-internal/testscript"

func canMount() bool { return false }

func cmdTmpfs(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("no tmpfs is mounted on this system: guard it by [tmpfs]")
}
