package agent

import (
	"fmt"
	"testing"

	"github.com/zeebo/xxh3"
)

const benchmarkAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.%d.0 Safari/537.36"

func benchmarkAgents(n int) [][]byte {
	agents := make([][]byte, n)
	for i := range agents {
		agents[i] = fmt.Appendf(nil, benchmarkAgent, i)
	}
	return agents
}

func BenchmarkClassifyNew(b *testing.B) {
	agents := benchmarkAgents(4096)
	theMatcher()
	b.ReportAllocs()
	b.SetBytes(int64(len(agents[0])))
	i := 0
	for b.Loop() {
		if Classify(agents[i&4095]).Kind != Person {
			b.Fatal("no person")
		}
		i++
	}
}

func BenchmarkClassifierCached(b *testing.B) {
	for _, distinct := range []int{1, 1 << 10, 1 << 14} {
		b.Run(fmt.Sprintf("distinct=%d", distinct), func(b *testing.B) {
			agents := benchmarkAgents(distinct)
			var c Classifier
			for _, ua := range agents {
				c.Classify(ua)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if c.Classify(agents[i&(distinct-1)]).Kind != Person {
					b.Fatal("no person")
				}
				i++
			}
		})
	}
}

func BenchmarkIdentifyCached(b *testing.B) {
	agents := benchmarkAgents(1 << 10)
	var c Classifier
	for _, ua := range agents {
		c.Identify(ua)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if c.Identify(agents[i&1023]).Kind() != Person {
			b.Fatal("no person")
		}
		i++
	}
}

// The least a cache by hash can cost.
func BenchmarkHashAlone(b *testing.B) {
	agents := benchmarkAgents(1 << 10)
	i := 0
	sum := uint64(0)
	for b.Loop() {
		sum += xxh3.Hash(agents[i&1023])
		i++
	}
	if sum == 0 {
		b.Fatal("no hash")
	}
}

func BenchmarkBuild(b *testing.B) {
	patterns, _ := allPatterns()
	literals := make([]string, len(patterns))
	for i, p := range patterns {
		literals[i] = p.literal
	}
	b.ReportAllocs()
	for b.Loop() {
		newAutomaton(literals)
	}
}
