package profile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stages are the profiles of a measurement as it goes on: each has 7 hits more than the one before.
func stages(t testing.TB, n int) []*Profile {
	t.Helper()
	hits := randomAttack(rand.New(rand.NewPCG(1, 9)), 7*n, 10)
	var out []*Profile
	for i := range n {
		out = append(out, recordAttack(hits[:7*i+7], 10))
	}
	return out
}

func sameNumbers(t *testing.T, got, want *Profile) bool {
	t.Helper()
	c, err := got.Clone()
	if err != nil {
		t.Fatal(err)
	}
	c.Warnings = want.Warnings
	return numbers(t, c) == numbers(t, want)
}

func codes(p *Profile) string {
	var s []string
	for _, w := range p.Warnings {
		s = append(s, w.Code)
		if w.Invalidates {
			s = append(s, "!")
		}
	}
	return strings.Join(s, "")
}

// save writes the stages as checkpoints, and the last one also as the end if the measurement ended.
func save(t *testing.T, stages []*Profile, finish bool) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "run.loadx")
	s, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range stages {
		if err := s.Checkpoint(p); err != nil {
			t.Fatal(err)
		}
	}
	if !finish {
		s.Abandon()
		return path
	}
	if err := s.Finish(stages[len(stages)-1]); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSaveAndLoad(t *testing.T) {
	measured := stages(t, 4)
	for _, checkpoints := range []int{0, 1, 4} {
		path := filepath.Join(t.TempDir(), "run.loadx")
		if err := os.WriteFile(path, []byte("what was there before"), 0o640); err != nil {
			t.Fatal(err)
		}
		s, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range measured[:checkpoints] {
			if err := s.Checkpoint(p); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Finish(measured[3]); err != nil {
			t.Fatal(err)
		}
		p, err := Load(path)
		if err != nil || !sameNumbers(t, p, measured[3]) || codes(p) != "" || p.Invalid() {
			t.Errorf("%d checkpoints: %v", checkpoints, err)
		}
		// A finished file holds one frame, has the rights that it had, and nothing lies beside it.
		data, _ := os.ReadFile(path)
		if n := len(frames(t, data)); n != 1 {
			t.Errorf("%d checkpoints: %d frames", checkpoints, n)
		}
		if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
			t.Errorf("mode %v", info.Mode())
		}
		if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
			t.Errorf("%v", files)
		}
	}
}

// A measurement that was killed leaves its last checkpoint, and says that it did not end.
func TestUnfinished(t *testing.T) {
	measured := stages(t, 3)
	p, err := Load(save(t, measured, false))
	if err != nil || !sameNumbers(t, p, measured[2]) || codes(p) != "unfinished!" || !p.Invalid() {
		t.Errorf("%v, %s", err, codes(p))
	}
	empty := filepath.Join(t.TempDir(), "empty")
	s, err := Create(empty)
	if err != nil {
		t.Fatal(err)
	}
	s.Abandon()
	if _, err := Load(empty); !errors.Is(err, ErrNoFrame) {
		t.Errorf("killed before the first checkpoint: %v", err)
	}
}

// frames cuts a file into its frames by the layout that is documented.
func frames(t *testing.T, data []byte) (ends []int) {
	t.Helper()
	if string(data[:8]) != "loadxPF\x01" {
		t.Fatalf("the file starts with %q", data[:8])
	}
	for at := 8; at < len(data); {
		size := int(binary.LittleEndian.Uint32(data[at:]))
		body := data[at+8 : at+9+size]
		if crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)) != binary.LittleEndian.Uint32(data[at+4:]) {
			t.Fatalf("the checksum of the frame at %d is wrong", at)
		}
		at += 9 + size
		ends = append(ends, at)
	}
	return ends
}

