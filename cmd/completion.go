package cmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loadx/loadx/analyze"
	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/reports"
	"github.com/loadx/loadx/scenarios"
)

// describeCompletion says what the commands are that cobra adds.
func describeCompletion(root *cobra.Command) {
	c, _, err := root.Find([]string{"completion"})
	if err != nil || c == root {
		panic("BUG: cobra adds no completion")
	}
	c.Short = "write the completion script of a shell"
	c.Long = `Write the script that completes commands, flags and their values (formats, metrics, visitor keys, scenarios) on Tab.

  bash        loadx completion bash \
                > ~/.local/share/bash-completion/completions/loadx
  zsh         loadx completion zsh > "${fpath[1]}/_loadx"
  fish        loadx completion fish > ~/.config/fish/completions/loadx.fish
  powershell  loadx completion powershell | Out-String | Invoke-Expression

bash needs the package bash-completion. A shell that is started afterwards completes.`
	c.Args, c.SuggestionsMinimumDistance = noArguments, root.SuggestionsMinimumDistance
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	for _, shell := range c.Commands() {
		shell.Short = "write the completion script of " + shell.Name()
		shell.Long = "Write the completion script of " + shell.Name() + "; `loadx help completion` says where it goes."
	}
}

// A completion is what may stand in a place: words with what they mean, or files.
type completion struct {
	words     func() []cobra.Completion
	directive cobra.ShellCompDirective
}

const (
	wordsOnly = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	// beginnings are words that something follows at once.
	beginnings = wordsOnly | cobra.ShellCompDirectiveNoSpace
)

func words(list ...cobra.Completion) func() []cobra.Completion {
	return func() []cobra.Completion { return list }
}

// anyFile, and those of an extension, and folders.
var (
	anyFile      = completion{directive: cobra.ShellCompDirectiveDefault}
	yamlFiles    = completion{words("yaml", "yml"), cobra.ShellCompDirectiveFilterFileExt}
	pemFiles     = completion{words("pem", "crt", "cer", "key"), cobra.ShellCompDirectiveFilterFileExt}
	folders      = completion{directive: cobra.ShellCompDirectiveFilterDirs}
	nothingKnown = completion{directive: cobra.ShellCompDirectiveNoFileComp}
)

// flagCompletions are the values of flags by their names; flags that are not here take what nobody can know.
var flagCompletions = map[string]completion{
	"gate": {metricNames, beginnings}, "abort-on": {metricNames, beginnings},
	"report": {reportFormats, beginnings},
	"format": {logFormats, wordsOnly},
	"uv-key": {words("ip\tthe address", "ip+ua\tthe address and the User-Agent", "user\tthe authenticated user",
		"cookie:\ta cookie of the log", "header:\ta header of the log", "field:\tany other field"), beginnings},
	"step":        {words(profile.Minute.String(), profile.Hour.String(), profile.Day.String(), profile.Month.String()), wordsOnly},
	"paths":       {words(analyze.RawPaths.String(), analyze.TemplatedPaths.String()), wordsOnly},
	"connections": {scenarioWords("connections"), wordsOnly}, "cookies": {scenarioWords("cookies"), wordsOnly},
	"method":     {words("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"), wordsOnly},
	"balance-by": {words("header \ta header of the response", "cookie \ta cookie that the site sets"), beginnings},
	"proxy":      {words("env\twhat HTTP_PROXY and its like say", "http://", "socks5://"), beginnings},
	"tz":         {words("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"), wordsOnly},
	"log-tz":     {words("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"), wordsOnly},
	"hits":       {words("all"), wordsOnly},
	"cacert":     pemFiles, "cert": pemFiles, "key": pemFiles, "output": yamlFiles, "keep": folders,
	"save": anyFile, "results": anyFile, "targets": anyFile, "access-log": anyFile, "uv-secret-file": anyFile, "unix": anyFile,
	"body": anyFile, "baseline": anyFile,
}

// argumentCompletions are the arguments of commands by their paths; those that are not here take none.
var argumentCompletions = map[string]completion{
	"loadx attack": yamlFiles, "loadx plan": yamlFiles, "loadx capacity": yamlFiles, "loadx validate": yamlFiles,
	"loadx init":    {words("http://", "https://"), beginnings},
	"loadx analyze": anyFile, "loadx formats explain": anyFile, "loadx report": anyFile, "loadx merge": anyFile, "loadx compare": anyFile,
	"loadx man": folders,
}

// completeValues lets shells complete the values of flags and the arguments of a command and of those below it.
func completeValues(c *cobra.Command) {
	if c.ValidArgsFunction == nil && len(c.ValidArgs) == 0 && !c.HasSubCommands() {
		known, ok := argumentCompletions[c.CommandPath()]
		if !ok {
			known = nothingKnown
		}
		c.ValidArgsFunction = known.complete
	}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		known, ok := flagCompletions[f.Name]
		if f.Name == "pv" && f.DefValue == analyze.Web.String() { // of attack it is a number
			known, ok = completion{words(analyze.Web.String(), analyze.API.String(), analyze.Raw.String()), wordsOnly}, true
		}
		if !ok {
			known = nothingKnown
		}
		if err := c.RegisterFlagCompletionFunc(f.Name, known.complete); err != nil {
			panic("BUG: completion: " + err.Error())
		}
	})
	for _, sub := range c.Commands() {
		completeValues(sub)
	}
}

// complete is the completion as cobra calls it. After FORMAT= the rest of the word is a file's name.
func (k completion) complete(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if k.words == nil {
		return nil, k.directive
	}
	list := k.words()
	if k.directive&cobra.ShellCompDirectiveFilterFileExt != 0 {
		return list, k.directive
	}
	if strings.Contains(begun, "=") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return slices.DeleteFunc(slices.Clone(list), func(w cobra.Completion) bool { return !strings.HasPrefix(w, begun) }), k.directive
}

func metricNames() []cobra.Completion {
	list := []cobra.Completion{"p50\tresponse latency", "p90\tresponse latency", "p95\tresponse latency", "p99\tresponse latency", "p99.9\tresponse latency"}
	for _, m := range profile.Metrics() {
		list = append(list, cobra.CompletionWithDesc(m.Name, m.Doc))
	}
	return list
}

func reportFormats() []cobra.Completion { return reports.Formats() }

func logFormats() []cobra.Completion {
	var list []cobra.Completion
	for _, f := range accesslog.Formats() {
		list = append(list, cobra.CompletionWithDesc(f.Name(), f.Summary()))
	}
	return list
}

// scenarioWords are the words that a key of a scenario takes.
func scenarioWords(path string) func() []cobra.Completion {
	return func() []cobra.Completion {
		for _, key := range scenarios.Keys() {
			if key.Path == path {
				return key.Values
			}
		}
		panic("BUG: completion: a scenario has no key " + path)
	}
}
