package topk

import "math/bits"

// An index finds the place of a key by its hash: open addressing, linear probing, at most half full. The zero value is
// empty and holds no memory.
type index struct {
	slots []slot // len is 0 or a power of two
	used  int
}

// A slot holds the upper half of a hash, so that most strangers are told apart without a look at their key, and the
// place + 1; 0 is an empty slot.
type slot struct {
	tag   uint32
	place uint32
}

const minSlots = 16

// add stores the place of a key that is not in the index. hashOf gives the hash of the key at a place.
func (x *index) add(hash uint64, place int, hashOf func(place int) uint64) {
	if 2*(x.used+1) > len(x.slots) {
		old := x.slots
		x.slots = make([]slot, max(minSlots, 2*len(old)))
		for _, s := range old {
			if s.place != 0 {
				x.put(hashOf(int(s.place-1)), s)
			}
		}
	}
	x.put(hash, slot{tag: uint32(hash >> 32), place: uint32(place) + 1})
	x.used++
}

func (x *index) put(hash uint64, s slot) {
	mask := uint64(len(x.slots) - 1)
	i := hash & mask
	for x.slots[i].place != 0 {
		i = (i + 1) & mask
	}
	x.slots[i] = s
}

// remove takes out the key at a place. It moves later keys of the chain up instead of leaving a mark, so that chains
// stay short under any number of changes (Knuth, TAOCP 3, section 6.4, algorithm R).
func (x *index) remove(hash uint64, place int, hashOf func(place int) uint64) {
	mask := uint64(len(x.slots) - 1)
	hole := hash & mask
	for x.slots[hole].place != uint32(place)+1 {
		hole = (hole + 1) & mask
	}
	for i := (hole + 1) & mask; x.slots[i].place != 0; i = (i + 1) & mask {
		home := hashOf(int(x.slots[i].place-1)) & mask
		if (i-home)&mask >= (i-hole)&mask {
			x.slots[hole] = x.slots[i]
			hole = i
		}
	}
	x.slots[hole] = slot{}
	x.used--
}

// sketchSize returns the map size of the sketch beside a table of that capacity, as a power of two: its bound on what it
// may miss is 3.5/size of the hits on keys without a place.
func sketchSize(capacity int) int {
	return max(minSketchSize, bits.Len(uint(capacity-1))+3)
}

const minSketchSize = 10
