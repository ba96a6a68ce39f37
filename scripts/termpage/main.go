// Command termpage makes a web page of what a terminal shows, for pictures of it: `tmux capture-pane -e -p | termpage`.
//
// It reads lines with the colours and weights of ECMA-48 (SGR, section 8.3.117), and nothing else that a terminal obeys.
// The first line of the page is a comment with its size in CSS pixels, as in <!-- 960x480 -->.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"html"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

const (
	columnWidth = 9.03 // of DejaVu Sans Mono at 15px
	lineHeight  = 22
	margin      = 26
)

// colors are the eight of a terminal, 30 to 37, on the dark ground of the page; 90 is the grey.
var colors = map[string]string{
	"31": "#f2777a", "32": "#8ac77e", "33": "#e8c268", "34": "#6ea8e0", "35": "#c397d8", "36": "#70c0b1", "37": "#e6e6e6", "90": "#8a929e",
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "termpage:", err)
		os.Exit(1)
	}
}

func run(r io.Reader, w io.Writer) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	lines := strings.Split(string(bytes.TrimRight(text, "\n ")), "\n")
	var body strings.Builder
	width := 0
	var style sgr
	for _, line := range lines {
		columns := writeLine(&body, strings.TrimRight(line, " "), &style)
		width = max(width, columns)
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "<!-- %dx%d -->\n", int(float64(width)*columnWidth)+2*margin+1, len(lines)*lineHeight+2*margin)
	fmt.Fprintf(out, `<!doctype html><meta charset="utf-8"><title>terminal</title><style>
html{background:#14181d}body{margin:0}
pre{margin:%dpx;font:15px/%dpx "DejaVu Sans Mono",monospace;color:#d9dde3}
</style><pre>%s</pre>
`, margin, lineHeight, body.String())
	return out.Flush()
}

// sgr is how text is shown until the next sequence.
type sgr struct {
	color       string
	bold, faint bool
}

// set obeys the parameters of one sequence.
func (s *sgr) set(parameters string) {
	for p := range strings.SplitSeq(parameters, ";") {
		switch {
		case p == "" || p == "0":
			*s = sgr{}
		case p == "1":
			s.bold = true
		case p == "2":
			s.faint = true
		case p == "22":
			s.bold, s.faint = false, false
		case p == "39":
			s.color = ""
		default:
			if c, ok := colors[p]; ok {
				s.color = c
			}
		}
	}
}

func (s *sgr) span() string {
	var css []string
	if s.color != "" {
		css = append(css, "color:"+s.color)
	}
	if s.bold {
		css = append(css, "font-weight:bold")
		if s.color == "" {
			css = append(css, "color:#fff")
		}
	}
	if s.faint && s.color == "" {
		css = append(css, "color:#8a929e")
	}
	return strings.Join(css, ";")
}

// writeLine writes a line with the style that the one before has left, and returns its columns.
func writeLine(b *strings.Builder, line string, style *sgr) (columns int) {
	for line != "" {
		text, rest, found := strings.Cut(line, "\x1b[")
		columns += utf8.RuneCountInString(text)
		if css := style.span(); css != "" && text != "" {
			fmt.Fprintf(b, `<span style="%s">%s</span>`, css, html.EscapeString(text))
		} else {
			b.WriteString(html.EscapeString(text))
		}
		if !found {
			break
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r >= '@' && r <= '~' })
		if end < 0 {
			break
		}
		if rest[end] == 'm' {
			style.set(rest[:end])
		}
		line = rest[end+1:]
	}
	b.WriteByte('\n')
	return columns
}
