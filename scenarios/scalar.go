package scenarios

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/loadx/loadx/scenarios/traffic"
)

// scalarKind is how one type of value is written in a file: it reads the text and describes it to editors.
// The errors of parse never contain the text, for it may hold the value of an environment variable.
type scalarKind struct {
	parse   func(text string) (any, error)
	pattern string // regular expression of the schema for the whole text; empty for any text
	native  string // JSON type that is accepted beside a string: "integer", "number", "boolean" or ""
	enum    []string
	advice  string // how the pattern is kept: what editors and the hints of parse say
}

// hintedError is a parse error with advice.
type hintedError struct {
	reason, hint string
}

// Error returns the reason without the hint.
func (e *hintedError) Error() string { return e.reason }

// How values of some types are written.
const (
	countAdvice    = "write digits, grouped by underscores if you like: 1_000_000"
	ratioAdvice    = "write a percentage as in 50%"
	durationAdvice = "write it as in 10m, 1h30m or 500ms (at most 292 years)"
	rateAdvice     = "write it as in 2000/s, 90/m or 5000/h"
	lawAdvice      = "write even, zipf S as in zipf 1.1, or geometric"
	balanceAdvice  = "write header NAME or cookie NAME, as in header X-Served-By"
)

// envText is what a pattern lets stand for a value that the environment gives.
const envText = `.*\$\{[A-Za-z_][A-Za-z0-9_]*\}.*`

// scalarKinds is the one table of single values; the decoder and the JSON Schema both read it. Patterns are for the whole
// text, and every one also takes envText.
var scalarKinds = map[reflect.Type]scalarKind{
	reflect.TypeFor[string]():        {parse: func(s string) (any, error) { return s, nil }},
	reflect.TypeFor[bool]():          {parse: parseBool, native: "boolean", pattern: `true|false`, advice: "write true or false"},
	reflect.TypeFor[uint64]():        {parse: parseCount, native: "integer", pattern: `[0-9]+(_[0-9]+)*`, advice: countAdvice},
	reflect.TypeFor[float64]():       {parse: parseRatio, native: "number", pattern: `[0-9_]*\.?[0-9_]*%?`, advice: ratioAdvice},
	reflect.TypeFor[time.Duration](): {parse: parseDuration, pattern: `0|(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+`, advice: durationAdvice},
	reflect.TypeFor[traffic.Rate]():  {parse: parseRate, pattern: `\s*[0-9_]*\.?[0-9_]*\s*/\s*[smh]\s*`, advice: rateAdvice},
	reflect.TypeFor[traffic.Law]():   {parse: parseLaw, pattern: `\s*(even|geometric|zipf(\s+[0-9_]*\.?[0-9_]*)?)\s*`, advice: lawAdvice},
	reflect.TypeFor[traffic.Order](): enumKind("new_users", []enumWord{{"paced", traffic.Paced}, {"mixed", traffic.Mixed}}),
	reflect.TypeFor[traffic.Arrivals](): enumKind("arrivals",
		[]enumWord{{"even", traffic.EvenlySpaced}, {"poisson", traffic.Poisson}}),
	reflect.TypeFor[ConnectionMode](): enumKind("connections",
		[]enumWord{{"shared", SharedConnections}, {"per-user", PerUserConnections}, {"fresh", FreshConnections}}),
	reflect.TypeFor[CookiePolicy](): enumKind("cookies", []enumWord{{"keep", KeepCookies}, {"ignore", IgnoreCookies}}),
	reflect.TypeFor[BalanceBy]():    {parse: parseBalanceBy, pattern: `\s*(header|cookie)\s+\S+\s*`, advice: balanceAdvice},
	reflect.TypeFor[PageOrder]():    enumKind("page_order", []enumWord{{"weight", ByWeight}, {"turn", InTurn}}),
}

type enumWord struct {
	word  string
	value any
}

func enumKind(what string, words []enumWord) scalarKind {
	var names []string
	for _, w := range words {
		names = append(names, w.word)
	}
	parse := func(s string) (any, error) {
		for _, w := range words {
			if s == w.word {
				return w.value, nil
			}
		}
		e := &hintedError{reason: "not one of " + strings.Join(names, ", ")}
		if near, ok := nearest(s, names); ok {
			e.hint = "did you mean " + quoted(near) + "?"
		}
		return nil, e
	}
	return scalarKind{parse: parse, enum: names}
}

