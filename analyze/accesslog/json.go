package accesslog

import "bytes"

// jsonCodec reads lines that are one JSON object (RFC 8259) each. The scanner
// checks the structure of the whole line and is lenient inside of strings:
// control characters and bytes that are no UTF-8 stand for themselves, and the
// \xHH that nginx's default escaping writes into hand-made JSON is undone.
type jsonCodec struct{ *keyed }

// jsonScan is the state of one line being read.
type jsonScan struct {
	p      *Parser
	r      *Record
	line   []byte
	root   *keyNode
	nested bool
	place  int32 // in the parser's shapes
}

// maxDepth bounds how deep objects and arrays may nest.
const maxDepth = 64

func (k jsonCodec) decode(p *Parser, line []byte, r *Record) error {
	pos := jsonBlanks(line, 0)
	switch {
	case pos == len(line):
		return p.fail(pos, "line", "a log line, not a blank one")
	case line[pos] == '#':
		return ErrComment
	case line[pos] != '{':
		return p.fail(pos, "line", "a JSON object, which begins with '{'")
	}
	plan := k.reset(p, r)
	s := jsonScan{p: p, r: r, line: line, root: plan.root, nested: k.nested}
	p.shapes.begin(plan.root)
	s.place = p.shapes.enter(0, false, plan.root, 0)
	end, err := s.object(pos+1, plan.root, 1, 0)
	if err != nil {
		return err
	}
	if rest := jsonBlanks(line, end); rest < len(line) {
		return p.fail(rest, "line", "the end of the line behind the JSON object")
	}
	if err := k.finish(p, plan, r, end-1); err != nil {
		return err
	}
	p.shapes.learn(line)
	return nil
}

func jsonBlanks(line []byte, pos int) int {
	for pos < len(line) && line[pos] <= ' ' && (line[pos] == ' ' || line[pos] == '\t' || line[pos] == '\r' || line[pos] == '\n') {
		pos++
	}
	return pos
}

// object reads the members of an object from behind its '{' and returns where
// it ends. node is nil when no name in it is wanted.
func (s *jsonScan) object(pos int, node *keyNode, depth int, penalty uint8) (int, error) {
	line := s.line
	pos = jsonBlanks(line, pos)
	if pos < len(line) && line[pos] == '}' {
		return pos + 1, nil
	}
	for {
		if pos == len(line) || line[pos] != '"' {
			return 0, s.p.fail(pos, "name", "a name in quotes")
		}
		var child *keyNode
		end := -1
		if node != nil {
			child, end = s.p.guessName(node, line, pos+1, '"')
		}
		if end < 0 {
			if end = stringEnd(line, pos+1); end < 0 {
				return 0, s.p.fail(pos, "name", "a closing quote")
			}
			if node != nil {
				child = s.p.lookup(node, line[pos+1:end])
			}
		}
		pos = jsonBlanks(line, end+1)
		if pos == len(line) || line[pos] != ':' {
			return 0, s.p.fail(pos, "name", "':' behind the name")
		}
		pos = jsonBlanks(line, pos+1)
		if pos == len(line) {
			return 0, s.p.fail(pos, "value", "a JSON value")
		}
		var err error
		if pos, err = s.value(pos, child, depth, penalty); err != nil {
			return 0, err
		}
		pos = jsonBlanks(line, pos)
		switch {
		case pos < len(line) && line[pos] == ',':
			pos = jsonBlanks(line, pos+1)
		case pos < len(line) && line[pos] == '}':
			return pos + 1, nil
		default:
			return 0, s.p.fail(pos, "value", "',' or '}' behind the value")
		}
	}
}

// value reads one value, hands it on if it is wanted, and returns its end.
func (s *jsonScan) value(pos int, node *keyNode, depth int, penalty uint8) (int, error) {
	line := s.line
	switch line[pos] {
	case '"':
		end := stringEnd(line, pos+1)
		if end < 0 {
			return 0, s.p.fail(pos, "value", "a closing quote")
		}
		f := node.wanted()
		if f != nil {
			s.p.emit(f, s.r, s.text(pos+1, end), pos+1, penalty)
		}
		s.p.shapes.value(s.place, pos+1, end, true, f, penalty)
		return end + 1, nil
	case '{', '[':
		if depth == maxDepth {
			return 0, s.p.fail(pos, "value", "at most 64 levels of nesting")
		}
		return s.within(pos, node, depth+1, penalty)
	}
	text, end := jsonScalarAt(line, pos)
	if end < 0 {
		return 0, s.p.fail(pos, "value", "a JSON value")
	}
	f := node.wanted()
	if f != nil {
		s.p.emit(f, s.r, text, pos, penalty)
	}
	s.p.shapes.value(s.place, pos, end, false, f, penalty)
	return end, nil
}

// within reads an object or array from its bracket on.
func (s *jsonScan) within(pos int, node *keyNode, depth int, penalty uint8) (end int, err error) {
	array := s.line[pos] == '['
	switch {
	case array:
	case node != nil && node.child != nil:
	case s.nested && depth == 2:
		node, penalty = s.root, nestedPenalty
	default:
		node = nil
	}
	around := s.place
	s.place = s.p.shapes.enter(around, array, node, penalty)
	if array {
		end, err = s.array(pos+1, node, depth, penalty)
	} else {
		end, err = s.object(pos+1, node, depth, penalty)
	}
	s.place = around
	return end, err
}

