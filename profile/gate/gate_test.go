package gate

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
)

func visitor(i int) uint64 { return uv.HashString(fmt.Sprint("u", i)) }

// attacked is an attack of 1,000 page views by 250 users in 10 s: every response took 100 ms but the slowest, which took
// 250.0004 ms and failed with status 500.
func attacked(t testing.TB) *profile.Profile {
	t.Helper()
	r := profile.NewAttackRecorder(250, profile.Limits{})
	for i := range 1000 {
		h := profile.Hit{
			Time: int64(1e18) + int64(i), User: uint64(i % 250), Visitor: visitor(i % 250), HasVisitor: true,
			Page: []byte("/"), Method: []byte("GET"), Status: 200, Bytes: 1536, PageView: true, Final: true,
			Due: time.Duration(i) * 10 * time.Millisecond,
		}
		h.Sent = h.Due
		h.Done = h.Sent + 100*time.Millisecond
		switch i {
		case 500:
			h.Status, h.Error, h.Page = 500, profile.ErrStatus, []byte("/item")
			h.Done = h.Sent + 250*time.Millisecond + 400*time.Nanosecond
		case 501:
			h.Page = []byte("/item")
		}
		r.Add(&h)
	}
	p := r.Profile()
	p.Elapsed = 10 * time.Second
	p.Planned = &profile.Planned{Hits: 1001, UV: 250, Population: 250, Shards: []uint64{0}, ShardCount: 1}
	return p
}

// sketched is a log of 5,000 visitors of which 100 are counted exactly, so that UV is an estimate.
func sketched(t testing.TB) *profile.Profile {
	t.Helper()
	r := profile.NewLogRecorder(time.UTC, profile.Limits{ExactVisitors: 100})
	for i := range 5000 {
		r.Add(&profile.Hit{Time: int64(1e18) + int64(i)*1e9, Visitor: visitor(i), HasVisitor: true,
			Page: []byte("/"), Method: []byte("GET"), Status: 200, PageView: true})
	}
	return r.Profile()
}

