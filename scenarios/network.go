package scenarios

import (
	"encoding/binary"
	"math"
	"net/netip"
)

// network numbers the addresses of a CIDR block, one for each user.
//
// In IPv4 the first and the last address of a block (network and broadcast) are left out, but for /31 and /32. In
// IPv6 a block wider than /64 gives each user a /64 of its own, in which it has the address ::1, for that is what a
// log analysis takes for one visitor; a /64 or narrower gives each user an address.
type network struct {
	v4       bool
	base     [16]byte // the first user's address; IPv4 in the last four bytes
	capacity uint64
	subnets  bool // count in units of /64
}

// newNetwork reads a CIDR; a bare address is a block of one.
func newNetwork(text string) (*network, error) {
	const hint = "write it as in 10.0.0.0/8 or 2001:db8::/32"
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		address, err := netip.ParseAddr(text)
		if err != nil || address.Zone() != "" {
			return nil, &hintedError{"not a block of addresses (CIDR)", hint}
		}
		prefix = netip.PrefixFrom(address, address.BitLen())
	}
	if prefix.Masked() != prefix {
		return nil, &hintedError{"a block of addresses that begins inside itself", "the block is " + prefix.Masked().String()}
	}
	address := prefix.Addr()
	if address.Is4In6() {
		return nil, &hintedError{"an IPv4 address written as IPv6", hint}
	}
	nw := &network{v4: address.Is4(), base: address.As16()}
	free := address.BitLen() - prefix.Bits()
	if nw.v4 {
		nw.capacity = 1 << free
		if free > 1 {
			nw.capacity -= 2
			nw.base[15]++
		}
		return nw, nil
	}
	if nw.subnets = prefix.Bits() < 64; nw.subnets {
		free -= 64
		nw.base[15] = 1
	}
	if free < 64 {
		nw.capacity = 1 << free
	} else {
		nw.capacity = math.MaxUint64
	}
	return nw, nil
}

// append appends the user's address as text.
func (nw *network) append(dst []byte, user uint64) []byte { return nw.address(user).AppendTo(dst) }

// address returns the user's address. Users above the capacity share the addresses of those below it.
func (nw *network) address(user uint64) netip.Addr {
	user %= nw.capacity
	address := nw.base
	switch {
	case nw.v4:
		low := binary.BigEndian.Uint32(address[12:])
		binary.BigEndian.PutUint32(address[12:], low+uint32(user))
		return netip.AddrFrom4([4]byte(address[12:]))
	case nw.subnets:
		high := binary.BigEndian.Uint64(address[:8])
		binary.BigEndian.PutUint64(address[:8], high+user)
	default:
		low := binary.BigEndian.Uint64(address[8:])
		binary.BigEndian.PutUint64(address[8:], low+user) // the free bits are at most 64 and zero
	}
	return netip.AddrFrom16(address)
}
