package analyze

import (
	"bytes"

	"github.com/loadx/loadx/profile/uv"
)

// A loneAddress tells whether all hits come from one address, as they seem to behind a proxy.
type loneAddress struct {
	first []byte
	hits  uint64 // with an address, until a second one comes
	many  bool
}

func (l *loneAddress) add(addr []byte) {
	if l.many || len(addr) == 0 {
		return
	}
	switch {
	case l.hits == 0:
		l.first = append(l.first[:0], addr...)
	case !bytes.Equal(l.first, addr) && !sameHost(l.first, addr):
		l.many = true
	}
	l.hits++
}

// sameHost says whether two texts are one address, with or without a port.
func sameHost(a, b []byte) bool {
	x, ok := uv.ParseIP(a)
	y, also := uv.ParseIP(b)
	return ok && also && x == y
}

func (l *loneAddress) merge(o *loneAddress) {
	if o.hits > 0 {
		hits := o.hits - 1
		l.add(o.first)
		l.hits += hits
		l.many = l.many || o.many
	}
}
