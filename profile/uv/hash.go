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
func Hash(key []byte) uint64 { return hashOn(hashStart(len(key)), key) }

func hashStart(length int) uint64 { return hashSeed ^ uint64(length)*murmurM }

func hashWord(h, k uint64) uint64 {
	k *= murmurM
	k ^= k >> murmurR
	k *= murmurM
	return (h ^ k) * murmurM
}

// hashOn ends a hash with the last bytes of its key.
func hashOn(h uint64, key []byte) uint64 {
	whole := key
	for len(key) >= 8 {
		h = hashWord(h, binary.LittleEndian.Uint64(key))
		key = key[8:]
	}
	if n := len(key); n > 0 {
		var k uint64
		if len(whole) > 8 {
			// The last eight bytes less those that are hashed already: a loop over the rest would end where no processor
			// foresees it.
			k = binary.LittleEndian.Uint64(whole[len(whole)-8:]) >> (64 - 8*n)
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

// HashAddressAnd is [Hash] of an address in dotted form, a byte 0x00 and a text, without joining them. ok is false where
// that can't be done, or the address is not in the form that [AppendIP] gives it: what takes a look is in the shape of its
// first argument alone.
func HashAddressAnd(address, text []byte) (hash uint64, ok bool) {
	n := len(address) - 8
	if n < 0 || n > 7 || len(text) < 16 {
		return 0, false
	}
	first := binary.LittleEndian.Uint64(address)
	last := binary.LittleEndian.Uint64(address[n:])
	if hasColon(first)|hasColon(last) != 0 {
		return 0, false
	}
	h := hashWord(hashStart(len(address)+1+len(text)), first)
	// The rest of the address, if there is one, the byte 0x00, and the beginning of the text.
	h = hashWord(h, last>>8>>(56-8*n)|binary.LittleEndian.Uint64(text)<<8<<(8*n))
	return hashOn(h, text[7-n:]), true
}

// hasColon returns a number other than 0 if one of eight bytes is a colon.
func hasColon(x uint64) uint64 {
	const everyByte = 0x0101010101010101
	x ^= ':' * everyByte
	return (x - everyByte) &^ x & (0x80 * everyByte)
}

// HashString is [Hash] of the bytes of key. It does not allocate.
func HashString(key string) uint64 {
	return Hash([]byte(key)) // the compiler sees that Hash neither keeps nor changes the bytes, and does not copy them
}
