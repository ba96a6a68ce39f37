package uv

import (
	"encoding/base64"
	"fmt"
)

// MarshalText returns the encoding of AppendBinary in base64, so that a counter can stand in JSON.
func (c *Counter) MarshalText() ([]byte, error) { return marshalText(c) }

// UnmarshalText reads what MarshalText writes. The error wraps [ErrCorrupt], and c is then unchanged.
func (c *Counter) UnmarshalText(text []byte) error { return unmarshalText(c, text) }

// MarshalText returns the encoding of AppendBinary in base64, so that a set of users can stand in JSON.
func (u *Users) MarshalText() ([]byte, error) { return marshalText(u) }

// UnmarshalText reads what MarshalText writes. The error wraps [ErrCorrupt], and u is then unchanged.
func (u *Users) UnmarshalText(text []byte) error { return unmarshalText(u, text) }

func marshalText(v interface {
	AppendBinary(dst []byte) ([]byte, error)
}) ([]byte, error) {
	b, err := v.AppendBinary(nil)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.AppendEncode(nil, b), nil
}

func unmarshalText(v interface{ UnmarshalBinary(data []byte) error }, text []byte) error {
	b, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("uv: %w: %w", ErrCorrupt, err)
	}
	return v.UnmarshalBinary(b)
}
