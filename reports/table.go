package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/columns"
	"github.com/loadx/loadx/profile/gate"
)

// Table writes the report for a terminal or a plain file: aligned, as wide as [Report.Width], the verdict last.
func Table(w io.Writer, r *Report) error {
	t := &tableWriter{r: r, p: r.Profile, width: r.width()}
	switch {
	case r.Comparison != nil:
		t.comparison()
	case r.Profile.Source == profile.Attack:
		t.attack()
	default:
		t.log()
	}
	if r.Comparison == nil {
		t.differences()
	}
	t.warnings()
	t.gates()
	_, err := w.Write(t.out.Bytes())
	return err
}

// A tableWriter collects the text of one report.
type tableWriter struct {
	out   bytes.Buffer
	r     *Report
	p     *profile.Profile
	width int
}

func (t *tableWriter) linef(format string, args ...any) {
	fmt.Fprintf(&t.out, format, args...)
	t.out.WriteByte('\n')
}

// section writes a grid with a blank line before it.
func (t *tableWriter) section(g *grid) {
	if len(g.rows) == 0 {
		return
	}
	var b bytes.Buffer
	// A bytes.Buffer takes everything, and the grid's rows are as wide as its header.
	if err := g.write(&b); err != nil {
		panic("BUG: reports: " + err.Error())
	}
	t.out.WriteByte('\n')
	for line := range strings.Lines(b.String()) {
		t.out.WriteString(strings.TrimRight(line, " \n"))
		t.out.WriteByte('\n')
	}
}

func (t *tableWriter) heading(what, where string) {
	left := "loadx " + what
	if where != "" {
		left += "  " + where
	}
	t.linef("%s", fit(left, t.width))
}

