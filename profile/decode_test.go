package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

// payloads are what frames of real measurements hold.
func payloads(t testing.TB) [][]byte {
	t.Helper()
	attack := stages(t, 2)[1]
	attack.Planned = &Planned{Hits: 14, UV: 10, Population: 10, Hash: "abc", Shards: []uint64{0}, ShardCount: 1}
	attack.Seen = recordLog(randomLog(rand.New(rand.NewPCG(1, 7)), 5, 0, 1000), time.UTC)
	log := recordLog(randomLog(rand.New(rand.NewPCG(1, 8)), 20, 1_700_000_000, 1_700_100_000), mustZone(t, "Europe/Berlin"))
	log.BadLines = []BadLine{{File: "f", Line: 1}}
	var out [][]byte
	for _, p := range []*Profile{attack, log} {
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// use does with a decoded profile what the rest of the program may do.
func use(t *testing.T, p *Profile) {
	c, err := p.Clone()
	if err != nil {
		t.Fatalf("a decoded profile does not clone: %v", err)
	}
	a, errA := json.Marshal(p)
	b, errB := json.Marshal(c)
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Fatalf("the clone differs: %v, %v\n%s\n%s", errA, errB, a, b)
	}
	for _, m := range metrics {
		if v, ok := m.Of(p); ok {
			_ = v.String()
		}
	}
	for _, row := range p.Tables[ByPage].Rows(-1) {
		m, err := FindPageMetric(row.Key, "p99")
		if err != nil {
			t.Fatal(err)
		}
		m.Of(p)
	}
	if p.Calendar != nil {
		p.Calendar.Roll(Month)
	}
	p.Invalid()
	c.Origins = nil
	_ = p.Merge(c)
	_ = p.Absorb(c)
	r := newRecorder(p)
	r.Add(&Hit{Time: 5e17, Page: []byte("/"), Method: []byte("GET"), Status: 200, PageView: true, HasVisitor: true, Due: time.Hour, Sent: time.Hour})
}

func FuzzRead(f *testing.F) {
	for _, payload := range payloads(f) {
		whole := framed(kindFinal, string(payload))
		f.Add([]byte(whole))
		f.Add([]byte(whole[:len(whole)-5]))
		f.Add([]byte(framed(kindCheckpoint, string(payload)) + whole[8:]))
	}
	f.Add([]byte("loadxPF\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Read(bytes.NewReader(data))
		if err != nil {
			if p != nil || !errors.Is(err, ErrNotProfile) && !errors.Is(err, ErrNoFrame) {
				t.Fatalf("%v", err)
			}
			return
		}
		use(t, p)
	})
}

// FuzzDecode gets behind the checksum, which stops nearly all that FuzzRead tries.
func FuzzDecode(f *testing.F) {
	for _, payload := range payloads(f) {
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		p, err := decode(payload)
		if err != nil {
			if p != nil || !errors.Is(err, ErrNotProfile) {
				t.Fatalf("%v", err)
			}
			return
		}
		use(t, p)
	})
}
