package uv

import "encoding/binary"

// hashSeed is the seed of Redis's HyperLogLog commands.
const hashSeed = 0xadc83b19

const (
	murmurM = 0xc6a4a7935bd1e995
	murmurR = 47
)

// Hash returns the 64-bit hash of a visitor key: MurmurHash64A (Austin Appleby, MurmurHash2, 64-bit version for 64-bit
// machines) with seed 0xadc83b19, little-endian on every machine. Redis hashes the elements of PFADD the same way, so
// that a [Counter] and a Redis key hold the same registers for the same elements.
//
// The hash is not keyed: whoever may choose keys freely can forge collisions.
func Hash(key []byte) uint64 {
	h := hashSeed ^ uint64(len(key))*murmurM
	whole := key
	for len(key) >= 8 {
		k := binary.LittleEndian.Uint64(key)
		k *= murmurM
		k ^= k >> murmurR
		k *= murmurM
		h ^= k
		h *= murmurM
		key = key[8:]
	}
	if len(key) > 0 {
		var k uint64
		if n := len(whole); n > 8 {
			// The last eight bytes less those that are hashed already: a loop over the rest would end where no processor
			// foresees it.
			k = binary.LittleEndian.Uint64(whole[n-8:]) >> (64 - 8*len(key))
		} else {
			for i, b := range key {
				k |= uint64(b) << (8 * i)
			}
		}
		h ^= k
		h *= murmurM
	}
	h ^= h >> murmurR
	h *= murmurM
	h ^= h >> murmurR
	return h
}

// HashString is [Hash] of the bytes of key. It does not allocate.
func HashString(key string) uint64 {
	return Hash([]byte(key)) // the compiler sees that Hash neither keeps nor changes the bytes, and does not copy them
}
