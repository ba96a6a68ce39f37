package cmd

import (
	"math"
	"testing"
)

func TestAttackMemoryLimit(t *testing.T) {
	const mib, plenty = 1 << 20, 1 << 40
	for _, c := range []struct {
		name        string
		need, there uint64
		readsLog    bool
		want        int64
	}{
		{"few users", 60 * mib, plenty, false, 384 * mib},
		{"not known what is there", 60 * mib, 0, false, 384 * mib},
		{"many users", 800 * mib, plenty, false, 1000 * mib},
		{"with the server's log", 800 * mib, plenty, true, 1108 * mib},
		{"a small container", 60 * mib, 200 * mib, false, 180 * mib},
		{"a tiny one", 60 * mib, 64 * mib, true, 108 * mib},
		{"more than there is", plenty, 1000 * mib, false, 900 * mib},
		{"more than can be said", math.MaxUint64 / 2, 0, true, math.MaxInt64},
	} {
		if got := attackMemoryLimit(c.need, c.there, c.readsLog); got != c.want {
			t.Errorf("%s: %d MiB, want %d", c.name, got/mib, c.want/mib)
		}
	}
}
