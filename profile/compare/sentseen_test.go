package compare

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
)

// A side is the hits of one profile in short: "u1 200" is a hit of user 1 with status 200.
type side struct{ hits []profile.Hit }

func (s *side) add(n int, users int, h profile.Hit) *side {
	for i := range n {
		h.User, h.Visitor, h.HasVisitor = uint64(i%users), visitor(i%users), true
		h.Page, h.Time = []byte("/"), 1e18
		h.PageView = h.Hop == profile.Request
		s.hits = append(s.hits, h)
	}
	return s
}

// others adds log lines of visitors that were not sent, numbered from 10^9.
func (s *side) others(n int, visitors int) *side {
	for i := range n {
		s.hits = append(s.hits, profile.Hit{Visitor: visitor(1e9 + i%visitors), HasVisitor: true, Page: []byte("/"), Time: 1e18, Status: 200, PageView: true})
	}
	return s
}

func (s *side) keyless(n int, status int) *side {
	for range n {
		s.hits = append(s.hits, profile.Hit{Page: []byte("/"), Time: 1e18, Status: status, PageView: true})
	}
	return s
}

func visitor(i int) uint64 { return uv.HashString(fmt.Sprint("u", i)) }

func ok(status int) profile.Hit { return profile.Hit{Status: status, Final: true} }

func failing(class profile.ErrorClass) profile.Hit {
	return profile.Hit{Error: class, ErrorText: string(class), Final: true}
}

func hop(kind profile.HopKind, h profile.Hit) profile.Hit {
	h.Hop = kind
	return h
}

// held builds the attack with its log from the two sides.
func held(t *testing.T, limits profile.Limits, sent, seen *side, key string) *profile.Profile {
	t.Helper()
	r := profile.NewAttackRecorder(10_000_000, limits)
	for i := range sent.hits {
		r.Add(&sent.hits[i])
	}
	l := profile.NewLogRecorder(time.UTC, limits)
	for i := range seen.hits {
		h := seen.hits[i]
		h.PageView, h.Error, h.Hop, h.Final = true, "", 0, false // a line of a log has none of these
		l.Add(&h)
	}
	p := r.Profile()
	p.Seen = l.Profile()
	p.Seen.Definitions.VisitorKey = key
	return p
}

