package cmd

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loadx/loadx/cmd/manual"
	"github.com/loadx/loadx/profile/spelling"
)

// The groups of commands, in the order of help.
const (
	groupScenarios = "scenarios"
	groupTraffic   = "traffic"
	groupLogs      = "logs"
	groupSaved     = "saved"
	groupMore      = "more"
)

var commandGroups = []*cobra.Group{
	{ID: groupScenarios, Title: "Scenarios"},
	{ID: groupTraffic, Title: "Traffic"},
	{ID: groupLogs, Title: "Access logs"},
	{ID: groupSaved, Title: "Saved profiles"},
	{ID: groupMore, Title: "More"},
}

// addGroup adds commands that belong together.
func addGroup(root *cobra.Command, group string, commands ...*cobra.Command) {
	for _, c := range commands {
		c.GroupID = group
	}
	root.AddCommand(commands...)
}

// flagGroup is the annotation of a flag that names the group it is shown in.
const flagGroup = "group"

// inGroup puts the flags that register adds into a group of their own, but for those that it puts into another.
func inGroup(c *cobra.Command, title string, register func(*cobra.Command)) {
	before := map[string]bool{}
	c.Flags().VisitAll(func(f *pflag.Flag) { before[f.Name] = true })
	register(c)
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !before[f.Name] && f.Annotations[flagGroup] == nil {
			f.Annotations = map[string][]string{flagGroup: {title}}
		}
	})
}

func newHelp(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND or TOPIC]",
		Short: "explain a command or a topic",
		Long:  "Explain a command, as its --help does, or a topic. Without either, list them.",
		Example: `  loadx help attack
  loadx help gates`,
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var out []string
			if on, rest, err := c.Root().Find(args); err == nil && len(rest) == 0 {
				for _, sub := range on.Commands() {
					if listed(sub) || sub.Annotations[topicKey] != "" {
						out = append(out, cobra.CompletionWithDesc(sub.Name(), sub.Short))
					}
				}
			}
			return out, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			on, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return noHelp(c.Root(), strings.Join(args, " "))
			}
			return untrusted(commandPage(on).WriteHelp(env.Stdout))
		},
	}
}

// noHelp is the error of a name that is neither a command's nor a topic's.
func noHelp(root *cobra.Command, name string) error {
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	err := usage(fmt.Errorf("help: neither a command nor a topic is called %q", name))
	if near := spelling.Nearest(name, names); near != "" {
		return withHint(err, "did you mean `loadx help "+near+"`?")
	}
	return withHint(err, "`loadx help` lists them")
}

// listed says whether help lists a command among the commands.
func listed(c *cobra.Command) bool { return c.IsAvailableCommand() && c.Annotations[topicKey] == "" }

// commandPage is what there is to say of a command or a topic, but for what only a manual page says.
func commandPage(c *cobra.Command) *manual.Page {
	p := &manual.Page{Name: strings.ReplaceAll(c.CommandPath(), " ", "-"), Section: 1, Summary: c.Short}
	if t, ok := topicOf(c); ok {
		p.Section, p.Parts = 7, t.parts()
		return p
	}
	about := c.Long
	if about == "" {
		about = strings.ToUpper(c.Short[:1]) + c.Short[1:] + "."
	}
	synopsis := synopsis(c)
	p.Parts = append(p.Parts,
		manual.Part{Heading: "Synopsis", Text: synopsis, Only: manual.Roff},
		manual.Part{Heading: "Description", Text: about},
		manual.Part{Heading: "Usage", Text: synopsis, Only: manual.Help})
	if c.Example != "" {
		p.Parts = append(p.Parts, manual.Part{Heading: "Examples", Text: c.Example})
	}
	p.Parts = append(p.Parts, subcommands(c)...)
	p.Parts = append(p.Parts, flagParts(c)...)
	if !c.HasParent() {
		p.Parts = append(p.Parts, topicList(),
			manual.Part{Only: manual.Help, Text: "loadx help COMMAND explains a command, loadx help TOPIC a topic."})
	}
	return p
}

