package gate

import (
	"testing"
	"time"

	"github.com/loadx/loadx/profile"
)

// run is an attack of 200 page views in 2 s whose responses all took that long, and of which so many failed.
func run(took time.Duration, failed int) *profile.Profile {
	r := profile.NewAttackRecorder(200, profile.Limits{})
	for i := range 200 {
		due := time.Duration(i) * 10 * time.Millisecond
		h := profile.Hit{Time: int64(1e18) + int64(i), User: uint64(i), Visitor: visitor(i), HasVisitor: true, Page: []byte("/"), Method: []byte("GET"),
			Status: 200, PageView: true, Final: true, Due: due, Sent: due, Done: due + took}
		if i < failed {
			h.Status, h.Error = 500, profile.ErrStatus
		}
		r.Add(&h)
	}
	p := r.Profile()
	p.Elapsed = 2 * time.Second
	p.Planned = &profile.Planned{Hits: 200, UV: 200, Population: 200, Shards: []uint64{0}, ShardCount: 1}
	return p
}

func TestJudgeAgainstBaseline(t *testing.T) {
	base, head := run(100*time.Millisecond, 2), run(105*time.Millisecond, 4) // 1 % and 2 % failed
	for _, c := range []struct{ gate, verdict, actual, limit string }{
		{"max <= baseline + 5%", "pass", "105ms", "105ms (baseline 100ms)"},
		{"max < baseline + 5%", "fail", "105ms", "105ms (baseline 100ms)"},
		{"max <= baseline + 4.999%", "fail", "105ms", "104.999ms (baseline 100ms)"},
		{"max <= baseline * 1.05", "pass", "105ms", "105ms (baseline 100ms)"},
		{"max <= 105% of baseline", "pass", "105ms", "105ms (baseline 100ms)"},
		{"max <= baseline + 5ms", "pass", "105ms", "105ms (baseline 100ms)"},
		{"max <= baseline + 5", "pass", "105ms", "105ms (baseline 100ms)"},
		{"max <= baseline", "fail", "105ms", "100ms (baseline 100ms)"},
		{"max > baseline - 1ms", "pass", "105ms", "99ms (baseline 100ms)"},
		{"max < baseline - 1s", "fail", "105ms", "-900ms (baseline 100ms)"},
		{"max within 5% of baseline", "pass", "105ms", "95ms to 105ms (baseline 100ms)"},
		{"max within 4% of baseline", "fail", "105ms", "96ms to 104ms (baseline 100ms)"},
		{"pv == baseline", "pass", "200", "200 (baseline 200)"},
		{"rate >= baseline - 1/s", "pass", "100/s", "99/s (baseline 100/s)"},
		// A percentage of a share is one of the share; percentage points are something else.
		{"errors <= baseline + 50%", "fail", "2%", "1.5% (baseline 1%)"},
		{"errors <= baseline + 100%", "pass", "2%", "2% (baseline 1%)"},
		{"errors <= baseline + 1pp", "pass", "2%", "2% (baseline 1%)"},
		{"errors <= baseline + 0.9pp", "fail", "2%", "1.9% (baseline 1%)"},
		{`page "/".max <= baseline + 5%`, "pass", "105ms", "105ms (baseline 100ms)"},
		{`page "/no".p95 <= baseline + 5%`, "no_data", "no data", "baseline + 5%"},
		{"seen.uv == baseline", "no_data", "no data", "baseline"},
		{"p95 < 1s", "pass", "105ms", "1s"},
	} {
		g := mustParse(t, c.gate)
		r := g.Against(base).Judge(head)
		if r.Verdict.String() != c.verdict || r.Actual != c.actual || r.Limit != c.limit {
			t.Errorf("%s: %s, actual %q, limit %q; want %s, %q, %q", c.gate, r.Verdict, r.Actual, r.Limit, c.verdict, c.actual, c.limit)
		}
		if g.NamesBaseline() && c.verdict != "no_data" {
			if r := g.Judge(head); r.Verdict != NoData || r.Note != "no baseline was given" || !r.LacksBaseline {
				t.Errorf("%s without a baseline: %+v", c.gate, r)
			}
		}
		if g.NamesBaseline() == (c.gate == "p95 < 1s") {
			t.Errorf("%s: names a baseline: %v", c.gate, g.NamesBaseline())
		}
	}
	// What the baseline lacks no head can be held against.
	r := mustParse(t, "p95 <= baseline + 5%").Against(profile.NewAttackRecorder(1, profile.Limits{}).Profile()).Judge(head)
	if r.Verdict != NoData || r.Note != "the baseline has no such data" || r.Actual != "no data" || r.Limit != "baseline + 5%" {
		t.Errorf("an empty baseline: %+v", r)
	}
}

