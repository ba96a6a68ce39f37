package input

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
)

// MaxLine is the default of PoolOptions.MaxLine: 1 MiB.
const MaxLine = 1 << 20

// PoolOptions bound the memory of a Pool.
type PoolOptions struct {
	// Blocks is how many blocks can be out at once; 0 means 8. A goroutine
	// that asks for one more waits until one is released, so it must be larger
	// than the number of goroutines that hold a block while asking for another.
	Blocks int
	// BlockBytes is the size a block is filled to; 0 means 256 KiB, which
	// stays in a core's second-level cache between the read and the parser.
	BlockBytes int
	// MaxLine is the longest line in bytes, its newline not counted, that is
	// delivered; 0 means 1 MiB (MaxLine). BlockBytes is cut down to MaxLine+1.
	MaxLine int
}

// Pool is the free list of the blocks of any number of streams. It is safe
// for concurrent use. Buffers begin with BlockBytes and grow to MaxLine+1
// only where a line needs it.
type Pool struct {
	free       chan *Block
	unmade     atomic.Int64
	blockBytes int
	maxLine    int
}

// NewPool returns a pool that allocates as it is used.
func NewPool(o PoolOptions) *Pool {
	if o.Blocks <= 0 {
		o.Blocks = 8
	}
	if o.BlockBytes <= 0 {
		o.BlockBytes = 256 << 10
	}
	if o.MaxLine <= 0 {
		o.MaxLine = MaxLine
	}
	p := &Pool{
		free:       make(chan *Block, o.Blocks),
		blockBytes: min(o.BlockBytes, o.MaxLine+1),
		maxLine:    o.MaxLine,
	}
	p.unmade.Store(int64(o.Blocks))
	return p
}

// get returns a free block, waiting for one if all are out.
func (p *Pool) get(ctx context.Context) (*Block, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case b := <-p.free:
		b.out.Store(true)
		return b, nil
	default:
	}
	if p.unmade.Add(-1) >= 0 {
		b := &Block{pool: p, buffer: make([]byte, p.blockBytes)}
		b.out.Store(true)
		return b, nil
	}
	p.unmade.Add(1)
	select {
	case b := <-p.free:
		b.out.Store(true)
		return b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Block is a piece of a stream made of whole lines. It belongs to whoever got
// it from Next until Release.
type Block struct {
	// Data holds the lines with their newlines. It is never empty.
	Data []byte
	// FirstLine is the number of the first line of Data in its source, from 1.
	FirstLine int64
	// Lines is how many lines Data holds.
	Lines int64
	// Offset is where Data begins in the decompressed text, in bytes.
	Offset int64
	// Unterminated says that the last line of Data has no newline: the text
	// ended, or broke off, inside it.
	Unterminated bool
	// Source is what the lines were read from, the same pointer for all blocks
	// of one stream.
	Source *Source
	// Part is which of the Spans of the stream the lines are of, from 1, and 0
	// for those read before it was split.
	Part int

	pool   *Pool
	buffer []byte
	out    atomic.Bool
}

// Release gives the block back to its pool; Data is invalid from then on.
// Any goroutine may call it, once.
func (b *Block) Release() {
	if !b.out.CompareAndSwap(true, false) {
		panic("BUG: input: block released twice")
	}
	b.Data, b.Source = nil, nil
	b.pool.free <- b // room for every block there is: never blocks
}

// LineCounts is the account of a stream's lines: Read = lines in delivered
// blocks + Overlong.
type LineCounts struct {
	Read     int64 // lines met so far
	Overlong int64 // of these, longer than MaxLine and dropped
	// FirstOverlong is the number of the first line dropped, 0 if none was.
	FirstOverlong int64
}

// Blocks cuts one stream into blocks of whole lines. Its methods are safe for
// concurrent use: several workers can draw their blocks from it directly, and
// each reads while the others parse.
type Blocks struct {
	mu     sync.Mutex
	text   io.Reader
	stream *Stream // that text is, nil for a span of one
	source *Source
	part   int
	pool   *Pool
	rest   []byte // the beginning of a line whose end is not read yet
	offset int64  // of rest in the text
	counts LineCounts
	err    error
}

// NewBlocks returns the blocks of a stream, which from now on nobody else may
// read.
func NewBlocks(stream *Stream, pool *Pool) *Blocks {
	return &Blocks{text: stream, stream: stream, source: stream.source, pool: pool}
}

// Next returns the next block, or a nil block and the error that ends the
// stream: io.EOF, the error of Stream.Read after all lines before it, or, while
// it waits for a free block, the error of ctx. Lines end with "\n"; a "\r"
// before it belongs to the line. The last line is delivered even without its
// newline, unless the stream was cancelled or closed inside it. A line longer than MaxLine
// is dropped up to its newline and counted, without being held.
func (b *Blocks) Next(ctx context.Context) (*Block, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return nil, b.err
	}
	block, err := b.pool.get(ctx)
	if err != nil {
		return nil, err
	}
	size := b.fill(block)
	if size == 0 {
		block.Release()
		return nil, b.err
	}
	block.Data = block.buffer[:size]
	block.Source, block.Part = b.source, b.part
	block.Offset = b.offset
	block.FirstLine = b.counts.Read + 1
	block.Unterminated = block.Data[size-1] != '\n'
	block.Lines = int64(bytes.Count(block.Data, newline))
	if block.Unterminated {
		block.Lines++
	}
	b.offset += int64(size)
	b.counts.Read += block.Lines
	return block, nil
}

