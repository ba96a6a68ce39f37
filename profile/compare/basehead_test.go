package compare

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/profile"
)

// A load is an attack to be: so many a second for so long, each response as long as took says of its second, and every
// failEvery-th of them failing.
type load struct {
	id        string
	seconds   int
	rate      int
	took      func(second, i int) time.Duration
	failEvery int
	warmup    time.Duration
}

func steady(ms int) func(int, int) time.Duration {
	return func(int, int) time.Duration { return time.Duration(ms) * time.Millisecond }
}

// noisy is that long on average, spread by a share around it.
func noisy(ms, spread float64, seed uint64) func(int, int) time.Duration {
	r := rand.New(rand.NewPCG(seed, 1))
	return func(int, int) time.Duration {
		return time.Duration((ms + ms*spread*(2*r.Float64()-1)) * float64(time.Millisecond))
	}
}

func (l load) run() *profile.Profile {
	r := profile.NewAttackRecorder(10_000, profile.Limits{})
	r.SetWarmup(l.warmup)
	for i := range l.seconds * l.rate {
		due := time.Duration(i) * time.Second / time.Duration(l.rate)
		h := profile.Hit{Time: 1e18 + int64(due), User: uint64(i % 50), Visitor: visitor(i % 50), HasVisitor: true, Page: []byte("/"), Method: []byte("GET"),
			Status: 200, PageView: true, Final: true, Bytes: 100, Due: due, Sent: due, Done: due + l.took(i/l.rate, i)}
		if l.failEvery > 0 && i%l.failEvery == 0 {
			h.Status, h.Error = 500, profile.ErrStatus
		}
		r.Add(&h)
	}
	p := r.Profile()
	p.Elapsed = time.Duration(l.seconds)*time.Second + 100*time.Millisecond
	n := uint64(l.seconds * l.rate)
	p.Planned = &profile.Planned{Hits: n, UV: 50, Population: 50, Hash: "c0ffee", Shards: []uint64{0}, ShardCount: 1, Duration: time.Duration(l.seconds) * time.Second}
	if p.Measured != nil {
		p.Measured.Length = p.Elapsed - l.warmup
	}
	if l.id != "" {
		p.Origins = []profile.Origin{{ID: l.id, Name: l.id}}
	}
	return p
}

// runs are attacks of a second whose responses took so many milliseconds.
func runs(ms ...int) []*profile.Profile {
	var all []*profile.Profile
	for _, n := range ms {
		all = append(all, load{seconds: 1, rate: 100, took: steady(n)}.run())
	}
	return all
}

func compared(t testing.TB, base, head []*profile.Profile, o Options) map[string]Difference {
	t.Helper()
	c, err := BaseHead(base, head, o)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]Difference{}
	for _, d := range c.Differences {
		rows[d.Metric] = d
	}
	return rows
}

