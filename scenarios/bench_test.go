package scenarios

import (
	"os"
	"testing"

	"github.com/loadx/loadx/scenarios/traffic"
)

func BenchmarkRequest(b *testing.B) {
	p := launchDay(b)
	var r Request
	v := p.Visit(1)
	p.Request(&r, v)
	b.SetBytes(int64(len(r.URL) + len(r.Header)))
	b.ReportAllocs()
	for b.Loop() {
		v.N++
		p.Request(&r, v)
	}
}

func BenchmarkCursorAndRequest(b *testing.B) {
	p := launchDay(b)
	var r Request
	cursor := p.Cursor(traffic.Shard{})
	b.ReportAllocs()
	for b.Loop() {
		v, ok := cursor.Next()
		if !ok {
			cursor = p.Cursor(traffic.Shard{})
			continue
		}
		p.Request(&r, v)
	}
}

func BenchmarkCounting(b *testing.B) {
	p := launchDay(b)
	var buffer []byte
	v := p.Visit(1)
	b.ReportAllocs()
	for b.Loop() {
		v.ID++
		buffer = p.AppendCounting(buffer[:0], v)
	}
}

func BenchmarkParse(b *testing.B) {
	src, err := os.ReadFile("testdata/launch-day.yaml")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("f.yaml", src, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
