// Command genlog writes a synthetic access log to standard output, for benchmarks: many visitors, real-looking
// User-Agents, paths with a long tail, a day and a half of time. The same flags write the same bytes, and every format
// tells of the same hits as far as it has fields for them.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "genlog:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("genlog", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var t traffic
	flags.IntVar(&t.lines, "lines", 1_000_000, "lines")
	flags.IntVar(&t.visitors, "visitors", 900_000, "visitors, about; at most 4,000,000,000")
	flags.IntVar(&t.paths, "paths", 20_000, "distinct paths, about")
	flags.IntVar(&t.agents, "agents", 30, "distinct User-Agents, about; more than that are of no real browser")
	flags.IntVar(&t.referrers, "referrers", 1, "distinct referring hosts, about")
	cookie := flags.Bool("cookie", false, "add a cookie field to combined")
	format := flags.String("format", "combined", "one of those that loadx formats lists")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q: flags only", flags.Arg(0))
	}
	if err := t.validate(); err != nil {
		return err
	}
	form, known := forms[*format]
	switch {
	case !known:
		return fmt.Errorf("-format %s: none of %s", *format, strings.Join(slices.Sorted(maps.Keys(forms)), ", "))
	case *cookie && *format != "combined":
		return errors.New("-cookie is for -format combined; other formats have a cookie where they carry one")
	case *cookie:
		form.line += ` "$cookie"`
	}
	w := bufio.NewWriterSize(stdout, 1<<20)
	w.WriteString(form.header) // an error stays with w until Flush
	line := compile(form.line + "\n")
	var buf []byte
	for h := range t.hits() {
		buf = line.append(buf[:0], h)
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return w.Flush()
}
