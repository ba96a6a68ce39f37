package traffic

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// fits fails the test when Pearson's chi-square of the observed counts against
// the expected ones is less likely than 1 in 10,000 by chance. Neighbouring
// cells are joined until ten are expected.
func fits(t *testing.T, what string, observed []uint64, expected []float64) {
	t.Helper()
	var stat, o, e float64
	cells, left := 0, 0.0
	for _, v := range expected {
		left += v
	}
	for i, v := range expected {
		o += float64(observed[i])
		e += v
		left -= v
		if e >= 10 && (left >= 10 || i == len(expected)-1) {
			stat += (o - e) * (o - e) / e
			cells++
			o, e = 0, 0
		}
	}
	if e > 0 {
		stat += (o - e) * (o - e) / e
		cells++
	}
	// Wilson and Hilferty's quantile of chi-square; 3.72 is that of the normal.
	df := float64(cells - 1)
	limit := df * math.Pow(1-2/(9*df)+3.72*math.Sqrt(2/(9*df)), 3)
	if cells < 2 || stat > limit {
		t.Errorf("%s: chi-square %.1f over %d cells, limit %.1f", what, stat, cells, limit)
	}
}

func compile(t testing.TB, s Spec) *Plan {
	t.Helper()
	if s.Duration == 0 && s.Rate == 0 && s.Shape == nil {
		s.Duration = time.Hour
	}
	p, err := s.Compile()
	if err != nil {
		t.Fatalf("%+v: %v", s, err)
	}
	return p
}

// viewsOf returns the views of each user by going through all hits.
func viewsOf(p *Plan) []uint64 {
	views := make([]uint64, p.UV())
	for n := range p.PV() {
		user, _ := p.user(n)
		views[user]++
	}
	return views
}

func TestZipfDrawFitsItsLaw(t *testing.T) {
	const draws = 100_000
	s := newStream(5, forRepeats)
	for _, exponent := range []float64{0.01, 0.5, 0.99999999, 1, 1.0000001, 1.1, 2, 5, 40} {
		for _, n := range []uint64{1, 2, 3, 10, 1000} {
			z := newZipf(exponent, n)
			observed := make([]uint64, n)
			expected := make([]float64, n)
			sum := 0.0
			for k := range expected {
				expected[k] = math.Pow(float64(k+1), -exponent)
				sum += expected[k]
			}
			for k := range expected {
				expected[k] *= draws / sum
			}
			for hit := range uint64(draws) {
				k := z.draw(s, hit, n, z.all)
				if k < 1 || k > n {
					t.Fatalf("zipf %v of %d users drew %d", exponent, n, k)
				}
				observed[k-1]++
			}
			if n == 1 || exponent == 40 {
				if observed[0] < draws-2 { // 2^-40 for the second
					t.Errorf("zipf %v of %d users: %d of %d to the first", exponent, n, observed[0], draws)
				}
				continue
			}
			fits(t, fmt.Sprintf("zipf %v of %d users", exponent, n), observed, expected)
		}
	}
}

func TestZipfDrawFromHugePopulations(t *testing.T) {
	s := newStream(6, forRepeats)
	const n, draws = 1 << 62, 20_000
	// At S = 1 the logarithm of the rank is uniform, up to the first ranks.
	z := newZipf(1, n)
	below := 0
	for hit := range uint64(draws) {
		if z.draw(s, hit, n, z.all) < 1<<31 {
			below++
		}
	}
	harmonic := func(n float64) float64 { return math.Log(n) + 0.57721566490153286 }
	share := harmonic(1<<31) / harmonic(1<<62)
	if got, sd := float64(below), math.Sqrt(draws*share*(1-share)); math.Abs(got-draws*share) > 4*sd {
		t.Errorf("%v of %d draws in the first 2^31 ranks, want %.0f ± %.0f", got, draws, draws*share, sd)
	}
}

// TestZipfPlan checks the repeats of a whole plan, user by user, against the
// sum of the law over the hits.
func TestZipfPlan(t *testing.T) {
	const pv, uv, exponent = 60_000, 150, 1.1
	for _, order := range []Order{Paced, Mixed} {
		p := compile(t, Spec{PV: pv, UV: uv, Law: Law{Zipf, exponent}, Order: order, Seed: 11})
		observed := make([]uint64, uv)
		expected := make([]float64, uv)
		weight := make([]float64, uv+1) // of the first k users together
		for k := range uv {
			weight[k+1] = weight[k] + math.Pow(float64(k+1), -exponent)
		}
		for n := range uint64(pv) {
			user, isNew := p.user(n)
			if isNew {
				continue
			}
			observed[user]++
			known := uint64(uv)
			if order == Paced {
				known = p.Known(n)
			}
			for k := range known {
				expected[k] += (weight[k+1] - weight[k]) / weight[known]
			}
		}
		fits(t, fmt.Sprintf("zipf, %v", order), observed, expected)
	}
}

