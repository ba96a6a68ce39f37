package traffic

// forDraws is the first of the purposes that are left to [Draws].
const forDraws purpose = 1 << 32

// Draws is a source of random numbers beside the plan's own: one number for each
// hit, a function of the seed, the source's number and the hit. It is a value,
// immutable and safe for use by many goroutines.
type Draws struct{ s stream }

// NewDraws returns source number of a seed; numbers are below 2^32. Sources of
// different numbers or seeds are unrelated, to each other and to the plan.
func NewDraws(seed, number uint64) Draws {
	return Draws{newStream(seed, forDraws+purpose(number))}
}

// Below returns hit n's number, uniform over [0, limit); limit ≥ 1.
func (d Draws) Below(n, limit uint64) uint64 { return below(d.s.at(n, 0), limit) }

// Ranks is a Zipf law over a fixed range: it draws k from [0, n) with a
// probability in proportion to 1/(k+1)^s. It is immutable and safe for use by
// many goroutines.
type Ranks struct {
	n    uint64
	zipf zipf
}

// NewRanks returns the law over [0, n); n is in [1, MaxPV], s in (0, MaxZipf].
func NewRanks(n uint64, s float64) *Ranks { return &Ranks{n: n, zipf: newZipf(s, n)} }

// Rank returns hit n's rank by a source of random numbers.
func (r *Ranks) Rank(d Draws, n uint64) uint64 {
	return r.zipf.draw(d.s, n, r.n, r.zipf.all) - 1
}
