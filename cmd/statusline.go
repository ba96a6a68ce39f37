package cmd

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// A statusLine shows how far a command is: redrawn in place on a terminal, else a plain line every ten seconds. It is
// safe for concurrent use.
type statusLine struct {
	w     io.Writer
	width int
	live  bool
	now   func() time.Time

	mu    sync.Mutex
	shown bool
	last  time.Time
}

const plainEvery = 10 * time.Second

func newStatusLine(env *Env) *statusLine {
	return &statusLine{w: env.Stderr, width: env.StderrWidth, live: env.live(), now: env.Now, last: env.Now()}
}

// show writes the present state in place of the last one.
func (l *statusLine) show(text string) {
	text = harmless(text)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.live {
		if now := l.now(); now.Sub(l.last) >= plainEvery {
			l.last = now
			fmt.Fprintf(l.w, "loadx: %s\n", text)
		}
		return
	}
	runes := []rune(text)
	if room := l.width - 1; len(runes) > room {
		runes = runes[:room]
	}
	fmt.Fprintf(l.w, "\r\x1b[2K%s", string(runes))
	l.shown = true
}

// clear removes the line, so that what follows stands alone.
func (l *statusLine) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shown {
		fmt.Fprint(l.w, "\r\x1b[2K")
		l.shown = false
	}
}
