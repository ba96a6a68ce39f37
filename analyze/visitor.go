package analyze

import (
	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/profile/uv"
)

// A visitorKey reads the parts of a key from the records of one format. Each goroutine needs its own.
type visitorKey struct {
	parts   []keyPart
	builder uv.Builder
	prefix  int
	secret  *uv.Secret // nil for none
	// present says whether the format carries any part of the key at all.
	present bool
	// addressAndAgent says that the key is these two and has no secret, as most are.
	addressAndAgent bool

	// To whole lines of the cache: the keys of several workers stand side by side.
	_ [40]byte
}

type keyPart struct {
	kind uv.PartKind
	slot int
	ok   bool // the format has it
}

func bindKey(key uv.Key, f *accesslog.Format, ipv6Prefix int, secret *uv.Secret) *visitorKey {
	b := &visitorKey{prefix: ipv6Prefix, secret: secret}
	for _, part := range key.Parts() {
		slot, ok := f.Slot(slotName(part))
		b.parts = append(b.parts, keyPart{kind: part.Kind, slot: slot, ok: ok})
		b.present = b.present || ok
	}
	b.addressAndAgent = secret == nil && len(b.parts) == 2 && b.parts[0].is(uv.PartIP) && b.parts[1].is(uv.PartUserAgent)
	return b
}

func (p keyPart) is(kind uv.PartKind) bool { return p.ok && p.kind == kind }

// slotName is what package accesslog calls a part of a key.
func slotName(part uv.Part) string {
	switch part.Kind {
	case uv.PartIP:
		return "addr"
	case uv.PartUserAgent:
		return "user_agent"
	case uv.PartUser:
		return "user"
	case uv.PartHost:
		return "host"
	case uv.PartCookie:
		return "cookie:" + part.Name
	case uv.PartHeader:
		return "header:" + part.Name
	default:
		return part.Name
	}
}

// of returns the visitor of a record, and whether it has one.
func (k *visitorKey) of(r *accesslog.Record) (hash uint64, ok bool) {
	if k.addressAndAgent {
		if hash, ok = uv.HashAddressAnd(r.Addr, r.UserAgent); ok {
			return hash, true
		}
	}
	k.builder.Reset()
	for i := range k.parts {
		part := &k.parts[i]
		switch {
		case !part.ok:
			k.builder.Add(nil)
		case part.kind == uv.PartIP:
			k.builder.AddIP(r.Addr, k.prefix)
		case part.kind == uv.PartUserAgent:
			k.builder.Add(r.UserAgent)
		default:
			k.builder.Add(r.Slot(part.slot))
		}
	}
	return k.builder.HashKeyed(k.secret)
}
