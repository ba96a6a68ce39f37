//go:build !linux

package input

import "os"

// willNeed would tell the system that a part of a file will be read soon.
func willNeed(*os.File, int64, int64) {}
