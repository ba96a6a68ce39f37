package attack_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/scenarios/traffic"
)

func TestSearch(t *testing.T) {
	f := func(s attack.Search, capacity traffic.Rate, want []traffic.Rate, held, failed traffic.Rate) {
		t.Helper()
		var tried []traffic.Rate
		for rate, ok := s.Next(); ok; rate, ok = s.Next() {
			tried = append(tried, rate)
			s.Tried(rate, rate <= capacity)
		}
		if !slices.Equal(tried, want) {
			t.Errorf("capacity %v: tried %v, want %v", capacity, tried, want)
		}
		if h, f := s.Best(); h != held || f != failed {
			t.Errorf("capacity %v: held %v and failed %v, want %v and %v", capacity, h, f, held, failed)
		}
	}
	s := attack.Search{Start: 100, Most: 10_000, Precision: 0.05, Steps: 20}
	f(s, 700, []traffic.Rate{100, 200, 400, 800, 566, 673, 734, 703}, 673, 703)
	f(s, 30, []traffic.Rate{100, 25, 50, 35, 30, 32, 31}, 30, 31)
	f(s, 1e9, []traffic.Rate{100, 200, 400, 800, 1600, 3200, 6400, 10_000}, 10_000, 0)
	f(s, 0, []traffic.Rate{100, 25, 6, 2, 1}, 0, 1)
	f(s, 2, []traffic.Rate{100, 25, 6, 2, 3}, 2, 3)
	f(attack.Search{Start: 100, Most: 1e6, Precision: 0.05, Steps: 3}, 1e9, []traffic.Rate{100, 200, 400}, 400, 0)
	f(attack.Search{Start: 100, Most: 50, Precision: 0.05, Steps: 9}, 1e9, []traffic.Rate{50}, 50, 0)
	f(attack.Search{Start: 100, Most: 1e6, Precision: 0.5, Steps: 9}, 700, []traffic.Rate{100, 200, 400, 800, 566}, 566, 800)
}

// Whatever the capacity, what is found is within the precision of it, in a number of steps that grows with its logarithm.
func TestSearchPrecision(t *testing.T) {
	for capacity := traffic.Rate(30); capacity < 900_000; capacity *= 1.37 {
		s := attack.Search{Start: 100, Most: 1e6, Precision: 0.05, Steps: 40}
		n := 0
		for rate, ok := s.Next(); ok; rate, ok = s.Next() {
			s.Tried(rate, rate <= capacity)
			n++
		}
		held, failed := s.Best()
		if held > capacity || failed <= capacity || float64(failed) > float64(held)*1.05+1 || n > 22 {
			t.Error(fmt.Errorf("capacity %v: held %v, failed %v, %d steps", capacity, held, failed, n))
		}
	}
}
