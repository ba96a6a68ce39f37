package uv

import (
	"encoding/binary"
	"fmt"
	"math"
)

// counterVersion is the first byte of an encoded Counter. A change of the hash, of the layout or of the meaning of a
// register needs a new one.
const counterVersion = 1

const (
	formExact  = 0
	formSketch = 1
)

// AppendBinary appends the encoding of c to dst. Two counters with the same limit and precision that have counted the
// same set of visitors have the same encoding. The error is always nil.
//
//	byte     version, 1
//	byte     precision
//	uvarint  exact limit + 1; 0 is no limit
//	byte     0: the hashes follow, 1: the registers follow
//	uvarint  number of hashes; 8 bytes each, little-endian, strictly ascending
//	         or 2^precision registers of 6 bits each, lowest bits first, register i being that of the hashes whose
//	         lowest precision bits, read backwards, are i
func (c *Counter) AppendBinary(dst []byte) ([]byte, error) {
	c.settle()
	dst = append(dst, counterVersion, c.precision)
	dst = binary.AppendUvarint(dst, uint64(c.limit+1))
	if c.sketch == nil {
		dst = append(dst, formExact)
		dst = binary.AppendUvarint(dst, uint64(c.set.len()))
		for _, h := range c.set.sorted() {
			dst = binary.LittleEndian.AppendUint64(dst, h)
		}
		return dst, nil
	}
	dst = append(dst, formSketch)
	registers := registersOf(c.sketch)
	return appendPacked(dst, len(registers), func(i int) byte { return registers[i] }), nil
}

// UnmarshalBinary makes c what AppendBinary has encoded; data must hold nothing else. The error wraps [ErrCorrupt], and
// c is then unchanged. The memory it takes is at most four times the length of data.
func (c *Counter) UnmarshalBinary(data []byte) error {
	decoded, err := decodeCounter(data)
	if err != nil {
		return fmt.Errorf("uv: counter: %w: %w", err, ErrCorrupt)
	}
	*c = *decoded
	return nil
}

func decodeCounter(data []byte) (*Counter, error) {
	if len(data) < 2 {
		return nil, fmt.Errorf("%d bytes are no header", len(data))
	}
	if data[0] != counterVersion {
		return nil, fmt.Errorf("version %d", data[0])
	}
	precision := data[1]
	if precision < MinPrecision || precision > MaxPrecision {
		return nil, fmt.Errorf("precision %d", precision)
	}
	limit, data, err := cutUvarint(data[2:], "limit", math.MaxInt)
	if err != nil {
		return nil, err
	}
	c := &Counter{limit: int(limit) - 1, precision: precision}
	if len(data) == 0 {
		return nil, fmt.Errorf("no form")
	}
	form, data := data[0], data[1:]
	switch form {
	case formExact:
		return c, c.decodeExact(data)
	case formSketch:
		return c, c.decodeSketch(data)
	}
	return nil, fmt.Errorf("form %d", form)
}

func (c *Counter) decodeExact(data []byte) error {
	n, data, err := cutUvarint(data, "number of hashes", math.MaxInt/8)
	if err != nil {
		return err
	}
	if uint64(len(data)) != 8*n {
		return fmt.Errorf("%d bytes for %d hashes", len(data), n)
	}
	if c.limit >= 0 && n > uint64(c.limit) {
		return fmt.Errorf("%d hashes beyond the limit %d", n, c.limit)
	}
	var last uint64
	for i := 0; i < len(data); i += 8 {
		h := binary.LittleEndian.Uint64(data[i:])
		if i > 0 && h <= last {
			return fmt.Errorf("hash %d is not above the one before", i/8)
		}
		last = h
	}
	for i := 0; i < len(data); i += 8 {
		c.set.add(binary.LittleEndian.Uint64(data[i:]))
	}
	return nil
}

func (c *Counter) decodeSketch(data []byte) error {
	if c.limit < 0 {
		return fmt.Errorf("sketch without a limit")
	}
	n := 1 << c.precision
	if len(data) != packedLen(n) {
		return fmt.Errorf("%d bytes for %d registers", len(data), n)
	}
	registers := unpack(data, n)
	occupied := false
	for _, v := range registers {
		occupied = occupied || v != 0
	}
	if !occupied {
		return fmt.Errorf("empty sketch")
	}
	sketch, err := sketchOf(registers, c.precision)
	if err != nil {
		return err
	}
	c.sketch = sketch
	return nil
}

// cutUvarint cuts a minimally encoded uvarint of at most limit from the front of data.
func cutUvarint(data []byte, what string, limit uint64) (v uint64, rest []byte, err error) {
	v, n := binary.Uvarint(data)
	if n <= 0 {
		return 0, nil, fmt.Errorf("%s is no varint", what)
	}
	if n > 1 && data[n-1] == 0 {
		return 0, nil, fmt.Errorf("%s is not minimal", what)
	}
	if v > limit {
		return 0, nil, fmt.Errorf("%s %d is above %d", what, v, limit)
	}
	return v, data[n:], nil
}
