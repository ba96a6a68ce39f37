package scenarios

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

// render compiles text and renders it for a visit and a user.
func render(t *testing.T, text string, x syntax, n, user uint64) string {
	t.Helper()
	var compiled template
	if err := compiled.compile(text, x); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	compiled.seed(1, firstDraw)
	return string(compiled.append(nil, subject{n: n, user: user}))
}

func TestTemplateText(t *testing.T) {
	x := syntax{env: env{"NAME": "value", "EMPTY": "", "_x1": "{user}"}.lookUp}
	for text, want := range map[string]string{
		"":                           "",
		"/plain":                     "/plain",
		"{user}":                     "7",
		"u{user}-{seq}":              "u7-3",
		"{{user}}":                   "{user}",
		"{{{user}}}":                 "{7}",
		`{{"a": {{"b": [{user}]}}}}`: `{"a": {"b": [7]}}`,
		"$5":                         "$5",
		"$":                          "$",
		"${NAME}!":                   "value!",
		"$${NAME}":                   "$value",
		"${{NAME}}":                  "${NAME}",
		"{env NAME}{env EMPTY}":      "value",
		"${_x1}":                     "{user}", // a value is no template
		"{choice only}":              "only",
		"{choice a b }":              "a b ",
		"{uniform 5..5}{zipf 9..9}":  "59",
		"{uniform 1_000..1_000}":     "1000",
		"{zipf 2.5 0..0}":            "0",
		"ü{user}":                    "ü7",
		"{uniform 4611686018427387904..4611686018427387904}": "4611686018427387904",
	} {
		if got := render(t, text, x, 3, 7); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestTemplateErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a{":                                 "1: a { without its }",
		"a}b":                                "1: a } without its {",
		"{}":                                 "0: unknown placeholder {}",
		"{user x}":                           "0: a {user} that can't be understood",
		"{uniform}":                          "0: a {uniform} that can't be understood",
		"{uniform 1}":                        "0: not a range of whole numbers",
		"{uniform 1..}":                      "0: not a range of whole numbers",
		"{uniform -1..5}":                    "0: not a range of whole numbers",
		"{uniform 1...5}":                    "0: not a range of whole numbers",
		"ab{uniform 9..1}":                   "2: a range that ends before it begins",
		"{uniform 0..18446744073709551615}":  "0: a range of more than 2^62 numbers",
		"{zipf 0 1..2}":                      "0: the exponent of zipf is not above 0 and at most 100",
		"{zipf NaN 1..2}":                    "0: the exponent of zipf is not a number",
		"{zipf 1e3 1..2}":                    "0: the exponent of zipf is not a number",
		"{zipf 101 1..2}":                    "0: the exponent of zipf is not above 0 and at most 100",
		"{choice}":                           "0: a {choice} that can't be understood",
		"{env}":                              "0: a {env} that can't be understood",
		"{env A B}":                          "0: a {env} that can't be understood",
		"x${A}":                              "1: environment variable A is not set",
		"${}":                                "0: not the name of an environment variable",
		"${a-b}":                             "0: not the name of an environment variable",
		"{env 1a}":                           "0: not the name of an environment variable",
		"${A":                                "0: a { without its }",
		"{" + strings.Repeat("x", 200) + "}": "0: unknown placeholder {" + strings.Repeat("x", 60) + "…}",
		"{\x1b[31m}":                         `0: unknown placeholder {\x1b[31m}`,
	} {
		var compiled template
		err := compiled.compile(text, syntax{})
		at, ok := err.(*textError)
		if !ok {
			t.Errorf("%q: error %v", text, err)
			continue
		}
		if got := fmt.Sprintf("%d: %s", at.offset, at.reason); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestURLEncoding(t *testing.T) {
	x := syntax{clean: cleanURL, env: env{"Q": "a b&c=d/ü"}.lookUp}
	for text, want := range map[string]string{
		"/a b":               "/a%20b",
		"/%20?q=ü":           "/%20?q=%C3%BC",
		"/{{x}}|\\^`<>\"":    "/%7Bx%7D%7C%5C%5E%60%3C%3E%22",
		"/?q=${Q}":           "/?q=a%20b&c=d/%C3%BC",
		"/{choice a b|a b}":  "/a%20b",
		"/a;b,c:d@e!f$g'(h)": "/a;b,c:d@e!f$g'(h)",
	} {
		if got := render(t, text, x, 0, 0); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"/a\nb", "/a\x00", "/\x7f", "/a#b", "/{choice a#|b}"} {
		if err := new(template).compile(text, x); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

// chiSquareLimit is a value that a chi-square variable with k degrees of freedom exceeds with a probability of about
// 10^-5 (Wilson and Hilferty's approximation).
func chiSquareLimit(k int) float64 {
	h := 2 / (9 * float64(k))
	return float64(k) * math.Pow(1-h+4.265*math.Sqrt(h), 3)
}

// chiSquare compares counts with the weights they should follow.
func chiSquare(t *testing.T, name string, counts []int, weights []float64) {
	t.Helper()
	total, sum, x := 0, 0.0, 0.0
	for i, c := range counts {
		total += c
		sum += weights[i]
	}
	for i, c := range counts {
		want := weights[i] / sum * float64(total)
		x += (float64(c) - want) * (float64(c) - want) / want
	}
	if limit := chiSquareLimit(len(counts) - 1); x > limit {
		t.Errorf("%s: chi-square %.1f above %.1f", name, x, limit)
	}
}

func TestTemplateDistributions(t *testing.T) {
	const visits = 40_000
	uniform, zipf, choice := make([]int, 20), make([]int, 50), make([]int, 3)
	pairs := make([]int, 9) // of two placeholders that look alike: they must be independent
	var all template
	if err := all.compile("{uniform 1..20} {zipf 1.2 1..50} {choice a|b|c} {uniform 0..2} {uniform 0..2}", syntax{}); err != nil {
		t.Fatal(err)
	}
	if next := all.seed(7, firstDraw); next != firstDraw+5 {
		t.Errorf("%d draws, want 5", next-firstDraw)
	}
	var buffer []byte
	for n := range uint64(visits) {
		buffer = all.append(buffer[:0], subject{n: n})
		words := strings.Fields(string(buffer))
		number := func(i int) int {
			v, err := strconv.Atoi(words[i])
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		uniform[number(0)-1]++
		zipf[number(1)-1]++
		choice[words[2][0]-'a']++
		pairs[3*number(3)+number(4)]++
	}
	weights := func(n int, f func(k float64) float64) []float64 {
		w := make([]float64, n)
		for i := range w {
			w[i] = f(float64(i + 1))
		}
		return w
	}
	one := func(float64) float64 { return 1 }
	chiSquare(t, "uniform", uniform, weights(20, one))
	chiSquare(t, "zipf", zipf, weights(50, func(k float64) float64 { return math.Pow(k, -1.2) }))
	chiSquare(t, "choice", choice, weights(3, one))
	chiSquare(t, "pairs", pairs, weights(9, one))
}

func TestSecretsStaySecret(t *testing.T) {
	const src = `target: ${BASE}
traffic: {pv: 10, uv: 10, duration: 1s}
identity: {id: "${TENANT}-{user}", cookie: uid}
headers: {Authorization: "Bearer ${TOKEN}"}
pages:
  - get: /a?key={env TOKEN}&n={seq}
    body: "${TOKEN}"
`
	values := env{"BASE": "http://secret-host:81/secret-path", "TOKEN": "secret-token", "TENANT": "secret-tenant"}
	plan := mustPlan(t, mustParse(t, "f.yaml", src, Options{Env: values.lookUp}))
	var r Request
	v := plan.Visit(4)
	plan.Request(&r, v)
	if got, want := string(r.URL), "http://secret-host:81/secret-path/a?key=secret-token&n=4"; got != want {
		t.Errorf("URL %s, want %s", got, want)
	}
	if string(r.Address()) != "secret-host:81" || string(r.RequestURI) != "/secret-path/a?key=secret-token&n=4" {
		t.Errorf("address %s, request URI %s", r.Address(), r.RequestURI)
	}
	wantHeader := fmt.Sprintf("Authorization: Bearer secret-token\r\nCookie: uid=secret-tenant-%d\r\nUser-Agent: loadx\r\n", v.ID)
	if got := string(r.Header); got != wantHeader {
		t.Errorf("headers %q, want %q", got, wantHeader)
	}
	if got, want := string(plan.AppendPrintableURL(nil, v)), "${BASE}/a?key=${TOKEN}&n=4"; got != want {
		t.Errorf("printable URL %s, want %s", got, want)
	}
	if got, want := plan.Redact("dial secret-host: secret-token, secret-tenant; http://secret-host:81/secret-path"), "dial secret-host: ${TOKEN}, ${TENANT}; ${BASE}"; got != want {
		t.Errorf("redacted %s, want %s", got, want)
	}
	if printed := fmt.Sprint(plan.Pages(), plan.Target(), plan.Name(), plan.Warnings(), plan.Channels()); strings.Contains(printed, "secret") {
		t.Errorf("printed: %s", printed)
	}
	other := env{"BASE": "http://other", "TOKEN": "other-token", "TENANT": "other"}
	if hash := mustPlan(t, mustParse(t, "f.yaml", src, Options{Env: other.lookUp})).Hash(); hash != plan.Hash() {
		t.Error("the hash depends on the values of environment variables")
	}
	for name, value := range map[string]string{"TOKEN": "secret\r\nX: y", "TENANT": "secret;x=y", "BASE": "http://user:secret@h"} {
		bad := env{"BASE": "http://h", "TOKEN": "t", "TENANT": "t"}
		bad[name] = value
		_, err := Parse("f.yaml", []byte(src), Options{Env: bad.lookUp})
		if err == nil || strings.Contains(detailOf(err), "secret") {
			t.Errorf("%s = %q: %v\n%s", name, value, err, detailOf(err))
		}
	}
}
