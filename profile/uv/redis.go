package uv

import (
	"fmt"
	"math/bits"
)

const (
	// RedisPrecision is the precision of Redis's HyperLogLog.
	RedisPrecision = 14
	// RedisLen is the length of Redis's dense encoding in bytes.
	RedisLen = redisHeader + (1<<RedisPrecision)*registerBits/8

	redisHeader = 16
)

// RedisDense appends what Redis would hold under a key after PFADD of the visitor keys that c has counted: its dense
// HyperLogLog encoding (redis/src/hyperloglog.c), [RedisLen] bytes, with the cached cardinality marked as stale, as
// PFADD leaves it. SET it under a key, and PFCOUNT and PFMERGE work on it.
//
// It fails if c holds a sketch of a precision below 14, which has fewer registers than Redis needs.
func (c *Counter) RedisDense(dst []byte) ([]byte, error) {
	c.settle()
	registers := make([]byte, 1<<RedisPrecision) // in Redis's order: by the lowest bits of the hash
	if c.sketch == nil {
		for h := range c.set.each {
			at := &registers[h&(1<<RedisPrecision-1)]
			*at = max(*at, uint8(bits.TrailingZeros64(h>>RedisPrecision|1<<(64-RedisPrecision)))+1)
		}
	} else {
		if c.precision < RedisPrecision {
			return dst, fmt.Errorf("uv: a sketch of precision %d has too few registers for Redis, which needs %d", c.precision, RedisPrecision)
		}
		for i, v := range fold(registersOf(c.sketch), c.precision, RedisPrecision) {
			registers[bits.Reverse16(uint16(i))>>(16-RedisPrecision)] = v
		}
	}
	dst = append(dst, "HYLL"...)
	dst = append(dst, 0, 0, 0, 0)                // dense
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0x80) // the cached cardinality is stale
	return appendPacked(dst, len(registers), func(i int) byte { return registers[i] }), nil
}
