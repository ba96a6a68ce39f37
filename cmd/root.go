package cmd

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loadx/loadx/profile/spelling"
)

// Run executes a command line and returns the exit code. It is safe for concurrent use with different Envs.
func Run(ctx context.Context, env Env) int {
	env.onScreen()
	root := newRoot(&env)
	root.SetArgs(env.Args)
	return env.report(root.ExecuteContext(ctx))
}

const longHelp = `loadx load-tests web sites with exact page views (PV) and exact unique visitors (UV), and counts both again in
access logs.

A million users with one request each and one user with a million requests are both a million page views. They are
not the same to a site. loadx sends exactly the PV and the UV that you ask for, and checks in the server's own log
that they arrived.`

func newRoot(env *Env) *cobra.Command {
	root := &cobra.Command{
		Use:           "loadx",
		Short:         "load tests with exact page views and unique visitors, counted again in access logs",
		Long:          longHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArguments,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) {
		if err := commandPage(c).WriteHelp(env.Stdout); err != nil {
			fmt.Fprintf(env.Stderr, "loadx: %s\n", oneLine(err))
		}
	})
	root.SetHelpCommand(newHelp(env))
	root.AddGroup(commandGroups...)
	addGroup(root, groupScenarios, newInit(env), newValidate(env), newPlan(env), newSchema(env))
	addGroup(root, groupTraffic, newAttack(env), newCapacity(env), newDemo(env))
	addGroup(root, groupLogs, newAnalyze(env), newFormats(env))
	addGroup(root, groupSaved, newReport(env), newCompare(env), newMerge(env))
	addGroup(root, groupMore, newMan(env), newVersion(env))
	root.AddCommand(newTopics()...)
	root.SetHelpCommandGroupID(groupMore)
	root.SetCompletionCommandGroupID(groupMore)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	describeCompletion(root)
	completeValues(root)
	unsort(root)
	return root
}

// noArguments refuses what is not the name of a command below c.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := usage(fmt.Errorf("unknown command %q", strings.TrimPrefix(c.CommandPath()+" ", "loadx ")+args[0]))
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return withHint(err, "did you mean `"+c.CommandPath()+" "+near[0]+"`?")
	}
	return withHint(err, "`"+strings.Replace(c.CommandPath(), "loadx", "loadx help", 1)+"` lists the commands")
}

// unsort lets help list flags in the order in which they belong together.
func unsort(c *cobra.Command) {
	c.Flags().SortFlags = false
	for _, sub := range c.Commands() {
		unsort(sub)
	}
}

// flagError adds the flag that was meant, where one is near.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := spelling.Nearest(unknown.GetSpecifiedName(), names); near != "" {
			err = fmt.Errorf("%w: did you mean --%s?", err, near)
		}
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		what := invalid.GetFlag().Value.Type()
		switch {
		case strings.HasPrefix(what, "uint"):
			what = "number from 0 up"
		case strings.HasPrefix(what, "int"):
			what = "whole number"
		case what == "bool":
			what = "true or false"
		case what == "duration":
			what = "duration, such as 10s or 1m30s"
		}
		err = fmt.Errorf("--%s %q: is no %s", invalid.GetFlag().Name, invalid.GetValue(), what)
	}
	return withHint(usage(err), fmt.Sprintf("`%s --help` lists the flags", c.CommandPath()))
}

// arguments wants a number of arguments; cobra's own messages do not say which ones.
func arguments(min, max int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) >= min && (max < 0 || len(args) <= max) {
			return nil
		}
		return withHint(usage(fmt.Errorf("%s takes %s, not %d", c.CommandPath(), what, len(args))),
			fmt.Sprintf("`%s --help` shows how", c.CommandPath()))
	}
}

// Version is loadx's version: the module's where the build recorded one, else "dev".
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "dev"
	}
	return strings.TrimPrefix(info.Main.Version, "v")
}

func newVersion(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "print the version and what it was built with",
		Example: `  loadx version`,
		Args:    arguments(0, 0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(env.Stdout, "loadx %s (%s, %s/%s)\n", Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return untrusted(err)
		},
	}
}
