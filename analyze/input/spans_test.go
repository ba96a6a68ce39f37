package input

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// A splitting is how a text is read in spans.
type splitting struct {
	readers    int
	sizes      spanSizes
	blockBytes int
	maxLine    int
	whole      int // blocks drawn before the split
}

// tiny is a splitting that cuts inside everything.
func tiny(rng *rand.Rand) splitting {
	smallest := 1 + rng.Int64N(40)
	return splitting{
		readers:    1 + rng.IntN(6),
		sizes:      spanSizes{smallest: smallest, largest: smallest + rng.Int64N(60), most: 1 << 30},
		blockBytes: 1 + rng.IntN(50),
		maxLine:    1 + rng.IntN(60),
		whole:      rng.IntN(4),
	}
}

func writeText(t testing.TB, text []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func openPath(t testing.TB, name string) *Stream {
	t.Helper()
	files, err := Expand([]string{name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := files.Sources[0].Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stream.Close() })
	return stream
}

// openAt opens a file as standard input that stands somewhere in it.
func openAt(t testing.TB, name string, at int64) (*Stream, *os.File) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if _, err := file.Seek(at, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	return openReader(t, file), file
}

// got is what readers of blocks and spans were given.
type got struct {
	mu    sync.Mutex
	t     testing.TB
	text  []byte
	lines []placed
}

// placed is a line, its number in its part, and where it is.
type placed struct {
	part   int
	number int64
	offset int64
	line   string
}

// take notes the lines of a block and checks what the block says of itself.
func (g *got) take(b *Block) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if end := b.Offset + int64(len(b.Data)); len(b.Data) == 0 || end > int64(len(g.text)) || !bytes.Equal(g.text[b.Offset:end], b.Data) {
		g.t.Errorf("%q of part %d is not the text at its offset %d", b.Data, b.Part, b.Offset)
	}
	if b.Unterminated != !bytes.HasSuffix(b.Data, newline) {
		g.t.Errorf("unterminated = %v for %q", b.Unterminated, b.Data)
	}
	number, offset := b.FirstLine, b.Offset
	for line := range bytes.Lines(b.Data) {
		g.lines = append(g.lines, placed{b.Part, number, offset, string(line)})
		number++
		offset += int64(len(line))
	}
	if number != b.FirstLine+b.Lines {
		g.t.Errorf("block says %d lines and has %d", b.Lines, number-b.FirstLine)
	}
}

// drainSpans reads all spans by as many goroutines as they are for.
func drainSpans(ctx context.Context, spans *Spans, s splitting, take func(*Block)) error {
	errs := make([]error, s.readers)
	var wg sync.WaitGroup
	for i := range s.readers {
		wg.Go(func() {
			pool := NewPool(PoolOptions{Blocks: 1, BlockBytes: s.blockBytes, MaxLine: s.maxLine})
			for {
				span, err := spans.Next(ctx, pool)
				for err == nil {
					var block *Block
					if block, err = span.Next(ctx); block != nil {
						take(block)
						block.Release()
					}
				}
				if span == nil || err != io.EOF {
					errs[i] = err
					return
				}
			}
		})
	}
	wg.Wait()
	for i, err := range errs {
		if err == io.EOF {
			errs[i] = nil
		}
	}
	return errors.Join(errs...)
}

