package analyze

import (
	"context"
	"sync"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/analyze/input"
)

// blocks hands out the blocks of one file in order, each with the directives in force at its start: the lines of a W3C
// log mean what a #Fields line says that may stand in a block of another worker. It is safe for concurrent use.
type blocks struct {
	mu         sync.Mutex
	lines      *input.Blocks
	format     *accesslog.Format
	first      *input.Block // already read, nil once it is handed out
	directives *accesslog.Directives
}

func newBlocks(lines *input.Blocks, format *accesslog.Format, first *input.Block, inForce *accesslog.Directives) *blocks {
	return &blocks{lines: lines, format: format, first: first, directives: inForce}
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
