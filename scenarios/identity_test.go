package scenarios

import (
	"math"
	"net/netip"
	"strings"
	"testing"

	"github.com/loadx/loadx/scenarios/traffic"
)

func TestNetwork(t *testing.T) {
	for _, c := range []struct {
		cidr     string
		capacity uint64
		users    map[uint64]string
	}{
		{"10.0.0.0/8", 1<<24 - 2, map[uint64]string{0: "10.0.0.1", 255: "10.0.1.0", 1<<24 - 3: "10.255.255.254", 1<<24 - 2: "10.0.0.1"}},
		{"192.0.2.0/24", 254, map[uint64]string{0: "192.0.2.1", 253: "192.0.2.254"}},
		{"192.0.2.4/30", 2, map[uint64]string{0: "192.0.2.5", 1: "192.0.2.6"}},
		{"192.0.2.4/31", 2, map[uint64]string{0: "192.0.2.4", 1: "192.0.2.5"}},
		{"192.0.2.4/32", 1, map[uint64]string{0: "192.0.2.4", 9: "192.0.2.4"}},
		{"192.0.2.4", 1, map[uint64]string{0: "192.0.2.4"}},
		{"0.0.0.0/0", 1<<32 - 2, map[uint64]string{0: "0.0.0.1", 1<<32 - 3: "255.255.255.254"}},
		{"2001:db8::/32", 1 << 32, map[uint64]string{0: "2001:db8::1", 1: "2001:db8:0:1::1", 1<<32 - 1: "2001:db8:ffff:ffff::1"}},
		{"::/0", math.MaxUint64, map[uint64]string{0: "::1", 1: "0:0:0:1::1"}},
		{"2001:db8::/64", math.MaxUint64, map[uint64]string{0: "2001:db8::", 10: "2001:db8::a"}},
		{"2001:db8::/120", 256, map[uint64]string{255: "2001:db8::ff", 256: "2001:db8::"}},
	} {
		nw, err := newNetwork(c.cidr)
		if err != nil {
			t.Errorf("%s: %v", c.cidr, err)
			continue
		}
		if nw.capacity != c.capacity {
			t.Errorf("%s: capacity %d, want %d", c.cidr, nw.capacity, c.capacity)
		}
		for user, want := range c.users {
			got := string(nw.append(nil, user))
			if got != want && netip.MustParseAddr(got) != netip.MustParseAddr(want) {
				t.Errorf("%s: user %d has %s, want %s", c.cidr, user, got, want)
			}
		}
	}
	for _, cidr := range []string{"", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "host", "::ffff:10.0.0.0/104", "fe80::1%eth0", "10.0.0.0/8 "} {
		if nw, err := newNetwork(cidr); err == nil {
			t.Errorf("%q: %+v, no error", cidr, nw)
		}
	}
}

func TestBrowsers(t *testing.T) {
	if got := BrowserCapacity(); got != 28_485_760 {
		t.Errorf("capacity %d", got)
	}
	seen := map[string]uint64{}
	check := func(user uint64) {
		text := string(appendBrowser(nil, user))
		if other, ok := seen[text]; ok {
			t.Fatalf("users %d and %d are both %s", other, user, text)
		}
		seen[text] = user
		if !strings.HasPrefix(text, "Mozilla/5.0 (") || strings.Contains(text, "%") {
			t.Fatalf("user %d is %s", user, text)
		}
	}
	for user := range uint64(60_000) {
		check(user)
	}
	// Steps through the rest that are coprime to every count of versions.
	for user := uint64(60_000); user < BrowserCapacity(); user += 997 {
		check(user)
	}
	check(BrowserCapacity() - 1)
	for user, want := range map[uint64]string{
		0:  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.5414.30 Safari/537.36",
		46: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.5414.30 Safari/537.36 Edg/109.0.5414.30",
		52: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:78.0) Gecko/20100101 Firefox/78.0",
	} {
		if got := string(appendBrowser(nil, user)); got != want {
			t.Errorf("user %d is\n%s, want\n%s", user, got, want)
		}
	}
}

