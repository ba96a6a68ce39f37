package profile

import (
	"fmt"
	"strconv"
	"time"

	"github.com/loadx/loadx/profile/spelling"
)

// statistics are the figures that every recorder of durations gives; ok is false when nothing was recorded.
type statistics interface {
	Quantile(q float64) (d time.Duration, ok bool)
	Mean() (d time.Duration, ok bool)
	Min() (d time.Duration, ok bool)
	Max() (d time.Duration, ok bool)
}

// statistic returns the figure of a name (p95, p99.9, mean, min, max), or nil when there is none of that name.
func statistic(name string) func(statistics) (Value, bool) {
	var figure func(statistics) (time.Duration, bool)
	switch {
	case name == "mean":
		figure = statistics.Mean
	case name == "min":
		figure = statistics.Min
	case name == "max":
		figure = statistics.Max
	case quantileName.MatchString(name):
		percent, _ := strconv.ParseFloat(name[1:], 64)
		figure = func(s statistics) (time.Duration, bool) { return s.Quantile(percent / 100) }
	default:
		return nil
	}
	return func(s statistics) (Value, bool) {
		d, ok := figure(s)
		return Exactly(d.Seconds(), Time), ok
	}
}

// An UnknownMetricError says that a name is no metric.
type UnknownMetricError struct {
	Name string
	// Near is a metric that was perhaps meant, empty if none is near enough.
	Near string
}

// Error names the suggestion, if there is one.
func (e *UnknownMetricError) Error() string {
	if e.Near != "" {
		return fmt.Sprintf("unknown metric %q: did you mean %q?", e.Name, e.Near)
	}
	return fmt.Sprintf("unknown metric %q", e.Name)
}

// unknown is the error for a name that is no metric.
func unknown(name string) error {
	known := []string{"p50", "p90", "p95", "p99", "p99.9", "mean", "min", "max", "status.5xx", "status.4xx", "status.200",
		"service.p95", "service.p99", "response.p95", "response.p99", "lag.p99", "server.p95", "seen.pv", "seen.uv",
		"errors.timeout", "errors.refused", "errors.reset"}
	for _, m := range metrics {
		known = append(known, m.Name)
	}
	return &UnknownMetricError{Name: name, Near: spelling.Nearest(name, known)}
}
