package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/analyze/accesslog"
)

func newFormats(env *Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "formats",
		Short: "list the known log formats, or explain a line of a log",
		Long: `List the log formats that --format takes by name, each with what it looks like. Without --format the format of a log is
detected from its first lines: the one that fits at least 90 % of them, and best.

--format also takes the server's own string:

  nginx     a log_format: '$remote_addr - $remote_user [$time_local] ...'
  Apache    a LogFormat: '%h %l %u %t "%r" %>s %b ...'
  GoAccess  a log-format: '%h %^[%d:%t %^] "%r" %s %b ...'

A $ means nginx, %^ means GoAccess; a prefix nginx:, apache: or goaccess: says it outright. What is detected may also be
inside of an envelope, as NAME+FORMAT: Docker's JSON lines, docker compose logs, CRI, syslog or a time.`,
		Example: `  loadx formats
  loadx formats explain access.log
  loadx analyze access.log --format combined`,
		Args: arguments(0, 0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(env.Stdout, formatList())
			return untrusted(err)
		},
	}
	c.AddCommand(newFormatsExplain(env))
	return c
}

func formatList() string {
	var b strings.Builder
	for _, f := range accesslog.Formats() {
		fmt.Fprintf(&b, "%s\n    %s\n", f.Name(), f.Summary())
		if f.String() != f.Name() {
			fmt.Fprintf(&b, "    %s\n", f)
		}
	}
	b.WriteString("\nThe names apache, nginx and litespeed stand for combined, clf for common, iis for w3c.\n" +
		"\nEach also inside of an envelope, which is detected too:\n")
	for _, e := range accesslog.Envelopes() {
		fmt.Fprintf(&b, "%s+NAME\n    %s\n", e.Name, e.Summary)
	}
	b.WriteString(`
Any nginx log_format, Apache LogFormat or GoAccess log-format works too: loadx analyze --format 'STRING'.
GoAccess's names (COMBINED, W3C, CLOUDFRONT …) and the log-format, date-format and time-format lines of its
configuration do as well. loadx formats explain FILE shows what is understood of a line.
`)
	return b.String()
}
