package codec_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/loadx/loadx/profile/codec"
)

func TestReader(t *testing.T) {
	data := binary.AppendUvarint([]byte{7, 'a', 'b'}, math.MaxUint64)
	r := codec.Reader{Rest: data}
	if b, text, n := r.Byte("kind"), r.Bytes("text", 2), r.Uvarint("count", math.MaxUint64); b != 7 || string(text) != "ab" || n != math.MaxUint64 {
		t.Errorf("read %d, %q, %d", b, text, n)
	}
	if r.Err != nil || len(r.Rest) != 0 {
		t.Errorf("error %v, rest %v", r.Err, r.Rest)
	}
}

func TestReaderRemembersTheFirstError(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		read func(*codec.Reader)
		want string
	}{
		"short":     {[]byte{1}, func(r *codec.Reader) { r.Bytes("text", 2) }, "text is cut off"},
		"huge":      {[]byte{1}, func(r *codec.Reader) { r.Bytes("text", math.MaxUint64) }, "text is cut off"},
		"no byte":   {nil, func(r *codec.Reader) { r.Byte("kind") }, "kind is cut off"},
		"no varint": {[]byte{0x80}, func(r *codec.Reader) { r.Uvarint("count", 9) }, "count is no varint"},
		"too long":  {[]byte(strings.Repeat("\xff", 11)), func(r *codec.Reader) { r.Uvarint("count", 9) }, "count is no varint"},
		"padded":    {[]byte{0x81, 0}, func(r *codec.Reader) { r.Uvarint("count", 9) }, "count is not minimal"},
		"above":     {[]byte{10}, func(r *codec.Reader) { r.Uvarint("count", 9) }, "count 10 is above 9"},
	} {
		r := codec.Reader{Rest: c.data}
		c.read(&r)
		if r.Err == nil || r.Err.Error() != c.want || len(r.Rest) != len(c.data) {
			t.Errorf("%s: error %v, rest %v, want %q and nothing cut off", name, r.Err, r.Rest, c.want)
		}
		if b, n := r.Byte("more"), r.Uvarint("more", 9); b != 0 || n != 0 || r.Err.Error() != c.want {
			t.Errorf("%s: after the error %d, %d, %v", name, b, n, r.Err)
		}
	}
}

func ExampleReader() {
	r := codec.Reader{Rest: []byte{1, 0xac, 0x02}}
	fmt.Println(r.Byte("version"), r.Uvarint("count", 1000), r.Err)
	// Output: 1 300 <nil>
}