func mustParse(t testing.TB, src string) Gate {
	t.Helper()
	g, err := Parse(src)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestJudge(t *testing.T) {
	p := attacked(t)
	for _, c := range []struct {
		gate, verdict, actual, limit string
	}{
		// Every operator below, at and above the limit.
		{"pv < 999", "fail", "1000", "999"}, {"pv < 1000", "fail", "1000", "1000"}, {"pv < 1001", "pass", "1000", "1001"},
		{"pv <= 999", "fail", "1000", "999"}, {"pv <= 1000", "pass", "1000", "1000"}, {"pv <= 1001", "pass", "1000", "1001"},
		{"pv > 999", "pass", "1000", "999"}, {"pv > 1000", "fail", "1000", "1000"}, {"pv > 1001", "fail", "1000", "1001"},
		{"pv >= 999", "pass", "1000", "999"}, {"pv >= 1000", "pass", "1000", "1000"}, {"pv >= 1001", "fail", "1000", "1001"},
		{"pv == 999", "fail", "1000", "999"}, {"pv == 1000", "pass", "1000", "1000"}, {"pv == 1001", "fail", "1000", "1001"},
		{"pv != 999", "pass", "1000", "999"}, {"pv != 1000", "fail", "1000", "1000"}, {"pv != 1001", "pass", "1000", "1001"},
		{"pv within 1% of 990", "fail", "1000", "980.1 to 999.9"}, {"pv within 1% of 1_010", "pass", "1000", "999.9 to 1020.1"},
		{"pv within 10% of 1000", "pass", "1000", "900 to 1100"}, {"pv within 0% of 1000", "pass", "1000", "1000 to 1000"},

		// Every unit.
		{"max < 250ms", "fail", "250.0004ms", "250ms"}, {"max <= 250.0004ms", "pass", "250.0004ms", "250.0004ms"},
		{"max == 250ms", "fail", "250.0004ms", "250ms"}, {"max > 250ms", "pass", "250.0004ms", "250ms"},
		{"max<250", "fail", "250.0004ms", "250ms"}, {"max < 0.3s", "pass", "250ms", "300ms"}, {"min == 100000us", "pass", "100ms", "100ms"},
		{"min == 100_000_000ns", "pass", "100ms", "100ms"}, {"duration <= 10s", "pass", "10s", "10s"}, {"duration < 0.5h", "pass", "10s", "30m"},
		{"max within 1% of 250ms", "pass", "250ms", "247.5ms to 252.5ms"},
		{"errors < 0.1%", "fail", "0.1%", "0.1%"}, {"errors <= 0.1%", "pass", "0.1%", "0.1%"}, {"errors <= 0.001", "pass", "0.1%", "0.1%"},
		{"errors <= 0.0009", "fail", "0.1%", "0.09%"}, {"errors == 0", "fail", "0.1%", "0%"}, {"errors < 100%", "pass", "0.1%", "100%"},
		{"rate >= 100/s", "pass", "100/s", "100/s"}, {"rate == 6_000/m", "pass", "100/s", "6000/m"}, {"rate > 360000/h", "fail", "100/s", "360000/h"},
		{"bytes == 1536000", "pass", "1536000 B", "1536000B"}, {"bytes <= 2_000kB", "pass", "1.46 MiB", "2000kB"},
		{"bytes > 1.464 MiB", "pass", "1536000 B", "1.464MiB"}, {"bytes == 1500KiB", "pass", "1536000 B", "1500KiB"},

		// The plan, of 1,001 views and 250 users.
		{"pv == plan", "fail", "1000", "1001"}, {"uv == plan", "pass", "250", "250"}, {"uv within 1% of plan", "pass", "250", "247.5 to 252.5"},
		{"pv >= 99.9% of plan", "pass", "1000", "999.999"}, {"sent >= 99.91% of plan", "fail", "1000", "1000.0991"},

		// Names of every kind.
		{"p(95)<100.1", "pass", "100ms", "100.1ms"}, {"service.p99 < 20ms", "fail", "100ms", "20ms"}, {"service.p(50) <= 101ms", "pass", "100ms", "101ms"},
		{"status.5xx == 0", "fail", "1", "0"}, {"status.500 == 1", "pass", "1", "1"}, {"status.404 == 0", "pass", "0", "0"},
		{"errors.status == 1", "pass", "1", "1"}, {"errors.timeout == 0", "pass", "0", "0"}, {"dropped == 0", "pass", "0", "0"},
		{`page "/item".max > 250ms`, "pass", "250.0004ms", "250ms"}, {`page "/item".hits == 2`, "pass", "2", "2"},
		{`page "/item".errors == 50%`, "pass", "50%", "50%"}, {`page "/item".uv == 2`, "pass", "2", "2"},

		// What was not measured neither passes nor fails.
		{"server.p95 < 1h", "no_data", "no data", "1h"}, {"seen.uv == 250", "no_data", "no data", "250"}, {"lines.bad == 0", "no_data", "no data", "0"},
		{`page "/no".p95 < 1h`, "no_data", "no data", "1h"}, {"seen.pv == plan", "no_data", "no data", "1001"},
	} {
		t.Run(c.gate, func(t *testing.T) {
			r := mustParse(t, c.gate).Judge(p)
			if r.Verdict.String() != c.verdict || r.Actual != c.actual || r.Limit != c.limit || r.Expr != c.gate {
				t.Errorf("%+v, want %s with actual %q and limit %q", r, c.verdict, c.actual, c.limit)
			}
			if (r.Note != "") != (r.Verdict == NoData) {
				t.Errorf("note %q", r.Note)
			}
		})
	}
}

func TestNotesWithoutData(t *testing.T) {
	p := attacked(t)
	p.Planned = nil
	empty := profile.NewAttackRecorder(1, profile.Limits{}).Profile()
	for _, c := range []struct {
		gate string
		p    *profile.Profile
		note string
	}{
		{"pv == plan", p, "there is no plan"},
		{"seen.uv == 1", p, "no log of the server was read"},
		{`page "/x".hits == 1`, p, "the page has no such data"},
		{"server.p95 < 1s", p, "the traffic has no such data"},
		{"p95 < 1s", empty, "nothing was measured"},
	} {
		if r := mustParse(t, c.gate).Judge(c.p); r.Verdict != NoData || r.Note != c.note {
			t.Errorf("%s: %v with note %q, want no_data with %q", c.gate, r.Verdict, r.Note, c.note)
		}
	}
}

// A run that sent nothing must not pass by its lack of failures.
func TestNothingMeasuredPassesNothing(t *testing.T) {
	for _, p := range []*profile.Profile{
		profile.NewAttackRecorder(10, profile.Limits{}).Profile(),
		profile.NewLogRecorder(time.UTC, profile.Limits{}).Profile(),
	} {
		for _, src := range []string{"status.5xx == 0", "status.500 < 1", "errors == 0", "errors.timeout == 0", "errors < 1%", "dropped == 0",
			"late == 0", "retries == 0", "p95 < 250ms", "max < 1h", "rate >= 0/s", "duration < 1h", "without_key == 0", "bytes < 1GB"} {
			if r := mustParse(t, src).Judge(p); r.Verdict != NoData {
				t.Errorf("%s of nothing, %s: %v (actual %s)", src, p.Source, r.Verdict, r.Actual)
			}
		}
		if r := mustParse(t, "pv >= 1").Judge(p); r.Verdict == Pass {
			t.Errorf("%s: pv >= 1 passes on nothing", p.Source)
		}
	}
}

func TestJudgeEstimate(t *testing.T) {
	p := sketched(t)
	e := p.UV()
	if e.Exact || e.Low >= e.Value || e.High <= e.Value {
		t.Fatalf("not an estimate: %+v", e)
	}
	actual := fmt.Sprintf("%d (%d to %d)", e.Value, e.Low, e.High)
	for _, c := range []struct {
		op      string
		limit   uint64
		verdict Verdict
		warns   bool
	}{
		{"==", e.Low - 1, Fail, false}, {"==", e.Low, Pass, false}, {"==", e.Value, Pass, false}, {"==", e.High, Pass, false}, {"==", e.High + 1, Fail, false},
		{"!=", e.Low, Pass, true}, {"!=", e.Value, Fail, true}, {"!=", e.High + 1, Pass, false},
		{"<", e.Value, Fail, true}, {"<", e.Value + 1, Pass, true}, {"<", e.High + 1, Pass, false}, {"<", e.Low - 1, Fail, false},
		{"<=", e.Value, Pass, true}, {"<=", e.Value - 1, Fail, true}, {">", e.Value, Fail, true}, {">", e.Low - 1, Pass, false},
		{">=", e.Value, Pass, true}, {">=", e.Value + 1, Fail, true}, {">=", e.High + 1, Fail, false},
		{"within 10% of", 5000, Pass, false}, {"within 0% of", e.Value, Pass, true}, {"within 0% of", e.High, Fail, true}, {"within 0.01% of", 9000, Fail, false},
	} {
		src := fmt.Sprintf("uv %s %d", c.op, c.limit)
		r := mustParse(t, src).Judge(p)
		if r.Verdict != c.verdict || (r.Note != "") != c.warns || r.Actual != actual {
			t.Errorf("%s of %+v: %+v, want %v and a warning: %v", src, e, r, c.verdict, c.warns)
		}
	}
}

func TestSeen(t *testing.T) {
	p := attacked(t)
	p.Seen = sketched(t)
	for src, want := range map[string]Verdict{"seen.pv == 5000": Pass, "seen.pv == plan": Fail, "seen.uv within 2% of 5000": Pass, "uv == 250": Pass, "seen.p95 < 1s": NoData} {
		if r := mustParse(t, src).Judge(p); r.Verdict != want {
			t.Errorf("%s: %+v, want %v", src, r, want)
		}
	}
}

func TestSpellStaysOnItsSideOfTheLimit(t *testing.T) {
	for _, c := range []struct {
		gate   string
		q      profile.Quantity
		actual float64
		want   string
	}{
		{"p95 < 1s", profile.Time, 0.9999996, "999.9996ms"},
		{"p95 < 250ms", profile.Time, 0.2504, "250.4ms"},
		{"p95 >= 250.2ms", profile.Time, 0.2504, "250.4ms"},
		{"p95 <= 250ms", profile.Time, 0.25, "250ms"},
		{"p95 <= 251ms", profile.Time, 0.2504, "250ms"},
		{"p95 < 2m", profile.Time, 120.3, "2m0.3s"},
		{"p95 < 2m5s", profile.Time, 124.2, "2m4s"},
		{"duration < 500000h", profile.Time, 1_799_999_999.9, "499999h59m59.9s"},
		{"p95 < 100ns", profile.Time, 100e-9, "100ns"},
		{"errors < 0.1%", profile.Ratio, 0.00100000004, "0.100000004%"},
		{"errors > 0.1%", profile.Ratio, math.Nextafter(0.001, 1), "0.10000000000000002%"},
		{"rate >= 950/s", profile.PerSecond, 949.9999, "949.9999/s"},
		{"rate >= 950/s", profile.PerSecond, 950, "950/s"},
		{"rate != 950/s", profile.PerSecond, 950.004, "950.004/s"},
		{"bytes < 1MiB", profile.Size, 1<<20 - 1, "1048575 B"},
		{"bytes <= 1MiB", profile.Size, 1 << 20, "1 MiB"},
	} {
		g := mustParse(t, c.gate)
		limit, _, _ := g.bound.of(g.metric, &profile.Profile{}, g.op)
		got := spell(profile.Exactly(c.actual, c.q), limit)
		if got != c.want {
			t.Errorf("%s at %v: %q, want %q", c.gate, c.actual, got, c.want)
		}
	}
}

func TestOverall(t *testing.T) {
	p := attacked(t)
	for _, c := range []struct {
		verdicts []Verdict
		want     Outcome
	}{
		{nil, Passed}, {[]Verdict{Pass, Pass}, Passed}, {[]Verdict{Pass, Fail}, Failed}, {[]Verdict{NoData, Pass}, Failed},
	} {
		var results []Result
		for _, v := range c.verdicts {
			results = append(results, Result{Verdict: v})
		}
		p.Warnings = nil
		if got := Overall(results, p); got != c.want {
			t.Errorf("%v: %s, want %s", c.verdicts, got, c.want)
		}
		p.Warn(profile.Warning{Code: "x"})
		if got := Overall(results, p); got != c.want {
			t.Errorf("%v with a harmless warning: %s, want %s", c.verdicts, got, c.want)
		}
		p.Warn(profile.Warning{Code: "y", Invalidates: true})
		if got := Overall(results, p); got != Invalid {
			t.Errorf("%v of an invalid profile: %s", c.verdicts, got)
		}
	}
	p = attacked(t)
	p.Interrupted = true
	if got := Overall(nil, p); got != Invalid {
		t.Errorf("interrupted: %s", got)
	}
}

func TestWithDefaults(t *testing.T) {
	f := func(p *profile.Profile, want string, given ...string) {
		t.Helper()
		var gates []Gate
		for _, src := range given {
			gates = append(gates, mustParse(t, src))
		}
		var all []string
		for _, r := range JudgeAll(WithDefaults(gates, p), p) {
			all = append(all, r.Expr)
		}
		if got := strings.Join(all, ", "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if len(gates) != len(given) {
			t.Error("the given gates were changed")
		}
	}
	f(attacked(t), "dropped == 0")
	f(attacked(t), "p95 < 1s, dropped == 0", "p95 < 1s")
	f(attacked(t), "dropped==0", "dropped==0")
	f(attacked(t), "dropped <= 5, dropped == 0", "dropped <= 5")
	f(sketched(t), "p95 < 1s", "p95 < 1s")
}

func TestSyntaxErrorIsTyped(t *testing.T) {
	_, err := Parse("p95 =< 1s")
	var syntax *SyntaxError
	if !errors.As(err, &syntax) {
		t.Fatalf("%T", err)
	}
	if want := `gate "p95 =< 1s": column 5: unknown operator "=<": did you mean "<="?`; err.Error() != want {
		t.Errorf("%s, want %s", err, want)
	}
}
