package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/scenarios"
)

const (
	// starterFile is what init writes; every example of the documents attacks it.
	starterFile = "scenario.yaml"
	// schemaFile stands beside it, so that editors find the schema without a network and in this version.
	schemaFile = "loadx.schema.json"
	// starterTarget is what a scenario is for when nothing is said: the place that examples use.
	starterTarget = "http://127.0.0.1:8080"
)

func newInit(env *Env) *cobra.Command {
	var path string
	var force bool
	c := &cobra.Command{
		Use:   "init [URL]",
		Short: "write a commented scenario to start from",
		Long: `Write a small scenario that runs as it stands: 1,000 page views of 250 users in 10 s, with gates. Further keys stand in
it as comments. URL is what is attacked, ` + starterTarget + ` by default; it may hold placeholders, as in
'http://127.0.0.1:8080/item/{uniform 1..100}'.

Beside it goes ` + schemaFile + `, its JSON Schema, which the first line of the scenario names: editors with a YAML
language server then complete keys, explain them and mark mistakes. It is this version's own; nothing is fetched.`,
		Example: `  loadx init
  loadx init https://staging.shop.test/item/7 -o item.yaml
  loadx init http://127.0.0.1:8080 -o - | loadx plan -`,
		Args: arguments(0, 1, "one URL or nothing"),
		RunE: func(_ *cobra.Command, args []string) error {
			url := starterTarget
			if len(args) > 0 {
				url = args[0]
			}
			return runInit(env, url, path, force)
		},
	}
	c.Flags().StringVarP(&path, "output", "o", starterFile, "write to `FILE`, or to standard output for -")
	c.Flags().BoolVarP(&force, "force", "f", false, "overwrite files that are there")
	return c
}

func runInit(env *Env, url, path string, force bool) error {
	if path == "" {
		return withHint(usage(errors.New("init: --output names no file")), "- is standard output")
	}
	if !isURL(url) {
		return withHint(usage(fmt.Errorf("%q is no URL", url)), "a URL begins with http:// or https:// (or unix:/, for a socket)")
	}
	text, err := scenarios.Starter(url, schemaFile, scenarios.Options{Env: env.Getenv})
	if err != nil {
		return scenarioError(err)
	}
	if path == "-" {
		if _, err := env.Stdout.Write(text); err != nil {
			return untrusted(err)
		}
		fmt.Fprintf(env.Stderr, "loadx: note: loadx schema > %s writes what its first line names\n", schemaFile)
		return nil
	}
	if err := writeStarter(path, text, force); err != nil {
		return err
	}
	name := shellWord(path)
	_, err = fmt.Fprintf(env.Stdout, `wrote %s, a load test of %s
wrote %s, which tells editors what may stand in it

next:
  loadx validate %s    # is it sound?
  loadx plan %s        # what would be sent, and when
  loadx attack %s      # send it
`, harmless(path), harmless(withoutPassword(url)), harmless(schemaBeside(path)), name, name, name)
	return untrusted(err)
}

func schemaBeside(path string) string { return filepath.Join(filepath.Dir(path), schemaFile) }

// writeStarter writes the schema and then the scenario, which is thus never there without it.
func writeStarter(path string, text []byte, force bool) error {
	scenario, schema := newFile{path: path}, newFile{path: schemaBeside(path)}
	if filepath.Clean(path) == filepath.Clean(schema.path) {
		return withHint(usage(fmt.Errorf("init: %s is where the schema goes", path)), "name the scenario "+starterFile)
	}
	if !force {
		if err := absent(path); err != nil {
			return err
		}
		if known, err := os.ReadFile(schema.path); err == nil && !ourSchema(known) {
			return exists(schema.path)
		}
	}
	for _, f := range []*newFile{&scenario, &schema} {
		if err := f.open(); err != nil {
			return usage(fmt.Errorf("init: %w", err))
		}
		defer f.abandon()
	}
	err := schema.write(contentOf(scenarios.Schema()))
	if err == nil {
		err = scenario.write(contentOf(text))
	}
	if err != nil {
		return untrusted(fmt.Errorf("init: %w", err))
	}
	return nil
}

func contentOf(text []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}
}

// absent wants that nothing of a name is there, a link to nowhere included.
func absent(path string) error {
	_, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return usage(fmt.Errorf("init: %w", err))
	}
	return exists(path)
}

func exists(path string) error {
	return withHint(usage(fmt.Errorf("init: %s is there already", path)), "--force overwrites it, -o FILE takes another name")
}

// ourSchema says whether a file is a scenario schema, of whatever version, that may be brought up to date.
func ourSchema(text []byte) bool { return bytes.Contains(text, []byte(scenarios.SchemaID)) }

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_/.,:@%+=][A-Za-z0-9_/.,:@%+=-]*$`)

// shellWord writes a file name as a shell takes it.
func shellWord(name string) string {
	if strings.HasPrefix(name, "-") {
		name = "./" + name
	}
	if plainWord.MatchString(name) {
		return name
	}
	return "'" + strings.ReplaceAll(harmless(name), "'", `'\''`) + "'"
}
