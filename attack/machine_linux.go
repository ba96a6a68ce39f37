package attack

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// ThisMachine reads what the kernel says of the machine and the process; what it does not say is zero.
func ThisMachine() Machine {
	var m Machine
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil && limit.Cur != unix.RLIM_INFINITY {
		m.OpenFiles = limit.Cur
	}
	var low, high uint64
	if n, _ := fmt.Sscan(firstLine("/proc/sys/net/ipv4/ip_local_port_range"), &low, &high); n == 2 && low <= high {
		m.Ports = high - low + 1
	}
	// Linux keeps a closed connection for 60 s (TCP_TIMEWAIT_LEN). With tcp_tw_reuse its port is taken again after a
	// second: 1 says so for all targets, 2 for those on loopback.
	const kept, reused = 60 * time.Second, time.Second
	m.TimeWait, m.TimeWaitLocal = kept, kept
	switch firstLine("/proc/sys/net/ipv4/tcp_tw_reuse") {
	case "1":
		m.TimeWait, m.TimeWaitLocal = reused, reused
	case "2":
		m.TimeWaitLocal = reused
	}
	m.Memory = availableMemory()
	return m
}

// availableMemory is what the kernel has to give, or the process's cgroup has left, whichever is less.
func availableMemory() uint64 {
	text, _ := os.ReadFile("/proc/meminfo")
	available := field(text, "MemAvailable:") << 10 // it says kB and means KiB
	limit, err := strconv.ParseUint(firstLine("/sys/fs/cgroup/memory.max"), 10, 64)
	if err != nil {
		return available // no limit, or no such cgroup
	}
	used, _ := strconv.ParseUint(firstLine("/sys/fs/cgroup/memory.current"), 10, 64)
	// The cache of files is given back when somebody needs the memory.
	stat, _ := os.ReadFile("/sys/fs/cgroup/memory.stat")
	cache := field(stat, "active_file ") + field(stat, "inactive_file ")
	left := limit - min(used-min(cache, used), limit)
	if available == 0 {
		return left
	}
	return min(available, left)
}

// field is the number behind the name that a line begins with, 0 if there is none.
func field(text []byte, name string) (n uint64) {
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte(name)); ok {
			_, _ = fmt.Sscan(string(rest), &n)
			return n
		}
	}
	return 0
}

// firstLine is the first line of a small file, empty if it can't be read.
func firstLine(path string) string {
	text, _ := os.ReadFile(path)
	line, _, _ := bytes.Cut(text, []byte("\n"))
	return string(bytes.TrimSpace(line))
}
