package profile

import (
	"encoding/json"
	"testing"
)

func TestStatus(t *testing.T) {
	var s, o Status
	for code, n := range map[int]uint64{200: 5, 204: 1, 304: 2, 404: 3, 499: 1, 500: 7, 599: 1, 600: 1, 999: 1, 1000: 2, -1: 4, 99: 1} {
		s.Add(code, n)
	}
	o.Add(200, 10)
	o.Add(503, 1)
	s.Merge(&o)
	for code, want := range map[int]uint64{200: 15, 201: 0, 503: 1, 999: 7, 1000: 0, -1: 0, 99: 1} {
		if got := s.Count(code); got != want {
			t.Errorf("%d: %d, want %d", code, got, want)
		}
	}
	for digit, want := range map[int]uint64{-1: 0, 0: 1, 1: 0, 2: 16, 3: 2, 4: 4, 5: 9, 6: 1, 9: 7, 10: 0} {
		if got := s.Class(digit); got != want {
			t.Errorf("class %d: %d, want %d", digit, got, want)
		}
	}
	var sum uint64
	last := -1
	s.Each(func(code int, n uint64) {
		if code <= last || n == 0 {
			t.Errorf("%d after %d, %d times", code, last, n)
		}
		sum, last = sum+n, code
	})
	equal(t, "total", 40, s.Total(), sum)
	if o.Total() != 11 {
		t.Error("the other one was changed")
	}

	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var again Status
	if err := json.Unmarshal(b, &again); err != nil || again != s {
		t.Errorf("%s: %v", b, err)
	}
	for _, bad := range []string{`{"x":1}`, `{"1000":1}`, `{"-1":1}`, `{"200":-1}`, `[]`} {
		if err := json.Unmarshal([]byte(bad), &again); err == nil || again != s {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
