package uv

import (
	"slices"
	"strings"
	"testing"
)

func TestParseKey(t *testing.T) {
	for spec, want := range map[string][]Part{
		"ip":                     {{Kind: PartIP}},
		DefaultKey:               {{Kind: PartIP}, {Kind: PartUserAgent}},
		"ua+ip":                  {{Kind: PartUserAgent}, {Kind: PartIP}},
		" IP + Ua ":              {{Kind: PartIP}, {Kind: PartUserAgent}},
		"cookie:uid":             {{Kind: PartCookie, Name: "uid"}},
		"Cookie:UID":             {{Kind: PartCookie, Name: "UID"}},
		"header:x-user-id":       {{Kind: PartHeader, Name: "X-User-Id"}},
		"user+host":              {{Kind: PartUser}, {Kind: PartHost}},
		"field:request.user[id]": {{Kind: PartField, Name: "request.user[id]"}},
		"cookie:a+cookie:b":      {{Kind: PartCookie, Name: "a"}, {Kind: PartCookie, Name: "b"}},
	} {
		k, err := ParseKey(spec)
		if err != nil {
			t.Errorf("ParseKey(%q): %v", spec, err)
			continue
		}
		if !slices.Equal(k.Parts(), want) {
			t.Errorf("ParseKey(%q) = %v, want %v", spec, k.Parts(), want)
		}
		again, err := ParseKey(k.String())
		if err != nil || !slices.Equal(again.Parts(), want) || again.String() != k.String() {
			t.Errorf("%q: canonical %q reads as %v: %v", spec, k, again.Parts(), err)
		}
	}
}

func TestParseKeyErrors(t *testing.T) {
	for spec, want := range map[string]string{
		"":                  "empty visitor key; ip+ua is the usual one",
		"  ":                "empty visitor key",
		"ip+":               "empty part",
		"+ip":               "empty part",
		"ip+ip":             "ip stands there twice",
		"header:A+header:a": "header:A stands there twice",
		"ipp":               "did you mean ip?",
		"cookies:uid":       "did you mean cookie:uid?",
		"heder:X-Id":        "did you mean header:X-Id?",
		"cokie:a\x1b[m":     "did you mean cookie:NAME?",
		"cokie":             "did you mean cookie:NAME?",
		"useragent":         "did you mean ua?",
		"remote_addr+ua":    "did you mean ip?",
		"usr":               "did you mean user?",
		"zebra":             `unknown part "zebra"; a part is one of ip, ua,`,
		"cookie":            "cookie needs a name: cookie:NAME",
		"cookie:":           "cookie needs a name",
		"ip:x":              "ip takes no name",
		"cookie:a b":        `must not hold ' '`,
		"cookie:a=b":        `must not hold '='`,
		"header:a@b":        `must not hold '@'`,
		"cookie:\x1b[m":     `must not hold '\x1b'`,
	} {
		k, err := ParseKey(spec)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseKey(%q): error %v, want %q in it", spec, err, want)
		}
		if len(k.Parts()) != 0 {
			t.Errorf("ParseKey(%q) = %v beside an error", spec, k)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	for _, spec := range []string{DefaultKey, "cookie:uid", "CWokie:\xb5_\x1b\n", "header:x-a+field:a.b[0]", "ip++ua", "ipp", "cookie:\xff", "::+:"} {
		f.Add(spec)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		k, err := ParseKey(spec)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Fatalf("error with raw bytes of the spec: %q", err)
			}
			return
		}
		again, err := ParseKey(k.String())
		if err != nil || !slices.Equal(k.Parts(), again.Parts()) || len(k.Parts()) == 0 {
			t.Fatalf("%q: canonical %q reads as %v: %v", spec, k, again.Parts(), err)
		}
	})
}

func TestKeyHas(t *testing.T) {
	k, err := ParseKey("cookie:a+ip")
	if err != nil {
		t.Fatal(err)
	}
	if !k.Has(PartIP) || !k.Has(PartCookie) || k.Has(PartUserAgent) || (Key{}).Has(PartIP) {
		t.Error("Has does not tell the kinds apart")
	}
	k.Parts()[0].Name = "b"
	if k.String() != "cookie:a+ip" {
		t.Errorf("the key changed to %s", k)
	}
}

func TestBuilder(t *testing.T) {
	var b Builder
	for _, tt := range []struct {
		ip, ua string
		want   string // the joined texts; empty: no visitor
	}{
		{"192.0.2.1", "curl", "192.0.2.1\x00curl"},
		{"[::ffff:192.0.2.1]:99", "curl", "192.0.2.1\x00curl"},
		{"2001:db8:1:2:3:4:5:6", "-", "2001:db8:1:2::\x00-"},
		{"host.example", "", "host.example\x00"},
		{"-", "curl", "-\x00curl"},
		{"", "", ""}, {"-", "-", ""}, {"-", "", ""},
		{"", "x", "\x00x"},
	} {
		b.Reset()
		b.AddIP([]byte(tt.ip), 0)
		b.AddString(tt.ua)
		h, ok := b.Hash()
		if ok != (tt.want != "") {
			t.Errorf("%q, %q: visitor %v", tt.ip, tt.ua, ok)
		}
		if ok && (string(b.Bytes()) != tt.want || h != murmurByBytes(tt.want, hashSeed)) {
			t.Errorf("%q, %q: %q, hash %#x", tt.ip, tt.ua, b.Bytes(), h)
		}
	}
	b.Reset()
	if _, ok := b.Hash(); ok {
		t.Error("a key without parts makes a visitor")
	}
}

func TestBuilderDoesNotAllocate(t *testing.T) {
	var b Builder
	v4, v6, ua := []byte("203.0.113.77"), []byte("[2001:db8:1:2:3:4:5:6]:443"), []byte(strings.Repeat("m", 100))
	run := func() {
		for _, ip := range [][]byte{v4, v6} {
			b.Reset()
			b.AddIP(ip, 64)
			b.Add(ua)
			b.Hash()
		}
	}
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkBuilder(b *testing.B) {
	ua := []byte("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36")
	for name, ip := range map[string]string{"IPv4": "203.0.113.77", "IPv6": "2001:db8:1:2:3:4:5:6"} {
		b.Run(name, func(b *testing.B) {
			text := []byte(ip)
			var k Builder
			b.ReportAllocs()
			for b.Loop() {
				k.Reset()
				k.AddIP(text, 64)
				k.Add(ua)
				k.Hash()
			}
		})
	}
}
