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
	file *source // nil for a scenario without a file
	list []found
	more int // how many were counted and not kept
	seen map[string]bool
}

// found is a problem whose place is yet to be worked out, which takes time in proportion to the length of its line.
type found struct {
	Problem
	node   *yaml.Node // the value it is about, or nil
	offset int        // byte of the value
}

// maxFound bounds the problems that are kept until they are put in order.
const maxFound = 10_000

// lineBreaks makes the line breaks of YAML 1.1, by which the library counts lines, into one kind.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

func newSource(name string, text []byte) *source {
	return &source{name: name, lines: strings.Split(lineBreaks.Replace(string(text)), "\n"),
		values: map[string]*yaml.Node{}, flags: map[string]string{}}
}

// find returns a problem placed at a byte of the value of a field; when the field was not written, at the page it
// belongs to, or nowhere.
func (s *source) find(path string, offset int) found {
	if flag, ok := s.flags[path]; ok {
		return found{Problem: Problem{Field: flag}}
	}
	node := s.values[path]
	if node == nil && strings.HasPrefix(path, "pages[") {
		node, offset = s.values[path[:strings.IndexByte(path, ']')+1]], 0
	}
	f := found{Problem: Problem{Field: path}, node: node, offset: offset}
	if node != nil {
		f.Line, f.Column = node.Line, node.Column
	}
	return f
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
	problem := found{Problem: Problem{Field: path}}
	if p.file != nil {
		problem = p.file.find(path, offset)
	}
	if problem.Field != path {
		message = strings.TrimPrefix(message, fieldName(path)+": ") // the flag says it
	}
	problem.Message, problem.Hint = message, hint
	p.keep(problem)
}

// addAt reports a problem at a place of the file that no field has.
func (p *problems) addAt(line, column int, message, hint string) {
	p.keep(found{Problem: Problem{Line: line, Column: column, Message: message, Hint: hint}})
}

func (p *problems) keep(f found) {
	if len(p.list) == maxFound {
		p.more++
		return
	}
	f.Field, f.Message, f.Hint = safeText(f.Field), safeText(f.Message), safeText(f.Hint)
	p.list = append(p.list, f)
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
	list, more := p.inFileOrder()
	return &Error{Name: name, Problems: list, More: more}
}

// inFileOrder returns at most maxProblems problems in the order of the file, those without a position last, and how
// many more there are.
func (p *problems) inFileOrder() (list []Problem, more int) {
	sort.SliceStable(p.list, func(i, j int) bool {
		a, b := p.list[i], p.list[j]
		if (a.Line == 0) != (b.Line == 0) {
			return b.Line == 0
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	n := min(len(p.list), maxProblems)
	for _, f := range p.list[:n] {
		if f.node != nil {
			f.Line, f.Column = p.file.inside(f.node, f.offset)
		}
		if f.Line >= 1 && f.Line <= len(p.file.lines) {
			f.Source, f.Caret = showSource(p.file.lines[f.Line-1], f.Column)
		}
		list = append(list, f.Problem)
	}
	return list, p.more + len(p.list) - n
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
