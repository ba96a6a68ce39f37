package cmd

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loadx/loadx/cmd/manual"
)

// everyCommand is the root and all commands and topics below it.
func everyCommand(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		all = append(all, everyCommand(sub)...)
	}
	return all
}

func testRoot() *cobra.Command { return newRoot(&Env{}) }

// All help fits into 80 columns, says what a command does and how it is called, and has every flag in its place.
func TestHelp(t *testing.T) {
	commands := everyCommand(testRoot())
	if len(commands) < 25 {
		t.Fatalf("only %d commands", len(commands))
	}
	for _, c := range commands {
		t.Run(c.CommandPath(), func(t *testing.T) {
			var b bytes.Buffer
			if err := commandPage(c).WriteHelp(&b); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				if n := utf8.RuneCountInString(line); n > manual.Width || strings.TrimRight(line, " ") != line || strings.Contains(line, "\t") {
					t.Errorf("%d columns: %q", n, line)
				}
			}
			if s := c.Short; s == "" || c.HasParent() && len(s) > 64 || strings.ToLower(s[:1]) != s[:1] || strings.HasSuffix(s, ".") {
				t.Errorf("summary %q", s)
			}
			if c.Annotations[topicKey] != "" {
				return
			}
			if c.HasParent() && c.Parent().Name() != "completion" && c.Name() != "completion" && !strings.Contains(c.Example, "loadx "+c.Name()) &&
				!strings.Contains(c.Example, c.CommandPath()) {
				t.Errorf("no example calls it: %q", c.Example)
			}
			checkFlags(t, c, b.String())
		})
	}
}

// maxUngrouped is how many flags a command may have before they need groups.
const maxUngrouped = 8

func checkFlags(t *testing.T, c *cobra.Command, help string) {
	t.Helper()
	count := 0
	c.LocalFlags().VisitAll(func(f *pflag.Flag) { count++ })
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		entry := flagEntry(f)
		if f.Hidden {
			if strings.Contains(help, "\n  "+entry.Term+"  ") {
				t.Errorf("--%s is hidden, and shown", f.Name)
			}
			return
		}
		if strings.Count(help, "\n  "+entry.Term+"\n")+strings.Count(help, "\n  "+entry.Term+"  ") != 1 {
			t.Errorf("--%s: %q is not shown once", f.Name, entry.Term)
		}
		if entry.Text == "" || strings.HasSuffix(entry.Text, ".") || strings.Contains(entry.Term, "`") {
			t.Errorf("--%s: %q", f.Name, entry)
		}
		if f.DefValue != "" && !slices.Contains([]string{"0", "0s", "false", "[]", "true"}, f.DefValue) && !strings.Contains(entry.Text, f.DefValue) {
			t.Errorf("--%s: the default %s is not told: %s", f.Name, f.DefValue, entry.Text)
		}
		if count > maxUngrouped && f.Name != "help" && f.Annotations[flagGroup] == nil {
			t.Errorf("--%s: one of %d flags, and in no group: register it in inGroup", f.Name, count)
		}
	})
}

// Every topic has a page of its own, and none is named like a command.
func TestTopics(t *testing.T) {
	root := testRoot()
	for _, topic := range topics {
		c, _, err := root.Find([]string{topic.name})
		if err != nil || c.Annotations[topicKey] != topic.name || len(topic.parts()) == 0 {
			t.Errorf("%s: %v, %v", topic.name, c.Name(), err)
		}
	}
	if len(topics) != len(newTopics()) || len(topics) < 7 {
		t.Errorf("%d topics", len(topics))
	}
}

var (
	overstrike = regexp.MustCompile(".\b|\x1b\\[[0-9;]*m")
	word       = regexp.MustCompile(`[\pL\pN]+`)
)

// The manual pages are sound roff for both programs that read it, and what they show is what was written: every word of
// the help, in its order.
func TestManual(t *testing.T) {
	dir := t.TempDir()
	root := testRoot()
	pages := manualPages(root)
	if n, err := writeManual(root, dir); err != nil || n != len(pages) {
		t.Fatalf("%d pages of %d: %v", n, len(pages), err)
	}
	lint := []struct {
		program string
		args    []string
	}{{"mandoc", []string{"-T", "lint", "-W", "warning"}}, {"groff", []string{"-man", "-ww", "-z", "-K", "utf8"}}}
	shows := [][]string{{"mandoc", "-T", "utf8", "-O", "width=78"}, {"groff", "-man", "-T", "utf8", "-K", "utf8", "-P-c"}}
	for _, p := range pages {
		path := filepath.Join(dir, "man"+string('0'+rune(p.Section)), p.Name+"."+string('0'+rune(p.Section)))
		for _, l := range lint {
			program := manualReader(t, l.program)
			if program == "" {
				continue
			}
			said, err := exec.Command(program, append(l.args, path)...).CombinedOutput()
			if text := withoutDate(string(said)); err != nil && text != "" || text != "" {
				t.Errorf("%s of %s: %v\n%s", l.program, p.Name, err, text)
			}
		}
		for _, show := range shows {
			program := manualReader(t, show[0])
			if program == "" {
				continue
			}
			shown, err := exec.Command(program, append(show[1:], path)...).Output()
			if err != nil {
				t.Errorf("%s: %v", p.Name, err)
			}
			checkWords(t, p, overstrike.ReplaceAllString(string(shown), ""))
		}
	}
}

// withoutDate leaves out the one remark about builds that do not record their date.
func withoutDate(lint string) string {
	var rest []string
	for line := range strings.Lines(lint) {
		if !strings.Contains(line, "missing date") {
			rest = append(rest, line)
		}
	}
	return strings.Join(rest, "")
}

func manualReader(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing", name)
		}
		t.Logf("%s is missing: make setup installs it", name)
	}
	return path
}

// checkWords wants the words of a page's parts in what was made of it, in their order.
func checkWords(t *testing.T, p *manual.Page, shown string) {
	t.Helper()
	var want []string
	for _, part := range p.Parts {
		if part.Only == manual.Help {
			continue
		}
		want = append(want, word.FindAllString(part.Text, -1)...)
		for _, e := range part.Entries {
			want = append(want, word.FindAllString(e.Term+" "+e.Text, -1)...)
		}
	}
	have := word.FindAllString(shown, -1)
	at := slices.Index(have, "NAME") + 1
	want = append(word.FindAllString(p.Name+" "+p.Summary, -1), want...)
	for _, w := range want {
		i := slices.Index(have[at:], w)
		if i < 0 || i > 12 {
			t.Errorf("%s: %q does not follow %q", p.Name, w, strings.Join(have[max(0, at-8):at], " "))
			return
		}
		at += i + 1
	}
}
