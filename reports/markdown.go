package reports

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/gate"
)

// maxMarkdownRows is how many rows of a table are written: what renders Markdown, such as the summary of a CI job, has no
// room for more. How many were left out is said.
const maxMarkdownRows = 50

// Markdown writes the report as GitHub Flavored Markdown, the verdict first. It begins with a heading and ends with a
// newline, so that reports can be appended to each other. Text from outside stays text: see codeSpan and plainText.
func Markdown(w io.Writer, r *Report) error {
	p := r.Profile
	var b bytes.Buffer
	fmt.Fprintf(&b, "## loadx: %s\n", plainText(headline(r)))
	if c := r.Comparison; c != nil {
		fmt.Fprintf(&b, "\n%s\n", codeSpan(c.title()))
	} else {
		fmt.Fprintf(&b, "\n%s\n", strings.Join(subject(p), " · "))
	}
	if r.Verdict == gate.Invalid {
		b.WriteByte('\n')
		for _, why := range invalidations(p) {
			fmt.Fprintf(&b, "- %s\n", item(why))
		}
	}
	for _, s := range sheetsOf(r, r.top()) {
		if !markdownSkips(r, s.id) {
			markdownTable(&b, &s)
		}
	}
	if all := warningsOf(p); len(all) > 0 {
		b.WriteString("\n### Warnings\n\n")
		for _, warning := range all {
			fmt.Fprintf(&b, "- %s", item(warning.Text))
			if warning.Hint != "" {
				fmt.Fprintf(&b, " (hint: %s)", plainText(warning.Hint))
			}
			b.WriteByte('\n')
		}
	}
	if c := r.Comparison; c != nil {
		for _, note := range c.Notes() {
			fmt.Fprintf(&b, "\n%s.\n", item(note))
		}
		_, err := w.Write(b.Bytes())
		return err
	}
	fmt.Fprintf(&b, "\nPV is %s. UV is %s.\n", plainText(p.Definitions.PV), plainText(p.Definitions.UV))
	_, err := w.Write(b.Bytes())
	return err
}

// markdownCut is what a report that was cut has left for the sentence that says so.
const markdownCut = 100

// FitMarkdown cuts a report in Markdown to at most limit bytes: whole sections from its end are left out, and how many is
// said. It is nil when the first one, with the verdict, does not fit.
func FitMarkdown(text []byte, limit int) []byte {
	if len(text) <= limit {
		return text
	}
	heading := []byte("\n### ")
	end, left := len(text), 0
	for end > limit-markdownCut {
		end = bytes.LastIndex(text[:end], heading)
		if end < 0 {
			return nil
		}
		left++
	}
	return fmt.Appendf(bytes.Clone(text[:end]), "\nSections that did not fit and were left out: %d.\n", left)
}

// markdownSkips says which sheets are left out: warnings are a list, the timeline is too long, other widths of time say
// the same again, and of what the server saw the figures are enough.
func markdownSkips(r *Report, id string) bool {
	if rest, ok := strings.CutPrefix(id, "seen."); ok {
		return rest != "figure"
	}
	if id == "slice" || id == "warning" {
		return true
	}
	for _, unit := range unitsOf(r, r.Profile) {
		if id == unit.String() {
			return unit != r.step(r.Profile)
		}
	}
	return false
}

// headline is the verdict with its reason, in one line.
func headline(r *Report) string {
	if r.Verdict == gate.Invalid {
		return "invalid, the numbers can't be trusted"
	}
	if r.Verdict == gate.Passed && len(r.Gates) == 0 {
		return "pass (there are no gates)"
	}
	plain := *r
	plain.Color = false
	word, why := (&tableWriter{r: &plain, p: r.Profile}).verdict()
	return strings.TrimSpace(word + " " + why)
}

// subject is what was measured and when, in Markdown.
func subject(p *profile.Profile) []string {
	var parts []string
	for _, s := range []string{p.Name, p.Target} {
		if s != "" {
			parts = append(parts, codeSpan(s))
		}
	}
	if at := instant(p.FirstTime); at != "" {
		parts = append(parts, at)
	}
	return append(parts, profile.Duration(p.Duration()))
}

