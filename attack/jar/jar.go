// Package jar keeps the cookies that a site sets, for millions of users in bounded memory.
//
// It is the part of RFC 6265 that a load test needs: each user has a store of its own, and what the site has set comes
// back with that user's next request to a URL that it matches by domain, path, scheme and age. A user is a number.
//
// # Memory
//
// A user takes one block of bytes and a place in a map: with one cookie of usual size, 60 bytes of name and value, 200
// bytes at most. All users together are kept below [Options].MaxBytes. A site that sets more makes the jar forget users,
// whichever they are; [Stats] counts them. It is not those unused longest, since the users of a load test often come in
// turn, and then the one unused longest is the one who comes next.
package jar

import (
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// DefaultBytes is the bound of all users together when none is given.
	DefaultBytes = 256 << 20
	// UserBytes is what a user with one cookie of usual size takes at most.
	UserBytes = 200
	// MaxCookies is how many cookies a user has at most, as RFC 6265, section 6.1 asks for a domain; the oldest gives way.
	MaxCookies = 50
	// MaxCookieBytes bounds name, value, path and domain of a cookie together; a longer one is refused.
	MaxCookieBytes = 4096
	// maxUserBytes bounds the block of a user.
	maxUserBytes = 32 << 10
	// maxDomains bounds the domains that are told apart; a cookie for one more is refused.
	maxDomains = 4096

	shardCount = 64
	// userOverhead is what a user takes beside the block: a slot of the map, at its emptiest.
	userOverhead = 96
)

// Options bound a jar.
type Options struct {
	// MaxBytes bounds what the users take together, 0 stands for DefaultBytes.
	MaxBytes int64
	// Start is the instant that the times of a jar count from. A cookie can expire up to 136 years after it.
	Start time.Time
}

// A Jar holds the cookies of all users. It is safe for concurrent use: of two responses to one user, the one that is
// set last wins.
type Jar struct {
	start time.Time
	limit int64 // of a shard
	// filled is set once a cookie was set: until then nobody has any.
	filled atomic.Bool

	shards  [shardCount]shard
	domains domains

	set, refused, evictedUsers, evictedCookies atomic.Uint64
}

// A shard holds the users whose number is the same modulo shardCount.
type shard struct {
	mu    sync.Mutex
	users map[uint64][]byte // see record
	bytes int64
	spare []byte // a block that is being written
	_     [40]byte
}

// Stats are the counts of a jar.
type Stats struct {
	// Users have at least one cookie; Bytes is what they take, by the jar's own account.
	Users uint64
	Bytes int64
	// Set counts cookies that were set, changed or deleted, Refused those that break RFC 6265 or a bound.
	Set, Refused uint64
	// EvictedUsers and EvictedCookies were given up for the bounds.
	EvictedUsers, EvictedCookies uint64
}

// A Place is the URL that a request goes to. Host has no port and is lower case.
type Place struct {
	Host   string
	Path   []byte // without the query
	Secure bool   // https, or a host that is [Trusted]
}

// Trusted says whether a host gets secure cookies without https, too, as browsers have it: loopback addresses, localhost
// and the names under it.
func Trusted(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// New makes an empty jar.
func New(o Options) *Jar {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultBytes
	}
	return &Jar{start: o.Start, limit: max(o.MaxBytes/shardCount, 1)}
}

func (j *Jar) shard(user uint64) *shard { return &j.shards[user%shardCount] }

// seconds is the age of the jar.
func (j *Jar) seconds(now time.Time) int64 { return int64(now.Sub(j.start) / time.Second) }

