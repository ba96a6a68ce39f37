package input

import (
	"bytes"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func benchmarkBlocks(b *testing.B, content []byte, textBytes int64, o PoolOptions) {
	source := Source{Name: writeFile(b, "bench", content)}
	pool := NewPool(o)
	b.SetBytes(textBytes)
	b.ReportAllocs()
	for b.Loop() {
		stream, err := source.Open(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		blocks := NewBlocks(stream, pool)
		for {
			block, err := blocks.Next(b.Context())
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			block.Release()
		}
		if err := stream.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBlocksPlain(b *testing.B) {
	text := logText(2_000_000)
	for name, size := range map[string]int{"64KiB": 64 << 10, "256KiB": 256 << 10, "1MiB": 1 << 20} {
		b.Run(name, func(b *testing.B) {
			benchmarkBlocks(b, text, int64(len(text)), PoolOptions{BlockBytes: size})
		})
	}
}

func BenchmarkBlocksGzip(b *testing.B) {
	text := logText(500_000)
	benchmarkBlocks(b, gzipped(b, text), int64(len(text)), PoolOptions{})
}

func BenchmarkBlocksZstd(b *testing.B) {
	text := logText(500_000)
	benchmarkBlocks(b, zstded(b, text), int64(len(text)), PoolOptions{})
}

// The decompressors alone, to hold the two above against.
func BenchmarkGzipAlone(b *testing.B) {
	text := logText(500_000)
	content := gzipped(b, text)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r, err := gzip.NewReader(bytes.NewReader(content))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, make([]byte, 256<<10)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkZstdAlone(b *testing.B) {
	text := logText(500_000)
	content := zstded(b, text)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r, err := zstd.NewReader(bytes.NewReader(content), zstd.WithDecoderConcurrency(1))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, make([]byte, 256<<10)); err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}
