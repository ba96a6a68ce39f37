package accesslog

import "testing"

const (
	benchHead = `203.0.113.77 - - [10/Oct/2025:13:55:36 +0000] "GET /presentations/logstash/images/kibana-search.png?v=12 HTTP/1.1" 200 203023`
	benchRest = ` "https://www.example.com/presentations/logstash/" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.77 Safari/537.36"`
)

// BenchmarkParse times one line in each format; "program" is combined without
// its fast path.
func BenchmarkParse(b *testing.B) {
	program := *compiled[0]
	program.fast = nil
	for _, c := range []struct {
		name   string
		format *Format
		line   string
	}{
		{"combined", compiled[0], benchHead + benchRest},
		{"program", &program, benchHead + benchRest},
		{"common", compiled[1], benchHead},
		{"vhost_combined", compiled[2], "www.example.com:443 " + benchHead + benchRest},
		{"nginx_main", compiled[3], benchHead + benchRest + ` "206.81.7.133, 172.70.114.69"`},
		{"ingress", mustParse(b, ingressNginx), benchHead + benchRest + ` 345 0.004 [default-web-80] [] 10.1.2.3:8080 612 0.004 200 5f2a4c1be3`},
		{"escaped", compiled[0], benchHead + ` "-" "a \"quoted\" agent \x41"`},
		{"bad", compiled[0], benchHead + ` "-" "unterminated`},
		{"csv", mustParse(b, csvApache), `example.com,443,194.233.82.52,-,-,[09/Feb/2025:00:10:18 +0000],954,6845,7799,2975,1,1128,615,200,"HTTP/1.1","POST","/index.html","?a=b","-","Mozilla/5.0 (X11, Linux)","-",-`},
		{"goaccess_w3c", mustParse(b, `%d %t %^ %m %U %q %^ %^ %h %u %R %s %^ %^ %L`), `2012-04-01 00:00:13 1.1.1.1 GET /foo/bar a=b 80 theuser 1.2.3.4 Mozilla/5.0+(X11;+U) - 200 654 456 1687`},
	} {
		b.Run(c.name, func(b *testing.B) {
			line := []byte(c.line)
			p := c.format.NewParser()
			var r Record
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Parse(line, &r); (err == nil) != (c.name != "bad") {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRealLog times a real log from bytes to records.
func BenchmarkRealLog(b *testing.B) {
	var data []byte
	for _, line := range readLog(b, "logs/combined/sundog_2017.log.gz") {
		data = append(append(data, line...), '\n')
	}
	p := compiled[0].NewParser()
	var r Record
	lines := 0
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		lines = 0
		for line, rest, more := Cut(data); more; line, rest, more = Cut(rest) {
			if err := p.Parse(line, &r); err != nil {
				b.Fatal(err)
			}
			lines++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(lines), "ns/line")
}

func BenchmarkAppend(b *testing.B) {
	p := compiled[3].NewParser()
	var r Record
	line := []byte(benchHead + benchRest + ` "206.81.7.133, 172.70.114.69"`)
	if err := p.Parse(line, &r); err != nil {
		b.Fatal(err)
	}
	var dst []byte
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		dst = compiled[3].Append(dst[:0], &r)
	}
}
