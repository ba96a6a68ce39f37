// Command genlog writes a synthetic combined access log to standard output, for benchmarks: many visitors, real-looking
// User-Agents, paths with a long tail, a day and a half of time. The same flags write the same bytes.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"time"
)

var agents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%d.1 Safari/605.1.15",
	"Mozilla/5.0 (X11; Linux x86_64; rv:%[1]d.0) Gecko/20100101 Firefox/%[1]d.0",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_%d like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
	"Mozilla/5.0 (compatible; Googlebot/2.%d; +http://www.google.com/bot.html)",
}

func main() {
	lines := flag.Int("lines", 1_000_000, "lines")
	visitors := flag.Int("visitors", 900_000, "visitors, about")
	paths := flag.Int("paths", 20_000, "distinct paths, about")
	cookie := flag.Bool("cookie", false, "add a cookie field")
	flag.Parse()
	r := rand.New(rand.NewPCG(1, 2))
	w := bufio.NewWriterSize(os.Stdout, 1<<20)
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range *lines {
		v := r.IntN(*visitors)
		t := start.Add(time.Duration(float64(i) / float64(*lines) * float64(36*time.Hour)))
		path := int(math.Pow(float64(*paths), r.Float64())) // few paths get most hits
		ext := ""
		if r.IntN(3) == 0 {
			ext = ".css"
		}
		status := 200
		switch r.IntN(50) {
		case 0:
			status = 404
		case 1:
			status = 500
		case 2:
			status = 304
		}
		fmt.Fprintf(w, `%d.%d.%d.%d - - [%s] "GET /section/%d/page%s?ref=%d HTTP/1.1" %d %d "https://www.example.com/start" "`,
			v>>24+1, v>>16&255, v>>8&255, v&255, t.Format("02/Jan/2006:15:04:05 -0700"), path, ext, r.IntN(9), status, 200+r.IntN(50_000))
		fmt.Fprintf(w, agents[v%len(agents)], 100+v%30)
		w.WriteByte('"')
		if *cookie {
			fmt.Fprintf(w, ` "u%d"`, v)
		}
		w.WriteByte('\n')
	}
	if err := w.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "genlog:", err)
		os.Exit(1)
	}
}
