package input

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/zeebo/xxh3"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// logText is n lines that look like a log.
func logText(n int) []byte {
	var text []byte
	for i := range n {
		text = fmt.Appendf(text, "192.0.2.%d - - [10/Oct/2000:13:55:%02d -0700] \"GET /item/%d HTTP/1.1\" 200 %d\n", i%251, i%60, i*7919%1000, i*31%9973)
	}
	return text
}

func gzipped(t testing.TB, texts ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, text := range texts {
		w := gzip.NewWriter(&out)
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func zstded(t testing.TB, text []byte, options ...zstd.EOption) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out, append([]zstd.EOption{zstd.WithEncoderConcurrency(1)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// bzip2ed runs the real program: the standard library cannot write bzip2.
func bzip2ed(t testing.TB, text []byte) []byte {
	t.Helper()
	path, err := exec.LookPath("bzip2")
	if err != nil {
		t.Skip("no bzip2 here")
	}
	cmd := exec.Command(path, "-c")
	cmd.Stdin = bytes.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func writeFile(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// open expands one name and opens it.
func open(t testing.TB, ctx context.Context, name string) *Stream {
	t.Helper()
	files, err := Expand([]string{name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := files.Sources[0].Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

// readBoth reads content as a file under a name that tells nothing and through
// a pipe, and expects text, then an error with the given part ("" for none).
func readBoth(t *testing.T, content, text []byte, c Compression, wantErr string) {
	t.Helper()
	streams := map[string]*Stream{
		"file": open(t, t.Context(), writeFile(t, "content.dat", content)),
		"pipe": openReader(t, io.MultiReader(bytes.NewReader(content))),
	}
	for kind, stream := range streams {
		got, err := io.ReadAll(stream)
		if !bytes.Equal(got, text) {
			t.Errorf("%s: %d bytes of text, want %d", kind, len(got), len(text))
		}
		if wantErr == "" && err != nil || wantErr != "" && (err == nil || !strings.Contains(err.Error(), wantErr)) {
			t.Errorf("%s: error %v, want %q", kind, err, wantErr)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error of several lines: %q", kind, err)
		}
		if stream.Compression() != c {
			t.Errorf("%s: compression %q, want %q", kind, stream.Compression(), c)
		}
		p := stream.Progress()
		if p.Text != int64(len(text)) || wantErr == "" && p.Consumed != int64(len(content)) {
			t.Errorf("%s: progress %+v of %d bytes, text %d", kind, p, len(content), len(text))
		}
		if want := int64(len(content)); kind == "file" && p.Total != want || kind == "pipe" && p.Total != -1 {
			t.Errorf("%s: total %d", kind, p.Total)
		}
		if _, ok := stream.Origin(); ok != (wantErr == "" && len(text) > 0) {
			t.Errorf("%s: origin known = %v", kind, ok)
		}
		if err := stream.Close(); err != nil {
			t.Errorf("%s: close: %v", kind, err)
		}
	}
}

func TestCompressions(t *testing.T) {
	text := logText(5000)
	half := len(text) / 2
	skippable := append([]byte{0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3}, zstded(t, text)...)
	tests := []struct {
		name    string
		content []byte
		text    []byte
		c       Compression
	}{
		{"plain", text, text, Uncompressed},
		{"empty", nil, nil, Uncompressed},
		{"one byte", []byte("x"), []byte("x"), Uncompressed},
		{"mark", append([]byte("\xef\xbb\xbf"), text...), text, Uncompressed},
		{"mark alone", []byte("\xef\xbb\xbf"), nil, Uncompressed},
		{"gzip", gzipped(t, text), text, Gzip},
		{"gzip of nothing", gzipped(t, nil), nil, Gzip},
		{"gzip members", gzipped(t, text[:half], nil, text[half:]), text, Gzip},
		{"gzip padded", append(gzipped(t, text), make([]byte, 5000)...), text, Gzip},
		{"gzip mark", gzipped(t, []byte("\xef\xbb\xbfabc\n")), []byte("abc\n"), Gzip},
		{"zstd", zstded(t, text), text, Zstd},
		{"zstd frames", append(zstded(t, text[:half]), zstded(t, text[half:])...), text, Zstd},
		{"zstd skippable first", skippable, text, Zstd},
		{"zstd window at the limit", zstded(t, text, zstd.WithWindowSize(MaxZstdWindow)), text, Zstd},
		{"not quite bzip2", []byte("BZh91 is a line\n"), []byte("BZh91 is a line\n"), Uncompressed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { readBoth(t, test.content, test.text, test.c, "") })
	}
	t.Run("bzip2", func(t *testing.T) {
		readBoth(t, bzip2ed(t, text), text, Bzip2, "")
		readBoth(t, append(bzip2ed(t, text[:half]), bzip2ed(t, text[half:])...), text, Bzip2, "")
		readBoth(t, bzip2ed(t, nil), nil, Bzip2, "")
	})
}

func TestDamagedStreams(t *testing.T) {
	text := logText(5000)
	half := len(text) / 2
	gz := gzipped(t, text)
	member := len(gzipped(t, text[:half]))
	members := gzipped(t, text[:half], text[half:])
	flipped := bytes.Clone(gz)
	flipped[len(flipped)-6] ^= 1 // in the checksum
	frame := zstded(t, text[:half])
	tests := []struct {
		name    string
		content []byte
		text    []byte
		c       Compression
		err     string
	}{
		{"gzip header cut", gz[:8], nil, Gzip, "the gzip data is cut short: unexpected EOF"},
		{"gzip trailer cut", gz[:len(gz)-4], text, Gzip, "the gzip data is cut short: unexpected EOF"},
		{"second header cut", members[:member+3], text[:half], Gzip, "the gzip data is cut short: unexpected EOF"},
		{"checksum", flipped, text, Gzip, "the gzip data is damaged: gzip: invalid checksum"},
		{"garbage behind", append(bytes.Clone(gz), "garbage"...), text, Gzip, "the gzip data is "},
		{"zstd second frame cut", append(bytes.Clone(frame), frame[:20]...), text[:half], Zstd, "the zstd data is cut short: unexpected EOF"},
		{"zstd garbage behind", append(bytes.Clone(frame), "garbage garbage"...), text[:half], Zstd, "the zstd data is damaged: "},
		{"zstd window", zstdFrameWithWindow(27), nil, Zstd, "the zstd window is larger than 64 MiB: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { readBoth(t, test.content, test.text, test.c, test.err) })
	}
}

// zstdFrameWithWindow is a frame header that asks for a window of 2^log bytes,
// and an empty last block (RFC 8878, section 3.1.1).
func zstdFrameWithWindow(log int) []byte {
	return []byte{0x28, 0xb5, 0x2f, 0xfd, 0, byte(log-10) << 3, 1, 0, 0}
}

// Whatever the place of the cut, the text before it arrives and then an error
// that says what it is.
func TestTruncatedAnywhere(t *testing.T) {
	text := logText(3000)
	for _, content := range [][]byte{gzipped(t, text), zstded(t, text)} {
		for cut := 20; cut < len(content); cut += 1 + len(content)/40 {
			stream := open(t, t.Context(), writeFile(t, "cut", content[:cut]))
			got, err := io.ReadAll(stream)
			if !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.HasPrefix(text, got) {
				t.Errorf("%s cut at %d of %d: %d bytes, %v", stream.Compression(), cut, len(content), len(got), err)
			}
			if _, again := stream.Read(make([]byte, 1)); again != err {
				t.Errorf("the error is forgotten: %v", again)
			}
			if err := stream.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestUnsupported(t *testing.T) {
	for name, head := range map[string]string{
		"xz": "\xfd7zXZ\x00\x00\x04rest", "zip": "PK\x03\x04rest of it", "lz4": "\x04\x22\x4d\x18rest of",
		"7z": "7z\xbc\xaf\x27\x1crest", "compress": "\x1f\x9d\x90rest of it", "UTF-16": "\xff\xfea\x00b\x00c\x00d\x00",
		"UTF-16 text is not supported: pipe it through iconv -f UTF-16LE": "a\x00b\x00c\x00d\x00e\x00",
		"UTF-16 text is not supported: pipe it through iconv -f UTF-16BE": "\x00a\x00b\x00c\x00d\x00e",
	} {
		path := writeFile(t, "f", []byte(head))
		files, err := Expand([]string{path}, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = files.Sources[0].Open(t.Context())
		if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), name) ||
			!strings.HasPrefix(err.Error(), "input: "+path+": ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		_, err = openReader(t, strings.NewReader(head)).Read(make([]byte, 10))
		if !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s from a pipe: %v", name, err)
		}
	}
}

func TestOrigin(t *testing.T) {
	for _, n := range []int{1, 20, originSpan, originSpan + 1, 2*originSpan + 7, 100_000} {
		text := logText(2000)[:n]
		content := append([]byte{}, text[:min(n, 4096)]...)
		content = binary.LittleEndian.AppendUint64(content, uint64(n))
		content = append(content, text[max(0, n-4096):]...)
		sum := xxh3.Hash128(content).Bytes()
		want := hex.EncodeToString(sum[:])
		for name, stream := range map[string]*Stream{
			"file":  open(t, t.Context(), writeFile(t, "f", text)),
			"gzip":  open(t, t.Context(), writeFile(t, "f", gzipped(t, text))),
			"bytes": openReader(t, bytes.NewReader(text)),
		} {
			if id, ok := stream.Origin(); ok {
				t.Errorf("origin %s before the end", id)
			}
			buffer := make([]byte, 1000)
			if name == "bytes" {
				buffer = buffer[:7]
			}
			for err := error(nil); err == nil; {
				_, err = stream.Read(buffer)
			}
			if id, ok := stream.Origin(); !ok || id != want {
				t.Errorf("%s of %d bytes: origin %s, %v, want %s", name, n, id, ok, want)
			}
			if err := stream.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// Zeros packed a thousandfold cost time and no memory.
func TestBombCostsNoMemory(t *testing.T) {
	zeros := make([]byte, 4<<20)
	var texts [][]byte
	for range 12 {
		texts = append(texts, zeros)
	}
	stream := open(t, t.Context(), writeFile(t, "bomb", gzipped(t, texts...)))
	defer stream.Close()
	blocks := NewBlocks(stream, NewPool(PoolOptions{Blocks: 1}))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if block, err := blocks.Next(t.Context()); err != io.EOF {
		t.Fatalf("%v, %v", block, err)
	}
	runtime.ReadMemStats(&after)
	// 2 MiB are read ahead, and as much is the block that grows to the longest line.
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 6<<20 {
		t.Errorf("48 MiB of zeros allocated %d bytes", grown)
	}
	if c := blocks.Counts(); c != (LineCounts{1, 1, 1}) {
		t.Errorf("counts %+v", c)
	}
	if p := stream.Progress(); p.Text != 48<<20 {
		t.Errorf("progress %+v", p)
	}
}

// A file redirected to standard input is read as a file, from where it stands.
func TestStandardInputFromAFile(t *testing.T) {
	text := logText(100)
	f, err := os.Open(writeFile(t, "f", text))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Seek(50, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	files, err := Expand([]string{"-"}, f)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := files.Sources[0].Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	got, err := io.ReadAll(stream)
	if err != nil || !bytes.Equal(got, text[50:]) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if want := (Progress{int64(len(text) - 50), int64(len(text) - 50), int64(len(text) - 50)}); stream.Progress() != want {
		t.Errorf("progress %+v, want %+v", stream.Progress(), want)
	}
}

func FuzzStream(f *testing.F) {
	text := logText(20)
	f.Add(text)
	f.Add(gzipped(f, text, text))
	f.Add(gzipped(f, text)[:40])
	f.Add(zstded(f, text))
	f.Add(zstdFrameWithWindow(20))
	f.Add([]byte("BZh91AY&SY\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		read := func() (string, string, error) {
			stream := openReader(t, io.MultiReader(bytes.NewReader(content)))
			var text strings.Builder
			_, err := io.Copy(&text, io.LimitReader(stream, 16<<20))
			id, _ := stream.Origin()
			return text.String(), id, err
		}
		text, id, err := read()
		again, idAgain, errAgain := read()
		if text != again || id != idAgain || (err == nil) != (errAgain == nil) {
			t.Fatal("two readings differ")
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Fatalf("error of several lines: %q", err)
		}
	})
}
