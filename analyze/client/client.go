// Package client says who the client of a request is when proxies stand between it and the server: the connection is
// then the proxy's, and X-Forwarded-For is a list that every proxy appends the address of its own peer to.
//
// The list is a request header, so that the client may send one of its own. Only what trusted proxies have appended
// counts, and that is at the right end: a [Resolver] walks from the connection's address through the list from right to
// left, as far as it knows who has written.
package client

import (
	"bytes"
	"fmt"
	"net/netip"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/profile/uv"
)

// MaxHops is how many addresses of a list are looked at. Lists of more proxies do not exist; they are made up.
const MaxHops = 64

// Options say which proxies there are. The zero value knows of none: the client is the connection's address.
type Options struct {
	// Trusted are the networks of one's own proxies. The client is the first address from the right, the connection's
	// own one first, that is in none of them. Whoever is in one of them can name any client.
	Trusted []netip.Prefix
	// Hops, in [0, MaxHops], is the number of proxies in front of the server instead, where their addresses are not
	// known: the client is the Hops-th address from the right. Nobody checks who the proxies are: if the server can be
	// reached past them, clients can be forged. It excludes Trusted.
	Hops int
}

// A Resolver finds the clients of records. It is immutable and may be used by several goroutines.
type Resolver struct {
	trusted []netip.Prefix
	hops    int
}

// New returns a resolver. A network of IPv4 addresses that are mapped into IPv6 stands for that of IPv4.
func New(opts Options) (*Resolver, error) {
	if opts.Hops < 0 || opts.Hops > MaxHops {
		return nil, fmt.Errorf("client: %d proxies in front of the server: from 0 to %d are possible", opts.Hops, MaxHops)
	}
	if opts.Hops > 0 && len(opts.Trusted) > 0 {
		return nil, fmt.Errorf("client: the proxies are known either by their networks or by their number, not by both")
	}
	r := &Resolver{hops: opts.Hops}
	for _, p := range opts.Trusted {
		if !p.IsValid() {
			return nil, fmt.Errorf("client: %v is no network", p)
		}
		if p.Addr().Is4In6() {
			if p.Bits() < mappedBits {
				return nil, fmt.Errorf("client: network %v is neither one of IPv4 nor one of IPv6", p)
			}
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mappedBits)
		}
		r.trusted = append(r.trusted, netip.PrefixFrom(p.Addr().WithZone(""), p.Bits()).Masked())
	}
	return r, nil
}

// mappedBits is how many leading bits say that an IPv6 address is a mapped one of IPv4.
const mappedBits = 96

// Address returns the text of the client's address, a part of the record's Addr or ForwardedFor: as it was logged, with
// brackets or a port if it has some, without blanks and double quotes around it. It is valid as long as the record is,
// and nil if the line gives no address at all. Address does not allocate.
//
// A connection from an untrusted address or from a host name is the client's own, whatever its header says; a Unix
// socket, "unix:", is as trusted as the machine. When every address of the list is trusted, the client is the leftmost
// one. Empty elements of the list are skipped (RFC 9110, section 5.6.1). Where the walk meets something that is no
// address ("unknown" and "_hidden" of RFC 7239, section 6, or garbage), it ends, as nothing vouches for what is on the
// left of it: the client is the last address before. So it does after [MaxHops] addresses.
//
// With Hops, a list of fewer addresses means that the request has not come through all the proxies, and one with
// something else among the last Hops ones that it cannot be trusted: the client is then the connection's address.
func (r *Resolver) Address(rec *accesslog.Record) []byte {
	if r.hops > 0 {
		return r.byHops(rec)
	}
	client := rec.Addr
	if len(r.trusted) == 0 || !r.trusts(client) && !isUnix(client) {
		return client
	}
	list := rec.ForwardedFor
	for range MaxHops {
		entry, rest, ok := lastEntry(list)
		if !ok {
			return client
		}
		addr, ok := uv.ParseIP(entry)
		if !ok {
			return client
		}
		client, list = entry, rest
		if !r.contains(addr) {
			return client
		}
	}
	return client
}

func (r *Resolver) byHops(rec *accesslog.Record) []byte {
	list := rec.ForwardedFor
	for hop := 1; ; hop++ {
		entry, rest, ok := lastEntry(list)
		if !ok {
			return rec.Addr
		}
		if _, ok := uv.ParseIP(entry); !ok {
			return rec.Addr
		}
		if hop == r.hops {
			return entry
		}
		list = rest
	}
}

// trusts says whether text is an address of a trusted proxy.
func (r *Resolver) trusts(text []byte) bool {
	addr, ok := uv.ParseIP(text)
	return ok && r.contains(addr)
}

func (r *Resolver) contains(addr netip.Addr) bool {
	for i := range r.trusted {
		if r.trusted[i].Contains(addr) {
			return true
		}
	}
	return false
}

// isUnix says whether the connection came over a Unix socket, as nginx logs it.
func isUnix(addr []byte) bool { return string(addr) == "unix:" }

// lastEntry cuts the last element that is not empty off a list, and off it the blanks and double quotes around it. ok is
// false if there is none.
func lastEntry(list []byte) (entry, rest []byte, ok bool) {
	for len(list) > 0 {
		comma := bytes.LastIndexByte(list, ',')
		entry, rest = list[comma+1:], list[:max(comma, 0)]
		entry = trimBlanks(entry)
		if n := len(entry); n >= 2 && entry[0] == '"' && entry[n-1] == '"' {
			entry = trimBlanks(entry[1 : n-1])
		}
		if len(entry) > 0 {
			return entry, rest, true
		}
		list = rest
	}
	return nil, nil, false
}

func trimBlanks(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for n := len(b); n > 0 && (b[n-1] == ' ' || b[n-1] == '\t'); n-- {
		b = b[:n-1]
	}
	return b
}
