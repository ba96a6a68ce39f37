package cmd

import (
	"fmt"
	"io"
	"time"

	"github.com/loadx/loadx/cmd/live"
)

// A status shows how far a command is: a block of lines that is redrawn in place on a terminal, else a plain line every
// ten seconds. It is not safe for concurrent use.
type status struct {
	w      io.Writer
	screen *live.Screen // nil without a terminal
	now    func() time.Time
	last   time.Time
}

const plainEvery = 10 * time.Second

func newStatus(env *Env) *status {
	return &status{w: env.Stderr, screen: env.screen, now: env.Now, last: env.Now()}
}

// live says whether the status is redrawn in place.
func (s *status) live() bool { return s.screen != nil }

// due says whether there is anything to show by now: always on a terminal.
func (s *status) due() bool { return s.live() || s.now().Sub(s.last) >= plainEvery }

// show shows a state that is due: lines for the room that there is, or one line of text.
func (s *status) show(lines func(width, height int) []live.Line, text func() string) {
	if s.live() {
		s.screen.Draw(lines(s.screen.Size()))
		return
	}
	s.last = s.now()
	fmt.Fprintf(s.w, "loadx: %s\n", harmless(text()))
}

// clear takes the block away, so that what follows stands alone.
func (s *status) clear() {
	if s.live() {
		s.screen.Clear()
	}
}
