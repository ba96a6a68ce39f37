package accesslog_test

import (
	"errors"
	"fmt"

	"github.com/loadx/loadx/analyze/accesslog"
)

// A format string as it stands in nginx.conf, a slot resolved once, and a bad
// line with the caret at the byte that failed.
func Example() {
	format, err := accesslog.Parse(`$remote_addr [$time_local] "$request" $status $request_time "$cookie_uid"`)
	if err != nil {
		fmt.Println(err)
		return
	}
	uid, _ := format.Slot("cookie:uid")

	log := []byte(`10.0.0.1 [29/Feb/2024:10:00:00 +0000] "GET /item/7?ref=x HTTP/1.1" 200 0.012 "u42"
10.0.0.2 [30/Feb/2024:10:00:00 +0000] "GET / HTTP/1.1" 200 0.001 "-"
`)
	parser := format.NewParser()
	var r accesslog.Record
	for line, rest, more := accesslog.Cut(log); more; line, rest, more = accesslog.Cut(rest) {
		err := parser.Parse(line, &r)
		var bad *accesslog.LineError
		if errors.As(err, &bad) {
			snippet, caret := bad.Caret(line, 60)
			fmt.Printf("%v\n%s\n%s\n", bad, snippet, caret)
			continue
		}
		fmt.Printf("%s %s %d %v %s\n", r.Addr, r.Path(), r.Status, r.Server, r.Slot(uid))
	}
	// Output:
	// 10.0.0.1 /item/7 200 12ms u42
	// byte 10: time: want a time like 02/Jan/2006:15:04:05 -0700
	// 10.0.0.2 [30/Feb/2024:10:00:00 +0000] "GET / HTTP/1.1" 200 0
	//           ^
}

// Detect finds the format of a log and says what it was held against.
func ExampleDetect() {
	d, err := accesslog.Detect([][]byte{
		[]byte(`example.com:443 10.0.0.1 - - [29/Feb/2024:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "curl/8.5"`),
		[]byte(`example.com:443 10.0.0.2 - - [29/Feb/2024:10:00:01 +0000] "GET / HTTP/1.1" 200 12 "-" "curl/8.5"`),
	})
	fmt.Println(d.Format.Name(), d.Score, d.RunnerUp.Name(), err)

	_, err = accesslog.Detect([][]byte{[]byte(`2024/02/29 10:00:00 [error] 7#7: *3 connect() failed`)})
	fmt.Println(errors.Is(err, accesslog.ErrNoFormat), err)
	// Output:
	// vhost_combined 1 vhost_common <nil>
	// true accesslog: no known access log format: closest is vhost_combined; line 1: byte 28: user: want a value and ' [' behind it
}
