package cmd

import (
	"fmt"
	"time"

	"github.com/loadx/loadx/cmd/live"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/gate"
)

const (
	// statusEvery is how often the live view is drawn: more often than one reads, seldom enough to cost nothing.
	statusEvery = 200 * time.Millisecond
	// snapshotEvery is how often the profile so far is taken: for the gates, the checkpoint and what stops the run.
	snapshotEvery = time.Second
	// snapshotShare is the most of the time that taking it may need: of a plan with very many users it is taken less often.
	snapshotShare = 0.1
)

// watch shows how far the attack is, writes the checkpoints and stops what can't be met any more, until the returned
// function is called. What keeps a checkpoint from being written is told at once and again, by the last write, at the end.
func (r *attackRun) watch() (stop func()) {
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		w := attackWatch{run: r, status: newStatus(r.env), saving: r.ready.saver != nil}
		w.view = live.Attack{Command: r.command(), What: r.what()}
		defer w.status.clear()
		tick := time.NewTicker(statusEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				w.look()
			}
		}
	}()
	return func() { close(done); <-gone }
}

// An attackWatch is what the watching goroutine keeps.
type attackWatch struct {
	run    *attackRun
	status *status
	view   live.Attack
	saving bool
	next   time.Time // when the next snapshot is due
}

// look does what is due by now.
func (w *attackWatch) look() {
	r := w.run
	due := w.status.due()
	now := time.Now()
	if w.next.IsZero() {
		w.next = now.Add(snapshotEvery)
	}
	// Plain lines are so seldom that their snapshots cost nothing.
	wanted := w.status.live() || w.saving || r.abort.watches()
	if due && !w.status.live() || wanted && !now.Before(w.next) {
		w.snapshot()
		took := time.Since(now)
		w.next = now.Add(max(snapshotEvery, time.Duration(float64(took)/snapshotShare)))
	}
	if due {
		w.view.Now = r.attack.Progress()
		w.status.show(w.view.Lines, w.view.Text)
	}
}

// snapshot takes the profile so far and hands it to all that look at it.
func (w *attackWatch) snapshot() {
	r := w.run
	p, err := r.attack.Snapshot()
	if err != nil || p == nil {
		return // the run's end tells what is wrong
	}
	w.view.Timeline, w.view.Gates = p.Timeline, standing(gate.WithDefaults(r.ready.gates, p), p)
	if w.saving {
		if err := r.checkpoint(p); err != nil {
			w.saving = false
			fmt.Fprintf(r.env.Stderr, "loadx: %s; the run goes on\n", oneLine(err))
		}
	}
	if r.abort.watches() {
		// Its look cuts the profile down to the last seconds, the timeline stays whole.
		r.abort.look(r.attack, p)
	}
}

// standing says how each gate stands.
func standing(gates []gate.Gate, p *profile.Profile) []live.Gate {
	var all []live.Gate
	for _, g := range gates {
		s, actual := g.Stand(p)
		all = append(all, live.Gate{Expr: g.Source(), Standing: s, Actual: actual})
	}
	return all
}

// checkpoint saves the profile so far.
func (r *attackRun) checkpoint(p *profile.Profile) error {
	p.MadeBy, p.Gates = Version(), nil
	for _, g := range r.ready.gates {
		p.Gates = append(p.Gates, g.Source())
	}
	// Whoever finds this checkpoint as the last one is told that the run did not end; nobody interrupted it.
	p.Interrupted = false
	return r.ready.saver.Checkpoint(p)
}
