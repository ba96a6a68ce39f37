package cmd_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/loadx/loadx/cmd/site"
)

// documentedTarget is the site that documents attack; the test's own takes its place.
const documentedTarget = "http://127.0.0.1:8080"

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A step is what a document lets its reader do: put text into a file, or run a command.
type step struct {
	line    int
	file    string // of a block ```LANGUAGE file=NAME
	text    string // of the file
	command string // of a line `$ COMMAND` of a block ```console; a \ at the end continues it
	code    int    // that the command ends with: 0, or N where it says `# exit N` behind it
}

var exitNote = regexp.MustCompile(`\s+# exit (\d+)$`)

// steps reads a document.
func steps(t *testing.T, path string) []step {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []step
	var s *step // a file or a command that goes on
	console := false
	number := 0
	inside := false
	for scan := bufio.NewScanner(bytes.NewReader(text)); scan.Scan(); {
		number++
		line := scan.Text()
		if info, fence := strings.CutPrefix(line, "```"); fence {
			inside = !inside
			console, s = inside && info == "console", nil
			if _, name, ok := strings.Cut(info, " file="); inside && ok {
				out = append(out, step{line: number, file: name})
				s = &out[len(out)-1]
			}
			continue
		}
		switch {
		case !inside:
		case !console && s != nil:
			s.text += line + "\n"
		case console && s != nil:
			s.command = strings.TrimSuffix(s.command, `\`) + strings.TrimSpace(line)
			s = continued(s)
		case console && strings.HasPrefix(line, "$ "):
			out = append(out, step{line: number, command: line[2:]})
			s = continued(&out[len(out)-1])
		}
	}
	return out
}

// continued returns the step while its command goes on, and takes the note off one that is complete.
func continued(s *step) *step {
	if strings.HasSuffix(s.command, `\`) {
		return s
	}
	if m := exitNote.FindStringSubmatch(s.command); m != nil {
		s.command = strings.TrimSuffix(s.command, m[0])
		s.code, _ = strconv.Atoi(m[1])
	}
	return nil
}

// TestDocuments does what the documents say, in a folder of its own with a site that writes access.log there.
func TestDocuments(t *testing.T) {
	bash := needProgram(t, "bash")
	paths, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for _, path := range append(paths, "../README.md") {
		todo := steps(t, path)
		for _, s := range todo {
			if s.command != "" {
				commands++
			}
		}
		if len(todo) == 0 {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			dir := t.TempDir()
			web, err := site.Start(filepath.Join(dir, "access.log"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { web.Close() })
			for _, s := range todo {
				s.text = strings.ReplaceAll(s.text, documentedTarget, web.URL())
				s.command = strings.ReplaceAll(s.command, documentedTarget, web.URL())
				s.do(t, bash, dir)
			}
		})
	}
	if commands < 5 {
		t.Errorf("only %d commands are documented: are they still in ```console blocks?", commands)
	}
}

func (s step) do(t *testing.T, bash, dir string) {
	t.Helper()
	if s.file != "" {
		if !filepath.IsLocal(s.file) {
			t.Fatalf("line %d: file %s", s.line, s.file)
		}
		if err := os.WriteFile(filepath.Join(dir, s.file), []byte(s.text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if targets, ok := strings.CutPrefix(s.command, "make "); ok {
		checkMakeTargets(t, s.line, targets)
		return
	}
	if !strings.Contains(" "+s.command, " loadx ") {
		t.Errorf("line %d: nobody tests %s", s.line, s.command)
		return
	}
	cmd := exec.Command(bash, "-o", "pipefail", "-c", s.command)
	cmd.Dir = dir
	// Where these tests run in GitHub Actions the documents would fill the summary of that step.
	cmd.Env = append(os.Environ(), "GITHUB_STEP_SUMMARY=")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	code := exitCode(cmd.Run())
	if code == 3 && strings.Contains(said.String(), "loadx and not the target was too slow") {
		t.Logf("line %d: the machine is busy", s.line)
		return
	}
	if code != s.code {
		t.Errorf("line %d: %s: exit code %d, documented is %d\n%s", s.line, s.command, code, s.code, &said)
	}
}

// checkMakeTargets wants that the Makefile has the targets; what they do is the business of other tests.
func checkMakeTargets(t *testing.T, line int, targets string) {
	t.Helper()
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	targets, _, _ = strings.Cut(targets, "#")
	for _, name := range strings.Fields(targets) {
		if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + `:`).Match(makefile) {
			t.Errorf("line %d: the Makefile has no target %s", line, name)
		}
	}
}

// What is read out of a document is what its reader sees.
func TestSteps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "doc.md")
	text := "$ not a command\n```console\n$ loadx a \\\n    --b   # exit 2\noutput\n$ make demo   # a remark\n```\n" +
		"```yaml file=x.yaml\na: 1\n$ b\n```\n```yaml\nc: 2\n```\n```sh\n$ no console\n```\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	want := []step{
		{line: 3, command: "loadx a --b", code: 2},
		{line: 6, command: "make demo   # a remark"},
		{line: 8, file: "x.yaml", text: "a: 1\n$ b\n"},
	}
	got := steps(t, path)
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
}
