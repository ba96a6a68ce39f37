package latency

import (
	"encoding/base64"
	"fmt"
)

// MarshalText returns the encoding of AppendBinary in base64, so that a histogram can stand in JSON.
func (h *Histogram) MarshalText() ([]byte, error) {
	b, err := h.AppendBinary(nil)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.AppendEncode(nil, b), nil
}

// UnmarshalText reads what MarshalText writes. The error wraps [ErrCorrupt], and h is then unchanged.
func (h *Histogram) UnmarshalText(text []byte) error {
	b, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("latency: %w: %w", ErrCorrupt, err)
	}
	return h.UnmarshalBinary(b)
}
