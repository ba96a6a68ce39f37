package latency

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"
)

func TestTextStandsInJSON(t *testing.T) {
	for _, kind := range resolutions {
		h := record(kind.make(), 5, time.Second)
		data, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		var back Histogram
		if err := json.Unmarshal(data, &back); err != nil || !bytes.Equal(encoded(t, h), encoded(t, &back)) {
			t.Errorf("%s: %s comes back as %d durations: %v", kind.name, data, back.Count(), err)
		}
		for _, text := range []string{"", "*", "AQ", "AQ=="} {
			if err := h.UnmarshalText([]byte(text)); !errors.Is(err, ErrCorrupt) || h.Count() != 2 {
				t.Errorf("%s: %q: error %v", kind.name, text, err)
			}
		}
	}
}
