package topk_test

import (
	"fmt"

	"github.com/loadx/loadx/profile/topk"
)

func ExampleTable() {
	type page struct{ bytes int }
	table := topk.New(2, func() *page { return new(page) })
	for _, path := range []string{"/", "/", "/cart", "/", "/about", "/cart"} {
		if p := table.Touch([]byte(path)); p != nil {
			p.bytes += 1000
		}
	}
	rows := table.Rows(10)
	for _, r := range rows {
		fmt.Println(r.Key, r.Count, r.Value.bytes)
	}
	fmt.Println("other", table.Other(rows), "exact", table.Exact())
	// Output:
	// / 3 3000
	// /cart 2 2000
	// other 1 exact false
}
