package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	var page strings.Builder
	text := "\x1b[1mloadx\x1b[0m <b>  \n\x1b[32mpass\x1b[39m p95 \x1b[2mfaint\n\x1b[31;1mFAIL\x1b[m\x1b[5Cend\n\n  \n"
	if err := run(strings.NewReader(text), &page); err != nil {
		t.Fatal(err)
	}
	// 14 columns, three lines: what is empty at the end is no part of it.
	const want = "<!-- 179x118 -->\n"
	if got := page.String(); !strings.HasPrefix(got, want) {
		t.Errorf("size: %.30q, want %q", got, want)
	}
	_, body, _ := strings.Cut(page.String(), "<pre>")
	const wantBody = `<span style="font-weight:bold;color:#fff">loadx</span> &lt;b&gt;
<span style="color:#8ac77e">pass</span> p95 <span style="color:#8a929e">faint</span>
`
	if !strings.HasPrefix(body, wantBody) {
		t.Errorf("%s", body)
	}
	if !strings.Contains(body, `<span style="color:#f2777a;font-weight:bold">FAIL</span>`) || strings.Contains(body, "\x1b") {
		t.Errorf("%q", body)
	}
}
