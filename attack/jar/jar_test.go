package jar

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func place(t testing.TB, text string) Place {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	host := strings.ToLower(u.Hostname())
	return Place{Host: host, Path: []byte(u.Path), Secure: u.Scheme == "https" || Trusted(host)}
}

func TestCookies(t *testing.T) {
	type set struct{ at, line string }
	for _, c := range []struct {
		name    string
		sets    []set
		after   time.Duration
		at      string
		want    string
		refused uint64
	}{
		{name: "nothing", at: "http://a.test/"},
		{name: "one", sets: []set{{"http://a.test/", "s=1"}}, at: "http://a.test/x", want: "s=1"},
		{name: "replaced", sets: []set{{"http://a.test/", "s=1"}, {"http://a.test/", "t=1"}, {"http://a.test/", "s=22"}}, at: "http://a.test/", want: "s=22; t=1"},
		{name: "empty value", sets: []set{{"http://a.test/", "s="}}, at: "http://a.test/", want: "s="},
		{name: "other host", sets: []set{{"http://a.test/", "s=1"}}, at: "http://b.test/"},
		{name: "host only", sets: []set{{"http://a.test/", "s=1"}}, at: "http://x.a.test/"},
		{name: "domain", sets: []set{{"http://x.a.test/", "s=1; Domain=.A.test"}}, at: "http://y.a.test/", want: "s=1"},
		{name: "domain is no suffix of a word", sets: []set{{"http://x.a.test/", "s=1; Domain=a.test"}}, at: "http://ba.test/"},
		{name: "foreign domain", sets: []set{{"http://a.test/", "s=1; Domain=b.test"}}, at: "http://b.test/", refused: 1},
		{name: "top-level domain", sets: []set{{"http://a.test/", "s=1; Domain=test"}}, at: "http://a.test/", refused: 1},
		{name: "child domain", sets: []set{{"http://a.test/", "s=1; Domain=x.a.test"}}, at: "http://x.a.test/", refused: 1},
		{name: "domain of an address", sets: []set{{"http://127.0.0.1/", "s=1; Domain=127.0.0.1"}}, at: "http://127.0.0.1/", want: "s=1"},
		{name: "part of an address", sets: []set{{"http://127.0.0.1/", "s=1; Domain=0.0.1"}}, at: "http://127.0.0.1/", refused: 1},
		{name: "IPv6", sets: []set{{"http://[::1]:8080/", "s=1"}}, at: "http://[::1]:9/", want: "s=1"},
		{name: "path", sets: []set{{"http://a.test/", "s=1; Path=/p"}}, at: "http://a.test/p/q", want: "s=1"},
		{name: "path is no prefix of a word", sets: []set{{"http://a.test/", "s=1; Path=/p"}}, at: "http://a.test/pq"},
		{name: "path itself", sets: []set{{"http://a.test/", "s=1; Path=/p"}}, at: "http://a.test/p", want: "s=1"},
		{name: "default path", sets: []set{{"http://a.test/p/q", "s=1"}}, at: "http://a.test/p/r", want: "s=1"},
		{name: "outside the default path", sets: []set{{"http://a.test/p/q", "s=1"}}, at: "http://a.test/"},
		{name: "longer path first", sets: []set{{"http://a.test/", "a=1"}, {"http://a.test/", "b=1; Path=/p"}, {"http://a.test/", "c=1"}}, at: "http://a.test/p", want: "b=1; a=1; c=1"},
		{name: "secure", sets: []set{{"https://a.test/", "s=1; Secure"}}, at: "http://a.test/"},
		{name: "secure over https", sets: []set{{"https://a.test/", "s=1; secure; HttpOnly; SameSite=Lax"}}, at: "https://a.test/", want: "s=1"},
		{name: "secure on loopback", sets: []set{{"http://127.0.0.1/", "s=1; Secure"}}, at: "http://127.0.0.1/", want: "s=1"},
		{name: "max-age", sets: []set{{"http://a.test/", "s=1; Max-Age=10"}}, after: 9 * time.Second, at: "http://a.test/", want: "s=1"},
		{name: "max-age is over", sets: []set{{"http://a.test/", "s=1; Max-Age=10"}}, after: 10 * time.Second, at: "http://a.test/"},
		{name: "max-age before expires", sets: []set{{"http://a.test/", "s=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=9"}}, at: "http://a.test/", want: "s=1"},
		{name: "endless max-age", sets: []set{{"http://a.test/", "s=1; Max-Age=99999999999999999999"}}, after: 1e6 * time.Hour, at: "http://a.test/", want: "s=1"},
		{name: "no number of seconds", sets: []set{{"http://a.test/", "s=1; Max-Age=soon"}}, at: "http://a.test/", want: "s=1"},
		{name: "expires", sets: []set{{"http://a.test/", "s=1; Expires=Fri, 02 Jan 2026 03:04:15 GMT"}}, after: 9 * time.Second, at: "http://a.test/", want: "s=1"},
		{name: "expired", sets: []set{{"http://a.test/", "s=1; Expires=Fri, 02-Jan-2026 03:04:15 GMT"}}, after: 10 * time.Second, at: "http://a.test/"},
		{name: "deleted", sets: []set{{"http://a.test/", "s=1"}, {"http://a.test/", "t=2"}, {"http://a.test/", "s=; Max-Age=0"}}, at: "http://a.test/", want: "t=2"},
		{name: "deleted by a date", sets: []set{{"http://a.test/", "s=1"}, {"http://a.test/", "s=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}}, at: "http://a.test/"},
		{name: "deleted elsewhere", sets: []set{{"http://a.test/", "s=1"}, {"http://a.test/", "s=; Max-Age=-1; Path=/p"}}, at: "http://a.test/", want: "s=1"},
		{name: "no name", sets: []set{{"http://a.test/", "=1"}, {"http://a.test/", "s"}, {"http://a.test/", ""}, {"http://a.test/", ";;="}}, at: "http://a.test/", refused: 4},
		{name: "control bytes", sets: []set{{"http://a.test/", "s=1\r\nX: y"}, {"http://a.test/", "s=\x00"}}, at: "http://a.test/", refused: 2},
		{name: "too long", sets: []set{{"http://a.test/", "s=" + strings.Repeat("x", MaxCookieBytes)}}, at: "http://a.test/", refused: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := New(Options{Start: epoch})
			for _, s := range c.sets {
				j.Set(7, place(t, s.at), []byte(s.line), epoch)
			}
			if got := string(j.Append([]byte("x"), 7, place(t, c.at), epoch.Add(c.after), nil)); got != "x"+c.want {
				t.Errorf("got %q, want %q", got[1:], c.want)
			}
			if got := j.Append(nil, 8, place(t, c.at), epoch, nil); got != nil {
				t.Errorf("another user has %q", got)
			}
			if st := j.Stats(); st.Refused != c.refused || st.EvictedUsers+st.EvictedCookies != 0 {
				t.Errorf("%+v, want %d refused", st, c.refused)
			}
		})
	}
}

// The jar agrees with net/http's on random cookies of a few hosts and paths.
func TestAgainstNetHTTP(t *testing.T) {
	hosts := []string{"a.test", "x.a.test", "y.x.a.test", "b.test", "127.0.0.1"}
	paths := []string{"/", "/p", "/p/", "/p/q", "/pq", "/p/q/r"}
	attributes := []string{"Domain=a.test", "Domain=.x.a.test", "Domain=b.test", "Path=/p", "Path=/p/q/", "Path=q", "Secure", "Max-Age=0", "Max-Age=100", "Max-Age=-5",
		"Expires=Thu, 01 Jan 1970 00:00:00 GMT", "Expires=Tue, 01 Jan 2075 00:00:00 GMT", "HttpOnly"}
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(from []string) string { return from[rng.IntN(len(from))] }
	for round := range 120 {
		now := time.Now()
		j := New(Options{Start: now})
		oracle, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for range 1 + rng.IntN(20) {
			at := pick([]string{"http://", "https://"}) + pick(hosts) + pick(paths)
			line := fmt.Sprintf("%c=%d", 'a'+rng.IntN(4), rng.IntN(100))
			for range rng.IntN(4) {
				line += "; " + pick(attributes)
			}
			said = append(said, at+" "+line)
			u, _ := url.Parse(at)
			response := http.Response{Header: http.Header{"Set-Cookie": {line}}}
			oracle.SetCookies(u, response.Cookies())
			j.Set(1, place(t, at), []byte(line), now)
			for range 3 {
				at := pick([]string{"http://", "https://"}) + pick(hosts) + pick(paths)
				u, _ := url.Parse(at)
				var want []string
				for _, c := range oracle.Cookies(u) {
					want = append(want, c.Name+"="+c.Value)
				}
				var got []string
				if all := string(j.Append(nil, 1, place(t, at), now, nil)); all != "" {
					got = strings.Split(all, "; ")
				}
				// net/http breaks ties of creation by the clock, which may stand still.
				slices.Sort(want)
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Fatalf("round %d: %s: got %q, want %q after\n%s", round, at, got, want, strings.Join(said, "\n"))
				}
			}
		}
	}
}

func TestSkip(t *testing.T) {
	j := New(Options{Start: epoch})
	at := place(t, "http://a.test/")
	for _, line := range []string{"a=1", "uid=2", "b=3"} {
		j.Set(1, at, []byte(line), epoch)
	}
	got := string(j.Append(nil, 1, at, epoch, func(name []byte) bool { return string(name) == "uid" }))
	if got != "a=1; b=3" {
		t.Errorf("got %q", got)
	}
}

func TestBoundsOfAUser(t *testing.T) {
	j := New(Options{Start: epoch})
	at := place(t, "http://a.test/")
	for i := range MaxCookies + 3 {
		j.Set(1, at, fmt.Appendf(nil, "c%d=1", i), epoch)
	}
	all := strings.Split(string(j.Append(nil, 1, at, epoch, nil)), "; ")
	if len(all) != MaxCookies || all[0] != "c3=1" || all[MaxCookies-1] != fmt.Sprintf("c%d=1", MaxCookies+2) || j.Stats().EvictedCookies != 3 {
		t.Errorf("%d cookies from %s, %+v", len(all), all[0], j.Stats())
	}
	long := strings.Repeat("v", 4000)
	for i := range 20 {
		j.Set(2, at, []byte(fmt.Sprintf("c%d=%s", i, long)), epoch)
	}
	got := j.Append(nil, 2, at, epoch, nil)
	if len(got) > maxUserBytes || len(got) < maxUserBytes-4100 || !strings.HasPrefix(string(got), "c12=") {
		t.Errorf("%d bytes, which begin %.10s", len(got), got)
	}
	j.Forget(2)
	if got := j.Append(nil, 2, at, epoch, nil); got != nil {
		t.Errorf("%d bytes of a forgotten user", len(got))
	}
	if st := j.Stats(); st.Users != 1 || st.EvictedUsers != 0 || st.EvictedCookies != 15 {
		t.Errorf("%+v", st)
	}
}

func TestDomainsAreBounded(t *testing.T) {
	j := New(Options{Start: epoch})
	for i := range maxDomains + 5 {
		j.Set(1, Place{Host: fmt.Sprintf("h%d.test", i), Path: rootPath}, []byte("a=1; Max-Age=0"), epoch)
	}
	if st := j.Stats(); st.Refused != 5 || st.Set != maxDomains {
		t.Errorf("%+v", st)
	}
}

// fill gives users a session cookie each, and returns what they take in the heap.
func fill(t testing.TB, j *Jar, users uint64) (heapBytes float64) {
	at := place(t, "http://127.0.0.1:8080/")
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	var line []byte
	for user := range users {
		line = fmt.Appendf(line[:0], "session=%032x%016x; Path=/; HttpOnly; Max-Age=3600", user, user)
		j.Set(user, at, line, epoch)
	}
	return float64(heap() - before)
}

// A user with a session cookie takes less than 200 bytes of the heap at whatever stage of growth the maps are, and not more
// than by the jar's own account: so a million of them stay within the bound of 256 MiB.
func TestBytesOfAUser(t *testing.T) {
	for _, users := range []uint64{60_000, 80_000, 120_000} {
		j := New(Options{Start: epoch})
		each := fill(t, j, users) / float64(users)
		st := j.Stats()
		if st.Users != users || st.EvictedUsers != 0 || each > UserBytes || float64(st.Bytes)/float64(users) > UserBytes || float64(st.Bytes) < 0.98*each*float64(users) {
			t.Errorf("%d users: %+v, %.1f bytes a user", users, st, each)
		}
		for _, user := range []uint64{0, 63, 64, users - 1} {
			want := fmt.Sprintf("session=%032x%016x", user, user)
			if got := string(j.Append(nil, user, place(t, "http://127.0.0.1/"), epoch, nil)); got != want {
				t.Errorf("user %d: %s", user, got)
			}
		}
	}
}

// BenchmarkAMillionUsers reports what a million users with a session cookie each take.
func BenchmarkAMillionUsers(b *testing.B) {
	for b.Loop() {
		j := New(Options{Start: epoch})
		all := fill(b, j, 1_000_000)
		if st := j.Stats(); st.Users != 1_000_000 || all > DefaultBytes {
			b.Errorf("%+v, %.0f bytes", st, all)
		}
		b.ReportMetric(all/1e6, "bytes/user")
		b.ReportMetric(all/(1<<20), "MiB")
	}
}

func TestUsersGiveWay(t *testing.T) {
	j := New(Options{MaxBytes: 1 << 20, Start: epoch})
	at := place(t, "http://a.test/")
	const users = 20_000
	for user := range uint64(users) {
		j.Set(user, at, fmt.Appendf(nil, "session=%032d", user), epoch)
		if got := string(j.Append(nil, user, at, epoch, nil)); got != fmt.Sprintf("session=%032d", user) {
			t.Fatalf("user %d, who just came: %q", user, got)
		}
	}
	st := j.Stats()
	if st.Bytes > 1<<20 || st.Users+st.EvictedUsers != users || st.Users < 4000 {
		t.Errorf("%+v", st)
	}
	for user := range uint64(users) {
		j.Set(user, at, []byte("session=; Max-Age=0"), epoch)
	}
	if st := j.Stats(); st.Bytes != 0 || st.Users != 0 {
		t.Errorf("after all were deleted: %+v", st)
	}
}

func TestConcurrentUse(t *testing.T) {
	j := New(Options{MaxBytes: 256 << 10, Start: epoch})
	at := place(t, "http://a.test/")
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(g), 1))
			var buf []byte
			for range 5000 {
				user := rng.Uint64N(3000)
				j.Set(user, at, fmt.Appendf(nil, "s=%d", user), epoch)
				if buf = j.Append(buf[:0], user, at, epoch, nil); len(buf) > 0 && string(buf) != fmt.Sprintf("s=%d", user) {
					t.Errorf("user %d has %s", user, buf)
				}
				if rng.IntN(10) == 0 {
					j.Forget(user)
				}
			}
		})
	}
	wg.Wait()
}

