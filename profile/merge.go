package profile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrMerge is wrapped by every refusal to merge profiles that do not belong together.
var ErrMerge = errors.New("profiles can't be merged")

// Add adds the numbers of another part of the same measurement: no origin is compared.
func (p *Profile) add(o *Profile) error {
	if o.Hits > o.NoTimeHits {
		p.stretch(p.Hits == p.NoTimeHits, o.FirstTime, o.LastTime)
	}
	p.Hits += o.Hits
	p.PageViews += o.PageViews
	p.Bytes += o.Bytes
	p.BotHits += o.BotHits
	p.StaticHits += o.StaticHits
	p.NoTimeHits += o.NoTimeHits
	p.WithoutKey += o.WithoutKey
	p.Sent += o.Sent
	p.Late += o.Late
	p.LateFree += o.LateFree
	p.Dropped += o.Dropped
	p.Redirects += o.Redirects
	p.Retries += o.Retries
	p.NoStatus += o.NoStatus
	p.Elapsed = max(p.Elapsed, o.Elapsed)
	p.Interrupted = p.Interrupted || o.Interrupted
	p.Status.Merge(&o.Status)
	p.Failures.merge(o.Failures)
	p.addLines(o)
	if err := p.addVisitors(o); err != nil {
		return err
	}
	p.Service.Merge(o.Service)
	p.Response.Merge(o.Response)
	p.Lag.Merge(o.Lag)
	p.Server.Merge(o.Server)
	if p.Measured != nil && o.Measured != nil {
		p.Measured.add(o.Measured)
	}
	if p.Tool != nil && o.Tool != nil {
		p.Tool.add(o.Tool)
	} else if o.Tool != nil {
		tool := *o.Tool
		p.Tool = &tool
	}
	if p.Aborted == "" {
		p.Aborted = o.Aborted
	}
	if p.Timeline != nil && o.Timeline != nil {
		p.Timeline.Merge(o.Timeline)
	}
	for _, w := range o.Warnings {
		p.Warn(w)
	}
	// Thousands of counters each, which have nothing to do with each other.
	calendar := make(chan error, 1)
	go func() { calendar <- p.addCalendar(o) }()
	err := errors.Join(p.addUse(o), p.Tables.merge(o.Tables))
	return errors.Join(<-calendar, err)
}

func (p *Profile) addCalendar(o *Profile) error {
	if p.Calendar == nil || o.Calendar == nil {
		return nil
	}
	return p.Calendar.Merge(o.Calendar)
}

// stretch makes FirstTime and LastTime enclose two instants more. Zero is an instant like any other, so whether they are
// the first ones is told apart.
func (p *Profile) stretch(empty bool, first, last int64) {
	if empty {
		p.FirstTime, p.LastTime = first, last
		return
	}
	p.FirstTime, p.LastTime = min(p.FirstTime, first), max(p.LastTime, last)
}

func (p *Profile) addVisitors(o *Profile) error {
	if p.Users != nil && o.Users != nil {
		if err := p.Users.Merge(o.Users); err != nil {
			return err
		}
	}
	if p.FailedUsers == nil || o.FailedUsers == nil {
		p.FailedUsers = nil // not known of both
	} else if err := p.FailedUsers.Merge(o.FailedUsers); err != nil {
		return err
	}
	if err := p.Visitors.Merge(o.Visitors); err != nil {
		return err
	}
	return p.Clients.Merge(o.Clients)
}

// MaxBadLines is how many bad lines are kept as samples.
const MaxBadLines = 5

func (p *Profile) addLines(o *Profile) {
	if o.Lines != nil {
		if p.Lines == nil {
			p.Lines = &Lines{}
		}
		p.Lines.Read += o.Lines.Read
		p.Lines.Parsed += o.Lines.Parsed
		p.Lines.Filtered += o.Lines.Filtered
		p.Lines.Comments += o.Lines.Comments
		p.Lines.Bad += o.Lines.Bad
		p.Lines.Overlong += o.Lines.Overlong
	}
	for _, b := range o.BadLines {
		if len(p.BadLines) < MaxBadLines {
			p.BadLines = append(p.BadLines, b)
		}
	}
}

// Absorb adds the numbers of another goroutine's part of the same measurement. The other profile is not changed and
// shares nothing with this one afterwards.
func (p *Profile) Absorb(o *Profile) error { return p.add(o) }

// Merge adds another measurement of the same traffic: another shard of the plan, another host's log, another day. It
// refuses, with an error that wraps [ErrMerge] and changes nothing, what would count anything twice or mix different
// definitions: the same origin, another plan, another visitor key, another page view profile, another zone.
func (p *Profile) Merge(o *Profile) error {
	if err := p.mergeable(o); err != nil {
		return fmt.Errorf("%w: %w", ErrMerge, err)
	}
	merged, err := p.Clone()
	if err != nil {
		return err
	}
	if err := merged.add(o); err != nil {
		return fmt.Errorf("%w: %w", ErrMerge, err)
	}
	merged.Origins = append(merged.Origins, o.Origins...)
	merged.mergePlans(o)
	merged.mergeNames(o)
	*p = *merged
	return nil
}

