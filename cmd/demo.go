package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/cmd/site"
	"github.com/loadx/loadx/profile/compare"
	"github.com/loadx/loadx/reports"
	"github.com/loadx/loadx/scenarios"
	"github.com/loadx/loadx/scenarios/traffic"
)

// A demoTraffic is one row of the demo: what is sent.
type demoTraffic struct {
	name   string
	pv, uv uint64
	rate   string
}

// The first two are the corners that a tool which knows only page views can't tell apart.
var demoTraffics = []demoTraffic{
	{"every view a new user", 20_000, 20_000, "5000/s"},
	{"one user, over and over", 20_000, 1, "5000/s"},
	{"users who come back", 100_000, 20_000, "10000/s"},
}

func newDemo(env *Env) *cobra.Command {
	var scale uint64
	var keep string
	c := &cobra.Command{
		Use:   "demo",
		Short: "the main job on loopback: a site, three attacks, its log",
		Long: `Start a small web site on loopback that writes an access log as nginx does, send it three kinds of traffic, and hold
what was sent against what the log saw. Exits 0 only if all of it agrees.`,
		Example: `  loadx demo
  loadx demo --scale-down 10 --keep logs`,
		Args: arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			return runDemo(c.Context(), env, scale, keep)
		},
	}
	c.Flags().Uint64Var(&scale, "scale-down", 1, "send a `N`th of the traffic")
	c.Flags().StringVar(&keep, "keep", "", "keep the access log in `DIR`")
	return c
}

func runDemo(ctx context.Context, env *Env, scale uint64, dir string) error {
	if scale < 1 || scale > 1000 {
		return usage(fmt.Errorf("--scale-down %d: must be from 1 to 1000", scale))
	}
	if dir == "" {
		temp, err := os.MkdirTemp("", "loadx-demo-")
		if err != nil {
			return untrusted(err)
		}
		defer os.RemoveAll(temp)
		dir = temp
	}
	log := filepath.Join(dir, "access.log")
	s, err := site.Start(log)
	if err != nil {
		return untrusted(err)
	}
	rows, err := demoRows(ctx, env, s.URL(), log, scale)
	err = errors.Join(err, s.Close())
	if len(rows) > 0 {
		if werr := reports.SentSeen(env.Stdout, rows, env.StdoutWidth); werr != nil {
			err = errors.Join(err, werr)
		}
	}
	if err != nil {
		return untrusted(err)
	}
	for _, row := range rows {
		// A busy machine makes hits late, which the table tells; what arrived is the same.
		if !compare.Agree(row.Differences) {
			return silent(exitGateFailed)
		}
	}
	return nil
}

// demoRows sends each traffic in turn.
func demoRows(ctx context.Context, env *Env, url, log string, scale uint64) ([]reports.SentSeenRow, error) {
	var rows []reports.SentSeenRow
	for _, t := range demoTraffics {
		pv, uv := t.pv/scale, max(t.uv/scale, 1)
		fmt.Fprintf(env.Stderr, "loadx: %s: PV %d, UV %d, %s\n", t.name, pv, uv, t.rate)
		plan, err := demoPlan(url, pv, uv, t.rate)
		if err != nil {
			return rows, err
		}
		flags := &attackFlags{accessLog: log, log: logFlags{format: "nginx:" + site.LogFormat, ipv6Prefix: 64, pageViews: "raw"}}
		r, err := newAttackRun(ctx, env, plan, &prepared{}, flags)
		if err != nil {
			return rows, err
		}
		r.title.command, r.title.what = "demo", t.name
		p, err := r.measure(ctx)
		if err != nil {
			return rows, err
		}
		differences, err := compare.SentSeen(p)
		if err != nil {
			return rows, err
		}
		rows = append(rows, reports.SentSeenRow{Name: t.name, Profile: p, Differences: differences})
		if p.Interrupted {
			return rows, &failure{code: exitInterrupted, err: errors.New("demo: interrupted")}
		}
	}
	return rows, nil
}

func demoPlan(url string, pv, uv uint64, rate string) (*scenarios.Plan, error) {
	s, err := scenarios.New("demo", scenarios.Options{Overrides: []scenarios.Override{
		{Field: "target", Value: url, From: "demo"},
		{Field: "traffic.pv", Value: fmt.Sprint(pv), From: "demo"},
		{Field: "traffic.uv", Value: fmt.Sprint(uv), From: "demo"},
		{Field: "traffic.rate", Value: rate, From: "demo"},
		{Field: "traffic.visits", Value: "zipf 1.1", From: "demo"},
	}})
	if err != nil {
		return nil, err
	}
	s.Pages = []scenarios.Page{{URL: "/"}, {URL: "/item/{uniform 1..1000}", Name: "/item", Weight: 3}}
	s.UserAgent = "loadx/" + Version()
	plan, err := s.Plan(traffic.Shard{})
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	for _, w := range plan.Warnings() {
		return nil, fmt.Errorf("BUG: demo: %s", strings.TrimSpace(w.Message))
	}
	return plan, nil
}