// synopsis is how a command is called, a line each way.
func synopsis(c *cobra.Command) string {
	var b strings.Builder
	flags := ""
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && !f.Hidden {
			flags = " [flags]"
		}
	})
	before := ""
	if c.HasParent() {
		before = c.Parent().CommandPath() + " "
	}
	if c.Runnable() && c.HasParent() && c.Name() != "completion" || !c.HasSubCommands() {
		for way := range strings.SplitSeq(c.Use, " | ") {
			b.WriteString("  " + before + way + flags + "\n")
		}
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("  " + c.CommandPath() + " COMMAND\n")
	}
	return b.String()
}

// subcommands are the commands below one, by group.
func subcommands(c *cobra.Command) []manual.Part {
	var parts []manual.Part
	for _, group := range append(c.Groups(), &cobra.Group{Title: "Commands"}) {
		part := manual.Part{Heading: group.Title, Under: group.ID != ""}
		for _, sub := range c.Commands() {
			if listed(sub) && sub.GroupID == group.ID {
				part.Entries = append(part.Entries, manual.Entry{Term: sub.Name(), Text: sub.Short})
			}
		}
		if len(part.Entries) > 0 {
			parts = append(parts, part)
		}
	}
	if len(c.Groups()) > 0 {
		parts = append([]manual.Part{{Heading: "Commands", Only: manual.Roff}}, parts...)
	}
	return parts
}

func topicList() manual.Part {
	part := manual.Part{Heading: "Topics"}
	for _, t := range topics {
		part.Entries = append(part.Entries, manual.Entry{Term: t.name, Text: t.short})
	}
	return part
}

// flagParts are the flags of a command: its groups in the order in which they are registered first, and the rest.
func flagParts(c *cobra.Command) []manual.Part {
	var parts []manual.Part
	rest := manual.Part{Heading: "Flags"}
	c.InitDefaultHelpFlag()
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		title := f.Annotations[flagGroup]
		if len(title) == 0 {
			rest.Entries = append(rest.Entries, flagEntry(f))
			return
		}
		for i := range parts {
			if parts[i].Heading == title[0] {
				parts[i].Entries = append(parts[i].Entries, flagEntry(f))
				return
			}
		}
		parts = append(parts, manual.Part{Heading: title[0], Under: true, Entries: []manual.Entry{flagEntry(f)}})
	})
	if len(parts) == 0 {
		options := rest
		options.Heading, options.Only, rest.Only = "Options", manual.Roff, manual.Help
		return []manual.Part{rest, options}
	}
	rest.Under = true
	if len(rest.Entries) == 1 {
		rest.Heading = "Help"
	}
	return append(append([]manual.Part{{Heading: "Options", Only: manual.Roff}}, parts...), rest)
}

// flagEntry is a flag with the name of its value, and its default where it has one that says something.
func flagEntry(f *pflag.Flag) manual.Entry {
	value, text := pflag.UnquoteUsage(f)
	switch value {
	case "string", "strings", "stringArray":
		value = "TEXT"
	case "uint", "int", "float":
		value = "N"
	case "duration":
		value = "DURATION"
	}
	text = strings.TrimSuffix(text, ": "+value) // where the name of the value has no place in the sentence
	term := "--" + f.Name
	if f.Shorthand != "" && f.ShorthandDeprecated == "" {
		term = "-" + f.Shorthand + ", " + term
	}
	if value != "" {
		term += " " + value
	}
	switch f.DefValue {
	case "", "0", "0s", "false", "[]":
	case "true":
		text += " (on by default; --" + f.Name + "=false turns it off)"
	default:
		value := f.DefValue
		if strings.ContainsAny(value, " \t") {
			value = strconv.Quote(value)
		}
		text += " (default " + value + ")"
	}
	return manual.Entry{Term: term, Text: text}
}
