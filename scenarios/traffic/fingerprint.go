package traffic

import (
	"encoding/binary"
	"math"
)

// AlgorithmVersion changes whenever a spec of before gives other visits.
const AlgorithmVersion = 1

// The shapes' tags in a fingerprint.
const (
	tagSteady = iota
	tagRamp
	tagStages
	tagSine
)

// AppendFingerprint appends the canonical bytes of all that decides when a hit
// is due and who makes it, the algorithm's version included. Two plans with the
// same bytes have the same visits. The shard is no part of it, so that all
// shards of a plan have the same bytes; neither is how PV and duration were
// asked for, only what they came to.
//
// The bytes are 64-bit little-endian words: version, PV, UV, duration in
// nanoseconds, arrivals, law, the bits of its exponent, order, seed, shape; then
// the shape's own: for a ramp the bits of both rates, for stages their number and
// for each its length in nanoseconds and the bits of its rate, for a sine the
// period in nanoseconds and the bits of its amplitude.
func (p *Plan) AppendFingerprint(dst []byte) []byte {
	word := func(v uint64) { dst = binary.LittleEndian.AppendUint64(dst, v) }
	float := func(v float64) { word(math.Float64bits(v + 0)) } // −0 becomes 0
	word(AlgorithmVersion)
	word(p.pv)
	word(p.uv)
	word(uint64(p.duration))
	word(uint64(p.spec.Arrivals))
	word(uint64(p.spec.Law.Kind))
	float(p.spec.Law.S)
	word(uint64(p.spec.Order))
	word(p.spec.Seed)
	switch shape := p.spec.Shape.(type) {
	case Ramp:
		word(tagRamp)
		float(float64(shape.From))
		float(float64(shape.To))
	case Stages:
		word(tagStages)
		word(uint64(len(shape)))
		for _, stage := range shape {
			word(uint64(stage.For))
			float(float64(stage.Rate))
		}
	case Sine:
		word(tagSine)
		word(uint64(shape.Period))
		float(shape.Amplitude)
	default:
		word(tagSteady)
	}
	return dst
}
