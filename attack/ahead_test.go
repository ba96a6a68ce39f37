package attack

import (
	"testing"
	"time"

	"github.com/loadx/loadx/scenarios"
	"github.com/loadx/loadx/scenarios/traffic"
)

// As many connections are opened ahead as visits are due in the first 20 ms, where connections are shared.
func TestAhead(t *testing.T) {
	rate := func(perSecond traffic.Rate, change func(*scenarios.Scenario)) *scenarios.Plan {
		s := scenarios.Scenario{}
		s.Traffic.Rate, s.Traffic.Duration = perSecond, 10*time.Second
		if change != nil {
			change(&s)
		}
		return planOf(t, s)
	}
	for _, row := range []struct {
		name string
		plan *scenarios.Plan
		want int
	}{
		{"high rate", rate(10_000, nil), 200},
		{"highest rate", rate(200_000, nil), 1024},
		{"cap", rate(10_000, func(s *scenarios.Scenario) { s.MaxInFlight = 50 }), 50},
		{"low rate", rate(50, nil), 0},
		{"by net/http", rate(10_000, func(s *scenarios.Scenario) { s.Connection.HTTP2 = true }), 0},
		{"per user", rate(10_000, func(s *scenarios.Scenario) { s.Connections = scenarios.PerUserConnections }), 0},
	} {
		if _, n := ahead(row.plan); n != row.want {
			t.Errorf("%s: %d connections, want %d", row.name, n, row.want)
		}
	}
}
