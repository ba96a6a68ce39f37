package scenarios

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	yaml "go.yaml.in/yaml/v4"
)

func compiledSchema(t testing.TB) *jsonschema.Schema {
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

func asJSON(t testing.TB, src []byte) any {
	t.Helper()
	var v any
	if err := yaml.Load(src, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The schema that the repository publishes is the one that loadx prints; -update writes it anew.
func TestPublishedSchema(t *testing.T) {
	const path = "../docs/scenario.schema.json"
	if *update {
		if err := os.WriteFile(path, Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	published, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(published, Schema()) {
		t.Errorf("%s is not what the types say (%v): go test ./scenarios -update", path, err)
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

// mistakesOfMeaning are the refused scenarios of testdata/errors.txtar whose form is right: only the loader knows better.
var mistakesOfMeaning = []string{"abort-on", "body-file", "block-body", "counting-channel", "duplicate-key", "env-in-cidr",
	"env-numbers", "fixed-id", "flow-env", "fragment-and-space", "gates", "header-twice", "id-per-visit", "no-target",
	"over-determined", "second-document", "sine", "target-user", "under-determined", "uv-above-pv", "warmup-too-long", "zipf-zero"}

// The schema refuses every mistake of form, and none of meaning.
func TestSchemaMistakes(t *testing.T) {
	schema := compiledSchema(t)
	archive, err := txtar.ParseFile("testdata/errors.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(archive.Files); i += 2 {
		name := strings.TrimSuffix(archive.Files[i].Name, ".yaml")
		var document any
		if err := yaml.Load(archive.Files[i].Data, &document); err != nil {
			continue // no YAML, or more of it than a document
		}
		err := schema.Validate(inJSONTypes(document))
		if of := slices.Contains(mistakesOfMeaning, name); (err == nil) != of {
			t.Errorf("%s: a mistake of meaning: %v, and the schema says %v", name, of, err)
		}
	}
}

// inJSONTypes makes what YAML alone knows, times and keys that are no text, the text that it was.
func inJSONTypes(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = inJSONTypes(v[k])
		}
	case map[any]any:
		object := map[string]any{}
		for k := range v {
			object[fmt.Sprint(k)] = inJSONTypes(v[k])
		}
		return object
	case []any:
		for i := range v {
			v[i] = inJSONTypes(v[i])
		}
	case nil, bool, string, int, int64, uint64, float64:
	default:
		return fmt.Sprint(v)
	}
	return v
}

// A keyword is one place of the schema at which a value may stand.
type keyword struct {
	path   []string
	schema map[string]any
}

// keywords walks the schema's properties; "[]" in a path is an element of a list.
func keywords(schema map[string]any, path []string) []keyword {
	out := []keyword{{slices.Clone(path), schema}}
	if properties, ok := schema["properties"].(map[string]any); ok {
		for key, inner := range properties {
			out = append(out, keywords(inner.(map[string]any), append(slices.Clone(path), key))...)
		}
	}
	if items, ok := schema["items"].(map[string]any); ok {
		out = append(out, keywords(items, append(slices.Clone(path), "[]"))...)
	}
	for _, inner := range choices(schema) {
		out = append(out, keywords(inner.(map[string]any), path)[1:]...)
	}
	return out
}

// choices are what a schema lets choose from.
func choices(schema map[string]any) []any {
	anyOf, _ := schema["anyOf"].([]any)
	oneOf, _ := schema["oneOf"].([]any)
	return slices.Concat(anyOf, oneOf)
}

func allKeywords(t *testing.T) []keyword {
	t.Helper()
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	return keywords(schema, nil)
}

// Editors show a description of every key, and the values of those that have some.
func TestSchemaDescribes(t *testing.T) {
	keys, defaults, examples := 0, 0, 0
	for _, k := range allKeywords(t) {
		if len(k.path) == 0 || k.path[len(k.path)-1] == "[]" {
			continue
		}
		keys++
		if text, _ := k.schema["description"].(string); len(text) < 8 {
			t.Errorf("%v: described as %q", k.path, text)
		}
		for _, choice := range append([]any{k.schema}, choices(k.schema)...) {
			choice := choice.(map[string]any)
			if pattern := choice["pattern"]; pattern != nil && pattern != envText && choice["patternErrorMessage"] == nil {
				t.Errorf("%v: editors would show the pattern %v", k.path, pattern)
			}
		}
		if k.schema["default"] != nil {
			defaults++
		}
		if k.schema["examples"] != nil {
			examples++
		}
	}
	if keys < 60 || defaults < 14 || examples < 20 {
		t.Errorf("%d keys, %d defaults, %d examples", keys, defaults, examples)
	}
}

// The list of keys is the schema's.
func TestKeys(t *testing.T) {
	want := map[string]bool{}
	for _, k := range allKeywords(t) {
		path := strings.ReplaceAll(strings.Join(k.path, "."), ".[]", "[]")
		if path != "" && !strings.HasSuffix(path, "[]") {
			want[path] = true
		}
	}
	for _, k := range Keys() {
		if !want[k.Path] || len(k.Doc) < 8 || strings.Contains(k.Doc, "\n") {
			t.Errorf("%s: %q: is told twice, or no key of the schema", k.Path, k.Doc)
		}
		if k.Path == "connections" != slices.Equal(k.Values, []string{"shared", "per-user", "fresh"}) {
			t.Errorf("%s: words %v", k.Path, k.Values)
		}
		delete(want, k.Path)
	}
	if len(want) > 0 {
		t.Errorf("not told: %v", want)
	}
}

// with returns a sound scenario in which a value stands at a path of the schema. Shapes stand alone there.
func with(path []string, value any) map[string]any {
	page := map[string]any{"get": "/"}
	traffic := map[string]any{"pv": 1000, "uv": 10, "duration": "100s"}
	root := map[string]any{"target": "http://h:1", "traffic": traffic, "pages": []any{page}}
	at := root
	for i, key := range path {
		switch {
		case i == len(path)-1 && path[0] == "pages" && key != "get" && methodKeys[key] != "":
			delete(at, "get")
			at[key] = value
		case i == len(path)-1:
			at[key] = value
		case key == "[]":
		case key == "pages":
			at = page
		case key == "traffic":
			at = traffic
		case key == "sine":
			inner := map[string]any{"period": "10s", "amplitude": "50%"}
			at[key], at = inner, inner
		default:
			inner := map[string]any{}
			at[key], at = inner, inner
		}
	}
	switch last := path[len(path)-1]; last {
	case "rate":
		delete(traffic, "duration")
	case "id":
		root["identity"].(map[string]any)["cookie"] = "uid"
	}
	return root
}

// Every default that the schema shows is what the loader takes, and every example is taken by both.
func TestSchemaValues(t *testing.T) {
	schema := compiledSchema(t)
	of := func(path []string, value any) (hash string, connection Connection) {
		t.Helper()
		document := with(path, value)
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(asJSON(t, text)); err != nil {
			t.Errorf("%v: %v: schema: %v", path, value, err)
		}
		s, err := Parse("x.yaml", text, Options{})
		if err != nil {
			t.Errorf("%v: %v: %v\n%s", path, value, err, text)
			return "", Connection{}
		}
		p := mustPlan(t, s)
		return p.Hash(), p.Connection()
	}
	for _, k := range allKeywords(t) {
		without := []string{"name"}
		if slices.Contains(k.path, "identity") {
			without = []string{"identity", "cookie"} // which a scenario without an identity has, too
		}
		plainHash, plainConnection := of(without, "uid")
		if value := k.schema["default"]; value != nil {
			hash, connection := of(k.path, value)
			if hash != plainHash || fmt.Sprintf("%+v", connection) != fmt.Sprintf("%+v", plainConnection) {
				t.Errorf("%v: %v is shown as default, and changes the traffic: %+v, without it %+v", k.path, value, connection, plainConnection)
			}
		}
		examples, _ := k.schema["examples"].([]any)
		for _, value := range examples {
			of(k.path, value)
		}
	}
}

// yamlBlock is a block of YAML in a document.
var yamlBlock = regexp.MustCompile("(?ms)^```ya?ml[^\n]*\n(.*?)^```")

// Whole scenarios in the documents are sound, and the schema says so.
func TestSchemaOfDocuments(t *testing.T) {
	schema := compiledSchema(t)
	paths := []string{"../README.md"}
	err := filepath.WalkDir("../docs", func(path string, _ fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); ext == ".md" || ext == ".yaml" || ext == ".yml" {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(path) != ".md" {
			text = slices.Concat([]byte("```yaml\n"), text, []byte("\n```"))
		}
		for _, m := range yamlBlock.FindAllSubmatch(text, -1) {
			if !bytes.Contains(m[1], []byte("\ntraffic:")) || !bytes.Contains(m[1], []byte("\npages:")) {
				continue
			}
			found++
			if err := schema.Validate(asJSON(t, m[1])); err != nil {
				t.Errorf("%s: %v\n%s", path, err, m[1])
			}
		}
	}
	if found < 3 {
		t.Errorf("only %d scenarios are in the documents", found)
	}
}