var newline = []byte{'\n'}

// fill fills block's buffer from the stream and returns how much of it is
// whole lines; what follows them is kept in b.rest. It returns 0 at the end.
func (b *Blocks) fill(block *Block) int {
	if len(b.rest) > len(block.buffer) {
		block.buffer = make([]byte, b.pool.maxLine+1)
	}
	n := copy(block.buffer, b.rest)
	b.rest = b.rest[:0]
	whole := 0 // bytes up to the last newline
	for b.err == nil {
		if n == len(block.buffer) && whole == 0 {
			if n > b.pool.maxLine {
				n = b.dropLine(block.buffer)
				whole = bytes.LastIndexByte(block.buffer[:n], '\n') + 1
				continue
			}
			grown := make([]byte, min(2*n, b.pool.maxLine+1))
			copy(grown, block.buffer)
			block.buffer = grown
		}
		if whole > 0 && n >= b.pool.blockBytes {
			break
		}
		// Once a line is whole there is no reason to read past the block's size.
		end := len(block.buffer)
		if n < b.pool.blockBytes {
			end = b.pool.blockBytes
		}
		var m int
		m, b.err = b.text.Read(block.buffer[n:end])
		if i := bytes.LastIndexByte(block.buffer[n:n+m], '\n'); i >= 0 {
			whole = n + i + 1
		}
		n += m
	}
	if b.err != nil {
		b.rest = nil
		return b.last(block.buffer[:n], whole)
	}
	b.rest = append(b.rest, block.buffer[whole:n]...)
	return whole
}

// last returns how much of the text before the end of the stream is to be
// delivered: all of it, unless its last line is too long, or is cut only
// because the reading was called off.
func (b *Blocks) last(text []byte, whole int) int {
	switch {
	case errors.Is(b.err, context.Canceled), errors.Is(b.err, context.DeadlineExceeded), errors.Is(b.err, os.ErrClosed):
		return whole
	case whole == 0 && len(text) > b.pool.maxLine:
		b.overlong(int64(len(text)))
		return 0
	}
	return len(text)
}

// dropLine drops the line that fills buffer, reading on to its newline, and
// returns how many bytes behind it now stand at the start of buffer.
func (b *Blocks) dropLine(buffer []byte) int {
	dropped := int64(len(buffer))
	for b.err == nil {
		var m int
		m, b.err = b.text.Read(buffer[:b.pool.blockBytes])
		if i := bytes.IndexByte(buffer[:m], '\n'); i >= 0 {
			b.overlong(dropped + int64(i+1))
			return copy(buffer, buffer[i+1:m])
		}
		dropped += int64(m)
	}
	b.overlong(dropped)
	return 0
}

func (b *Blocks) overlong(size int64) {
	b.offset += size
	b.counts.Read++
	b.counts.Overlong++
	if b.counts.FirstOverlong == 0 {
		b.counts.FirstOverlong = b.counts.Read
	}
}

// Counts returns the account of the lines met so far.
func (b *Blocks) Counts() LineCounts {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.counts
}

// account returns the account of the lines met so far, and whether they are all.
func (b *Blocks) account() (counts LineCounts, whole bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.counts, errors.Is(b.err, io.EOF)
}
