package cmd_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/loadx/loadx/cmd/site"
)

// documentedAddress is where the site is that documents attack; the test's own takes its place.
const documentedAddress = "127.0.0.1:8080"

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
	// output is what the document says that the command prints: the lines behind it. A line … stands for any lines, … within a
	// line for any text; blank lines and the width of blank space do not count.
	output []string
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
		case console && len(out) > 0 && strings.TrimSpace(line) != "":
			last := &out[len(out)-1]
			last.output = append(last.output, line)
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

// TestDocuments does what the documents say, in a folder of its own with a site that writes access.log there, unless the
// document starts one itself.
func TestDocuments(t *testing.T) {
	bash := needProgram(t, "bash")
	paths := []string{"../README.md"}
	for _, pattern := range []string{"../docs/*.md", "../docs/*/*.md"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, more...)
	}
	commands := 0
	for _, path := range paths {
		todo := steps(t, path)
		for _, s := range todo {
			if s.command != "" {
				commands++
			}
		}
		if len(todo) == 0 {
			continue
		}
		t.Run(strings.TrimPrefix(path, "../"), func(t *testing.T) {
			dir := t.TempDir()
			address := documentedSite(t, dir, todo)
			besides(t, filepath.Dir(path), dir, address)
			for _, s := range todo {
				s.text = strings.ReplaceAll(s.text, documentedAddress, address)
				s.command = strings.ReplaceAll(s.command, documentedAddress, address)
				s.do(t, bash, dir)
			}
		})
	}
	if commands < 5 {
		t.Errorf("only %d commands are documented: are they still in ```console blocks?", commands)
	}
}

// documentedSite is the address of the site that a document's steps attack. One that they start stops with the test at
// the latest.
func documentedSite(t *testing.T, dir string, todo []step) string {
	t.Helper()
	if slices.ContainsFunc(todo, func(s step) bool { return strings.HasPrefix(s.command, "nginx ") }) {
		needProgram(t, "nginx", "/usr/sbin/nginx")
		// Started by root, its workers are nobody, who has to get at the pages.
		for _, name := range []string{dir, filepath.Dir(dir)} {
			if err := os.Chmod(name, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		t.Cleanup(func() { stopByPIDFile(t, filepath.Join(dir, "nginx.pid")) })
		return freeAddress(t)
	}
	web, err := site.Start(filepath.Join(dir, "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { web.Close() })
	return strings.TrimPrefix(web.URL(), "http://")
}

// besides puts the scenarios that lie beside a document where its steps find them, at a rate that takes less time.
func besides(t *testing.T, from, dir, address string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(from, "scenario*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		writeText(t, filepath.Join(dir, filepath.Base(path)),
			strings.NewReplacer(documentedAddress, address, "rate: 200/s", "rate: 1000/s").Replace(readText(t, path)))
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
	if !strings.Contains(" "+s.command, " loadx ") && !strings.Contains(s.command, "nginx ") {
		t.Errorf("line %d: nobody tests %s", s.line, s.command)
		return
	}
	cmd := exec.Command(bash, "-o", "pipefail", "-c", s.command)
	cmd.Dir = dir
	// Where these tests run in GitHub Actions the documents would fill the summary of that step.
	cmd.Env = append(os.Environ(), "GITHUB_STEP_SUMMARY=", "PATH="+os.Getenv("PATH")+":/usr/sbin")
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
	if !says(said.String(), s.output) {
		t.Errorf("line %d: %s: documented is\n%s\nbut it says\n%s", s.line, s.command, strings.Join(s.output, "\n"), &said)
	}
}

// says compares what was printed with what is documented; of a command without documented output nothing is wanted.
func says(printed string, documented []string) bool {
	if len(documented) == 0 {
		return true
	}
	var want, got strings.Builder
	for _, line := range documented {
		if line = strings.Join(strings.Fields(line), " "); line == "…" {
			want.WriteString(`(?:.*\n)*?`)
		} else {
			want.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + `\n`)
		}
	}
	for line := range strings.Lines(printed) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			got.WriteString(line + "\n")
		}
	}
	return regexp.MustCompile(`^` + want.String() + `$`).MatchString(got.String())
}

// What is documented has to be there, whole and in order, except for what … stands for.
func TestSays(t *testing.T) {
	const printed = "one   two\n\nthree 3.14\nfour\n"
	for documented, want := range map[string]bool{
		"one two\nthree 3.14\nfour": true, "one two\n…\nfour": true, "…\nthree …\n…": true, "…": true, "one two\n…\nthree 3.14\n…\nfour": true,
		"one two": false, "three 3.14\nfour": false, "…\nfour\nthree 3.14\n…": false, "…\nthree 3.15\n…": false, "…\n2\n…": false,
	} {
		if got := says(printed, strings.Split(documented, "\n")); got != want {
			t.Errorf("%q: %v, want %v", documented, got, want)
		}
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
		{line: 3, command: "loadx a --b", code: 2, output: []string{"output"}},
		{line: 6, command: "make demo   # a remark"},
		{line: 8, file: "x.yaml", text: "a: 1\n$ b\n"},
	}
	got := steps(t, path)
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
}
