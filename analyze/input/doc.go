// Package input turns what a user names into streams of lines: it expands
// globs and directories, opens files and standard input, decompresses by
// content, and cuts the text into blocks of whole lines for worker goroutines.
//
//	files, err := input.Expand([]string{"/var/log/nginx/access.log*"}, os.Stdin)
//	// files.Sources are readable even when err names what is not.
//	pool := input.NewPool(input.PoolOptions{Blocks: workers + 1})
//	for _, source := range files.Sources {
//		stream, err := source.Open(ctx)
//		…
//		blocks := input.NewBlocks(stream, pool)
//		for { // from any number of goroutines
//			block, err := blocks.Next(ctx)
//			if block != nil { …; block.Release() }
//			if err != nil { break } // io.EOF at the end
//		}
//	}
//
// A plain file can be read by all goroutines at once behind its first blocks:
// [Blocks.Split] cuts the rest of it into spans, which each goroutine reads by
// itself with a Pool of its own.
//
// # Bounds
//
// Nothing here grows with its input. A Pool holds at most Blocks buffers of at
// most MaxLine+1 bytes. An open stream holds at most 2 MiB of text read ahead
// plus its decompressor: 64 KiB for gzip, 4 MiB for bzip2, and for zstd the
// frame's window, which may be 64 MiB ([MaxZstdWindow]), and 2 MiB. Streams
// opened at once add up. Spans take some 200 bytes each; of one file there are
// 16,384 at most and a hundred more for each reader. A decompression bomb
// therefore costs time only. Files are read, never mapped: a file cut short
// under a mapping is a crash.
//
// # Order
//
// Files of one rotated series (access.log.2.gz, access.log.1, access.log, or
// access.log-20251219) come oldest first, as far as their names tell.
package input
