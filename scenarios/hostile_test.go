package scenarios

import (
	"strings"
	"testing"
)

// A large file takes time in proportion to its size, whatever is wrong with it.
func TestParseIsBounded(t *testing.T) {
	const size = MaxFileSize / 4
	fill := func(head, unit string) string {
		return head + strings.Repeat(unit, (size-len(head)-8)/len(unit))
	}
	const head = "target: http://h\ntraffic: {pv: 10, duration: 1s}\n"
	for name, c := range map[string]struct{ src, closing, first string }{
		"empty pages":       {fill(head+"pages:\n", "-\n"), "", "x.yaml:4:1: pages has "},
		"unknown keys":      {fill(head+"pages: [", "{gett: /},"), "]", "x.yaml:3:8: pages has "},
		"same key":          {fill(head, "a: b\n"), "", "x.yaml:1:1: the scenario has "},
		"one long key":      {fill(head, "k"), ": 1", `x.yaml:3:1: unknown key "kkkk`},
		"slips":             {fill(head+"pages: ["+strings.Repeat("{get: '/{usr'},", 9000), " "), "]", "x.yaml:3:17: get: a { without its } (and 8999 more)"},
		"gates":             {fill(head+"gates: [", "p95,"), "]", "x.yaml:3:"},
		"braces":            {fill(head+"pages:\n- get: /", "{user"), "", "x.yaml:4:9: get: a { without its }"},
		"zipf placeholders": {fill(head+"pages:\n- get: /", "{zipf 1..9}"), "", ""},
		"headers":           {fill(head+"pages: [{get: /, headers: {", "a: b,"), "}}]", "x.yaml:3:"},
		"stages":            {fill("target: http://h\ntraffic: {shape: {stages: [", "{for: 1s,rate: 1/s},"), "]}}", "x.yaml:2:"},
		"nested":            {fill(head+"pages: ", "["), "", "x.yaml:3:10"},
	} {
		t.Run(name, func(t *testing.T) {
			src := c.src + c.closing
			if len(src) > MaxFileSize {
				t.Fatalf("%d bytes", len(src))
			}
			_, err := Parse("x.yaml", []byte(src), Options{})
			if c.first == "" {
				if err != nil {
					t.Errorf("error %.200v", err)
				}
				return
			}
			if err == nil || !strings.HasPrefix(err.Error(), "scenario: "+c.first) {
				t.Errorf("error %.200v\nwant  %s", err, c.first)
			}
			if detail := detailOf(err); len(detail) > 100*2000 {
				t.Errorf("a detail of %d bytes", len(detail))
			}
		})
	}
}
