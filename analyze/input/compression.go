package input

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Compression is how a stream is packed on disk, told by its first bytes.
type Compression string

// The compressions that are undone.
const (
	Uncompressed Compression = "none"
	Gzip         Compression = "gzip"
	Zstd         Compression = "zstd"
	Bzip2        Compression = "bzip2"
)

// MaxZstdWindow is the largest window in bytes that a zstd frame may ask for;
// zstd's levels up to 19 need 8 MiB, --long=27 would need 128 MiB.
const MaxZstdWindow = 64 << 20

// ErrUnsupported is wrapped by the errors of streams that are recognised and
// cannot be read: other compressions, archives, UTF-16.
var ErrUnsupported = errors.New("not supported")

// sniffLength is how many bytes sniff looks at.
const sniffLength = 10

// rawBuffer is how much compressed data is read at once.
const rawBuffer = 128 << 10

// sniff tells the compression by the first bytes of a stream.
func sniff(head []byte) (Compression, error) {
	has := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case has("\x1f\x8b\x08"):
		return Gzip, nil
	case has("\x28\xb5\x2f\xfd"), len(head) >= 4 && head[0]>>4 == 5 && has(string(head[:1])+"\x2a\x4d\x18"):
		return Zstd, nil
	case len(head) >= 10 && has("BZh") && '1' <= head[3] && head[3] <= '9' &&
		(string(head[4:10]) == "\x31\x41\x59\x26\x53\x59" || string(head[4:10]) == "\x17\x72\x45\x38\x50\x90"):
		return Bzip2, nil
	case has("\xfd7zXZ\x00"):
		return "", unsupported("xz", "xz -dc")
	case has("PK\x03\x04"):
		return "", unsupported("zip", "unzip -p")
	case has("\x04\x22\x4d\x18"):
		return "", unsupported("lz4", "lz4 -dc")
	case has("7z\xbc\xaf\x27\x1c"):
		return "", unsupported("7z", "7z x -so")
	case has("\x1f\x9d"):
		return "", unsupported("compress (.Z)", "gzip -dc")
	}
	return Uncompressed, nil
}

func unsupported(what, through string) error {
	return fmt.Errorf("%s is %w: pipe it through %s", what, ErrUnsupported, through)
}

// decompress returns a reader of the text in r, and what ends its decoder.
func decompress(c Compression, r io.Reader) (io.Reader, func(), error) {
	buffered := bufio.NewReaderSize(r, rawBuffer)
	switch c {
	case Gzip:
		return &members{raw: buffered}, func() {}, nil
	case Zstd:
		// One goroutine: the caller reads ahead already, and a decoder of
		// several would hold several blocks more.
		decoder, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(MaxZstdWindow))
		if err != nil {
			return nil, nil, err
		}
		return decoder, decoder.Close, nil
	case Bzip2:
		return bzip2.NewReader(buffered), func() {}, nil
	}
	panic("BUG: input: decompress of " + string(c))
}

// decodeError says of which kind a decoder's error is.
func decodeError(c Compression, err error) error {
	var pathErr *fs.PathError
	switch {
	case errors.As(err, &pathErr): // the file's error, not the data's
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the %s data is cut short: %w", c, err)
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return fmt.Errorf("the zstd window is larger than %d MiB: %w", MaxZstdWindow>>20, err)
	}
	return fmt.Errorf("the %s data is damaged: %w", c, err)
}

// members reads the concatenated members of a gzip file (RFC 1952, section
// 2.2). Unlike gzip.Reader it accepts zero bytes behind the last one, with
// which tapes and block devices pad, as gzip itself does.
type members struct {
	raw    *bufio.Reader
	member gzip.Reader
	opened bool
	err    error
}

func (m *members) Read(p []byte) (int, error) {
	for m.err == nil {
		if !m.opened {
			if m.err = m.next(); m.err != nil {
				break
			}
		}
		n, err := m.member.Read(p)
		if errors.Is(err, io.EOF) {
			m.opened = false
			err = nil
		}
		m.err = err
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, m.err
}

// next opens the member that begins at the reader's position.
func (m *members) next() error {
	for {
		head, err := m.raw.Peek(1)
		if err != nil {
			return err
		}
		if head[0] != 0 {
			break
		}
		if _, err := m.raw.Discard(1); err != nil {
			return err
		}
	}
	if err := m.member.Reset(m.raw); err != nil {
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	m.member.Multistream(false)
	m.opened = true
	return nil
}
