package uv_test

import (
	"testing"

	"github.com/loadx/loadx/profile/uv"
)

func TestAbsorbKeepsTheLargerLimit(t *testing.T) {
	sum := uv.NewCounter(1000, 16)
	for part := range 10 {
		c := uv.NewCounter(100, 12)
		for i := range 60 {
			c.Add(uv.Hash([]byte{byte(part), byte(i)}))
		}
		if err := sum.Absorb(c); err != nil {
			t.Fatal(err)
		}
	}
	if e := sum.Estimate(); !e.Exact || e.Value != 600 {
		t.Errorf("ten exact parts of 60 make %+v, want exactly 600", e)
	}
	beyond := uv.NewCounter(100, 12)
	for i := range 200 {
		beyond.Add(uv.Hash([]byte{99, byte(i)}))
	}
	if err := sum.Absorb(beyond); err != nil {
		t.Fatal(err)
	}
	if e := sum.Estimate(); e.Exact || e.Low > 800 || e.High < 800 || sum.Precision() != 12 {
		t.Errorf("with a sketch of 200 the sum is %+v at precision %d, want about 800 at 12", e, sum.Precision())
	}
	if err := sum.Absorb(nil); err != nil {
		t.Fatal(err)
	}
}
