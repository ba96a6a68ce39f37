package profile

import (
	"fmt"
	"time"

	"github.com/loadx/loadx/profile/balance"
	"github.com/loadx/loadx/profile/latency"
	"github.com/loadx/loadx/profile/uv"
)

// A Source is where a profile's hits come from.
type Source string

// The sources of hits.
const (
	Attack    Source = "attack"     // loadx sent them
	AccessLog Source = "access_log" // the lines of access logs tell of them
)

// A Profile is the measured numbers of one traffic. It is not safe for concurrent use; [Profile.Clone] gives an
// independent copy.
type Profile struct {
	Source Source `json:"source"`
	// Name says what was measured in words: the scenario's name or the files.
	Name string `json:"name,omitempty"`
	// Target is where an attack was sent.
	Target string `json:"target,omitempty"`
	// Origins identify the runs and files that this profile was measured from, so that none is merged in twice.
	Origins []Origin `json:"origins,omitempty"`
	// MadeBy is the version of the program that measured, empty if it is not known.
	MadeBy string `json:"made_by,omitempty"`
	// Interrupted says that the measurement was ended before its time; the numbers up to there are complete.
	Interrupted bool `json:"interrupted,omitempty"`

	// FirstTime and LastTime are the earliest and latest instant of a hit in Unix nanoseconds, 0 before any.
	FirstTime int64 `json:"first_time,omitempty"`
	LastTime  int64 `json:"last_time,omitempty"`
	// Elapsed is an attack's time from the first due to the later of the schedule's end and the last done.
	Elapsed time.Duration `json:"elapsed,omitempty"`

	Hits      uint64 `json:"hits"`
	PageViews uint64 `json:"pv"`
	Bytes     uint64 `json:"bytes"`
	// BotHits, StaticHits and NoTimeHits count log lines by why they are no page view, and those without an instant.
	BotHits    uint64 `json:"bot_hits,omitempty"`
	StaticHits uint64 `json:"static_hits,omitempty"`
	NoTimeHits uint64 `json:"no_time_hits,omitempty"`

	// Users are the planned users that were sent, by number: nil unless an attack.
	Users *uv.Users `json:"users,omitempty"`
	// FailedUsers are those among them of whom a page view failed, without those of the warmup: nil unless an attack, and
	// where it is not known.
	FailedUsers *uv.Users `json:"failed_users,omitempty"`
	// Visitors are the distinct visitor keys among the page views, Clients those among all hits. For an attack the key
	// is the value of the counting channel, in the very bytes that a log will have.
	Visitors *uv.Counter `json:"visitors"`
	Clients  *uv.Counter `json:"clients"`
	// WithoutKey counts the page views that have no visitor key: they are in PageViews and not in Visitors.
	WithoutKey uint64 `json:"without_key"`

	Planned   *Planned  `json:"planned,omitempty"`
	Sent      uint64    `json:"sent"`
	Late      uint64    `json:"late"`
	LateFree  uint64    `json:"late_free"`
	Dropped   uint64    `json:"dropped"`
	Redirects uint64    `json:"redirects"`
	Retries   uint64    `json:"retries"`
	Lines     *Lines    `json:"lines,omitempty"`
	BadLines  []BadLine `json:"bad_lines,omitempty"`

	Status   Status   `json:"status"`
	NoStatus uint64   `json:"no_status"`
	Failures Failures `json:"failures"`

	// Service is sent→done, Response due→done, Lag due→sent, of an attack; Server is what a log says a request took.
	Service  *latency.Histogram `json:"service"`
	Response *latency.Histogram `json:"response"`
	Lag      *latency.Histogram `json:"lag"`
	Server   *latency.Histogram `json:"server"`

	// Tables hold the heaviest values of each dimension.
	Tables Tables `json:"tables"`
	// Balance is how the upstreams that a log names share the traffic, or the workers that answered an attack, by planned
	// users; nil for an attack that does not ask.
	Balance *balance.Table `json:"balance,omitempty"`
	// Connections and SiteCookies are counts of an attack, nil where they do not apply.
	Connections *Connections `json:"connections,omitempty"`
	SiteCookies *SiteCookies `json:"site_cookies,omitempty"`
	// Calendar is hits, page views and visitors by civil time: logs only.
	Calendar *Calendar `json:"calendar,omitempty"`
	// Measured is the part of an attack that latency, errors and rate are of, nil for the whole.
	Measured *Measured `json:"measured,omitempty"`
	// Aborted says in words why the run was stopped before its end, because of an expectation that could not be met any
	// more; empty if it was not.
	Aborted string `json:"aborted,omitempty"`
	// Tool is what this program itself used, nil unless an attack.
	Tool *Tool `json:"tool,omitempty"`
	// Timeline is what happened second by second since the start: attacks only.
	Timeline *Timeline `json:"timeline,omitempty"`

	Definitions Definitions `json:"definitions"`
	Warnings    []Warning   `json:"warnings,omitempty"`
	// Gates are the expectations that the traffic came with, as written.
	Gates []string `json:"gates,omitempty"`
	// Seen is what the server's own log saw of this attack, nil when no log was read.
	Seen *Profile `json:"seen,omitempty"`
}

