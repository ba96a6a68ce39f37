package jar

import (
	"bytes"
	"encoding/binary"
)

// A block holds a user's cookies, longer paths first, then in the order in which they were first set. A record in it is
//
//	byte     flags
//	4 bytes  if timed: the second since the jar's start from which on the cookie is gone, little-endian
//	uvarint  number of the domain
//	uvarint  length of the name, then of the value, then of the path unless it is "/"
//	         name, value, path
type record struct {
	flags             byte
	until             uint32 // with timed
	origin            uint64
	name, value, path []byte
}

const (
	flagHostOnly = 1 << iota
	flagSecure
	flagTimed
	flagPath // it is not "/"
)

var rootPath = []byte("/")

func (r *record) hostOnly() bool { return r.flags&flagHostOnly != 0 }
func (r *record) secure() bool   { return r.flags&flagSecure != 0 }

func (r *record) expired(second int64) bool {
	return r.flags&flagTimed != 0 && int64(r.until) <= second
}

// same says whether a cookie replaces the record: they agree in name, domain and path.
func (r *record) same(c *cookie) bool {
	return r.origin == c.origin && bytes.Equal(r.name, c.name) && bytes.Equal(r.path, c.path)
}

// next cuts the first record off a block, which this package wrote.
func next(block []byte) (r record, rest []byte) {
	r.flags = block[0]
	block = block[1:]
	if r.flags&flagTimed != 0 {
		r.until = binary.LittleEndian.Uint32(block)
		block = block[4:]
	}
	number := func() uint64 {
		n, size := binary.Uvarint(block)
		block = block[size:]
		return n
	}
	r.origin = number()
	name, value := number(), number()
	path := uint64(0)
	if r.flags&flagPath != 0 {
		path = number()
	}
	r.name, block = block[:name:name], block[name:]
	r.value, block = block[:value:value], block[value:]
	r.path = rootPath
	if r.flags&flagPath != 0 {
		r.path, block = block[:path:path], block[path:]
	}
	return r, block
}

// appendRecord is the inverse of next.
func appendRecord(dst []byte, r *record) []byte {
	dst = append(dst, r.flags)
	if r.flags&flagTimed != 0 {
		dst = binary.LittleEndian.AppendUint32(dst, r.until)
	}
	dst = binary.AppendUvarint(dst, r.origin)
	dst = binary.AppendUvarint(dst, uint64(len(r.name)))
	dst = binary.AppendUvarint(dst, uint64(len(r.value)))
	if r.flags&flagPath != 0 {
		dst = binary.AppendUvarint(dst, uint64(len(r.path)))
	}
	dst = append(append(dst, r.name...), r.value...)
	if r.flags&flagPath != 0 {
		dst = append(dst, r.path...)
	}
	return dst
}

// rewrite appends an old block with the cookie in its place: where the one that it replaces stood, else behind those
// with a path as long. What has expired goes, and as many of the oldest as the bounds ask; evicted is their number.
func rewrite(dst, old []byte, c *cookie, second int64) (block []byte, evicted int) {
	fresh := c.record()
	placed := c.gone
	replaces := holds(old, c)
	begin, count := len(dst), 0
	put := func(r *record) { dst = appendRecord(dst, r); count++ }
	for rest := old; len(rest) > 0; {
		var r record
		r, rest = next(rest)
		switch {
		case r.same(c):
			if !placed {
				put(&fresh)
				placed = true
			}
			continue
		case r.expired(second):
			continue
		case !placed && !replaces && len(r.path) < len(fresh.path):
			put(&fresh)
			placed = true
		}
		put(&r)
	}
	if !placed {
		put(&fresh)
	}
	for count > MaxCookies || len(dst)-begin > maxUserBytes {
		rest := dst[begin:]
		first, after := next(rest)
		if first.same(c) { // not the one that just came
			_, last := next(after)
			keep := len(rest) - len(after)
			dst = append(dst[:begin+keep], last...)
		} else {
			dst = append(dst[:begin], after...)
		}
		count--
		evicted++
	}
	return dst, evicted
}

// holds says whether a block has a cookie that c replaces.
func holds(block []byte, c *cookie) bool {
	for len(block) > 0 {
		var r record
		if r, block = next(block); r.same(c) {
			return true
		}
	}
	return false
}
