package profile

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/profile/latency"
)

// totals are a timeline's sums, which no widening may change.
func totals(t *Timeline) Slice {
	sum := Slice{Service: latency.NewSparse(), Response: latency.NewSparse()}
	for i := range t.Slices {
		sum.merge(&t.Slices[i])
	}
	return sum
}

func sameSlice(t *testing.T, what string, a, b Slice) {
	t.Helper()
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	if string(x) != string(y) {
		t.Errorf("%s:\n%s\n%s", what, x, y)
	}
}

// A run that outgrows the slices ends up with the very timeline that wider slices from the start would have had.
func TestTimelineWidens(t *testing.T) {
	for _, c := range []struct {
		length, width time.Duration
	}{
		{1024 * time.Second, time.Second}, {1025 * time.Second, 2 * time.Second}, {time.Hour, 4 * time.Second},
		{24 * time.Hour, 128 * time.Second}, {30 * 24 * time.Hour, 4096 * time.Second},
	} {
		rng := rand.New(rand.NewPCG(uint64(c.length), 1))
		grown, wide := NewTimeline(), NewTimeline()
		wide.Width = c.width
		for i := range 2000 {
			h := Hit{Hop: HopKind(rng.IntN(3)), Status: 100 * rng.IntN(7), Final: true, Late: rng.IntN(2) == 0, NewUser: rng.IntN(2) == 0, PageView: true}
			h.Due = time.Duration(rng.Int64N(int64(c.length)))
			if i == 1999 {
				h.Due = c.length - 1
			}
			h.Sent = h.Due
			h.Done = h.Sent + time.Duration(rng.Int64N(1e9))
			grown.add(&h)
			wide.add(&h)
		}
		if grown.Width != c.width || len(grown.Slices) > MaxSlices || len(grown.Slices) != len(wide.Slices) {
			t.Fatalf("%s: %d slices of %s, want %d of %s", c.length, len(grown.Slices), grown.Width, len(wide.Slices), c.width)
		}
		for i := range wide.Slices {
			sameSlice(t, c.length.String(), grown.Slices[i], wide.Slices[i])
		}
	}
}

func TestTimelineBeforeTheStart(t *testing.T) {
	line := NewTimeline()
	line.add(&Hit{Due: -time.Second, Sent: -time.Hour, Status: 200})
	if len(line.Slices) != 1 || line.Slices[0].Hits != 1 || line.Slices[0].Due != 1 {
		t.Errorf("%+v", line)
	}
}

// A hit that is due in an early slice and sent in one that makes the timeline widen is counted in both.
func TestTimelineDueEarlySentLate(t *testing.T) {
	line := NewTimeline()
	line.add(&Hit{Due: 1023 * time.Second, Sent: 5000 * time.Second, Status: 200})
	if due, sent := line.at(1023*time.Second), line.at(5000*time.Second); due.Due != 1 || sent.Sent != 1 || sent.Due != 0 {
		t.Errorf("due %+v, sent %+v", due, sent)
	}
}

func TestTimelineMerge(t *testing.T) {
	for _, lengths := range [][2]time.Duration{{10 * time.Second, 20 * time.Second}, {time.Minute, time.Hour}, {5 * time.Hour, time.Minute}} {
		rng := rand.New(rand.NewPCG(2, 2))
		parts, whole := [2]*Timeline{NewTimeline(), NewTimeline()}, NewTimeline()
		for i, length := range lengths {
			for range 500 {
				h := Hit{Due: time.Duration(rng.Int64N(int64(length))), Status: 200, Final: true}
				h.Sent, h.Done = h.Due, h.Due+time.Second
				parts[i].add(&h)
				whole.add(&h)
			}
		}
		before := totals(parts[1])
		width := parts[1].Width
		parts[0].Merge(parts[1])
		sameSlice(t, "the other one", totals(parts[1]), before)
		if parts[1].Width != width {
			t.Error("the other one was widened")
		}
		if parts[0].Width != whole.Width || len(parts[0].Slices) != len(whole.Slices) {
			t.Fatalf("%d slices of %s, want %d of %s", len(parts[0].Slices), parts[0].Width, len(whole.Slices), whole.Width)
		}
		for i := range whole.Slices {
			sameSlice(t, lengths[0].String(), parts[0].Slices[i], whole.Slices[i])
		}
	}
}

func TestTimelineRefuses(t *testing.T) {
	slice := `{"service":"","response":""}`
	valid, err := json.Marshal(recordAttack(randomAttack(rand.New(rand.NewPCG(1, 1)), 3, 3), 3).Timeline)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(valid, NewTimeline()); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		`{"width":0}`, `{"width":-1000000000}`, `{"width":1}`, `{"width":1500000000}`, `{"width":3000000000}`, `{"width":4611686018000000000}`,
		`{"width":1000000000,"slices":[{}]}`, `{"width":1000000000,"slices":[` + strings.Repeat(slice+",", MaxSlices) + slice + `]}`, `[]`, `{`,
	} {
		line := NewTimeline()
		if err := line.UnmarshalJSON([]byte(bad)); err == nil || line.Width != time.Second || line.Slices != nil {
			t.Errorf("%.80s: %v", bad, err)
		}
	}
}
