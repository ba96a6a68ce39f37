package profile

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/profile/latency"
)

// What a calendar keeps of the server's own time is that of the hits of each stretch, whatever their order and however
// they are merged, and it survives being saved.
func TestServerTimes(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 10, 24, 20, 0, 0, 0, zone) // the clock is put back the night after
	for _, c := range []struct {
		step time.Duration
		hits int
		ask  Unit
		want Unit
	}{
		{time.Second, 3000, Minute, Minute}, {time.Second, 3000, Hour, Hour}, {time.Minute, 1000, Minute, Hour}, {time.Hour, 1000, Minute, Day},
		{12 * time.Hour, 1000, Minute, Month}, {time.Hour, 200, Day, Day},
	} {
		rng := rand.New(rand.NewPCG(1, uint64(c.hits)))
		want := map[int64]*latency.Histogram{}
		parts := []*Calendar{NewCalendar(zone, Limits{}), NewCalendar(zone, Limits{}), NewCalendar(zone, Limits{})}
		for _, i := range rng.Perm(c.hits) {
			at := start.Add(time.Duration(i) * c.step)
			h := &Hit{Time: at.UnixNano(), Server: time.Duration(rng.IntN(1e9)), HasServer: i%10 != 0}
			parts[i%3].add(h)
			if !h.HasServer {
				continue
			}
			key := bucketStart(at.Unix(), c.want, zone)
			if want[key] == nil {
				want[key] = latency.NewSparse()
			}
			want[key].Record(h.Server)
		}
		for _, o := range parts[1:] {
			if err := parts[0].Merge(o); err != nil {
				t.Fatal(err)
			}
		}
		text, err := json.Marshal(parts[0])
		if err != nil {
			t.Fatal(err)
		}
		var read Calendar
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		for _, calendar := range []*Calendar{parts[0], &read} {
			got, unit := calendar.ServerTimes(c.ask)
			if unit != c.want || len(got) != len(want) {
				t.Fatalf("%+v: %d by %s, want %d by %s", c, len(got), unit, len(want), c.want)
			}
			for i, s := range got {
				w := want[s.Start]
				if i > 0 && got[i-1].Start >= s.Start || w == nil || w.Count() != s.Latency.Count() {
					t.Fatalf("%+v: at %d", c, s.Start)
				}
				for _, q := range []float64{0, 0.5, 0.95, 1} {
					x, _ := s.Latency.Quantile(q)
					if y, _ := w.Quantile(q); x != y {
						t.Errorf("%+v: %s at %v, want %s", c, x, q, y)
					}
				}
			}
		}
	}
}

func TestServerTimesAreBounded(t *testing.T) {
	c := NewCalendar(time.UTC, Limits{})
	for i := range 400 {
		c.add(&Hit{Time: time.Date(1990, time.Month(i), 1, 0, 0, 0, 0, time.UTC).UnixNano(), Server: time.Second, HasServer: true})
	}
	if all, unit := c.ServerTimes(Minute); len(all) != MaxServerTimes || unit != Month {
		t.Errorf("%d by %s", len(all), unit)
	}
	for _, bad := range []string{
		`{"unit":"week","start":[],"took":[]}`, `{"unit":"hour","start":[0],"took":[]}`, `{"unit":"hour","start":[0],"took":[null]}`,
		`{"unit":"hour","start":[5],"took":["H"]}`, `{"unit":"hour","start":[0,0],"took":["S","S"]}`, `{"unit":"hour","start":[0],"took":["F"]}`,
	} {
		sparse, full := latency.NewSparse(), latency.New()
		sparse.Record(1)
		full.Record(1)
		s, _ := sparse.MarshalText()
		f, _ := full.MarshalText()
		bad = strings.NewReplacer(`"H"`, `"`+string(s)+`"`, `"S"`, `"`+string(s)+`"`, `"F"`, `"`+string(f)+`"`).Replace(bad)
		var read Calendar
		if err := json.Unmarshal([]byte(`{"tz":"UTC","unit":"minute","exact_visitors":0,"buckets":null,"beyond":{},"server_times":`+bad+`}`), &read); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}
