package scenarios

import (
	"math"
	"sort"
	"time"

	"github.com/loadx/loadx/scenarios/traffic"
)

// CurvePoint is what a plan has sent by a time.
type CurvePoint struct {
	At   time.Duration // from the start
	Rate traffic.Rate  // asked for at that time; at the end, just before it
	PV   uint64        // page views due up to At
	// UV is the number of users introduced by these views: exact for paced new users, a lower bound of the expected
	// number for mixed ones.
	UV uint64
}

// Curve returns points+1 points at equal distances from the start to the end of the schedule; points is at least 1.
// It returns nil at the maximum rate, where there is no schedule.
func (p *Plan) Curve(points int) []CurvePoint {
	if p.traffic == nil {
		return nil
	}
	points = max(points, 1)
	curve := make([]CurvePoint, points+1)
	duration, pv := p.Duration(), p.PV()
	step, rest := duration/time.Duration(points), duration%time.Duration(points)
	for i := range curve {
		at := time.Duration(i)*step + time.Duration(float64(rest)*float64(i)/float64(points))
		due := uint64(sort.Search(int(pv), func(n int) bool { return p.traffic.Visit(uint64(n)).Due > at }))
		curve[i] = CurvePoint{At: at, Rate: p.traffic.Rate(min(at, duration-1)), PV: due}
		if due > 0 {
			curve[i].UV = p.traffic.Known(due - 1)
		}
	}
	curve[points].At = duration
	return curve
}

// Rate returns the rate the plan asks for at a time from the start; 0 outside the schedule and at the maximum rate.
func (p *Plan) Rate(at time.Duration) traffic.Rate {
	if p.traffic == nil {
		return 0
	}
	return p.traffic.Rate(at)
}

// PeakRate returns the highest rate the plan asks for; 0 at the maximum rate.
func (p *Plan) PeakRate() traffic.Rate {
	if p.traffic == nil {
		return 0
	}
	end := p.Duration() - 1
	times := []time.Duration{0, end}
	switch shape := p.shape.(type) {
	case traffic.Stages:
		at := time.Duration(0)
		for _, stage := range shape {
			times = append(times, at)
			at += stage.For
		}
	case traffic.Sine:
		times = append(times, min(shape.Period/4, end))
	}
	peak := traffic.Rate(0)
	for _, t := range times {
		peak = max(peak, p.Rate(t))
	}
	return peak
}

// Connections returns how many requests are in flight at the peak rate when each response takes latency (Little's
// law), at least 1. It returns 0 at the maximum rate, where Connection.MaxInFlight decides.
func (p *Plan) Connections(latency time.Duration) uint64 {
	if p.traffic == nil {
		return 0
	}
	inFlight := math.Ceil(float64(float64(p.PeakRate())*latency.Seconds()) - 1e-9)
	return uint64(max(inFlight, 1))
}