// lines shows rows as text: metric, base, head, delta, verdict, union, explanation.
func lines(rows []Difference) string {
	show := func(v *profile.Value) string {
		if v == nil {
			return "-"
		}
		return v.String()
	}
	var b strings.Builder
	for _, d := range rows {
		agrees := "differs"
		if d.Agrees {
			agrees = "agrees"
		}
		fmt.Fprintf(&b, "%s %s %s %+g %s", d.Metric, show(d.Base), show(d.Head), d.Delta, agrees)
		if d.Union != nil {
			fmt.Fprintf(&b, " union %s", show(d.Union))
		}
		if d.Explanation != "" {
			fmt.Fprintf(&b, ": %s", d.Explanation)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func new20() *side { return new(side).add(20, 5, ok(200)) }

func TestSentSeen(t *testing.T) {
	for _, c := range []struct {
		name       string
		sent, seen *side
		agree      bool
		want       string
	}{
		{"equal", new20(), new20(), true, `
pv 20 20 +0 agrees
uv 5 5 +0 agrees union 5: the same users
status.200 20 20 +0 agrees
`},
		{"as many users, but others", new20(), new(side).others(20, 5), false, `
pv 20 20 +0 agrees
uv 5 5 +0 differs union 10: no visitor in the log is a user that was sent: is cookie:uid what carries the users?
status.200 20 20 +0 agrees
`},
		{"one user swapped for another", new20(), new(side).add(16, 4, ok(200)).others(4, 1), false, `
pv 20 20 +0 differs: at least 1 hit in the log is not ours (1 visitor not sent)
uv 5 5 +0 differs union 6: unexplained: 1 user is not in the log; 1 visitor in the log is not among the users sent
status.200 20 20 +0 agrees
`},
		{"redirect hops", new20().add(3, 3, hop(profile.Redirect, ok(200))), new20().add(3, 3, ok(200)), true, `
pv 20 23 +3 agrees: redirect hops add 3 hits
uv 5 5 +0 agrees union 5: the same users
status.200 23 23 +0 agrees
`},
		{"a retry, seen once", new20().add(1, 1, failing(profile.ErrRetried)).add(1, 1, hop(profile.Retry, ok(200))), new20().add(1, 1, ok(200)), true, `
pv 21 21 +0 agrees: requests sent again on a fresh connection add 1 hit; 1 hit got no response (1 retried), of which 1 can be in the log and 0 are
uv 5 5 +0 agrees union 5: the same users
status.200 21 21 +0 agrees
status.none 1 0 -1 agrees: a hit that got no response has a status in the log or is not there
`},
		{"a retry, seen twice", new20().add(1, 1, failing(profile.ErrRetried)).add(1, 1, hop(profile.Retry, ok(200))), new20().add(2, 1, ok(200)), true, `
pv 21 22 +1 agrees: requests sent again on a fresh connection add 1 hit; 1 hit got no response (1 retried), of which 1 can be in the log and 1 is
uv 5 5 +0 agrees union 5: the same users
status.200 21 22 +1 agrees: 1 hit that got no response
status.none 1 0 -1 agrees: a hit that got no response has a status in the log or is not there
`},
		{"timeouts that the server logged", new20().add(3, 3, failing(profile.ErrTimeout)), new20().add(2, 2, ok(499)), true, `
pv 23 22 -1 agrees: 3 hits got no response (3 timeout), of which 3 can be in the log and 2 are
uv 5 5 +0 agrees union 5: the same users
status.200 20 20 +0 agrees
status.499 0 2 +2 agrees: 2 hits that got no response
status.none 3 0 -3 agrees: a hit that got no response has a status in the log or is not there
`},
		{"resets without a line", new20().add(2, 2, failing(profile.ErrReset)), new20(), true, `
pv 22 20 -2 agrees: 2 hits got no response (2 reset), of which 2 can be in the log and 0 are
uv 5 5 +0 agrees union 5: the same users
status.200 20 20 +0 agrees
status.none 2 0 -2 agrees: a hit that got no response has a status in the log or is not there
`},
		{"resets logged without a status", new20().add(2, 2, failing(profile.ErrReset)), new20().add(2, 2, ok(0)), true, `
pv 22 22 +0 agrees: 2 hits got no response (2 reset), of which 2 can be in the log and 2 are
uv 5 5 +0 agrees union 5: the same users
status.200 20 20 +0 agrees
status.none 2 2 +0 agrees
`},
		{"refused hits can't be in the log", new20().add(2, 2, failing(profile.ErrRefused)), new20().add(2, 2, ok(200)), false, `
pv 22 22 +0 differs: 2 hits got no response (2 refused), of which 0 can be in the log and 0 are; unexplained: 2 hits more than can have been sent
uv 5 5 +0 agrees union 5: the same users
status.200 20 22 +2 differs: unexplained: 2 more than were received
status.none 2 0 -2 agrees: a hit that got no response has a status in the log or is not there
`},
		{"a user who got no response is missing", new(side).add(20, 5, ok(200)).add(6, 6, failing(profile.ErrTimeout)), new20(), true, `
pv 26 20 -6 agrees: 6 hits got no response (6 timeout), of which 6 can be in the log and 0 are
uv 6 5 -1 agrees union 6: 1 user is not in the log: 6 hits got no response
status.200 20 20 +0 agrees
status.none 6 0 -6 agrees: a hit that got no response has a status in the log or is not there
`},
		{"lines are missing", new20(), new(side).add(18, 4, ok(200)), false, `
pv 20 18 -2 differs: unexplained: 2 hits with a response are not in the log: it may be buffered and not written yet, or another server answered
uv 5 4 -1 differs union 5: unexplained: 1 user is not in the log
status.200 20 18 -2 differs: unexplained: 2 fewer than were received
`},
		{"others visited, too", new20(), new20().others(7, 3), false, `
pv 20 27 +7 differs: at least 3 hits in the log are not ours (3 visitors not sent)
uv 5 8 +3 differs union 8: 3 visitors in the log are not among the users sent
status.200 20 27 +7 differs: 7 more than were received: the log holds hits that are not ours
`},
		{"health checks without a key", new20(), new20().keyless(2, 204), false, `
pv 20 22 +2 differs: at least 2 hits in the log are not ours (2 without cookie:uid)
uv 5 5 +0 agrees union 5: the same users
status.200 20 20 +0 agrees
status.204 0 2 +2 differs: 2 more than were received: the log holds hits that are not ours
`},
		{"others with and without a key", new20(), new20().keyless(2, 200).others(1, 1), false, `
pv 20 23 +3 differs: at least 3 hits in the log are not ours (1 visitor not sent; 2 without cookie:uid)
uv 5 6 +1 differs union 6: 1 visitor in the log is not among the users sent
status.200 20 23 +3 differs: 3 more than were received: the log holds hits that are not ours
`},
		{"a log without the key", new20(), new(side).keyless(20, 200), false, `
pv 20 20 +0 agrees
uv 5 - +0 differs: the log carries no cookie:uid
status.200 20 20 +0 agrees
`},
		{"requests without an identity", new(side).keyless(20, 200), new20(), false, `
pv 20 20 +0 agrees
uv 1 5 +4 differs: the requests carried no cookie:uid
status.200 20 20 +0 agrees
`},
		{"a log without the status", new20(), new(side).add(20, 5, ok(0)), false, `
pv 20 20 +0 agrees
uv 5 5 +0 agrees union 5: the same users
status 20 - +0 differs: the log does not carry the status
`},
		{"a proxy that changes the status", new20(), new(side).add(15, 5, ok(200)).add(5, 5, ok(502)), false, `
pv 20 20 +0 agrees
uv 5 5 +0 agrees union 5: the same users
status.200 20 15 -5 differs: unexplained: 5 fewer than were received
status.502 0 5 +5 differs: unexplained: 5 more than were received
`},
		{"lines without a status", new20(), new(side).add(19, 5, ok(200)).add(1, 1, ok(0)), false, `
pv 20 20 +0 agrees
uv 5 5 +0 agrees union 5: the same users
status.200 20 19 -1 differs: unexplained: 1 fewer than were received
status.none 0 1 +1 differs: unexplained: 1 line without a status more than hits without a response
`},
		{"nothing in the log", new20(), new(side), false, `
pv 20 0 -20 differs: unexplained: 20 hits with a response are not in the log: it may be buffered and not written yet, or another server answered
uv 5 0 -5 differs union 5: unexplained: 5 users are not in the log
status.200 20 0 -20 differs: unexplained: 20 fewer than were received
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := held(t, profile.Limits{}, c.sent, c.seen, "cookie:uid")
			rows, err := SentSeen(p)
			if err != nil {
				t.Fatal(err)
			}
			if got := "\n" + lines(rows); got != c.want {
				t.Errorf("got:%s\nwant:%s", got, c.want)
			}
			if Agree(rows) != c.agree {
				t.Errorf("agree: %v", !c.agree)
			}
			if again, _ := SentSeen(p); lines(again) != lines(rows) {
				t.Error("the profiles were changed")
			}
		})
	}
}

func TestMissingHitsOfAnUnreadableLog(t *testing.T) {
	p := held(t, profile.Limits{}, new20(), new(side).add(15, 5, ok(200)), "cookie:uid")
	f := func(want string) {
		t.Helper()
		rows, err := SentSeen(p)
		if err != nil || rows[0].Agrees || rows[0].Explanation != want {
			t.Errorf("%v, %+v, want %q", err, rows[0], want)
		}
	}
	p.Seen.Lines.Filtered = 5
	f("5 hits with a response are not in the log: 5 lines of it were filtered out")
	p.Seen.Lines.Bad = 1
	f("5 hits with a response are not in the log: 1 line of it could not be parsed")
}

// A channel of 3 values for 5 users makes 3 visitors of them.
func TestNarrowChannel(t *testing.T) {
	s := new20()
	for i := range s.hits {
		s.hits[i].Visitor = visitor(int(s.hits[i].User) % 3)
	}
	rows, err := SentSeen(held(t, profile.Limits{}, s, s, "header:X-Forwarded-For"))
	if err != nil {
		t.Fatal(err)
	}
	want := "uv 5 3 -2 differs union 3: 5 users shared 3 values of header:X-Forwarded-For: the channel is too narrow; the same users\n"
	if got := lines(rows[1:2]); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func TestSketches(t *testing.T) {
	limits := profile.Limits{ExactVisitors: 1000}
	f := func(name string, sent, seen *side, agrees bool, want string) {
		t.Helper()
		rows, err := SentSeen(held(t, limits, sent, seen, "cookie:uid"))
		if err != nil {
			t.Fatal(err)
		}
		d := rows[1]
		if d.Agrees != agrees || !strings.HasPrefix(d.Explanation, want) {
			t.Errorf("%s: %s: %q, want %q", name, lines(rows[1:2]), d.Explanation, want)
		}
		if !d.Union.Estimated || !d.Head.Estimated || d.Base.Estimated {
			t.Errorf("%s: %+v", name, d)
		}
	}
	all := new(side).add(20_000, 20_000, ok(200))
	f("equal", all, all, true, "the same users, as far as equal sketches tell")
	f("one in a thousand missing", all, new(side).add(19_980, 19_980, ok(200)), true, "the same users within the counter's interval of ±0.8%: about ")
	f("one in a thousand foreign", all, new(side).add(20_000, 20_000, ok(200)).others(20, 20), true, "the same users within the counter's interval of ±0.8%: about ")
	f("one in twenty missing", all, new(side).add(19_000, 19_000, ok(200)), false, "unexplained: beyond the counter's interval of ±0.8%: about ")
	f("one in twenty foreign", all, new(side).add(20_000, 20_000, ok(200)).others(1000, 1000), false, "unexplained: beyond the counter's interval of ±0.8%: about ")
	f("others alone", all, new(side).others(20_000, 20_000), false, "no visitor in the log is a user that was sent")
}

func TestSentSeenRefuses(t *testing.T) {
	f := func(want string, change func(*profile.Profile) *profile.Profile) {
		t.Helper()
		_, err := SentSeen(change(held(t, profile.Limits{}, new20(), new20(), "ip")))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	f("is not of an attack", func(p *profile.Profile) *profile.Profile { return p.Seen })
	f("no log of the server was read", func(p *profile.Profile) *profile.Profile { p.Seen = nil; return p })
	f("is not of an access log", func(p *profile.Profile) *profile.Profile { p.Seen.Source = profile.Attack; return p })
	f(`counted as "web": only raw`, func(p *profile.Profile) *profile.Profile {
		p.Seen.Definitions.PageViews = "web"
		p.Seen.PageViews--
		return p
	})
}

func TestAgree(t *testing.T) {
	yes, no := Difference{Agrees: true}, Difference{}
	for _, c := range []struct {
		rows []Difference
		want bool
	}{{nil, false}, {[]Difference{yes}, true}, {[]Difference{yes, yes}, true}, {[]Difference{yes, no}, false}, {[]Difference{no}, false}} {
		if got := Agree(c.rows); got != c.want {
			t.Errorf("%+v: %v", c.rows, got)
		}
	}
}
