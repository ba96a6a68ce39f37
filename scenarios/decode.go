package scenarios

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/loadx/loadx/scenarios/traffic"
	yaml "go.yaml.in/yaml/v4"
)

// decoder fills a Scenario from YAML nodes, field by field of the struct, and goes on after each problem.
type decoder struct {
	*problems
	env func(string) (string, bool)
}

// maxElements bounds the elements of a list and the keys of a mapping.
const maxElements = 10_000

// decodeHooks are the types that a file writes in a way of their own.
var decodeHooks map[reflect.Type]func(*decoder, *yaml.Node, reflect.Value, string)

func init() {
	decodeHooks = map[reflect.Type]func(*decoder, *yaml.Node, reflect.Value, string){
		reflect.TypeFor[Identity]():      (*decoder).identity,
		reflect.TypeFor[Page]():          (*decoder).page,
		reflect.TypeFor[Headers]():       (*decoder).headers,
		reflect.TypeFor[StatusSet]():     (*decoder).statusSet,
		reflect.TypeFor[traffic.Shape](): (*decoder).shape,
	}
}

func (d *decoder) decodeRoot(root *yaml.Node, s *Scenario) {
	d.value(root, reflect.ValueOf(s).Elem(), "")
}

// value decodes one node into v.
func (d *decoder) value(node *yaml.Node, v reflect.Value, path string) {
	d.file.values[path] = node
	if !d.plain(node, path) {
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if hook := decodeHooks[v.Type()]; hook != nil {
		hook(d, node, v, path)
		return
	}
	if kind, ok := scalarKinds[v.Type()]; ok {
		d.scalar(node, v, kind, path)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(node, v, path, nil)
	case reflect.Slice:
		for i, element := range d.elements(node, path, v.Type().Elem().Kind() != reflect.Struct) {
			item := reflect.New(v.Type().Elem()).Elem()
			d.value(element, item, index(path, i))
			v.Set(reflect.Append(v, item))
		}
	default:
		panic("BUG: scenarios: no decoder for " + v.Type().String())
	}
}

// plain says whether the node is one of the parts of YAML that scenarios use, and reports it when not.
func (d *decoder) plain(node *yaml.Node, path string) bool {
	switch {
	case node.Kind == yaml.AliasNode:
		d.add(path, "an alias (*"+safeText(node.Value)+")", "write the value itself: aliases are not supported")
	case node.Anchor != "":
		d.add(path, "an anchor (&"+safeText(node.Anchor)+")", "write the value itself: anchors are not supported")
	case node.Style&yaml.TaggedStyle != 0:
		d.add(path, "a tag ("+safeText(node.Tag)+")", "remove it: tags are not supported")
	default:
		return true
	}
	return false
}

// text returns the text of a scalar; ok is false, with a problem reported, when the node is none or has no value.
func (d *decoder) text(node *yaml.Node, path string) (text string, ok bool) {
	d.file.values[path] = node
	if !d.plain(node, path) {
		return "", false
	}
	switch {
	case node.Kind != yaml.ScalarNode:
		hint := ""
		if node.Kind == yaml.MappingNode && node.Style&yaml.FlowStyle != 0 {
			hint = "text that begins with { must be in quotes"
		}
		d.add(path, fieldName(path)+" is "+nodeName(node)+", not a single value", hint)
	case node.Tag == "!!null" && node.Style == 0:
		d.add(path, fieldName(path)+" has no value", "")
	default:
		return node.Value, true
	}
	return "", false
}

// scalar decodes a single value of a type in scalarKinds.
func (d *decoder) scalar(node *yaml.Node, v reflect.Value, kind scalarKind, path string) {
	if text, ok := d.text(node, path); ok {
		d.setScalar(text, v, kind, path)
	}
}

func (d *decoder) setScalar(text string, v reflect.Value, kind scalarKind, path string) {
	expanded := text
	if v.Kind() != reflect.String {
		var err error
		if expanded, err = expandEnv(text, d.env); err != nil {
			d.addError(path, err)
			return
		}
	}
	value, err := kind.parse(expanded)
	if err != nil {
		d.add(path, fmt.Sprintf("%s: %s: %s", fieldName(path), quoted(text), err), hintOf(err))
		return
	}
	v.Set(reflect.ValueOf(value).Convert(v.Type()))
}

// structure decodes a mapping into the fields of a struct; extra are keys beside them.
func (d *decoder) structure(node *yaml.Node, v reflect.Value, path string, extra map[string]func(key, value *yaml.Node)) {
	fields := map[string]func(key, value *yaml.Node){}
	order := make([]string, 0, v.NumField()+len(extra))
	for i := range v.NumField() {
		field := v.Type().Field(i)
		key := fieldKey(field)
		if key == "" {
			continue
		}
		order = append(order, key)
		fields[key] = func(_, value *yaml.Node) {
			d.value(value, v.Field(i), child(path, key))
			if field.Tag.Get("positive") != "" && v.Field(i).IsZero() {
				d.add(child(path, key), key+" must be above 0", "")
			}
		}
	}
	for key, f := range extra {
		fields[key] = f
	}
	d.mapping(node, path, append(order, sortedKeys(extra)...), fields)
}

// fieldKey is the key a struct's field has in a file, "" for none.
func fieldKey(field reflect.StructField) string {
	key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	if key == "-" || !field.IsExported() {
		return ""
	}
	return key
}

// mapping calls the function of each key in the order written; it reports unknown and repeated keys.
func (d *decoder) mapping(node *yaml.Node, path string, known []string, fields map[string]func(key, value *yaml.Node)) {
	if node.Kind != yaml.MappingNode {
		d.add(path, fieldName(path)+" is "+nodeName(node)+", not a mapping of keys", "keys: "+strings.Join(known, ", "))
		return
	}
	if len(node.Content)/2 > maxElements {
		d.add(path, fmt.Sprintf("%s has %d keys; the limit is %d", fieldName(path), len(node.Content)/2, maxElements), "")
		return
	}
	first, written := map[string]int{}, map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		written[node.Content[i].Value] = true
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			d.addAt(key.Line, key.Column, "a key that is "+nodeName(key), "keys: "+strings.Join(known, ", "))
			continue
		}
		if line, ok := first[key.Value]; ok {
			d.addAt(key.Line, key.Column, fmt.Sprintf("key %s is written twice", quoted(key.Value)), fmt.Sprintf("the first one is on line %d", line))
			continue
		}
		first[key.Value] = key.Line
		f := fields[key.Value]
		if f == nil {
			hint := "keys here: " + strings.Join(known, ", ")
			if near, ok := nearest(key.Value, known); ok {
				hint = "did you mean " + quoted(near) + "?"
				if !written[near] {
					d.seen[child(path, near)] = true // that it is missing is this problem, no second one
				}
			} else if len(known) == 0 {
				hint = ""
			}
			d.addAt(key.Line, key.Column, "unknown key "+quoted(key.Value), hint)
			continue
		}
		f(key, value)
	}
}

