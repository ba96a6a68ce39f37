package cmd

import (
	"bufio"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/reports"
	"github.com/loadx/loadx/scenarios"
)

func newPlan(env *Env) *cobra.Command {
	var flags planFlags
	var hits string
	c := &cobra.Command{
		Use:   "plan SCENARIO.yaml | plan URL --pv N [--uv N]",
		Short: "dry run: what an attack would send, and when",
		Long: `Show what an attack would send without sending it: totals, the curve of page views and unique visitors, the first
hits, the connections needed, and the plan's hash.

--hits N prints the first N hits and nothing else, one a line, --hits all every one of them:
n due_ns user method url`,
		Example: `  loadx plan scenario.yaml
  loadx plan scenario.yaml --hits all | awk '{print $3}' | sort -u | wc -l`,
		Args: func(c *cobra.Command, args []string) error {
			if flags.targets != "" && len(args) == 0 {
				return nil
			}
			return arguments(1, 1, "one SCENARIO.yaml or URL")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			flags.changed = c.Flags().Changed
			plan, err := flags.build(env, args)
			if err != nil {
				return err
			}
			env.warnOfPlan(plan)
			if hits == "" {
				return untrusted(reports.WritePlan(env.Stdout, describePlan(plan), env.StdoutWidth))
			}
			return printHits(env, plan, hits)
		},
	}
	inGroup(c, "Output", func(c *cobra.Command) {
		c.Flags().StringVar(&hits, "hits", "", "print the first `N` hits, or all, one a line")
	})
	flags.register(c)
	return c
}

const (
	curvePoints = 10
	firstHits   = 5
)

// describePlan is the plan as the report shows it.
func describePlan(plan *scenarios.Plan) *reports.Plan {
	d := &reports.Plan{
		Name: plan.Name(), Target: plan.Target(), Hash: plan.Hash(), PV: plan.PV(), UV: plan.UV(), Duration: plan.Duration(),
		PeakRate: float64(plan.PeakRate()), MaxRate: plan.MaxRate(), InFlight: plan.Connection().MaxInFlight,
	}
	for _, c := range plan.Channels() {
		d.Channels = append(d.Channels, c.Key)
	}
	pages := plan.Pages()
	for _, p := range pages {
		d.Pages = append(d.Pages, reports.PlannedPage{Name: p.Name, Method: p.Method, URL: p.URL, Share: p.Share})
	}
	for _, c := range plan.Curve(curvePoints) {
		d.Curve = append(d.Curve, reports.PlannedPoint{At: c.At, Rate: float64(c.Rate), PV: c.PV, UV: c.UV})
	}
	cursor := plan.Cursor(plan.Shard())
	for range firstHits {
		v, ok := cursor.Next()
		if !ok {
			break
		}
		d.Hits = append(d.Hits, reports.PlannedHit{
			N: v.N, Due: v.Due, User: v.ID, New: v.New, Method: pages[v.Page].Method, URL: string(plan.AppendPrintableURL(nil, v)),
		})
	}
	if !plan.MaxRate() {
		for _, latency := range []time.Duration{10 * time.Millisecond, 100 * time.Millisecond, time.Second} {
			d.Connections = append(d.Connections, reports.Connections{Latency: latency, Needed: plan.Connections(latency)})
		}
	}
	if s := plan.Shard(); s.Count > 1 {
		d.Shard = &reports.PlannedShard{Index: s.Index, Count: s.Count, Users: plan.ShardUsers(s), Share: plan.ShardShare(s)}
	}
	return d
}

func printHits(env *Env, plan *scenarios.Plan, hits string) error {
	limit := uint64(1)<<63 - 1
	if hits != "all" {
		n, err := strconv.ParseUint(hits, 10, 63)
		if err != nil {
			return usage(fmt.Errorf("--hits %q: is neither a number nor all", hits))
		}
		limit = n
	} else if plan.MaxRate() && plan.PV() == 0 {
		return usage(errors.New("--hits all: without --pv or --rate there is no last hit"))
	}
	w := bufio.NewWriterSize(env.Stdout, 1<<16)
	cursor := plan.Cursor(plan.Shard())
	pages := plan.Pages()
	var line []byte
	for ; limit > 0; limit-- {
		v, ok := cursor.Next()
		if !ok {
			break
		}
		line = strconv.AppendUint(line[:0], v.N, 10)
		line = append(line, ' ')
		line = strconv.AppendInt(line, int64(v.Due/time.Nanosecond), 10)
		line = append(line, ' ')
		line = strconv.AppendUint(line, v.ID, 10)
		line = append(line, ' ')
		line = append(line, pages[v.Page].Method...)
		line = append(line, ' ')
		line = plan.AppendPrintableURL(line, v)
		line = append(line, '\n')
		if _, err := w.Write(line); err != nil {
			return untrusted(err)
		}
	}
	return untrusted(w.Flush())
}
