package topk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/loadx/loadx/profile/codec"
)

// ErrCorrupt is wrapped by the error of [Table.UnmarshalBinary].
var ErrCorrupt = errors.New("corrupt encoding")

// encodingVersion is the first byte of an encoded Table. A change of the layout, of the hash or of MaxKeyLen needs a new one.
const encodingVersion = 1

// maxCount bounds what is believed of an encoding, so that thousands of such can be merged before a count overflows.
const maxCount = 1 << 48

const (
	flagLate = 1 << iota
	flagCut
)

// AppendBinary appends the encoding of t to dst; appendValue appends that of a payload. An error is one of appendValue.
//
//	byte     version, 1
//	uvarint  capacity, then total
//	uvarint  what the counts of keys without a place may lack, then the number of those that are known, and for each by
//	         ascending hash: 8 bytes, its XXH3 hash, little-endian, and a uvarint, its hits
//	uvarint  number of tracked keys, and for each by ascending key: a uvarint, its length, and the key; a byte, 1 if late
//	         + 2 if cut; three uvarints, its count, that before it had a place, and what they may lack; and a uvarint,
//	         the length of its payload, and the payload
func (t *Table[V]) AppendBinary(dst []byte, appendValue func(dst []byte, v *V) ([]byte, error)) ([]byte, error) {
	dst = append(dst, encodingVersion)
	dst = binary.AppendUvarint(dst, uint64(t.capacity))
	dst = binary.AppendUvarint(dst, t.total)
	dst = binary.AppendUvarint(dst, t.rest.err())
	weights := t.rest.weights()
	dst = binary.AppendUvarint(dst, uint64(len(weights)))
	for _, w := range weights {
		dst = binary.LittleEndian.AppendUint64(dst, w.hash)
		dst = binary.AppendUvarint(dst, w.n)
	}
	entries := slices.Clone(t.entries)
	slices.SortFunc(entries, func(a, b entry[V]) int { return strings.Compare(a.key, b.key) })
	dst = binary.AppendUvarint(dst, uint64(len(entries)))
	var value []byte
	for _, e := range entries {
		dst = binary.AppendUvarint(dst, uint64(len(e.key)))
		dst = append(dst, e.key...)
		var flags byte
		if e.late {
			flags |= flagLate
		}
		if e.cut {
			flags |= flagCut
		}
		dst = append(dst, flags)
		dst = binary.AppendUvarint(dst, e.count)
		dst = binary.AppendUvarint(dst, e.before)
		dst = binary.AppendUvarint(dst, e.missed)
		var err error
		if value, err = appendValue(value[:0], e.value); err != nil {
			return nil, fmt.Errorf("topk: encode the value of %q: %w", e.key, err)
		}
		dst = binary.AppendUvarint(dst, uint64(len(value)))
		dst = append(dst, value...)
	}
	return dst, nil
}

// UnmarshalBinary makes t, which must come from [New], what AppendBinary has encoded, its capacity included; data must
// hold nothing else. decodeValue makes a payload of its encoding, which it must not keep. The error wraps [ErrCorrupt],
// and t is then unchanged.
func (t *Table[V]) UnmarshalBinary(data []byte, decodeValue func(data []byte) (*V, error)) error {
	decoded, err := decode(data, t.newValue, decodeValue)
	if err != nil {
		return fmt.Errorf("topk: table: %w: %w", err, ErrCorrupt)
	}
	*t = *decoded
	return nil
}

func decode[V any](data []byte, newValue func() *V, decodeValue func(data []byte) (*V, error)) (*Table[V], error) {
	r := codec.Reader{Rest: data}
	if version := r.Byte("version"); r.Err == nil && version != encodingVersion {
		return nil, fmt.Errorf("version %d", version)
	}
	capacity := r.Uvarint("capacity", MaxCapacity)
	if r.Err == nil && capacity == 0 {
		return nil, errors.New("capacity 0")
	}
	total := r.Uvarint("total", maxCount)
	if r.Err != nil {
		return nil, r.Err
	}
	t := New(int(capacity), newValue)
	t.total = total
	if err := t.rest.decode(&r, total); err != nil {
		return nil, err
	}
	if err := t.decodeEntries(&r, decodeValue); err != nil {
		return nil, err
	}
	if len(r.Rest) > 0 {
		return nil, fmt.Errorf("%d bytes behind the last key", len(r.Rest))
	}
	return t, nil
}

// decode reads the counts of keys without a place, none of which is above total.
func (r *residue) decode(in *codec.Reader, total uint64) error {
	base := in.Uvarint("error", total)
	n := in.Uvarint("number of hashes", min(uint64(3)<<r.size/4, uint64(len(in.Rest))/9))
	if in.Err != nil {
		return in.Err
	}
	r.lacks = base
	last := uint64(0)
	for i := range n {
		b := in.Bytes("hash", 8)
		count := in.Uvarint("hits", total)
		if in.Err != nil {
			return in.Err
		}
		hash := binary.LittleEndian.Uint64(b)
		if i > 0 && hash <= last {
			return fmt.Errorf("hash %d is not above the one before", i)
		}
		if count == 0 {
			return fmt.Errorf("hash %d has no hits", i)
		}
		r.add(hash, count)
		last = hash
	}
	return nil
}

func (t *Table[V]) decodeEntries(r *codec.Reader, decodeValue func(data []byte) (*V, error)) error {
	n := r.Uvarint("number of keys", min(uint64(t.capacity), uint64(len(r.Rest))/6))
	counted := uint64(0)
	for range n {
		key := string(r.Bytes("key", r.Uvarint("length of a key", MaxKeyLen)))
		flags := r.Byte("flags")
		e := entry[V]{key: key, hash: xxh3.HashString(key), late: flags&flagLate != 0, cut: flags&flagCut != 0}
		e.count = r.Uvarint("count", t.total-counted)
		e.before = r.Uvarint("count before", e.count)
		e.missed = r.Uvarint("missed", t.total)
		value := r.Bytes("value", r.Uvarint("length of a value", math.MaxInt))
		if r.Err != nil {
			return r.Err
		}
		if flags&^(flagLate|flagCut) != 0 {
			return fmt.Errorf("flags %d of key %q", flags, key)
		}
		if last := len(t.entries) - 1; last >= 0 && key <= t.entries[last].key {
			return fmt.Errorf("key %q is not above the one before", key)
		}
		counted += e.count
		var err error
		if e.value, err = decodeValue(value); err != nil {
			return fmt.Errorf("value of %q: %w", key, err)
		}
		if e.value == nil {
			return fmt.Errorf("value of %q: nil", key)
		}
		t.place(e)
	}
	return r.Err
}
