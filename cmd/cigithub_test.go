package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A githubWorkflow is the part of GitHub's workflow syntax that ours has.
type githubWorkflow struct {
	Name        string
	On          map[string]any
	Permissions map[string]string
	Concurrency struct {
		Group            string
		CancelInProgress string `yaml:"cancel-in-progress"`
	}
	Defaults struct{ Run struct{ Shell string } }
	Env      map[string]string
	Jobs     map[string]struct {
		RunsOn         string `yaml:"runs-on"`
		TimeoutMinutes int    `yaml:"timeout-minutes"`
		Steps          []githubStep
	}
}

type githubStep struct {
	Name, Uses, If, Run string
	With                map[string]string
}

// The text of the workflow with the address of this test.
func (r *runner) github() githubWorkflow {
	r.t.Helper()
	var w githubWorkflow
	readYAML(r.t, r.replace.Replace(readText(r.t, "../docs/ci/github.yml")), &w)
	return w
}

// job runs a job's steps as GitHub does, on a branch, and returns whether it succeeded and the summaries of its steps.
func (r *runner) githubJob(branch string) (succeeded bool, summary string) {
	r.t.Helper()
	w := r.github()
	succeeded = true
	main := branch == "main"
	summaries := filepath.Join(r.t.TempDir(), "summary.md")
	var env []string
	for name, value := range w.Env {
		env = append(env, name+"="+value)
	}
	env = append(env, "GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY="+summaries)
	defer func() { stopByPIDFile(r.t, filepath.Join(r.workspace, "service", "nginx.pid")) }()
	for _, s := range w.Jobs["load"].Steps {
		switch s.If {
		case "":
			if !succeeded {
				continue
			}
		case "${{ !cancelled() }}":
		case "${{ github.ref == 'refs/heads/main' }}":
			if !succeeded || !main {
				continue
			}
		case "${{ !cancelled() && hashFiles('baseline/run.loadx') != '' && hashFiles('report/run.loadx') != '' }}":
			if !r.has("baseline/run.loadx") || !r.has("report/run.loadx") {
				continue
			}
		default:
			r.t.Fatalf("a condition that nobody tests: %s", s.If)
		}
		action, _, _ := strings.Cut(s.Uses, "@")
		switch action {
		case "":
			if strings.Contains(s.Run, "${{") {
				r.t.Errorf("%s: an expression in a script is written into it without quoting", s.Name)
			}
			succeeded = r.shell(s.Name, s.Run, env...) && succeeded
		case "actions/checkout", "actions/setup-go": // the test has done what they do
		case "actions/cache/restore":
			r.copyTree(r.cache, r.workspace, s.With["path"])
		case "actions/cache/save":
			r.copyTree(r.workspace, r.cache, s.With["path"])
		case "actions/upload-artifact":
			r.copyTree(r.workspace, r.kept, s.With["path"])
		default:
			r.t.Fatalf("an action that nobody tests: %s", s.Uses)
		}
	}
	text, err := os.ReadFile(summaries)
	if err != nil && !os.IsNotExist(err) {
		r.t.Fatal(err)
	}
	return succeeded, string(text)
}

// The workflow that users copy does what it says: step by step, on a first run, on one with a baseline, and when a gate fails.
func TestE2EGitHubWorkflow(t *testing.T) {
	needProgram(t, "nginx", "/usr/sbin/nginx")
	r := newRunner(t, "127.0.0.1:8080", freeAddress(t))
	usual := []string{"Install loadx", "Start the service", "Wait for it", "Attack and gate"}

	summary := ""
	run := func(branch string, replace ...string) bool {
		return r.calmly(func() bool {
			r.checkout(replace...)
			succeeded, text := r.githubJob(branch)
			summary = text
			return succeeded
		})
	}
	if !run("main") {
		t.Fatalf("the first run failed:\n%s", &r.said)
	}
	if want := append(slices.Clone(usual), "Make this run the baseline"); !slices.Equal(r.steps, want) {
		t.Errorf("steps: %q, want %q", r.steps, want)
	}
	if strings.Count(summary, "## loadx: pass") != 1 || !strings.Contains(summary, "seen.uv == plan") {
		t.Errorf("the summary: %s", summary)
	}
	r.artefacts(0)
	baseline := readText(t, filepath.Join(r.cache, "baseline", "run.loadx"))

	if !run("feature") {
		t.Fatalf("the run with a baseline failed:\n%s", &r.said)
	}
	if want := append(slices.Clone(usual), "Compare with main"); !slices.Equal(r.steps, want) {
		t.Errorf("steps: %q, want %q", r.steps, want)
	}
	if !strings.Contains(summary, "p95 <= baseline + 2s") {
		t.Errorf("the summary: %s", summary)
	}
	r.artefacts(0)

	if run("main", "p95 < 250ms", "p95 < 1us") {
		t.Fatalf("passed with a gate that can't hold:\n%s", &r.said)
	}
	if want := append(slices.Clone(usual), "Compare with main"); !slices.Equal(r.steps, want) {
		t.Errorf("steps: %q, want %q", r.steps, want)
	}
	if !strings.Contains(summary, "## loadx: fail") || !strings.Contains(summary, "p95 < 1us") {
		t.Errorf("the summary: %s", summary)
	}
	r.artefacts(1)
	if readText(t, filepath.Join(r.cache, "baseline", "run.loadx")) != baseline {
		t.Error("a failed run became the baseline")
	}
}

// GitHub's rules for workflow files are kept, and the parts that the page promises are there.
func TestGitHubWorkflowSyntax(t *testing.T) {
	w := (&runner{t: t, replace: strings.NewReplacer()}).github()
	job, ok := w.Jobs["load"]
	if len(w.Jobs) != 1 || !ok || job.RunsOn == "" || job.TimeoutMinutes == 0 || w.Defaults.Run.Shell != "bash" || w.Permissions["contents"] != "read" {
		t.Errorf("%+v", w)
	}
	for _, s := range job.Steps {
		if (s.Uses == "") == (s.Run == "") || s.Run != "" && s.Name == "" {
			t.Errorf("a step uses an action or runs a script, and scripts have names: %+v", s)
		}
	}
	if !slices.ContainsFunc(job.Steps, func(s githubStep) bool { return s.Run == documentedInstall }) {
		t.Errorf("nothing runs %s", documentedInstall)
	}
	matches, err := filepath.Glob("../.cache/bin/actionlint-*")
	if err != nil || len(matches) == 0 {
		t.Skip("SKIPPED, NOT TESTED: THERE IS NO actionlint; `make lint` builds and runs it")
	}
	if out, err := exec.Command(matches[len(matches)-1], "-no-color", "../docs/ci/github.yml").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
