package uv

import (
	"strings"
	"testing"
)

// murmurByBytes is MurmurHash64A as its author wrote it, one byte at a time.
func murmurByBytes(key string, seed uint64) uint64 {
	const m, r = 0xc6a4a7935bd1e995, 47
	h := seed ^ uint64(len(key))*m
	for ; len(key) >= 8; key = key[8:] {
		var k uint64
		for i := 7; i >= 0; i-- {
			k = k<<8 | uint64(key[i])
		}
		k *= m
		k ^= k >> r
		k *= m
		h ^= k
		h *= m
	}
	for i := len(key) - 1; i >= 0; i-- {
		h ^= uint64(key[i]) << (8 * i)
		if i == 0 {
			h *= m
		}
	}
	h ^= h >> r
	h *= m
	return h ^ h>>r
}

func TestHash(t *testing.T) {
	for key, want := range map[string]uint64{"": 0xd8dfea6585bc9732, "hello": 0x0f656f01eecfe400} {
		if got := HashString(key); got != want {
			t.Errorf("HashString(%q) = %#x, want %#x", key, got, want)
		}
	}
	text := strings.Repeat("192.0.2.7\x00Mozilla/5.0 \xff\x80", 4)
	for n := range text {
		if got, want := Hash([]byte(text[:n])), murmurByBytes(text[:n], hashSeed); got != want {
			t.Errorf("Hash of %d bytes = %#x, want %#x", n, got, want)
		}
		if Hash([]byte(text[:n])) != HashString(text[:n]) {
			t.Errorf("Hash and HashString of %d bytes differ", n)
		}
	}
}

func TestHashStringDoesNotAllocate(t *testing.T) {
	key := strings.Repeat("k", 117)
	if n := testing.AllocsPerRun(100, func() { HashString(key) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkHash(b *testing.B) {
	key := []byte(strings.Repeat("k", 117))
	b.SetBytes(int64(len(key)))
	b.ReportAllocs()
	for b.Loop() {
		Hash(key)
	}
}
