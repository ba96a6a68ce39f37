package uv

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

func secret(t testing.TB, key string) *Secret {
	t.Helper()
	s, err := NewSecret([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func keyed(s *Secret, parts ...string) (uint64, bool) {
	var b Builder
	b.Reset()
	for _, part := range parts {
		b.AddString(part)
	}
	return b.HashKeyed(s)
}

// The numbers are those of OpenSSL: HMAC-SHA256 of the two labels under the key of the bytes 0 to 15.
func TestSecretDerivation(t *testing.T) {
	s := secret(t, string(ascending(16)))
	if want := "454a017cfd6026a7"; s.ID() != want {
		t.Errorf("ID %s, want %s", s.ID(), want)
	}
	key, err := hex.DecodeString("ad36a57e26a43cf7a123fc1ca0da1b33")
	if err != nil {
		t.Fatal(err)
	}
	if want := (sipKey{binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(key[8:])}); s.hash != want {
		t.Errorf("hash key %x, want %x", s.hash, want)
	}
	got, ok := keyed(s, "192.0.2.1", "curl")
	if want := Hash(sipBytes(s.hash, []byte("192.0.2.1\x00curl"))); !ok || got != want {
		t.Errorf("%#x %v, want %#x", got, ok, want)
	}
}

func TestSecretKeys(t *testing.T) {
	for _, key := range []string{"", "tiny!", strings.Repeat("k", MinSecretLen-1)} {
		if s, err := NewSecret([]byte(key)); err == nil || s != nil || key != "" && strings.Contains(err.Error(), key) {
			t.Errorf("%d bytes: %v", len(key), err)
		}
	}
	a, b := secret(t, strings.Repeat("a", 16)), secret(t, strings.Repeat("a", 17))
	if a.ID() == b.ID() || a.ID() != secret(t, strings.Repeat("a", 16)).ID() {
		t.Errorf("IDs %s and %s", a.ID(), b.ID())
	}
	for _, shown := range []string{fmt.Sprint(a), fmt.Sprintf("%+v %#v %s", a, a, a), fmt.Sprintf("%v %+v %#v", *a, *a, *a)} {
		if strings.Contains(shown, "aaaa") || strings.Contains(shown, fmt.Sprint(a.hash.k0)) || strings.Contains(shown, fmt.Sprintf("%x", a.hash.k0)) {
			t.Errorf("a printed secret shows its key: %s", shown)
		}
	}
}

func TestHashKeyed(t *testing.T) {
	a, b := secret(t, "correct horse battery"), secret(t, "incorrect horse battery")
	plain, _ := keyed(nil, "x")
	underA, okA := keyed(a, "x")
	underB, okB := keyed(b, "x")
	if plain != HashString("x") || !okA || !okB || underA == underB || underA == plain || underB == plain {
		t.Errorf("%#x %#x %#x", plain, underA, underB)
	}
	for _, parts := range [][]string{{}, {"-"}, {"", "-"}} {
		if _, ok := keyed(a, parts...); ok {
			t.Errorf("%q is a visitor", parts)
		}
	}
	// Moving the border between parts makes another visitor.
	one, _ := keyed(a, "ab", "c")
	two, _ := keyed(a, "a", "bc")
	if one == two {
		t.Error("parts run together")
	}
}

func TestHashKeyedDoesNotAllocate(t *testing.T) {
	s := secret(t, "correct horse battery")
	var b Builder
	address, agent := []byte("192.0.2.1"), []byte(strings.Repeat("Mozilla/5.0 ", 9))
	if n := testing.AllocsPerRun(100, func() {
		b.Reset()
		b.AddIP(address, 0)
		b.Add(agent)
		b.HashKeyed(s)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// inverse returns the number that odd times it is 1 modulo 2^64, by Newton's iteration.
func inverse(odd uint64) uint64 {
	x := odd
	for range 5 {
		x *= 2 - odd*x
	}
	return x
}

// forge returns a User-Agent that, behind prefix, hashes to the target: MurmurHash64A can be run backwards, and the last
// 8 bytes of the text are enough to reach any hash. The prefix is a whole number of 8-byte blocks long.
func forge(prefix string, target uint64) string {
	state := hashSeed ^ uint64(len(prefix)+8)*murmurM
	for text := []byte(prefix); len(text) > 0; text = text[8:] {
		k := binary.LittleEndian.Uint64(text) * murmurM
		k = (k ^ k>>murmurR) * murmurM
		state = (state ^ k) * murmurM
	}
	back := inverse(murmurM)
	h := target ^ target>>murmurR // a shift by more than half the width undoes itself
	h *= back
	h ^= h >> murmurR
	h = h*back ^ state
	h *= back
	h ^= h >> murmurR
	return string(binary.LittleEndian.AppendUint64(nil, h*back))
}

// TestForgery shows what an unkeyed hash allows whoever writes User-Agents, and that a secret does not.
func TestForgery(t *testing.T) {
	const precision = 14
	const ip, product = "192.0.2.17", "Mozilla/5.0 x" // with the 0x00 between them, three blocks
	s := secret(t, "a secret that the attacker does not know")
	plain, underSecret := NewCounter(1000, precision), NewCounter(1000, precision)
	onePlain, oneUnderSecret := NewCounter(NoLimit, precision), NewCounter(NoLimit, precision)
	var b Builder
	for i := range uint64(1 << precision) {
		// One visitor for each register, with 21 zero bits behind the register's number.
		b.Reset()
		b.AddIP([]byte(ip), 0)
		b.AddString(product + forge(ip+"\x00"+product, 1<<35|i))
		hash, ok := b.Hash()
		if !ok || hash != 1<<35|i {
			t.Fatalf("forged %#x, want %#x", hash, 1<<35|i)
		}
		plain.Add(hash)
		hash, _ = b.HashKeyed(s)
		underSecret.Add(hash)
		oneUnderSecret.Add(hash)
	}
	for i := range uint64(1 << precision) {
		// Different addresses, one hash: a crowd that counts as one visitor.
		address := fmt.Sprintf("10.%03d.%03d.%d", 100+i>>12, 100+i>>6&63, 100+i&63)
		prefix := address + "\x00agent/1" // 15 + 1 + 8 bytes, with a digit to fill
		prefix += strings.Repeat("0", (8-len(prefix)%8)%8)
		_, product, _ := strings.Cut(prefix, "\x00")
		b.Reset()
		b.AddString(address)
		b.AddString(product + forge(prefix, 12345))
		hash, _ := b.Hash()
		onePlain.Add(hash)
		hash, _ = b.HashKeyed(s)
		oneUnderSecret.Add(hash)
	}
	if got := plain.Estimate().Value; got < 18_000_000 {
		t.Errorf("16,384 forged visitors count as %d: the forgery is none", got)
	}
	if got := onePlain.Estimate().Value; got != 1 {
		t.Errorf("visitors of one forged hash count as %d: the forgery is none", got)
	}
	if got := underSecret.Estimate(); got.Low > 1<<precision || got.High < 1<<precision {
		t.Errorf("16,384 forged visitors count as %+v under a secret", got)
	}
	if got := oneUnderSecret.Estimate().Value; got != 2<<precision {
		t.Errorf("32,768 forged visitors count as %d under a secret", got)
	}
}

func BenchmarkHashKeyed(b *testing.B) {
	s := secret(b, "correct horse battery")
	for _, c := range []struct {
		name   string
		secret *Secret
	}{{"none", nil}, {"secret", s}} {
		b.Run(c.name, func(b *testing.B) {
			var builder Builder
			builder.Reset()
			builder.AddString("192.0.2.1")
			builder.AddString(strings.Repeat("Mozilla ", 13))
			b.SetBytes(int64(len(builder.Bytes())))
			b.ReportAllocs()
			for b.Loop() {
				builder.HashKeyed(c.secret)
			}
		})
	}
}
