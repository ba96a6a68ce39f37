package scenarios

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
)

// planVersion changes whenever a scenario of before gives other requests. It begins every fingerprint.
const planVersion = "loadx plan 1"

// hashBytes is how much of the SHA-256 a plan's hash keeps: 128 bits.
const hashBytes = 16

// fingerprint returns the hash of all that decides the plan's visits and requests.
func (p *Plan) fingerprint(s *Scenario) string {
	h := fields{sha256.New()}
	h.text(planVersion)
	if p.traffic != nil {
		h.text(string(p.traffic.AppendFingerprint(nil)))
	} else {
		h.text("max rate")
		h.numbers(p.pv, p.uv, uint64(p.duration), p.seed)
	}
	for _, one := range p.identity.carriers {
		h.text(one.key)
	}
	if s.Identity.ID != "" {
		h.text(s.Identity.ID)
	} else {
		h.text(defaultID)
	}
	for _, channel := range s.Identity.Channels {
		h.text(channel.Kind.String())
		h.text(channel.Value)
	}
	if p.inTurn {
		h.text("in turn")
	}
	h.numbers(uint64(len(p.pages)))
	for _, page := range p.pages {
		if len(p.pages) > 1 {
			h.numbers(page.Weight)
		}
		h.numbers(uint64(len(page.written)))
		for _, text := range page.written {
			h.text(text)
		}
	}
	return hex.EncodeToString(h.sum.Sum(nil)[:hashBytes])
}

// fields hashes fields with their lengths, so that no two lists of fields look alike.
type fields struct{ sum hash.Hash }

func (f fields) text(s string) {
	f.numbers(uint64(len(s)))
	f.sum.Write([]byte(s)) // a hash never fails
}

func (f fields) numbers(list ...uint64) {
	for _, n := range list {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], n)
		f.sum.Write(b[:])
	}
}
