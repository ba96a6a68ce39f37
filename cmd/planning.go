package cmd

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/scenarios"
	"github.com/loadx/loadx/scenarios/traffic"
)

// abInFlight is how many requests a URL with nothing but --pv keeps in flight: ab's -c in every example of it.
const abInFlight = 10

// build makes the plan of a scenario file, a URL or a targets file, with the flags over it.
func (f *planFlags) build(env *Env, args []string) (*scenarios.Plan, error) {
	shard, err := parseShard(f.shard)
	if err != nil {
		return nil, err
	}
	s, err := f.scenario(env, args)
	if err != nil {
		return nil, err
	}
	plan, err := s.Plan(shard)
	if err != nil {
		return nil, scenarioError(err)
	}
	return plan, nil
}

// scenario is what build makes the plan of.
func (f *planFlags) scenario(env *Env, args []string) (*scenarios.Scenario, error) {
	opts := scenarios.Options{Env: env.Getenv}
	target := f.target
	if target == "" && len(args) > 0 && isURL(args[0]) {
		target = args[0]
	}
	if err := f.reach.resolveProxy(env, target); err != nil {
		return nil, err
	}
	var s *scenarios.Scenario
	var err error
	if f.targets == "" && !isURL(args[0]) {
		s, err = f.fromFile(env, args[0], opts)
	} else {
		s, err = f.fromFlags(args, opts)
	}
	if err != nil {
		return nil, scenarioError(err)
	}
	s.UserAgent = "loadx/" + Version()
	return s, nil
}

func (f *planFlags) fromFile(env *Env, path string, opts scenarios.Options) (*scenarios.Scenario, error) {
	for _, name := range []string{"method", "body"} {
		if f.changed(name) {
			return nil, usage(fmt.Errorf("--%s goes with a URL; the pages of a scenario have their own", name))
		}
	}
	src, err := readScenario(env, path)
	if err != nil {
		return nil, err
	}
	opts.Overrides = f.overrides()
	s, err := scenarios.Parse(path, src, opts)
	if err != nil || !f.maxRate {
		return s, err
	}
	return s, f.unschedule(s)
}

// unschedule keeps of a scenario's traffic how much is sent, by how many users, and drops when and who returns.
func (f *planFlags) unschedule(s *scenarios.Scenario) error {
	if f.changed("rate") {
		return usage(errors.New("--max-rate and --rate contradict each other"))
	}
	t := scenarios.Traffic{PV: s.Traffic.PV, UV: s.Traffic.UV, Seed: s.Traffic.Seed}
	if t.PV == 0 || f.changed("duration") {
		t.Duration = s.Traffic.Duration
		if !f.changed("pv") {
			t.PV = 0
		}
	}
	s.Traffic, s.MaxRate = t, true
	return nil
}

// looksLikeURL says whether what is no file may be meant as a URL: it has another scheme, or is a host.
func looksLikeURL(s string) bool {
	host, _, _ := strings.Cut(s, ":")
	return strings.Contains(s, "://") || host == "localhost" ||
		!strings.Contains(s, "/") && strings.Contains(s, ".") && !strings.HasSuffix(s, ".yaml") && !strings.HasSuffix(s, ".yml")
}

// readScenario reads at most a byte more than a scenario may have, so that a huge file is told and not read.
func readScenario(env *Env, path string) ([]byte, error) {
	in := env.Stdin
	if path != "-" {
		file, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) && looksLikeURL(path) {
			return nil, withHint(usage(err), "a URL begins with http://, https:// or unix:/")
		}
		if err != nil {
			return nil, usage(err)
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return nil, withHint(usage(fmt.Errorf("%s is a directory", path)), "name a scenario file")
		}
		in = file
	}
	src, err := io.ReadAll(io.LimitReader(in, scenarios.MaxFileSize+1))
	if err != nil {
		return nil, usage(fmt.Errorf("%s: %w", path, err))
	}
	return src, nil
}

func (f *planFlags) fromFlags(args []string, opts scenarios.Options) (*scenarios.Scenario, error) {
	pages, err := f.pages(args)
	if err != nil {
		return nil, err
	}
	name := f.targets
	if len(args) > 0 && name == "" {
		name = withoutPassword(args[0])
	}
	opts.Overrides = f.overrides()
	s, err := scenarios.New(name, opts)
	if err != nil {
		return nil, err
	}
	s.Pages = pages
	if f.targets == "" && isSocket(args[0]) && s.Target == "" {
		s.Target = args[0]
	}
	if f.targets != "" {
		s.PageOrder = scenarios.InTurn
	}
	if f.pv == "" && !f.changed("duration") {
		return nil, withHint(usage(errors.New("how much is to be sent? --pv (or --duration) is missing")), "loadx attack URL --pv 10000 --uv 2000")
	}
	s.MaxRate = f.maxRate
	if !f.changed("rate") && !f.changed("duration") && !f.maxRate {
		s.MaxRate = true
		if !f.changed("max-in-flight") {
			s.MaxInFlight = abInFlight
		}
	}
	if s.MaxRate && f.changed("rate") {
		return nil, usage(errors.New("--max-rate and --rate contradict each other"))
	}
	return s, nil
}

