package cmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/profile/uv"
)

// attackFlags are the flags that are not the plan's own.
type attackFlags struct {
	plan      planFlags
	accessLog string
	log       logFlags
	results   string
	abortOn   []string
}

func newAttack(env *Env) *cobra.Command {
	var shared sharedFlags
	var flags attackFlags
	c := &cobra.Command{
		Use:   "attack SCENARIO.yaml | attack URL --pv N [--uv N]",
		Short: "send exactly the page views and unique visitors asked for",
		Long: `Send the traffic of a scenario, or of flags alone: exactly --pv page views by exactly --uv distinct users.

A URL with --pv and neither --rate nor --duration is sent as fast as the target answers with 10 requests in flight,
as ab -n N -c 10 does. While it runs, a terminal shows how far it is and how each gate stands, and a pipe, CI=true or
NO_COLOR gets a line every ten seconds. Ctrl-C stops sending, waits for what is in flight and prints the complete partial report; a
second Ctrl-C leaves at once.`,
		Example: `  loadx attack scenario.yaml --gate 'p95 < 250ms'
  loadx attack http://127.0.0.1:8080/ --pv 100000 --uv 20000 --rate 2000/s
  loadx attack scenario.yaml --access-log access.log --uv-key cookie:uid`,
		Args: func(c *cobra.Command, args []string) error {
			if flags.plan.targets != "" && len(args) == 0 {
				return nil
			}
			return arguments(1, 1, "one SCENARIO.yaml or URL")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			flags.plan.changed = c.Flags().Changed
			return runAttack(c.Context(), env, args, &shared, &flags)
		},
	}
	flags.plan.register(c)
	inGroup(c, "Server's log", flags.registerLog)
	shared.register(c)
	inGroup(c, reportFlags, flags.registerResults)
	return c
}

func (flags *attackFlags) registerResults(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&flags.results, "results", "", "write the result of each hit to `FILE`, for vegeta report and vegeta plot")
	f.StringArrayVar(&flags.abortOn, "abort-on", nil, "stop as soon as `EXPR` can't hold any more, and fail; repeatable")
}

// registerLog adds the flags of the server's own log.
func (flags *attackFlags) registerLog(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&flags.accessLog, "access-log", "", "read the server's access `LOG` and hold sent against seen")
	f.StringVar(&flags.log.format, "format", "", "the access log's format: `NAME or STRING` (detected by default)")
	f.StringVar(&flags.log.key, "uv-key", "", "what makes a visitor in the access log: `KEY` (by default the first identity channel it carries)")
	flags.log.ipv6Prefix, flags.log.pageViews = uv.DefaultV6Prefix, "raw"
}

func runAttack(ctx context.Context, env *Env, args []string, shared *sharedFlags, flags *attackFlags) error {
	for _, name := range []string{"format", "uv-key"} {
		if flags.plan.changed(name) && flags.accessLog == "" {
			return usage(fmt.Errorf("--%s goes with --access-log: nothing else is read", name))
		}
	}
	plan, err := flags.plan.build(env, args)
	if err != nil {
		return err
	}
	env.warnOfPlan(plan)
	watch, err := newAbortWatch(plan, flags.abortOn, shared)
	if err != nil {
		return err
	}
	ready, err := shared.parse(append(plan.Gates(), watch.sources()...))
	if err != nil {
		return err
	}
	r, err := newAttackRun(ctx, env, plan, ready, flags)
	if err != nil {
		return err
	}
	defer r.close()
	if err := r.open(shared, append(args, flags.plan.targets, flags.accessLog)); err != nil {
		return err
	}
	r.abort = watch
	for _, w := range r.attack.MachineWarnings() {
		fmt.Fprintf(env.Stderr, "loadx: warning: %s\n", w.Text)
	}
	return r.run(ctx)
}

// planFlags say what is sent; plan shares them.
type planFlags struct {
	pv, uv      string
	duration    time.Duration
	rate        string
	seed        uint64
	target      string
	timeout     time.Duration
	maxInFlight uint64
	method      string
	headers     []string
	body        string
	insecure    bool
	redirects   uint64
	keepalive   bool
	targets     string
	shard       string
	maxRate     bool
	reach       reachFlags
	warmup      time.Duration

	changed func(name string) bool
}

// register adds the flags in their groups.
func (f *planFlags) register(c *cobra.Command) {
	inGroup(c, "Traffic", f.registerTraffic)
	inGroup(c, "Requests", f.registerRequests)
	inGroup(c, "Connections", func(c *cobra.Command) {
		fl := c.Flags()
		fl.Uint64Var(&f.maxInFlight, "max-in-flight", 1024, "have at most `N` requests in flight")
		fl.BoolVar(&f.keepalive, "keepalive", true, "reuse connections")
		fl.BoolVar(&f.insecure, "insecure", false, "accept any TLS certificate")
		f.reach.register(c)
	})
}

func (f *planFlags) registerTraffic(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.pv, "pv", "", "send exactly `N` page views")
	fl.StringVar(&f.uv, "uv", "", "by exactly `N` distinct users (by default every view is a new user)")
	fl.StringVar(&f.rate, "rate", "", "page views a second, as in 2000/s, a minute (/m) or an hour (/h); two of pv, duration and rate fix the third: `RATE`")
	fl.DurationVar(&f.duration, "duration", 0, "spread them over this time, as in 30s or 10m")
	fl.BoolVar(&f.maxRate, "max-rate", false, "no schedule: as fast as the target answers with --max-in-flight requests in flight")
	fl.DurationVar(&f.warmup, "warmup", 0, "leave what is due before this out of latency, errors and rate")
	fl.Uint64Var(&f.seed, "seed", 0, "the same seed sends the same traffic (default 0)")
	fl.StringVar(&f.shard, "shard", "", "send only the users of shard `I/N`, I from 1 to N")
}

func (f *planFlags) registerRequests(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.target, "target", "", "send to this `URL` instead of the scenario's target")
	fl.StringVar(&f.targets, "targets", "", "send the requests of a vegeta targets `FILE` (http or json format) in turn")
	fl.StringVar(&f.method, "method", "GET", "request `METHOD`, with a URL")
	fl.StringArrayVar(&f.headers, "header", nil, "add a header, `'NAME: VALUE'`; repeatable")
	fl.StringVar(&f.body, "body", "", "request body, with a URL: `TEXT or @FILE`")
	fl.DurationVar(&f.timeout, "timeout", 30*time.Second, "time for one request, from its first byte to the response's last")
	fl.Uint64Var(&f.redirects, "redirects", 0, "follow up to `N` redirects; by default a redirect is a result")
	fl.StringVar(&f.reach.cookies, "cookies", "keep", "what becomes of cookies that the site sets, keep or ignore: `POLICY`")
}

func isURL(s string) bool {
	lower := strings.ToLower(s)
	return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://") || isSocket(s)
}

// isSocket says whether the target is a Unix socket, unix:/PATH.
func isSocket(s string) bool { return strings.HasPrefix(s, "unix:/") }
