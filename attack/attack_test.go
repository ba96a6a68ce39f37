package attack_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run runs an attack to its end.
func run(t testing.TB, o attack.Options) *profile.Profile {
	t.Helper()
	p, err := newAttack(t, o).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checkIdentities(t, p)
	return p
}

// checkIdentities checks what holds of every attack.
func checkIdentities(t testing.TB, p *profile.Profile) {
	t.Helper()
	if p.Planned != nil && p.Planned.Hits != p.Sent+p.Dropped {
		t.Errorf("planned %d, but sent %d and dropped %d", p.Planned.Hits, p.Sent, p.Dropped)
	}
	if p.Hits != p.Sent+p.Redirects+p.Retries {
		t.Errorf("%d hits, but sent %d, redirects %d, retries %d", p.Hits, p.Sent, p.Redirects, p.Retries)
	}
	if n := p.Status.Total() + p.NoStatus; p.Hits != n {
		t.Errorf("%d hits, but %d with a status and %d without", p.Hits, p.Status.Total(), p.NoStatus)
	}
	if p.PageViews != p.Sent {
		t.Errorf("sent %d, but %d page views", p.Sent, p.PageViews)
	}
}

func TestExactPVAndUV(t *testing.T) {
	for _, c := range []struct {
		name    string
		traffic scenarios.Traffic
	}{
		{"everyone new", scenarios.Traffic{PV: 500, UV: 500, Duration: 200 * time.Millisecond}},
		{"one user", scenarios.Traffic{PV: 500, UV: 1, Duration: 200 * time.Millisecond}},
		{"some return", scenarios.Traffic{PV: 1000, UV: 137, Duration: 200 * time.Millisecond}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, nil)
			p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{Traffic: c.traffic}, s.URL)})
			hits, visitors := s.counts()
			if uint64(hits) != c.traffic.PV || uint64(visitors) != c.traffic.UV {
				t.Errorf("the site counted %d hits by %d visitors, want %d by %d", hits, visitors, c.traffic.PV, c.traffic.UV)
			}
			if p.Sent != c.traffic.PV || p.UV().Value != c.traffic.UV {
				t.Errorf("the profile has %d sent to %d users", p.Sent, p.UV().Value)
			}
			if e := p.Visitors.Estimate(); e.Value != c.traffic.UV {
				t.Errorf("%d values of the counting channel, want %d", e.Value, c.traffic.UV)
			}
		})
	}
}