func TestGeometricPlan(t *testing.T) {
	for _, order := range []Order{Paced, Mixed} {
		for _, mean := range []float64{1.5, 4, 20} {
			const uv = 30_000
			p := compile(t, Spec{PV: uint64(uv * mean), UV: uv, Law: Law{Kind: Geometric}, Order: order, Seed: 3})
			const cells = 400
			observed := make([]uint64, cells)
			for _, v := range viewsOf(p) {
				observed[min(v-1, cells-1)]++
			}
			expected := make([]float64, cells)
			stop := 1 / mean
			left := float64(uv)
			for k := range cells - 1 {
				expected[k] = left * stop
				left -= expected[k]
			}
			expected[cells-1] = left
			fits(t, fmt.Sprintf("geometric of mean %v, %v", mean, order), observed, expected)
		}
	}
}

func TestEvenMixedIsEqualToOne(t *testing.T) {
	for _, tt := range [][2]uint64{{1, 1}, {10, 3}, {1000, 1000}, {100_000, 777}, {12_345, 12_344}, {5000, 1}} {
		p := compile(t, Spec{PV: tt[0], UV: tt[1], Order: Mixed, Seed: 1})
		for user, v := range viewsOf(p) {
			if low := tt[0] / tt[1]; v != low && !(v == low+1 && tt[0]%tt[1] != 0) {
				t.Errorf("pv %d, uv %d: user %d has %d views", tt[0], tt[1], user, v)
			}
		}
	}
}

func TestEvenPacedIsEqualToOneButForTheEdges(t *testing.T) {
	for _, tt := range [][2]uint64{{200_000, 50_000}, {200_000, 1000}, {200_000, 64}, {200_000, 40}, {15_000, 10_000}, {100_000, 3333}} {
		pv, uv := tt[0], tt[1]
		p := compile(t, Spec{PV: pv, UV: uv, Seed: 1})
		views := viewsOf(p)
		size := max(uv/cohorts, 1)
		low, high := pv/uv, (pv+uv-1)/uv
		last := (uv-1)/size*size - size // the first user of the last cohort that is cut off
		for user := size; user < last; user++ {
			if v := views[user]; v < low || v > high {
				t.Errorf("pv %d, uv %d: user %d has %d views", pv, uv, user, v)
			}
		}
		for user := range size {
			if v := views[user]; v < low || user >= size/cohorts && v > 3*high {
				t.Errorf("pv %d, uv %d: user %d of the first cohort has %d views", pv, uv, user, v)
			}
		}
		for user := last; user < uv; user++ {
			if v := views[user]; v > high {
				t.Errorf("pv %d, uv %d: user %d of the last cohorts has %d views", pv, uv, user, v)
			}
		}
	}
}

// TestEvenPacedReturnsAtEqualDistances checks that a user's repeats are spread
// over the cohort after its own, and not in a row.
func TestEvenPacedReturnsAtEqualDistances(t *testing.T) {
	const pv, uv = 320_000, 32_000 // cohorts of 1,000 users and 9,000 repeats
	p := compile(t, Spec{PV: pv, UV: uv})
	var hits []uint64
	for n := range uint64(pv) {
		if user, _ := p.user(n); user == 5500 {
			hits = append(hits, n)
		}
	}
	if len(hits) != 10 || hits[0] != 55_000 {
		t.Fatalf("hits of user 5500: %v", hits)
	}
	for i := 2; i < len(hits); i++ {
		if d := hits[i] - hits[i-1]; d < 1111 || d > 1112 { // a hit in ten is a new user
			t.Errorf("return %d after %d hits", i, d)
		}
	}
}

func TestNewUsersInEveryTenthOfTheRun(t *testing.T) {
	const pv, uv = 1_000_003, 10_007
	p := compile(t, Spec{PV: pv, UV: uv, Law: Law{Zipf, 1.1}})
	var tenth [10]float64
	for n := range uint64(pv) {
		if _, isNew := p.user(n); isNew {
			tenth[n*10/pv]++
		}
	}
	for i, v := range tenth {
		if math.Abs(v-uv/10.0) > 1 {
			t.Errorf("tenth %d: %v new users, want %v", i, v, uv/10.0)
		}
	}
}
