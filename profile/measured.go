package profile

import (
	"errors"
	"fmt"
	"time"

	"github.com/loadx/loadx/profile/latency"
)

// Measured is the part of an attack that latency, errors and rate are of, where that is not the whole: without the
// warmup, or cut from the timeline afterwards. Counts (hits, page views, visitors, sent, late, dropped, status, and the
// failures with their samples) are of the whole, always.
type Measured struct {
	// From and To bound the part, since the start of the schedule; a To of 0 is the end. The warmup leaves out what is
	// due before From, a cut what was sent outside.
	From time.Duration `json:"from"`
	To   time.Duration `json:"to,omitempty"`
	// Length is how long the part is, drain included: what the rate is of.
	Length time.Duration `json:"length"`
	// Sent are the planned requests of the part, Failed are those of them that failed.
	Sent   uint64 `json:"sent"`
	Failed uint64 `json:"failed"`
	// Failures count the failures of the part by class, those that were sent again included. A cut does not know them.
	Failures map[ErrorClass]uint64 `json:"failures,omitempty"`
	// Cut says that the part was cut from the timeline, by [Profile.Cut].
	Cut bool `json:"cut,omitempty"`
}

// SetWarmup makes the recorder leave what is due before an instant out of latency, lag, errors and rate. It is called
// before the first hit. A warmup of 0 is none.
func (r *Recorder) SetWarmup(until time.Duration) {
	if until > 0 {
		r.p.Measured = &Measured{From: until, Failures: map[ErrorClass]uint64{}}
	}
}

func (m *Measured) count(h *Hit) {
	if h.Hop == Request {
		m.Sent++
	}
	if h.Error == "" {
		return
	}
	m.Failures[h.Error]++
	if h.Error != ErrRetried {
		m.Failed++
	}
}

func (m *Measured) add(o *Measured) {
	m.Length = max(m.Length, o.Length)
	m.Sent += o.Sent
	m.Failed += o.Failed
	for class, n := range o.Failures {
		if m.Failures == nil {
			m.Failures = map[ErrorClass]uint64{}
		}
		m.Failures[class] += n
	}
}

func (m *Measured) check() error {
	if m.From < 0 || m.To < 0 || m.To > 0 && m.To < m.From || m.Length < 0 {
		return errors.New("the measured part is out of bounds")
	}
	return nil
}

// sameMeasured says why the figures of two measured parts can't be added, nil if they can.
func sameMeasured(a, b *Measured) error {
	switch {
	case a != nil && a.Cut || b != nil && b.Cut:
		return errors.New("a part was cut out of one of them: merge the whole ones, and cut then")
	case a == nil && b == nil || a != nil && b != nil && a.From == b.From:
		return nil
	}
	return errors.New("they have different warmups")
}

// ErrCut is wrapped by every refusal to cut.
var ErrCut = errors.New("no such part can be cut out")

// Cut narrows the figures of latency, errors and rate of an attack to what was sent in [from, to), since the start of
// its schedule; to 0 is the end. A warmup does not count any more. Everything else stays that of the whole.
//
// The part is put together from the slices of the timeline, and so consists of whole slices, a second wide in a run of
// up to 17 minutes: from is rounded up to a slice, to down. Hits belong to the second in which they were sent. Quantiles
// are within 1 %. What slices do not hold is left without data: lag, failures by class, latency and errors by page.
func (p *Profile) Cut(from, to time.Duration) error {
	if p.Source != Attack || p.Timeline == nil {
		return fmt.Errorf("%w: only attacks have a timeline", ErrCut)
	}
	t := p.Timeline
	if from < 0 || to < 0 || to > 0 && to <= from {
		return fmt.Errorf("%w: from %s to %s", ErrCut, Duration(from), Duration(to))
	}
	last := len(t.Slices)
	first := int(min((from+t.Width-1)/t.Width, MaxSlices))
	if to > 0 {
		last = min(last, int(min(to/t.Width, MaxSlices)))
	}
	if first >= last {
		return fmt.Errorf("%w: the run has %s, in slices of %s", ErrCut, Duration(p.Elapsed), Duration(t.Width))
	}
	m := &Measured{From: time.Duration(first) * t.Width, Cut: true}
	end := p.Elapsed
	if to > 0 {
		m.To = time.Duration(last) * t.Width
		end = min(end, m.To)
	}
	m.Length = max(end-m.From, 0)
	p.Service, p.Response, p.Lag = latency.New(), latency.New(), latency.New()
	for i := first; i < last; i++ {
		s := &t.Slices[i]
		m.Sent += s.Sent
		m.Failed += s.Errors
		p.Service.Merge(s.Service)
		p.Response.Merge(s.Response)
	}
	for _, table := range p.Tables {
		for _, row := range table.Rows(table.Len()) {
			row.Value.Latency.Reset()
		}
	}
	p.Measured, p.FailedUsers = m, nil
	return nil
}

// failuresOf is how many failures of a class the measured part has; ok is false where that is not known.
func (p *Profile) failuresOf(class ErrorClass) (n uint64, ok bool) {
	switch m := p.Measured; {
	case m == nil:
		if f := p.Failures[class]; f != nil {
			n = f.Count
		}
		return n, true
	default:
		return m.Failures[class], !m.Cut
	}
}
