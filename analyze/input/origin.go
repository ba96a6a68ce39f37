package input

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/zeebo/xxh3"
)

// originSpan is how much of either end of a text enters its origin.
const originSpan = 4 << 10

// origin gathers what identifies a text while it is read.
type origin struct {
	head     []byte // at most originSpan bytes
	tail     []byte // likewise, the last ones
	length   int64
	complete bool
}

func (o *origin) add(text []byte) {
	if len(text) == 0 {
		return
	}
	o.length += int64(len(text))
	if room := originSpan - len(o.head); room > 0 {
		o.head = append(o.head, text[:min(room, len(text))]...)
	}
	if len(text) >= originSpan {
		o.tail = append(o.tail[:0], text[len(text)-originSpan:]...)
		return
	}
	if excess := len(o.tail) + len(text) - originSpan; excess > 0 {
		o.tail = o.tail[:copy(o.tail, o.tail[excess:])]
	}
	o.tail = append(o.tail, text...)
}

func (o *origin) id() (string, bool) {
	if !o.complete || o.length == 0 {
		return "", false
	}
	content := make([]byte, 0, 2*originSpan+8)
	content = append(content, o.head...)
	content = binary.LittleEndian.AppendUint64(content, uint64(o.length))
	content = append(content, o.tail...)
	sum := xxh3.Hash128(content).Bytes()
	return hex.EncodeToString(sum[:]), true
}