// checkSpans reads a stream as the splitting says and holds everything against
// the naive reading of its text. It reports whether there were spans at all.
func checkSpans(t testing.TB, stream *Stream, text []byte, s splitting) (split bool) {
	t.Helper()
	want, read, overlong, first := naiveLines(t, text, s.maxLine)
	g := &got{t: t, text: text}
	blocks := NewBlocks(stream, NewPool(PoolOptions{Blocks: 1, BlockBytes: s.blockBytes, MaxLine: s.maxLine}))
	for range s.whole {
		block, err := blocks.Next(t.Context())
		if err != nil {
			break
		}
		g.take(block)
		block.Release()
	}
	spans := blocks.split(s.readers, s.sizes)
	counts, linesBefore := blocks.Counts, func(int) (int64, bool) { return 0, true }
	if spans == nil {
		for {
			block, err := blocks.Next(t.Context())
			if err != nil {
				break
			}
			g.take(block)
			block.Release()
		}
	} else {
		if _, err := blocks.Next(t.Context()); err != io.EOF {
			t.Fatalf("Next behind a split: %v", err)
		}
		if err := drainSpans(t.Context(), spans, s, g.take); err != nil {
			t.Fatal(err)
		}
		spans.Close()
		counts, linesBefore = spans.Counts, spans.LinesBefore
	}
	if c := (LineCounts{read, overlong, first}); counts() != c {
		t.Fatalf("%+v: counts %+v, want %+v", s, counts(), c)
	}
	seen := make(map[int64]bool)
	for _, l := range g.lines {
		before, ok := linesBefore(l.part)
		number := before + l.number
		if !ok || seen[number] || want[number] != l.line {
			t.Fatalf("%+v: line %d (%d of part %d, at %d) is %q, want %q", s, number, l.number, l.part, l.offset, l.line, want[number])
		}
		seen[number] = true
	}
	if len(seen) != len(want) {
		t.Fatalf("%+v: %d lines delivered, want %d", s, len(seen), len(want))
	}
	progress := stream.Progress()
	if progress.Consumed != progress.Total || progress.Text != int64(len(text)) {
		t.Fatalf("%+v: progress at the end of %d bytes of text: %+v", s, len(text), progress)
	}
	wantID, wantOK := originOf(text)
	if id, ok := stream.Origin(); id != wantID || ok != wantOK {
		t.Fatalf("%+v: origin %q, %v, want %q, %v", s, id, ok, wantID, wantOK)
	}
	return spans != nil
}

// originOf is the origin of a text read in one piece.
func originOf(text []byte) (string, bool) {
	o := origin{complete: true}
	o.add(text)
	return o.id()
}

// randomText is of lines of all lengths, some of them long, empty, or with CRLF,
// mostly with a newline at its end.
func randomText(rng *rand.Rand, lines int) []byte {
	var text []byte
	for i := range lines {
		switch rng.IntN(8) {
		case 0:
		case 1:
			text = append(text, bytes.Repeat([]byte{byte('a' + rng.IntN(26))}, rng.IntN(300))...)
		case 2:
			text = append(text, '\r')
		default:
			text = fmt.Appendf(text, "line %d", i)
		}
		if rng.IntN(4) == 0 {
			text = append(text, '\r')
		}
		text = append(text, '\n')
	}
	if rng.IntN(3) == 0 {
		text = append(text, "no newline here"[:1+rng.IntN(14)]...)
	}
	return text
}

const byteOrderMark = "\xef\xbb\xbf"

func TestSpansRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	split := 0
	for range 400 {
		text := randomText(rng, rng.IntN(120))
		if c, err := sniff(text); c != Uncompressed || err != nil {
			continue
		}
		content := text
		if rng.IntN(3) == 0 {
			content = append([]byte(byteOrderMark), text...)
		}
		if checkSpans(t, openPath(t, writeText(t, content)), text, tiny(rng)) {
			split++
		}
	}
	if split < 100 {
		t.Errorf("only %d texts were split", split)
	}
}

// Standard input may be a file that stands anywhere, also inside a line.
func TestSpansOfStandardInput(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for range 100 {
		content := randomText(rng, 100)
		at := rng.IntN(len(content))
		text := content[at:]
		if rng.IntN(2) == 0 {
			content = append(append(bytes.Clone(content[:at]), byteOrderMark...), text...)
		}
		stream, file := openAt(t, writeText(t, content), int64(at))
		checkSpans(t, stream, text, tiny(rng))
		if now, err := file.Seek(0, io.SeekCurrent); now != int64(len(content)) || err != nil {
			t.Fatalf("standard input of %d bytes stands at %d behind the reading, %v", len(content), now, err)
		}
	}
}