func (f *planFlags) pages(args []string) ([]scenarios.Page, error) {
	if f.targets == "" {
		body, err := f.bodyPath()
		if err != nil {
			return nil, err
		}
		url := args[0]
		if isSocket(url) {
			url = "/"
		}
		return []scenarios.Page{{Method: strings.ToUpper(f.method), URL: url, Body: body}}, nil
	}
	file, err := os.Open(f.targets)
	if err != nil {
		return nil, usage(fmt.Errorf("--targets: %w", err))
	}
	defer file.Close()
	pages, err := attack.ReadTargets(file)
	if err != nil {
		return nil, usage(fmt.Errorf("--targets %s: %w", f.targets, err))
	}
	return pages, nil
}

// bodyPath makes the file of --body @FILE one of the working directory: a scenario looks for files beside itself.
func (f *planFlags) bodyPath() (string, error) {
	name, isFile := strings.CutPrefix(f.body, "@")
	if !isFile || strings.HasPrefix(name, "@") {
		return f.body, nil
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return "", usage(fmt.Errorf("--body: %w", err))
	}
	return "@" + path, nil
}

// overrides are the flags that were given, as fields of a scenario.
func (f *planFlags) overrides() []scenarios.Override {
	var out []scenarios.Override
	for _, o := range []struct{ flag, field, value string }{
		{"pv", "traffic.pv", f.pv},
		{"uv", "traffic.uv", f.uv},
		{"duration", "traffic.duration", f.duration.String()},
		{"rate", "traffic.rate", f.rate},
		{"seed", "traffic.seed", strconv.FormatUint(f.seed, 10)},
		{"target", "target", f.target},
		{"timeout", "timeout", f.timeout.String()},
		{"warmup", "warmup", f.warmup.String()},
		{"max-in-flight", "max_in_flight", strconv.FormatUint(f.maxInFlight, 10)},
		{"redirects", "redirects", strconv.FormatUint(f.redirects, 10)},
		{"keepalive", "keepalive", strconv.FormatBool(f.keepalive)},
		{"insecure", "insecure", strconv.FormatBool(f.insecure)},
	} {
		if f.changed(o.flag) {
			out = append(out, scenarios.Override{Field: o.field, Value: o.value, From: "--" + o.flag})
		}
	}
	out = append(out, f.reach.overrides(f.changed)...)
	for _, h := range f.headers {
		out = append(out, scenarios.Override{Field: "headers", Value: h, From: "--header"})
	}
	return out
}

// parseShard reads I/N, I from 1 to N.
func parseShard(text string) (traffic.Shard, error) {
	if text == "" {
		return traffic.Shard{}, nil
	}
	i, n, ok := strings.Cut(text, "/")
	index, err1 := strconv.ParseUint(i, 10, 32)
	count, err2 := strconv.ParseUint(n, 10, 32)
	if !ok || err1 != nil || err2 != nil || index < 1 || index > count {
		return traffic.Shard{}, withHint(usage(fmt.Errorf("--shard %q: is no I/N with I from 1 to N", text)), "the first of three is 1/3")
	}
	return traffic.Shard{Index: index - 1, Count: count}, nil
}

// scenarioError gives a scenario's problems their places and hints.
func scenarioError(err error) error {
	var s *scenarios.Error
	if !errors.As(err, &s) {
		return usage(err)
	}
	detail := s.Detail()
	if len(s.Problems) == 1 && s.More == 0 {
		_, detail, _ = strings.Cut(detail, "\n") // the error itself says that much
	}
	return &failure{code: exitUsage, err: err, detail: detail}
}

// warnOfPlan tells what weakens a plan without stopping it.
func (e *Env) warnOfPlan(plan *scenarios.Plan) {
	for _, w := range plan.Warnings() {
		e.warn(w.Message)
	}
}

func (e *Env) warn(text string) { fmt.Fprintf(e.Stderr, "loadx: warning: %s\n", harmless(text)) }

// withoutPassword is a URL as messages may show it.
func withoutPassword(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.User != nil {
		return u.Redacted()
	}
	return raw
}
