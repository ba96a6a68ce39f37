package uv

import (
	"bytes"
	"net/netip"
)

// DefaultV6Prefix is the length in bits to which IPv6 addresses are cut: the network that one customer gets. Within it,
// machines change their addresses at will.
const DefaultV6Prefix = 64

// AppendIP appends the canonical text of the address in text to dst: brackets, port and zone are dropped; an IPv4
// address is in dotted form, also where text has it mapped into IPv6 (::ffff:192.0.2.1); an IPv6 address is cut to its
// first v6Prefix bits (0: [DefaultV6Prefix]; more than 128: 128) and written as RFC 5952 says.
//
// If text is no address, it returns dst as it was and false. It allocates only to grow dst. See [ParseIP] for what is one.
func AppendIP(dst, text []byte, v6Prefix int) ([]byte, bool) {
	if n := dottedLen(text); n > 0 {
		return append(dst, text[:n]...), true
	}
	addr, ok := ParseIP(text)
	if !ok {
		return dst, false
	}
	if addr.Is6() {
		if v6Prefix <= 0 {
			v6Prefix = DefaultV6Prefix
		}
		network, err := addr.Prefix(min(v6Prefix, 128))
		if err != nil {
			return dst, false
		}
		addr = network.Addr()
	}
	return addr.AppendTo(dst), true
}

// ParseIP returns the address in text, without brackets, port and zone, and an IPv4 address that is mapped into IPv6 as
// IPv4. ok is false if text is no address: dotted forms with leading zeros, in hexadecimal or with fewer than four
// numbers are none, as programs do not agree on what they mean. It does not allocate, which [netip.ParseAddr] cannot
// offer for bytes.
func ParseIP(text []byte) (addr netip.Addr, ok bool) {
	if n := dottedLen(text); n > 0 {
		var a [4]byte
		putIPv4(a[:], text[:n])
		return netip.AddrFrom4(a), true
	}
	a, ok := parseHostIPv6(text)
	if !ok {
		return netip.Addr{}, false
	}
	return netip.AddrFrom16(a).Unmap(), true
}

// dottedLen returns the length of the address if text is a dotted IPv4 address with or without port, else 0.
func dottedLen(text []byte) int {
	if n := scanIPv4(text); n > 0 && (n == len(text) || isPort(text[n:])) {
		return n
	}
	return 0
}

// scanIPv4 returns the length of the dotted IPv4 address that text starts with, 0 if it starts with none.
func scanIPv4(text []byte) int {
	at := 0
	for part := 3; ; part-- {
		// One to three digits, the first of several not 0.
		if at >= len(text) {
			return 0
		}
		value := uint(text[at]) - '0'
		if value > 9 {
			return 0
		}
		first := at
		for at++; at < len(text) && at < first+4; at++ {
			d := uint(text[at]) - '0'
			if d > 9 {
				break
			}
			if value == 0 {
				return 0
			}
			value = value*10 + d
		}
		if value > 255 {
			return 0
		}
		if part == 0 {
			return at
		}
		if at >= len(text) || text[at] != '.' {
			return 0
		}
		at++
	}
}

// isPort says whether text is a colon and a port number.
func isPort(text []byte) bool {
	if len(text) < 2 || len(text) > 6 || text[0] != ':' {
		return false
	}
	port := 0
	for _, c := range text[1:] {
		if c-'0' > 9 {
			return false
		}
		port = port*10 + int(c-'0')
	}
	return port <= 65535
}

// parseHostIPv6 reads an IPv6 address, with or without zone, or in brackets and then with or without port.
func parseHostIPv6(text []byte) (a [16]byte, ok bool) {
	if len(text) > 0 && text[0] == '[' {
		end := bytes.IndexByte(text, ']')
		if end < 0 || end+1 < len(text) && !isPort(text[end+1:]) {
			return a, false
		}
		text = text[1:end]
		if n := scanIPv4(text); n > 0 && n == len(text) {
			return a, false // brackets are for IPv6
		}
	}
	if zone := bytes.IndexByte(text, '%'); zone >= 0 {
		if zone == len(text)-1 {
			return a, false
		}
		text = text[:zone]
	}
	return parseIPv6(text)
}

// parseIPv6 reads the forms of RFC 4291, section 2.2, without zone.
func parseIPv6(text []byte) (a [16]byte, ok bool) {
	ellipsis := -1 // where in a the zeros of "::" go
	at, n := 0, 0
	if bytes.HasPrefix(text, []byte("::")) {
		ellipsis, at = 0, 2
	}
	for at < len(text) {
		if n == 16 {
			return a, false
		}
		value, start := 0, at
		for at < len(text) && at-start < 5 {
			d, hex := hexDigit(text[at])
			if !hex {
				break
			}
			value = value<<4 | d
			at++
		}
		if at == start || at-start > 4 {
			return a, false
		}
		if at < len(text) && text[at] == '.' {
			if n > 12 || scanIPv4(text[start:]) != len(text)-start {
				return a, false
			}
			putIPv4(a[n:], text[start:])
			n += 4
			break
		}
		a[n], a[n+1] = byte(value>>8), byte(value)
		n += 2
		if at == len(text) {
			break
		}
		if text[at] != ':' || at+1 == len(text) {
			return a, false
		}
		at++
		if text[at] == ':' {
			if ellipsis >= 0 {
				return a, false
			}
			ellipsis = n
			at++
		}
	}
	if ellipsis < 0 {
		return a, n == 16
	}
	if n == 16 {
		return a, false // "::" stands for one group at least
	}
	copy(a[16-(n-ellipsis):], a[ellipsis:n])
	clear(a[ellipsis : 16-(n-ellipsis)])
	return a, true
}

// putIPv4 stores the numbers of a dotted address that scanIPv4 has accepted.
func putIPv4(dst, text []byte) {
	for _, c := range text {
		if c == '.' {
			dst = dst[1:]
			continue
		}
		dst[0] = dst[0]*10 + c - '0'
	}
}

func hexDigit(c byte) (value int, ok bool) {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0'), true
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10, true
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10, true
	}
	return 0, false
}
