package input

import (
	"context"
	"io"
)

// What one stream reads ahead at most: aheadChunks × chunkBytes = 2 MiB. Where a
// decompressor and the parsers want more processors than there are, each goes on
// until it has nothing to do; with less ahead both often have nothing to do.
const (
	chunkBytes  = 256 << 10
	aheadChunks = 8
)

// chunk is a piece of text and the error that came behind it.
type chunk struct {
	buffer []byte // the whole buffer, to be given back
	text   []byte
	err    error
}

// readAhead is a goroutine that reads a text before it is asked for: it lets
// a decompressor run beside the parsers, and a blocked read be left alone.
type readAhead struct {
	full    chan chunk
	free    chan []byte
	done    chan struct{}
	current chunk
}

// startAhead reads the text that open returns until its end or until ctx is
// done. With fill it hands over full chunks only, which is cheap; without it
// whatever a read returns, which a slow pipe needs.
func startAhead(ctx context.Context, fill bool, open func() (io.Reader, func(), error)) *readAhead {
	a := &readAhead{
		full: make(chan chunk, aheadChunks),
		free: make(chan []byte, aheadChunks),
		done: make(chan struct{}),
	}
	for range aheadChunks {
		a.free <- nil // allocated when first used
	}
	go func() {
		defer close(a.done)
		defer close(a.full)
		text, closeText, err := open()
		if err != nil {
			a.full <- chunk{err: err} // empty channel: never blocks
			return
		}
		defer closeText()
		a.run(ctx, fill, text)
	}()
	return a
}

func (a *readAhead) run(ctx context.Context, fill bool, text io.Reader) {
	for {
		var c chunk
		select {
		case c.buffer = <-a.free:
		case <-ctx.Done():
			return
		}
		if c.buffer == nil {
			c.buffer = make([]byte, chunkBytes)
		}
		n := 0
		for n < len(c.buffer) && c.err == nil && (n == 0 || fill) && ctx.Err() == nil {
			var m int
			m, c.err = text.Read(c.buffer[n:])
			n += m
		}
		c.text = c.buffer[:n]
		a.full <- c // room for every buffer there is: never blocks
		if c.err != nil {
			return
		}
	}
}

// read returns text that was read ahead, waiting for it if there is none.
func (a *readAhead) read(ctx context.Context, p []byte) (int, error) {
	for len(a.current.text) == 0 {
		if a.current.err != nil {
			return 0, a.current.err
		}
		if a.current.buffer != nil {
			a.free <- a.current.buffer // room for every buffer there is: never blocks
			a.current.buffer = nil
		}
		// A text that is there must not win over a context that is done.
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		select {
		case c, ok := <-a.full:
			if !ok {
				return 0, ctx.Err()
			}
			a.current = c
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	n := copy(p, a.current.text)
	a.current.text = a.current.text[n:]
	return n, nil
}

// wait returns when the goroutine has ended.
func (a *readAhead) wait() { <-a.done }