// A file cut short at any byte gives the last whole frame with a warning, or a clear error; never other numbers.
func TestTornAtEveryByte(t *testing.T) {
	measured := stages(t, 3)
	data, err := os.ReadFile(save(t, measured, false))
	if err != nil {
		t.Fatal(err)
	}
	ends := frames(t, data)
	want := make([]string, len(measured))
	for i, p := range measured {
		want[i] = numbers(t, p)
	}
	// All that is decoded of one frame is the same, so its numbers are compared once.
	compared := map[int]bool{}
	for cut := range data {
		whole := 0
		for whole < len(ends) && ends[whole] <= cut {
			whole++
		}
		last, kind, torn, err := []byte(nil), byte(0), false, error(nil)
		if cut >= 8 {
			last, kind, torn, err = lastFrame(bytes.NewReader(data[8:cut]))
			atEnd := cut == 8 || whole > 0 && ends[whole-1] == cut
			if err != nil || torn == atEnd || (last != nil) != (whole > 0) || whole > 0 && kind != kindCheckpoint {
				t.Fatalf("cut at %d: kind %q, torn %v, %v", cut, kind, torn, err)
			}
			if whole > 0 && !bytes.Equal(last, data[ends[whole-1]-len(last):ends[whole-1]]) {
				t.Fatalf("cut at %d: not the last whole frame", cut)
			}
		}
		if cut > 20 && compared[whole] && !torn && cut%97 != 0 {
			continue
		}
		if cut > 20 && torn && compared[-whole-1] && cut%97 != 0 {
			continue
		}
		p, err := Read(bytes.NewReader(data[:cut]))
		switch {
		case cut < 8:
			if !errors.Is(err, ErrNotProfile) {
				t.Fatalf("cut at %d: %v", cut, err)
			}
		case whole == 0:
			if !errors.Is(err, ErrNoFrame) {
				t.Fatalf("cut at %d: %v", cut, err)
			}
		default:
			code := "unfinished!"
			if torn {
				code = "torn!"
				compared[-whole-1] = true
			}
			if err != nil || codes(p) != code || !p.Invalid() {
				t.Fatalf("cut at %d: %v, %s", cut, err, codes(p))
			}
			p.Warnings = nil
			if numbers(t, p) != want[whole-1] {
				t.Fatalf("cut at %d: not the numbers of frame %d", cut, whole)
			}
			compared[whole] = true
		}
	}
}

// One wrong byte anywhere costs frames and never changes a number.
func TestDamagedByte(t *testing.T) {
	measured := stages(t, 2)
	data, err := os.ReadFile(save(t, measured, false))
	if err != nil {
		t.Fatal(err)
	}
	ends := frames(t, data)
	first, second := data[8+frameHead:ends[0]], data[ends[0]+frameHead:]
	for at := range data {
		damaged := bytes.Clone(data)
		damaged[at] ^= 1 << (at % 8)
		if at < 8 {
			if _, err := Read(bytes.NewReader(damaged)); !errors.Is(err, ErrNotProfile) {
				t.Fatalf("byte %d: %v", at, err)
			}
			continue
		}
		last, _, torn, err := lastFrame(bytes.NewReader(damaged[8:]))
		want := first
		if at < ends[0] {
			want = nil
		}
		if err != nil || !torn || !bytes.Equal(last, want) || bytes.Equal(last, second) {
			t.Fatalf("byte %d: torn %v, %v", at, torn, err)
		}
	}
}