// Of several runs the median counts, on both sides, and one without data leaves none.
func TestJudgeRuns(t *testing.T) {
	ms := func(n int) *profile.Profile { return run(time.Duration(n)*time.Millisecond, 0) }
	base := []*profile.Profile{ms(300), ms(100), ms(90)}
	g := mustParse(t, "max <= baseline + 10%").Against(base...)
	for _, c := range []struct {
		heads   []*profile.Profile
		verdict Verdict
		actual  string
	}{
		{[]*profile.Profile{ms(500), ms(110), ms(20)}, Pass, "110ms"},
		{[]*profile.Profile{ms(500), ms(111), ms(20)}, Fail, "111ms"},
		{[]*profile.Profile{ms(108), ms(112)}, Pass, "110ms"},
		{[]*profile.Profile{ms(50), profile.NewAttackRecorder(1, profile.Limits{}).Profile()}, NoData, "no data"},
	} {
		if r := g.JudgeRuns(c.heads...); r.Verdict != c.verdict || r.Actual != c.actual {
			t.Errorf("%+v, want %s of %s", r, c.verdict, c.actual)
		}
	}
	// A share of the plan needs one plan.
	other := ms(100)
	other.Planned.Hits = 300
	if r := mustParse(t, "pv >= 99% of plan").JudgeRuns(ms(100), ms(100)); r.Verdict != Pass {
		t.Errorf("%+v", r)
	}
	if r := mustParse(t, "pv >= 50% of plan").JudgeRuns(ms(100), other); r.Verdict != NoData {
		t.Errorf("of two plans: %+v", r)
	}
}

// A baseline that is an estimate says so where it matters.
func TestEstimatedBaseline(t *testing.T) {
	base := sketched(t) // about 5,000 visitors
	e := base.UV()
	exact := func(n uint64) *profile.Profile {
		r := profile.NewLogRecorder(time.UTC, profile.Limits{})
		for i := range n {
			r.Add(&profile.Hit{Time: 1, Visitor: visitor(int(i)), HasVisitor: true, PageView: true, Status: 200})
		}
		return r.Profile()
	}
	for _, c := range []struct {
		gate    string
		uv      uint64
		verdict Verdict
		shaky   bool
	}{
		{"uv == baseline", e.Low, Pass, false}, {"uv == baseline", e.Low - 1, Fail, false}, {"uv == baseline", e.High + 1, Fail, false},
		{"uv >= baseline", e.Value, Pass, true}, {"uv >= baseline", e.High + 1, Pass, false}, {"uv >= baseline", e.Low - 1, Fail, false},
		{"uv >= baseline - 50%", e.Value, Pass, false}, {"uv within 20% of baseline", e.Value, Pass, false}, {"uv within 0.1% of baseline", e.Value, Pass, true},
	} {
		r := mustParse(t, c.gate).Against(base).Judge(exact(c.uv))
		if r.Verdict != c.verdict || (r.Note != "") != c.shaky {
			t.Errorf("%s of %d against %+v: %+v, want %s, shaky %v", c.gate, c.uv, e, r, c.verdict, c.shaky)
		}
	}
}

// An expectation on a baseline stops a run like any other.
func TestLostAgainstBaseline(t *testing.T) {
	base := run(100*time.Millisecond, 2)
	g := mustParse(t, "status.5xx <= baseline").Against(base)
	if _, lost := g.Lost(run(time.Millisecond, 3)); !lost {
		t.Error("a third failure is not noticed")
	}
	if _, lost := g.Lost(run(time.Millisecond, 2)); lost {
		t.Error("as many failures as the baseline had are too many")
	}
	if _, lost := mustParse(t, "status.5xx <= baseline").Lost(run(time.Millisecond, 3)); lost {
		t.Error("lost without a baseline")
	}
}
