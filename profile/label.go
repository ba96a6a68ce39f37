package profile

// A Label stands for a value of a dimension that has few, so that a hit need not carry its text. It is of one [Recorder];
// 0 stands for none.
type Label uint16

// maxLabels bounds the labels of a recorder.
const maxLabels = 1<<16 - 1

// labelled is what was counted under a label. Hits since the last settling are in pending and not yet in the table.
type labelled struct {
	dimension Dimension
	name      []byte
	group     *Group // nil when the table has no place for it
	pending   uint64
}

type labelKey struct {
	dimension Dimension
	name      string
}

// Label returns the label of a value of a dimension, the same for the same value, or 0 when there are too many or the
// dimension is none of the profile's. It is made for values that are few and known by a number of the caller's own, who
// keeps the label by it.
func (r *Recorder) Label(d Dimension, name string) Label {
	key := labelKey{d, name}
	if known, ok := r.labelOf[key]; ok {
		return known
	}
	table := r.p.Tables[d]
	if table == nil || len(r.labels) >= maxLabels {
		return 0
	}
	l := labelled{dimension: d, name: []byte(name)}
	l.group = table.Add(l.name, 0)
	r.labels = append(r.labels, l)
	r.labelOf[key] = Label(len(r.labels))
	return r.labelOf[key]
}

func (r *Recorder) addLabelled(label Label, h *Hit, failed bool) {
	if label == 0 {
		return
	}
	l := &r.labels[label-1]
	l.pending++
	if l.group != nil {
		l.group.add(h, failed)
	}
}

// settleLabels puts what was counted under labels into the tables. The tables of such dimensions have room for all of
// their values, so that none has lost its place in the meantime.
func (r *Recorder) settleLabels() {
	for i := range r.labels {
		l := &r.labels[i]
		r.p.Tables[l.dimension].Add(l.name, l.pending)
		l.pending = 0
	}
}
