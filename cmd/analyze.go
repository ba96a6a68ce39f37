package cmd

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/loadx/loadx/analyze"
	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/analyze/client"
	"github.com/loadx/loadx/analyze/filter"
	"github.com/loadx/loadx/analyze/input"
	"github.com/loadx/loadx/cmd/live"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
)

// logFlags say how the lines of a log are read; attack --access-log shares some of them.
type logFlags struct {
	format     string
	key        string
	ipv6Prefix int
	pageViews  string
	since      string
	until      string
	zone       string
	workers    int
	exact      bool
	logZone    string
	filter     string
	trusted    []string
	hops       int
	secretFile string
	paths      string
	by         []string
}

func newAnalyze(env *Env) *cobra.Command {
	var shared sharedFlags
	var flags logFlags
	c := &cobra.Command{
		Use:   "analyze FILE...",
		Short: "measure the traffic in access logs",
		Long: `Measure the traffic in access logs: page views, unique visitors, status, pages, hours and days.

FILE is a log, a directory of logs, a glob, or - for standard input. gzip, zstd and bzip2 are told by content.
The format is detected; --format takes a name from ` + "`loadx formats`" + `, or the server's own nginx log_format, Apache
LogFormat or GoAccess string.`,
		Example: `  loadx analyze /var/log/nginx/access.log*
  zcat access.log.gz | loadx analyze - --gate 'status.5xx == 0'
  loadx analyze access.log --uv-key cookie:uid \
      --format '$remote_addr [$time_local] "$request" $status $cookie_uid'`,
		Args: arguments(1, -1, "at least one FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			return runAnalyze(c.Context(), env, args, &shared, &flags)
		},
	}
	inGroup(c, "Reading", flags.registerReading)
	inGroup(c, "Counting", flags.registerCounting)
	inGroup(c, "Choosing hits", flags.registerChoice)
	shared.register(c)
	shared.registerStep(c)
	return c
}

func (f *logFlags) registerReading(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.format, "format", "", "the log's format: `NAME or STRING` (detected by default)")
	fl.StringVar(&f.logZone, "log-tz", "", "time `ZONE` of the clock of logs whose lines carry no offset (UTC by default)")
	fl.IntVar(&f.workers, "workers", 0, "parse in `N` goroutines (by default one a core, up to 3)")
	fl.BoolVar(&f.exact, "exact", false, "count every visitor exactly, whatever the memory")
}

func (f *logFlags) registerCounting(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.pageViews, "pv", "web", "which hits are page views, web, api or raw: `KIND`")
	fl.StringVar(&f.key, "uv-key", uv.DefaultKey, "what makes a visitor: ip, ip+ua, user, cookie:NAME, header:NAME, field:NAME, joined by +: `KEY`")
	fl.IntVar(&f.ipv6Prefix, "ipv6-prefix", uv.DefaultV6Prefix, "leading `BITS` of an IPv6 address that make a visitor")
	fl.StringArrayVar(&f.trusted, "trusted-proxy", nil, "network of proxies, as `CIDR`, whose X-Forwarded-For is believed: the client is the rightmost address that is in none; repeatable")
	fl.IntVar(&f.hops, "xff-hops", 0, "the client is the `N`th address from the right of X-Forwarded-For, behind N proxies")
	fl.StringVar(&f.secretFile, "uv-secret-file", "", "key the hash of visitors with the content of `FILE`, so that nobody can forge them")
	fl.StringVar(&f.paths, "paths", "raw", "count paths raw, or templated, with {id} for numbers and identifiers: `MODE`")
	fl.StringSliceVar(&f.by, "by", nil, "count hits by `FIELDS` too, such as status, hour, upstream or header:x-cache")
	fl.StringVar(&f.zone, "tz", "", "time `ZONE` of hours and days: UTC, +02:00, Europe/Berlin (the log's own by default)")
}

func (f *logFlags) registerChoice(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.since, "since", "", "leave out hits before this `TIME`: 2026-11-22, 2026-11-22T10:00, RFC 3339, 22/Nov/2026:10:00:00, 24h or 7d (ago)")
	fl.StringVar(&f.until, "until", "", "leave out hits from this `TIME` on")
	fl.StringVar(&f.filter, "filter", "", "leave out hits that `EXPR` does not match, such as 'status >= 500 && path ~ \"^/api\"'")
}

