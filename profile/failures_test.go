package profile

import (
	"fmt"
	"testing"
)

func TestFailures(t *testing.T) {
	f := Failures{}
	for i := range 100 {
		f.add(&Hit{Error: ErrTimeout, ErrorText: fmt.Sprint("text ", i%3), Page: []byte("/a"), Time: int64(1000 + i*7%100)})
	}
	f.add(&Hit{Error: ErrTimeout, ErrorText: "text 0", Page: []byte("/b"), Time: 1100, Status: 504})
	f.add(&Hit{Error: ErrRetried, ErrorText: "again", Time: 5})
	class := f[ErrTimeout]
	if class.Count != 101 || class.NoStatus != 100 || class.First != 1000 || class.Last != 1100 || f.Total() != 101 {
		t.Errorf("%+v, %d in all", class, f.Total())
	}
	want := []FailureSample{{"/a", "text 0", 1000}, {"/a", "text 1", 1007}, {"/a", "text 2", 1014}, {"/b", "text 0", 1100}}
	if fmt.Sprint(class.Samples) != fmt.Sprint(want) {
		t.Errorf("samples %v, want %v", class.Samples, want)
	}

	o := Failures{}
	for i := range 20 {
		o.add(&Hit{Error: ErrTimeout, ErrorText: fmt.Sprint("text ", i), Page: []byte("/a"), Time: int64(10 + i)})
	}
	o.add(&Hit{Error: ErrReset, ErrorText: "reset", Time: 3})
	f.merge(o)
	class = f[ErrTimeout]
	if class.Count != 121 || class.NoStatus != 120 || class.First != 10 || class.Last != 1100 || f.Total() != 122 {
		t.Errorf("merged: %+v, %d in all", class, f.Total())
	}
	if len(class.Samples) != maxFailureSamples || class.Samples[4] != (FailureSample{"/a", "text 3", 13}) {
		t.Errorf("merged samples %v", class.Samples)
	}
	if r := f[ErrReset]; r == nil || r.Count != 1 || r == o[ErrReset] || len(r.Samples) != 1 {
		t.Errorf("merged class %+v", r)
	}
}
