package profile

import "time"

// Tool is what this program itself used while it sent, so that a report can say whether it was the limit.
type Tool struct {
	// CPU is the processor time that the whole process used. Available is what its processors had to give meanwhile:
	// as many as it may run on, times the time.
	CPU       time.Duration `json:"cpu"`
	Available time.Duration `json:"available"`
	// Processors is on how many it may run.
	Processors int `json:"processors"`
	// GCPause is how long the garbage collector stopped the process, in all; LongestGCPause is the upper bound of the
	// class of the longest stop.
	GCPause        time.Duration `json:"gc_pause"`
	LongestGCPause time.Duration `json:"longest_gc_pause"`
}

// Busy is the share of the available processor time that was used, at least 0 and hardly above 1; 0 before any.
func (t *Tool) Busy() float64 {
	if t.Available <= 0 {
		return 0
	}
	return float64(t.CPU) / float64(t.Available)
}

// add adds the use of another shard's machine.
func (t *Tool) add(o *Tool) {
	t.CPU += o.CPU
	t.Available += o.Available
	t.Processors = max(t.Processors, o.Processors)
	t.GCPause += o.GCPause
	t.LongestGCPause = max(t.LongestGCPause, o.LongestGCPause)
}
