package input

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
)

// compressedStreams opens the text packed in every way.
func compressedStreams(t *testing.T, ctx context.Context, text []byte) map[string]*Stream {
	t.Helper()
	return map[string]*Stream{
		"gzip": open(t, ctx, writeFile(t, "gz", gzipped(t, text))),
		"zstd": open(t, ctx, writeFile(t, "zst", zstded(t, text))),
	}
}

// Closed anywhere, a stream gives back the blocks that were cut ahead.
func TestCloseGivesBackWhatWasCutAhead(t *testing.T) {
	text := logText(3_000)
	for taken := range 8 {
		for name, stream := range compressedStreams(t, t.Context(), text) {
			pool := NewPool(PoolOptions{Blocks: 5, BlockBytes: 1 << 10})
			blocks := NewBlocks(stream, pool)
			for range taken {
				block, err := blocks.Next(t.Context())
				if err != nil {
					t.Fatal(name, err)
				}
				block.Release()
			}
			if err := stream.Close(); err != nil {
				t.Error(name, err)
			}
			// All blocks can be had again at once.
			ctx, cancel := context.WithCancel(t.Context())
			var out []*Block
			for range 5 {
				block, err := pool.get(ctx)
				if err != nil {
					t.Fatal(name, err)
				}
				out = append(out, block)
			}
			for _, block := range out {
				block.Release()
			}
			cancel()
			if block, err := blocks.Next(t.Context()); block != nil || err == nil {
				t.Errorf("%s: a block of a closed stream, %v", name, err)
			}
		}
	}
}

// The context of a Next ends that Next alone, the one of Open the stream.
func TestCancelWhileBlocksAreCutAhead(t *testing.T) {
	text := logText(3_000)
	ctx, cancel := context.WithCancel(t.Context())
	done, stop := context.WithCancel(t.Context())
	stop()
	streams := compressedStreams(t, ctx, text)
	blocks := map[string]*Blocks{}
	for name, stream := range streams {
		blocks[name] = NewBlocks(stream, NewPool(PoolOptions{Blocks: 4, BlockBytes: 1 << 10}))
		if _, err := blocks[name].Next(done); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: Next with a context that is done: %v", name, err)
		}
		block, err := blocks[name].Next(t.Context())
		if err != nil || !bytes.HasPrefix(text, block.Data) {
			t.Fatalf("%s: the first block is lost: %v", name, err)
		}
		block.Release()
	}
	cancel()
	for name, stream := range streams {
		var err error
		for err == nil {
			var block *Block
			if block, err = blocks[name].Next(t.Context()); block != nil {
				block.Release()
			}
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: behind the cancel: %v", name, err)
		}
		if err := stream.Close(); err != nil {
			t.Error(name, err)
		}
	}
}

// The error of damaged data comes behind all blocks before it, every time.
func TestErrorBehindWhatWasCutAhead(t *testing.T) {
	text := logText(3_000)
	packed := gzipped(t, text)
	stream := open(t, t.Context(), writeFile(t, "gz", packed[:len(packed)/2]))
	defer stream.Close()
	blocks := NewBlocks(stream, NewPool(PoolOptions{Blocks: 1, BlockBytes: 1 << 10}))
	var got []byte
	for {
		block, err := blocks.Next(t.Context())
		if block == nil {
			for range 3 {
				if !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("the error is %v", err)
				}
				_, err = blocks.Next(t.Context())
			}
			break
		}
		got = append(got, block.Data...)
		block.Release()
	}
	if len(got) < len(text)/4 || !bytes.HasPrefix(text, got) {
		t.Errorf("%d bytes of %d before the error", len(got), len(text))
	}
}