func TestNoAllocations(t *testing.T) {
	at := place(t, "http://x.a.test/p")
	empty, j := New(Options{Start: epoch}), New(Options{Start: epoch})
	set := []byte("session=0123456789; Domain=a.test; Max-Age=60")
	j.Set(1, at, set, epoch)
	buf := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(1000, func() {
		buf = empty.Append(buf[:0], 1, at, epoch, nil)
		buf = j.Append(buf[:0], 1, at, epoch, nil)
		buf = j.Append(buf[:0], 2, at, epoch, nil)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzSet gives the jar whatever a server may send: nothing that comes back can end the field, and the account of the
// bytes is right.
func FuzzSet(f *testing.F) {
	for _, line := range []string{"a=1", "a=1; Path=/p; Domain=.a.test; Max-Age=9", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "=;;=", "a\t=\tb ", "a=1; Path=/\x00"} {
		f.Add([]byte(line), []byte("/p/q"))
	}
	f.Fuzz(func(t *testing.T, line, path []byte) {
		j := New(Options{Start: epoch})
		at := Place{Host: "x.a.test", Path: path, Secure: true}
		for i := range 3 {
			j.Set(1, at, append(slices.Clone(line), byte('0'+i)), epoch)
			j.Set(1, at, line, epoch)
		}
		got := j.Append(nil, 1, at, epoch, nil)
		if strings.ContainsAny(string(got), "\r\n\x00") || len(got) > maxUserBytes {
			t.Errorf("%q", got)
		}
		st := j.Stats()
		if st.Set+st.Refused != 6 || st.Users > 1 {
			t.Errorf("%+v", st)
		}
		j.Forget(1)
		if st := j.Stats(); st.Users != 0 || st.Bytes != 0 {
			t.Errorf("forgotten: %+v", st)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	at := place(b, "http://127.0.0.1/")
	j := New(Options{Start: epoch})
	for user := range uint64(100_000) {
		j.Set(user, at, fmt.Appendf(nil, "session=%032x", user), epoch)
	}
	b.ReportAllocs()
	var buf []byte
	user := uint64(0)
	for b.Loop() {
		user = (user + 7919) % 100_000
		buf = j.Append(buf[:0], user, at, epoch, nil)
	}
}

func BenchmarkSet(b *testing.B) {
	at := place(b, "http://127.0.0.1/")
	j := New(Options{Start: epoch})
	line := []byte("session=0123456789abcdef0123456789abcdef; Path=/; HttpOnly")
	b.ReportAllocs()
	user := uint64(0)
	for b.Loop() {
		user = (user + 7919) % 100_000
		j.Set(user, at, line, epoch)
	}
}
