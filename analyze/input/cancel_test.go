package input

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestCancelEndsEveryKindOfStream(t *testing.T) {
	text := logText(40_000)
	pipeReader, pipeWriter := io.Pipe()
	defer pipeWriter.Close()
	sources := map[string]Source{
		"plain":   {Name: writeFile(t, "plain", text)},
		"gzip":    {Name: writeFile(t, "gz", gzipped(t, text))},
		"zstd":    {Name: writeFile(t, "zst", zstded(t, text))},
		"blocked": FromReader("blocked", pipeReader),
	}
	for name, source := range sources {
		ctx, cancel := context.WithCancel(t.Context())
		stream, err := source.Open(ctx)
		if err != nil {
			t.Fatal(name, err)
		}
		if name != "blocked" {
			if _, err := io.ReadFull(stream, make([]byte, 100)); err != nil {
				t.Fatal(name, err)
			}
			cancel()
		} else {
			go cancel() // while Read waits
		}
		n, err := stream.Read(make([]byte, 1<<20))
		if name != "blocked" && err == nil { // what was already read ahead
			n, err = stream.Read(make([]byte, 1<<20))
		}
		if !errors.Is(err, context.Canceled) || n != 0 {
			t.Errorf("%s: read after cancel: %d, %v", name, n, err)
		}
		if err := stream.Close(); err != nil {
			t.Error(name, err)
		}
		if _, err := source.Open(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: open after cancel: %v", name, err)
		}
	}
}

// Closing early ends the goroutine that reads ahead (TestMain looks).
func TestCloseInTheMiddle(t *testing.T) {
	for _, content := range [][]byte{gzipped(t, logText(40_000)), zstded(t, logText(40_000))} {
		stream := open(t, t.Context(), writeFile(t, "f", content))
		if _, err := io.ReadFull(stream, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		if err := stream.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
			t.Errorf("read of a closed stream: %v", err)
		}
		if err := stream.Close(); err != nil {
			t.Errorf("second close: %v", err)
		}
	}
}

func mkfifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNamedPipe(t *testing.T) {
	path := mkfifo(t)
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(path, gzipped(t, []byte("a\nb\n")), 0) }()
	stream := open(t, t.Context(), path)
	got, err := io.ReadAll(stream)
	if err != nil || string(got) != "a\nb\n" || stream.Compression() != Gzip {
		t.Errorf("%q, %v", got, err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
}

func TestCancelWhileAPipeHasNoWriter(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	files, err := Expand([]string{mkfifo(t)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	go cancel()
	if _, err := files.Sources[0].Open(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("open of a pipe nobody writes: %v", err)
	}
}

func TestCloseWhileAPipeIsSilent(t *testing.T) {
	path := mkfifo(t)
	writer := make(chan *os.File)
	go func() {
		w, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Error(err)
		}
		writer <- w
	}()
	stream := open(t, t.Context(), path)
	w := <-writer
	defer w.Close()
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
}
