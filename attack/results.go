package attack

import (
	"bufio"
	"fmt"
	"io"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// resultsBuffer is how many results wait for the writer at most; then hits wait for it.
const resultsBuffer = 4096

// A results writes what `vegeta report` and `vegeta plot` read: a gob stream with one vegeta.Result a sent hit, in the
// order in which the hits end. vegeta's plot needs sequence numbers without gaps from 0 and timestamps that grow with
// them, so that both are drawn together.
type results struct {
	name  string
	epoch time.Time

	mu   sync.Mutex
	next uint64

	queue chan vegeta.Result
	gone  chan struct{}
	err   error // the first failure; read it after gone
}

// newResults starts a writer; the caller ends it by finish.
func newResults(w io.Writer, name string, epoch time.Time) *results {
	r := &results{name: name, epoch: epoch, queue: make(chan vegeta.Result, resultsBuffer), gone: make(chan struct{})}
	go r.write(w)
	return r
}

// depart draws the sequence number and the instant of a hit that is about to be sent.
func (r *results) depart() (seq uint64, sent time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seq = r.next
	r.next++
	return seq, time.Since(r.epoch)
}

// add writes the result of a hit that departed; it waits while the writer is behind.
func (r *results) add(res vegeta.Result) {
	res.Attack = r.name
	r.queue <- res
}

func (r *results) write(w io.Writer) {
	defer close(r.gone)
	out := bufio.NewWriterSize(w, 64<<10)
	encode := vegeta.NewEncoder(out)
	var written uint64
	for res := range r.queue {
		if r.err != nil {
			continue
		}
		if err := encode(&res); err != nil {
			r.err = fmt.Errorf("attack: results: after %d of them: %w", written, err)
			continue
		}
		written++
	}
	if err := out.Flush(); r.err == nil && err != nil {
		r.err = fmt.Errorf("attack: results: %w", err)
	}
}

// finish writes what waits and returns the first failure. Nothing may be added afterwards.
func (r *results) finish() error {
	close(r.queue)
	<-r.gone
	return r.err
}