// An Origin identifies one run or one file.
type Origin struct {
	// ID is the same for the same run or the same content, and for nothing else.
	ID string `json:"id"`
	// Name is for people.
	Name string `json:"name"`
}

// Planned is what an attack intended to send.
type Planned struct {
	Hits uint64 `json:"hits"`
	UV   uint64 `json:"uv"`
	// Duration is the length of the schedule.
	Duration time.Duration `json:"duration,omitempty"`
	// Population is the number of users of the whole plan, of all shards: user numbers are below it.
	Population uint64 `json:"population"`
	// Hash identifies the whole plan: all that decides due times, users, methods, paths, headers and bodies.
	Hash string `json:"hash"`
	// Shards are the parts of the plan that were sent, each index below ShardCount. A plan in one piece has one shard.
	Shards     []uint64 `json:"shards"`
	ShardCount uint64   `json:"shard_count"`
}

// Lines accounts for every line of the logs: Read = Parsed + Filtered + Comments + Bad. Blank lines count as comments.
type Lines struct {
	Read     uint64 `json:"read"`
	Parsed   uint64 `json:"parsed"`
	Filtered uint64 `json:"filtered"`
	Comments uint64 `json:"comments"`
	Bad      uint64 `json:"bad"`
	// Overlong are the lines among Bad that exceed the longest line that is read.
	Overlong uint64 `json:"overlong,omitempty"`
}

// A BadLine is a sample of a line that is not in the log's format. Text and Caret are made safe for a terminal.
type BadLine struct {
	File  string `json:"file"`
	Line  int64  `json:"line"`
	Field string `json:"field"`
	Want  string `json:"want"`
	Text  string `json:"text"`
	Caret string `json:"caret"`
}

// Definitions say what the words mean in this profile. Profiles are merged only if they agree.
type Definitions struct {
	PV   string `json:"pv"`
	UV   string `json:"uv"`
	Zone string `json:"tz"`
	// VisitorKey is the canonical spelling of the key, PageViews the name of the page view profile.
	VisitorKey string `json:"key"`
	PageViews  string `json:"pv_profile"`
	// Secret is the ID of the key that the visitors' hashes are keyed with, empty when they are not.
	Secret string `json:"uv_secret,omitempty"`
	// Paths says how paths became pages, empty for as they are.
	Paths string `json:"paths,omitempty"`
	// Client says how the address of who is behind proxies was found, empty for the connection's own.
	Client string `json:"client,omitempty"`
	// Filter is the expression that the hits were chosen by, empty for all.
	Filter string `json:"filter,omitempty"`
	// Formats names the log formats that were read.
	Formats []string `json:"formats,omitempty"`
}

// A Warning is something that weakens the numbers, with the fix where one is known.
type Warning struct {
	// Code is stable and made for programs, such as "tool_limited".
	Code string `json:"code"`
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
	// Invalidates says that the numbers can't be trusted: the verdict is invalid, whatever the gates say.
	Invalidates bool `json:"invalidates,omitempty"`
}

