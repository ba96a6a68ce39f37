package profile

import "time"

// An Outbreak is a stretch of an attack in which requests failed.
type Outbreak struct {
	// From and To are the start of its first slice with a failure and the end of its last one, since the start of the
	// schedule.
	From, To time.Duration
	// Errors are the failures of the stretch, Hits all of its hits.
	Errors, Hits uint64
}

// calm is how many slices without a failure end an outbreak.
const calm = 2

// Outbreaks returns the stretches of time in which requests failed, in order. Stretches with a single slice of calm
// between them are one. There are at most a third as many as [MaxSlices], rounded up.
func (t *Timeline) Outbreaks() []Outbreak {
	var all []Outbreak
	quiet := calm
	for i := range t.Slices {
		s := &t.Slices[i]
		if s.Errors == 0 {
			quiet++
			continue
		}
		if quiet >= calm {
			all = append(all, Outbreak{From: time.Duration(i) * t.Width})
		}
		o := &all[len(all)-1]
		if quiet < calm {
			for ; quiet > 0; quiet-- {
				o.Hits += t.Slices[i-quiet].Hits
			}
		}
		o.To = time.Duration(i+1) * t.Width
		o.Errors += s.Errors
		o.Hits += s.Hits
		quiet = 0
	}
	return all
}
