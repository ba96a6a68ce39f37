package uv

import "bytes"

// A Builder makes the visitor of a hit from the texts of its key's parts: [Builder.Reset], then Add or AddIP for each
// part in the key's order, then [Builder.Hash]. It reuses one buffer, so that after a while nothing allocates.
//
// The texts are joined by one byte 0x00. A part that is empty or "-", as logs write what is absent, keeps its place; a
// key of which all parts are that is no visitor. The zero value is ready. A Builder is not safe for concurrent use.
type Builder struct {
	text    []byte
	parts   int
	present bool
}

// Reset starts a new hit.
func (b *Builder) Reset() {
	b.text, b.parts, b.present = b.text[:0], 0, false
}

// Add adds the text of the next part, as it stands. The bytes are copied.
func (b *Builder) Add(text []byte) {
	b.separate()
	b.text = append(b.text, text...)
	b.present = b.present || !absent(text)
}

// AddString is Add of a string.
func (b *Builder) AddString(text string) { b.Add([]byte(text)) }

// AddIP adds the canonical form of an address as the next part; see [AppendIP]. What is no address is added as it
// stands: a log may have host names in that place.
func (b *Builder) AddIP(text []byte, v6Prefix int) {
	b.separate()
	if len(text) > 0 && bytes.IndexByte(text, ':') < 0 && !absent(text) {
		b.text = append(b.text, text...)
		b.present = true
		return
	}
	var ok bool
	if b.text, ok = AppendIP(b.text, text, v6Prefix); ok {
		b.present = true
		return
	}
	b.text = append(b.text, text...)
	b.present = b.present || !absent(text)
}

func (b *Builder) separate() {
	if b.parts > 0 {
		b.text = append(b.text, 0)
	}
	b.parts++
}

func absent(text []byte) bool {
	return len(text) == 0 || len(text) == 1 && text[0] == '-'
}

// Hash returns the visitor's [Hash]. ok is false if the hit has no visitor.
func (b *Builder) Hash() (hash uint64, ok bool) {
	if !b.present {
		return 0, false
	}
	return Hash(b.text), true
}

// Bytes returns the joined texts. They are valid until the next call of another method.
func (b *Builder) Bytes() []byte { return b.text }
