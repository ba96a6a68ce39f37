package gate_test

import (
	"fmt"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/gate"
)

func Example() {
	r := profile.NewAttackRecorder(2, profile.Limits{})
	for user := range uint64(2) {
		r.Add(&profile.Hit{User: user, Page: []byte("/"), Status: 200, PageView: true, Final: true, Done: 12 * time.Millisecond})
	}
	p := r.Profile()

	var gates []gate.Gate
	for _, src := range []string{"max < 10ms", "uv == 2", "seen.uv == 2"} {
		g, err := gate.Parse(src)
		if err != nil {
			fmt.Println(err)
			return
		}
		gates = append(gates, g)
	}
	results := gate.JudgeAll(gate.WithDefaults(gates, p), p)
	for _, r := range results {
		fmt.Println(r.Verdict, r.Expr, "actual", r.Actual)
	}
	fmt.Println(gate.Overall(results, p))
	_, err := gate.Parse("p95 =< 10ms")
	fmt.Println(err)
	// Output:
	// fail max < 10ms actual 12ms
	// pass uv == 2 actual 2
	// no_data seen.uv == 2 actual no data
	// pass dropped == 0 actual 0
	// fail
	// gate "p95 =< 10ms": column 5: unknown operator "=<": did you mean "<="?
}
