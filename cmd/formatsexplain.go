package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/profile/printable"
)

func newFormatsExplain(env *Env) *cobra.Command {
	var number int64
	var format string
	c := &cobra.Command{
		Use:   "explain FILE",
		Short: "show field by field what is understood of a line of a log",
		Long: `Show which format a log is in, which one comes second, and field by field what is understood of one line, with a
caret below the first byte that is not. FILE may be - for standard input.`,
		Example: `  loadx formats explain access.log --line 1207
  loadx formats explain access.log \
      --format '$remote_addr [$time_local] "$request" $status'`,
		Args: arguments(1, 1, "one FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			if number < 0 {
				return usage(fmt.Errorf("--line %d: lines are counted from 1", number))
			}
			var f *accesslog.Format
			if format != "" {
				var err error
				if f, err = accesslog.Parse(format); err != nil {
					return formatError(err)
				}
			}
			return explainLine(c.Context(), env, args[0], number, f)
		},
	}
	c.Flags().Int64Var(&number, "line", 0, "explain line `N`, counted from 1 (by default the first that is no comment, or that the closest format refuses)")
	c.Flags().StringVar(&format, "format", "", "the log's format: `NAME or STRING` (detected by default)")
	return c
}

// A logLine is one line of a file with what is in force before it.
type logLine struct {
	number int64
	text   []byte
	before []byte   // the lines before it that may be directives, whole
	head   [][]byte // the first lines, for detection
	sample int      // bytes of head
}

// take takes another of the first lines, counted from 0.
func (l *logLine) take(at int) {
	l.number, l.text, l.before = int64(at)+1, l.head[at], nil
	for _, text := range l.head[:at] {
		l.keep(text)
	}
}

// keep keeps a line before the one that is explained, if it may be a directive: also inside of an envelope.
func (l *logLine) keep(text []byte) {
	if bytes.IndexByte(text, '#') >= 0 && len(l.before)+len(text) < maxBefore {
		l.before = append(append(l.before, text...), '\n')
	}
}

// skipDirectives goes on to the first line that is no directive in an envelope, where there is one.
func (l *logLine) skipDirectives(format *accesslog.Format) {
	for at := l.number - 1; at < int64(len(l.head)); at++ {
		if len(l.head[at]) > 0 && !format.Explain(l.head[at], format.ScanDirectives(l.before, nil)).Comment {
			l.take(int(at))
			return
		}
	}
}

func isComment(text []byte) bool { return len(text) == 0 || text[0] == '#' }

// explained is how wide a value is shown, in columns.
const explainedWidth = 100

func explainLine(ctx context.Context, env *Env, name string, number int64, format *accesslog.Format) error {
	line, err := readLogLine(ctx, env, name, number)
	if err != nil {
		return untrusted(err)
	}
	var b strings.Builder
	detected, err := accesslog.Detect(line.head)
	hint := formatHint(err)
	var none *accesslog.DetectError
	switch {
	case err == nil:
		fmt.Fprintf(&b, "detected   %s, which fits %.1f %% of %d lines\n", detected.Format.Name(), detected.Score*100, detected.Lines)
		if detected.RunnerUp != nil {
			fmt.Fprintf(&b, "runner-up  %s, which fits %.1f %%\n", detected.RunnerUp.Name(), detected.RunnerUpScore*100)
		}
	case errors.As(err, &none) && none.Closest != nil:
		fmt.Fprintf(&b, "detected   none; closest is %s, which fits %.1f %% of %d lines, and %.0f %% are needed\n",
			none.Closest.Name(), none.Score*100, none.Lines, accesslog.MinScore*100)
		detected.Format = none.Closest
		if format == nil && number == 0 {
			line.take(none.Line)
		}
	default:
		return untrusted(fmt.Errorf("%s: %w", name, err))
	}
	failed := err != nil && format == nil
	if format == nil {
		format = detected.Format
	}
	if number == 0 {
		line.skipDirectives(format)
	}
	writeExplanation(&b, format, line)
	if _, err := fmt.Fprint(env.Stdout, b.String()); err != nil {
		return untrusted(err)
	}
	if failed {
		return withHint(untrusted(fmt.Errorf("%s: %w", name, accesslog.ErrNoFormat)), hint)
	}
	return nil
}

func writeExplanation(b *strings.Builder, format *accesslog.Format, line *logLine) {
	fmt.Fprintf(b, "format     %s\nline %d\n", shown(format.String(), 4*explainedWidth), line.number)
	e := format.Explain(line.text, format.ScanDirectives(line.before, nil))
	if e.Comment {
		b.WriteString("  is a comment or directive\n")
		return
	}
	width := 0
	for _, f := range e.Fields {
		width = max(width, len(f.Name))
	}
	for _, f := range e.Fields {
		value := "-"
		if f.Value != nil {
			value = `"` + shown(string(f.Value), explainedWidth) + `"`
		}
		fmt.Fprintf(b, "  %-*s  %s\n", width, shown(f.Name, explainedWidth), value)
	}
	if e.Err != nil {
		snippet, caret := e.Err.Caret(line.text, explainedWidth)
		fmt.Fprintf(b, "not understood at %s\n  %s\n  %s\n", shown(e.Err.Error(), 4*explainedWidth), snippet, caret)
	}
}

// shown is the beginning of a text from a log, made harmless.
func shown(text string, bytes int) string {
	if len(text) <= bytes {
		return printable.Text(text)
	}
	for bytes > 0 && !utf8.RuneStart(text[bytes]) {
		bytes--
	}
	return printable.Text(text[:bytes]) + "…"
}

// readLogLine reads up to the line of a number, 0 for the first that is no
// comment and not blank.
func readLogLine(ctx context.Context, env *Env, name string, number int64) (*logLine, error) {
	files, missing := input.Expand([]string{name}, env.Stdin)
	if len(files.Sources) == 0 {
		return nil, missing
	}
	stream, err := files.Sources[0].Open(ctx)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	line := &logLine{}
	for blocks := input.NewBlocks(stream, input.NewPool(input.PoolOptions{Blocks: 1})); ; {
		block, err := blocks.Next(ctx)
		if block == nil && errors.Is(err, io.EOF) {
			break
		}
		if block == nil {
			return nil, err
		}
		found := line.search(block, number)
		block.Release()
		if found {
			return line, nil
		}
	}
	if number == 0 {
		return nil, fmt.Errorf("%s: has no line that is no comment", name)
	}
	return nil, fmt.Errorf("%s: has no line %d", name, number)
}

// Bounds of the comment lines and of the first lines that are kept.
const maxBefore, maxHead, maxHeadLines = 1 << 20, 1 << 20, 400

func (l *logLine) search(block *input.Block, number int64) (found bool) {
	at := block.FirstLine
	for text, rest, more := accesslog.Cut(block.Data); more; text, rest, more = accesslog.Cut(rest) {
		comment := isComment(text)
		full := len(l.head) == maxHeadLines || l.sample+len(text) > maxHead && l.sample > 0
		if !full {
			l.head, l.sample = append(l.head, bytes.Clone(text)), l.sample+len(text)
		}
		switch {
		case found:
			if full {
				return true
			}
		case at == number || number == 0 && !comment:
			l.number, l.text, found = at, bytes.Clone(text), true
		default:
			l.keep(text)
		}
		at++
	}
	return found
}
