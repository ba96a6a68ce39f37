package uv

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
)

func TestTextStandsInJSON(t *testing.T) {
	type saved struct {
		C *Counter
		U *Users
	}
	in := saved{C: counterOf(5, 12, hashes(40, 100)), U: usersOf(1e6, 1, 999_999)}
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out saved
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encoded(t, in.C), encoded(t, out.C)) || !bytes.Equal(encodedUsers(t, in.U), encodedUsers(t, out.U)) {
		t.Errorf("%s comes back as %+v and %d users", data, out.C.Estimate(), out.U.Count())
	}
	for _, text := range []string{"", "*", "AQ", "AQ=="} {
		c, u := counterOf(5, 12, []uint64{1}), usersOf(9, 4)
		if err := c.UnmarshalText([]byte(text)); !errors.Is(err, ErrCorrupt) || c.Estimate() != ExactEstimate(1) {
			t.Errorf("counter %q: error %v", text, err)
		}
		if err := u.UnmarshalText([]byte(text)); !errors.Is(err, ErrCorrupt) || u.Count() != 1 {
			t.Errorf("users %q: error %v", text, err)
		}
	}
}
