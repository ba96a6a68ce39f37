package accesslog

import "testing"

func TestSmoke(t *testing.T) {
	line := []byte(`127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b HTTP/1.1" 200 2326 "http://www.example.com/start.html" "Mozilla/5.0 \"x\""`)
	for _, f := range Formats() {
		var r Record
		err := f.NewParser().Parse(line, &r)
		t.Logf("%s %v %q %q %q %s", f.Name(), err, r.UserAgent, r.Path(), f.Fields(), f.Append(nil, &r))
		if e, ok := err.(*LineError); ok {
			a, b := e.Caret(line, 78)
			t.Log("\n" + a + "\n" + b)
		}
	}
}
func BenchmarkCombined(b *testing.B) {
	line := []byte(`127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /presentations/logstash-monitorama-2013/images/kibana-search.png HTTP/1.1" 200 2326 "http://semicomplete.com/presentations/logstash-monitorama-2013/" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.77 Safari/537.36"`)
	p := Formats()[0].NewParser()
	var r Record
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Parse(line, &r); err != nil {
			b.Fatal(err)
		}
	}
}
