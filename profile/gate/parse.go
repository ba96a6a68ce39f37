package gate

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/loadx/loadx/profile"
)

// maxSource is how long a gate may be, in bytes.
const maxSource = 1024

// A SyntaxError tells what is wrong with the text of a gate, and where.
type SyntaxError struct {
	// Src is the gate as it was written.
	Src string
	// Offset is the byte of Src at which the mistake is, from 0 to len(Src).
	Offset int
	// Message says what is wrong, Hint what would be right, empty if that is not known.
	Message string
	Hint    string
}

// Error is one line that holds everything.
func (e *SyntaxError) Error() string {
	s := fmt.Sprintf("gate %s: column %d: %s", quoted(e.Src), e.Offset+1, e.Message)
	if e.Hint != "" {
		s += ": " + e.Hint
	}
	return s
}

// quoted makes a text of any length and any bytes fit for a line of a terminal.
func quoted(s string) string {
	const most = 120
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}

// Parse reads a gate. Every error is a [*SyntaxError].
func Parse(src string) (Gate, error) {
	if len(src) > maxSource {
		return Gate{}, &SyntaxError{Src: src, Offset: maxSource, Message: fmt.Sprintf("a gate is at most %d bytes long", maxSource)}
	}
	p := &parser{src: src}
	p.space()
	if p.rest() == "" {
		return Gate{}, p.fail(p.pos, "empty", `write one such as p95 < 250ms`)
	}
	g := Gate{source: strings.TrimSpace(src)}
	var err error
	if g.metric, err = p.metric(); err != nil {
		return Gate{}, err
	}
	p.space()
	if g.op, err = p.operator(); err != nil {
		return Gate{}, err
	}
	p.space()
	if g.bound, err = p.bound(g.metric, g.op); err != nil {
		return Gate{}, err
	}
	return g, nil
}

type parser struct {
	src string
	pos int
}

func (p *parser) rest() string { return p.src[p.pos:] }

func (p *parser) fail(offset int, message, hint string) error {
	return &SyntaxError{Src: p.src, Offset: offset, Message: message, Hint: hint}
}

const blanks = " \t\r\n"

func (p *parser) space() { p.pos = len(p.src) - len(strings.TrimLeft(p.rest(), blanks)) }

// take moves over the bytes up to the first of the given ones and returns them.
func (p *parser) take(until string) string {
	start := p.pos
	if i := strings.IndexAny(p.rest(), until); i >= 0 {
		p.pos += i
	} else {
		p.pos = len(p.src)
	}
	return p.src[start:p.pos]
}

const operatorBytes = "<>=!~≤≥"

func (p *parser) metric() (profile.Metric, error) {
	start := p.pos
	name := p.take(blanks + operatorBytes + `"`)
	if name == "page" {
		return p.pageMetric()
	}
	if name == "" {
		return profile.Metric{}, p.fail(start, "the metric is missing", `write one such as p95 < 250ms`)
	}
	m, err := profile.FindMetric(withoutParentheses(name))
	if err != nil {
		return m, p.unknownMetric(start, name, err)
	}
	return m, nil
}

func (p *parser) pageMetric() (profile.Metric, error) {
	const form = `write page "NAME".METRIC, such as page "/item".p95`
	p.space()
	start := p.pos
	literal, err := strconv.QuotedPrefix(p.rest())
	if err != nil || literal[0] != '"' {
		return profile.Metric{}, p.fail(start, "the page's name belongs in double quotes", form)
	}
	page, err := strconv.Unquote(literal)
	if err != nil {
		return profile.Metric{}, p.fail(start, "the page's name is not well quoted", form)
	}
	p.pos += len(literal)
	if !strings.HasPrefix(p.rest(), ".") {
		return profile.Metric{}, p.fail(p.pos, "the page's metric is missing", form)
	}
	p.pos++
	start = p.pos
	name := p.take(blanks + operatorBytes)
	m, err := profile.FindPageMetric(page, withoutParentheses(name))
	if err != nil {
		return m, p.fail(start, fmt.Sprintf("unknown metric of a page: %s", quoted(name)),
			"a page has hits, pv, uv, errors, mean, min, max and percentiles such as p95")
	}
	return m, nil
}

var parentheses = regexp.MustCompile(`^((?:[a-z]+\.)*)p\(([0-9.]+)\)$`)

// withoutParentheses turns k6's p(95) into p95.
func withoutParentheses(name string) string { return parentheses.ReplaceAllString(name, "${1}p${2}") }

// elsewhere is what other tools call our metrics.
var elsewhere = map[string]string{
	"avg": "mean", "average": "mean", "med": "p50", "median": "p50", "count": "hits", "requests": "hits",
	"http_req_duration": "p95", "http_req_failed": "errors", "http_reqs": "hits", "checks": "errors", "iterations": "pv",
	"rps": "rate", "qps": "rate", "throughput": "rate", "latency": "p95", "success": "errors", "views": "pv", "visits": "pv",
	"pageviews": "pv", "users": "uv", "visitors": "uv", "vus": "uv", "5xx": "status.5xx", "4xx": "status.4xx",
}

func (p *parser) unknownMetric(start int, name string, err error) error {
	near := elsewhere[strings.ToLower(name)]
	var unknown *profile.UnknownMetricError
	if near == "" && errors.As(err, &unknown) {
		near = unknown.Near
	}
	hint := ""
	if near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return p.fail(start, "unknown metric "+quoted(name), hint)
}

