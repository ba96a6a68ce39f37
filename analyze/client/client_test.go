package client

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/loadx/loadx/analyze/accesslog"
)

func prefixes(t testing.TB, texts ...string) []netip.Prefix {
	t.Helper()
	var all []netip.Prefix
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func resolver(t testing.TB, opts Options) *Resolver {
	t.Helper()
	r, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// text makes a field of a record of what a log gives: "-" is nil.
func text(logged string) []byte {
	if logged == "-" {
		return nil
	}
	return []byte(logged)
}

type addressCase struct {
	name             string
	addr, list, want string
}

func check(t *testing.T, r *Resolver, cases []addressCase) {
	t.Helper()
	for _, c := range cases {
		rec := accesslog.Record{Addr: text(c.addr), ForwardedFor: text(c.list)}
		if got, want := r.Address(&rec), text(c.want); string(got) != string(want) || (got == nil) != (want == nil) {
			t.Errorf("%s: %s behind %q: %q, want %q", c.name, c.addr, c.list, got, want)
		}
	}
}

func TestTrusted(t *testing.T) {
	r := resolver(t, Options{Trusted: prefixes(t, "10.0.0.0/8", "192.168.7.1/32", "2001:db8:f00::/48", "::ffff:172.16.0.0/108")})
	check(t, r, []addressCase{
		{"one proxy", "10.0.0.1", "203.0.113.9", "203.0.113.9"},
		{"two proxies", "10.0.0.1", "203.0.113.9, 192.168.7.1", "203.0.113.9"},
		{"three, one of IPv6", "10.0.0.1", "203.0.113.9, 2001:db8:f00::5, 10.1.2.3", "203.0.113.9"},
		{"a client of IPv6", "10.0.0.1", "2001:db8:1::9", "2001:db8:1::9"},
		{"no header", "10.0.0.1", "-", "10.0.0.1"},
		{"an empty header", "10.0.0.1", "", "10.0.0.1"},
		{"one of our own as client", "10.0.0.1", "10.9.9.9", "10.9.9.9"},
		{"only our own: the leftmost", "10.0.0.1", "10.9.9.9, 10.8.8.8, 10.7.7.7", "10.9.9.9"},

		{"forged by a stranger", "203.0.113.9", "198.51.100.1", "203.0.113.9"},
		{"forged as one of our own", "203.0.113.9", "10.0.0.7", "203.0.113.9"},
		{"forged behind a proxy", "10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"},
		{"forged with our own behind a proxy", "10.0.0.1", "198.51.100.1, 10.0.0.9, 203.0.113.9", "203.0.113.9"},
		{"forged with our own behind two proxies", "10.0.0.1", "198.51.100.1, 10.0.0.9, 203.0.113.9, 10.0.0.2", "203.0.113.9"},
		{"forged comma", "10.0.0.1", "198.51.100.1,,,203.0.113.9", "203.0.113.9"},
		{"forged quote", "10.0.0.1", `"198.51.100.1, 203.0.113.9`, "203.0.113.9"},
		{"forged mapped address", "10.0.0.1", "::ffff:10.0.0.5, 203.0.113.9", "203.0.113.9"},

		{"no connection's address", "-", "203.0.113.9", "-"},
		{"an empty one", "", "203.0.113.9", ""},
		{"a host name, whoever it is", "proxy.example", "203.0.113.9", "proxy.example"},
		{"a Unix socket", "unix:", "203.0.113.9", "203.0.113.9"},
		{"a Unix socket without header", "unix:", "-", "unix:"},
		{"a Unix socket in a list", "10.0.0.1", "203.0.113.9, unix:", "10.0.0.1"},

		{"ports", "10.0.0.1:4711", "203.0.113.9:5000, 192.168.7.1:80", "203.0.113.9:5000"},
		{"brackets", "[2001:db8:f00::1]", "[2001:db8::7], [2001:db8:f00::2]:443", "[2001:db8::7]"},
		{"brackets and port", "[2001:db8:f00::1]:99", "[2001:db8::7]:1234", "[2001:db8::7]:1234"},
		{"quotes", "10.0.0.1", `"[2001:db8::7]:1234", "10.0.0.2"`, "[2001:db8::7]:1234"},
		{"a zone", "10.0.0.1", "fe80::1%eth0", "fe80::1%eth0"},
		{"mapped connection", "::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"},
		{"mapped proxy in the list", "10.0.0.1", "203.0.113.9, ::ffff:192.168.7.1", "203.0.113.9"},
		{"mapped network", "172.20.0.1", "203.0.113.9, 172.31.255.255", "203.0.113.9"},
		{"beyond the mapped network", "172.32.0.1", "203.0.113.9", "172.32.0.1"},
		{"blanks", "10.0.0.1", " \t203.0.113.9 \t,\t 10.0.0.2  ", "203.0.113.9"},
		{"no blanks", "10.0.0.1", "198.51.100.1,203.0.113.9,10.0.0.2", "203.0.113.9"},
		{"empty elements", "10.0.0.1", ", 203.0.113.9,, \"\" ,10.0.0.2, ,", "203.0.113.9"},
		{"nothing but commas", "10.0.0.1", ",, ,", "10.0.0.1"},

		{"unknown", "10.0.0.1", "unknown", "10.0.0.1"},
		{"unknown behind a proxy", "10.0.0.1", "203.0.113.9, unknown, 10.0.0.2", "10.0.0.2"},
		{"obfuscated", "10.0.0.1", "_hidden, 10.0.0.2", "10.0.0.2"},
		{"garbage", "10.0.0.1", "203.0.113.9, <script>, 10.0.0.2:8080", "10.0.0.2:8080"},
		{"half an address", "10.0.0.1", "203.0.113", "10.0.0.1"},
		{"octal", "10.0.0.1", "203.0.113.010", "10.0.0.1"},
		{"two with a blank", "10.0.0.1", "203.0.113.9 198.51.100.1", "10.0.0.1"},
		{"garbage on the left is never reached", "10.0.0.1", "\xff\x00, 203.0.113.9", "203.0.113.9"},

		{"as long as it may be", "10.0.0.1", "203.0.113.9" + strings.Repeat(", 10.0.0.2", MaxHops-1), "203.0.113.9"},
		{"too long", "10.0.0.1", "203.0.113.9" + strings.Repeat(", 10.0.0.2", MaxHops), "10.0.0.2"},
	})
}

func TestHops(t *testing.T) {
	check(t, resolver(t, Options{Hops: 1}), []addressCase{
		{"one proxy", "10.0.0.1", "203.0.113.9", "203.0.113.9"},
		{"forged", "10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"},
		{"no header", "10.0.0.1", "-", "10.0.0.1"},
		{"no address at all", "-", "-", "-"},
		{"unknown", "10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"},
		{"port", "10.0.0.1", "203.0.113.9:81", "203.0.113.9:81"},
	})
	check(t, resolver(t, Options{Hops: 3}), []addressCase{
		{"three proxies", "10.0.0.1", "203.0.113.9, 10.0.0.3, 10.0.0.2", "203.0.113.9"},
		{"forged", "10.0.0.1", "10.0.0.9, 198.51.100.1, 203.0.113.9, 10.0.0.3, 10.0.0.2", "203.0.113.9"},
		{"past the proxies", "203.0.113.9", "198.51.100.1", "203.0.113.9"},
		{"past one of them", "10.0.0.1", "203.0.113.9, 10.0.0.2", "10.0.0.1"},
		{"garbage among the proxies", "10.0.0.1", "203.0.113.9, _x, 10.0.0.2", "10.0.0.1"},
		{"garbage as client", "10.0.0.1", "unknown, 10.0.0.3, 10.0.0.2", "10.0.0.1"},
		{"empty elements", "10.0.0.1", ",203.0.113.9,,10.0.0.3,, 10.0.0.2,", "203.0.113.9"},
	})
}

func TestNoProxies(t *testing.T) {
	check(t, resolver(t, Options{}), []addressCase{
		{"a header does not count", "203.0.113.9", "198.51.100.1", "203.0.113.9"},
		{"nor from a Unix socket", "unix:", "198.51.100.1", "unix:"},
		{"no address", "-", "198.51.100.1", "-"},
	})
}

func TestNewErrors(t *testing.T) {
	for want, opts := range map[string]Options{
		"client: -1 proxies in front of the server: from 0 to 64 are possible":                   {Hops: -1},
		"client: 65 proxies in front of the server: from 0 to 64 are possible":                   {Hops: MaxHops + 1},
		"client: the proxies are known either by their networks or by their number, not by both": {Hops: 1, Trusted: prefixes(t, "10.0.0.0/8")},
		"client: invalid Prefix is no network":                                                   {Trusted: []netip.Prefix{{}}},
		"client: network ::ffff:10.0.0.0/90 is neither one of IPv4 nor one of IPv6":              {Trusted: prefixes(t, "::ffff:10.0.0.0/90")},
	} {
		if _, err := New(opts); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// The networks are not the caller's any more, and need not start at their first address.
func TestTrustedIsCopied(t *testing.T) {
	networks := prefixes(t, "10.1.2.3/8")
	r := resolver(t, Options{Trusted: networks})
	networks[0] = netip.Prefix{}
	check(t, r, []addressCase{{"unmasked", "10.200.0.1", "203.0.113.9", "203.0.113.9"}})
}

func TestAddressOfParsedLine(t *testing.T) {
	f, err := accesslog.Parse("nginx_main")
	if err != nil {
		t.Fatal(err)
	}
	line := `10.0.0.1 - - [31/Jan/2026:08:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8" "198.51.100.1, 203.0.113.9"`
	var rec accesslog.Record
	if err := f.NewParser().Parse([]byte(line), &rec); err != nil {
		t.Fatal(err)
	}
	if got := resolver(t, Options{Trusted: prefixes(t, "10.0.0.0/8")}).Address(&rec); string(got) != "203.0.113.9" {
		t.Errorf("%s", got)
	}
}

// FuzzAddress holds the resolver against a slow one, which splits the whole list first.
func FuzzAddress(f *testing.F) {
	for _, list := range []string{"203.0.113.9, 10.0.0.2", `"[::1]:80", 10.0.0.1:1`, ",,", "unknown", "::ffff:10.0.0.1", "\xff, 1.2.3.4", `""`, `" "`} {
		f.Add("10.0.0.1", list)
	}
	trusted := prefixes(f, "10.0.0.0/8", "2001:db8::/32")
	byNetwork, byNumber := resolver(f, Options{Trusted: trusted}), resolver(f, Options{Hops: 2})
	f.Fuzz(func(t *testing.T, addr, list string) {
		rec := accesslog.Record{Addr: []byte(addr), ForwardedFor: []byte(list)}
		if got, want := string(byNetwork.Address(&rec)), slowTrusted(trusted, addr, list); got != want {
			t.Errorf("%q behind %q: %q, want %q", addr, list, got, want)
		}
		got := string(byNumber.Address(&rec))
		if _, ok := parseHost(got); got != addr && (!ok || !strings.Contains(list, got)) {
			t.Errorf("%q behind %q: %q", addr, list, got)
		}
	})
}

// slowTrusted is Address with the standard library's means.
func slowTrusted(trusted []netip.Prefix, addr, list string) string {
	chain := []string{addr}
	entries := strings.Split(list, ",")
	for i := len(entries) - 1; i >= 0; i-- {
		entry := strings.Trim(entries[i], " \t")
		if len(entry) >= 2 && strings.HasPrefix(entry, `"`) && strings.HasSuffix(entry, `"`) {
			entry = strings.Trim(entry[1:len(entry)-1], " \t")
		}
		if entry != "" {
			chain = append(chain, entry)
		}
	}
	client := addr
	for i, entry := range chain {
		if i > MaxHops {
			break
		}
		host, ok := parseHost(entry)
		if !ok && i > 0 {
			break
		}
		client = entry
		inside := i == 0 && entry == "unix:"
		for _, p := range trusted {
			inside = inside || ok && p.Contains(host)
		}
		if !inside {
			break
		}
	}
	return client
}

// parseHost reads an address with or without port or brackets.
func parseHost(s string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(s); err == nil && (ap.Addr().Is4() || strings.HasPrefix(s, "[")) {
		return ap.Addr().Unmap().WithZone(""), true
	}
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		a, err := netip.ParseAddr(s[1 : len(s)-1])
		return a.Unmap().WithZone(""), err == nil && a.Is6()
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap().WithZone(""), err == nil
}

func TestAddressDoesNotAllocate(t *testing.T) {
	r := resolver(t, Options{Trusted: prefixes(t, "10.0.0.0/8", "2001:db8:f00::/48")})
	for _, list := range []string{"203.0.113.9, [2001:db8:f00::1]:80, 10.0.0.2", "unknown", "<garbage>", ""} {
		rec := accesslog.Record{Addr: []byte("10.0.0.1"), ForwardedFor: []byte(list)}
		if n := testing.AllocsPerRun(100, func() { r.Address(&rec) }); n != 0 {
			t.Errorf("%q: %v allocations", list, n)
		}
	}
}

func BenchmarkAddress(b *testing.B) {
	r := resolver(b, Options{Trusted: prefixes(b, "10.0.0.0/8", "2001:db8:f00::/48")})
	rec := accesslog.Record{Addr: []byte("10.0.0.1"), ForwardedFor: []byte("198.51.100.1, 203.0.113.9, 10.0.0.2")}
	b.ReportAllocs()
	for b.Loop() {
		r.Address(&rec)
	}
}
