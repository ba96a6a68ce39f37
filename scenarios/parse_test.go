package scenarios

import (
	"testing"

	"github.com/loadx/loadx/scenarios/traffic"
)

// env is an environment of a test.
type env map[string]string

func (e env) lookUp(name string) (string, bool) {
	value, ok := e[name]
	return value, ok
}

func mustParse(t testing.TB, name, src string, opts Options) *Scenario {
	t.Helper()
	s, err := Parse(name, []byte(src), opts)
	if err != nil {
		t.Fatalf("%v\n%s", err, detailOf(err))
	}
	return s
}

func detailOf(err error) string {
	if e, ok := err.(*Error); ok {
		return e.Detail()
	}
	return ""
}

func mustPlan(t testing.TB, s *Scenario) *Plan {
	t.Helper()
	p, err := s.Plan(traffic.Shard{})
	if err != nil {
		t.Fatalf("%v\n%s", err, detailOf(err))
	}
	return p
}
