package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/loadx/loadx/scenarios/traffic"
	yaml "go.yaml.in/yaml/v4"
)

// MaxFileSize is the size in bytes up to which Parse reads a scenario.
const MaxFileSize = 1 << 20

// Parse reads a scenario from the text of a file. The name is used in errors, and its directory is where the @FILE of
// a body is looked for. The scenario that is returned is complete and valid: its Plan does not fail.
//
// All that is wrong is returned at once as an *Error. Aliases, anchors, merge keys, tags and a second document are
// refused, and so is a file above MaxFileSize. The text is not kept.
func Parse(name string, src []byte, opts Options) (*Scenario, error) {
	s := &Scenario{options: opts, file: newSource(name, nil)}
	p := &problems{file: s.file, seen: map[string]bool{}}
	if root := load(p, name, src); root != nil {
		d := &decoder{problems: p, env: opts.Env}
		d.decodeRoot(root, s)
		d.override(s, opts.Overrides)
		if root.Kind == yaml.MappingNode {
			s.compile(p, traffic.Shard{})
		}
	}
	if err := p.err(name); err != nil {
		return nil, err
	}
	return s, nil
}

// New returns a scenario that holds nothing but the options and what their overrides set; the caller fills the other
// fields. Name is what errors call it, usually the URL that is attacked. The error is an *Error about the overrides.
func New(name string, opts Options) (*Scenario, error) {
	s := &Scenario{options: opts, file: newSource(name, nil)}
	p := &problems{file: s.file, seen: map[string]bool{}}
	d := &decoder{problems: p, env: opts.Env}
	d.override(s, opts.Overrides)
	if err := p.err(name); err != nil {
		return nil, err
	}
	return s, nil
}

// Plan resolves the scenario into the traffic of a shard; the zero shard is the whole. All that is wrong is returned at
// once as an *Error. A body's file is read anew. The scenario is not changed, and the plan keeps nothing of it.
func (s *Scenario) Plan(shard traffic.Shard) (*Plan, error) {
	p := &problems{file: s.file, seen: map[string]bool{}}
	plan := s.compile(p, shard)
	if err := p.err(s.fileName()); err != nil {
		return nil, err
	}
	return plan, nil
}

// load returns the root node of the only document, or nil with a problem reported.
func load(p *problems, name string, src []byte) *yaml.Node {
	if len(src) > MaxFileSize {
		p.add("", fmt.Sprintf("the file has more than the %d bytes that a scenario may have", MaxFileSize),
			"is this the right file?")
		return nil
	}
	src = bytes.TrimPrefix(src, []byte("\xEF\xBB\xBF"))
	*p.file = *newSource(name, src)
	if offset := firstBadByte(src); offset >= 0 {
		before := lineBreaks.Replace(string(src[:offset]))
		line := 1 + strings.Count(before, "\n")
		column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
		p.addAt(line, column, fmt.Sprintf(`byte \x%02x: not UTF-8 text`, src[offset]), "is this a scenario, and saved as UTF-8?")
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(src), yaml.WithV4Defaults())
	if err != nil {
		p.add("", "yaml: "+safeText(err.Error()), "")
		return nil
	}
	var document yaml.Node
	if err := loader.Load(&document); err != nil {
		p.addYAML(err)
		return nil
	}
	var second yaml.Node
	switch err := loader.Load(&second); {
	case err == nil && len(second.Content) > 0:
		p.addAt(second.Content[0].Line, second.Content[0].Column, "a second document", "a scenario is one YAML document: remove what follows ---")
	case err != nil && !errors.Is(err, io.EOF):
		p.addYAML(err)
	}
	if len(document.Content) == 0 {
		p.add("", "the file is empty", emptyHint)
		return nil
	}
	return document.Content[0]
}

const emptyHint = "a scenario needs at least target, traffic and pages"

// addYAML reports what the YAML library says.
func (p *problems) addYAML(err error) {
	if errors.Is(err, io.EOF) {
		p.add("", "the file is empty", emptyHint)
		return
	}
	message, line, column := err.Error(), 0, 0
	var one *yaml.LoadError
	if errors.As(err, &one) {
		message, line, column = one.Message, one.Mark.Line, one.Mark.Column
		if one.ContextMsg != "" {
			message = one.ContextMsg + ": " + message
		}
	}
	message = "yaml: " + safeText(strings.ReplaceAll(message, "\n", " "))
	hint := ""
	if strings.Contains(message, "flow mapping") {
		hint = "inside { } or [ ], text with braces must be in quotes"
	} else if strings.Contains(message, "mapping values") {
		hint = "text that holds a colon and a space must be in quotes"
	} else if strings.Contains(message, "cannot start any token") {
		hint = "indent with spaces, not tabs, and put text that starts with one of @ ` % in quotes"
	}
	if line == 0 {
		p.add("", message, hint)
		return
	}
	p.addAt(line, column, message, hint)
}

// firstBadByte returns the offset of the first byte that no UTF-8 text file has, or -1.
func firstBadByte(src []byte) int {
	for i := 0; i < len(src); {
		if c := src[i]; c < utf8.RuneSelf {
			if c == 0 || c == 0x7F || c < ' ' && c != '\n' && c != '\r' && c != '\t' {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}
