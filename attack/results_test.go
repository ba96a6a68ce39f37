package attack_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/scenarios"
)

// What is written is what vegeta's own decoder reads and its metrics count. Its plot needs numbers without gaps, and timestamps that
// never fall in their order.
func TestResults(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		_, _ = io.WriteString(w, "seven b")
	})
	var out bytes.Buffer
	p := run(t, attack.Options{Results: &out, Plan: plan(t, scenarios.Scenario{
		Name: "shop", Traffic: scenarios.Traffic{PV: 400, Duration: 100 * time.Millisecond, Seed: 3}, Pages: []scenarios.Page{
			{URL: "/good?n={seq}", Weight: 3}, {Method: "POST", URL: "/bad", Body: "12345"}},
	}, s.URL)})
	all := decodeResults(t, &out)
	var metrics vegeta.Metrics
	for i := range all {
		metrics.Add(&all[i])
	}
	metrics.Close()
	if metrics.Requests != 400 || int(p.Status.Count(418)) != metrics.StatusCodes["418"] || metrics.StatusCodes["200"] == 0 ||
		metrics.BytesIn.Total != p.Bytes {
		t.Errorf("vegeta has %d requests, %v, %d bytes; the profile has 418: %d, %d bytes",
			metrics.Requests, metrics.StatusCodes, metrics.BytesIn.Total, p.Status.Count(418), p.Bytes)
	}
	var longest time.Duration
	for i, r := range all {
		longest = max(longest, r.Latency)
		bad := r.Code == 418
		if r.Attack != "shop" || bad != (r.Error == "status 418 I'm a teapot") || bad != (r.Method == "POST") ||
			bad != (r.BytesOut == 5) || !strings.HasPrefix(r.URL, s.URL+"/") {
			t.Fatalf("result %d: %+v", i, r)
		}
	}
	if service, _ := p.Service.Max(); service != longest {
		t.Errorf("the longest latency is %v, of the profile %v", longest, service)
	}
}

// decodeResults reads results by vegeta's decoder, in the order of their numbers, which are those from 0 on; the hits
// left in that order.
func decodeResults(t *testing.T, in io.Reader) []vegeta.Result {
	t.Helper()
	decode := vegeta.DecoderFor(in)
	if decode == nil {
		t.Fatal("vegeta does not know what was written")
	}
	var all []vegeta.Result
	for {
		var r vegeta.Result
		if err := decode(&r); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b vegeta.Result) int { return int(a.Seq) - int(b.Seq) })
	for i, r := range all {
		if r.Seq != uint64(i) {
			t.Fatalf("result %d has number %d", i, r.Seq)
		}
		if i > 0 && r.Timestamp.Before(all[i-1].Timestamp) {
			t.Fatalf("result %d was sent before the one before", i)
		}
	}
	return all
}

// A failing writer ends no run: the profile is complete, and the error says what is missing.
func TestResultsUnwritable(t *testing.T) {
	full := errors.New("no space left on device")
	s := newSite(t, nil)
	for _, room := range []int{0, 100_000} {
		o := attack.Options{Results: &limitedWriter{room, full}, Plan: plan(t, scenarios.Scenario{
			Traffic: scenarios.Traffic{PV: 3000, Duration: 50 * time.Millisecond}}, s.URL)}
		p, err := newAttack(t, o).Run(t.Context())
		if !errors.Is(err, full) || !strings.HasPrefix(err.Error(), "attack: results: ") {
			t.Errorf("room for %d bytes: error %v", room, err)
		}
		if p == nil || p.Sent != 3000 {
			t.Errorf("room for %d bytes: the profile is not complete", room)
		}
	}
}

type limitedWriter struct {
	room int
	err  error
}

func (w *limitedWriter) Write(b []byte) (int, error) {
	if len(b) > w.room {
		return 0, w.err
	}
	w.room -= len(b)
	return len(b), nil
}
