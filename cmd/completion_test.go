package cmd

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/analyze"
	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
	"github.com/loadx/loadx/reports"
	"github.com/loadx/loadx/scenarios"
)

// Whatever is completed is taken.
func TestCompletionsAreTaken(t *testing.T) {
	override := func(field string) func(string) error {
		return func(word string) error {
			_, err := scenarios.New("x", scenarios.Options{Overrides: []scenarios.Override{{Field: field, Value: word, From: "x"}}})
			return err
		}
	}
	zone := func(word string) error { _, err := profile.ParseZone(word); return err }
	takes := map[string]func(string) error{
		"gate":   func(word string) error { _, err := profile.FindMetric(word); return err },
		"report": func(word string) error { _, err := reports.Lookup(word); return err },
		"format": func(word string) error { _, err := accesslog.Parse(word); return err },
		"uv-key": func(word string) error {
			if strings.HasSuffix(word, ":") {
				word += "x"
			}
			_, err := uv.ParseKey(word)
			return err
		},
		"step":        func(word string) error { _, err := profile.ParseUnit(word); return err },
		"paths":       func(word string) error { _, err := analyze.ParsePaths(word); return err },
		"connections": override("connections"), "cookies": override("cookies"),
		"balance-by": func(word string) error { return override("balance_by")(word + "x") },
		"tz":         zone, "log-tz": zone,
	}
	for flag, take := range takes {
		list, _ := flagCompletions[flag].complete(nil, nil, "")
		if len(list) < 2 {
			t.Errorf("--%s: only %v", flag, list)
		}
		for _, word := range list {
			word, _, _ = strings.Cut(word, "\t")
			if err := take(word); err != nil {
				t.Errorf("--%s %s: %v", flag, word, err)
			}
		}
	}
}

// Every name that completions know is a flag or a command, and every flag of more than yes or no has a completion.
func TestCompletionsAreKnown(t *testing.T) {
	flags, paths := map[string]bool{}, map[string]bool{}
	for _, c := range everyCommand(testRoot()) {
		paths[c.CommandPath()] = true
		for name := range flagCompletions {
			if f := c.Flags().Lookup(name); f != nil {
				flags[name] = true
				complete, ok := c.GetFlagCompletionFunc(name)
				if !ok {
					t.Errorf("%s --%s completes nothing", c.CommandPath(), name)
					continue
				}
				_, directive := complete(c, nil, "")
				if want := flagCompletions[name].directive; directive != want {
					t.Errorf("%s --%s: directive %d, want %d", c.CommandPath(), name, directive, want)
				}
			}
		}
	}
	for name := range flagCompletions {
		if !flags[name] {
			t.Errorf("no command has --%s", name)
		}
	}
	for path := range argumentCompletions {
		if !paths[path] {
			t.Errorf("there is no %s", path)
		}
	}
	files, directive := flagCompletions["report"].complete(nil, nil, "json=")
	if len(files) > 0 || directive != cobra.ShellCompDirectiveDefault {
		t.Errorf("after json= come files, not %v, %d", files, directive)
	}
	if got := reportFormats(); !slices.Equal(got, reports.Formats()) {
		t.Errorf("%v", got)
	}
}
