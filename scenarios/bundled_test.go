package scenarios

import (
	"bytes"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/loadx/loadx/scenarios/traffic"
	"github.com/santhosh-tekuri/jsonschema/v6"
	yaml "go.yaml.in/yaml/v4"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func asJSON(t *testing.T, src []byte) any {
	t.Helper()
	var v any
	if err := yaml.Load(src, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

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

func TestSchema(t *testing.T) {
	schema := compiledSchema(t)
	launch, err := os.ReadFile("testdata/launch-day.yaml")
	if err != nil {
		t.Fatal(err)
	}
	good := string(launch)
	if err := schema.Validate(asJSON(t, launch)); err != nil {
		t.Errorf("launch-day.yaml: %v", err)
	}
	for _, change := range []struct {
		name, from, to string
		valid          bool
	}{
		{"ramp", "shape: steady", "shape: {ramp: {from: 0/s, to: 40/s}}", true},
		{"stages", "shape: steady", "shape: {stages: [{for: 10m, rate: 5/s}]}", true},
		{"sine", "shape: steady", "shape: {sine: {period: 2m, amplitude: 50%}}", true},
		{"two shapes", "shape: steady", "shape: {sine: {period: 2m, amplitude: 50%}, ramp: {from: 0/s, to: 40/s}}", false},
		{"unknown key", "seed: 42", "sed: 42", false},
		{"environment", "seed: 42", "seed: ${SEED}", true},
		{"negative", "pv: 1_000_000 ", "pv: -1", false},
		{"unknown law", "zipf 1.1 ", "zip 1.1", false},
		{"two methods", "  - get: /\n", "  - get: /\n    post: /\n", false},
		{"no method", "  - get: /\n", "  - name: x\n", false},
		{"status class", "expect: 200", "expect: [2xx, 404]", true},
		{"no status", "expect: 200", "expect: ok", false},
		{"two cookies", "cookie: uid", "cookie: [uid, sid]", true},
		{"keepalive", "name: launch-day", "keepalive: false", true},
		{"connections", "name: launch-day", "connections: per-user", true},
		{"unknown mode", "name: launch-day", "connections: per-users", false},
		{"cookies", "name: launch-day", "cookies: ignore", true},
		{"balance", "name: launch-day", "balance_by: header X-Served-By", true},
		{"balance by nothing", "name: launch-day", "balance_by: X-Served-By", false},
		{"reach", "name: launch-day", "connection: {connect_to: 'a:1=b:2', local_addr: [127.0.0.1, 127.0.0.2], dial_timeout: 1s, max_idle: 5}", true},
		{"unknown part of reach", "name: launch-day", "connection: {conect_to: 'a:1=b:2'}", false},
		{"query and source", "cookie: uid", "cookie: uid\n  query: [a, b]\n  source: 127.0.0.0/8", true},
	} {
		text := strings.Replace(good, change.from, change.to, 1)
		if text == good {
			t.Fatalf("%s: nothing changed", change.name)
		}
		err := schema.Validate(asJSON(t, []byte(text)))
		if (err == nil) != change.valid {
			t.Errorf("%s: valid %v, want %v: %v", change.name, err == nil, change.valid, err)
		}
		_, err = Parse("x.yaml", []byte(text), Options{Env: env{"SEED": "7"}.lookUp})
		if (err == nil) != change.valid {
			t.Errorf("%s: Parse disagrees with the schema: %v", change.name, err)
		}
	}
}
