// Package codec reads the compact encodings of counters, histograms and tables: bytes and varints, with every length checked
// before it is believed.
package codec

import (
	"encoding/binary"
	"fmt"
)

// A Reader cuts values off the front of Rest and remembers the first error in Err; after one, every method returns
// zero and cuts nothing. The names given to its methods stand in the errors. The zero Reader has nothing to read.
type Reader struct {
	Rest []byte
	Err  error
}

// Bytes returns the next n bytes, which alias Rest.
func (r *Reader) Bytes(what string, n uint64) []byte {
	if r.Err == nil && n > uint64(len(r.Rest)) {
		r.Err = fmt.Errorf("%s is cut off", what)
	}
	if r.Err != nil {
		return nil
	}
	b := r.Rest[:n:n]
	r.Rest = r.Rest[n:]
	return b
}

// Byte returns the next byte.
func (r *Reader) Byte(what string) byte {
	if b := r.Bytes(what, 1); len(b) == 1 {
		return b[0]
	}
	return 0
}

// Uvarint returns the next varint, which must be in its shortest form and not above limit, so that a value has one
// encoding.
func (r *Reader) Uvarint(what string, limit uint64) uint64 {
	if r.Err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.Rest)
	switch {
	case n <= 0:
		r.Err = fmt.Errorf("%s is no varint", what)
	case n > 1 && r.Rest[n-1] == 0:
		r.Err = fmt.Errorf("%s is not minimal", what)
	case v > limit:
		r.Err = fmt.Errorf("%s %d is above %d", what, v, limit)
	default:
		r.Rest = r.Rest[n:]
		return v
	}
	return 0
}
