package analyze

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/analyze/input"
)

// blocks hands out the blocks of one file in order, each with the directives in force at its start: the lines of a W3C
// log mean what a #Fields line says that may stand in a block of another worker. It is safe for concurrent use.
//
// Where no line depends on another one and the text can be read at any place, the workers go on in spans after the first
// block: each reads for itself, and what is near in time mostly has one worker.
type blocks struct {
	mu         sync.Mutex
	lines      *input.Blocks
	spans      *input.Spans // nil where the blocks go on to the end
	format     *accesslog.Format
	first      *input.Block // already read, nil once it is handed out
	directives *accesslog.Directives
}

func newBlocks(lines *input.Blocks, format *accesslog.Format, first *input.Block, inForce *accesslog.Directives, workers int) *blocks {
	b := &blocks{lines: lines, format: format, first: first, directives: inForce}
	if !format.Stateful() {
		b.spans = lines.Split(workers)
	}
	return b
}

// counts returns the account of the lines.
func (b *blocks) counts() input.LineCounts {
	if b.spans != nil {
		return b.spans.Counts()
	}
	return b.lines.Counts()
}

// each hands all blocks that a worker gets to it until there are none for anybody.
func (b *blocks) each(ctx context.Context, own *input.Pool, measure func(*input.Block, *accesslog.Directives)) error {
	for {
		block, inForce, err := b.next(ctx)
		if block != nil {
			measure(block, inForce)
			block.Release()
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				break
			}
			return err
		}
	}
	for b.spans != nil {
		span, err := b.spans.Next(ctx, own)
		for err == nil {
			var block *input.Block
			if block, err = span.Next(ctx); block != nil {
				measure(block, nil)
				block.Release()
			}
		}
		if span == nil || !errors.Is(err, io.EOF) {
			return ignoreEOF(err)
		}
	}
	return nil
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// next is input.Blocks.Next, and the directives in force before the block.
func (b *blocks) next(ctx context.Context) (*input.Block, *accesslog.Directives, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	block := b.first
	b.first = nil
	if block == nil {
		var err error
		if block, err = b.lines.Next(ctx); block == nil {
			return nil, nil, err
		}
	}
	inForce := b.directives
	b.directives = b.format.ScanDirectives(block.Data, inForce)
	return block, inForce, nil
}

// inForce returns the directives at the start of a file: none, unless it is the last one read on.
func (r *reader) inForce(name string) *accesslog.Directives {
	if name == r.lastName {
		return r.lastDirectives
	}
	return nil
}
