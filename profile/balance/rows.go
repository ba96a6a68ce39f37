package balance

import (
	"github.com/loadx/loadx/profile/uv"
)

// A Row is what one worker has answered.
type Row struct {
	// Worker is its name, empty in what [Table.Other] returns.
	Worker    string
	Hits      uint64
	PageViews uint64
	// Visitors are the distinct visitors among the page views. Visitors who touched several workers count for each.
	Visitors uv.Estimate
	// AtLeast says that the worker got its row late, as there were too many: its numbers are lower bounds.
	AtLeast bool
	// Cut says that Worker stands for at least one longer name (512 bytes).
	Cut bool
}

// Rows returns the n workers with the most hits, all with a row if n is negative, by descending Hits and then ascending
// Worker.
func (t *Table) Rows(n int) []Row {
	tracked := t.workers.Rows(n)
	rows := make([]Row, len(tracked))
	for i, r := range tracked {
		rows[i] = Row{
			Worker: r.Key, Hits: r.Count, PageViews: r.Value.pageViews, Visitors: r.Value.visitors.Estimate(),
			AtLeast: r.Late, Cut: r.Cut,
		}
	}
	return rows
}

// Other returns what all workers but the n first of [Table.Rows] have answered, and how many workers those are: exactly,
// unless there were more than the table has rows for (AtLeast): then workers is only those with a row, Visitors lacks
// what was known of workers that lost theirs, and Hits and PageViews include what the rows lack.
func (t *Table) Other(n int) (other Row, workers int) {
	all := t.workers.Rows(-1)
	if n < 0 || n > len(all) {
		n = len(all)
	}
	other = Row{Hits: t.workers.Other(all[:n]), PageViews: t.pageViews, AtLeast: !t.workers.Exact()}
	for _, r := range all[:n] {
		other.PageViews -= r.Value.pageViews
	}
	visitors := t.rest.Clone()
	for _, r := range all[n:] {
		if err := visitors.Merge(r.Value.visitors); err != nil {
			panic("BUG: balance: " + err.Error())
		}
	}
	other.Visitors = visitors.Estimate()
	return other, len(all) - n
}

// Workers returns how many workers have a row, and whether those are all.
func (t *Table) Workers() (n int, all bool) { return t.workers.Len(), t.workers.Exact() }

// Hits returns the number of hits that name a worker.
func (t *Table) Hits() uint64 { return t.workers.Total() }

// PageViews returns how many of the hits that name a worker are page views.
func (t *Table) PageViews() uint64 { return t.pageViews }

// Without returns the number of hits that name no worker, which are in no other number.
func (t *Table) Without() Without { return t.withoutWorker }

// Visitors returns the number of distinct visitors among the page views that name a worker: exact up to the size of the
// sample ([Options]), beyond it an estimate from the sample with its 95 % interval. It is what shares are of.
func (t *Table) Visitors() uv.Estimate {
	t.sample.settle()
	return t.sample.estimate(t.sample.used)
}

// Moved returns the number of distinct visitors whose page views more than one worker has answered, with or without a
// row: exact if [Table.Visitors] is, else an estimate from the same sample, so that Moved().Value / Visitors().Value is
// the share in the sample. With the usual options the interval's half width is at most 0.9 % of all visitors, and less
// the fewer moved: 1.96·√(moved·visitors/50,000).
func (t *Table) Moved() uv.Estimate {
	t.sample.settle()
	return t.sample.estimate(t.sample.moved)
}

// Bytes returns the heap memory that the sample and the counters hold, in bytes.
func (t *Table) Bytes() int {
	n := t.sample.bytes() + t.rest.Bytes()
	for _, r := range t.workers.Rows(-1) {
		n += len(r.Key) + r.Value.visitors.Bytes()
	}
	return n
}
