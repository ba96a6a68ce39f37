package uv

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// usersVersion is the first byte of an encoded Users.
const usersVersion = 1

const (
	formBitmap = 0
	formRuns   = 1
)

// AppendBinary appends the encoding of u to dst. The same set has the same encoding. The error is always nil.
//
//	byte     version, 1
//	uvarint  population
//	uvarint  number of pages that hold a user; for each, in ascending order:
//	uvarint  its number less the one before, less 1 (the first: its number)
//	byte     0: 8192 bytes follow, user i of the page being bit i%8 of byte i/8
//	         1: runs follow: a uvarint their number, and for each two uvarints: how many users are absent and then how
//	         many are present, at least 1 (the first run may have none absent)
//
// Of the two forms of a page the shorter one is used: a page with few or with nearly all users takes some bytes.
func (u *Users) AppendBinary(dst []byte) ([]byte, error) {
	dst = append(dst, usersVersion)
	dst = binary.AppendUvarint(dst, u.population)
	dst = binary.AppendUvarint(dst, uint64(len(u.pages)))
	next := uint64(0)
	var runs []byte
	for _, number := range u.numbers() {
		dst = binary.AppendUvarint(dst, number-next)
		next = number + 1
		p := u.pages[number]
		var n int
		if n, runs = p.appendRuns(runs[:0]); len(runs) < pageBits/8 {
			dst = append(dst, formRuns)
			dst = binary.AppendUvarint(dst, uint64(n))
			dst = append(dst, runs...)
			continue
		}
		dst = append(dst, formBitmap)
		for _, w := range p {
			dst = binary.LittleEndian.AppendUint64(dst, w)
		}
	}
	return dst, nil
}

// appendRuns appends the runs of p and returns how many there are. It gives up when they are no shorter than a bitmap.
func (p *page) appendRuns(dst []byte) (n int, _ []byte) {
	for at := 0; ; n++ {
		start := p.find(at, 0)
		if start == pageBits || len(dst) >= pageBits/8 {
			return n, dst
		}
		end := p.find(start, math.MaxUint64)
		dst = binary.AppendUvarint(dst, uint64(start-at))
		dst = binary.AppendUvarint(dst, uint64(end-start))
		at = end
	}
}

// find returns the first bit from at on that is 1 in p XOR invert, pageBits if there is none.
func (p *page) find(at int, invert uint64) int {
	for at < pageBits {
		if w := (p[at/64] ^ invert) >> (at % 64); w != 0 {
			return at + bits.TrailingZeros64(w)
		}
		at += 64 - at%64
	}
	return pageBits
}

// set puts the users from start to end into the page.
func (p *page) set(start, end int) {
	for at := start; at < end; {
		n := min(64-at%64, end-at)
		p[at/64] |= math.MaxUint64 >> (64 - n) << (at % 64)
		at += n
	}
}

// UnmarshalBinary makes u what AppendBinary has encoded; data must hold nothing else. The error wraps [ErrCorrupt], and
// u is then unchanged. The memory it takes is 8 KiB a page, and a page takes at least 5 bytes of data.
func (u *Users) UnmarshalBinary(data []byte) error {
	decoded, err := decodeUsers(data)
	if err != nil {
		return fmt.Errorf("uv: users: %w: %w", err, ErrCorrupt)
	}
	*u = *decoded
	return nil
}

func decodeUsers(data []byte) (*Users, error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("no header")
	}
	if data[0] != usersVersion {
		return nil, fmt.Errorf("version %d", data[0])
	}
	population, data, err := cutUvarint(data[1:], "population", math.MaxUint64)
	if err != nil {
		return nil, err
	}
	pages, data, err := cutUvarint(data, "number of pages", uint64(len(data))/5)
	if err != nil {
		return nil, err
	}
	u := NewUsers(population)
	u.pages = make(map[uint64]*page)
	next := uint64(0)
	for range pages {
		var skip uint64
		if skip, data, err = cutUvarint(data, "page number", math.MaxUint64/pageBits); err != nil {
			return nil, err
		}
		number := next + skip
		if number > (population-1)/pageBits || population == 0 {
			return nil, fmt.Errorf("page %d of a population of %d", number, population)
		}
		p := new(page)
		if data, err = p.decode(data); err != nil {
			return nil, fmt.Errorf("page %d: %w", number, err)
		}
		if left := population - number*pageBits; left < pageBits && p.find(int(left), 0) != pageBits {
			return nil, fmt.Errorf("page %d: a user beyond the population of %d", number, population)
		}
		if p.find(0, 0) == pageBits {
			return nil, fmt.Errorf("page %d is empty", number)
		}
		u.pages[number] = p
		for _, w := range p {
			u.count += uint64(bits.OnesCount64(w))
		}
		next = number + 1
	}
	if len(data) > 0 {
		return nil, fmt.Errorf("%d bytes behind the last page", len(data))
	}
	return u, nil
}

// decode fills the empty page and returns what follows it in data.
func (p *page) decode(data []byte) (rest []byte, err error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("no form")
	}
	form, data := data[0], data[1:]
	switch form {
	case formBitmap:
		if len(data) < pageBits/8 {
			return nil, fmt.Errorf("%d bytes are no bitmap", len(data))
		}
		for i := range p {
			p[i] = binary.LittleEndian.Uint64(data[8*i:])
		}
		return data[pageBits/8:], nil
	case formRuns:
		return p.decodeRuns(data)
	}
	return nil, fmt.Errorf("form %d", form)
}

func (p *page) decodeRuns(data []byte) (rest []byte, err error) {
	runs, data, err := cutUvarint(data, "number of runs", pageBits/2)
	if err != nil {
		return nil, err
	}
	at := 0
	for i := range runs {
		var absent, present uint64
		if absent, data, err = cutUvarint(data, "absent users", pageBits); err != nil {
			return nil, err
		}
		if present, data, err = cutUvarint(data, "present users", pageBits); err != nil {
			return nil, err
		}
		if present == 0 || absent == 0 && i > 0 {
			return nil, fmt.Errorf("run %d is empty", i)
		}
		start := at + int(absent)
		if at = start + int(present); at > pageBits {
			return nil, fmt.Errorf("run %d leaves the page", i)
		}
		p.set(start, at)
	}
	return data, nil
}