func FuzzSpans(f *testing.F) {
	f.Add([]byte("a\r\n\r\nbb\n\nccc"), uint64(1))
	f.Add([]byte(strings.Repeat("x", 100)+"\nshort\n"+strings.Repeat("y", 17)), uint64(2))
	f.Add([]byte(strings.Repeat("\n", 200)), uint64(3))
	f.Add([]byte(byteOrderMark+strings.Repeat("ab\n", 50)), uint64(4))
	f.Add([]byte(strings.Repeat("four\n", 40)+strings.Repeat("long", 30)), uint64(5))
	f.Fuzz(func(t *testing.T, content []byte, seed uint64) {
		if c, err := sniff(content); err != nil || c != Uncompressed {
			t.Skip("not a plain text")
		}
		if p := newPeeked(bytes.NewReader(content), sniffLength); p.skipMark() != nil {
			t.Skip("not a plain text")
		}
		text := bytes.TrimPrefix(content, []byte(byteOrderMark))
		checkSpans(t, openPath(t, writeText(t, content)), text, tiny(rand.New(rand.NewPCG(seed, 0))))
	})
}

// A file of the usual sizes, with lines longer than a span and than MaxLine.
func TestSpansOfUsualSizes(t *testing.T) {
	var text []byte
	for i := range 60_000 {
		text = fmt.Appendf(text, "this is line %d of a rather long text\n", i)
		switch i {
		case 20_000, 58_000:
			text = append(append(text, bytes.Repeat([]byte("x"), MaxLine+1)...), '\n')
		case 30_000:
			text = append(append(text, bytes.Repeat([]byte("y"), MaxLine)...), '\n')
		}
	}
	for _, readers := range []int{1, 2, 3, 7} {
		s := splitting{readers: readers, sizes: usualSpans, blockBytes: 256 << 10, maxLine: MaxLine, whole: 1}
		if !checkSpans(t, openPath(t, writeText(t, text)), text, s) {
			t.Fatal("not split")
		}
	}
}

// How many spans there are is bounded for any size.
func TestSpanSizes(t *testing.T) {
	for _, size := range []int64{512 << 10, 1 << 20, 100 << 20, 10 << 30, 1 << 40, 1 << 50} {
		for _, readers := range []int{1, 2, 64, 1024} {
			spans := &Spans{sizes: usualSpans, readers: readers, end: size}
			n := int64(0)
			for from := int64(0); from < size; n++ {
				from += spans.size(from)
			}
			shrinking := 4 * float64(readers) * (1 + math.Log(float64(size)/float64(usualSpans.smallest)))
			if n > usualSpans.most+int64(shrinking)+1 {
				t.Errorf("%d bytes for %d readers: %d spans", size, readers, n)
			}
			if last := spans.size(size); last != usualSpans.smallest {
				t.Errorf("%d bytes for %d readers: the last span has %d bytes", size, readers, last)
			}
		}
	}
}

func TestWhatIsNotSplit(t *testing.T) {
	text := bytes.Repeat([]byte("some line\n"), 1<<17)
	s := splitting{readers: 2, sizes: usualSpans, blockBytes: 64 << 10, maxLine: MaxLine, whole: 1}
	draw := func(stream *Stream) *Spans {
		blocks := NewBlocks(stream, NewPool(PoolOptions{Blocks: 1}))
		block, err := blocks.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		block.Release()
		return blocks.Split(2)
	}
	if draw(openPath(t, writeText(t, text))) == nil {
		t.Error("a large plain file is not split")
	}
	if draw(openPath(t, writeText(t, text[:usualSpans.smallest*2]))) != nil {
		t.Error("a small file is split")
	}
	if draw(openReader(t, bytes.NewReader(text))) != nil {
		t.Error("a reader is split")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		defer w.Close()
		_, _ = w.Write(text)
	}()
	checkPipe := openReader(t, r)
	if draw(checkPipe) != nil {
		t.Error("a pipe is split")
	}
	if draw(openPath(t, writeText(t, gzipped(t, text)))) != nil {
		t.Error("a compressed file is split")
	}
	if runtime.GOOS == "linux" {
		// A file that says it has no bytes, and has some.
		stream := openPath(t, "/proc/self/status")
		if draw(stream) != nil {
			t.Error("a file of unknown size is split")
		}
	}
	// Nothing is left of a stream that has ended.
	stream := openPath(t, writeText(t, []byte("one\n")))
	s.sizes.smallest, s.whole = 1, 5
	if checkSpans(t, stream, []byte("one\n"), s) {
		t.Error("a stream at its end is split")
	}
}

