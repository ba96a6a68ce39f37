// Command gunzip undoes the gzip of a file and drops the text: what loadx's decompressor takes without loadx around it.
// It reads the way package input does, in one goroutine, and prints the number of bytes of the text.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
)

// The sizes of package input: what is read of the file at once, and of the text.
const (
	rawBytes  = 128 << 10
	textBytes = 256 << 10
)

func main() {
	n, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "gunzip:", err)
		os.Exit(1)
	}
	fmt.Println(n)
}

func run(args []string) (int64, error) {
	if len(args) != 1 {
		return 0, errors.New("one FILE")
	}
	f, err := os.Open(args[0])
	if err != nil {
		return 0, err
	}
	defer f.Close()
	z, err := gzip.NewReader(bufio.NewReaderSize(f, rawBytes))
	if err != nil {
		return 0, err
	}
	// Hidden behind plain interfaces neither side moves the text in sizes of its own.
	return io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{z}, make([]byte, textBytes))
}