func TestVerdictsByRun(t *testing.T) {
	for _, c := range []struct {
		name       string
		base, head []int
		o          Options
		want       Verdict
		why        string
	}{
		{"slower", []int{100, 101, 102, 103}, []int{120, 121, 122, 123}, Options{}, Worse, ""},
		{"faster", []int{120, 121, 122, 123}, []int{100, 101, 102, 103}, Options{}, Better, ""},
		{"three are too few", []int{100, 101, 102}, []int{120, 121, 122}, Options{}, Inconclusive, "too few: it takes 4 runs a side"},
		{"three are enough at 0.1", []int{100, 101, 102}, []int{120, 121, 122}, Options{Alpha: 0.1}, Worse, ""},
		{"one is too few", []int{100}, []int{120, 121, 122, 123}, Options{}, Inconclusive, "too few: it takes 4 runs a side"},
		{"the same but for noise", []int{100, 101, 102, 103, 104}, []int{101, 100, 103, 102, 105}, Options{}, Same, ""},
		{"too noisy for the margin", []int{100, 101, 102, 103, 104}, []int{101, 100, 103, 102, 105}, Options{Margin: 0.01}, Inconclusive, "too unsteady: it may take about"},
		{"a real difference that does not matter", []int{1000, 1001, 1002, 1003}, []int{1011, 1012, 1013, 1014}, Options{}, Same, "differs by less than matters"},
		{"perhaps one that matters", []int{1000, 1010, 1020, 1030}, []int{1031, 1060, 1061, 1100}, Options{}, Inconclusive, "differs, perhaps by less than matters"},
		{"far too noisy", []int{10, 500, 20, 400}, []int{30, 450, 11, 600}, Options{}, Inconclusive, "too unsteady: it may take more than 1000 runs a side"},
		{"equal", []int{100, 100, 100, 100}, []int{100, 100, 100, 100}, Options{}, Same, "equal"},
		{"two that are equal", []int{100, 100}, []int{100, 100}, Options{}, Same, "equal"},
		{"apart, each of one value", []int{100, 100, 100, 100}, []int{150, 150, 150, 150}, Options{}, Worse, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := compared(t, runs(c.base...), runs(c.head...), c.o)["max"]
			if d.Verdict != c.want || !strings.HasPrefix(d.Explanation, c.why) || c.why == "" && d.Explanation != "" {
				t.Errorf("%s (%s), want %s (%s): %+v", d.Verdict, d.Explanation, c.want, c.why, d.Test)
			}
			if d.Agrees != (d.Verdict == Same) {
				t.Error("agrees is not what the verdict says")
			}
		})
	}
}

