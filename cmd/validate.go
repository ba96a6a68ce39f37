package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/reports"
	"github.com/loadx/loadx/scenarios"
	"github.com/loadx/loadx/scenarios/traffic"
)

func newValidate(env *Env) *cobra.Command {
	var target string
	c := &cobra.Command{
		Use:   "validate SCENARIO.yaml...",
		Short: "check scenarios without sending anything",
		Long: `Check scenarios as attack does before its first request, gates included; the target need not be up. - is standard
input.

A sound scenario is told in one line: its page views, unique visitors, duration and the hash of its plan. Of others every
mistake is told, each with its place and its line of the file, and loadx exits 2.`,
		Example: `  loadx validate scenario.yaml
  loadx validate load-tests/*.yaml
  loadx validate scenario.yaml --target https://staging.shop.test`,
		Args: arguments(1, -1, "at least one SCENARIO.yaml"),
		RunE: func(c *cobra.Command, args []string) error {
			var overrides []scenarios.Override
			if c.Flags().Changed("target") {
				overrides = []scenarios.Override{{Field: "target", Value: target, From: "--target"}}
			}
			return runValidate(env, args, overrides)
		},
	}
	c.Flags().StringVar(&target, "target", "", "check against this `URL` instead of the scenarios' own targets")
	return c
}

// runValidate checks every file, also when one of them is wrong.
func runValidate(env *Env, args []string, overrides []scenarios.Override) error {
	code, piped := exitOK, false
	for _, name := range args {
		if name == "-" && piped {
			return usage(errors.New("validate: - is named twice, and standard input can be read once"))
		}
		piped = piped || name == "-"
		plan, err := checkScenario(env, name, overrides)
		if err != nil {
			code = max(code, env.report(err))
			continue
		}
		for _, w := range plan.Warnings() {
			place := name
			if w.Line > 0 {
				place = fmt.Sprintf("%s:%d:%d", name, w.Line, w.Column)
			}
			env.warn(place + ": " + w.Message)
		}
		if _, err := fmt.Fprintf(env.Stdout, "%s: ok: ", harmless(name)); err != nil {
			return untrusted(err)
		}
		if err := reports.WritePlanLine(env.Stdout, describePlan(plan)); err != nil {
			return untrusted(err)
		}
	}
	return silent(code)
}

// checkScenario makes everything of a scenario that an attack needs before its first request.
func checkScenario(env *Env, name string, overrides []scenarios.Override) (*scenarios.Plan, error) {
	src, err := readScenario(env, name)
	if err != nil {
		return nil, err
	}
	s, err := scenarios.Parse(name, src, scenarios.Options{Env: env.Getenv, Overrides: overrides})
	if err != nil {
		return nil, scenarioError(err)
	}
	plan, err := s.Plan(traffic.Shard{})
	if err != nil {
		return nil, scenarioError(err)
	}
	return plan, nil
}

func newSchema(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "print the JSON Schema of scenarios, for editors",
		Long: `Print the JSON Schema (draft 2020-12) of scenario files, as this version of loadx reads them. Editors with a YAML
language server complete and check a scenario whose first line names the file:

  # yaml-language-server: $schema=` + schemaFile + `

init writes both. The schema knows the form of every key; validate knows more, such as that uv is at most pv.`,
		Example: `  loadx schema > ` + schemaFile,
		Args:    arguments(0, 0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			_, err := env.Stdout.Write(scenarios.Schema())
			return untrusted(err)
		},
	}
}
