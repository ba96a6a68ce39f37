package input

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

// naiveLines is the oracle: lines by bufio.Reader, the long ones left out.
func naiveLines(t testing.TB, text []byte, maxLine int) (lines map[int64]string, read, overlong, first int64) {
	t.Helper()
	lines = make(map[int64]string)
	r := bufio.NewReader(bytes.NewReader(text))
	for {
		line, err := r.ReadString('\n')
		if line != "" {
			read++
			if len(strings.TrimSuffix(line, "\n")) > maxLine {
				overlong++
				if first == 0 {
					first = read
				}
			} else {
				lines[read] = line
			}
		}
		if err == io.EOF {
			return lines, read, overlong, first
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// choppy returns random amounts of its text from each read.
type choppy struct {
	text []byte
	rng  *rand.Rand
}

func (c *choppy) Read(p []byte) (int, error) {
	if len(c.text) == 0 {
		return 0, io.EOF
	}
	n := min(1+c.rng.IntN(40), len(p), len(c.text))
	copy(p, c.text[:n])
	c.text = c.text[n:]
	return n, nil
}

func openReader(t testing.TB, r io.Reader) *Stream {
	t.Helper()
	stream, err := FromReader("test", r).Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stream.Close(); err != nil {
			t.Error(err)
		}
	})
	return stream
}

// checkBlocks drains blocks and holds every line, number and offset against
// the naive reading of text.
func checkBlocks(t testing.TB, blocks *Blocks, text []byte, maxLine int) {
	t.Helper()
	want, read, overlong, first := naiveLines(t, text, maxLine)
	got := 0
	for {
		block, err := blocks.Next(t.Context())
		if err != nil {
			if err != io.EOF || block != nil {
				t.Fatalf("Next at the end = %v, %v", block, err)
			}
			break
		}
		if end := block.Offset + int64(len(block.Data)); end > int64(len(text)) || !bytes.Equal(text[block.Offset:end], block.Data) {
			t.Fatalf("block at line %d is not the text at its offset %d", block.FirstLine, block.Offset)
		}
		n := int64(0)
		for line := range bytes.Lines(block.Data) {
			if want[block.FirstLine+n] != string(line) {
				t.Fatalf("line %d is %q, want %q", block.FirstLine+n, line, want[block.FirstLine+n])
			}
			n++
			got++
		}
		if n == 0 || n != block.Lines {
			t.Fatalf("block says %d lines and has %d", block.Lines, n)
		}
		if block.Unterminated != !bytes.HasSuffix(block.Data, newline) {
			t.Fatalf("unterminated = %v for %q", block.Unterminated, block.Data)
		}
		block.Release()
	}
	if got != len(want) {
		t.Fatalf("%d lines delivered, want %d", got, len(want))
	}
	if c := (LineCounts{read, overlong, first}); blocks.Counts() != c {
		t.Fatalf("counts %+v, want %+v", blocks.Counts(), c)
	}
}

func FuzzBlocks(f *testing.F) {
	f.Add([]byte(""), uint8(8), uint8(16), uint64(1))
	f.Add([]byte("\n"), uint8(1), uint8(1), uint64(1))
	f.Add([]byte("no newline"), uint8(4), uint8(9), uint64(2))
	f.Add([]byte("exactly10!\nexactly10!"), uint8(4), uint8(10), uint64(2))
	f.Add([]byte("a\r\n\r\nbb\n\nccc"), uint8(3), uint8(4), uint64(3))
	f.Add([]byte(strings.Repeat("x", 100)+"\nshort\n"+strings.Repeat("y", 17)), uint8(8), uint8(16), uint64(4))
	f.Add([]byte("a\n"+strings.Repeat("long", 30)), uint8(8), uint8(20), uint64(5))
	f.Fuzz(func(t *testing.T, text []byte, blockBytes, maxLine uint8, seed uint64) {
		if _, err := sniff(text); err != nil || bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
			t.Skip("not a plain text")
		}
		if c, _ := sniff(text); c != Uncompressed {
			t.Skip("not a plain text")
		}
		plain := bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		longest := int(maxLine)
		if longest == 0 {
			longest = MaxLine
		}
		pool := NewPool(PoolOptions{Blocks: 1, BlockBytes: int(blockBytes), MaxLine: int(maxLine)})
		stream := openReader(t, &choppy{text, rand.New(rand.NewPCG(seed, 0))})
		checkBlocks(t, NewBlocks(stream, pool), plain, longest)
	})
}

func TestBlocksRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		var text []byte
		for range rng.IntN(200) {
			text = append(text, bytes.Repeat([]byte{byte('a' + rng.IntN(26))}, rng.IntN(1+rng.IntN(90)))...)
			if rng.IntN(20) > 0 {
				text = append(text, '\n')
			}
		}
		maxLine := 1 + rng.IntN(100)
		pool := NewPool(PoolOptions{Blocks: 2, BlockBytes: 1 + rng.IntN(200), MaxLine: maxLine})
		checkBlocks(t, NewBlocks(openReader(t, &choppy{text, rng}), pool), text, maxLine)
	}
}

