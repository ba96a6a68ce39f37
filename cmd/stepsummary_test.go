package cmd_test

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/russross/blackfriday/v2"
)

// The summary of a step is a page that the whole team looks at: what visitors wrote into the log stays text in it, also
// behind what the steps before left open.
func TestStepSummaryRendered(t *testing.T) {
	hostile := []string{`/<script>alert(1)</script>`, `/a|b|c`, "/`code`", `/**bold**`, `/[link](http://evil.example)`, `/@octocat`, `/\x1b[31mred`,
		`/<!--`, "/\u202etxt", `/~~struck~~`, `/$(x)`}
	log := ""
	for _, path := range hostile {
		log += `10.0.0.1 - - [21/Nov/2026:10:00:00 +0000] "GET ` + path + ` HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"` + "\n"
	}
	for _, before := range []string{"", "no end of line", "| a | b |\n|---|---|\n| open", "# Build\n\n- item\n", "<div>\n"} {
		summary := filepath.Join(t.TempDir(), "summary.md")
		if err := os.WriteFile(summary, []byte(before), 0o644); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			w := world{stdin: log, stdoutWidth: 60, environment: map[string]string{"GITHUB_STEP_SUMMARY": summary}}
			if code := w.run("analyze", "-", "--top", "50", "--gate", "hits == 11"); code != 0 || w.stderr.String() != "" {
				t.Fatalf("exit code %d: %s", code, &w.stderr)
			}
		}
		text, err := os.ReadFile(summary)
		if err != nil {
			t.Fatal(err)
		}
		rest, ok := strings.CutPrefix(string(text), before)
		if !ok {
			t.Errorf("%q is gone from %.100q", before, text)
		}
		page := string(blackfriday.Run([]byte(rest), blackfriday.WithExtensions(blackfriday.CommonExtensions),
			blackfriday.WithRenderer(blackfriday.NewHTMLRenderer(blackfriday.HTMLRendererParameters{}))))
		if n := strings.Count(page, "<h2>loadx: pass (1 of 1 gates passed)</h2>"); n != 2 {
			t.Errorf("after %q: %d reports, want 2:\n%s", before, n, page)
		}
		for _, tag := range regexp.MustCompile(`<[^>]*>`).FindAllString(page, -1) {
			if !regexp.MustCompile(`^</?(h[23]|p|ul|li|table|thead|tbody|tr|th|td|code|strong)( align="(left|right|center)")?>$`).MatchString(tag) {
				t.Errorf("after %q: an element of the text's own: %s", before, tag)
			}
		}
		// This renderer escapes a numeric reference, which CommonMark has it show as its character: twice is once too often for
		// what has to come out of it, and tags are gone by then.
		plain := html.UnescapeString(html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, "")))
		for _, path := range hostile {
			if want := strings.ReplaceAll(path, "\u202e", `\xe2\x80\xae`); strings.Count(plain, want) < 2 {
				t.Errorf("after %q: %q is lost", before, want)
			}
		}
	}
}