// Set takes the value of one Set-Cookie field of a response to a user's request for a place. What is no cookie, or none
// that this place may set, is refused and counted. The bytes are copied.
func (j *Jar) Set(user uint64, at Place, line []byte, now time.Time) {
	c, ok := parse(line, at, j.start, now)
	if ok {
		c.origin, ok = j.domains.number(c.domain)
	}
	if !ok {
		j.refused.Add(1)
		return
	}
	j.set.Add(1)
	if c.gone && !j.filled.Load() {
		return
	}
	j.filled.Store(true)
	s := j.shard(user)
	s.mu.Lock()
	j.put(s, user, &c, j.seconds(now))
	s.mu.Unlock()
}

// put writes the user's block anew with the cookie in it; s.mu is held.
func (j *Jar) put(s *shard, user uint64, c *cookie, now int64) {
	old := s.users[user]
	block, evicted := rewrite(s.spare[:0], old, c, now)
	s.spare = block
	j.evictedCookies.Add(uint64(evicted))
	switch {
	case len(block) == 0:
		if old != nil {
			s.forget(user)
		}
		return
	case old != nil && len(block) <= cap(old) && 2*len(block) >= cap(old):
		s.users[user] = append(old[:0], block...)
		return
	case s.users == nil:
		s.users = make(map[uint64][]byte)
	}
	if old != nil {
		s.bytes -= int64(cap(old)) + userOverhead
	}
	own := append([]byte(nil), block...)
	s.users[user] = own
	s.bytes += int64(cap(own)) + userOverhead
	for s.bytes > j.limit {
		if !j.evict(s, user) {
			return
		}
	}
}

// evict forgets some user of the shard but the one that just came; a map gives one quickly, wherever its iteration begins.
func (j *Jar) evict(s *shard, but uint64) bool {
	for user := range s.users {
		if user != but {
			s.forget(user)
			j.evictedUsers.Add(1)
			return true
		}
	}
	return false
}

// forget drops a user who is there; s.mu is held.
func (s *shard) forget(user uint64) {
	s.bytes -= int64(cap(s.users[user])) + userOverhead
	delete(s.users, user)
}

// Forget drops the cookies of a user who does not come again. It is no eviction.
func (j *Jar) Forget(user uint64) {
	if !j.filled.Load() {
		return
	}
	s := j.shard(user)
	s.mu.Lock()
	if _, ok := s.users[user]; ok {
		s.forget(user)
	}
	s.mu.Unlock()
}

// Append appends the cookies that a user's request for a place carries, as they stand in a Cookie field, "a=1; b=2":
// longer paths first, then in the order in which they were first set (RFC 6265, section 5.4). Cookies whose names skip
// reports, if it is not nil, are left out. Nothing is appended for a user without cookies. It allocates nothing if dst
// has room.
func (j *Jar) Append(dst []byte, user uint64, at Place, now time.Time, skip func(name []byte) bool) []byte {
	if !j.filled.Load() {
		return dst
	}
	s := j.shard(user)
	s.mu.Lock()
	defer s.mu.Unlock()
	block := s.users[user]
	if block == nil {
		return dst
	}
	begin, second := len(dst), j.seconds(now)
	for len(block) > 0 {
		var r record
		r, block = next(block)
		if r.expired(second) || r.secure() && !at.Secure || !pathMatch(at.Path, r.path) ||
			!j.domains.match(r.origin, at.Host, r.hostOnly()) || skip != nil && skip(r.name) {
			continue
		}
		if len(dst) > begin {
			dst = append(dst, "; "...)
		}
		dst = append(append(append(dst, r.name...), '='), r.value...)
	}
	return dst
}

// Empty says that no cookie was ever kept.
func (j *Jar) Empty() bool { return !j.filled.Load() }

// Stats counts what the jar holds.
func (j *Jar) Stats() Stats {
	st := Stats{Set: j.set.Load(), Refused: j.refused.Load(), EvictedUsers: j.evictedUsers.Load(), EvictedCookies: j.evictedCookies.Load()}
	for i := range j.shards {
		s := &j.shards[i]
		s.mu.Lock()
		st.Users += uint64(len(s.users))
		st.Bytes += s.bytes
		s.mu.Unlock()
	}
	return st
}
