package traffic_test

import (
	"fmt"
	"time"

	"github.com/loadx/loadx/scenarios/traffic"
)

func Example() {
	plan, err := traffic.Spec{
		PV: 1_000_000_000_000, UV: 250_000_000_000, Duration: 24 * time.Hour,
		Law: traffic.Law{Kind: traffic.Zipf, S: 1.1}, Seed: 42,
	}.Compile()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, n := range []uint64{0, 4, plan.PV() / 2} {
		v := plan.Visit(n)
		fmt.Printf("hit %d: due %v, user %d, new %v; %d users so far\n", n, v.Due, v.User, v.New, plan.Known(n))
	}
	// Output:
	// hit 0: due 0s, user 0, new true; 1 users so far
	// hit 4: due 345ns, user 1, new true; 2 users so far
	// hit 500000000000: due 12h0m0s, user 125000000000, new true; 125000000001 users so far
}

func ExamplePlan_Cursor() {
	plan, err := traffic.Spec{PV: 6, UV: 3, Rate: 2}.Compile()
	if err != nil {
		fmt.Println(err)
		return
	}
	for index := range uint64(2) {
		shard := traffic.Shard{Index: index, Count: 2}
		fmt.Printf("shard %d has %d users\n", index, plan.Users(shard))
		for c := plan.Cursor(shard); ; {
			v, ok := c.Next()
			if !ok {
				break
			}
			fmt.Printf("  hit %d at %v by user %d\n", v.N, v.Due, v.User)
		}
	}
	// Output:
	// shard 0 has 2 users
	//   hit 0 at 0s by user 0
	//   hit 1 at 500ms by user 0
	//   hit 2 at 1s by user 1
	//   hit 3 at 1.5s by user 0
	//   hit 5 at 2.5s by user 1
	// shard 1 has 1 users
	//   hit 4 at 2s by user 2
}

func ExampleSpec_Compile_errors() {
	_, err := traffic.Spec{PV: 1000, UV: 2000, Shape: traffic.Sine{Period: time.Minute, Amplitude: 2}}.Compile()
	for _, e := range err.(traffic.SpecErrors) {
		fmt.Printf("%s: %s (%s)\n", e.Field, e.Problem, e.Hint)
	}
	// Output:
	// uv: 2000 users can't appear in pv = 1000 views (every user makes at least one view: lower uv or raise pv)
	// shape.sine.amplitude: 2 is not a ratio of the mean from 0 to 1 (the rate can't fall below 0)
}
