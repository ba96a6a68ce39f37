package scenarios

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
	"github.com/loadx/loadx/scenarios/traffic"
)

// SchemaID is the identifier of the JSON Schema, and where the repository publishes it.
const SchemaID = "https://github.com/loadx/loadx/docs/scenario.schema.json"

// Schema returns the JSON Schema (draft 2020-12) of scenario files, for editors. It is generated from the types that
// Parse fills, and describes form only: Parse finds more. The caller owns the bytes.
func Schema() []byte {
	text, err := json.MarshalIndent(rootSchema(), "", "  ")
	if err != nil {
		panic("BUG: scenarios: schema: " + err.Error())
	}
	return append(text, '\n')
}

// A Key is one key of a scenario file.
type Key struct {
	// Path is where it stands, as in "traffic.pv"; "pages[].get" is a key of each page.
	Path string
	// Doc says in one line what it is, with its default.
	Doc string
	// Values are the words that may stand there, if only some may.
	Values []string
}

// Keys returns every key of a scenario, a mapping before its parts, in the order of the schema.
func Keys() []Key { return keysOf(rootSchema(), "") }

func keysOf(schema *jsonschema.Schema, path string) []Key {
	var keys []Key
	if schema.Properties != nil {
		for pair := schema.Properties.Oldest(); pair != nil; pair = pair.Next() {
			key := Key{Path: child(path, pair.Key), Doc: pair.Value.Description}
			for _, choice := range pair.Value.AnyOf {
				for _, word := range choice.Enum {
					key.Values = append(key.Values, fmt.Sprint(word))
				}
			}
			keys = append(keys, key)
			keys = append(keys, keysOf(pair.Value, child(path, pair.Key))...)
		}
	}
	if schema.Items != nil {
		keys = append(keys, keysOf(schema.Items, path+"[]")...)
	}
	for _, choice := range slices.Concat(schema.AnyOf, schema.OneOf) {
		keys = append(keys, keysOf(choice, path)...)
	}
	return keys
}

func rootSchema() *jsonschema.Schema {
	schema := reflected(nil, Scenario{})
	schema.ID, schema.Title = SchemaID, "loadx scenario"
	schema.Description = "A load test of loadx: which page views are sent by which users, when, and what is expected. " +
		"${NAME} in a value takes an environment variable."
	schema.Required = []string{"traffic", "pages"}
	return schema
}

// reflected describes a struct; types that files write in a way of their own are mapped, but for the one that is being
// mapped.
func reflected(mapping reflect.Type, v any) *jsonschema.Schema {
	r := &jsonschema.Reflector{Anonymous: true, DoNotReference: true, ExpandedStruct: true,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			if kind, ok := scalarKinds[t]; ok {
				return kind.schema()
			}
			if own := ownSchemas[t]; own != nil && t != mapping {
				return own()
			}
			return nil
		}}
	schema := r.Reflect(v)
	annotate(schema, reflect.TypeOf(v))
	return schema
}

// annotate adds what tags say of the fields of a struct, and of the structs in them: default is the value that stands for
// none, example lists some separated by |, positive excludes 0, pattern holds for texts.
func annotate(schema *jsonschema.Schema, t reflect.Type) {
	for i := range t.NumField() {
		field := t.Field(i)
		property, ok := schema.Properties.Get(fieldKey(field))
		if !ok {
			continue
		}
		first := property // what most files write of it
		if len(property.AnyOf) > 0 {
			first = property.AnyOf[0]
		}
		if field.Tag.Get("positive") != "" && first.Type == "integer" {
			first.Minimum = "1"
		}
		if pattern := field.Tag.Get("pattern"); pattern != "" {
			first.Pattern, first.Extras = pattern, advice("begin with http://, https:// or unix:")
		}
		if text := field.Tag.Get("default"); text != "" {
			property.Default = inJSON(text, first.Type)
			property.Description += "; default " + text
		}
		if examples := field.Tag.Get("example"); examples != "" {
			for text := range strings.SplitSeq(examples, "|") {
				property.Examples = append(property.Examples, inJSON(text, first.Type))
			}
		}
		inner := field.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if property.Items != nil {
			property = property.Items
		}
		if inner.Kind() == reflect.Struct && property.Properties != nil {
			annotate(property, inner)
		}
	}
}

// inJSON is a value as JSON has it: a number or truth where the schema takes one.
func inJSON(text, kind string) any {
	if kind != "string" && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}

var ownSchemas map[reflect.Type]func() *jsonschema.Schema

