package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"time"

	"github.com/loadx/loadx/profile/latency"
)

// MaxSlices is how many slices a timeline holds. When a run outgrows them, neighbours merge and the width doubles.
const MaxSlices = 1024

// maxWidth is how wide a slice can be: MaxSlices of it are as long as a duration can be.
const maxWidth = time.Second << 23

// A Timeline tells what happened in equal slices of time since the start of an attack, a second wide at first.
type Timeline struct {
	Width  time.Duration `json:"width"`
	Slices []Slice       `json:"slices"`
}

// A Slice is one stretch of an attack. Due and Dropped count by due time, everything else by the time of sending.
type Slice struct {
	Due       uint64    `json:"due"`
	Dropped   uint64    `json:"dropped"`
	Sent      uint64    `json:"sent"`
	Hits      uint64    `json:"hits"`
	PageViews uint64    `json:"pv"`
	NewUsers  uint64    `json:"new_users"` // users whose first view was sent here, as the plan introduces them
	Late      uint64    `json:"late"`
	Errors    uint64    `json:"errors"`
	Classes   [6]uint64 `json:"classes"` // hits by first digit of the status, 0 where no response came

	Service  *latency.Histogram `json:"service"`
	Response *latency.Histogram `json:"response"`
}

// NewTimeline makes an empty timeline with slices of a second.
func NewTimeline() *Timeline { return &Timeline{Width: time.Second} }

// at returns the slice of an instant since the start; what lies before the start counts in the first one.
func (t *Timeline) at(since time.Duration) *Slice {
	since = max(since, 0)
	for since/t.Width >= MaxSlices {
		t.widen()
	}
	i := int(since / t.Width)
	for len(t.Slices) <= i {
		t.Slices = append(t.Slices, Slice{Service: latency.NewSparse(), Response: latency.NewSparse()})
	}
	return &t.Slices[i]
}

func (t *Timeline) widen() {
	t.Width *= 2
	n := (len(t.Slices) + 1) / 2
	for i := range n {
		s := t.Slices[2*i]
		if 2*i+1 < len(t.Slices) {
			s.merge(&t.Slices[2*i+1])
		}
		t.Slices[i] = s
	}
	clear(t.Slices[n:])
	t.Slices = t.Slices[:n]
}

func (s *Slice) merge(o *Slice) {
	s.Due += o.Due
	s.Dropped += o.Dropped
	s.Sent += o.Sent
	s.Hits += o.Hits
	s.PageViews += o.PageViews
	s.NewUsers += o.NewUsers
	s.Late += o.Late
	s.Errors += o.Errors
	for i, n := range o.Classes {
		s.Classes[i] += n
	}
	s.Service.Merge(o.Service)
	s.Response.Merge(o.Response)
}

func (t *Timeline) add(h *Hit) {
	if h.Hop == Request {
		// The due slice may be an earlier one, and at may move the slices: so it is looked up first.
		t.at(h.Due).Due++
	}
	s := t.at(h.Sent)
	s.Hits++
	if h.Hop == Request {
		s.Sent++
		if h.PageView {
			s.PageViews++
		}
		if h.NewUser {
			s.NewUsers++
		}
		if h.Late {
			s.Late++
		}
	}
	if class := h.Status / 100; class > 0 && class < len(s.Classes) {
		s.Classes[class]++
	} else {
		s.Classes[0]++
	}
	if h.Error != "" && h.Error != ErrRetried {
		s.Errors++
	}
	if h.timed() {
		s.Service.Record(h.Done - h.Sent)
		s.Response.Record(h.Done - h.Due)
	}
}

// Merge adds another timeline that began at the same moment of its own run.
func (t *Timeline) Merge(o *Timeline) {
	theirs := o.Clone()
	for t.Width < theirs.Width {
		t.widen()
	}
	for theirs.Width < t.Width {
		theirs.widen()
	}
	for i := range theirs.Slices {
		t.at(time.Duration(i) * t.Width).merge(&theirs.Slices[i])
	}
}

// Clone returns an independent copy.
func (t *Timeline) Clone() *Timeline {
	c := &Timeline{Width: t.Width, Slices: append([]Slice(nil), t.Slices...)}
	for i := range c.Slices {
		c.Slices[i].Service = c.Slices[i].Service.Clone()
		c.Slices[i].Response = c.Slices[i].Response.Clone()
	}
	return c
}

// UnmarshalJSON reads a timeline and checks its bounds.
func (t *Timeline) UnmarshalJSON(data []byte) error {
	type plain Timeline
	var read plain
	if err := json.Unmarshal(data, &read); err != nil {
		return fmt.Errorf("timeline: %w", err)
	}
	if read.Width < time.Second || read.Width > maxWidth || bits.OnesCount64(uint64(read.Width/time.Second)) != 1 ||
		read.Width%time.Second != 0 || len(read.Slices) > MaxSlices {
		return errors.New("timeline: the slices are out of bounds")
	}
	for i := range read.Slices {
		if read.Slices[i].Service == nil || read.Slices[i].Response == nil {
			return errors.New("timeline: a slice has no latencies")
		}
	}
	*t = Timeline(read)
	return nil
}