// insteadOf is what was probably meant by what is no operator.
var insteadOf = map[string]string{
	"=": "==", "===": "==", "!==": "!=", "<>": "!=", "=<": "<=", "=>": ">=", "≤": "<=", "≥": ">=", "~": "within", "~=": "within",
}

func (p *parser) operator() (operator, error) {
	start := p.pos
	symbol := p.rest()
	if i := strings.IndexFunc(symbol, func(r rune) bool { return !strings.ContainsRune(operatorBytes, r) }); i >= 0 {
		symbol = symbol[:i]
	}
	p.pos += len(symbol)
	if symbol == "" {
		symbol = p.take(blanks)
	}
	for op, text := range operators {
		if text == symbol {
			return operator(op), nil
		}
	}
	const known = "the operators are < <= > >= == != and within"
	switch {
	case symbol == "":
		return 0, p.fail(start, "the operator and the limit are missing", "write one such as p95 < 250ms")
	case insteadOf[symbol] != "":
		return 0, p.fail(start, "unknown operator "+quoted(symbol), fmt.Sprintf("did you mean %q?", insteadOf[symbol]))
	default:
		return 0, p.fail(start, "unknown operator "+quoted(symbol), known)
	}
}

// A word of a limit and where it starts.
type word struct {
	text   string
	offset int
}

func (p *parser) words() []word {
	var words []word
	for p.space(); p.rest() != ""; p.space() {
		start := p.pos
		words = append(words, word{p.take(blanks), start})
	}
	return words
}

func (p *parser) bound(m profile.Metric, op operator) (bound, error) {
	var b bound
	words := p.words()
	if op == within {
		const form = "write one such as uv within 1% of plan"
		if len(words) < 3 || words[1].text != "of" {
			return b, p.fail(p.at(words, 0), "within needs a percentage and what it is of", form)
		}
		d, ok := percentage(words[0].text)
		if !ok || d.percent().Cmp(wholePlan.percent()) > 0 {
			return b, p.fail(words[0].offset, "not a percentage up to 100%: "+quoted(words[0].text), form)
		}
		b.tolerance, words = d, words[2:]
	}
	switch {
	case len(words) == 0:
		return b, p.fail(len(p.src), "the limit is missing", "")
	case strings.HasPrefix(words[0].text, baselineWord):
		var err error
		b.relative, err = p.relative(m, words[0])
		if err == nil && op == within && b.relative.sign != 0 {
			err = p.fail(words[0].offset, "within has its percentage already", "write one such as p95 within 5% of baseline")
		}
		return b, err
	case len(words) == 1 && words[0].text == "plan":
		b.share = wholePlan
		return b, p.plannable(m, words[0])
	case len(words) > 1 && words[1].text == "of":
		d, ok := percentage(words[0].text)
		if ok && op != within && len(words) == 3 && words[2].text == baselineWord {
			b.relative = relative{named: true, sign: '*', factor: d.hundredth()}
			if b.relative.factor.rat().Cmp(d.percent()) != 0 || d.rat().Cmp(mostFactor) > 0 {
				return b, p.fail(words[0].offset, "not a percentage that a gate can hold", "")
			}
			return b, nil
		}
		if !ok || op == within || len(words) != 3 || words[2].text != "plan" {
			return b, p.fail(words[0].offset, "not a share of the plan or of the baseline", "write one such as pv >= 99.9% of plan or p95 <= 105% of baseline")
		}
		b.share = d
		return b, p.plannable(m, words[2])
	}
	first, text := words[0], words[0].text
	d, unit, number := scanDecimal(text)
	if number && unit == "" && len(words) > 1 && words[1].text[0] > '9' {
		unit = words[1].text // 250 ms
		text, words = text+unit, words[1:]
	}
	if len(words) > 1 {
		return b, p.fail(words[1].offset, "unexpected "+quoted(words[1].text)+" behind the limit", "one gate is one expectation")
	}
	if number && unit == "" && strings.HasSuffix(m.Name, "duration") {
		// k6's milliseconds are those of a response: nobody means the 600 ms of a run.
		return b, p.fail(first.offset, "a duration needs its unit", needsUnit(d))
	}
	var wrong *mistake
	if b.number, b.fixed, wrong = parseValue(text, m.Quantity); wrong != nil {
		if meant := wordMeant(first.text); meant != "" {
			wrong.hint = meant
		}
		return b, p.fail(first.offset, wrong.message, wrong.hint)
	}
	return b, nil
}

func needsUnit(d decimal) string { return fmt.Sprintf("write %ss or %sms", d, d) }

func (p *parser) at(words []word, i int) int {
	if i < len(words) {
		return words[i].offset
	}
	return len(p.src)
}

func percentage(text string) (decimal, bool) {
	d, rest, ok := scanDecimal(text)
	return d, ok && rest == "%"
}

// plannable refuses a share of the plan for a metric of which plans say nothing.
func (p *parser) plannable(m profile.Metric, at word) error {
	if _, ok := m.Planned(&profile.Profile{Planned: &profile.Planned{}}); !ok {
		return p.fail(at.offset, "the plan does not say what "+m.Name+" should be", "it says pv, uv and sent")
	}
	return nil
}