func init() {
	ownSchemas = map[reflect.Type]func() *jsonschema.Schema{
		reflect.TypeFor[Identity]():      identitySchema,
		reflect.TypeFor[Page]():          pageSchema,
		reflect.TypeFor[Headers]():       headersSchema,
		reflect.TypeFor[StatusSet]():     statusSchema,
		reflect.TypeFor[[]string]():      func() *jsonschema.Schema { return oneOrMore(textSchema()) },
		reflect.TypeFor[traffic.Shape](): shapeSchema,
	}
}

// schema describes one type of single value.
func (k scalarKind) schema() *jsonschema.Schema {
	env := &jsonschema.Schema{Type: "string", Pattern: envText}
	switch {
	case k.enum != nil:
		words := &jsonschema.Schema{Type: "string"}
		for _, word := range k.enum {
			words.Enum = append(words.Enum, word)
		}
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{words, env}}
	case k.pattern == "":
		return textSchema()
	}
	text := &jsonschema.Schema{Type: "string", Pattern: "^(" + k.pattern + "|" + envText + ")$", Extras: advice(k.advice)}
	switch k.native {
	case "":
		return text
	case "boolean":
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: k.native}, text}}
	}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: k.native, Minimum: "0"}, text}}
}

// advice is what editors say where a pattern does not fit, instead of the pattern; other readers pass over it.
func advice(text string) map[string]any { return map[string]any{"patternErrorMessage": text} }

// textSchema describes any single value that is taken as text.
func textSchema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}}}
}

// oneOrMore is a schema of one value or a list of such.
func oneOrMore(one *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{one, {Type: "array", Items: one}}}
}

func pageSchema() *jsonschema.Schema {
	page := bare(reflected(reflect.TypeFor[Page](), Page{}))
	for _, key := range sortedKeys(methodKeys) {
		page.Properties.Set(key, &jsonschema.Schema{Type: "string", Pattern: "^(/|https?://)", Extras: advice("begin with / (the path is added to target) or with http:// or https://"),
			Description: methodKeys[key] + " of this URL: a path added to target, or a whole URL; a template",
			Examples:    []any{"/", "/item/{zipf 1.1 1..50000}"}})
		page.OneOf = append(page.OneOf, &jsonschema.Schema{Required: []string{key}})
	}
	return page
}

func identitySchema() *jsonschema.Schema {
	descriptions := map[ChannelKind]string{
		Cookie:         "name of a cookie that carries the user's name, or several",
		IdentityHeader: "name of a header that carries the user's name, or several",
		ForwardedFor:   "block of addresses (CIDR); each user has one in X-Forwarded-For",
		Query:          "name of a query parameter that carries the user's name, or several",
		Source:         "block of addresses (CIDR) of this machine; each user's connections come from one of its own",
		UserAgents:     "mixed gives users browsers of their own; any other text is sent as it is",
	}
	channels := jsonschema.NewProperties()
	id := textSchema()
	id.Description, id.Default = "the user's name, a template of {user} and {env NAME}; default "+defaultID, defaultID
	channels.Set("id", id)
	for _, c := range channelKeys {
		schema := textSchema()
		if c.kind == Cookie || c.kind == IdentityHeader || c.kind == Query {
			schema = oneOrMore(schema)
		}
		schema.Description = descriptions[c.kind]
		channels.Set(c.key, schema)
	}
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		{Const: "none"},
		{Type: "object", Properties: channels, AdditionalProperties: jsonschema.FalseSchema},
	}}
}

func headersSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "object", AdditionalProperties: oneOrMore(textSchema())}
}

func statusSchema() *jsonschema.Schema {
	least := uint64(1)
	set := oneOrMore(&jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		{Type: "integer", Minimum: "100", Maximum: "599"},
		{Type: "string", Pattern: "^[1-5]([0-9][0-9]|[xX][xX])$", Extras: advice("write a status as in 200, or a class as in 2xx")},
	}})
	set.AnyOf[1].MinItems = &least
	return set
}

func shapeSchema() *jsonschema.Schema {
	keys := bare(reflected(nil, shapeKeys{}))
	for pair := keys.Properties.Oldest(); pair != nil; pair = pair.Next() {
		keys.OneOf = append(keys.OneOf, &jsonschema.Schema{Required: []string{pair.Key}})
	}
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Const: "steady"}, keys}}
}

// bare makes the schema of a document that of a part.
func bare(s *jsonschema.Schema) *jsonschema.Schema {
	s.Version = ""
	return s
}
