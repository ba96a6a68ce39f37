package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/loadx/loadx/analyze"
	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
	"github.com/loadx/loadx/scenarios"
)

const (
	// logPatience is how long the end of the access log is waited for: servers buffer their logs.
	logPatience  = 5 * time.Second
	logPollEvery = 20 * time.Millisecond
	// followEvery is how often the log is read during the attack.
	followEvery = 250 * time.Millisecond
)

// An attackRun is one attack with everything around it: the live view, the checkpoints and the server's log.
type attackRun struct {
	env     *Env
	plan    *scenarios.Plan
	ready   *prepared
	attack  *attack.Attack
	tail    *analyze.Tail
	results resultsFile
	path    string // of the access log
	abort   *abortWatch
	// title says what runs and what is sent, where that is not an attack of the plan's name.
	title struct{ command, what string }
}

// command and what name the run in the live view.
func (r *attackRun) command() string { return cmp.Or(r.title.command, "attack") }

func (r *attackRun) what() string {
	target := cmp.Or(r.plan.Target(), r.plan.Pages()[0].URL)
	if r.title.what != "" {
		return r.title.what
	}
	if name := r.plan.Name(); name != "" {
		return name + " → " + target
	}
	return target
}

func newAttackRun(ctx context.Context, env *Env, plan *scenarios.Plan, ready *prepared, flags *attackFlags) (*attackRun, error) {
	r := &attackRun{env: env, plan: plan, ready: ready, path: flags.accessLog}
	opts := attack.Options{Plan: plan, UserAgent: "loadx/" + Version(), Machine: env.machine(plan, flags.accessLog != "")}
	if flags.accessLog != "" {
		channel, err := r.openLog(ctx, flags)
		if err != nil {
			return nil, err
		}
		opts.CountingChannel = channel
	}
	if r.results.path = flags.results; flags.results != "" {
		opts.Results = &r.results
	}
	a, err := attack.New(opts)
	if err != nil {
		return nil, attackError(err)
	}
	r.attack = a
	return r, nil
}

// open opens what is written, after every mistake that can be told before: it truncates files.
func (r *attackRun) open(shared *sharedFlags, inputs []string) error {
	if err := refuseClash(append(inputs, shared.files()...), []string{r.results.path}); err != nil {
		return err
	}
	if err := r.ready.open(r.env, shared, inputs); err != nil {
		return err
	}
	if err := r.results.open(); err != nil {
		r.ready.abandon()
		return usage(fmt.Errorf("--results: %w", err))
	}
	return nil
}

func (r *attackRun) close() {
	// What was measured was closed, and told of, by measure.
	_ = r.results.Close()
	if r.tail != nil {
		r.tail.Close()
	}
}

// A resultsFile is where --results go. It is named before the attack is made and opened after it.
type resultsFile struct {
	path string
	file *os.File
}

func (r *resultsFile) open() (err error) {
	if r.path != "" {
		r.file, err = os.Create(r.path)
	}
	return err
}

// Write writes to the opened file.
func (r *resultsFile) Write(b []byte) (int, error) { return r.file.Write(b) }

// Close closes the file if it is open.
func (r *resultsFile) Close() error {
	if r.file == nil {
		return nil
	}
	f := r.file
	r.file = nil
	return f.Close()
}

// openLog starts the tail of the access log and returns the identity channel by which the log will count visitors.
func (r *attackRun) openLog(ctx context.Context, flags *attackFlags) (channel int, err error) {
	opts, err := flags.log.options(r.env.Now())
	if err != nil {
		return 0, err
	}
	opts.Workers = 1 // sending goes first
	if flags.accessLog == input.StandardInput {
		return 0, usage(errors.New("--access-log -: standard input is no log that could be read while the attack runs"))
	}
	channels := r.plan.Channels()
	var keys []uv.Key
	if flags.log.key == "" {
		for _, c := range channels {
			key, err := uv.ParseKey(c.Key)
			if err != nil {
				return 0, fmt.Errorf("BUG: identity channel: %w", err)
			}
			keys = append(keys, key)
		}
	}
	// The log's own lines so far tell its format, and with it which channel it carries.
	present, err := analyze.LookAt(ctx, flags.accessLog, opts.Format)
	if err != nil {
		return 0, usage(fmt.Errorf("--access-log: %w", err))
	}
	opts.Format = present.Format
	if len(keys) > 0 {
		// Without a line that tells, the log is held against the counting channel: what was sent is counted in the values
		// of one channel, and which one has to be known before.
		opts.Key = present.Key(keys)
	}
	for i, c := range channels {
		if c.Key == opts.Key.String() {
			channel = i
		}
	}
	if r.tail, err = analyze.NewTail(flags.accessLog, present, opts); err != nil {
		return 0, usage(fmt.Errorf("--access-log: %w", err))
	}
	return channel, nil
}

