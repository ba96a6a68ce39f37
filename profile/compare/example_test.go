package compare_test

import (
	"fmt"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/compare"
	"github.com/loadx/loadx/profile/uv"
)

func ExampleSentSeen() {
	sent := profile.NewAttackRecorder(3, profile.Limits{})
	seen := profile.NewLogRecorder(time.UTC, profile.Limits{})
	for user := range uint64(3) {
		id := uv.HashString(fmt.Sprint("u", user))
		sent.Add(&profile.Hit{User: user, Visitor: id, HasVisitor: true, Page: []byte("/"), Status: 200, PageView: true, Final: true})
		if user != 2 {
			seen.Add(&profile.Hit{Visitor: id, HasVisitor: true, Page: []byte("/"), Status: 200, PageView: true, Time: 1})
		}
	}
	p := sent.Profile()
	p.Seen = seen.Profile()
	rows, err := compare.SentSeen(p)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range rows {
		fmt.Println(d.Metric, d.Base, d.Head, d.Agrees, d.Explanation)
	}
	fmt.Println(compare.Agree(rows))
	// Output:
	// pv 3 2 false unexplained: 1 hit with a response is not in the log: it may be buffered and not written yet, or another server answered
	// uv 3 2 false unexplained: 1 user is not in the log
	// status.200 3 2 false unexplained: 1 fewer than were received
	// false
}
