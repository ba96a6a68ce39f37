package cmd

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/cmd/manual"
)

func newMan(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "write the manual pages to a directory",
		Long: `Write the manual pages of every command to DIR/man1 and those of the topics to DIR/man7; pages that are there are
overwritten. man -M DIR loadx reads them, and below /usr/local/share/man every man finds them.`,
		Example: `  loadx man ~/.local/share/man
  man loadx-attack`,
		Args: arguments(1, 1, "one DIR"),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := writeManual(c.Root(), args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(env.Stdout, "wrote %d pages to %s\n", n, harmless(args[0]))
			return untrusted(err)
		},
	}
}

// writeManual writes the pages of all commands and topics, and returns how many.
func writeManual(root *cobra.Command, dir string) (int, error) {
	pages := manualPages(root)
	edition := manual.Edition{Source: "loadx " + Version(), Manual: "loadx manual", Date: builtAt()}
	for _, p := range pages {
		below := filepath.Join(dir, fmt.Sprintf("man%d", p.Section))
		if err := os.MkdirAll(below, 0o755); err != nil {
			return 0, usage(fmt.Errorf("man: %w", err))
		}
		file := newFile{path: filepath.Join(below, fmt.Sprintf("%s.%d", p.Name, p.Section))}
		if err := file.open(); err != nil {
			return 0, usage(fmt.Errorf("man: %w", err))
		}
		err := file.write(func(w io.Writer) error { return p.WriteRoff(w, edition) })
		file.abandon()
		if err != nil {
			return 0, untrusted(fmt.Errorf("man: %w", err))
		}
	}
	return len(pages), nil
}

// manualPages are the pages of a command, those below it and the topics.
func manualPages(c *cobra.Command) []*manual.Page {
	p := commandPage(c)
	if p.Section == 1 {
		p.Parts = append(p.Parts, manualParts(c)...)
	} else {
		p.Parts = append(p.Parts, seeAlso("loadx(1)"))
	}
	pages := []*manual.Page{p}
	for _, sub := range c.Commands() {
		if listed(sub) || sub.Annotations[topicKey] != "" {
			pages = append(pages, manualPages(sub)...)
		}
	}
	return pages
}

// manualParts are what the page of a command has and its help leaves to topics.
func manualParts(c *cobra.Command) []manual.Part {
	parts := []manual.Part{{Heading: "Exit status", Text: exitCodesHelp}}
	root := !c.HasParent()
	if c.Flags().Lookup("report") != nil || root {
		parts = append(parts, manual.Part{Heading: "Environment", Entries: environment})
	}
	if files := filesOf(c); len(files) > 0 {
		parts = append(parts, manual.Part{Heading: "Files", Entries: files})
	}
	pages := []string{"loadx(1)"}
	if root {
		pages = nil
	}
	for _, other := range c.Root().Commands() {
		if root && listed(other) || other != c && other.GroupID == c.GroupID && !root && listed(other) && c.GroupID != groupMore {
			pages = append(pages, strings.ReplaceAll(other.CommandPath(), " ", "-")+"(1)")
		}
	}
	for _, t := range topics {
		if root || concerns(t.name, c) {
			pages = append(pages, "loadx-"+t.name+"(7)")
		}
	}
	return append(parts, seeAlso(pages...))
}

// concerns says whether a topic is about what a command takes.
func concerns(topic string, c *cobra.Command) bool {
	flag := map[string]string{"gates": "gate", "reports": "report", "visitors": "uv-key", "times": "rate", "scenario": "target"}[topic]
	return flag != "" && c.Flags().Lookup(flag) != nil
}

func filesOf(c *cobra.Command) []manual.Entry {
	var files []manual.Entry
	add := func(wanted bool, name, text string) {
		if wanted || !c.HasParent() {
			files = append(files, manual.Entry{Term: name, Text: text})
		}
	}
	add(c.GroupID == groupScenarios || c.Flags().Lookup("target") != nil, starterFile,
		"a scenario; any name does, and - is standard input. init writes one of this name.")
	add(c.GroupID == groupScenarios, schemaFile, "the JSON Schema of scenarios, which init writes beside them for editors")
	add(c.Flags().Lookup("save") != nil, "*.loadx", "saved profiles (--save), which report, compare and merge read; any name does")
	return files
}

func seeAlso(pages ...string) manual.Part {
	return manual.Part{Heading: "See also", Text: strings.Join(pages, ", ")}
}

// builtAt is when what was built was committed, the zero time where the build did not record it: the same program writes
// the same pages.
func builtAt() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			if at, err := time.Parse(time.RFC3339, s.Value); err == nil {
				return at
			}
		}
	}
	return time.Time{}
}