// A changing is a file that does something before a read.
type changing struct {
	io.ReaderAt
	before func(at int64) error
}

func (c *changing) ReadAt(p []byte, at int64) (int, error) {
	if err := c.before(at); err != nil {
		return 0, err
	}
	return c.ReaderAt.ReadAt(p, at)
}

// spansOf splits a file of lines of ten bytes into spans of 100 for some readers,
// behind the first block of 20 bytes.
func spansOf(t *testing.T, ctx context.Context, lines, readers int) (*Spans, *Stream, string, splitting) {
	t.Helper()
	var text []byte
	for i := range lines {
		text = fmt.Appendf(text, "%09d\n", i)
	}
	name := writeText(t, text)
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	stream, err := FromReader("test", file).Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	s := splitting{readers: readers, sizes: spanSizes{100, 100, 1 << 30}, blockBytes: 20, maxLine: 50}
	blocks := NewBlocks(stream, NewPool(PoolOptions{Blocks: 1, BlockBytes: s.blockBytes, MaxLine: s.maxLine}))
	block, err := blocks.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	block.Release()
	return blocks.split(readers, s.sizes), stream, name, s
}

func TestSpansOfAGrowingFile(t *testing.T) {
	spans, stream, name, s := spansOf(t, t.Context(), 100, 3)
	var once sync.Once
	spans.file = &changing{spans.file, func(at int64) error {
		if at > 500 {
			once.Do(func() {
				f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
				if err != nil {
					t.Error(err)
					return
				}
				fmt.Fprint(f, strings.Repeat("appended\n", 40))
				f.Close()
			})
		}
		return nil
	}}
	if err := drainSpans(t.Context(), spans, s, func(*Block) {}); err != nil {
		t.Fatal(err)
	}
	spans.Close()
	if c := spans.Counts(); c != (LineCounts{Read: 140}) {
		t.Errorf("counts %+v", c)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := originOf(text)
	if id, ok := stream.Origin(); id != want || !ok {
		t.Errorf("origin %q, %v, want %q", id, ok, want)
	}
	if p := stream.Progress(); p.Consumed != int64(len(text)) || p.Total != 1000 {
		t.Errorf("progress %+v", p)
	}
}

// What is left of a file that is cut short is read, and it has no origin: what
// the text was nobody knows.
func TestSpansOfAFileCutShort(t *testing.T) {
	for _, regrown := range []bool{false, true} {
		spans, stream, name, s := spansOf(t, t.Context(), 100, 1)
		var once sync.Once
		spans.file = &changing{spans.file, func(at int64) error {
			if at == 540 {
				once.Do(func() {
					if err := os.Truncate(name, 555); err != nil {
						t.Error(err)
					}
				})
			}
			if regrown && at == 620 {
				return os.Truncate(name, 1000) // zeros, but the span before is over
			}
			return nil
		}}
		if err := drainSpans(t.Context(), spans, s, func(*Block) {}); err != nil {
			t.Fatal(err)
		}
		spans.Close()
		if c := spans.Counts(); !regrown && c.Read != 56 {
			t.Errorf("counts %+v, want 55 whole lines and half of one", c)
		}
		if id, ok := stream.Origin(); ok {
			t.Errorf("regrown %v: a text cut short has the origin %s", regrown, id)
		}
	}
}

func TestSpansWithAReadError(t *testing.T) {
	broken := errors.New("bad sector")
	for _, readers := range []int{1, 3} {
		spans, stream, _, s := spansOf(t, t.Context(), 100, readers)
		spans.file = &changing{spans.file, func(at int64) error {
			if at >= 300 && at < 320 {
				return broken
			}
			return nil
		}}
		g := &got{t: t}
		for i := range 100 {
			g.text = fmt.Appendf(g.text, "%09d\n", i)
		}
		err := drainSpans(t.Context(), spans, s, g.take)
		if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "input: test: bad sector") {
			t.Fatalf("%d readers: %v", readers, err)
		}
		if _, err := spans.Next(t.Context(), NewPool(PoolOptions{})); !errors.Is(err, broken) {
			t.Errorf("the next span: %v", err)
		}
		spans.Close()
		if _, ok := stream.Origin(); ok {
			t.Error("what could not be read has an origin")
		}
		for _, l := range g.lines {
			before, ok := spans.LinesBefore(l.part)
			if !ok && l.part <= 3 {
				t.Errorf("lines before part %d are not known", l.part)
			}
			if want := l.offset/10 + 1; ok && before+l.number != want {
				t.Errorf("line %d has number %d", want, before+l.number)
			}
			if ok && l.part > 3 {
				t.Errorf("lines before part %d are known, behind what could not be read", l.part)
			}
		}
	}
}