// options turns flags into what package analyze takes.
func (f *logFlags) options(now time.Time) (analyze.Options, error) {
	var opts analyze.Options
	var err error
	if f.format != "" {
		if opts.Format, err = accesslog.Parse(f.format); err != nil {
			return opts, formatError(err)
		}
	}
	if f.key != "" {
		if opts.Key, err = uv.ParseKey(f.key); err != nil {
			return opts, usage(fmt.Errorf("--uv-key: %w", err))
		}
	}
	if f.ipv6Prefix < 1 || f.ipv6Prefix > 128 {
		return opts, usage(fmt.Errorf("--ipv6-prefix %d: must be from 1 to 128", f.ipv6Prefix))
	}
	opts.IPv6Prefix = f.ipv6Prefix
	if opts.PageViews, err = analyze.ParsePageViews(f.pageViews); err != nil {
		return opts, usage(fmt.Errorf("--pv: %w", err))
	}
	if f.zone != "" {
		if opts.Zone, err = profile.ParseZone(f.zone); err != nil {
			return opts, usage(fmt.Errorf("--tz: %w", err))
		}
	}
	if opts.Since, opts.SinceByClock, err = parseInstant("--since", f.since, opts.Zone, now); err != nil {
		return opts, err
	}
	if opts.Until, opts.UntilByClock, err = parseInstant("--until", f.until, opts.Zone, now); err != nil {
		return opts, err
	}
	if !opts.Since.IsZero() && !opts.Until.IsZero() && opts.SinceByClock == opts.UntilByClock && !opts.Since.Before(opts.Until) {
		return opts, usage(fmt.Errorf("--since %s is not before --until %s", f.since, f.until))
	}
	if f.logZone != "" {
		if opts.LogZone, err = profile.ParseZone(f.logZone); err != nil {
			return opts, usage(fmt.Errorf("--log-tz: %w", err))
		}
	}
	if err := f.choose(&opts); err != nil {
		return opts, err
	}
	if f.workers < 0 || f.workers > 1024 {
		return opts, usage(fmt.Errorf("--workers %d: must be from 0 to 1024", f.workers))
	}
	opts.Workers = f.workers
	if f.exact {
		opts.Limits.ExactVisitors = uv.NoLimit
	}
	return opts, nil
}

// choose turns the flags that say which hits count, and for whom, into options.
func (f *logFlags) choose(opts *analyze.Options) (err error) {
	if f.filter != "" {
		if opts.Filter, err = filter.Parse(f.filter); err != nil {
			return filterError(err)
		}
	}
	for _, text := range f.trusted {
		network, err := parseNetwork(text)
		if err != nil {
			return usage(fmt.Errorf("--trusted-proxy %q: is no network", text))
		}
		opts.Client.Trusted = append(opts.Client.Trusted, network)
	}
	opts.Client.Hops = f.hops
	if f.hops != 0 && len(f.trusted) > 0 {
		return usage(errors.New("--xff-hops and --trusted-proxy: only one of them can say who the proxies are"))
	}
	if _, err := client.New(opts.Client); err != nil {
		return usage(fmt.Errorf("--xff-hops or --trusted-proxy: %w", err))
	}
	if opts.Paths, err = analyze.ParsePaths(cmp.Or(f.paths, analyze.RawPaths.String())); err != nil {
		return usage(fmt.Errorf("--paths: %w", err))
	}
	if len(f.by) > profile.MaxFields {
		return usage(fmt.Errorf("--by: %d fields are more than %d", len(f.by), profile.MaxFields))
	}
	for _, name := range f.by {
		if name == "" || slices.Contains(opts.Fields, name) {
			return usage(fmt.Errorf("--by %q: is empty or given twice", name))
		}
		opts.Fields = append(opts.Fields, name)
	}
	if f.secretFile != "" {
		if opts.Secret, err = readSecret(f.secretFile); err != nil {
			return usage(fmt.Errorf("--uv-secret-file: %w", err))
		}
	}
	return nil
}

// parseNetwork reads a network, or an address for the network of it alone.
func parseNetwork(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return addr.Prefix(addr.BitLen())
	}
	return netip.ParsePrefix(text)
}

// maxSecret is how long a file with a secret may be.
const maxSecret = 64 << 10

// readSecret makes a secret of a file's content without the blank space around it. No error tells any of it.
func readSecret(path string) (*uv.Secret, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	key, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	if err != nil {
		return nil, err
	}
	if len(key) > maxSecret {
		return nil, fmt.Errorf("%s: more than %d bytes are no secret", path, maxSecret)
	}
	secret, err := uv.NewSecret(bytes.TrimSpace(key))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return secret, nil
}

func filterError(err error) error {
	f := &failure{code: exitUsage, err: fmt.Errorf("--filter: %w", err)}
	var at *filter.SourceError
	if errors.As(err, &at) {
		f.err = fmt.Errorf("--filter: column %d: %s", at.Offset+1, at.Message)
		f.detail = fmt.Sprintf("  %s\n  %s^\n", at.Src, strings.Repeat(" ", utf8.RuneCountInString(at.Src[:at.Offset])))
		f.hint = at.Hint
	}
	return f
}

