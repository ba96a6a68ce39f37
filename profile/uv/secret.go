package uv

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// MinSecretLen is the length in bytes of the shortest key that makes a [Secret].
const MinSecretLen = 16

// What a Secret derives from its key, told apart by what is authenticated under it.
const (
	secretIDLabel   = "loadx uv secret id"
	secretHashLabel = "loadx uv secret hash"
)

// A Secret keys the hash of visitors. [Hash] is public and can be run backwards: who chooses User-Agents freely can
// choose them so that 16,384 of them fill a sketch with the traces of billions, or that thousands count as one. Under a
// secret nobody can, who does not know it.
//
// Numbers that are to be merged or compared must be counted under one secret; [Secret.ID] tells. A Secret is immutable
// and may be used by several goroutines. It does not show its key when printed.
type Secret struct {
	hash sipKey
	id   string
}

// NewSecret returns the secret of a key of [MinSecretLen] bytes at least, which should come from a random generator: a
// phrase that can be guessed is no secret. The key is not kept.
func NewSecret(key []byte) (*Secret, error) {
	if len(key) < MinSecretLen {
		return nil, fmt.Errorf("uv: a visitor secret of %d bytes is too short: at least %d", len(key), MinSecretLen)
	}
	hash := derive(key, secretHashLabel)
	return &Secret{
		hash: sipKey{binary.LittleEndian.Uint64(hash), binary.LittleEndian.Uint64(hash[8:])},
		id:   hex.EncodeToString(derive(key, secretIDLabel)[:8]),
	}, nil
}

func derive(key []byte, label string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(label))
	return mac.Sum(nil)
}

// ID returns 16 hexadecimal digits that tell secrets apart and reveal nothing of the key: the first 8 bytes of
// HMAC-SHA256 under it of the text "loadx uv secret id".
func (s *Secret) ID() string { return s.id }

// String returns what may be shown of a secret: its ID.
func (s Secret) String() string { return "uv secret " + s.id }

// GoString is [Secret.String], so that %#v shows no more.
func (s Secret) GoString() string { return s.String() }

// HashKeyed returns the visitor's hash under a secret: [Hash] of the token that SipHash-2-4 with 128 bits of output
// makes of the joined texts. A sketch of tokens is a sketch of any other visitors: it merges, and Redis counts the
// same 16-byte tokens to the same registers. ok is false if the hit has no visitor. Without a secret, nil, it is
// [Builder.Hash]. It does not allocate.
func (b *Builder) HashKeyed(s *Secret) (hash uint64, ok bool) {
	if !b.present {
		return 0, false
	}
	if s == nil {
		return Hash(b.text), true
	}
	lo, hi := s.hash.sum128(b.text)
	return hashToken(lo, hi), true
}

// hashToken is Hash of the 16 bytes of a token, lo before hi, each little-endian.
func hashToken(lo, hi uint64) uint64 {
	var token [16]byte
	binary.LittleEndian.PutUint64(token[:], lo)
	binary.LittleEndian.PutUint64(token[8:], hi)
	return Hash(token[:])
}
