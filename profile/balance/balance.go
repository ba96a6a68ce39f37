// Package balance measures how traffic is shared among the workers that answer it: the hits, page views and visitors of
// each, and how many visitors touched more than one. It is the check of a cluster's balancing and stickiness.
//
// A worker is whatever names who answered: an upstream's address, a response header, a cookie. Visitors are counted
// among page views alone, as everywhere.
package balance

import (
	"errors"

	"github.com/loadx/loadx/profile/topk"
	"github.com/loadx/loadx/profile/uv"
	"github.com/zeebo/xxh3"
)

// ErrCorrupt is wrapped by the error of [Table.UnmarshalBinary].
var ErrCorrupt = errors.New("corrupt encoding")

const (
	// MaxWorkers is how many workers are told apart; see [Options].
	MaxWorkers = 1000
	// MaxSample is how many visitors are remembered with their workers, unless all are.
	MaxSample = 100_000
)

// Options bound a table. The zero value is the usual one.
type Options struct {
	// Workers is how many workers have a row of their own, in [1, MaxWorkers]; 0 stands for MaxWorkers. The hits of more
	// are in [Table.Other].
	Workers int
	// Sample is how many visitors are remembered with their workers, in [1, MaxSample], or [uv.NoLimit] for all, which
	// takes 20 to 40 bytes each; 0 stands for MaxSample, or for NoLimit where Exact is that. Up to that many,
	// [Table.Moved] is exact.
	Sample int
	// Exact is how many visitors of each worker are counted exactly; 0 stands for 256, and [uv.NoLimit] is for all.
	Exact int
	// Precision is that of the sketch which counts a worker's visitors from there, in [uv.MinPrecision,
	// uv.MaxPrecision]; 0 stands for 12.
	Precision uint8
}

func (o Options) withDefaults() Options {
	if o.Workers == 0 {
		o.Workers = MaxWorkers
	}
	if o.Sample == 0 {
		o.Sample = MaxSample
		if o.Exact == uv.NoLimit {
			o.Sample = uv.NoLimit
		}
	}
	if o.Exact == 0 {
		o.Exact = 256
	}
	if o.Precision == 0 {
		o.Precision = 12
	}
	return o
}

// A Table measures how hits are shared among workers. Make one with [New] or [Table.UnmarshalBinary].
//
// Memory is bounded: with the usual options 2 MiB for the sample, at most 4.7 KiB for each of 1,000 workers, and
// 0.3 MiB for what is known of workers without a row; twice as much of the sample while it grows. While there are fewer
// workers and visitors it is less.
//
// A Table is not safe for concurrent use and must not be copied.
type Table struct {
	opts          Options
	workers       *topk.Table[worker]
	rest          *uv.Counter // visitors at workers without a row, while they had none
	sample        sample
	pageViews     uint64
	withoutWorker Without
}

// Without counts the hits that name no worker: those that a proxy answers on its own, for one.
type Without struct {
	Hits      uint64
	PageViews uint64
}

// A worker is what is known of one worker beside its hits.
type worker struct {
	tag       uint32 // tagOf its name once it was needed, noTag before
	pageViews uint64
	visitors  *uv.Counter // among the page views
}

// New returns an empty table. It panics if an option is outside its range.
func New(opts Options) *Table {
	opts = opts.withDefaults()
	if opts.Workers < 1 || opts.Workers > MaxWorkers || opts.Sample < 1 && opts.Sample != uv.NoLimit || opts.Sample > MaxSample {
		panic("BUG: balance: options outside their range")
	}
	t := &Table{opts: opts, sample: sample{limit: opts.Sample}}
	t.rest = opts.newCounter()
	t.workers = topk.New(opts.Workers, opts.newWorker)
	return t
}

func (o Options) newCounter() *uv.Counter { return uv.NewCounter(o.Exact, o.Precision) }

func (o Options) newWorker() *worker { return &worker{visitors: o.newCounter()} }

// Add counts a hit that a worker has answered. visitor is the hash of who made it, if hasVisitor. An empty name, and
// "-", is no worker. The name's bytes are copied if need be; names longer than [topk.MaxKeyLen] bytes are cut.
//
// Add does not allocate for a worker with a row, but to grow the sample or a visitor counter.
func (t *Table) Add(name []byte, visitor uint64, hasVisitor, pageView bool) {
	if len(name) == 0 || len(name) == 1 && name[0] == '-' {
		t.withoutWorker.Hits++
		if pageView {
			t.withoutWorker.PageViews++
		}
		return
	}
	w := t.workers.Touch(name)
	if !pageView {
		return
	}
	t.pageViews++
	visitors := t.rest
	if w != nil {
		w.pageViews++
		visitors = w.visitors
	}
	if !hasVisitor {
		return
	}
	visitors.Add(visitor)
	if !t.sample.keeps(visitor) {
		return
	}
	var tag uint32
	if w == nil {
		tag = tagOf(name)
	} else {
		if w.tag == noTag {
			w.tag = tagOf(name)
		}
		tag = w.tag
	}
	t.sample.add(visitor, tag)
}

// tagOf returns what stands for a worker in the sample: the low half of the XXH3 hash of its name, never one of the
// values that mean something else.
func tagOf(name []byte) uint32 {
	if len(name) > topk.MaxKeyLen {
		name = name[:topk.MaxKeyLen]
	}
	if tag := uint32(xxh3.Hash(name)); tag != noTag && tag != movedTag {
		return tag
	}
	return minTag
}

// Merge adds what other has counted. It takes the smaller sample of the two, for each worker that both know the
// smaller exact limit and precision, and keeps its number of workers. other is not changed; it may be nil, but not t.
//
// As long as all workers have rows, the result is what one table would have counted.
func (t *Table) Merge(other *Table) error {
	if other == nil {
		return nil
	}
	if other == t {
		return errors.New("balance: merge a table with itself")
	}
	if err := t.workers.Merge(other.workers, mergeWorker); err != nil {
		return err
	}
	if err := t.rest.Merge(other.rest); err != nil {
		return err
	}
	t.sample.merge(&other.sample)
	t.pageViews += other.pageViews
	t.withoutWorker.Hits += other.withoutWorker.Hits
	t.withoutWorker.PageViews += other.withoutWorker.PageViews
	return nil
}

func mergeWorker(dst, src *worker) error {
	dst.pageViews += src.pageViews
	return dst.visitors.Merge(src.visitors)
}

// Clone returns an independent copy.
func (t *Table) Clone() *Table {
	c := *t
	c.workers = t.workers.Clone(func(w *worker) *worker {
		return &worker{tag: w.tag, pageViews: w.pageViews, visitors: w.visitors.Clone()}
	})
	c.rest = t.rest.Clone()
	c.sample = t.sample.clone()
	return &c
}
