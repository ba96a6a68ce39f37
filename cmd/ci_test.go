package cmd_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// documentedInstall is how the workflows get loadx.
const documentedInstall = "go install github.com/loadx/loadx/cmd/loadx@latest"

// A runner is a machine of continuous integration: a folder with the repository of a service that is tested, programs, and
// what a service of the CI keeps beside: the cache with the baseline and the artefacts.
type runner struct {
	t                      *testing.T
	workspace, cache, kept string
	env                    []string
	replace                *strings.Replacer // in the workflow and the scenario: addresses, and what takes a quiet machine or time
	said                   bytes.Buffer
	steps                  []string // those that ran
}

func newRunner(t *testing.T, replace ...string) *runner {
	t.Helper()
	goCommand := needProgram(t, "go")
	needProgram(t, "curl")
	dir := t.TempDir()
	r := &runner{t: t, workspace: filepath.Join(dir, "repository"), cache: filepath.Join(dir, "cache"), kept: filepath.Join(dir, "artefacts"),
		replace: strings.NewReplacer(append(replace, "rate: 200/s", "rate: 1000/s", "baseline + 20ms", "baseline + 2s",
			// What waits for the only request in flight is not loadx's delay: a busy machine invalidates fewer runs.
			"\nidentity:\n", "\nmax_in_flight: 1\nidentity:\n")...)}
	for _, name := range []string{r.workspace, r.cache, r.kept} {
		if err := os.MkdirAll(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	setting := func(name string) string {
		out, err := exec.Command(goCommand, "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	gopath := filepath.Join(dir, "go")
	r.env = []string{
		"PATH=" + filepath.Join(gopath, "bin") + ":" + filepath.Dir(goCommand) + ":/usr/local/bin:/usr/bin:/bin",
		"HOME=" + dir, "GOPATH=" + gopath, "GOCACHE=" + setting("GOCACHE"), "GOTOOLCHAIN=local", "GOSUMDB=off",
		"GOFLAGS=-modcacherw -trimpath", "CI=true",
		// This source, as the module proxy would give it out, and what it needs from where the machine has it already.
		"GOPROXY=file://" + moduleProxy(t) + ",file://" + setting("GOMODCACHE") + "/cache/download",
	}
	return r
}

// moduleProxy is a folder with this source as version 1.0.0 of the module, in the layout of the proxy protocol.
func moduleProxy(t *testing.T) string {
	t.Helper()
	const module, version = "github.com/loadx/loadx", "v1.0.0"
	proxy := t.TempDir()
	dir := filepath.Join(proxy, filepath.FromSlash(module), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var source bytes.Buffer
	z := zip.NewWriter(&source)
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel("..", path)
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(name, ".") || slices.Contains([]string{"bin", "out", "testdata"}, d.Name())) {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || strings.HasPrefix(name, ".") {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		w, err := z.Create(module + "@" + version + "/" + filepath.ToSlash(name))
		if err == nil {
			_, err = w.Write(content)
		}
		return err
	})
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"list": []byte(version + "\n"), version + ".mod": mod, version + ".zip": source.Bytes(),
		version + ".info": []byte(`{"Version":"` + version + `","Time":"2026-11-22T00:00:00Z"}`),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return proxy
}

// checkout gives the service's repository a scenario in which pairs of texts are replaced.
func (r *runner) checkout(replace ...string) {
	r.t.Helper()
	if err := os.RemoveAll(r.workspace); err != nil {
		r.t.Fatal(err)
	}
	text := r.replace.Replace(readText(r.t, "../docs/ci/scenario.yaml"))
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			r.t.Fatalf("the scenario has no %q", replace[i])
		}
		text = strings.ReplaceAll(text, replace[i], replace[i+1])
	}
	writeText(r.t, filepath.Join(r.workspace, "load", "scenario.yaml"), text)
}

// shell runs a step as the CI does and says whether it succeeded.
func (r *runner) shell(name, script string, env ...string) bool {
	r.t.Helper()
	path := filepath.Join(r.t.TempDir(), "step.sh")
	writeText(r.t, path, script)
	cmd := exec.Command(needProgram(r.t, "bash"), "--noprofile", "--norc", "-eo", "pipefail", path)
	cmd.Dir, cmd.Env = r.workspace, append(slices.Clone(r.env), env...)
	cmd.Stdout, cmd.Stderr = &r.said, &r.said
	fmt.Fprintf(&r.said, "--- %s\n", name)
	err := cmd.Run()
	if exitCode(err) == notRun {
		r.t.Fatal(err)
	}
	r.steps = append(r.steps, name)
	fmt.Fprintf(&r.said, "--- exit code %d\n", exitCode(err))
	return err == nil
}

// busy says whether loadx itself found the machine too busy for the test to mean anything.
func (r *runner) busy() bool {
	return strings.Contains(r.said.String(), "loadx and not the target was too slow")
}

// copyTree copies what a path names, if anything, so that it has the same name under to.
func (r *runner) copyTree(from, to, name string) {
	r.t.Helper()
	name = filepath.Clean(name)
	if !filepath.IsLocal(name) {
		r.t.Fatalf("%s is outside of the workspace", name)
	}
	info, err := os.Stat(filepath.Join(from, name))
	if err != nil {
		return
	}
	if !info.IsDir() {
		writeText(r.t, filepath.Join(to, name), readText(r.t, filepath.Join(from, name)))
		return
	}
	if err := os.RemoveAll(filepath.Join(to, name)); err != nil {
		r.t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(to, name), os.DirFS(filepath.Join(from, name))); err != nil {
		r.t.Fatal(err)
	}
}

func (r *runner) has(path string) bool {
	_, err := os.Stat(filepath.Join(r.workspace, path))
	return err == nil
}

// reset makes a next run of the same machine.
func (r *runner) reset() {
	r.said.Reset()
	r.steps = nil
	if err := os.RemoveAll(r.kept); err != nil {
		r.t.Fatal(err)
	}
}

// artefacts checks what was kept of a run: the page, the JUnit file with as many failures, and the profile.
func (r *runner) artefacts(failures int) {
	r.t.Helper()
	page := readText(r.t, filepath.Join(r.kept, "report", "load.html"))
	if !strings.Contains(page, "<!doctype html>") || !strings.Contains(page, "pull-request") {
		r.t.Errorf("the page: %.200s", page)
	}
	junit := readText(r.t, filepath.Join(r.kept, "report", "junit.xml"))
	if n := strings.Count(junit, "<failure"); n != failures {
		r.t.Errorf("%d failures, want %d:\n%s", n, failures, junit)
	}
	args := []string{"report", filepath.Join(r.kept, "report", "run.loadx"), "--report", "json"}
	if r.has("baseline/run.loadx") { // a gate that was relative to it is judged again
		args = append(args, "--baseline", filepath.Join(r.workspace, "baseline", "run.loadx"))
	}
	w := world{}
	code := w.run(args...)
	if code != min(failures, 1) || !strings.Contains(w.stdout.String(), `"pv": 2000`) {
		r.t.Errorf("exit code %d: %s%.300s", code, &w.stderr, &w.stdout)
	}
}

// readYAML decodes a file into the structure that the CI expects; what is no part of it is an error.
func readYAML(t *testing.T, text string, into any) {
	t.Helper()
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		t.Fatal(err)
	}
}

// calmly makes a run again while the machine is too busy for it.
func (r *runner) calmly(run func() bool) (passed bool) {
	r.t.Helper()
	const attempts = 20
	for range attempts {
		r.reset()
		passed = run()
		if passed || !r.busy() {
			return passed
		}
	}
	r.t.Fatalf("the machine was too busy %d times", attempts)
	return false
}
