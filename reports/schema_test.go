package reports_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	made "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/reports"
)

// schemaPath is where the schema of the JSON report is published.
const schemaPath = "../docs/report.schema.json"

// reportSchema makes the schema of the JSON report from the types that it is written from. The published one lets
// properties be added, as versions to come may; a strict one holds that none is missing.
func reportSchema(t testing.TB, strict bool) []byte {
	t.Helper()
	r := &made.Reflector{Anonymous: true, ExpandedStruct: true, AllowAdditionalProperties: !strict,
		Namer: func(t reflect.Type) string {
			if t.Name() == "jsonEstimate" {
				return "KeyedEstimate" // there is another Estimate
			}
			return strings.TrimPrefix(t.Name(), "json")
		},
		Mapper: func(t reflect.Type) *made.Schema {
			switch {
			case t == reflect.TypeFor[profile.Status]():
				return &made.Schema{Type: "object", PatternProperties: map[string]*made.Schema{"^[0-9]{1,3}$": {Type: "integer", Minimum: "0"}},
					AdditionalProperties: made.FalseSchema, Description: "responses by status code"}
			case t.Kind() == reflect.Uint64:
				return &made.Schema{Type: "integer", Minimum: "0"}
			}
			return nil
		}}
	schema := r.ReflectFromType(reports.JSONReport)
	schema.ID, schema.Title = "https://github.com/loadx/loadx/docs/report.schema.json", reports.Schema
	schema.Description = "What loadx writes as --report json: counts are integers, ratios are in [0, 1], durations carry their unit in the name, times are RFC 3339."
	property(t, schema, "schema").Const = reports.Schema
	property(t, schema, "verdict").Enum = []any{"pass", "fail", "invalid"}
	property(t, schema.Definitions["Gate"], "verdict").Enum = []any{"pass", "fail", "no_data"}
	difference := schema.Definitions["Difference"]
	property(t, difference, "verdict").Enum = []any{"better", "worse", "changed", "same", "inconclusive"}
	property(t, difference, "direction").Enum = []any{"neutral", "lower_is_better", "higher_is_better"}
	property(t, difference, "unit").Enum = []any{"count", "ratio", "seconds", "per_second", "bytes"}
	property(t, schema.Definitions["Comparison"], "sampling").Enum = []any{"run", "slice", "none"}
	for _, side := range []string{"base", "head"} {
		properties := schema.Definitions["Difference"].Properties
		given, _ := properties.Get(side)
		properties.Set(side, &made.Schema{OneOf: []*made.Schema{given, {Type: "null"}}})
	}
	p := schema.Definitions["Profile"]
	source := property(t, p, "source")
	source.Enum = []any{string(profile.Attack), string(profile.AccessLog)}
	// The parts of one source are required of that source alone.
	whose := made.NewProperties()
	whose.Set("source", &made.Schema{Const: string(profile.Attack)})
	choice := &made.Schema{If: &made.Schema{Properties: whose}, Then: &made.Schema{}, Else: &made.Schema{}}
	for part, types := range map[*made.Schema][]reflect.Type{choice.Then: reports.JSONAttack, choice.Else: reports.JSONLog} {
		for _, of := range types {
			part.Required = append(part.Required, r.ReflectFromType(of).Required...)
		}
		p.Required = slices.DeleteFunc(p.Required, func(name string) bool { return slices.Contains(part.Required, name) })
	}
	p.AllOf = []*made.Schema{choice}
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

func property(t testing.TB, s *made.Schema, name string) *made.Schema {
	t.Helper()
	p, ok := s.Properties.Get(name)
	if !ok {
		t.Fatalf("no property %s", name)
	}
	return p
}

func compiled(t testing.TB, schema []byte) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.schema.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The published schema is the one of the types, and every report is valid under it and has nothing that it does not name.
func TestJSONSchema(t *testing.T) {
	published := reportSchema(t, false)
	if *update {
		if err := os.WriteFile(schemaPath, published, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile(schemaPath); err != nil || !bytes.Equal(have, published) {
		t.Errorf("%s is not what the types make; see go test -update (%v)", schemaPath, err)
	}
	open, strict := compiled(t, published), compiled(t, reportSchema(t, true))
	all := append(attackedByText(t), attacked(t), judged(t, measured(), "pv == 3"), judged(t, everything(func(s string) string { return s })),
		judged(t, profile.NewAttackRecorder(1, profile.Limits{}).Profile()),
		comparedRuns(t), comparedSlices(t), comparedByText(t), compared(t, []*profile.Profile{measured()}, []*profile.Profile{sent()}))
	for i, r := range all {
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(render(t, "json", r)))
		if err != nil {
			t.Fatal(err)
		}
		for name, schema := range map[string]*jsonschema.Schema{"published": open, "strict": strict} {
			if err := schema.Validate(document); err != nil {
				t.Errorf("report %d, %s: %v", i, name, err)
			}
		}
	}
	good := render(t, "json", attacked(t))
	for from, to := range map[string]string{
		`"verdict": "fail"`: `"verdict": "perhaps"`, `"pv": 12`: `"pv": "12"`, `"late": 0,`: ``, `"schema": "loadx.report/1"`: `"schema": "loadx.report/9"`,
		`"200": 10`: `"OK": 10`, `"hits": 12`: `"hits": -1`, `"source": "attack"`: `"source": "guess"`,
	} {
		bad := strings.Replace(good, from, to, 1)
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(bad))
		if err != nil {
			t.Fatal(err)
		}
		if bad == good || open.Validate(document) == nil {
			t.Errorf("%s for %s is valid", to, from)
		}
	}
	document, _ := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(good, `"schema":`, `"later": 1, "schema":`, 1)))
	if open.Validate(document) != nil || strict.Validate(document) == nil {
		t.Error("a property that came later is not valid in the published schema, or is in the strict one")
	}
}
