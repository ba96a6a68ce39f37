package cmd_test

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const migratePage = "../docs/migrate.md"

// A mapping is a row of the page: options of another program, and what loadx has for them.
type mapping struct {
	line          int
	program       string // the heading that the row is under
	theirs, loadx []string
}

var codeSpans = regexp.MustCompile("`([^`]+)`")

func mappings(t *testing.T) []mapping {
	t.Helper()
	var out []mapping
	program := ""
	for i, line := range strings.Split(readText(t, migratePage), "\n") {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			program = heading
		}
		cells := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
		if len(cells) != 5 || strings.HasPrefix(cells[1], "-") {
			continue
		}
		m := mapping{line: i + 1, program: program}
		for _, span := range codeSpans.FindAllStringSubmatch(cells[1], -1) {
			m.theirs = append(m.theirs, span[1])
		}
		for _, span := range codeSpans.FindAllStringSubmatch(cells[3], -1) {
			m.loadx = append(m.loadx, span[1])
		}
		if strings.TrimSpace(cells[2]) == "" || strings.TrimSpace(cells[3]) == "" {
			t.Errorf("line %d: an empty cell", m.line)
		}
		if len(m.theirs) > 0 {
			out = append(out, m)
		}
	}
	if len(out) < 150 {
		t.Fatalf("only %d rows", len(out))
	}
	return out
}

// Every option that a program lists in its help stands in the page, and the page has none that it does not list.
func TestMigrateHasEveryOption(t *testing.T) {
	all := mappings(t)
	built := "../.cache/bench-bin/"
	for _, c := range []struct {
		program string
		path    []string
		help    [][]string
		option  *regexp.Regexp // its groups are names of an option
		bench   bool           // built by make bench alone
	}{
		{"ab", []string{"ab"}, [][]string{{"-h"}}, regexp.MustCompile(`(?m)^    (-\w)\s`), false},
		{"wrk", []string{"wrk"}, [][]string{{"--help"}}, regexp.MustCompile(`(?m)^    (-\w)?,? +(--\w+)`), false},
		{"GoAccess", []string{"goaccess"}, [][]string{{"--help"}}, regexp.MustCompile(`(?m)^  (?:(-\w?) +)?(--[\w-]+)?`), false},
		{"hey", []string{"hey", built + "hey"}, [][]string{{"--help"}}, regexp.MustCompile(`(?m)^  (-[\w-]+)\s`), true},
		{"vegeta", []string{"vegeta", built + "vegeta"}, [][]string{{"--help"}}, regexp.MustCompile(`(?m)^  (-[\w-]+)`), true},
		{"k6", []string{"k6", built + "k6"}, [][]string{{"run", "--help"}}, regexp.MustCompile(`(?m)^ +(?:(-\w), )?(--[\w-]+)`), true},
	} {
		t.Run(c.program, func(t *testing.T) {
			path := ""
			for _, candidate := range c.path {
				if p, err := exec.LookPath(candidate); err == nil {
					path = p
					break
				}
			}
			if path == "" && c.bench {
				t.Skipf("NOT TESTED: NO %s; `make bench` builds it", c.program)
			}
			if path == "" {
				path = needProgram(t, c.path[0])
			}
			ours := map[string]int{}
			for _, m := range all {
				if m.program != c.program {
					continue
				}
				for _, span := range m.theirs {
					for _, word := range strings.Fields(span) {
						if strings.HasPrefix(word, "-") {
							ours[word] = m.line
						}
					}
				}
			}
			theirs := map[string]bool{}
			for _, args := range c.help {
				help, _ := exec.Command(path, args...).CombinedOutput() // many exit with 1
				for _, match := range c.option.FindAllStringSubmatch(string(help), -1) {
					for _, option := range match[1:] {
						if option != "" {
							theirs[option] = true
						}
					}
				}
			}
			if len(theirs) < 10 {
				t.Fatalf("only %d options: %v", len(theirs), theirs)
			}
			for option := range theirs {
				if ours[option] == 0 {
					t.Errorf("the page lacks %s", option)
				}
			}
			for option, line := range ours {
				if !theirs[option] {
					t.Errorf("line %d: %s has no %s", line, c.program, option)
				}
			}
		})
	}
}

// What the page says about loadx is so: its flags, commands, report formats and the keys of scenarios exist.
func TestMigrateNamesWhatExists(t *testing.T) {
	flags := map[string]bool{}
	commands := []string{"attack", "analyze", "plan", "report", "merge", "capacity", "formats", "version", "formats explain"}
	for _, command := range commands {
		w := world{}
		if code := w.run(append(strings.Fields(command), "--help")...); code != 0 {
			t.Fatalf("loadx %s --help: %d %s", command, code, &w.stderr)
		}
		for _, match := range regexp.MustCompile(`(?m)^ +(?:-\w, )?(--[\w-]+)`).FindAllStringSubmatch(w.stdout.String(), -1) {
			flags[match[1]] = true
		}
	}
	schema := world{}
	if code := schema.run("schema"); code != 0 {
		t.Fatal(&schema.stderr)
	}
	checked := 0
	for _, m := range mappings(t) {
		for _, span := range m.loadx {
			words := strings.Fields(span)
			if words[0] == "vegeta" || words[0] == "printf" {
				continue
			}
			if words[0] == "loadx" {
				command := words[1]
				if !slices.Contains(commands, command) {
					t.Errorf("line %d: there is no loadx %s", m.line, command)
				}
				checked++
			}
			for _, word := range words {
				if name, _, _ := strings.Cut(word, "="); strings.HasPrefix(word, "--") {
					if !flags[name] {
						t.Errorf("line %d: there is no %s", m.line, name)
					}
					checked++
				}
			}
			if i := slices.Index(words, "--report"); i >= 0 {
				format, _, _ := strings.Cut(words[i+1], "=")
				w := world{stdin: oneLine}
				if code := w.run("analyze", "-", "--report", strings.ReplaceAll(format, "FORMAT", "table")); code != 0 {
					t.Errorf("line %d: --report %s: %s", m.line, format, &w.stderr)
				}
			}
			if i := slices.Index(words, "--filter"); i >= 0 && i+1 < len(words) {
				w := world{stdin: oneLine}
				expr := strings.Trim(strings.ReplaceAll(strings.Join(words[i+1:], " "), "\x00", "|"), "'")
				if code := w.run("analyze", "-", "--filter", expr); code != 0 {
					t.Errorf("line %d: --filter %s: %s", m.line, expr, &w.stderr)
				}
			}
			if i := slices.Index(words, "--by"); i >= 0 && i+1 < len(words) {
				w := world{stdin: oneLine}
				if code := w.run("analyze", "-", "--by", words[i+1]); code != 0 {
					t.Errorf("line %d: --by %s: %s", m.line, words[i+1], &w.stderr)
				}
			}
			if key, ok := strings.CutSuffix(span, ":"); ok {
				for part := range strings.SplitSeq(key, ".") {
					if !strings.Contains(schema.stdout.String(), `"`+part+`": {`) && !strings.Contains(schema.stdout.String(), `"`+part+`": true`) {
						t.Errorf("line %d: scenarios have no key %s", m.line, part)
					}
				}
				checked++
			}
		}
	}
	if checked < 150 {
		t.Errorf("only %d words were checked", checked)
	}
}
