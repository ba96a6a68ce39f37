package input

import "context"

// aheadBlocks is how many blocks of a stream wait to be asked for at most; one
// more is being cut meanwhile.
const aheadBlocks = 2

// cutAhead is a goroutine that cuts the blocks of a stream before they are asked
// for: a decompressor so runs beside the parsers, and writes to where they read.
type cutAhead struct {
	full chan *Block // closed behind the last
	err  error       // why there are no more, once full is closed
}

// startCutting cuts blocks until there are none left or ctx is done.
func startCutting(ctx context.Context, b *Blocks) *cutAhead {
	a := &cutAhead{full: make(chan *Block, aheadBlocks)}
	go func() {
		defer close(a.full)
		for a.err == nil {
			a.err = a.cut(ctx, b)
		}
	}()
	return a
}

// cut cuts one block, or returns why there is none.
func (a *cutAhead) cut(ctx context.Context, b *Blocks) error {
	if err := b.failure(); err != nil {
		return err
	}
	block, err := b.pool.get(ctx) // not with b.mu: those who hold blocks may want it
	if err != nil {
		return err
	}
	b.mu.Lock()
	block, err = b.cut(block)
	b.mu.Unlock()
	if block == nil {
		return err
	}
	select {
	case a.full <- block:
		return nil
	case <-ctx.Done():
		block.Release()
		return ctx.Err()
	}
}

// next is Blocks.Next.
func (a *cutAhead) next(ctx context.Context) (*Block, error) {
	// A block that is there must not win over a context that is done.
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case block, more := <-a.full:
		if !more {
			return nil, a.err
		}
		return block, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// end returns when the goroutine has ended, whose context is done, and releases
// the blocks that nobody asked for.
func (a *cutAhead) end() {
	for block := range a.full {
		block.Release()
	}
}
