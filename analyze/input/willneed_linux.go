package input

import (
	"os"

	"golang.org/x/sys/unix"
)

// willNeed tells the kernel that a part of a file will be read soon: a disk
// that would have to move between the spans of several readers reads each in
// one go. That it does not heed it is no error.
func willNeed(file *os.File, from, length int64) {
	_ = unix.Fadvise(int(file.Fd()), from, length, unix.FADV_WILLNEED)
}
