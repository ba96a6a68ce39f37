package accesslog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// chunked returns the lines that a Chunker and a Scanner make of a stream.
func chunked(t testing.TB, r io.Reader, bufSize int) (lines []string, tooLong int64, err error) {
	t.Helper()
	c := NewChunker(r)
	buf := make([]byte, bufSize)
	var s Scanner
	for {
		chunk, err := c.Next(buf)
		if err != nil {
			if again, err2 := c.Next(buf); len(again) > 0 || !errors.Is(err2, err) {
				t.Fatalf("after %v: %q, %v", err, again, err2)
			}
			return lines, c.TooLong(), err
		}
		if len(chunk) == 0 {
			t.Fatal("an empty chunk without an error")
		}
		s.Reset(chunk)
		for s.Scan() {
			lines = append(lines, string(s.Line()))
		}
	}
}

// split is the oracle: lines of data, those over MaxLine dropped and counted.
func split(data string) (lines []string, tooLong int64) {
	if data == "" {
		return nil, 0
	}
	for _, line := range strings.Split(strings.TrimSuffix(data, "\n"), "\n") {
		if len(line) > MaxLine {
			tooLong++
			continue
		}
		lines = append(lines, strings.TrimSuffix(line, "\r"))
	}
	return lines, tooLong
}

func digest(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		if len(l) > 40 {
			l = fmt.Sprintf("%.10s…%d", l, len(l))
		}
		b.WriteString(l + "|")
	}
	return b.String()
}

func TestChunkerAgainstSplit(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	rng := rand.New(rand.NewPCG(3, 4))
	cases := []string{
		"", "\n", "\r\n", "a", "a\n", "a\nb", "a\r\nb\r\n", "\n\n", "a\r", "\r\r\n",
		long(MaxLine), long(MaxLine) + "\n", long(MaxLine+1) + "\n", long(MaxLine + 1), long(MaxLine-1) + "\r\nq",
		long(MaxLine) + "\r\nq", "a\n" + long(5*MaxLine) + "\nb\n", long(2*MaxLine+1) + "\n" + long(2*MaxLine+2) + "\nend",
		long(MaxLine) + "\n" + long(MaxLine) + "\n" + long(MaxLine) + "\n", long(7*MaxLine) + "\n" + long(7*MaxLine),
	}
	for range 3 {
		var b strings.Builder
		for b.Len() < 4*MaxLine {
			n := rng.IntN(20000)
			if rng.IntN(50) == 0 {
				n = MaxLine - 5 + rng.IntN(10)
			}
			b.WriteString(long(n))
			b.WriteByte('\n')
		}
		cases = append(cases, b.String())
	}
	for i, data := range cases {
		want, wantLong := split(data)
		for _, size := range []int{MinChunk, MinChunk + 12345, 8 << 20} {
			got, tooLong, err := chunked(t, strings.NewReader(data), size)
			if err != io.EOF || tooLong != wantLong || digest(got) != digest(want) {
				t.Errorf("case %d, buffer %d: %v, %d too long (want %d), %d lines (want %d)", i, size, err, tooLong, wantLong, len(got), len(want))
			}
		}
		got, tooLong, err := chunked(t, iotest.DataErrReader(iotest.HalfReader(strings.NewReader(data))), MinChunk)
		if err != io.EOF || tooLong != wantLong || digest(got) != digest(want) {
			t.Errorf("case %d by halves: %v, %d too long, %d lines", i, err, tooLong, len(got))
		}
	}
}

func TestChunkerErrors(t *testing.T) {
	if _, err := NewChunker(strings.NewReader("a\n")).Next(make([]byte, 10)); err == nil {
		t.Error("a small buffer was taken")
	}
	broken := errors.New("broken")
	lines, _, err := chunked(t, io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), MinChunk)
	if !errors.Is(err, broken) || digest(lines) != "a|b|" {
		t.Errorf("got %q, %v", lines, err)
	}
	if _, _, err := chunked(t, idle{}, MinChunk); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got %v, want io.ErrNoProgress", err)
	}
	if _, _, err := chunked(t, liar{}, MinChunk); err == nil || err == io.EOF {
		t.Errorf("an impossible count gave %v", err)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

type liar struct{}

func (liar) Read(b []byte) (int, error) { return len(b) + 1, nil }

func FuzzChunker(f *testing.F) {
	f.Add([]byte("a\nb\r\n\nc"), uint32(0), uint8(1))
	f.Add([]byte("a\n"), uint32(MaxLine+1), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, pad uint32, times uint8) {
		data = bytes.Repeat(append(data, bytes.Repeat([]byte("p"), int(pad%(MaxLine+9)))...), int(times%4))
		want, wantLong := split(string(data))
		got, tooLong, err := chunked(t, iotest.DataErrReader(bytes.NewReader(data)), MinChunk)
		if err != io.EOF || tooLong != wantLong || digest(got) != digest(want) {
			t.Fatalf("%v, %d too long (want %d), lines %s want %s", err, tooLong, wantLong, digest(got), digest(want))
		}
	})
}
