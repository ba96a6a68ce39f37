package scenarios

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/loadx/loadx/profile/gate"
	"github.com/loadx/loadx/scenarios/traffic"
)

// compilation turns a Scenario into a Plan and collects what is wrong.
type compilation struct {
	*problems
	name      string
	options   Options
	headers   Headers
	userAgent string
	target    origin
	secrets   map[string]string
	noTarget  bool // a page needs a target and there is none
	// identityLines are the header lines of a page when no header is written anywhere; such pages share them.
	identityLines *template
	warnings      problems
	idText        string // the template of a user's name
	unix          string // the socket that is the target
}

// Defaults of what a scenario leaves out.
const (
	DefaultTimeout     = 30 * time.Second
	DefaultMaxInFlight = 1024
	defaultUserAgent   = "loadx"
)

// MaxPages bounds the pages of a scenario that code fills; a plan takes about half a KB for each.
const MaxPages = 1 << 20

func (c *compilation) syntax(clean func(string) (string, error), fixed bool) syntax {
	return syntax{env: c.options.Env, fixed: fixed, clean: clean, secrets: c.secrets}
}

func (c *compilation) warn(path, message, hint string) { c.warnings.add(path, message, hint) }

// compile checks the whole scenario and returns its plan; the plan is complete only if no problem was added.
func (s *Scenario) compile(p *problems, shard traffic.Shard) *Plan {
	c := &compilation{problems: p, name: s.fileName(), options: s.options, headers: s.Headers,
		userAgent: s.UserAgent, secrets: map[string]string{}}
	c.warnings = problems{file: p.file, seen: map[string]bool{}}
	if c.userAgent == "" {
		c.userAgent = defaultUserAgent
	}
	if _, err := cleanHeader(c.userAgent); err != nil {
		c.addError("user_agent", err)
	}
	c.checkPrinted("name", s.Name)
	for i, text := range s.Gates {
		c.checkGate(index("gates", i), text)
	}
	for i, text := range s.AbortOn {
		c.checkGate(index("abort_on", i), text)
	}
	plan := &Plan{name: s.Name, maxRate: s.MaxRate, inTurn: s.PageOrder == InTurn, seed: s.Traffic.Seed, shard: shard,
		pageDraws: traffic.NewDraws(s.Traffic.Seed, pageDraw)}
	c.target, _ = c.compileTarget(s.Target)
	plan.target = c.target.shown
	c.compileTraffic(plan, s)
	c.compileWarmup(plan, s.Warmup)
	plan.identity = c.compileIdentity(s.Identity)
	if uv := plan.UV(); uv > 0 {
		c.checkCapacity(plan.identity, uv)
	}
	c.compilePages(plan, s)
	plan.connection = c.compileConnection(plan, s)
	plan.gates, plan.abortOn = append([]string(nil), s.Gates...), append([]string(nil), s.AbortOn...)
	plan.redactor = newRedactor(c.secrets)
	plan.warnings, _ = c.warnings.inFileOrder()
	if len(p.list) == 0 {
		plan.hash = plan.fingerprint(s)
		for _, page := range plan.pages {
			page.written = nil
		}
	}
	return plan
}

// checkPrinted reports a text that reports show and that can't be shown.
func (c *compilation) checkPrinted(path, text string) {
	switch {
	case strings.Contains(text, "${"):
		c.add(path, fieldName(path)+" holds an environment variable, and would print it", "write the text itself")
	case safeText(text) != text:
		c.add(path, fieldName(path)+" holds control bytes", "")
	case len(text) > maxNameBytes:
		c.add(path, fmt.Sprintf("%s is longer than %d bytes", fieldName(path), maxNameBytes), "")
	}
}

// maxNameBytes bounds names and gates, which reports show.
const maxNameBytes = 1000

func (c *compilation) checkGate(path, text string) {
	before := len(c.list)
	c.checkPrinted(path, text)
	if len(c.list) > before {
		return
	}
	var wrong *gate.SyntaxError
	if _, err := gate.Parse(text); errors.As(err, &wrong) {
		c.addError(path, &textError{wrong.Offset, safeText(wrong.Message), safeText(wrong.Hint)})
	}
}

// compileTraffic resolves the schedule.
func (c *compilation) compileTraffic(plan *Plan, s *Scenario) {
	t := s.Traffic
	touched := c.touched("traffic")
	if s.Timeout < 0 {
		c.add("timeout", "timeout: negative", "")
	}
	if s.MaxRate && !touched {
		c.compileMaxRate(plan, t)
		return
	}
	spec := traffic.Spec{PV: t.PV, UV: t.UV, Duration: t.Duration, Rate: t.Rate, Shape: t.Shape, Arrivals: t.Arrivals,
		Law: t.Visits, Order: t.NewUsers, Seed: t.Seed, Shard: plan.shard}
	compiled, err := spec.Compile()
	var wrong traffic.SpecErrors
	switch {
	case errors.As(err, &wrong):
		for _, e := range wrong {
			// Where a field could not be read, only what does not follow from its absence is a problem of its own.
			if !touched || strings.HasPrefix(e.Field, "shape.") || e.Field == "uv" && t.PV > 0 {
				c.addTraffic(e)
			}
		}
	case !touched:
		plan.traffic, plan.shape = compiled, t.Shape
	}
}

