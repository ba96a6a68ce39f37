package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/analyze/accesslog"
)

func newFormats(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "formats",
		Short: "list the log formats that are known by name",
		Args:  arguments(0, 0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			var b strings.Builder
			for _, f := range accesslog.Formats() {
				fmt.Fprintf(&b, "%s\n    %s\n", f.Name(), f)
			}
			b.WriteString("\nAny nginx log_format, Apache LogFormat or GoAccess log-format string works too: loadx analyze --format 'STRING'.\n")
			_, err := fmt.Fprint(env.Stdout, b.String())
			return untrusted(err)
		},
	}
}