// markdownTable writes a sheet under a heading; columns of figures are aligned to the right.
func markdownTable(b *bytes.Buffer, s *sheet) {
	fmt.Fprintf(b, "\n### %s\n\n", plainText(s.title))
	if s.note != "" {
		fmt.Fprintf(b, "%s\n\n", plainText(s.note))
	}
	fmt.Fprintf(b, "| %s |", plainText(s.keyTitle))
	for _, c := range s.columns {
		fmt.Fprintf(b, " %s |", plainText(c.title))
	}
	if s.defined() {
		b.WriteString(" definition |")
	}
	b.WriteString("\n|---|")
	for i := range s.columns {
		if slices.ContainsFunc(s.rows, func(row sheetRow) bool { return row.cells[i].figure != nil }) {
			b.WriteString("---:|")
		} else {
			b.WriteString("---|")
		}
	}
	if s.defined() {
		b.WriteString("---|")
	}
	b.WriteByte('\n')
	for _, row := range s.rows[:min(len(s.rows), maxMarkdownRows)] {
		key := codeSpan(row.key)
		if row.rest {
			key = plainText(row.key)
		}
		fmt.Fprintf(b, "| %s |", key)
		for i, c := range row.cells {
			fmt.Fprintf(b, " %s |", markdownCell(s.columns[i].id, c))
		}
		if s.defined() {
			fmt.Fprintf(b, " %s |", plainText(row.doc))
		}
		b.WriteByte('\n')
	}
	if more := len(s.rows) - maxMarkdownRows; more > 0 {
		fmt.Fprintf(b, "\n%s more rows are not shown.\n", grouped(uint64(more)))
	}
}

// markdownCell shows figures as they are, words as text, and what a target or a log said as code.
func markdownCell(columnID string, c cell) string {
	switch {
	case c.figure != nil:
		return strings.ReplaceAll(c.String(), "~", "\\~")
	case columnID == "sample" || columnID == "text":
		return codeSpan(c.text)
	case c.text == "fail" || c.text == "no_data" || c.text == "differs" || c.text == "worse":
		return "**" + plainText(c.text) + "**"
	default:
		return plainText(c.text)
	}
}

// plainText escapes text so that it is shown as it is, in a paragraph, a heading or the cell of a table: no emphasis,
// link, HTML, or cell of its own. The escapes are those of CommonMark 0.31, section 2.4; text that names an address is kept
// from becoming a link (GFM, section 6.9).
func plainText(s string) string {
	var b strings.Builder
	for _, r := range fit(s, maxCellText) {
		if strings.ContainsRune("\\`*_{}[]<>#|~&@$", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return strings.NewReplacer("://", "\\://", "www.", "www\\.").Replace(b.String())
}

// item is plainText that begins a line, where a sign, or a number with a full stop or a bracket, would begin a list.
func item(s string) string {
	s = plainText(s)
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if strings.IndexAny(s, "-+=") == 0 || digits > 0 && strings.IndexAny(s[digits:], ".)") == 0 {
		return s[:digits] + "\\" + s[digits:]
	}
	return s
}

// codeSpan shows text from outside as code, in which neither links nor mentions are looked for. Text that a code span
// can't hold in the cell of a table is written as HTML, every character of it that could have a meaning as a reference.
func codeSpan(s string) string {
	s = fit(s, maxCellText)
	if s == "" {
		return ""
	}
	if !strings.ContainsAny(s, "`|\\") && strings.TrimSpace(s) == s {
		return "`" + s + "`"
	}
	var b strings.Builder
	b.WriteString("<code>")
	for _, r := range s {
		switch {
		case r >= 0x80, r == ' ', r == '/', r == '-', '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
			b.WriteRune(r)
		default:
			b.WriteString("&#" + strconv.Itoa(int(r)) + ";")
		}
	}
	b.WriteString("</code>")
	return b.String()
}
