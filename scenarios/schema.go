package scenarios

import (
	"encoding/json"
	"reflect"

	"github.com/invopop/jsonschema"
	"github.com/loadx/loadx/scenarios/traffic"
)

// SchemaID is the identifier of the JSON Schema, and where the repository publishes it.
const SchemaID = "https://github.com/loadx/loadx/docs/scenario.schema.json"

// Schema returns the JSON Schema (draft 2020-12) of scenario files, for editors. It is generated from the types that
// Parse fills, and describes form only: Parse finds more. The caller owns the bytes.
func Schema() []byte {
	schema := reflector(nil).Reflect(&Scenario{})
	schema.ID, schema.Title = SchemaID, "loadx scenario"
	schema.Required = []string{"traffic", "pages"}
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic("BUG: scenarios: schema: " + err.Error())
	}
	return append(text, '\n')
}

// reflector maps the types that files write in a way of their own, but for the one that is being mapped.
func reflector(mapping reflect.Type) *jsonschema.Reflector {
	return &jsonschema.Reflector{Anonymous: true, DoNotReference: true, ExpandedStruct: true,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			if kind, ok := scalarKinds[t]; ok {
				return kind.schema()
			}
			if own := ownSchemas[t]; own != nil && t != mapping {
				return own()
			}
			return nil
		}}
}

var ownSchemas map[reflect.Type]func() *jsonschema.Schema

func init() {
	ownSchemas = map[reflect.Type]func() *jsonschema.Schema{
		reflect.TypeFor[Identity]():      identitySchema,
		reflect.TypeFor[Page]():          pageSchema,
		reflect.TypeFor[Headers]():       headersSchema,
		reflect.TypeFor[StatusSet]():     statusSchema,
		reflect.TypeFor[[]string]():      func() *jsonschema.Schema { return oneOrMore(&jsonschema.Schema{Type: "string"}) },
		reflect.TypeFor[traffic.Shape](): shapeSchema,
	}
}

// schema describes one type of single value.
func (k scalarKind) schema() *jsonschema.Schema {
	text := &jsonschema.Schema{Type: "string", Pattern: k.pattern}
	for _, word := range k.enum {
		text.Enum = append(text.Enum, word)
	}
	switch k.native {
	case "":
		return text
	case "boolean":
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: k.native}, text}}
	}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: k.native, Minimum: "0"}, text}}
}

// textSchema describes any single value that is taken as text.
func textSchema() *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}}}
}

// oneOrMore is a schema of one value or a list of such.
func oneOrMore(one *jsonschema.Schema) *jsonschema.Schema {
	least := uint64(1)
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{one, {Type: "array", Items: one, MinItems: &least}}}
}

func pageSchema() *jsonschema.Schema {
	page := bare(reflector(reflect.TypeFor[Page]()).Reflect(&Page{}))
	for _, key := range sortedKeys(methodKeys) {
		page.Properties.Set(key, &jsonschema.Schema{Type: "string",
			Description: methodKeys[key] + " of this URL: a path added to target, or a whole URL; a template"})
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
	channels.Set("id", &jsonschema.Schema{Type: "string", Description: "the user's name, a template; default " + defaultID})
	for _, c := range channelKeys {
		schema := &jsonschema.Schema{Type: "string"}
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
	return oneOrMore(&jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		{Type: "integer", Minimum: "100", Maximum: "599"},
		{Type: "string", Pattern: "^[1-5]([0-9][0-9]|[xX][xX])$"},
	}})
}

func shapeSchema() *jsonschema.Schema {
	keys := bare(reflector(nil).Reflect(&shapeKeys{}))
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
