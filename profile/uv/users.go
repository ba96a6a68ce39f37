package uv

import (
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"
)

const (
	pageWords = 1024 // 8 KiB
	pageBits  = pageWords * 64
)

type page [pageWords]uint64

// Users is the exact set of those users of a population who were seen. They are known by number, so a bitmap does; its
// pages of 8 KiB come into being when a user of theirs is seen. It holds at most population/8 bytes, and 8 KiB for each
// user seen. The zero value has a population of 0.
//
// A Users is not safe for concurrent use and must not be copied; see [Users.Clone].
type Users struct {
	population uint64
	count      uint64
	pages      map[uint64]*page

	lastNumber uint64 // the page of the last Add
	last       *page  // nil: none yet
}

// NewUsers returns the empty set of users of [0, population).
func NewUsers(population uint64) *Users {
	return &Users{population: population}
}

// Add puts user i into the set and says whether this is the first time. It panics if i is not below the population.
func (u *Users) Add(i uint64) (first bool) {
	if i >= u.population {
		panic(fmt.Sprintf("BUG: uv: user %d of a population of %d", i, u.population))
	}
	if number := i / pageBits; u.last == nil || number != u.lastNumber {
		u.last, u.lastNumber = u.touch(number), number
	}
	word, bit := &u.last[i/64%pageWords], uint64(1)<<(i%64)
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	u.count++
	return true
}

// touch returns the page of that number, a new one if need be.
func (u *Users) touch(number uint64) *page {
	p := u.pages[number]
	if p == nil {
		if u.pages == nil {
			u.pages = make(map[uint64]*page)
		}
		p = new(page)
		u.pages[number] = p
	}
	return p
}

// Contains says whether user i is in the set.
func (u *Users) Contains(i uint64) bool {
	p := u.pages[i/pageBits]
	return p != nil && p[i/64%pageWords]>>(i%64)&1 == 1
}

// Count returns the number of users in the set.
func (u *Users) Count() uint64 { return u.count }

// Population returns the number of users there are.
func (u *Users) Population() uint64 { return u.population }

// Merge adds the users of other, which is not changed and may be nil. It fails, and changes nothing, if the populations
// differ: the numbers would not mean the same users.
func (u *Users) Merge(other *Users) error {
	if other == nil || other == u {
		return nil
	}
	if u.population != other.population {
		return fmt.Errorf("uv: merge users of a population of %d into one of %d", other.population, u.population)
	}
	for number, from := range other.pages {
		to := u.touch(number)
		for i, w := range from {
			u.count += uint64(bits.OnesCount64(w &^ to[i]))
			to[i] |= w
		}
	}
	return nil
}

// Clone returns an independent copy.
func (u *Users) Clone() *Users {
	clone := &Users{population: u.population, count: u.count, pages: make(map[uint64]*page, len(u.pages))}
	for number, p := range u.pages {
		c := *p
		clone.pages[number] = &c
	}
	return clone
}

// Bytes returns the heap memory that the pages take.
func (u *Users) Bytes() int { return len(u.pages) * pageWords * 8 }

// UsersBytes returns how many bytes the pages take at most, once that many users of a population were seen.
func UsersBytes(population, users uint64) int64 {
	pages := population / pageBits
	if population%pageBits > 0 {
		pages++
	}
	const most = math.MaxInt64 / (pageWords * 8)
	return int64(min(pages, users, most)) * pageWords * 8
}

// numbers returns the numbers of the pages in ascending order.
func (u *Users) numbers() []uint64 { return slices.Sorted(maps.Keys(u.pages)) }
