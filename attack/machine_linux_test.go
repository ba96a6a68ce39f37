package attack

import (
	"testing"
	"testing/fstest"
)

func TestAvailableMemory(t *testing.T) {
	const meminfo = "MemTotal:       8000000 kB\nMemFree:         100000 kB\nMemAvailable:    1000000 kB\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  uint64
	}{
		{"nothing says", nil, 0},
		{"no groups", map[string]string{"proc/meminfo": meminfo}, 1000000 << 10},
		{"no limit", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a.slice\n", "sys/fs/cgroup/a.slice/memory.max": "max\n"}, 1000000 << 10},
		{"a container", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "100000000\n",
			"sys/fs/cgroup/memory.current": "30000000\n", "sys/fs/cgroup/memory.stat": "anon 5\nactive_file 4000000\ninactive_file 6000000\n"}, 80000000},
		{"a container that is told its path outside", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/docker/12\n",
			"sys/fs/cgroup/memory.max": "100000000\n", "sys/fs/cgroup/memory.current": "30000000\n"}, 70000000},
		{"a service in a slice that has a lower limit", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a.slice/b.service\n",
			"sys/fs/cgroup/a.slice/b.service/memory.max": "900000000\n", "sys/fs/cgroup/a.slice/b.service/memory.current": "1000\n",
			"sys/fs/cgroup/a.slice/memory.max": "500000000\n", "sys/fs/cgroup/a.slice/memory.current": "100000000\n"}, 400000000},
		{"the older kind", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "5:devices:/x\n4:hugetlb,memory:/x/y\n0::/\n",
			"sys/fs/cgroup/memory/x/memory.limit_in_bytes": "9223372036854771712\n", "sys/fs/cgroup/memory/x/y/memory.limit_in_bytes": "200000000\n",
			"sys/fs/cgroup/memory/x/y/memory.usage_in_bytes": "90000000\n",
			"sys/fs/cgroup/memory/x/y/memory.stat":           "active_file 1\ninactive_file 1\ntotal_active_file 10000000\ntotal_inactive_file 20000000\n"}, 140000000},
		{"used up", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1000\n",
			"sys/fs/cgroup/memory.current": "2000\n"}, 1},
		{"the machine has less than the limit", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n",
			"sys/fs/cgroup/memory.max": "8000000000\n"}, 1000000 << 10},
		{"nonsense", map[string]string{"proc/meminfo": "MemAvailable: many\n", "proc/self/cgroup": "0\n::\n\n4:memory:../../etc\n"}, 0},
	} {
		root := fstest.MapFS{}
		for name, text := range c.files {
			root[name] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := availableMemory(root); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