// Every channel carries exactly uv distinct values, in the bytes that are sent.
func TestChannels(t *testing.T) {
	const src = `target: http://h
traffic: {pv: 3_000, uv: 1_000, duration: 10s, visits: zipf 1}
identity:
  id: "id-{user}"
  header: [X-User-ID, X-Other]
  forwarded_for: 10.0.0.0/22
  user_agent: mixed
  cookie: uid
headers: {Cookie: theme=dark}
pages: [get: /]
`
	p := mustPlan(t, mustParse(t, "f.yaml", src, Options{}))
	want := []ChannelInfo{{"header:X-User-ID", math.MaxUint64}, {"header:X-Other", math.MaxUint64}, {"header:X-Forwarded-For", 1022},
		{"ua", BrowserCapacity()}, {"cookie:uid", math.MaxUint64}}
	channels := p.Channels()
	for i := range want {
		if channels[i] != want[i] {
			t.Errorf("channel %d is %v, want %v", i, channels[i], want[i])
		}
	}
	if p.CountingKey() != "header:X-User-ID" {
		t.Errorf("counting key %s", p.CountingKey())
	}
	distinct := make([]map[string]uint64, len(want))
	for i := range distinct {
		distinct[i] = map[string]uint64{}
	}
	var r Request
	cursor := p.Cursor(traffic.Shard{})
	for v, ok := cursor.Next(); ok; v, ok = cursor.Next() {
		p.Request(&r, v)
		sent := map[string]string{}
		for name, value := range r.Headers() {
			sent[string(name)] = string(value)
		}
		for i, c := range channels {
			value := string(p.AppendChannel(nil, i, v))
			kind, name, _ := strings.Cut(c.Key, ":")
			switch kind {
			case "header":
				if sent[name] != value {
					t.Fatalf("header %s is %q, channel %q", name, sent[name], value)
				}
			case "ua":
				if sent["User-Agent"] != value {
					t.Fatalf("User-Agent is %q, channel %q", sent["User-Agent"], value)
				}
			case "cookie":
				if sent["Cookie"] != "uid="+value+"; theme=dark" {
					t.Fatalf("cookies %q, channel %q", sent["Cookie"], value)
				}
			}
			if other, ok := distinct[i][value]; ok && other != v.User {
				t.Fatalf("%s: users %d and %d are both %s", c.Key, other, v.User, value)
			}
			distinct[i][value] = v.User
		}
		if len(sent) != 5 {
			t.Fatalf("headers sent: %v", sent)
		}
	}
	for i, values := range distinct {
		if len(values) != 1000 {
			t.Errorf("channel %s carries %d values, want 1000", channels[i].Key, len(values))
		}
	}
}

func TestIdentityRules(t *testing.T) {
	const head = "target: http://h\ntraffic: {pv: 1000, duration: 10s}\npages: [get: /]\n"
	for _, c := range []struct{ identity, key, header, warning string }{
		{"", "cookie:uid", "Cookie: uid=u", ""},
		{"identity: {}", "cookie:uid", "Cookie: uid=u", ""},
		{"identity: none", "", "User-Agent: loadx\r\n", ""},
		{"identity: {user_agent: probe/1.0, header: X-U}", "header:X-U", "X-U: u", ""},
		{"identity: {user_agent: 'probe/{user}'}", "ua", "User-Agent: probe/", ""},
		{"identity: {cookie: a, forwarded_for: 10.0.0.0/24}", "cookie:a", "X-Forwarded-For: 10.0.0.",
			"4:38: forwarded_for: can tell only 254 users apart, and uv is 1000"},
	} {
		p := mustPlan(t, mustParse(t, "f.yaml", head+c.identity+"\n", Options{}))
		var r Request
		p.Request(&r, p.Visit(0))
		if p.CountingKey() != c.key || !strings.HasPrefix(string(r.Header), c.header) {
			t.Errorf("%s: key %q, headers %q; want %q, %q", c.identity, p.CountingKey(), r.Header, c.key, c.header)
		}
		warning := ""
		for _, w := range p.Warnings() {
			warning += w.line()
		}
		if warning != c.warning {
			t.Errorf("%s: warnings %q, want %q", c.identity, warning, c.warning)
		}
	}
	p := mustPlan(t, mustParse(t, "f.yaml", head+"identity: none\n", Options{}))
	if got := p.AppendCounting(nil, p.Visit(0)); len(got) != 0 {
		t.Errorf("counting value %q without identity", got)
	}
}
