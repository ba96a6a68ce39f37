package scenarios

import (
	"bytes"
	"io/fs"
	"testing"

	"github.com/loadx/loadx/scenarios/traffic"
)

func TestBundled(t *testing.T) {
	want := map[string]struct {
		pv, uv   uint64
		duration string
	}{
		"one-user.yaml":        {1_000_000, 1, "3m20s"},
		"new-users.yaml":       {1_000_000, 1_000_000, "3m20s"},
		"returning-users.yaml": {1_000_000, 250_000, "5m0s"},
		"ramp.yaml":            {600_000, 100_000, "5m0s"},
		"spike.yaml":           {90_000, 60_000, "3m0s"},
	}
	schema := compiledSchema(t)
	names, err := fs.Glob(Bundled(), "*.yaml")
	if err != nil || len(names) != len(want) {
		t.Fatalf("bundled scenarios: %v, %v; want %d", names, err, len(want))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			src, err := fs.ReadFile(Bundled(), name)
			if err != nil {
				t.Fatal(err)
			}
			s := mustParse(t, name, string(src), Options{})
			p := mustPlan(t, s)
			w := want[name]
			if p.PV() != w.pv || p.UV() != w.uv || p.Duration().String() != w.duration {
				t.Errorf("%d PV, %d UV in %v; want %d, %d in %s", p.PV(), p.UV(), p.Duration(), w.pv, w.uv, w.duration)
			}
			if len(p.Warnings()) > 0 || len(p.Gates()) < 2 || p.Name() == "" {
				t.Errorf("warnings %v, gates %v, name %q", p.Warnings(), p.Gates(), p.Name())
			}
			if err := schema.Validate(asJSON(t, src)); err != nil {
				t.Errorf("schema: %v", err)
			}
			if !bytes.HasPrefix(src, []byte("# ")) {
				t.Error("a bundled scenario begins with what it teaches")
			}
		})
	}
}

// Scaled down, the bundled scenarios send exactly the users they ask for.
func TestBundledSmall(t *testing.T) {
	for name, uv := range map[string]string{"one-user.yaml": "1", "new-users.yaml": "2000", "returning-users.yaml": "500",
		"ramp.yaml": "300", "spike.yaml": "900"} {
		src, err := fs.ReadFile(Bundled(), name)
		if err != nil {
			t.Fatal(err)
		}
		s := mustParse(t, name, string(src), Options{Overrides: []Override{
			{"traffic.pv", "2_000", "--pv"}, {"traffic.uv", uv, "--uv"}}})
		p := mustPlan(t, s)
		users := map[string]bool{}
		cursor, n := p.Cursor(traffic.Shard{}), uint64(0)
		for v, ok := cursor.Next(); ok; v, ok = cursor.Next() {
			users[string(p.AppendCounting(nil, v))] = true
			n++
		}
		if n != 2000 || uint64(len(users)) != p.UV() {
			t.Errorf("%s: %d views of %d users, want 2000 of %s", name, n, len(users), uv)
		}
	}
}
