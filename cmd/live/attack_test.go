package live_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/cmd/live"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/columns"
	"github.com/loadx/loadx/profile/gate"
)

var update = flag.Bool("update", false, "write the golden files")

// underWay is an attack of 1,000 views a second which after 20 seconds of a minute answers more slowly every second.
func underWay() *live.Attack {
	r := profile.NewAttackRecorder(75_000, profile.Limits{})
	for s := range 33 {
		for i := range 10 {
			due := time.Duration(s)*time.Second + time.Duration(i)*10*time.Millisecond
			took := 5 * time.Millisecond
			if s >= 20 {
				took *= time.Duration(s - 18)
			}
			r.Add(&profile.Hit{Time: int64(due) + 1, Page: []byte("/"), Method: []byte("GET"), Status: 200, PageView: true,
				Due: due, Sent: due, Done: due + took, Final: true})
		}
	}
	return &live.Attack{
		Command: "attack", What: "launch-day → http://127.0.0.1:8080",
		Timeline: r.Profile().Timeline,
		Now: attack.Progress{
			Elapsed: 32 * time.Second, Left: 28 * time.Second, Planned: 60_000, Sent: 31_990, InFlight: 12, UV: 9_004, PlannedUV: 15_000,
			Asked: 1000, Achieved: 998.6, Late: 3, Failed: 205,
			Errors:   map[profile.ErrorClass]uint64{profile.ErrStatus: 190, profile.ErrTimeout: 15},
			Response: attack.Percentiles{P50: 5 * time.Millisecond, P95: 41_200 * time.Microsecond, P99: 63_100 * time.Microsecond, Count: 31_990},
			Recent:   attack.Percentiles{P50: 58 * time.Millisecond, P95: 66_400 * time.Microsecond, P99: 1200 * time.Millisecond, Count: 5_000},
		},
		Gates: []live.Gate{
			{Expr: "p95 < 50ms", Standing: gate.Holding, Actual: "41.2ms"}, {Expr: "errors < 0.1%", Standing: gate.Failing, Actual: "0.6408%"},
			{Expr: "uv == 15000", Standing: gate.Open, Actual: "9004"}, {Expr: "status.5xx == 0", Standing: gate.Missed, Actual: "190"},
			{Expr: "dropped == 0", Standing: gate.Open},
		},
	}
}

func text(lines []live.Line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	return b.String()
}

func TestAttackLines(t *testing.T) {
	for _, c := range []struct {
		width, height int
		change        func(a *live.Attack)
		name          string
	}{
		{79, 39, nil, "80"}, {199, 49, nil, "200"}, {39, 39, nil, "40"}, {79, 9, nil, "low"}, {79, 4, nil, "lower"},
		{79, 39, func(a *live.Attack) {
			*a = live.Attack{Command: "attack", What: "http://127.0.0.1/", Now: attack.Progress{Elapsed: 200 * time.Millisecond, InFlight: 10}}
		}, "start"},
		{79, 39, func(a *live.Attack) {
			a.Now.Draining, a.Now.Left, a.Now.Asked, a.Now.Failed, a.Now.Errors = true, 0, 0, 0, nil
		}, "draining"},
		{79, 39, func(a *live.Attack) {
			a.Command, a.What, a.Now.Warmup = "capacity, step 3 at 400/s", "店舗 → http://127.0.0.1/商品/一覧/とても長い/とても長い/道", 3*time.Second
			a.Gates[0].Expr = `page "/店舗/商品/とても長い/とても長い/とても長い/とても長い/道".p95 < 50ms`
		}, "wide"},
	} {
		a := underWay()
		if c.change != nil {
			c.change(a)
		}
		got := text(a.Lines(c.width, c.height))
		golden := filepath.Join("testdata", c.name+".txt")
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || got != string(want) {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, err, got, want)
		}
	}
}

// Whatever the room and whatever the names, nothing is wider or higher than the terminal, and what is there is nothing but
// text and the screen's own codes.
func TestAttackFits(t *testing.T) {
	own := regexp.MustCompile(`\x1b\[(\d+m|\d+A|[JK])`)
	for _, what := range []string{"a", "\x1b[2J\x1b]0;x\x07\r\n\u202e\u2028\xff" + strings.Repeat("x", 300), strings.Repeat("店", 200), strings.Repeat("👩‍👩‍👧‍👦e\u0301", 99)} {
		a := underWay()
		a.What = what
		for i := range a.Gates {
			a.Gates[i].Expr, a.Gates[i].Actual = what, what
		}
		for height := 1; height < 20; height++ {
			for width := 1; width <= 210; width += 1 + width/20 {
				var out bytes.Buffer
				s := live.NewScreen(&out, func() (int, int) { return width + 1, height + 1 })
				s.Draw(a.Lines(s.Size()))
				plain := own.ReplaceAllString(out.String(), "")
				rows := strings.Split(plain, "\r\n")
				if len(rows) > height {
					t.Fatalf("%d rows in %d", len(rows), height)
				}
				for _, row := range rows {
					if n := columns.Of(row); n > width || !utf8.ValidString(row) || strings.ContainsAny(row, "\x1b\r\n\x07\u202e") {
						t.Fatalf("%d columns in %d: %q", n, width, row)
					}
				}
			}
		}
	}
}

func TestAttackText(t *testing.T) {
	a := underWay()
	const want = "32s  PV 31990/60000  UV 9004  999/s of 1000/s  p50 5ms  p95 41.2ms  p99 63.1ms  errors 205  gates 2 FAIL 1 pass 2 open  left 28s"
	if got := a.Text(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	a = &live.Attack{Now: attack.Progress{Elapsed: time.Second, Sent: 3, UV: 2, Achieved: 3}}
	if got := a.Text(); got != "1s  PV 3  UV 2  3/s  errors 0" {
		t.Error(got)
	}
}

func ExampleAttack_Lines() {
	a := live.Attack{Command: "attack", What: "http://127.0.0.1:8080/", Now: attack.Progress{
		Elapsed: 15 * time.Second, Left: 45 * time.Second, Planned: 60_000, Sent: 15_000, InFlight: 4, UV: 3_750, Asked: 1000, Achieved: 1000,
	}}
	for _, l := range a.Lines(60, 8) {
		fmt.Println(l)
	}
	// Output:
	// loadx attack  http://127.0.0.1:8080/
	// ━━━━━━━━────────────────────────  25%  15s of 1m0s, 45s left
	// rate       1,000/s of 1,000/s asked
	// sent       PV 15,000 of 60,000   UV 3,750   in flight 4
	// response          p50       p95       p99
	//   last 5s           -         -         -
	//   whole run         -         -         -
	// errors     0
}
