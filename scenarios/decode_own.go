package scenarios

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/loadx/loadx/scenarios/traffic"
	yaml "go.yaml.in/yaml/v4"
)

// methodKeys are the keys of a page that name its method.
var methodKeys = map[string]string{"get": http.MethodGet, "post": http.MethodPost, "put": http.MethodPut,
	"patch": http.MethodPatch, "delete": http.MethodDelete, "head": http.MethodHead, "options": http.MethodOptions}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// page decodes a page: the fields of Page and one method key.
func (d *decoder) page(node *yaml.Node, v reflect.Value, path string) {
	page := v.Addr().Interface().(*Page)
	extra := map[string]func(key, value *yaml.Node){}
	for key, method := range methodKeys {
		extra[key] = func(k, value *yaml.Node) {
			if page.Method != "" {
				d.addAt(k.Line, k.Column, "a second method in one page", "write one page for each method")
				return
			}
			page.Method = method
			if url, ok := d.text(value, child(path, key)); ok {
				page.URL = url
			}
		}
	}
	d.structure(node, v, path, extra)
	guessed := func(key string) bool { return d.seen[child(path, key)] }
	if node.Kind == yaml.MappingNode && page.Method == "" && !slices.ContainsFunc(sortedKeys(methodKeys), guessed) {
		d.add(path, "a page without a method and URL", "write one of "+strings.Join(sortedKeys(methodKeys), ", ")+", as in get: /")
	}
}

// identity decodes the channels in the order written.
func (d *decoder) identity(node *yaml.Node, v reflect.Value, path string) {
	id := v.Addr().Interface().(*Identity)
	if node.Kind == yaml.ScalarNode && node.Value == "none" {
		id.None = true
		return
	}
	known := []string{"id"}
	fields := map[string]func(key, value *yaml.Node){"id": func(_, value *yaml.Node) {
		if text, ok := d.text(value, child(path, "id")); ok {
			id.ID = text
		}
	}}
	for _, c := range channelKeys {
		known = append(known, c.key)
		fields[c.key] = func(_, value *yaml.Node) {
			key := child(path, c.key)
			list := c.kind == Cookie || c.kind == IdentityHeader || c.kind == Query
			if !list || value.Kind != yaml.SequenceNode {
				d.channel(id, c.kind, value, key)
				return
			}
			d.file.values[key] = value
			for i, element := range d.elements(value, key, true) {
				d.channel(id, c.kind, element, index(key, i))
			}
		}
	}
	d.mapping(node, path, known, fields)
}

func (d *decoder) channel(id *Identity, kind ChannelKind, node *yaml.Node, path string) {
	text, ok := d.text(node, path)
	if !ok {
		return
	}
	if kind == UserAgents && text == "mixed" {
		text = ""
	} else if text == "" {
		d.add(path, fieldName(path)+" is empty", "")
		return
	}
	id.Channels = append(id.Channels, Channel{Kind: kind, Value: text, path: path})
}

// headers decodes a mapping of names to values; a list of values sends the header more than once.
func (d *decoder) headers(node *yaml.Node, v reflect.Value, path string) {
	headers := v.Addr().Interface().(*Headers)
	if node.Kind != yaml.MappingNode {
		d.add(path, fieldName(path)+" is "+nodeName(node)+", not a mapping of keys", "write NAME: VALUE")
		return
	}
	fields := map[string]func(key, value *yaml.Node){}
	for i := 0; i+1 < min(len(node.Content), 2*maxElements); i += 2 {
		name := node.Content[i].Value
		fields[name] = func(_, value *yaml.Node) {
			key := child(path, name)
			d.file.values[key] = value
			for _, element := range d.elements(value, key, true) {
				if text, ok := d.text(element, key); ok {
					*headers = append(*headers, Header{Name: name, Value: text})
				}
			}
		}
	}
	d.mapping(node, path, nil, fields)
}

