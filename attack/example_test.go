package attack_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/scenarios"
	"github.com/loadx/loadx/scenarios/traffic"
)

// A site gets 300 page views from 40 users in a tenth of a second.
func Example() {
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer site.Close()
	scenario := scenarios.Scenario{
		Target:  site.URL,
		Traffic: scenarios.Traffic{PV: 300, UV: 40, Duration: 100 * time.Millisecond},
		Pages:   []scenarios.Page{{URL: "/"}},
	}
	plan, err := scenario.Plan(traffic.Shard{})
	if err != nil {
		fmt.Println(err)
		return
	}
	a, err := attack.New(attack.Options{Plan: plan})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := a.Run(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Sent, "sent by", p.UV().Value, "users,", p.Status.Count(200), "answered")
	// Output: 300 sent by 40 users, 300 answered
}
