package attack_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
)

func TestWarmup(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("uid"); err == nil && len(c.Value) > 0 && r.URL.Path == "/cold" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	// In turn, the first half of the views and the second half of them ask for both pages alike.
	p := run(t, attack.Options{Plan: plan(t, scenarios.Scenario{
		Pages:     []scenarios.Page{{URL: "/cold"}, {URL: "/"}},
		PageOrder: scenarios.InTurn, Warmup: 150 * time.Millisecond,
		Traffic: scenarios.Traffic{PV: 400, UV: 40, Duration: 200 * time.Millisecond}}, s.URL)})
	if hits, visitors := s.counts(); hits != 400 || visitors != 40 || p.Sent != 400 || p.UV().Value != 40 {
		t.Errorf("the site counted %d by %d, the profile %d by %d", hits, visitors, p.Sent, p.UV().Value)
	}
	m := p.Measured
	if m == nil || m.Sent != 100 || m.Failed != 50 || m.Failures[profile.ErrStatus] != 50 || m.Cut {
		t.Fatalf("%+v", m)
	}
	if p.Failures.Total() != 200 || p.Response.Count() != 100 || p.Service.Count() != 100 || p.Lag.Count() != 100 {
		t.Errorf("%d failures, %d responses, %d services, %d lags", p.Failures.Total(), p.Response.Count(), p.Service.Count(), p.Lag.Count())
	}
	if want := p.Elapsed - 150*time.Millisecond; m.Length != want || want < 50*time.Millisecond {
		t.Errorf("measured for %v, want %v", m.Length, want)
	}
	row, _ := p.Tables[profile.ByPage].Get("/cold")
	if row.Value.Errors != 50 || row.Value.Hits != 200 || row.Value.Warmup != 150 {
		t.Errorf("%+v", row.Value)
	}
}

// An attack that is stopped for a reason says so, and is no interrupted one.
func TestAbort(t *testing.T) {
	a := newAttack(t, attack.Options{Plan: plan(t, scenarios.Scenario{
		Traffic: scenarios.Traffic{Rate: 200, Duration: time.Hour}}, answerServer(t, nil))})
	go func() {
		for a.Progress().Sent < 10 {
			time.Sleep(time.Millisecond)
		}
		a.Abort("enough")
		a.Abort("too late")
	}()
	start := time.Now()
	p, err := a.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checkIdentities(t, p)
	if p.Aborted != "enough" || p.Interrupted {
		t.Errorf("aborted %q, interrupted %v, warnings %+v", p.Aborted, p.Interrupted, p.Warnings)
	}
	if p.Sent < 10 || p.Planned.Hits != 720_000 || time.Since(start) > 10*time.Second {
		t.Errorf("sent %d of %d in %v", p.Sent, p.Planned.Hits, time.Since(start))
	}
	if n := len(p.Warnings); n == 0 || p.Warnings[n-1].Code != "aborted" {
		t.Errorf("%+v", p.Warnings)
	}
}

// A target that dies and comes back: every hit is accounted for, the slices show when, and the run goes on.
func TestTargetDiesAndComesBack(t *testing.T) {
	serve := func(address string) (*http.Server, string) {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		s := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
		go func() { _ = s.Serve(l) }()
		return s, l.Addr().String()
	}
	server, address := serve("127.0.0.1:0")
	a := newAttack(t, attack.Options{Plan: plan(t, scenarios.Scenario{
		Traffic: scenarios.Traffic{Rate: 200, Duration: 7 * time.Second}}, "http://"+address)})
	restarted := make(chan *http.Server)
	go func() {
		at := func(n uint64) {
			for a.Progress().Sent < n {
				time.Sleep(time.Millisecond)
			}
		}
		at(400)
		_ = server.Close()
		at(700) // failed ones are sent, too
		again, _ := serve(address)
		restarted <- again
	}()
	ended := make(chan *profile.Profile, 1)
	go func() {
		p, err := a.Run(context.Background())
		if err != nil {
			t.Error(err)
		}
		ended <- p
	}()
	again := <-restarted
	p := <-ended
	defer again.Close()
	checkIdentities(t, p)
	failed := p.Failures.Total()
	if p.Sent != 1400 || failed < 200 || failed > 600 || p.Dropped != 0 {
		t.Errorf("sent %d, failed %d, dropped %d, %+v", p.Sent, failed, p.Dropped, p.Warnings)
	}
	if f := p.Failures[profile.ErrRefused]; f == nil || time.Duration(f.Last-f.First) < time.Second/2 || len(f.Samples) == 0 {
		t.Errorf("refused: %+v", f)
	}
	all := p.Timeline.Outbreaks()
	if len(all) != 1 || all[0].Errors != failed || all[0].From < time.Second || all[0].To > 6*time.Second {
		t.Errorf("%d failed, outbreaks %+v", failed, all)
	}
	if s := p.Timeline.Slices; s[0].Errors != 0 || s[len(s)-1].Errors != 0 || s[len(s)-1].Classes[2] == 0 {
		t.Errorf("the first second %+v, the last %+v", s[0], s[len(s)-1])
	}
}

// What the tool itself used is in the profile.
func TestToolInProfile(t *testing.T) {
	p := run(t, attack.Options{Machine: attack.ThisMachine(), Plan: plan(t, scenarios.Scenario{
		Traffic: scenarios.Traffic{PV: 100, Duration: 100 * time.Millisecond}}, answerServer(t, nil))})
	if p.Tool == nil || p.Tool.Processors < 1 || p.Tool.Available < 90*time.Millisecond || p.Tool.Busy() <= 0 || p.Tool.Busy() > 1.5 {
		t.Errorf("%+v", p.Tool)
	}
}
