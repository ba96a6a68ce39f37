package profile

// Failures are an attack's failed hits by class. Between them the classes are few, and each keeps a few samples, so the
// size is bounded whatever the target does.
type Failures map[ErrorClass]*Failure

// A Failure is what is known of one class of failures.
type Failure struct {
	Count uint64 `json:"count"`
	// NoStatus counts those among them for which no response came.
	NoStatus uint64 `json:"no_status"`
	// First and Last are when the first and the last of them happened, in Unix nanoseconds.
	First int64 `json:"first"`
	Last  int64 `json:"last"`
	// Samples are some of them in words; they may hold bytes of the target's.
	Samples []FailureSample `json:"samples"`
}

// A FailureSample is one distinct text of a failure.
type FailureSample struct {
	Page string `json:"page"`
	Text string `json:"text"`
	Time int64  `json:"time"`
}

const maxFailureSamples = 5

func (f Failures) add(h *Hit) {
	class := f[h.Error]
	if class == nil {
		class = &Failure{First: h.Time, Last: h.Time}
		f[h.Error] = class
	}
	class.Count++
	if h.Status == 0 {
		class.NoStatus++
	}
	class.First, class.Last = min(class.First, h.Time), max(class.Last, h.Time)
	if len(class.Samples) < maxFailureSamples && !class.has(h.ErrorText, h.Page) {
		class.Samples = append(class.Samples, FailureSample{Page: string(h.Page), Text: h.ErrorText, Time: h.Time})
	}
}

func (f *Failure) has(text string, page []byte) bool {
	for _, s := range f.Samples {
		if s.Text == text && s.Page == string(page) {
			return true
		}
	}
	return false
}

func (f Failures) merge(o Failures) {
	for name, theirs := range o {
		ours := f[name]
		if ours == nil {
			ours = &Failure{First: theirs.First, Last: theirs.Last}
			f[name] = ours
		}
		ours.Count += theirs.Count
		ours.NoStatus += theirs.NoStatus
		ours.First, ours.Last = min(ours.First, theirs.First), max(ours.Last, theirs.Last)
		for _, s := range theirs.Samples {
			if len(ours.Samples) < maxFailureSamples && !ours.has(s.Text, []byte(s.Page)) {
				ours.Samples = append(ours.Samples, s)
			}
		}
	}
}

// Total is the number of failed hits. Retried requests are no failures: what became of the hit counts.
func (f Failures) Total() uint64 {
	var n uint64
	for class, c := range f {
		if class != ErrRetried {
			n += c.Count
		}
	}
	return n
}