func (p *Profile) mergeable(o *Profile) error {
	if p.Source != o.Source {
		return fmt.Errorf("one is of an %s, the other of an %s", words(p.Source), words(o.Source))
	}
	for _, mine := range p.Origins {
		for _, theirs := range o.Origins {
			if mine.ID == theirs.ID {
				if mine.Name == theirs.Name {
					return fmt.Errorf("the same run or content (%s) is in both: it would be counted twice", mine.Name)
				}
				return fmt.Errorf("%s and %s are the same run or content: it would be counted twice", mine.Name, theirs.Name)
			}
		}
	}
	a, b := p.Definitions, o.Definitions
	switch {
	case a.VisitorKey != b.VisitorKey || a.UV != b.UV:
		return fmt.Errorf("visitors are counted by %s in one and by %s in the other", a.VisitorKey, b.VisitorKey)
	case a.Secret != b.Secret:
		return errors.New("visitors are hashed with another secret in each, so that none can be told to be the same")
	case a.Paths != b.Paths:
		return fmt.Errorf("paths are %s in one and %s in the other", cmp.Or(a.Paths, "raw"), cmp.Or(b.Paths, "raw"))
	case a.Filter != b.Filter:
		return fmt.Errorf("hits are chosen by %q in one and by %q in the other", a.Filter, b.Filter)
	case a.PageViews != b.PageViews:
		return fmt.Errorf("page views are counted as %s in one and as %s in the other", a.PageViews, b.PageViews)
	case a.Zone != b.Zone:
		return fmt.Errorf("days are those of %s in one and of %s in the other", a.Zone, b.Zone)
	}
	if d, ok := p.Tables.same(o.Tables); !ok {
		return fmt.Errorf("only one of them has a table by %s", d)
	}
	if p.Source != Attack {
		return nil
	}
	if err := sameMeasured(p.Measured, o.Measured); err != nil {
		return err
	}
	return p.samePlan(o)
}

func words(s Source) string { return strings.ReplaceAll(string(s), "_", " ") }

func (p *Profile) samePlan(o *Profile) error {
	a, b := p.Planned, o.Planned
	switch {
	case a == nil || b == nil:
		if a != b {
			return errors.New("only one of them has a plan")
		}
		return errors.New("neither has a plan: two runs at the maximum rate are no parts of one traffic")
	case a.Hash != b.Hash:
		return fmt.Errorf("they are of different plans, %.12s and %.12s", a.Hash, b.Hash)
	case a.ShardCount != b.ShardCount:
		return fmt.Errorf("one is of %d shards, the other of %d", a.ShardCount, b.ShardCount)
	case a.Population != b.Population:
		return fmt.Errorf("one plan has %d users, the other %d", a.Population, b.Population)
	}
	for _, s := range b.Shards {
		if slices.Contains(a.Shards, s) {
			return fmt.Errorf("both hold shard %d of %d: two runs of one plan are compared, not merged", s+1, b.ShardCount)
		}
	}
	return nil
}

func (p *Profile) mergePlans(o *Profile) {
	if p.Planned == nil || o.Planned == nil {
		return
	}
	planned := *p.Planned
	planned.Hits += o.Planned.Hits
	planned.UV += o.Planned.UV
	planned.Shards = slices.Sorted(slices.Values(append(slices.Clone(planned.Shards), o.Planned.Shards...)))
	p.Planned = &planned
}

func (p *Profile) mergeNames(o *Profile) {
	for _, f := range o.Definitions.Formats {
		if !slices.Contains(p.Definitions.Formats, f) {
			p.Definitions.Formats = append(p.Definitions.Formats, f)
		}
	}
	for _, g := range o.Gates {
		if !slices.Contains(p.Gates, g) {
			p.Gates = append(p.Gates, g)
		}
	}
	if p.Name != o.Name && o.Name != "" {
		p.Name = strings.TrimPrefix(p.Name+", "+o.Name, ", ")
	}
	if p.Target != o.Target && o.Target != "" && !strings.Contains(p.Target, o.Target) {
		p.Target = strings.TrimPrefix(p.Target+", "+o.Target, ", ")
	}
	if p.MadeBy != o.MadeBy && !strings.Contains(p.MadeBy, o.MadeBy) {
		p.MadeBy = strings.TrimPrefix(p.MadeBy+", "+o.MadeBy, ", ")
	}
	if p.Seen != nil || o.Seen != nil {
		p.Warn(Warning{Code: "seen_dropped", Text: "what the servers' logs saw of the parts is not part of the sum",
			Hint: "save the logs' own profiles with `loadx analyze --save` and merge these"})
	}
	p.Seen = nil
}