// compileWarmup checks that something is left to measure.
func (c *compilation) compileWarmup(plan *Plan, warmup time.Duration) {
	plan.warmup = warmup
	whole := plan.duration
	if plan.traffic != nil {
		whole = plan.traffic.Duration()
	}
	switch {
	case warmup < 0:
		c.add("warmup", "warmup: negative", "")
	case whole > 0 && warmup >= whole:
		c.add("warmup", fmt.Sprintf("warmup: %s of a run of %s leaves nothing to measure", warmup, whole), "make it shorter than the run")
	}
}

// addTraffic reports a problem of the schedule at the field that has it, or at its nearest parent that is written.
func (c *compilation) addTraffic(e *traffic.SpecError) {
	path := "traffic." + e.Field
	for c.file != nil && len(c.file.values) > 0 && c.file.values[path] == nil && c.file.flags[path] == "" {
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			break
		}
		path = path[:i]
	}
	if c.file == nil || c.file.values[path] == nil && c.file.flags[path] == "" {
		path = "traffic." + e.Field
	}
	c.add(path, e.Field+": "+e.Problem, e.Hint)
}

// compileMaxRate checks traffic without a schedule.
func (c *compilation) compileMaxRate(plan *Plan, t Traffic) {
	switch {
	case plan.Shard().Count > 1:
		c.add("shard", "shard: at the maximum rate there is no schedule that shards could share", "run it whole")
	case t.Rate != 0 || t.Shape != nil || t.Arrivals != 0 || t.Visits != (traffic.Law{}) || t.NewUsers != 0:
		c.add("traffic", "at the maximum rate there is no schedule: rate, shape, arrivals, visits and new_users can't be given", "")
	case t.PV == 0 && t.Duration <= 0:
		c.add("traffic.pv", "pv: missing: the maximum rate needs pv or duration, to end", "")
	case t.PV > traffic.MaxPV || t.UV > traffic.MaxPV:
		c.add("traffic.pv", "pv or uv is above the limit of 2^62", "")
	case t.PV > 0 && t.UV > t.PV:
		c.add("traffic.uv", fmt.Sprintf("uv: %d users can't appear in pv = %d views", t.UV, t.PV), "every user makes at least one view: lower uv or raise pv")
	}
	plan.pv, plan.uv, plan.duration = t.PV, t.UV, t.Duration
	if t.UV == 0 {
		plan.uv = t.PV
	}
}

// compilePages compiles the pages and the table by which a hit finds its own.
func (c *compilation) compilePages(plan *Plan, s *Scenario) {
	switch {
	case len(s.Pages) == 0:
		c.add("pages", "pages: none: there is nothing to request", "write pages: and below it at least one page, as in - get: /")
		return
	case len(s.Pages) > MaxPages:
		c.add("pages", fmt.Sprintf("%d pages, more than %d", len(s.Pages), MaxPages), "")
		return
	}
	total := uint64(0)
	for i, written := range s.Pages {
		path := index("pages", i)
		compiled := c.compilePage(written, path, plan.identity)
		if compiled.Weight > math.MaxInt64-total {
			c.add(child(path, "weight"), "the weights add up to more than 2^63", "")
			return
		}
		if plan.inTurn && compiled.Weight != 1 {
			c.add(child(path, "weight"), "weight has no meaning in turn", "remove weight, or page_order: turn")
		}
		total += compiled.Weight
		next := compiled.url.seed(plan.seed, firstDraw)
		next = compiled.host.seed(plan.seed, next)
		next = compiled.headers.seed(plan.seed, next)
		compiled.body.seed(plan.seed, next)
		plan.pages = append(plan.pages, compiled)
		plan.upTo = append(plan.upTo, total)
	}
	if c.noTarget && s.Target == "" {
		c.add("target", "target: missing, and pages have paths without a host", "write target: http://127.0.0.1:8080")
	}
}

// Sources of random numbers by their number: the choice of the page first, then the placeholders of the page.
const (
	pageDraw  = 0
	firstDraw = 1
)

// fileName is what the scenario was read from, or its name.
func (s *Scenario) fileName() string {
	if s.file != nil {
		return s.file.name
	}
	return s.Name
}
