package attack

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
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
	m.Memory = availableMemory(os.DirFS("/"))
	return m
}

// availableMemory is what the kernel has to give, or the least of what the limits on the process's cgroup and on those
// above it leave, whichever is less; 0 if nothing says.
func availableMemory(root fs.FS) uint64 {
	text, _ := fs.ReadFile(root, "proc/meminfo")
	available := field(text, "MemAvailable:") << 10 // it says kB and means KiB
	groups, _ := fs.ReadFile(root, "proc/self/cgroup")
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		for _, controller := range strings.Split(parts[1], ",") {
			files, ok := memoryFiles[controller]
			if !ok {
				continue
			}
			// In a container the path may be the one outside, and the group's own files then stand at the top.
			for group := path.Clean("/" + parts[2]); ; group = path.Dir(group) {
				if left, limited := files.left(root, path.Join(files.top, group)); limited && (available == 0 || left < available) {
					available = max(left, 1) // 0 would say that nobody knows
				}
				if group == "/" {
					break
				}
			}
		}
	}
	return available
}

// A cgroupFiles names what tells of the memory of a cgroup.
type cgroupFiles struct{ top, limit, used, active, inactive string }

// memoryFiles are those of the unified hierarchy, which names no controllers, and of the older one of memory alone.
var memoryFiles = map[string]cgroupFiles{
	"":       {"sys/fs/cgroup", "memory.max", "memory.current", "active_file ", "inactive_file "},
	"memory": {"sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_active_file ", "total_inactive_file "},
}

// left is how much memory a cgroup may still take, if it has a limit.
func (f *cgroupFiles) left(root fs.FS, dir string) (left uint64, limited bool) {
	number := func(name string) (uint64, error) {
		text, err := fs.ReadFile(root, path.Join(dir, name))
		if err != nil {
			return 0, err
		}
		return strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64)
	}
	limit, err := number(f.limit) // "max" is none, and nor is a number that no machine has
	if err != nil || limit >= 1<<60 {
		return 0, false
	}
	used, _ := number(f.used)
	// The cache of files is given back when somebody needs the memory.
	stat, _ := fs.ReadFile(root, path.Join(dir, "memory.stat"))
	cache := field(stat, f.active) + field(stat, f.inactive)
	return limit - min(used-min(cache, used), limit), true
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
