package profile

import (
	"strconv"
	"strings"
	"time"

	"github.com/loadx/loadx/profile/latency"
)

// OfSlice returns the metric's value in one stretch of an attack alone, or false when a slice does not tell: rate and
// errors, and quantiles and the mean of the service and response latency do. Width is how long the stretch is.
func (m Metric) OfSlice(s *Slice, width time.Duration) (Value, bool) {
	if !m.Sliced() {
		return Value{}, false
	}
	return m.Of(ofSlice(s, width))
}

// ofSlice is the part of a profile that a slice knows of.
func ofSlice(s *Slice, width time.Duration) *Profile {
	none := latency.New()
	return &Profile{
		Source: Attack, Hits: s.Hits, Sent: s.Sent, Service: s.Service, Response: s.Response, Lag: none, Server: none,
		Measured: &Measured{Length: width, Sent: s.Sent, Failed: s.Errors, Cut: true},
	}
}

// Sliced says whether [Metric.OfSlice] can have data: whether the figure is one of the traffic as it flows.
func (m Metric) Sliced() bool {
	switch m.Name {
	case "rate", "errors":
		return true
	}
	_, quantile := m.Quantile()
	return quantile || flowing(m.Name) == "mean"
}

// Quantile returns which quantile of the service or response latency of the whole traffic the metric is, in [0, 1], or false
// when it is none.
func (m Metric) Quantile() (q float64, ok bool) {
	match := quantileName.FindStringSubmatch(flowing(m.Name))
	if match == nil {
		return 0, false
	}
	percent, err := strconv.ParseFloat(match[1], 64)
	return percent / 100, err == nil
}

// flowing is a figure's name without the latency that it is of, if slices have that latency.
func flowing(name string) string {
	return strings.TrimPrefix(strings.TrimPrefix(name, "response."), "service.")
}

// Stretches merges every n neighbouring slices of [from, to) into one: whole slices only, and what is left over at the
// end is left out. They are copies.
func (t *Timeline) Stretches(from, to time.Duration, n int) []Slice {
	first := max(int((max(from, 0)+t.Width-1)/t.Width), 0)
	last := min(int(max(to, 0)/t.Width), len(t.Slices))
	var all []Slice
	for ; n > 0 && first+n <= last; first += n {
		s := t.Slices[first]
		s.Service, s.Response = s.Service.Clone(), s.Response.Clone()
		for i := first + 1; i < first+n; i++ {
			s.merge(&t.Slices[i])
		}
		all = append(all, s)
	}
	return all
}

// InSlice is OfSlice that knows the extremes of the service and response latency too, which a whole run has from one of
// its slices alone.
func (m Metric) InSlice(s *Slice, width time.Duration) (Value, bool) {
	switch flowing(m.Name) {
	case "min", "max":
		return m.Of(ofSlice(s, width))
	}
	return m.OfSlice(s, width)
}

// GrowthIn returns by how much a count of an attack grew in a slice, or false when slices do not tell.
func (m Metric) GrowthIn(s *Slice) (n uint64, ok bool) {
	switch m.Name {
	case "hits":
		return s.Hits, true
	case "pv":
		return s.PageViews, true
	case "uv":
		return s.NewUsers, true
	case "sent":
		return s.Sent, true
	case "late":
		return s.Late, true
	case "dropped":
		return s.Dropped, true
	}
	if match := statusName.FindStringSubmatch(m.Name); match != nil && match[2] == "" && int(match[1][0]-'0') < len(s.Classes) {
		return s.Classes[match[1][0]-'0'], true
	}
	return 0, false
}

// OfServerTimes returns the metric's value among what a server's log says that requests took, or false for other metrics.
func (m Metric) OfServerTimes(h *latency.Histogram) (Value, bool) {
	if m.Quantity != Time || m.Name == "duration" {
		return Value{}, false
	}
	none := latency.New()
	return m.Of(&Profile{Source: AccessLog, Service: none, Response: none, Lag: none, Server: h})
}
