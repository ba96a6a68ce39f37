package scenarios

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// source is the file a scenario was read from: it turns the path of a field into a position.
type source struct {
	name   string
	lines  []string
	values map[string]*yaml.Node // by field path
	flags  map[string]string     // field path to the flag that set it last
}

// problems collects what is wrong, once a field, with positions from a source.
type problems struct {
	file *source
	list []Problem
	seen map[string]bool
}

func newSource(name string, text []byte) *source {
	return &source{name: name, lines: strings.Split(string(text), "\n"),
		values: map[string]*yaml.Node{}, flags: map[string]string{}}
}

// at returns a problem placed at a line and a column, both from 1.
func (s *source) at(line, column int) Problem {
	p := Problem{Line: line, Column: column}
	if line >= 1 && line <= len(s.lines) {
		p.Source, p.Caret = showSource(strings.TrimSuffix(s.lines[line-1], "\r"), column)
	}
	return p
}

// find returns a problem placed at the value of a field; when the field was not written, at its nearest written
// parent that is no whole section, else nowhere.
func (s *source) find(path string, offset int) Problem {
	if flag, ok := s.flags[path]; ok {
		return Problem{Field: flag}
	}
	node := s.values[path]
	if node == nil {
		if i := strings.LastIndexByte(path, '['); i > 0 && strings.HasPrefix(path, "pages[") {
			if page := s.values[path[:strings.IndexByte(path, ']')+1]]; page != nil {
				p := s.at(page.Line, page.Column)
				p.Field = path
				return p
			}
		}
		return Problem{Field: path}
	}
	line, column := s.inside(node, offset)
	p := s.at(line, column)
	p.Field = path
	return p
}

// inside returns where byte offset of a scalar's value stands in the file: exactly where the value stands there as it
// is, at the value's start where quoting or folding changed it.
func (s *source) inside(node *yaml.Node, offset int) (line, column int) {
	line, column = node.Line, node.Column
	if offset <= 0 || offset > len(node.Value) || node.Kind != yaml.ScalarNode || line < 1 || line > len(s.lines) {
		return line, column
	}
	before := node.Value[:offset]
	switch {
	case node.Style&yaml.LiteralStyle != 0:
		row := line + strings.Count(before, "\n") // the line after the indicator is index line
		inLine := before[strings.LastIndexByte(before, '\n')+1:]
		if row >= len(s.lines) {
			return line, column
		}
		text := s.lines[row]
		valueLine, _, _ := strings.Cut(node.Value[offset-len(inLine):], "\n")
		indent := strings.Index(text, valueLine)
		if indent < 0 {
			return line, column
		}
		return row + 1, indent + utf8.RuneCountInString(inLine) + 1
	case node.Style&yaml.FoldedStyle != 0:
		return line, column
	}
	text, skip := s.lines[line-1], 0
	if node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		skip = 1
	}
	start := byteOfColumn(text, column) + skip
	if start > len(text) || !strings.HasPrefix(text[start:], node.Value) {
		return line, column
	}
	return line, column + skip + utf8.RuneCountInString(before)
}

// byteOfColumn returns the byte offset of a column (in characters, from 1) in a line.
func byteOfColumn(line string, column int) int {
	for i := range line {
		if column--; column == 0 {
			return i
		}
	}
	return len(line)
}

// add reports a problem with a field, unless one with it, or with the part of the file that holds it, is known.
func (p *problems) add(path, message, hint string) {
	p.addInside(path, 0, message, hint)
}

// addInside is add for byte offset of the field's value.
func (p *problems) addInside(path string, offset int, message, hint string) {
	if p.covered(path) {
		return
	}
	p.seen[path] = true
	problem := Problem{Field: path}
	if p.file != nil {
		problem = p.file.find(path, offset)
	}
	if problem.Field != path {
		message = strings.TrimPrefix(message, fieldName(path)+": ") // the flag says it
	}
	problem.Message, problem.Hint = message, hint
	p.list = append(p.list, problem)
}

// addAt reports a problem at a place of the file that no field has.
func (p *problems) addAt(line, column int, message, hint string) {
	problem := p.file.at(line, column)
	problem.Message, problem.Hint = message, hint
	p.list = append(p.list, problem)
}

// covered says whether a problem with the field or with a parent of it is known.
func (p *problems) covered(path string) bool {
	for {
		if p.seen[path] {
			return true
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return false
		}
		path = path[:i]
	}
}

// touched says whether a problem with the field or with any part of it is known.
func (p *problems) touched(path string) bool {
	if p.covered(path) {
		return true
	}
	for seen := range p.seen {
		if strings.HasPrefix(seen, path) {
			return true
		}
	}
	return false
}

// err returns the problems in the order of the file, or nil.
func (p *problems) err(name string) error {
	if len(p.list) == 0 {
		return nil
	}
	return &Error{Name: name, Problems: inFileOrder(p.list)}
}

// inFileOrder sorts problems by position; those without one come last.
func inFileOrder(list []Problem) []Problem {
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i], list[j]
		if (a.Line == 0) != (b.Line == 0) {
			return b.Line == 0
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	return list
}

// index is the path of an element of a list.
func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// child is the path of a key of a mapping.
func child(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