// The numbers are those of the example, worked by hand: medians 101.5 and 121.5, all 16 differences from 17 to 23.
func TestFiguresByRun(t *testing.T) {
	rows := compared(t, runs(103, 100, 102, 101), runs(120, 123, 121, 122), Options{})
	d := rows["max"]
	near := func(what string, got, want float64) {
		t.Helper()
		if got < want-1e-9 || got > want+1e-9 {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	near("base", d.Base.Number, 0.1015)
	near("head", d.Head.Number, 0.1215)
	near("delta", d.Delta, 0.02)
	change, ok := d.Change()
	near("change", change, 0.02/0.1015)
	near("p", d.Test.P, 2.0/70)
	near("shift", d.Test.Shift, 0.02)
	near("low", d.Test.Low, 0.017)
	near("high", d.Test.High, 0.023)
	near("margin", d.Test.Margin, 0.05*0.1015)
	if !ok || !d.Test.Bounded || fmt.Sprint(d.Test.Base) != "[0.103 0.1 0.102 0.101]" || d.Direction != profile.LowerIsBetter {
		t.Errorf("%+v %+v", d, d.Test)
	}
	// What is planned is no success, and what has no better direction only changes.
	if pv := rows["pv"]; pv.Direction != profile.Neutral || pv.Verdict != Same || pv.Explanation != "equal" {
		t.Errorf("%+v", pv)
	}
	if page := rows[`page "/".p95`]; page.Page != "/" || page.Figure != "p95" || page.Verdict != Worse {
		t.Errorf("%+v", page)
	}
	longer := compared(t, runs(100, 100, 100, 100), []*profile.Profile{load{seconds: 2, rate: 100, took: steady(100)}.run(), load{seconds: 2, rate: 100, took: steady(100)}.run(),
		load{seconds: 2, rate: 100, took: steady(100)}.run(), load{seconds: 2, rate: 100, took: steady(100)}.run()}, Options{})
	if d := longer["bytes"]; d.Verdict != Changed || d.Delta != 10_000 {
		t.Errorf("%+v", d)
	}
	// Six runs are enough for an interval of the median: all but nothing at each end.
	six := compared(t, runs(1, 2, 3, 4, 5, 6), runs(1, 2, 3, 4, 5, 6), Options{})["max"]
	if !six.Base.Estimated || six.Base.Low != 0.001 || six.Base.High != 0.006 {
		t.Errorf("%+v", six.Base)
	}
	if five := compared(t, runs(1, 2, 3, 4, 5), runs(1, 2, 3, 4, 5), Options{})["max"]; five.Base.Estimated {
		t.Errorf("%+v", five.Base)
	}
}

func TestVerdictsBySlice(t *testing.T) {
	one := func(l load) []*profile.Profile { return []*profile.Profile{l.run()} }
	drift := func(second, _ int) time.Duration { return time.Duration(100+5*second) * time.Millisecond }
	slowerDrift := func(second, i int) time.Duration { return 5 * drift(second, i) }
	burst := func(second, i int) time.Duration {
		if second == 4 {
			return 2 * time.Second
		}
		return noisy(100, 0.1, uint64(i))(0, 0)
	}
	base := load{seconds: 30, rate: 40, took: noisy(100, 0.1, 1), failEvery: 10}
	for _, c := range []struct {
		name, metric string
		base, head   load
		want         Verdict
		why          string
	}{
		{"slower", "p50", base, load{seconds: 30, rate: 40, took: noisy(120, 0.1, 2)}, Worse, ""},
		{"faster", "service.p95", base, load{seconds: 30, rate: 40, took: noisy(80, 0.1, 2)}, Better, ""},
		{"the same", "mean", base, load{seconds: 30, rate: 40, took: noisy(100, 0.1, 2)}, Same, ""},
		{"fewer errors", "errors", base, load{seconds: 30, rate: 40, took: noisy(100, 0.1, 2)}, Better, ""},
		{"the rate that was asked", "rate", base, load{seconds: 30, rate: 40, took: noisy(100, 0.1, 2)}, Same, ""},
		{"half the rate", "rate", base, load{seconds: 30, rate: 20, took: noisy(100, 0.1, 2)}, Worse, ""},
		{"of other lengths", "p50", base, load{seconds: 100, rate: 40, took: noisy(120, 0.1, 2)}, Worse, ""},
		{"a drift", "p50", base, load{seconds: 30, rate: 40, took: drift}, Inconclusive, "above base, but head drifts within its run, as when a queue grows or a cache fills, and the test does not hold: repeat the runs, 4 or more a side"},
		{"a queue grows", "p50", load{seconds: 30, rate: 40, took: noisy(1, 0.1, 1)}, load{seconds: 30, rate: 40, took: drift}, Inconclusive, "far above base, but head drifts"},
		{"a queue shrank", "p99", load{seconds: 30, rate: 100, took: drift}, load{seconds: 30, rate: 100, took: noisy(1, 0.1, 1)}, Inconclusive, "far below base, but base drifts"},
		{"queues grow", "mean", load{seconds: 30, rate: 40, took: drift}, load{seconds: 30, rate: 40, took: slowerDrift}, Inconclusive, "far above base, but each side drifts"},
		{"drifts alike", "p50", load{seconds: 30, rate: 40, took: drift}, load{seconds: 30, rate: 40, took: drift}, Inconclusive, "the run drifts"},
		{"a burst", "p99", load{seconds: 30, rate: 100, took: noisy(100, 0.1, 1)}, load{seconds: 30, rate: 100, took: burst}, Inconclusive, "the whole has changed, and its slices mostly have not"},
		{"too short", "p50", load{seconds: 7, rate: 40, took: steady(100)}, load{seconds: 7, rate: 40, took: steady(101)}, Inconclusive, "7 slices are too few: it takes 8"},
		{"too few requests", "p99.9", base, base, Inconclusive, "too few requests a slice: it takes 1000"},
		{"no slices have it", "max", base, load{seconds: 30, rate: 40, took: noisy(120, 0.1, 2)}, Inconclusive, "one run a side"},
		{"equal without slices", "pv", base, base, Same, "equal"},
		{"after the warmup", "p50", load{seconds: 30, rate: 40, took: noisy(100, 0.1, 1), warmup: 10 * time.Second},
			load{seconds: 30, rate: 40, warmup: 10 * time.Second, took: func(second, i int) time.Duration {
				if second < 10 {
					return time.Second
				}
				return noisy(100, 0.1, uint64(i))(0, 0)
			}}, Same, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := compared(t, one(c.base), one(c.head), Options{})[c.metric]
			if d.Verdict != c.want || !strings.HasPrefix(d.Explanation, c.why) || c.why == "" && d.Explanation != "" && d.Explanation != "equal" {
				t.Errorf("%s (%s), want %s (%s): %+v", d.Verdict, d.Explanation, c.want, c.why, d.Test)
			}
		})
	}
	c, err := BaseHead(one(base), one(load{seconds: 100, rate: 40, took: steady(3)}), Options{})
	if err != nil || c.Sampling != BySlice || c.Width != 2*time.Second || c.Tested() < 8 {
		t.Errorf("%v: %+v", err, c)
	}
	for _, d := range c.Differences {
		if d.Test != nil && (len(d.Test.Base) != 15 || len(d.Test.Head) != 50) {
			t.Errorf("%s: %d and %d slices", d.Metric, len(d.Test.Base), len(d.Test.Head))
		}
	}
}

// Without any change, about as many verdicts are wrong as alpha says, and none when effects have to matter, too.
func TestFalseAlarms(t *testing.T) {
	significant, alarms, tested := 0, 0, 0
	r := rand.New(rand.NewPCG(7, 7))
	draw := func() []*profile.Profile {
		var all []*profile.Profile
		for range 8 {
			all = append(all, load{seconds: 1, rate: 1, took: steady(1000 + int(r.NormFloat64()*20))}.run())
		}
		return all
	}
	for range 80 {
		d := compared(t, draw(), draw(), Options{Pages: -1})["max"]
		tested++
		if d.Test.P <= 0.05 {
			significant++
		}
		if d.Verdict == Worse || d.Verdict == Better {
			alarms++
		}
	}
	if significant > tested/8 || alarms > 0 {
		t.Errorf("of %d, %d are significant and %d are alarms", tested, significant, alarms)
	}
}

func TestBaseHeadRefuses(t *testing.T) {
	one := runs(100)
	same := []*profile.Profile{load{id: "x", seconds: 1, rate: 1, took: steady(1)}.run(), load{id: "x", seconds: 1, rate: 1, took: steady(1)}.run()}
	for want, err := range map[string]error{
		"base has from 1 to 64 runs, not 0":      second(BaseHead(nil, one, Options{})),
		"head has from 1 to 64 runs, not 65":     second(BaseHead(one, runs(make([]int, 65)...), Options{})),
		"alpha is above 0 and at most 0.5":       second(BaseHead(one, one, Options{Alpha: 0.6})),
		"the margin is a share above 0":          second(BaseHead(one, one, Options{Margin: 1})),
		"head: the same run or content (x) is":   second(BaseHead(one, same, Options{})),
		"base: the same run or content (x) is i": second(BaseHead(same, one, Options{})),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func second(_ *Comparison, err error) error { return err }

func TestNoDataOnASide(t *testing.T) {
	log := profile.NewLogRecorder(time.UTC, profile.Limits{})
	log.Add(&profile.Hit{Time: 1e18, Status: 200, Page: []byte("/"), PageView: true, HasVisitor: true, Visitor: 1})
	rows := compared(t, runs(100), []*profile.Profile{log.Profile()}, Options{})
	if d := rows["p95"]; d.Base == nil || d.Head != nil || d.Verdict != Inconclusive || d.Explanation != "head has no data" || d.Agrees || d.Test != nil {
		t.Errorf("%+v", d)
	}
	if d := rows["lines.read"]; d.Base != nil || d.Head == nil || d.Explanation != "base has no data" {
		t.Errorf("%+v", d)
	}
	if _, there := rows["seen.pv"]; there {
		t.Error("a row of nothing")
	}
	d := compared(t, append(runs(100), profile.NewAttackRecorder(1, profile.Limits{}).Profile()), runs(1, 2), Options{})["p95"]
	if d.Base != nil || d.Explanation != "1 of 2 runs of base have no data" {
		t.Errorf("%+v", d)
	}
}

func TestUnlike(t *testing.T) {
	f := func(want string, change func(p *profile.Profile)) {
		t.Helper()
		base, head := runs(100), runs(100)
		change(head[0])
		var got []string
		for _, w := range Unlike(base, head) {
			got = append(got, w.Code+": "+strings.TrimPrefix(w.Text, "base and head are not alike: "))
		}
		if s := strings.Join(got, "\n"); s != want {
			t.Errorf("%s, want %s", s, want)
		}
	}
	f("", func(*profile.Profile) {})
	f("unlike_target: the targets are unnamed and http://b", func(p *profile.Profile) { p.Target = "http://b" })
	f("unlike_plan: the plans are c0ffee and 0123456789ab\nunlike_planned_pv: the planned PV are 100 and 7\nunlike_planned_uv: the planned UV are 50 and 3\nunlike_planned_duration: the planned durations are 1s and 1m0s",
		func(p *profile.Profile) {
			p.Planned.Hash, p.Planned.Hits, p.Planned.UV, p.Planned.Duration = "0123456789abcdef", 7, 3, time.Minute
		})
	f("unlike_plan: the plans are c0ffee and none", func(p *profile.Profile) { p.Planned = nil })
	f("unlike_shards: the parts of the plan are all and 1 of 2", func(p *profile.Profile) { p.Planned.ShardCount = 2 })
	f("unlike_version: the versions of loadx that measured are unknown and 1.2.3", func(p *profile.Profile) { p.MadeBy = "1.2.3" })
	f("unlike_part: the figures are of the whole and what is from +3s on", func(p *profile.Profile) { p.Measured = &profile.Measured{From: 3 * time.Second} })
	f("unlike_part: the figures are of the whole and what is from +3s to +4s",
		func(p *profile.Profile) { p.Measured = &profile.Measured{From: 3 * time.Second, To: 4 * time.Second} })
	f("unlike_uv: visitors are told apart by nothing and ip", func(p *profile.Profile) { p.Definitions.VisitorKey = "ip" })
	f("unlike_source: the sources are attack and access log",
		func(p *profile.Profile) { p.Source, p.Planned = profile.AccessLog, nil })
	// Runs of a side among each other: what both sides have alike is told of both, what they have not of each.
	to := func(targets ...string) []*profile.Profile {
		all := runs(make([]int, len(targets))...)
		for i, p := range all {
			p.Target = targets[i]
		}
		return all
	}
	for _, c := range []struct {
		base, head []*profile.Profile
		want       string
	}{
		{to("a", "b"), to("b", "a", "b"), "the runs of each side are not alike: the targets are a, b"},
		{to("a", "b", "c", "d"), to("b"), "base and head are not alike: the targets are a, b and 2 more against b"},
		{to("a", "b", "c"), to("a"), "base and head are not alike: the targets are a, b, c against a"},
	} {
		if all := Unlike(c.base, c.head); len(all) != 1 || all[0].Text != c.want {
			t.Errorf("%+v, want %s", all, c.want)
		}
	}
	p := []*profile.Profile{load{id: "x", seconds: 1, rate: 1, took: steady(1)}.run()}
	if all := Unlike(p, p); len(all) != 1 || all[0].Code != "same_run" {
		t.Errorf("%+v", all)
	}
}

// What can't be trusted makes invalid what is held against it.
func TestUntrusted(t *testing.T) {
	base := runs(100, 100)
	if all := Untrusted("base", base); all != nil {
		t.Errorf("%+v", all)
	}
	base[1].Interrupted = true
	base[0].Warn(profile.Warning{Text: "the tool was the limit", Invalidates: true})
	all := Untrusted("base", base)
	if len(all) != 2 || all[0].Text != "run 1 of base: the tool was the limit" || all[1].Text != "run 2 of base was interrupted" || !all[0].Invalidates || !all[1].Invalidates {
		t.Errorf("%+v", all)
	}
	c, err := BaseHead(base, runs(100), Options{})
	if err != nil || len(c.Warnings()) != 2 {
		t.Errorf("%v: %+v", err, c.Warnings())
	}
}