// A reading that is called off ends at a line, has no origin, and leaves the
// number of the lines behind it unknown.
func TestSpansCancelled(t *testing.T) {
	for _, readers := range []int{1, 2, 5} {
		ctx, cancel := context.WithCancel(t.Context())
		spans, stream, _, s := spansOf(t, ctx, 1000, readers)
		spans.file = &changing{spans.file, func(at int64) error {
			if at >= 5000 {
				cancel()
			}
			return nil
		}}
		err := drainSpans(ctx, spans, s, func(b *Block) {
			if b.Unterminated {
				t.Errorf("half a line: %q", b.Data)
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		spans.Close()
		if _, ok := stream.Origin(); ok {
			t.Error("a text that was not read to its end has an origin")
		}
		if n := spans.Counts().Read; n == 0 || n == 1000 {
			t.Errorf("%d lines were read", n)
		}
		cancel()
	}
}

// A span that is called off between two blocks meets no error of its own.
func TestSpanLeftAlone(t *testing.T) {
	spans, stream, _, s := spansOf(t, t.Context(), 100, 1)
	left, err := spans.Next(t.Context(), NewPool(PoolOptions{BlockBytes: 20}))
	if err != nil {
		t.Fatal(err)
	}
	if err := drainSpans(t.Context(), spans, s, func(*Block) {}); err != nil {
		t.Fatal(err)
	}
	spans.Close()
	if _, ok := stream.Origin(); ok {
		t.Error("a text of which a span was not read has an origin")
	}
	if n, ok := spans.LinesBefore(1); n != 2 || !ok {
		t.Errorf("before part 1: %d, %v", n, ok)
	}
	if _, ok := spans.LinesBefore(2); ok {
		t.Error("lines before part 2 are known")
	}
	for err == nil {
		_, err = left.Next(t.Context())
	}
	spans.Close()
	if _, ok := stream.Origin(); !ok {
		t.Error("no origin once all is read")
	}
}

// The account may be asked for while spans are read.
func TestSpansAreWatched(t *testing.T) {
	spans, _, _, s := spansOf(t, t.Context(), 2000, 2)
	done := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		last := int64(0)
		for {
			n := spans.Counts().Read
			if n < last {
				t.Errorf("%d lines after %d", n, last)
			}
			last = n
			spans.LinesBefore(1)
			select {
			case <-done:
				return
			default:
			}
		}
	}()
	if err := drainSpans(t.Context(), spans, s, func(*Block) {}); err != nil {
		t.Error(err)
	}
	close(done)
	<-watched
	if n := spans.Counts().Read; n != 2000 {
		t.Errorf("%d lines", n)
	}
}
