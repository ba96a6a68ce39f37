package profile

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// A saved profile is a file of frames. The file starts with the 8 bytes of fileMagic, whose last is the version of the
// layout. A frame is, in little endian, the payload's length (4 bytes), the CRC-32C of kind and payload (4 bytes), the
// kind (1 byte) and the payload. A payload is the whole profile so far as JSON: each frame stands for itself and the
// last whole one counts.
const (
	fileMagic = "loadxPF\x01"
	frameHead = 9

	kindCheckpoint = 'c' // the measurement went on after this frame
	kindFinal      = 'f' // the measurement was complete

	// A file with checkpoints is written anew when it exceeds this size and consists mostly of outdated frames.
	compactAbove = 32 << 20
	// maxFrame is how large a frame may be to be read.
	maxFrame = 1 << 30
)

var (
	// ErrNotProfile is wrapped by the error of reading a file that loadx did not save.
	ErrNotProfile = errors.New("not a profile saved by loadx")
	// ErrNoFrame is wrapped by the error of reading a file in which no whole frame is left.
	ErrNoFrame = errors.New("no whole profile in the file")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A Saver writes a profile to a file while it is measured. It is not safe for concurrent use.
type Saver struct {
	path   string
	f      *os.File
	size   int64
	frames int
	err    error
}

// Create opens a file for saving, so that a bad path fails before anything is measured. What the file held is lost. A full
// disk is no reason not to measure: it fails the first Checkpoint, and may have room for Finish.
func Create(path string) (*Saver, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, fmt.Errorf("save: %w", err)
	}
	s := &Saver{path: path, f: f}
	if err := s.write([]byte(fileMagic)); err != nil && !errors.Is(err, syscall.ENOSPC) {
		f.Close()
		return nil, err
	}
	return s, nil
}

func (s *Saver) write(b []byte) error {
	if s.err != nil {
		return s.err
	}
	n, err := s.f.Write(b)
	s.size += int64(n)
	if err != nil {
		s.err = fmt.Errorf("save: %w", err)
	}
	return s.err
}

// Checkpoint appends the profile so far. After an error the file stays at the last whole frame, and every later call
// returns that error.
func (s *Saver) Checkpoint(p *Profile) error {
	frame, err := encodeFrame(kindCheckpoint, p)
	if err != nil {
		return err
	}
	if s.size > compactAbove && s.size > 8*int64(len(frame)) {
		if err := s.rewrite(frame); err != nil && s.err == nil {
			s.err = err
		}
		return s.err
	}
	s.frames++
	return s.write(frame)
}

// Finish writes the complete profile, drops the checkpoints and closes the file.
func (s *Saver) Finish(p *Profile) error {
	frame, err := encodeFrame(kindFinal, p)
	if err != nil {
		s.f.Close()
		return err
	}
	appendErr := s.write(frame)
	if appendErr == nil && s.frames == 0 {
		return s.close()
	}
	// With a whole frame in the file already, failing to make it smaller loses nothing. Without one, a file of this
	// frame alone may still fit where the checkpoints before it did not.
	if err := s.rewrite(frame); err != nil && appendErr != nil {
		s.f.Close()
		return appendErr
	}
	s.err = nil
	return s.close()
}

// Abandon closes the file as it is.
func (s *Saver) Abandon() { s.f.Close() }

func (s *Saver) close() error {
	info, err := s.f.Stat()
	if err == nil && info.Mode().IsRegular() {
		if err := s.f.Sync(); err != nil {
			s.f.Close()
			return fmt.Errorf("save: %w", err)
		}
	}
	if err := s.f.Close(); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	return nil
}

// rewrite replaces the file, in one step, by one that holds the frame alone.
func (s *Saver) rewrite(frame []byte) error {
	info, err := s.f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return errors.New("save: no regular file")
	}
	temp, err := os.CreateTemp(filepath.Dir(s.path), "."+filepath.Base(s.path)+".*")
	if err != nil {
		return fmt.Errorf("save: %w", err)
	}
	_, err = temp.Write(append([]byte(fileMagic), frame...))
	err = errors.Join(err, temp.Chmod(info.Mode().Perm()), temp.Sync())
	if err == nil {
		err = os.Rename(temp.Name(), s.path)
	}
	if err != nil {
		temp.Close()
		os.Remove(temp.Name())
		return fmt.Errorf("save: %w", err)
	}
	s.f.Close()
	s.f, s.size, s.frames = temp, int64(len(fileMagic)+len(frame)), 1
	return nil
}

func encodeFrame(kind byte, p *Profile) ([]byte, error) {
	payload, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("save: %w", err)
	}
	frame := make([]byte, frameHead, frameHead+len(payload))
	frame[8] = kind
	frame = append(frame, payload...)
	binary.LittleEndian.PutUint32(frame[0:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(frame[4:], crc32.Checksum(frame[8:], castagnoli))
	return frame, nil
}

// Load reads a saved profile. Of a file that a crash cut short it returns the last whole frame, with a warning that
// makes the profile invalid.
func Load(path string) (*Profile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// Read reads a saved profile as [Load] does.
func Read(r io.Reader) (*Profile, error) {
	magic := make([]byte, len(fileMagic))
	if _, err := io.ReadFull(r, magic); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if string(magic) != fileMagic {
		if string(magic[:7]) == fileMagic[:7] && magic[7] > fileMagic[7] {
			return nil, fmt.Errorf("%w: layout %d is newer than this loadx knows", ErrNotProfile, magic[7])
		}
		return nil, ErrNotProfile
	}
	last, kind, torn, err := lastFrame(r)
	if err != nil {
		return nil, err
	}
	if last == nil {
		return nil, ErrNoFrame
	}
	p, err := decode(last)
	if err != nil {
		return nil, err
	}
	switch {
	case torn:
		p.Warn(Warning{Code: "torn", Invalidates: true,
			Text: "the file ends in the middle of a frame: the numbers are those of the last whole one"})
	case kind != kindFinal:
		p.Warn(Warning{Code: "unfinished", Invalidates: true,
			Text: "the measurement did not end: the numbers are those of its last checkpoint"})
	}
	return p, nil
}

// lastFrame returns the payload of the last whole frame, and whether something that is no whole frame follows it.
func lastFrame(r io.Reader) (last []byte, kind byte, torn bool, err error) {
	var spare []byte
	for {
		var head [frameHead]byte
		n, err := io.ReadFull(r, head[:])
		if n == 0 && errors.Is(err, io.EOF) {
			return last, kind, false, nil
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return last, kind, true, nil
		}
		if err != nil {
			return nil, 0, false, err
		}
		size := binary.LittleEndian.Uint32(head[0:])
		if size > maxFrame {
			return last, kind, true, nil
		}
		// The length is not believed before the bytes are there.
		payload, err := readUpTo(r, spare[:0], int64(size))
		if err != nil {
			return nil, 0, false, err
		}
		sum := crc32.Update(crc32.Checksum(head[8:], castagnoli), castagnoli, payload)
		if len(payload) < int(size) || sum != binary.LittleEndian.Uint32(head[4:]) {
			return last, kind, true, nil
		}
		last, spare, kind = payload, last, head[8]
	}
}

func readUpTo(r io.Reader, buf []byte, size int64) ([]byte, error) {
	const step = 1 << 20
	for int64(len(buf)) < size {
		want := min(size-int64(len(buf)), step)
		start := len(buf)
		buf = append(buf, make([]byte, want)...)
		n, err := io.ReadFull(r, buf[start:])
		buf = buf[:start+n]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return buf, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return buf, nil
}
