package traffic

import "math/bits"

// gamma is 2^64 over the golden ratio, odd: the increment of SplitMix64.
const gamma = 0x9e3779b97f4a7c15

// mix is the finalizer of SplitMix64 (Steele, Lea and Flood, "Fast Splittable
// Pseudorandom Number Generators", OOPSLA 2014; Stafford's variant 13), a
// bijection of 64 bits in which every input bit reaches every output bit.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// stream is a counter-based generator: its i-th draw for counter n is a
// function of (seed, purpose, n, i), so that no draw depends on another's
// having been made.
type stream struct{ outer, inner uint64 }

// purpose keeps the streams of one seed apart. The values are part of the
// algorithm: a change is a new algorithm version.
type purpose uint64

const (
	forRepeats  purpose = 1 // who returns
	forArrivals purpose = 2 // Poisson splitting
	forIDs      purpose = 3 // permutation of users
	forOrder    purpose = 4 // permutation of hits
)

func newStream(seed uint64, p purpose) stream {
	a := mix(seed + gamma)
	return stream{
		outer: mix(a ^ mix(2*uint64(p)*gamma)),
		inner: mix(a ^ mix((2*uint64(p)+1)*gamma)),
	}
}

// at returns the i-th draw for counter n: 64 uniform bits.
func (s stream) at(n, i uint64) uint64 {
	return mix(mix(n^s.outer) + s.inner + i*gamma)
}

// below turns 64 uniform bits into an integer that is uniform over [0, n), up
// to a bias of n/2^64 (Lemire, "Fast Random Integer Generation in an Interval",
// ACM TOMACS 2019, without the rejection).
func below(random, n uint64) uint64 {
	hi, _ := bits.Mul64(random, n)
	return hi
}

// unit turns 64 uniform bits into a float64 that is uniform over the open
// interval (0, 1): an odd multiple of 2^-53.
func unit(random uint64) float64 {
	return float64(float64(random>>12<<1|1) * 0x1p-53)
}

// mulDiv returns ⌊a·b/c⌋ by way of 128 bits. The quotient must fit 64: a < c or
// b < c.
func mulDiv(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	q, _ := bits.Div64(hi, lo, c)
	return q
}