func formatError(err error) error {
	f := &failure{code: exitUsage, err: fmt.Errorf("--format: %w", err)}
	if s := (*accesslog.SpecError)(nil); errors.As(err, &s) {
		f.hint = "`loadx formats` lists the built-in ones; a string is nginx's log_format, Apache's LogFormat or GoAccess's log-format"
	}
	return f
}

func runAnalyze(ctx context.Context, env *Env, args []string, shared *sharedFlags, flags *logFlags) error {
	opts, err := flags.options(env.Now())
	if err != nil {
		return err
	}
	ready, err := shared.parse(nil)
	if err != nil {
		return err
	}
	limitMemory(env, opts)
	files, missing := input.Expand(args, env.Stdin)
	if len(files.Sources) == 0 {
		return untrusted(missing)
	}
	for _, note := range files.Notes {
		fmt.Fprintf(env.Stderr, "loadx: note: %s\n", note)
	}
	if err := ready.open(env, shared, sourcePaths(files.Sources)); err != nil {
		return err
	}
	ctx, release := env.interruptible(ctx, "reading stops; Ctrl-C again leaves at once")
	defer release()
	line := newStatus(env)
	if line.live() {
		start := env.Now()
		opts.Progress = func(p analyze.Progress) {
			line.show(func(width, _ int) []live.Line { return []live.Line{readingLine(p, env.Now().Sub(start), width)} }, nil)
		}
	}
	p, err := analyze.Read(ctx, files.Sources, opts)
	line.clear()
	p.Name, p.MadeBy = sourceNames(files.Sources), Version()
	if errors.Is(err, analyze.ErrNothingParsed) {
		err = fmt.Errorf("%s: %w", p.Name, err)
	}
	if wrong := fieldError(err); wrong != nil && p.Hits == 0 && p.Lines.Filtered == 0 {
		ready.abandon()
		return wrong
	}
	if p.Lines.Read == 0 && err != nil && !p.Interrupted || errors.Is(err, accesslog.ErrNoFormat) && p.Hits == 0 {
		ready.abandon()
		return logError(errors.Join(missing, err))
	}
	if unread := errors.Join(missing, err); unread != nil && !p.Interrupted {
		w := profile.Warning{Code: "incomplete", Invalidates: true, Text: oneLine(unread)}
		if errors.Is(unread, accesslog.ErrNoFormat) {
			w.Hint = "leave out what is no access log, with a glob such as 'DIR/access*', or name the format with --format"
		}
		p.Warn(w)
	}
	return ready.conclude(env, p, missing, err)
}

// workerMemory is what a worker beyond the first ones takes at most: a table of a thousand visitor counters by page, host
// and referrer each, and a calendar of five thousand.
const workerMemory = 32 << 20

// limitMemory lifts the soft limit on memory where more was asked for than fits it: the collector would only work in vain.
func limitMemory(env *Env, opts analyze.Options) {
	if env.getenv("GOMEMLIMIT") != "" {
		return
	}
	if opts.Limits.ExactVisitors == uv.NoLimit {
		debug.SetMemoryLimit(math.MaxInt64)
	} else if more := opts.Workers - analyze.MaxDefaultWorkers; more > 0 {
		debug.SetMemoryLimit(softMemoryLimit + int64(more)*workerMemory)
	}
}

// fieldError is the error of a flag that names a field which the log does not carry, nil if err is none.
func fieldError(err error) error {
	if at := (*filter.SourceError)(nil); errors.As(err, &at) {
		return filterError(at)
	}
	if field := (*analyze.FieldError)(nil); errors.As(err, &field) {
		return withHint(usage(fmt.Errorf("--by %s: the format %s has no such field", field.Field, field.Format)),
			"hits can be counted by "+strings.Join(field.Has, ", "))
	}
	return nil
}

// logError adds what helps against a log that was not understood.
func logError(err error) error {
	f := &failure{code: exitUntrusted, err: err}
	var unknown *analyze.UnknownFormatError
	if errors.As(err, &unknown) {
		if unknown.Text != "" {
			f.detail = fmt.Sprintf("  %s\n  %s\n", unknown.Text, unknown.Caret)
		}
		f.hint = formatHint(unknown.Err)
	}
	return f
}

// formatHint says what to do about lines that were refused.
func formatHint(err error) string {
	var refused *accesslog.DetectError
	if errors.As(err, &refused) && refused.Closest != nil && refused.Score > 0 {
		return fmt.Sprintf("--format %s reads the lines that fit; `loadx formats` lists the others", refused.Closest.Name())
	}
	return "name the format with --format; `loadx formats` lists them"
}

func sourcePaths(sources []input.Source) []string {
	var paths []string
	for _, s := range sources {
		paths = append(paths, s.Name)
	}
	return paths
}

func sourceNames(sources []input.Source) string {
	if len(sources) == 1 {
		return sources[0].Name
	}
	return fmt.Sprintf("%s and %d more", sources[0].Name, len(sources)-1)
}