// jsonScalarAt returns the number, true or false at pos, or nil for null, and
// where it ends, −1 if it is none of these.
func jsonScalarAt(line []byte, pos int) (text []byte, end int) {
	end = pos + digits(line[pos:])
	if end == pos || line[pos] == '0' && end > pos+1 || end < len(line) && jsonScalar[line[end]] {
		for end < len(line) && jsonScalar[line[end]] {
			end++
		}
		switch text = line[pos:end]; {
		case string(text) == "null":
			return nil, end
		case string(text) == "true", string(text) == "false", isNumber(text):
		default:
			return nil, -1
		}
	}
	return line[pos:end:end], end
}

// array reads a list; the texts of a wanted one are joined by ", ", as the
// several lines of a header are.
func (s *jsonScan) array(pos int, node *keyNode, depth int, penalty uint8) (int, error) {
	line := s.line
	f := node.wanted()
	values := len(s.p.shapes.trail)
	var joined []byte
	at := pos
	pos = jsonBlanks(line, pos)
	if pos < len(line) && line[pos] == ']' {
		return pos + 1, nil
	}
	for n := 0; ; {
		if pos == len(line) {
			return 0, s.p.fail(pos, "value", "a JSON value or ']'")
		}
		if f != nil && line[pos] == '"' {
			end := stringEnd(line, pos+1)
			if end < 0 {
				return 0, s.p.fail(pos, "value", "a closing quote")
			}
			switch n++; n {
			case 1:
				joined, at = s.text(pos+1, end), pos+1
				s.p.shapes.value(s.place, pos+1, end, true, f, penalty)
			case 2:
				joined = s.join(joined, pos+1, end)
			default:
				joined = s.append(joined, pos+1, end)
			}
			pos = end + 1
		} else {
			var err error
			if pos, err = s.value(pos, nil, depth, penalty); err != nil {
				return 0, err
			}
		}
		pos = jsonBlanks(line, pos)
		switch {
		case pos < len(line) && line[pos] == ',':
			pos = jsonBlanks(line, pos+1)
		case pos < len(line) && line[pos] == ']':
			if f != nil {
				s.p.emit(f, s.r, joined, at, penalty)
				// The shapes know no lists, only values that stand in brackets.
				if n != 1 || len(s.p.shapes.trail) != values+1 {
					s.p.shapes.lost = true
				}
			}
			return pos + 1, nil
		default:
			return 0, s.p.fail(pos, "value", "',' or ']' behind the value")
		}
	}
}

// join puts a second text behind the first, in the scratch, where there then is
// room for all others of the line: with what is between them they are longer
// there than joined.
func (s *jsonScan) join(first []byte, start, end int) []byte {
	p := s.p
	p.reserve(len(first) + len(s.line) - start + len(", "))
	at := len(p.scratch)
	p.scratch = append(p.scratch, first...)
	return s.append(p.scratch[at:], start, end)
}

// append puts one more text behind joined ones, which end the scratch.
func (s *jsonScan) append(joined []byte, start, end int) []byte {
	p := s.p
	at := len(p.scratch) - len(joined)
	p.scratch = append(p.scratch, ", "...)
	p.scratch = appendUnescaped(p.scratch, s.line[start:end], escapeJSON)
	return p.scratch[at:len(p.scratch):len(p.scratch)]
}

// text returns the string between two quotes without its escapes.
func (s *jsonScan) text(start, end int) []byte {
	v := s.line[start:end:end]
	if bytes.IndexByte(v, '\\') < 0 {
		return v
	}
	return s.p.unescape(v, escapeJSON, len(v))
}

// stringEnd returns the index of the quote that ends the string that starts
// behind an opening quote at pos−1, or −1.
func stringEnd(line []byte, pos int) int {
	for from := pos; ; {
		i := bytes.IndexByte(line[from:], '"')
		if i < 0 {
			return -1
		}
		end := from + i
		if line[end-1] != '\\' || !escapedAt(line, pos, end) {
			return end
		}
		from = end + 1
	}
}

// jsonScalar has the bytes of numbers and of true, false and null.
var jsonScalar = func() (set [256]bool) {
	for _, c := range "0123456789+-.eEtrufalsn" {
		set[c] = true
	}
	return set
}()

// isNumber reports whether b is a number of JSON.
func isNumber(b []byte) bool {
	i := 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	n := digits(b[i:])
	if n == 0 || n > 1 && b[i] == '0' {
		return false
	}
	i += n
	if i < len(b) && b[i] == '.' {
		if n = digits(b[i+1:]); n == 0 {
			return false
		}
		i += 1 + n
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if n = digits(b[i:]); n == 0 {
			return false
		}
		i += n
	}
	return i == len(b)
}

func digits(b []byte) int {
	n := 0
	for n < len(b) && b[n]-'0' <= 9 {
		n++
	}
	return n
}