func (r *attackRun) run(ctx context.Context) error {
	p, err := r.measure(ctx)
	if p == nil {
		r.ready.abandon()
		return usage(err)
	}
	return r.ready.conclude(r.env, p, err)
}

// measure sends the traffic and reads the log. An error beside a profile is something that went wrong around it.
func (r *attackRun) measure(ctx context.Context) (*profile.Profile, error) {
	ctx, release := r.env.interruptible(ctx, "sending stops, and what is in flight is waited for; Ctrl-C again leaves at once")
	defer release()
	stop := r.watch()
	follow := r.follow()
	p, err := r.attack.Run(ctx)
	followErr := follow()
	stop()
	if p == nil {
		return nil, err
	}
	p.MadeBy = Version()
	if r.tail != nil {
		r.see(ctx, p, followErr)
	}
	return p, errors.Join(err, r.results.Close())
}

// follow reads the server's log while the attack runs, so that a log which is rotated meanwhile is seen whole, until the
// returned function is called, which returns what went wrong.
func (r *attackRun) follow() (stop func() error) {
	if r.tail == nil {
		return func() error { return nil }
	}
	done, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		tick := time.NewTicker(followEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				failed <- nil
				return
			case <-tick.C:
				if _, err := r.tail.Read(context.Background()); err != nil {
					failed <- err
					return
				}
			}
		}
	}()
	return func() error { close(done); return <-failed }
}

// see reads what the server logged of the attack and puts it beside what was sent.
func (r *attackRun) see(ctx context.Context, p *profile.Profile, err error) {
	if err == nil {
		err = r.readLog(ctx, p)
	}
	seen, finishErr := r.tail.Profile()
	seen.Name = r.path
	switch err = errors.Join(err, finishErr); {
	case err != nil:
		seen.Warn(profile.Warning{Code: "log_unreadable", Invalidates: true, Text: "the access log could not be read: " + oneLine(err)})
	case !r.tail.Exists():
		seen.Warn(profile.Warning{Code: "log_missing", Invalidates: true, Text: "there is no access log " + r.path})
	case seen.Lines.Read == 0 && p.Status.Total() > 0:
		seen.Warn(profile.Warning{Code: "log_silent", Invalidates: true, Text: "nothing was appended to the access log " + r.path,
			Hint: "is it the log of this server, and does the server write it within 5 s?"})
	case seen.Lines.Parsed == 0 && seen.Lines.Read > 0:
		seen.Warn(profile.Warning{Code: "log_not_understood", Invalidates: true, Text: "no line of the access log is in the format",
			Hint: "give the server's own log_format or LogFormat string with --format"})
	}
	for i := range seen.Warnings {
		if seen.Warnings[i].Code == "no_visitor_key" {
			seen.Warnings[i].Hint = r.logFormatHint()
		}
	}
	p.Seen = seen
}

// readLog reads the log until it holds every hit that was sent and nothing more comes, or patience ends. Ctrl-C ends it
// too, unless it has ended the attack already: then what the server saw of it is still wanted.
func (r *attackRun) readLog(ctx context.Context, p *profile.Profile) error {
	if p.Interrupted {
		ctx = context.WithoutCancel(ctx)
	}
	deadline := time.NewTimer(logPatience)
	defer deadline.Stop()
	tick := time.NewTicker(logPollEvery)
	defer tick.Stop()
	for {
		n, err := r.tail.Read(context.WithoutCancel(ctx))
		if err != nil {
			return err
		}
		if n == 0 && r.tail.Parsed() >= p.Hits {
			return nil
		}
		select {
		case <-ctx.Done():
			p.Interrupted = true
			return nil
		case <-deadline.C:
			return nil
		case <-tick.C:
		}
	}
}

// logFormatHint is the line of an nginx configuration that makes the log carry the first identity channel.
func (r *attackRun) logFormatHint() string {
	channels := r.plan.Channels()
	if len(channels) == 0 {
		return "the scenario sends no identity that a log could carry: add one under identity"
	}
	kind, name, _ := strings.Cut(channels[0].Key, ":")
	variable := "$http_user_agent"
	switch kind {
	case "cookie":
		variable = "$cookie_" + name
	case "header":
		variable = "$http_" + strings.ReplaceAll(strings.ToLower(name), "-", "_")
	case "field": // of a query parameter, in nginx's own words
		variable = "$" + name
	case "ip":
		variable = "$remote_addr"
	}
	format := `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "` + variable + `"`
	return "let nginx log it, with log_format loadx '" + format + "', and give loadx the same string with --format"
}