// Limits bound what a recorder holds. The zero value stands for the defaults.
type Limits struct {
	// ExactVisitors is how many distinct visitors of the whole range are counted exactly, 100,000 by default;
	// [uv.NoLimit] counts all exactly in the whole profile, whatever the memory.
	ExactVisitors int
	// TableKeys is how many keys a table holds, 1,000 by default.
	TableKeys int
}

const (
	rangePrecision  = 16  // 64 KiB, standard error 0.41 %
	bucketExact     = 256 // a time bucket or a table's key counts so many visitors exactly,
	bucketPrecision = 12  // then in 4 KiB with a standard error of 1.6 %
)

func (l Limits) withDefaults() Limits {
	if l.ExactVisitors == 0 {
		l.ExactVisitors = 100_000
	}
	if l.TableKeys == 0 {
		l.TableKeys = 1_000
	}
	return l
}

func (l Limits) rangeCounter() *uv.Counter {
	return uv.NewCounter(l.ExactVisitors, rangePrecision)
}

func (l Limits) bucketCounter() *uv.Counter {
	if l.ExactVisitors == uv.NoLimit {
		return uv.NewCounter(uv.NoLimit, bucketPrecision)
	}
	return uv.NewCounter(bucketExact, bucketPrecision)
}

// An Estimate is a number of distinct visitors and how certain it is.
type Estimate = uv.Estimate

// UV is the number of unique visitors: the distinct users sent for an attack, exact, and the distinct visitors among
// the page views for a log.
func (p *Profile) UV() Estimate {
	if p.Users != nil {
		n := p.Users.Count()
		return uv.ExactEstimate(n)
	}
	return p.Visitors.Estimate().AtMost(p.PageViews)
}

// DistinctClients is the number of distinct visitors among all hits.
func (p *Profile) DistinctClients() Estimate { return p.Clients.Estimate().AtMost(p.Hits) }

// Duration is the length of the measured traffic: an attack's [Profile.Elapsed], or the time from a log's first to its
// last hit.
func (p *Profile) Duration() time.Duration {
	if p.Source == Attack {
		return p.Elapsed
	}
	return time.Duration(p.LastTime - p.FirstTime)
}

// Invalid reports whether a warning says that the numbers can't be trusted, or the measurement was interrupted.
func (p *Profile) Invalid() bool {
	if p.Interrupted {
		return true
	}
	for _, w := range p.Warnings {
		if w.Invalidates {
			return true
		}
	}
	return p.Seen != nil && p.Seen.Invalid()
}

// WarnOfClamped tells of durations that are longer than the histograms reach: they are counted as the longest.
func (p *Profile) WarnOfClamped() {
	if n := p.Service.Clamped() + p.Response.Clamped() + p.Server.Clamped(); n > 0 {
		p.Warn(Warning{Code: "clamped", Text: fmt.Sprintf("%d durations are beyond what is measured (0 to %s) and count as the nearest end", n, Duration(latency.Highest))})
	}
}

// Warned reports whether there is a warning of a code.
func (p *Profile) Warned(code string) bool {
	for _, w := range p.Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}

// Warn adds a warning unless one of the same code and text is there.
func (p *Profile) Warn(w Warning) {
	for _, old := range p.Warnings {
		if old.Code == w.Code && old.Text == w.Text {
			return
		}
	}
	p.Warnings = append(p.Warnings, w)
}

// Steps is [Calendar.Steps] of the profile's calendar, nil without one. Where one step holds every hit, its visitors are
// those of the range, which are counted with more precision than those of a part.
func (p *Profile) Steps(unit Unit) []Step {
	if p.Calendar == nil {
		return nil
	}
	steps := p.Calendar.Steps(unit)
	if len(steps) == 1 && steps[0].Hits == p.Hits {
		visitors := p.UV()
		steps[0].UV, steps[0].New, steps[0].Total = visitors, visitors, visitors
	}
	return steps
}
