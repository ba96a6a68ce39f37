package balance

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/loadx/loadx/profile/uv"
)

// The interval is said to hold the truth in 95 % of cases. Over 400 independent sets of visitors it must do so nearly as
// often: fewer than 360 of 400 would happen once in 50,000 times.
func TestIntervals(t *testing.T) {
	const sets, visitors = 400, 1500
	for _, share := range []int{2, 20, 250} { // one of so many moves
		inMoved, inVisitors := 0, 0
		bias := 0.0
		for set := range sets {
			table := New(Options{Sample: 100})
			rng := rand.New(rand.NewPCG(uint64(set), uint64(share)))
			for n := range visitors {
				v := rng.Uint64()
				table.Add([]byte("a"), v, true, true)
				if n%share == 0 {
					table.Add([]byte("b"), v, true, true)
				}
			}
			moved, all, truth := table.Moved(), table.Visitors(), uint64((visitors+share-1)/share)
			if moved.Exact || moved.Low > moved.Value || moved.High < moved.Value || all.Exact {
				t.Fatalf("%+v of %+v", moved, all)
			}
			if moved.Low <= truth && truth <= moved.High {
				inMoved++
			}
			if all.Low <= visitors && visitors <= all.High {
				inVisitors++
			}
			bias += float64(moved.Value) / float64(truth) / sets
		}
		if inMoved < 360 || inVisitors < 360 {
			t.Errorf("1 of %d: the interval of moved holds the truth %d times of %d, that of visitors %d times", share, inMoved, sets, inVisitors)
		}
		// One estimate of 6 movers is off by 1.5 of itself; 400 of them together by less than 0.3 in 99.99 % of cases.
		if math.Abs(bias-1) > 0.3 {
			t.Errorf("1 of %d: estimates are %.3f of the truth in the mean", share, bias)
		}
	}
}

func TestIntervalValues(t *testing.T) {
	s := sample{limit: 1, level: 3} // one of eight
	for n, want := range map[int]uv.Estimate{
		// The roots of (n−N/8)² = 3.8416·(N/8)·(7/8), by another program.
		0:   {Value: 0, Low: 0, High: 27},
		10:  {Value: 80, Low: 45, High: 142},
		400: {Value: 3200, Low: 2919, High: 3508},
	} {
		if got := s.estimate(n); got != want {
			t.Errorf("%d: %+v, want %+v", n, got, want)
		}
	}
	s.level = 64
	if got := s.estimate(1); got.Value != math.MaxUint64 || got.High != math.MaxUint64 {
		t.Errorf("%+v", got)
	}
}

func TestNoLimit(t *testing.T) {
	table := New(Options{Exact: uv.NoLimit})
	rng := rand.New(rand.NewPCG(1, 1))
	for range MaxSample + 1000 {
		v := rng.Uint64()
		table.Add([]byte("a"), v, true, true)
		if v%2 == 0 {
			table.Add([]byte("b"), v, true, true)
		}
	}
	if got := table.Visitors(); got != uv.ExactEstimate(MaxSample+1000) {
		t.Errorf("%+v visitors", got)
	}
	if moved, row := table.Moved(), table.Rows(-1)[1].Visitors; !moved.Exact || moved != row {
		t.Errorf("%+v moved, %+v at the second worker", moved, row)
	}
	var back Table
	if err := back.UnmarshalBinary(encoding(t, table)); err != nil || back.Moved() != table.Moved() || back.opts != table.opts {
		t.Errorf("%v, %+v moved", err, back.Moved())
	}
}
