package uv

import (
	"net/netip"
	"strings"
	"testing"
)

func TestAppendIP(t *testing.T) {
	for _, tt := range []struct {
		text   string
		prefix int
		want   string // empty: no address
	}{
		{"0.0.0.0", 0, "0.0.0.0"}, {"255.255.255.255", 0, "255.255.255.255"}, {"192.0.2.1:8080", 0, "192.0.2.1"},
		{"192.0.2.1:0", 0, "192.0.2.1"}, {"192.0.2.1:65535", 24, "192.0.2.1"},
		{"256.0.0.1", 0, ""}, {"1.2.3", 0, ""}, {"1.2.3.4.5", 0, ""}, {"01.2.3.4", 0, ""}, {"1.2.3.04", 0, ""}, {"1..3.4", 0, ""},
		{"1.2.3.4 ", 0, ""}, {" 1.2.3.4", 0, ""}, {"1.2.3.4:", 0, ""}, {"1.2.3.4:65536", 0, ""}, {"1.2.3.4:x", 0, ""}, {"[1.2.3.4]", 0, ""}, {"1.2.3.4%eth0", 0, ""},
		{"0x7f.0.0.1", 0, ""}, {"-", 0, ""}, {"", 0, ""}, {"localhost", 0, ""}, {"unix:", 0, ""}, {"1.2.3.4567", 0, ""},
		{"::1", 128, "::1"}, {"::1", 0, "::"}, {"::", 64, "::"}, {"[::1]", 128, "::1"}, {"[::1]:80", 128, "::1"},
		{"2001:db8:0:0:1:0:0:1", 128, "2001:db8::1:0:0:1"}, {"2001:DB8::A", 200, "2001:db8::a"},
		{"2001:db8:1:2:3:4:5:6", 64, "2001:db8:1:2::"}, {"2001:db8:1:2:3:4:5:6", 56, "2001:db8:1::"}, {"2001:db8:1:2:3:4:5:6", 1, "::"},
		{"fe80::1%eth0", 128, "fe80::1"}, {"[fe80::1%25eth0]:80", 128, "fe80::1"},
		{"::ffff:192.0.2.1", 64, "192.0.2.1"}, {"::ffff:c000:201", 0, "192.0.2.1"}, {"[::ffff:192.0.2.1]:5", 0, "192.0.2.1"},
		{"::192.0.2.1", 128, "::c000:201"}, {"64:ff9b::192.0.2.33", 128, "64:ff9b::c000:221"}, {"1:2:3:4:5:6:7.8.9.10", 128, "1:2:3:4:5:6:708:90a"},
		{"1:2:3:4:5:6:7:8:9", 0, ""}, {"1:2:3:4:5:6:7", 0, ""}, {"1::2::3", 0, ""}, {":1", 0, ""}, {"1:", 0, ""}, {":::", 0, ""}, {"12345::", 0, ""}, {"1:2:3:4:5:6:7::", 128, "1:2:3:4:5:6:7:0"},
		{"1:2:3:4::5:6:7:8", 0, ""}, {"::1.2.3", 0, ""}, {"::1.2.3.256", 0, ""}, {"1:2:3:4:5:6:7:1.2.3.4", 0, ""}, {"::1.2.3.4:5", 0, ""}, {"fe80::1%", 0, ""},
		{"[::1", 0, ""}, {"[::1]x", 0, ""}, {"[::1]:", 0, ""}, {"[]", 0, ""}, {"::g", 0, ""},
	} {
		got, ok := AppendIP([]byte("x="), []byte(tt.text), tt.prefix)
		if want := "x=" + tt.want; string(got) != want || ok != (tt.want != "") {
			t.Errorf("AppendIP(%q, %d) = %q, %v, want %q", tt.text, tt.prefix, got, ok, want)
		}
	}
}

// canonicalByNetip is what AppendIP should say, by the standard library.
func canonicalByNetip(text string, prefix int) (string, bool) {
	var addr netip.Addr
	if port, err := netip.ParseAddrPort(text); err == nil && len(text)-strings.LastIndexByte(text, ':') <= 6 {
		addr = port.Addr()
	} else {
		inner := text
		bracketed := strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]")
		if bracketed {
			inner = text[1 : len(text)-1]
		}
		if addr, err = netip.ParseAddr(inner); err != nil || bracketed && addr.Is4() {
			return "", false
		}
	}
	addr = addr.WithZone("").Unmap()
	if addr.Is4() {
		return addr.String(), true
	}
	return netip.PrefixFrom(addr, prefix).Masked().Addr().String(), true
}

func FuzzAppendIP(f *testing.F) {
	for _, s := range []string{
		"192.0.2.1", "192.0.2.1:80", "::1", "[::1]:80", "fe80::1%eth0", "[fe80::1%eth0]:1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7::", "1::8", "1:2:3:4:5:6:1.2.3.4", "[1.2.3.4]:5",
		"a::%]", "[a::%]]:3", "1.2.3.4:+5", "[::]:00080", "1.2.3.4:000080",
	} {
		f.Add(s, uint8(64))
	}
	f.Fuzz(func(t *testing.T, text string, bits uint8) {
		prefix := int(bits)%128 + 1
		got, ok := AppendIP(nil, []byte(text), prefix)
		want, wantOK := canonicalByNetip(text, prefix)
		if strings.Contains(text, "%") && strings.ContainsAny(text[strings.IndexByte(text, '%'):], "]%:[") {
			return // what may stand in a zone is nobody's rule
		}
		if string(got) != want || ok != wantOK {
			t.Fatalf("AppendIP(%q, %d) = %q, %v, netip says %q, %v", text, prefix, got, ok, want, wantOK)
		}
		if ok {
			again, _ := AppendIP(nil, got, prefix)
			if string(again) != string(got) {
				t.Fatalf("%q is not canonical: %q", got, again)
			}
		}
	})
}

func TestParseIP(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "192.0.2.1:80": "192.0.2.1", "[2001:db8::1]:443": "2001:db8::1", "[::1]": "::1",
		"::ffff:192.0.2.1": "192.0.2.1", "fe80::1%eth0": "fe80::1", "2001:DB8:1:2:3:4:5:6": "2001:db8:1:2:3:4:5:6",
		"": "", "-": "", "unknown": "", "192.0.2": "", "192.0.2.1:": "", "192.0.2.01": "", "[192.0.2.1]": "",
		"::1:99999": "", // five digits are no group, and a port needs brackets
	} {
		addr, ok := ParseIP([]byte(text))
		if ok != (want != "") || ok && addr.String() != want {
			t.Errorf("ParseIP(%q) = %v, %v", text, addr, ok)
		}
	}
}
