package latency_test

import (
	"fmt"
	"time"

	"github.com/loadx/loadx/profile/latency"
)

func ExampleHistogram() {
	h := latency.New()
	for ms := range 1000 {
		h.Record(time.Duration(ms+1) * time.Millisecond)
	}
	p99, ok := h.Quantile(0.99)
	fmt.Println(p99.Round(time.Millisecond), ok)

	_, ok = latency.New().Quantile(0.99)
	fmt.Println(ok)
	// Output:
	// 990ms true
	// false
}
