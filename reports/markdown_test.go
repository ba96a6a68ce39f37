package reports_test

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/russross/blackfriday/v2"

	"github.com/loadx/loadx/profile/printable"
	"github.com/loadx/loadx/reports"
)

// tags are the elements that a report in Markdown makes when it is rendered.
var tags = regexp.MustCompile(`^</?(h[23]|p|ul|li|table|thead|tbody|tr|th|td|code|strong)( align="(left|right|center)")?>$`)

// elements renders Markdown and returns it with what is not among tags.
func elements(t *testing.T, markdown string) (page string, odd []string) {
	t.Helper()
	page = string(blackfriday.Run([]byte(markdown), blackfriday.WithExtensions(blackfriday.CommonExtensions),
		blackfriday.WithRenderer(blackfriday.NewHTMLRenderer(blackfriday.HTMLRendererParameters{}))))
	for _, tag := range regexp.MustCompile(`<[^>]*>`).FindAllString(page, -1) {
		if !tags.MatchString(tag) {
			odd = append(odd, tag)
		}
	}
	return page, odd
}

// Text from outside is neither markup nor a link when a renderer has gone over it, every row has as many cells as its
// heading, and nothing of the text is lost.
func TestMarkdownRendered(t *testing.T) {
	for _, r := range attackedByText(t) {
		page, odd := elements(t, render(t, "markdown", r))
		if len(odd) > 0 {
			t.Errorf("elements of the text's own: %q", odd)
		}
		columns := 0
		for _, row := range regexp.MustCompile(`(?s)<tr>.*?</tr>`).FindAllString(page, -1) {
			if n := strings.Count(row, "<th"); n > 0 {
				columns = n
			} else if n := strings.Count(row, "<td"); n != columns {
				t.Errorf("%d cells in a table of %d columns: %s", n, columns, row)
			}
		}
		plain := html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, ""))
		for _, text := range hostile {
			if !strings.Contains(plain, printable.Text(text)) {
				t.Errorf("lost: %q", printable.Text(text))
			}
		}
	}
	// The check itself must find what it looks for.
	if _, odd := elements(t, "a <script>x</script> [b](http://c.example) ~~d~~"); len(odd) < 4 {
		t.Errorf("only %q", odd)
	}
}

// Reports can be appended to a file one after the other, the verdict first in each.
func TestMarkdownAppends(t *testing.T) {
	one := render(t, "markdown", judged(t, measured(), "pv == 3"))
	if !strings.HasPrefix(one, "## loadx: pass (1 of 1 gates passed)\n") || !strings.HasSuffix(one, ".\n") {
		t.Errorf("%.80q … %q", one, one[len(one)-20:])
	}
	both, _ := elements(t, one+render(t, "markdown", attacked(t)))
	if strings.Count(both, "<h2>") != 2 || !strings.Contains(both, "<h2>loadx: fail (2 of 5 gates failed, 1 without data)</h2>") {
		t.Errorf("%s", both)
	}
}

// A report that does not fit loses whole sections from its end, and says how many; the verdict is the last to go.
func TestFitMarkdown(t *testing.T) {
	whole := render(t, "markdown", attacked(t))
	sections := strings.Count(whole, "\n### ")
	if sections < 3 {
		t.Fatalf("%d sections", sections)
	}
	verdict, _, _ := strings.Cut(whole, "\n### ")
	if got := reports.FitMarkdown([]byte(whole), len(whole)); string(got) != whole {
		t.Errorf("one that fits: %s", got)
	}
	before := sections + 1
	for limit := len(whole) - 1; limit >= -1; limit-- {
		got := string(reports.FitMarkdown([]byte(whole), limit))
		if got == "" {
			if limit > len(verdict)+100 {
				t.Fatalf("%d bytes are enough for the verdict alone, which takes %d", limit, len(verdict))
			}
			continue
		}
		kept, note, ok := strings.Cut(got, "\nSections that did not fit and were left out: ")
		left, err := strconv.Atoi(strings.TrimSuffix(note, ".\n"))
		if !ok || err != nil || len(got) > limit || !strings.HasPrefix(whole, kept) || strings.Count(kept, "\n### ") != sections-left ||
			!strings.HasPrefix(whole[len(kept):], "\n### ") || sections-left > before {
			t.Fatalf("%d bytes: %s", limit, got)
		}
		before = sections - left
	}
	if before != 0 {
		t.Errorf("%d sections are never left out", before)
	}
}
