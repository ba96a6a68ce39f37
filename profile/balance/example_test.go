package balance_test

import (
	"fmt"

	"github.com/loadx/loadx/profile/balance"
	"github.com/loadx/loadx/profile/uv"
)

func Example() {
	table := balance.New(balance.Options{})
	for _, hit := range []struct{ worker, user string }{
		{"w1", "ann"}, {"w1", "ann"}, {"w2", "bob"}, {"w2", "cid"}, {"w1", "bob"},
	} {
		table.Add([]byte(hit.worker), uv.HashString(hit.user), true, true)
	}
	for _, row := range table.Rows(-1) {
		fmt.Printf("%s %d of %d page views, %d visitors\n", row.Worker, row.PageViews, table.PageViews(), row.Visitors.Value)
	}
	fmt.Printf("%d of %d visitors touched more than one\n", table.Moved().Value, table.Visitors().Value)
	// Output:
	// w1 3 of 5 page views, 2 visitors
	// w2 2 of 5 page views, 2 visitors
	// 1 of 3 visitors touched more than one
}
