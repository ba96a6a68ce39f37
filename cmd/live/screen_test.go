package live_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/loadx/loadx/cmd/live"
)

func lines(texts ...string) []live.Line {
	var all []live.Line
	for _, s := range texts {
		all = append(all, live.Line{{Text: s}})
	}
	return all
}

// A redraw goes back to where the block began, and nothing else moves the cursor.
func TestScreen(t *testing.T) {
	var out bytes.Buffer
	width, height := 21, 4
	s := live.NewScreen(&out, func() (int, int) { return width, height })
	said := func(what, want string) {
		t.Helper()
		if out.String() != want {
			t.Errorf("%s: %q, want %q", what, out.String(), want)
		}
		out.Reset()
	}
	if s.Clear() {
		t.Error("there was nothing to clear")
	}
	said("nothing", "")
	s.Draw(lines("one", "two", "three"))
	said("the first time", "one\x1b[K\r\ntwo\x1b[K\r\nthree\x1b[K\x1b[J")
	s.Draw(lines("1", strings.Repeat("x", 30)))
	said("again", "\r\x1b[2A1\x1b[K\r\n"+strings.Repeat("x", 12)+"…"+strings.Repeat("x", 7)+"\x1b[K\x1b[J")
	width = 11 // what was 20 columns wide takes two rows now
	s.Draw(lines("a", "b", "c", "d", "e"))
	said("narrower", "\r\x1b[2Aa\x1b[K\r\nb\x1b[K\r\nc\x1b[K\x1b[J")
	io.WriteString(s, "a message\n")
	said("a message", "\r\x1b[2A\x1b[Ja message\n")
	io.WriteString(s, "another\n")
	said("a message without a block", "another\n")
	s.Draw([]live.Line{{{Text: "FAIL", Style: live.Bad}, {Text: " x\x1b"}}})
	said("in colour", "\x1b[31mFAIL\x1b[0m x\\x1b\x1b[K\x1b[J")
	if !s.Clear() || s.Clear() {
		t.Error("there was a block, once")
	}
	said("the end", "\r\x1b[J")
}

var errFull = errors.New("the device is full")

// A fullWriter takes so many bytes and then fails.
type fullWriter struct{ room int }

func (w *fullWriter) Write(b []byte) (int, error) {
	n := min(len(b), w.room)
	w.room -= n
	if n < len(b) {
		return n, errFull
	}
	return n, nil
}

// A terminal that fails at whatever byte stops no attack, and messages tell of it.
func TestScreenOfAFailingTerminal(t *testing.T) {
	a := underWay()
	for room := range 3000 {
		s := live.NewScreen(&fullWriter{room}, func() (int, int) { return 0, 0 })
		s.Draw(a.Lines(s.Size()))
		s.Draw(a.Lines(s.Size()))
		if _, err := s.Write([]byte(strings.Repeat("x", 3000))); !errors.Is(err, errFull) {
			t.Fatalf("with room for %d: %v", room, err)
		}
		s.Clear()
	}
}

// Messages and redraws from several goroutines never mix.
func TestScreenFromManyGoroutines(t *testing.T) {
	var out bytes.Buffer // of which the screen is the only user
	s := live.NewScreen(&out, func() (int, int) { return 80, 24 })
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 100 {
				s.Draw(lines("one", "two"))
				io.WriteString(s, "message\n")
			}
		})
	}
	all.Wait()
	s.Clear()
	rest := strings.NewReplacer("one\x1b[K\r\ntwo\x1b[K\x1b[J", "", "\r\x1b[1A", "", "\x1b[J", "", "message\n", "").Replace(out.String())
	if rest != "" || strings.Count(out.String(), "message\n") != 400 {
		t.Errorf("%.200q", rest)
	}
}
