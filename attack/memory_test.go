package attack

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
)

// The need is the sum of what users, slices, requests, cookies and kept connections take.
func TestNeedsMemory(t *testing.T) {
	recorders := uint64(runtime.GOMAXPROCS(0) + 2)
	const (
		million = 1_000_000
		bitmaps = 16 * 8192 // a million bits, in pages
	)
	hour := scenarios.Traffic{PV: 10 * million, UV: million, Duration: time.Hour}
	few := scenarios.Traffic{PV: 200, UV: 100, Duration: 9 * time.Second}
	for _, c := range []struct {
		name       string
		plan       scenarios.Scenario
		sure, more uint64 // beside the program
	}{
		{"few users", scenarios.Scenario{Traffic: few}, recorders * 8192, recorders*10*sliceBytes + 200*requestBytes + 100*200},
		{"who come once", scenarios.Scenario{Traffic: scenarios.Traffic{PV: 200, Duration: 9 * time.Second}}, recorders * 8192, recorders*10*sliceBytes + 200*requestBytes},
		{"a million users with cookies", scenarios.Scenario{Traffic: hour}, recorders * bitmaps, recorders*1024*sliceBytes + 1024*requestBytes + million*200},
		{"without cookies", scenarios.Scenario{Traffic: hour, Cookies: scenarios.IgnoreCookies}, recorders * bitmaps, recorders*1024*sliceBytes + 1024*requestBytes},
		{"more users than cookies are kept of", scenarios.Scenario{Traffic: scenarios.Traffic{PV: 20 * million, UV: 10 * million, Duration: time.Hour}},
			recorders * 153 * 8192, recorders*1024*sliceBytes + 1024*requestBytes + 256<<20},
		{"connections of their own", scenarios.Scenario{Traffic: hour, Cookies: scenarios.IgnoreCookies, Connections: scenarios.PerUserConnections},
			recorders * bitmaps, recorders*1024*sliceBytes + 1024*requestBytes + 4096*idleBytes},
		{"connections of few users", scenarios.Scenario{Traffic: few, Cookies: scenarios.IgnoreCookies, Connections: scenarios.PerUserConnections},
			recorders * 8192, recorders*10*sliceBytes + 200*requestBytes + 100*idleBytes},
		{"many connections with TLS", scenarios.Scenario{Target: "https://192.0.2.1", Traffic: hour, Cookies: scenarios.IgnoreCookies,
			Connections: scenarios.PerUserConnections, Connection: scenarios.Reach{MaxIdle: 50_000}},
			recorders * bitmaps, recorders*1024*sliceBytes + 1024*requestTLSBytes + 50_000*idleTLSBytes},
		{"a closed loop", scenarios.Scenario{MaxRate: true, MaxInFlight: 500, Traffic: scenarios.Traffic{PV: million, UV: million}},
			500*requestBytes + recorders*bitmaps, recorders * 11 * sliceBytes},
		{"a closed loop for a while", scenarios.Scenario{MaxRate: true, MaxInFlight: 5, Traffic: scenarios.Traffic{Duration: 99 * time.Second}},
			5*requestBytes + recorders*152*8192, recorders * 100 * sliceBytes},
	} {
		sure, most := NeedsMemory(planOf(t, c.plan))
		if sure != baseBytes+c.sure || most != sure+c.more {
			t.Errorf("%s: %d sure and %d more, want %d and %d", c.name, sure-baseBytes, most-sure, c.sure, c.more)
		}
	}
}

// A machine that has not what is taken in any case is refused; one that may not have enough is warned, in words.
func TestMemoryCheck(t *testing.T) {
	million := scenarios.Scenario{Traffic: scenarios.Traffic{PV: 2_000_000, UV: 1_000_000, Duration: 5 * time.Minute}}
	sure, most := NeedsMemory(planOf(t, million))
	for _, c := range []struct {
		name   string
		memory uint64
		want   string // a part of the warning, or of the error behind "error: "
	}{
		{"plenty", most * 2, ""},
		{"enough", uint64(float64(most)/nearly) + 1, ""},
		{"nearly all", uint64(float64(most)/nearly) - 1<<10, "MiB for a cookie of the site's for each of 1000000 users"},
		{"enough for what is sure", sure, "the plan may need about " + profile.Bytes(float64(most)) + " of memory, and there is " + profile.Bytes(float64(sure))},
		{"too little", sure - 1, "error: the plan needs about " + profile.Bytes(float64(sure)) + " of memory"},
	} {
		w, err := Machine{Memory: c.memory}.checkMemory(planOf(t, million))
		text := ""
		if err != nil {
			text = "error: " + err.Error()
		} else if w != nil {
			text = w.Text
		}
		if !strings.Contains(text, c.want) || (text == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", c.name, text, c.want)
		}
	}
}