// elements returns the elements of a list; a single value stands for a list of one when single is set.
func (d *decoder) elements(node *yaml.Node, path string, single bool) []*yaml.Node {
	switch {
	case node.Kind == yaml.SequenceNode && len(node.Content) > maxElements:
		d.add(path, fmt.Sprintf("%s has %d elements; the limit is %d", fieldName(path), len(node.Content), maxElements), "")
	case node.Kind == yaml.SequenceNode:
		return node.Content
	case single && node.Kind == yaml.ScalarNode && node.Tag != "!!null":
		return []*yaml.Node{node}
	case node.Kind == yaml.ScalarNode && node.Tag == "!!null" && node.Style == 0:
		d.add(path, fieldName(path)+" has no value", "")
	default:
		d.add(path, fieldName(path)+" is "+nodeName(node)+", not a list", "begin each element with - on a line of its own")
	}
	return nil
}

// addError reports an error that may carry a hint and an offset in the field's text.
func (p *problems) addError(path string, err error) {
	var at *textError
	if errors.As(err, &at) {
		p.addInside(path, at.offset, fieldName(path)+": "+at.reason, at.hint)
		return
	}
	p.add(path, fieldName(path)+": "+safeText(err.Error()), hintOf(err))
}

// hintOf returns the advice of an error that has some.
func hintOf(err error) string {
	if h := (*hintedError)(nil); errors.As(err, &h) {
		return h.hint
	}
	return ""
}

// fieldName is the last part of a path, for messages that also have a position.
func fieldName(path string) string {
	if path == "" {
		return "the scenario"
	}
	return path[strings.LastIndexByte(path, '.')+1:]
}

func nodeName(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	if node.Tag == "!!null" {
		return "empty"
	}
	return "a single value"
}
