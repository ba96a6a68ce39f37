package filter_test

import (
	"errors"
	"fmt"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/analyze/filter"
)

func Example() {
	failures, err := filter.Parse(`status >= 500 && path ~ "^/api"`)
	if err != nil {
		fmt.Println(err)
		return
	}
	format, _ := accesslog.Parse("common")
	bound, err := failures.Bind(format)
	if err != nil {
		fmt.Println(err)
		return
	}
	parser := format.NewParser()
	var r accesslog.Record
	for _, line := range []string{
		`192.0.2.1 - - [31/Jan/2026:08:00:00 +0000] "GET /api/cart HTTP/1.1" 503 0`,
		`192.0.2.1 - - [31/Jan/2026:08:00:00 +0000] "GET /api/cart HTTP/1.1" 200 17`,
		`192.0.2.1 - - [31/Jan/2026:08:00:00 +0000] "GET /index HTTP/1.1" 500 0`,
	} {
		if err := parser.Parse([]byte(line), &r); err == nil {
			fmt.Println(r.Status, string(r.Path()), bound.Match(&r))
		}
	}
	// Output:
	// 503 /api/cart true
	// 200 /api/cart false
	// 500 /index false
}

func ExampleSourceError() {
	_, err := filter.Parse(`status >= 500 && pth ~ "^/api"`)
	var at *filter.SourceError
	if errors.As(err, &at) {
		snippet, caret := at.Caret(72)
		fmt.Printf("%v\n%s\n%s\n", err, snippet, caret)
	}
	// Output:
	// filter: column 18: unknown field "pth": did you mean path?
	// status >= 500 && pth ~ "^/api"
	//                  ^
}
