package input_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/loadx/loadx/analyze/input"
)

func Example() {
	dir, err := os.MkdirTemp("", "logs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{"access.log": "third\n", "access.log.1": "first\nsecond\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			fmt.Println(err)
			return
		}
	}

	ctx := context.Background()
	files, err := input.Expand([]string{filepath.Join(dir, "access.log*")}, os.Stdin)
	if err != nil {
		fmt.Println(err)
	}
	pool := input.NewPool(input.PoolOptions{})
	for _, source := range files.Sources {
		stream, err := source.Open(ctx)
		if err != nil {
			fmt.Println(err)
			continue
		}
		blocks := input.NewBlocks(stream, pool)
		for {
			block, err := blocks.Next(ctx)
			if err != nil {
				if err != io.EOF {
					fmt.Println(err)
				}
				break
			}
			number := block.FirstLine
			for line := range bytes.Lines(block.Data) {
				fmt.Printf("%s:%d: %s", filepath.Base(block.Source.Name), number, line)
				number++
			}
			block.Release()
		}
		if err := stream.Close(); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// access.log.1:1: first
	// access.log.1:2: second
	// access.log:1: third
}