func TestForeignFiles(t *testing.T) {
	f := func(content, want string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		if !errors.Is(err, ErrNotProfile) || !strings.HasSuffix(err.Error(), want) || !strings.HasPrefix(err.Error(), path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.30q: %v, want %q", content, err, want)
		}
	}
	f("", "not a profile saved by loadx")
	f("{}", "not a profile saved by loadx")
	f("loadx", "not a profile saved by loadx")
	f("loadxPF", "not a profile saved by loadx")
	f("127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1", "not a profile saved by loadx")
	f("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "not a profile saved by loadx")
	f("loadxPF\x02and what may come", "layout 2 is newer than this loadx knows")
	f("loadxPF\x00", "not a profile saved by loadx")
	f(framed(kindFinal, `{"source":"neither"}`), `unknown source "neither"`)
	f(framed(kindFinal, `[1]`), "cannot unmarshal array into Go value of type profile.Profile")
	if _, err := Load(filepath.Join(t.TempDir(), "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("a directory was read")
	}
}

// framed is a file of one frame.
func framed(kind byte, payload string) string {
	body := append([]byte{kind}, payload...)
	head := binary.LittleEndian.AppendUint32(nil, uint32(len(payload)))
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(body, castagnoli))
	return fileMagic + string(head) + string(body)
}

// A length that is not there is not allocated.
func TestLengthIsNotBelieved(t *testing.T) {
	head := binary.LittleEndian.AppendUint32([]byte(fileMagic), maxFrame)
	before := testing.AllocsPerRun(1, func() {})
	var read error
	n := testing.AllocsPerRun(3, func() { _, read = Read(bytes.NewReader(append(head, "tiny: no gigabyte follows"...))) })
	if !errors.Is(read, ErrNoFrame) || n > before+50 {
		t.Errorf("%v, %v allocations", read, n)
	}
	last, _, torn, err := lastFrame(bytes.NewReader([]byte("\xff\xff\xff\xffsumsk and more")))
	if last != nil || !torn || err != nil {
		t.Errorf("%v %v", torn, err)
	}
}

func TestCreateRefuses(t *testing.T) {
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "no", "such", "folder"), ""} {
		if _, err := Create(path); err == nil || !strings.HasPrefix(err.Error(), "save: ") {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// full makes every further write of a saver fail as on a full disk.
func full(t *testing.T, s *Saver) {
	t.Helper()
	f, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("SKIPPED: a full disk is tested with /dev/full: %v", err)
	}
	s.f.Close()
	s.f = f
}

// On a full disk the first error stays, and the file keeps the frames that it had.
func TestFullDisk(t *testing.T) {
	measured := stages(t, 3)
	path := filepath.Join(t.TempDir(), "run.loadx")
	s, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Checkpoint(measured[0]); err != nil {
		t.Fatal(err)
	}
	full(t, s)
	first := s.Checkpoint(measured[1])
	if first == nil || !strings.Contains(first.Error(), "no space left on device") || !strings.HasPrefix(first.Error(), "save: ") {
		t.Fatalf("%v", first)
	}
	if again := s.Checkpoint(measured[2]); again != first {
		t.Errorf("then %v", again)
	}
	if end := s.Finish(measured[2]); end != first {
		t.Errorf("at the end %v", end)
	}
	p, err := Load(path)
	if err != nil || !sameNumbers(t, p, measured[0]) || codes(p) != "unfinished!" {
		t.Errorf("%v, %s", err, codes(p))
	}
	s, err = Create("/dev/full")
	if err != nil {
		t.Fatalf("a disk that is full from the start keeps from measuring: %v", err)
	}
	if err := s.Finish(measured[0]); err == nil || !strings.Contains(err.Error(), "no space left on device") {
		t.Errorf("full from the start: %v", err)
	}
}

// What was measured is saved whole at the end if space was short before and then was made.
func TestFinishAfterSpaceWasMade(t *testing.T) {
	measured := stages(t, 3)
	path := save(t, measured[:1], false)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &Saver{path: path, f: f, frames: 1, err: errors.New("save: no space left on device")}
	if err := s.Finish(measured[2]); err != nil {
		t.Fatal(err)
	}
	p, err := Load(path)
	if err != nil || !sameNumbers(t, p, measured[2]) || codes(p) != "" {
		t.Errorf("%v, %s", err, codes(p))
	}
}

// Checkpoints do not let a file grow without a bound.
func TestCompaction(t *testing.T) {
	measured := stages(t, 4)
	path := filepath.Join(t.TempDir(), "run.loadx")
	s, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range measured[:3] {
		if i == 2 {
			s.size = compactAbove + 1
		}
		if err := s.Checkpoint(p); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(frames(t, data)); n != 1 || s.size != int64(len(data)) {
		t.Errorf("%d frames, size %d of %d", n, s.size, len(data))
	}
	if p, err := Load(path); err != nil || !sameNumbers(t, p, measured[2]) || codes(p) != "unfinished!" {
		t.Errorf("%v", err)
	}
	if err := s.Checkpoint(measured[3]); err != nil {
		t.Fatal(err)
	}
	s.Abandon()
	if p, err := Load(path); err != nil || !sameNumbers(t, p, measured[3]) {
		t.Errorf("after the compaction: %v", err)
	}
}

// A device or a pipe is written in place and never replaced.
func TestFinishOnADevice(t *testing.T) {
	measured := stages(t, 2)
	s, err := Create(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Checkpoint(measured[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.Finish(measured[1]); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%v, %v", info, err)
	}
}

func BenchmarkCheckpoint(b *testing.B) {
	p := recordAttack(randomAttack(rand.New(rand.NewPCG(1, 1)), 100_000, 50_000), 50_000)
	s, err := Create(filepath.Join(b.TempDir(), "run.loadx"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Abandon()
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Checkpoint(p); err != nil {
			b.Fatal(err)
		}
	}
}
