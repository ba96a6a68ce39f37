package scenarios_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/loadx/loadx/scenarios"
	"github.com/loadx/loadx/scenarios/traffic"
)

func Example() {
	const file = `
target: http://127.0.0.1:8080
traffic: {pv: 1_000_000, uv: 250_000, duration: 10m}
identity: {cookie: uid}
pages:
  - get: /
  - get: /item/{zipf 1.1 1..50000}
`
	scenario, err := scenarios.Parse("launch.yaml", []byte(file), scenarios.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	plan, err := scenario.Plan(traffic.Shard{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.PV(), "page views of", plan.UV(), "users in", plan.Duration())
	fmt.Println(plan.Connections(100*time.Millisecond), "connections at 100 ms a response")
	var request scenarios.Request // reused
	cursor := plan.Cursor(traffic.Shard{})
	for range 3 {
		visit, _ := cursor.Next()
		plan.Request(&request, visit)
		fmt.Printf("%v %s %s %s=%s\n", visit.Due, request.Method, request.RequestURI, plan.CountingKey(), plan.AppendCounting(nil, visit))
	}
	// Output:
	// 1000000 page views of 250000 users in 10m0s
	// 167 connections at 100 ms a response
	// 0s GET / cookie:uid=u135420
	// 600µs GET / cookie:uid=u135420
	// 1.2ms GET / cookie:uid=u135420
}

func ExampleError_Detail() {
	_, err := scenarios.Parse("launch.yaml", []byte("target: http://127.0.0.1:8080\ntraffic:\n  pv: 100\n  uv: 1_000\n  durration: 10m\npages:\n  - get: /item/{zipf 1..}\n"), scenarios.Options{})
	var all *scenarios.Error
	if errors.As(err, &all) {
		fmt.Println(err)
		fmt.Print(all.Detail())
	}
	// Output:
	// scenario: launch.yaml:4:7: uv: 1000 users can't appear in pv = 100 views (and 2 more)
	// launch.yaml:4:7: uv: 1000 users can't appear in pv = 100 views
	//     4 |   uv: 1_000
	//       |       ^
	//       hint: every user makes at least one view: lower uv or raise pv
	// launch.yaml:5:3: unknown key "durration"
	//     5 |   durration: 10m
	//       |   ^
	//       hint: did you mean "duration"?
	// launch.yaml:7:16: get: not a range of whole numbers
	//     7 |   - get: /item/{zipf 1..}
	//       |                ^
	//       hint: write it as in 1..50000
}
