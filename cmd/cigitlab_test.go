package cmd_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A gitlabPipeline is the part of GitLab's CI/CD syntax that ours has.
type gitlabPipeline struct {
	Stages []string
	Load   struct {
		Stage, Image, Timeout string
		Services              []struct{ Name, Alias string }
		Variables             map[string]string
		Cache                 struct {
			Key, Policy string
			Paths       []string
			Unprotect   bool
		}
		Rules []struct {
			If        string
			Variables map[string]string
		}
		BeforeScript []string `yaml:"before_script"`
		Script       []string
		AfterScript  []string `yaml:"after_script"`
		Artifacts    struct {
			When, Name string
			Paths      []string
			ExposeAs   string `yaml:"expose_as"`
			ExpireIn   string `yaml:"expire_in"`
			Reports    struct{ JUnit, Metrics string }
		}
	}
}

func (r *runner) gitlab() gitlabPipeline {
	r.t.Helper()
	var p gitlabPipeline
	readYAML(r.t, r.replace.Replace(readText(r.t, "../docs/ci/gitlab.yml")), &p)
	return p
}

// gitlabJob runs the job as GitLab's runner does: before_script and script are one script, after_script is another one that runs
// in any case; the cache goes up after a success alone, artefacts after any end.
func (r *runner) gitlabJob(branch string) (succeeded bool) {
	r.t.Helper()
	job := r.gitlab().Load
	rule := slices.IndexFunc(job.Rules, func(rule struct {
		If        string
		Variables map[string]string
	}) bool {
		switch rule.If {
		case `$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH`:
			return branch == "main"
		case `$CI_PIPELINE_SOURCE == "merge_request_event"`:
			return branch != "main"
		}
		r.t.Fatalf("a rule that nobody tests: %s", rule.If)
		return false
	})
	if rule < 0 {
		r.t.Fatalf("no rule lets the job run on %s", branch)
	}
	policy := job.Rules[rule].Variables[strings.TrimPrefix(job.Cache.Policy, "$")]
	env := []string{"GITLAB_CI=true", "CI_DEFAULT_BRANCH=main"}
	if branch == "main" {
		env = append(env, "CI_COMMIT_BRANCH=main") // merge requests have none
	}
	for name, value := range job.Variables {
		env = append(env, name+"="+value)
	}
	if policy == "pull" || policy == "pull-push" {
		for _, path := range job.Cache.Paths {
			r.copyTree(r.cache, r.workspace, path)
		}
	}
	succeeded = r.shell("script", strings.Join(append(job.BeforeScript, job.Script...), "\n"), env...)
	status := map[bool]string{true: "success", false: "failed"}[succeeded]
	if !r.shell("after_script", strings.Join(job.AfterScript, "\n"), append(env, "CI_JOB_STATUS="+status)...) && !r.busy() {
		r.t.Errorf("after_script failed:\n%s", &r.said)
	}
	if succeeded && policy == "pull-push" {
		for _, path := range job.Cache.Paths {
			r.copyTree(r.workspace, r.cache, path)
		}
	}
	if succeeded && job.Artifacts.When != "on_failure" || !succeeded && job.Artifacts.When != "on_success" {
		for _, path := range append(job.Artifacts.Paths, job.Artifacts.Reports.JUnit, job.Artifacts.Reports.Metrics) {
			r.copyTree(r.workspace, r.kept, path)
		}
	}
	return succeeded
}

// The job that users copy does what it says: on a first run, in a merge request, and when a gate fails.
func TestE2EGitLabJob(t *testing.T) {
	web := startNginx(t, nginxConfig{keepaliveRequests: 1000})
	r := newRunner(t, "http://service:8080", web.url, "http://127.0.0.1:8080", web.url)
	run := func(branch string, replace ...string) bool {
		return r.calmly(func() bool {
			r.checkout(replace...)
			return r.gitlabJob(branch)
		})
	}
	if !run("main") {
		t.Fatalf("the first run failed:\n%s", &r.said)
	}
	r.artefacts(0)
	if metrics := readText(t, filepath.Join(r.kept, "report", "metrics.txt")); !strings.HasSuffix(metrics, "# EOF\n") {
		t.Errorf("the metrics: %s", metrics)
	}
	baseline := readText(t, filepath.Join(r.cache, "baseline", "run.loadx"))
	compared := "\nloadx compare"
	if strings.Contains(r.said.String(), compared) {
		t.Errorf("compared with nothing:\n%s", &r.said)
	}

	if !run("feature") {
		t.Fatalf("the run with a baseline failed:\n%s", &r.said)
	}
	if !strings.Contains(r.said.String(), compared) || !strings.Contains(r.said.String(), "p95 <= baseline + 2s") {
		t.Errorf("not compared:\n%s", &r.said)
	}
	r.artefacts(0)

	if run("main", "p95 < 250ms", "p95 < 1us") {
		t.Fatalf("passed with a gate that can't hold:\n%s", &r.said)
	}
	r.artefacts(1)
	if readText(t, filepath.Join(r.cache, "baseline", "run.loadx")) != baseline {
		t.Error("a failed run, or one of a merge request, became the baseline")
	}
}

// The parts that the page promises are there.
func TestGitLabJobSyntax(t *testing.T) {
	p := (&runner{t: t, replace: strings.NewReplacer()}).gitlab()
	if job := p.Load; !slices.Contains(p.Stages, job.Stage) || job.Image == "" || len(job.Services) != 1 || job.Artifacts.When != "always" ||
		job.Artifacts.Reports.JUnit == "" || !job.Cache.Unprotect || !slices.Contains(job.BeforeScript, documentedInstall) {
		t.Errorf("%+v", p)
	}
}
