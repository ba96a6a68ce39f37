package profile

import "strings"

// A Trait is one value of a dimension.
type Trait struct {
	Dimension Dimension
	Name      string
}

// A Label stands for the traits of a hit that are few and go together, such as a browser and its system, so that a hit
// need not carry their texts and is counted once for all of them. It is of one [Recorder]; 0 stands for none.
type Label uint16

// maxLabels bounds the labels of a recorder.
const maxLabels = 1<<16 - 1

// labelled is what was counted under a label.
type labelled struct {
	traits []Trait
	since  *Group // what was counted since the last settling; its visitors are those of all time
}

// Label returns the label of traits, the same for the same ones, or 0 when there are too many labels or a dimension is
// none of the profile's. It is made for traits that are known by a number of the caller's own, who keeps the label by
// it, and of dimensions whose values are few.
func (r *Recorder) Label(traits ...Trait) Label {
	var key strings.Builder
	visitors, clients := false, false
	for _, t := range traits {
		if r.p.Tables[t.Dimension] == nil {
			return 0
		}
		key.WriteString(string(t.Dimension) + "\x00" + t.Name + "\x00")
		views, all := t.Dimension.counts()
		visitors, clients = visitors || views, clients || all
	}
	if known, ok := r.labelOf[key.String()]; ok {
		return known
	}
	if len(r.labels) >= maxLabels {
		return 0
	}
	for _, t := range traits {
		r.p.Tables[t.Dimension].Add([]byte(t.Name), 0) // the names are few: the first ones have a place from the start
	}
	r.labels = append(r.labels, labelled{traits: traits, since: newGroup(visitors, clients, r.p.Calendar.limits.bucketCounter)})
	l := Label(len(r.labels))
	r.labelOf[key.String()] = l
	return l
}

func (r *Recorder) addLabelled(h *Hit) {
	if h.Agent != 0 {
		r.labels[h.Agent-1].since.add(h)
	}
}

// settleLabels puts what was counted under labels into the tables. The tables of such dimensions have room for all of
// their values, so that none has lost its place in the meantime. A value's visitors are the union of its labels'.
func (r *Recorder) settleLabels() {
	for i := range r.labels {
		l := &r.labels[i]
		for _, t := range l.traits {
			group := r.p.Tables[t.Dimension].Add([]byte(t.Name), l.since.Hits)
			if group == nil {
				continue
			}
			if err := group.merge(l.since); err != nil {
				panic("BUG: label: " + err.Error()) // groups of one making always merge
			}
		}
		l.since.forget()
	}
}
