package attack

import (
	"bytes"
	"testing"
	"time"

	"github.com/loadx/loadx/attack/jar"
	"github.com/loadx/loadx/scenarios"
)

func TestCookieLine(t *testing.T) {
	for header, want := range map[string]string{
		"":                                     "",
		"A: b\r\n":                             "",
		"Cookie: a=1\r\n":                      "a=1",
		"A: Cookie: x\r\nCookie: a=1; b=2\r\n": "a=1; b=2",
		"X-Cookie: x\r\nB: c\r\n":              "",
		"A: b\r\nCookie: \r\nC: d\r\n":         "",
	} {
		start, end := cookieLine([]byte(header))
		if got := header[start:end]; got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

func TestCarries(t *testing.T) {
	cookies := []byte("a=1; bb=22; c=; d")
	for name, want := range map[string]string{"a": "1", "bb": "22", "c": "", "b": "-", "d": "-", "": "-"} {
		value, ok := carries(cookies, []byte(name))
		if got := string(value); ok && got != want || !ok && want != "-" {
			t.Errorf("%q: %q, %v, want %q", name, got, ok, want)
		}
	}
}

// What is done around an exchange for cookies and workers allocates nothing, and one Cookie field comes of it.
func TestCookiesAllocateNothing(t *testing.T) {
	start := time.Now()
	s := &sender{jar: jar.New(jar.Options{Start: start}), labels: newLabeller(scenarios.BalanceBy{Cookie: "srv"})}
	for _, c := range []struct{ plain, want, worker string }{
		{"Cookie: uid=u7\r\nUser-Agent: x\r\n", "Cookie: uid=u7; sid=abc; srv=w3\r\nUser-Agent: x\r\n", "w3"},
		{"User-Agent: x\r\n", "User-Agent: x\r\nCookie: sid=abc; srv=w3\r\n", "w3"},
		{"Cookie: sid=own\r\n", "Cookie: sid=own; srv=w3\r\n", "w3"},
	} {
		place := jar.Place{Host: "shop.test", Path: []byte("/")}
		s.jar.Set(7, place, []byte("sid=abc; Path=/"), start)
		s.jar.Set(7, place, []byte("srv=w3"), start)
		call := &call{plain: []byte(c.plain)}
		call.x.Host, call.x.RequestURI = "Shop.test:8080", []byte("/a?b")
		call.x.Status = 200
		exchange := func(user uint64) {
			call.visit.User = user
			s.addCookies(call)
			s.keepCookies(call)
			call.worker = s.labels.append(call.worker[:0], call)
		}
		exchange(7)
		if !bytes.Equal(call.x.Header, []byte(c.want)) || string(call.worker) != c.worker {
			t.Errorf("%q: header %q, want %q; worker %s", c.plain, call.x.Header, c.want, call.worker)
		}
		if n := testing.AllocsPerRun(100, func() { exchange(7); exchange(8) }); n != 0 {
			t.Errorf("%q: %v allocations", c.plain, n)
		}
		if exchange(8); !bytes.Equal(call.x.Header, []byte(c.plain)) || len(call.worker) != 0 {
			t.Errorf("%q: of a user without cookies: %q, %s", c.plain, call.x.Header, call.worker)
		}
	}
}
