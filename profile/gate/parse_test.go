package gate

import (
	"errors"
	"strings"
	"testing"
)

func TestString(t *testing.T) {
	for src, want := range map[string]string{
		"p95 < 250ms":                  "p95 < 250ms",
		"p(95)<500":                    "p95 < 500ms",
		"p(99.9)  <=\t0.5":             "p99.9 <= 500µs",
		"service.p(99) < 20ms":         "service.p99 < 20ms",
		"seen.server.p(99) < 20ms":     "seen.server.p99 < 20ms",
		" p95 < 90s\n":                 "p95 < 1m30s",
		"p95 < 3600s":                  "p95 < 1h",
		"p95 < 250 ms":                 "p95 < 250ms",
		"p95<0":                        "p95 < 0s",
		"errors<0.1%":                  "errors < 0.1%",
		"errors < 0.001":               "errors < 0.1%",
		"errors == 0":                  "errors == 0%",
		"errors < 07.50%":              "errors < 7.5%",
		"uv == 250_000":                "uv == 250000",
		"uv within 1% of 250_000":      "uv within 1% of 250000",
		"uv within 1.50% of plan":      "uv within 1.5% of plan",
		"pv>=99.9%  of plan":           "pv >= 99.9% of plan",
		"pv == 100% of plan":           "pv == plan",
		"rate>=1_000/s":                "rate >= 1000/s",
		"rate >= 1/m":                  "rate >= 1/m",
		"bytes < 1.5 GiB":              "bytes < 1.5GiB",
		"bytes != 10":                  "bytes != 10B",
		"status.5xx==0":                "status.5xx == 0",
		`page "/item".p95 < 80ms`:      `page "/item".p95 < 80ms`,
		`page"/a b".p(95)<80`:          `page "/a b".p95 < 80ms`,
		`page "/\"\x00é".hits == 0`:    `page "/\"\x00é".hits == 0`,
		"max within 5% of 1m0.5s":      "max within 5% of 1m0.5s",
		"uv within 100% of 1":          "uv within 100% of 1",
		"pv <= 9007199254740992":       "pv <= 9007199254740992",
		"p95 <= baseline":              "p95 <= baseline",
		"p95<=baseline+5%":             "p95 <= baseline + 5%",
		"p95 <= baseline  +  05.0 %":   "p95 <= baseline + 5%",
		"p95 <= baseline + 10":         "p95 <= baseline + 10ms",
		"p95 <= baseline + 1_000 us ":  "p95 <= baseline + 1ms",
		"p95 <= baseline*1.10":         "p95 <= baseline * 1.1",
		"p95 <= 110% of baseline":      "p95 <= baseline * 1.1",
		"rate >= baseline - 5%":        "rate >= baseline - 5%",
		"rate >= baseline - 50/s":      "rate >= baseline - 50/s",
		"errors <= baseline + 0.1pp":   "errors <= baseline + 0.1pp",
		"errors <= baseline + 10%":     "errors <= baseline + 10%",
		"bytes < baseline + 1 KiB":     "bytes < baseline + 1KiB",
		"uv within 1% of baseline":     "uv within 1% of baseline",
		`page "/".p95 < baseline + 1s`: `page "/".p95 < baseline + 1s`,
	} {
		g, err := Parse(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if g.String() != want {
			t.Errorf("%q: %q, want %q", src, g, want)
		}
		if g.Source() != strings.TrimSpace(src) {
			t.Errorf("%q: source %q", src, g.Source())
		}
		again, err := Parse(g.String())
		if err != nil || again.String() != want || again.bound != g.bound || again.op != g.op {
			t.Errorf("%q does not parse to itself: %v, %v", want, again, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		src    string
		column int
		want   string
	}{
		{"", 1, "empty: write one such as p95 < 250ms"},
		{"  ", 3, "empty: write one such as p95 < 250ms"},
		{"< 5", 1, "the metric is missing: write one such as p95 < 250ms"},
		{"p59x < 5", 1, `unknown metric "p59x": did you mean "p50"?`},
		{"P95 < 5", 1, `unknown metric "P95": did you mean "p95"?`},
		{"uvs == 5", 1, `unknown metric "uvs": did you mean "uv"?`},
		{"eror < 1%", 1, `unknown metric "eror": did you mean "errors"?`},
		{"avg<200", 1, `unknown metric "avg": did you mean "mean"?`},
		{"med<200", 1, `unknown metric "med": did you mean "p50"?`},
		{"http_req_failed<0.01", 1, `unknown metric "http_req_failed": did you mean "errors"?`},
		{"http_req_duration<200", 1, `unknown metric "http_req_duration": did you mean "p95"?`},
		{"p(101)<5", 1, `unknown metric "p(101)": did you mean "p50"?`},
		{"completely_else<5", 1, `unknown metric "completely_else"`},
		{"seen.seen.uv == 1", 1, `unknown metric "seen.seen.uv": did you mean "seen.uv"?`},
		{"p95", 4, "the operator and the limit are missing: write one such as p95 < 250ms"},
		{"p95 250ms", 5, `unknown operator "250ms": the operators are < <= > >= == != and within`},
		{"p95 = 250ms", 5, `unknown operator "=": did you mean "=="?`},
		{"p95===250", 4, `unknown operator "===": did you mean "=="?`},
		{"p95 ≤ 250", 5, `unknown operator "≤": did you mean "<="?`},
		{"uv ~ 250", 4, `unknown operator "~": did you mean "within"?`},
		{"p95 <", 6, "the limit is missing"},
		{"p95 < fast", 7, `not a number: "fast"`},
		{"p95 < basline", 7, `not a number: "basline": did you mean "baseline"?`},
		{"pv < plann", 6, `not a number: "plann": did you mean "plan"?`},
		{"p95 < baseline 5%", 16, `unexpected "5%" behind the baseline: ` + relativeForm},
		{"p95 < baselines", 15, `unexpected "s" behind the baseline: ` + relativeForm},
		{"p95 < baseline +", 17, "what comes behind the sign is missing: " + relativeForm},
		{"p95 < baseline * 5%", 18, `a factor is a number without unit: "5%": ` + relativeForm},
		{"p95 < baseline * x", 18, `a factor is a number without unit: "x": ` + relativeForm},
		{"p95 < baseline * 10000000", 18, "the number is too large"},
		{"p95 < baseline + 5% + 1ms", 18, `unexpected "5% + 1ms" behind the baseline: one gate is one expectation`},
		{"p95 < baseline + 5kg", 18, `not a duration: "5kg": the units are ns, us, ms, s, m and h`},
		{"p95 < baseline + -5ms", 18, "no metric is negative"},
		{"duration < baseline + 5", 23, "a duration needs its unit: write 5s or 5ms"},
		{"errors < baseline + 0.001", 21, `a share grows by percentage points or by a percentage of itself: "0.001": write 0.001pp for percentage points, or 0.001% for a percentage of the baseline's share`},
		{"errors < baseline + x", 21, `not a number: "x"`},
		{"pv < baseline + 0.5", 17, "a count is a whole number"},
		{"p95 within 5% of baseline + 1ms", 18, "within has its percentage already: write one such as p95 within 5% of baseline"},
		{"p95 < 0.0000000000000000000001% of baseline", 7, "not a share of the plan or of the baseline: write one such as pv >= 99.9% of plan or p95 <= 105% of baseline"},
		{"p95 < 0.00000000000000000001% of baseline", 7, "not a percentage that a gate can hold"},
		{"p95 < .5s", 7, `not a number: ".5s": a number starts with a digit, such as 0.5`},
		{"p95 < -5", 7, "no metric is negative"},
		{"p95 < 5kg", 7, `not a duration: "5kg": the units are ns, us, ms, s, m and h`},
		{"p95 < 5%", 7, "a duration is no percentage: write a duration such as 250ms"},
		{"p95 < 99999999999h", 7, `not a duration: "99999999999h": the units are ns, us, ms, s, m and h`},
		{"p95 < 250ms and uv == 5", 13, `unexpected "and" behind the limit: one gate is one expectation`},
		{"p95 < 250 300", 11, `unexpected "300" behind the limit: one gate is one expectation`},
		{"duration < 600", 12, "a duration needs its unit: write 600s or 600ms"},
		{"errors < 1", 10, "a share is a percentage or a number in [0, 1): write 1% for a percentage"},
		{"errors < 101%", 10, "a share can't exceed 100%"},
		{"errors < 5ms", 10, `unknown unit of a share: "ms": write a percentage such as 0.1%`},
		{"rate<0.01", 6, "a rate needs its unit: /s, /m or /h: the share of failures is errors: errors < 0.01"},
		{"rate >= 950", 9, "a rate needs its unit: /s, /m or /h: write 950/s"},
		{"rate >= 950rps", 9, `unknown unit of a rate: "rps": write 950/s`},
		{"bytes < 5Mb", 9, `unknown unit of a size: "Mb": the units are B, kB, MB, GB, TB, KiB, MiB, GiB and TiB`},
		{"uv == 250k", 7, `a count has no unit: "k": write all digits: 250_000 or 250000`},
		{"uv == 250,000", 7, "digits are grouped by underscores: write 250_000 or 250000"},
		{"uv == 2.5", 7, "a count is a whole number"},
		{"uv == 1__0", 7, `not a number that a gate can hold: "1__0"`},
		{"uv == 1e6", 7, `a count has no unit: "e6": write all digits: 250_000 or 250000`},
		{"uv == 9007199254740993", 7, "the number is too large"},
		{"uv == 123456789012345678901", 7, `not a number that a gate can hold: "123456789012345678901"`},
		{"pv >= 99%", 7, "a count is no percentage: write 99% of plan, where the plan says the count"},
		{"pv >= 99% of plans", 7, "not a share of the plan or of the baseline: write one such as pv >= 99.9% of plan or p95 <= 105% of baseline"},
		{"pv >= 99 of plan", 7, "not a share of the plan or of the baseline: write one such as pv >= 99.9% of plan or p95 <= 105% of baseline"},
		{"hits >= 99% of plan", 16, "the plan does not say what hits should be: it says pv, uv and sent"},
		{"p95 < plan", 7, "the plan does not say what p95 should be: it says pv, uv and sent"},
		{"uv within 250000", 11, "within needs a percentage and what it is of: write one such as uv within 1% of plan"},
		{"uv within", 10, "within needs a percentage and what it is of: write one such as uv within 1% of plan"},
		{"uv within 1 of 250000", 11, `not a percentage up to 100%: "1": write one such as uv within 1% of plan`},
		{"uv within 101% of 250000", 11, `not a percentage up to 100%: "101%": write one such as uv within 1% of plan`},
		{"uv within 1% of 5% of plan", 17, "not a share of the plan or of the baseline: write one such as pv >= 99.9% of plan or p95 <= 105% of baseline"},
		{"uv within 1% of", 11, "within needs a percentage and what it is of: write one such as uv within 1% of plan"},
		{"page /item.p95 < 5", 6, `the page's name belongs in double quotes: write page "NAME".METRIC, such as page "/item".p95`},
		{"page '/item'.p95 < 5", 6, `the page's name belongs in double quotes: write page "NAME".METRIC, such as page "/item".p95`},
		{`page "/item" < 5`, 13, `the page's metric is missing: write page "NAME".METRIC, such as page "/item".p95`},
		{`page "/item".p9x < 5`, 14, `unknown metric of a page: "p9x": a page has hits, pv, uv, errors, mean, min, max and percentiles such as p95`},
		{"p95\x1b[31m < 5", 1, `unknown metric "p95\x1b[31m"`},
	} {
		_, err := Parse(c.src)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: %v", c.src, err)
			continue
		}
		got := syntax.Message
		if syntax.Hint != "" {
			got += ": " + syntax.Hint
		}
		if got != c.want || syntax.Offset+1 != c.column || syntax.Src != c.src {
			t.Errorf("%q: column %d, %s\nwant column %d, %s", c.src, syntax.Offset+1, got, c.column, c.want)
		}
	}
	if _, err := Parse(strings.Repeat("x", maxSource+1)); err == nil || len(err.Error()) > 300 {
		t.Errorf("too long: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, src := range []string{"p95 < 250ms", "p(95)<500", "uv within 1% of plan", "pv >= 99.9% of plan", `page "/\x00".p95 < 80ms`,
		"rate >= 1/m", "bytes < 1.5 GiB", "errors < 0.00000000000000000001", "uv == 250_000", "service.p(99.99)!=1h2m3.000000004s", "status.5xx ≤ 0", "page \"", "p95 <",
		"p95 <= baseline + 5%", "p95<=baseline+5%", "errors <= baseline + 0.1pp", "rate >= 95% of baseline", "p95 within 5% of baseline", "p95 < baseline * 1.1",
		"bytes <= baseline - 1.5 KiB", "p95 < baseline + ", "p95 < baseline * 5%", "p95 < 0.0000000000000000000000000001% of baseline"} {
		f.Add(src)
	}
	p := attacked(f)
	f.Fuzz(func(t *testing.T, src string) {
		g, err := Parse(src)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(src) || strings.ContainsAny(err.Error(), "\n\r\x1b\x00") {
				t.Fatalf("%q: %#v", src, err)
			}
			return
		}
		again, err := Parse(g.String())
		if err != nil {
			t.Fatalf("%q: canonical %q: %v", src, g, err)
		}
		if again.String() != g.String() || again.bound != g.bound || again.op != g.op || again.metric.Name != g.metric.Name {
			t.Fatalf("%q: canonical %q is another gate, %q", src, g, again)
		}
		g, again = g.Against(p), again.Against(p)
		a, b := g.Judge(p), again.Judge(p)
		if a.Verdict != b.Verdict || a.Actual != b.Actual || a.Limit != b.Limit {
			t.Fatalf("%q: %+v, canonical %+v", src, a, b)
		}
	})
}
