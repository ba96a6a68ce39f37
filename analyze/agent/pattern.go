package agent

import "strings"

// pattern is a literal to find and what must be true around it. As text it is
// the literal in lower case (case never matters) with these marks:
//
//	^x    x begins the User-Agent
//	<x    x begins a word: no letter or digit before it
//	x>    x ends a word: no letter after it
//	x$    x ends the User-Agent
//	x*y   y comes anywhere after x
type pattern struct {
	literal string // what the automaton finds
	then    []string
	start   bool
	word    bool
	wordEnd bool
	end     bool
	starred uint8 // 1 + the pattern's number among those with a then
	says    evidence
	value   uint16
}

func parsePattern(text string) pattern {
	var p pattern
	text, p.start = strings.CutPrefix(text, "^")
	text, p.word = strings.CutPrefix(text, "<")
	text, p.end = strings.CutSuffix(text, "$")
	text, p.wordEnd = strings.CutSuffix(text, ">")
	parts := strings.Split(text, "*")
	p.literal, p.then = parts[0], parts[1:]
	if strings.ContainsAny(text, "^<>$") || strings.ToLower(text) != text || p.literal == "" || len(p.then) > 0 && (p.end || p.wordEnd) {
		panic("BUG: agent: no pattern: " + text)
	}
	return p
}

// holds reports whether what surrounds the literal at ua[start:end] is as the
// pattern wants it; "then" is not looked at.
func (p *pattern) holds(ua []byte, start, end int) bool {
	switch {
	case p.start && start != 0,
		p.word && start > 0 && isLetterOrDigit(ua[start-1]),
		p.wordEnd && end < len(ua) && isLetter(ua[end]),
		p.end && end != len(ua):
		return false
	}
	return true
}

// follows reports whether the parts of "then" come in this order in rest.
func (p *pattern) follows(rest []byte) bool {
	for _, part := range p.then {
		i := indexFold(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return true
}

// indexFold is bytes.Index with ASCII letters of text in either case; part is
// in lower case.
func indexFold(text []byte, part string) int {
	for i := 0; i+len(part) <= len(text); i++ {
		j := 0
		for j < len(part) && lower(text[i+j]) == part[j] {
			j++
		}
		if j == len(part) {
			return i
		}
	}
	return -1
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func isLetter(c byte) bool { c = lower(c); return 'a' <= c && c <= 'z' }

func isLetterOrDigit(c byte) bool { return isLetter(c) || '0' <= c && c <= '9' }