func TestBlocksLineLimit(t *testing.T) {
	line := func(n int) string { return strings.Repeat("z", n) + "\n" }
	for _, n := range []int{MaxLine - 1, MaxLine, MaxLine + 1, 5 * MaxLine} {
		text := []byte("first\n" + line(n) + "third\n" + line(n) + line(100) + strings.TrimSpace(line(n)))
		blocks := NewBlocks(openReader(t, bytes.NewReader(text)), NewPool(PoolOptions{Blocks: 1}))
		checkBlocks(t, blocks, text, MaxLine)
		want := LineCounts{Read: 6}
		if n > MaxLine {
			want.Overlong, want.FirstOverlong = 3, 2
		}
		if blocks.Counts() != want {
			t.Errorf("lines of %d bytes: counts %+v, want %+v", n, blocks.Counts(), want)
		}
	}
}

func TestBlocksConcurrently(t *testing.T) {
	var text []byte
	const lines = 50_000
	for i := range lines {
		text = fmt.Appendf(text, "%d\n", i+1)
	}
	const workers = 4
	pool := NewPool(PoolOptions{Blocks: workers, BlockBytes: 1 << 10})
	blocks := NewBlocks(openReader(t, bytes.NewReader(text)), pool)
	var mu sync.Mutex
	seen := make([]bool, lines+1)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				block, err := blocks.Next(t.Context())
				if err != nil {
					if err != io.EOF {
						t.Error(err)
					}
					return
				}
				number := block.FirstLine
				for line := range bytes.Lines(block.Data) {
					if string(line) != fmt.Sprintln(number) {
						t.Errorf("line %d holds %q", number, line)
					}
					mu.Lock()
					if seen[number] {
						t.Errorf("line %d came twice", number)
					}
					seen[number] = true
					mu.Unlock()
					number++
				}
				block.Release()
			}
		})
	}
	wg.Wait()
	for i, ok := range seen[1:] {
		if !ok {
			t.Fatalf("line %d is missing", i+1)
		}
	}
	if made := int64(workers) - pool.unmade.Load(); made > workers {
		t.Errorf("%d blocks made, bound is %d", made, workers)
	}
}

func TestPoolIsBounded(t *testing.T) {
	pool := NewPool(PoolOptions{Blocks: 2, BlockBytes: 4})
	blocks := NewBlocks(openReader(t, strings.NewReader("aaa\nbbb\nccc\n")), pool)
	first, err := blocks.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = blocks.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error)
	go func() {
		_, err := blocks.Next(ctx)
		waiting <- err
	}()
	cancel()
	if err := <-waiting; !errors.Is(err, context.Canceled) {
		t.Fatalf("third block with two out: %v", err)
	}
	first.Release()
	third, err := blocks.Next(t.Context())
	if err != nil || string(third.Data) != "ccc\n" || third.FirstLine != 3 {
		t.Fatalf("after a release: %+v, %v", third, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a second release passed")
		}
	}()
	third.Release()
	third.Release()
}

func TestBlocksDeliverBeforeAnError(t *testing.T) {
	broken := errors.New("cable cut")
	r := io.MultiReader(strings.NewReader("one\ntwo\nthr"), iotest.ErrReader(broken))
	blocks := NewBlocks(openReader(t, r), NewPool(PoolOptions{}))
	block, err := blocks.Next(t.Context())
	if err != nil || string(block.Data) != "one\ntwo\nthr" || !block.Unterminated || block.Lines != 3 {
		t.Fatalf("%+v, %v", block, err)
	}
	for range 2 {
		if _, err := blocks.Next(t.Context()); !errors.Is(err, broken) || err.Error() != "input: test: cable cut" {
			t.Fatalf("end of a broken stream: %v", err)
		}
	}
}

// cancelling calls cancel when it is asked for more than its text.
type cancelling struct {
	io.Reader
	cancel context.CancelFunc
}

func (c *cancelling) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err == io.EOF {
		c.cancel()
		return 0, nil
	}
	return n, err
}

// A line that is cut only because the reading was called off is no line.
func TestCancelledBlocksEndAtALine(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	source := Source{Name: "test", reader: &cancelling{strings.NewReader("a whole line\nhalf a li"), cancel}}
	stream, err := source.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	blocks := NewBlocks(stream, NewPool(PoolOptions{}))
	block, err := blocks.Next(t.Context())
	if err != nil || string(block.Data) != "a whole line\n" || block.Unterminated {
		t.Fatalf("%+v, %v", block, err)
	}
	if _, err := blocks.Next(t.Context()); !errors.Is(err, context.Canceled) {
		t.Fatalf("end of a cancelled stream: %v", err)
	}
	if c := blocks.Counts(); c != (LineCounts{Read: 1}) {
		t.Errorf("counts %+v", c)
	}
}