func (t *tableWriter) paint(code, s string) string {
	if t.r == nil || !t.r.Color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

const (
	red    = "31"
	green  = "32"
	yellow = "33"
	bold   = "1"
)

func (t *tableWriter) warnings() {
	all := t.p.Warnings
	if t.p.Seen != nil {
		all = append(all[:len(all):len(all)], t.p.Seen.Warnings...)
	}
	if len(all) == 0 {
		return
	}
	t.out.WriteByte('\n')
	for _, w := range all {
		word := "warning"
		if w.Invalidates {
			word = "invalid"
		}
		t.wrapped(t.paint(yellow, word)+": ", word+": ", w.Text)
		if w.Hint != "" {
			t.wrapped("  hint: ", "  hint: ", w.Hint)
		}
	}
}

// wrapped writes text behind a prefix, broken at blanks and indented below the prefix's plain form.
func (t *tableWriter) wrapped(prefix, plain, text string) {
	indent := strings.Repeat(" ", len(plain))
	room := t.width - len(plain)
	line, used := prefix, 0
	for _, word := range strings.Split(safe(text), " ") {
		word = columns.Fit(word, max(room, 1)) // a name without a blank may be as long as it likes
		n := columns.Of(word)
		if used > 0 && used+1+n > room {
			t.linef("%s", line)
			line, used = indent, 0
		}
		if used > 0 {
			line += " "
			used++
		}
		line += word
		used += n
	}
	t.linef("%s", line)
}

// maxEvidence is how long a sentence of a gate's evidence can be: the names in it may have any length.
const maxEvidence = 300

func (t *tableWriter) gates() {
	if len(t.r.Gates) > 0 {
		t.out.WriteByte('\n')
	}
	widest := 0
	for _, g := range t.r.Gates {
		widest = max(widest, columns.Of(fit(g.Expr, t.width-30)))
	}
	told := map[string]bool{}
	for _, g := range t.r.Gates {
		word := t.paint(green, "pass   ")
		switch g.Verdict {
		case gate.Fail:
			word = t.paint(red, "FAIL   ")
		case gate.NoData:
			word = t.paint(red, "NO DATA")
		}
		actual, note, room := "actual "+safe(g.Actual), g.Note, max(t.width-widest-13, 17)
		if g.Verdict == gate.NoData {
			actual = "" // the note says why, behind the gate if there is room
			if columns.Of(safe(note)) <= room {
				actual, note = safe(note), ""
			}
		}
		if g.Relative || !strings.Contains(g.Expr, g.Limit) && g.Verdict == gate.Fail {
			actual += ", limit " + safe(g.Limit) // which the plan or another run gave
		}
		line := fmt.Sprintf("  %s  %s  %s", word, columns.Pad(fit(g.Expr, t.width-30), widest), fit(actual, room))
		t.linef("%s", strings.TrimRight(line, " "))
		if note != "" {
			t.wrapped("           ", "           ", note)
		}
		for _, words := range g.Evidence.Words() {
			if told[words] {
				continue // of several gates that fail for one reason it is said once
			}
			told[words] = true
			t.wrapped("           ", "           ", fit(words, maxEvidence))
		}
	}
	t.out.WriteByte('\n')
	word, why := t.verdict()
	if why == "" {
		t.linef("verdict: %s", word)
		return
	}
	plain := "verdict: " + string(t.r.Verdict) + " "
	t.wrapped("verdict: "+word+" ", plain, why)
}

// verdict is the word, painted, and the reason behind it, which may be empty.
func (t *tableWriter) verdict() (word, why string) {
	failed, none := 0, 0
	for _, g := range t.r.Gates {
		switch g.Verdict {
		case gate.Fail:
			failed++
		case gate.NoData:
			none++
		}
	}
	var reasons []string
	if failed > 0 {
		reasons = append(reasons, fmt.Sprintf("%d of %d gates failed", failed, len(t.r.Gates)))
	}
	if none > 0 {
		reasons = append(reasons, fmt.Sprintf("%d without data", none))
	}
	color := red
	switch r := string(t.r.Verdict); r {
	case "pass":
		color = green
		if n := len(t.r.Gates); n > 0 {
			reasons = append(reasons, fmt.Sprintf("%d of %d gates passed", n, n))
		} else if t.r.Comparison != nil {
			reasons = append(reasons, "there are no gates")
		}
	case "invalid":
		color = yellow
		reasons = append([]string{t.whyInvalid()}, reasons...)
	}
	if len(reasons) > 0 {
		why = "(" + strings.Join(reasons, ", ") + ")"
	}
	return t.paint(color+";"+bold, string(t.r.Verdict)), why
}

func (t *tableWriter) whyInvalid() string {
	if t.p.Interrupted {
		return "interrupted: the numbers are complete up to there"
	}
	return "the numbers can't be trusted, see above"
}

func (t *tableWriter) latencies(rows ...latencyRow) {
	g := &grid{header: []string{"latency", "p50", "p90", "p95", "p99", "p99.9", "max", "mean"}, left: []int{0}}
	for _, row := range rows {
		if row.of.Count() == 0 {
			continue
		}
		cells := []string{row.name}
		for _, q := range []float64{0.5, 0.9, 0.95, 0.99, 0.999} {
			d, _ := row.of.Quantile(q)
			cells = append(cells, profile.Duration(d))
		}
		longest, _ := row.of.Max()
		mean, _ := row.of.Mean()
		g.add(append(cells, profile.Duration(longest), profile.Duration(mean))...)
	}
	t.section(g)
}

type latencyRow struct {
	name string
	of   durations
}

func (t *tableWriter) statuses() {
	var parts []string
	t.p.Status.Each(func(code int, n uint64) { parts = append(parts, fmt.Sprintf("%d: %s", code, grouped(n))) })
	if t.p.NoStatus > 0 {
		parts = append(parts, "none: "+grouped(t.p.NoStatus))
	}
	t.out.WriteByte('\n')
	t.list("status", parts)
}

// list writes parts behind a title, as many a line as fit.
func (t *tableWriter) list(title string, parts []string) {
	const indent, gap = 9, 3
	line, used := fmt.Sprintf("%-*s", indent, title), indent
	for i, part := range parts {
		n := columns.Of(part)
		if i > 0 && used+gap+n > t.width {
			t.linef("%s", line)
			line, used = strings.Repeat(" ", indent), indent
		} else if i > 0 {
			line += strings.Repeat(" ", gap)
			used += gap
		}
		line += part
		used += n
	}
	if len(parts) > 0 {
		t.linef("%s", line)
	}
}

// pages writes the heaviest pages; the name takes the room that the figures leave.
func (t *tableWriter) pages(title string) {
	rows := t.p.Tables[profile.ByPage].Rows(t.r.top())
	withLatency := false
	for _, row := range rows {
		withLatency = withLatency || row.Value.Latency.Count() > 0
	}
	g := &grid{header: []string{title, "hits", "PV", "UV"}, left: []int{0}}
	room := t.width - 38
	if withLatency {
		g.header = append(g.header, "p50", "p95", "p99")
		room = t.width - 56
	}
	for _, row := range rows {
		cells := append([]string{fit(row.Key, max(room, 16))}, figures(row)...)
		if withLatency {
			for _, q := range []float64{0.5, 0.95, 0.99} {
				s := ""
				if d, ok := row.Value.Latency.Quantile(q); ok {
					s = profile.Duration(d)
				}
				cells = append(cells, s)
			}
		}
		g.add(cells...)
	}
	g.others(t.p.Tables[profile.ByPage], rows)
	t.section(g)
}

func clock(ns int64, zone *time.Location) string {
	return time.Unix(0, ns).In(zone).Format("2006-01-02 15:04:05")
}