func parseBool(s string) (any, error) {
	switch s {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return nil, errors.New("neither true nor false")
}

// parseCount reads a whole number; underscores may group its digits.
func parseCount(s string) (any, error) {
	digits, ok := stripUnderscores(s)
	switch {
	case s == "":
		return nil, errors.New("no number")
	case strings.HasPrefix(s, "-"):
		return nil, errors.New("negative")
	case !ok || !all(digits, isDigit):
		return nil, &hintedError{"not a whole number", countAdvice}
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return nil, errors.New("too large: it does not fit in 64 bits")
	}
	return n, nil
}

// parseDecimal reads a non-negative number with an optional fraction; no exponent, sign, NaN or infinity.
func parseDecimal(s string) (float64, error) {
	digits, ok := stripUnderscores(s)
	if strings.HasPrefix(s, "-") {
		return 0, errors.New("negative")
	}
	if !ok || !all(digits, func(c byte) bool { return isDigit(c) || c == '.' }) {
		return 0, errors.New("not a number")
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil || math.IsInf(f, 0) {
		return 0, errors.New("not a number")
	}
	return f, nil
}

// parseRatio reads "50%" or "0.5" as 0.5.
func parseRatio(s string) (any, error) {
	number, percent := strings.CutSuffix(s, "%")
	f, err := parseDecimal(number)
	if err != nil {
		return nil, &hintedError{err.Error(), ratioAdvice}
	}
	if percent {
		f /= 100
	}
	if f > 1 {
		return nil, errors.New("above 100%")
	}
	return f, nil
}

func parseDuration(s string) (any, error) {
	if strings.HasPrefix(s, "-") {
		return nil, errors.New("negative")
	}
	if s != "" && all(s, isDigit) && s != "0" {
		return nil, &hintedError{"a duration without a unit", "write its unit, as in 10m, 1h30m or 500ms"}
	}
	d, err := time.ParseDuration(s)
	if err != nil || strings.HasPrefix(s, "+") {
		return nil, &hintedError{"not a duration", durationAdvice}
	}
	return d, nil
}

func parseRate(s string) (any, error) {
	number, unit, ok := strings.Cut(s, "/")
	if !ok {
		return nil, &hintedError{"a rate without a unit", rateAdvice}
	}
	f, err := parseDecimal(strings.TrimSpace(number))
	if err != nil {
		return nil, &hintedError{err.Error(), rateAdvice}
	}
	switch strings.TrimSpace(unit) {
	case "s":
	case "m":
		f /= 60
	case "h":
		f /= 3600
	default:
		return nil, &hintedError{"not a rate: its unit is none of /s, /m, /h", rateAdvice}
	}
	return traffic.Rate(f), nil
}

func parseLaw(s string) (any, error) {
	words := strings.Fields(s)
	switch {
	case len(words) == 1 && words[0] == "even":
		return traffic.Law{Kind: traffic.Even}, nil
	case len(words) == 1 && words[0] == "geometric":
		return traffic.Law{Kind: traffic.Geometric}, nil
	case len(words) == 1 && words[0] == "zipf":
		return traffic.Law{Kind: traffic.Zipf, S: 1}, nil
	case len(words) == 2 && words[0] == "zipf":
		exponent, err := parseExponent(words[1])
		return traffic.Law{Kind: traffic.Zipf, S: exponent}, err
	}
	e := &hintedError{reason: "not one of even, zipf S, geometric"}
	if len(words) > 0 {
		if near, ok := nearest(words[0], []string{"even", "zipf", "geometric"}); ok {
			e.hint = "did you mean " + quoted(near) + "?"
		}
	}
	return nil, e
}

// parseExponent reads the S of a zipf law.
func parseExponent(s string) (float64, error) {
	f, err := parseDecimal(s)
	if err != nil {
		return 0, fmt.Errorf("the exponent of zipf is %w", err)
	}
	if f <= 0 || f > traffic.MaxZipf {
		return 0, fmt.Errorf("the exponent of zipf is not above 0 and at most %d", traffic.MaxZipf)
	}
	return f, nil
}

// stripUnderscores removes underscores between digits; ok is false when one stands elsewhere or nothing is left.
func stripUnderscores(s string) (digits string, ok bool) {
	if s == "" || s[0] == '_' || s[len(s)-1] == '_' || strings.Contains(s, "__") {
		return s, false
	}
	return strings.ReplaceAll(s, "_", ""), true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func all(s string, is func(byte) bool) bool {
	for i := 0; i < len(s); i++ {
		if !is(s[i]) {
			return false
		}
	}
	return true
}