// statusSet decodes 200, 2xx, 200-204 or a list of them.
func (d *decoder) statusSet(node *yaml.Node, v reflect.Value, path string) {
	set := v.Addr().Interface().(*StatusSet)
	for i, element := range d.elements(node, path, true) {
		at := path
		if node.Kind == yaml.SequenceNode {
			at = index(path, i)
		}
		text, ok := d.text(element, at)
		if !ok {
			continue
		}
		r, ok := parseStatus(text)
		if !ok {
			d.add(at, "expect: "+quoted(text)+": not a status", "write a status as in 200, a class as in 2xx, or a list of them: [200, 404]")
			continue
		}
		*set = append(*set, r)
	}
	if node.Kind == yaml.SequenceNode && len(node.Content) == 0 {
		d.add(path, "expect is an empty list", "leave it out to expect a status below 400")
	}
}

// parseStatus reads "204" or "2xx".
func parseStatus(s string) (StatusRange, bool) {
	if len(s) != 3 || s[0] < '1' || s[0] > '5' {
		return StatusRange{}, false
	}
	class := int(s[0]-'0') * 100
	if strings.EqualFold(s[1:], "xx") {
		return StatusRange{First: class, Last: class + 99}, true
	}
	if !isDigit(s[1]) || !isDigit(s[2]) {
		return StatusRange{}, false
	}
	status := class + int(s[1]-'0')*10 + int(s[2]-'0')
	return StatusRange{First: status, Last: status}, true
}

// shapeKeys is how a file writes the shapes that are no single word.
type shapeKeys struct {
	Ramp   *rampKeys   `json:"ramp,omitempty" jsonschema_description:"the rate changes in a straight line"`
	Stages []stageKeys `json:"stages,omitempty" jsonschema:"minItems=1" jsonschema_description:"one constant rate after the other"`
	Sine   *sineKeys   `json:"sine,omitempty" jsonschema_description:"the rate swings around its mean"`
}

type rampKeys struct {
	From traffic.Rate `json:"from" jsonschema_description:"rate at the start"`
	To   traffic.Rate `json:"to" jsonschema_description:"rate at the end"`
}

type stageKeys struct {
	For  time.Duration `json:"for" positive:"true" jsonschema_description:"how long the stage is"`
	Rate traffic.Rate  `json:"rate" jsonschema_description:"its rate"`
}

type sineKeys struct {
	Period    time.Duration `json:"period" positive:"true" jsonschema_description:"time from one crest to the next"`
	Amplitude float64       `json:"amplitude" example:"50%" jsonschema_description:"height of the crest above the mean, as a share of the mean"`
}

func (d *decoder) shape(node *yaml.Node, v reflect.Value, path string) {
	if node.Kind == yaml.ScalarNode {
		if text, ok := d.text(node, path); ok && text != "steady" {
			d.add(path, "shape: "+quoted(text)+": not a shape", "write steady, or {ramp: {from: 0/s, to: 100/s}}, {stages: [{for: 1m, rate: 50/s}]}, {sine: {period: 2m, amplitude: 50%}}")
		}
		return
	}
	var keys shapeKeys
	before := len(d.list)
	d.structure(node, reflect.ValueOf(&keys).Elem(), path, nil)
	if len(d.list) > before {
		d.seen[path] = true
		return
	}
	var shapes []traffic.Shape
	if keys.Ramp != nil {
		d.required(child(path, "ramp"), "from", "to")
		shapes = append(shapes, traffic.Ramp{From: keys.Ramp.From, To: keys.Ramp.To})
	}
	if keys.Stages != nil {
		var stages traffic.Stages
		for i, stage := range keys.Stages {
			d.required(index(child(path, "stages"), i), "for", "rate")
			stages = append(stages, traffic.Stage{For: stage.For, Rate: stage.Rate})
		}
		shapes = append(shapes, stages)
	}
	if keys.Sine != nil {
		d.required(child(path, "sine"), "period", "amplitude")
		shapes = append(shapes, traffic.Sine{Period: keys.Sine.Period, Amplitude: keys.Sine.Amplitude})
	}
	if len(shapes) != 1 {
		d.add(path, "shape needs exactly one of ramp, stages, sine", "")
		return
	}
	v.Set(reflect.ValueOf(shapes[0]))
}

// required reports the keys that a mapping lacks.
func (d *decoder) required(path string, keys ...string) {
	for _, key := range keys {
		if d.file.values[child(path, key)] == nil {
			d.add(path, fieldName(path)+" has no "+key, "it needs "+strings.Join(keys, " and "))
		}
	}
}
