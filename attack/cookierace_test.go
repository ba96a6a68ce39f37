package attack_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/scenarios"
)

// Of two hits of one user in flight the last response wins, not the last request: the first hit is answered after the
// second one, and what it sets is what the fourth one brings.
func TestLastResponseWins(t *testing.T) {
	var mu sync.Mutex
	var came []string
	arrived := make([]chan struct{}, 5)
	for i := range arrived {
		arrived[i] = make(chan struct{})
	}
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n := len(came)
		came = append(came, r.Header.Get("Cookie"))
		mu.Unlock()
		close(arrived[n])
		// With two in flight the third leaves when the second was answered, and the fourth when the first was.
		switch n {
		case 0:
			<-arrived[2]
			w.Header().Set("Set-Cookie", "s=first")
		case 1:
			<-arrived[0]
			w.Header().Set("Set-Cookie", "s=second")
		case 2:
			<-arrived[3]
		}
	})
	p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{MaxRate: true, MaxInFlight: 2, Timeout: 20 * time.Second,
		Identity: scenarios.Identity{None: true}, Traffic: scenarios.Traffic{PV: 4, UV: 1}}, s.URL)})
	if want := []string{"", "", "s=second", "s=first"}; !slices.Equal(came, want) || p.Status.Count(200) != 4 {
		t.Errorf("the site saw %q, want %q; %v", came, want, classCounts(p))
	}
}
