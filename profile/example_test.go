package profile_test

import (
	"fmt"
	"path/filepath"
	"time"

	"os"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
)

// A log of two days is measured by two goroutines' recorders, saved, loaded and asked for figures by name.
func Example() {
	whole := profile.NewLogRecorder(time.UTC, profile.Limits{})
	for day := range 2 {
		part := profile.NewLogRecorder(time.UTC, profile.Limits{})
		for i := range 6 {
			part.Add(&profile.Hit{
				Time:    time.Date(2024, 5, 1+day, 12, i, 0, 0, time.UTC).UnixNano(),
				Visitor: uv.HashString(fmt.Sprint("user ", i%(3+day))), HasVisitor: true,
				Page: []byte("/"), Method: []byte("GET"), Status: 200, PageView: true,
			})
		}
		if err := whole.Profile().Absorb(part.Profile()); err != nil {
			fmt.Println(err)
		}
	}
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "log.loadx")
	saver, err := profile.Create(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := saver.Finish(whole.Profile()); err != nil {
		fmt.Println(err)
		return
	}
	p, err := profile.Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"pv", "uv", "errors", "p95"} {
		m, err := profile.FindMetric(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		if v, ok := m.Of(p); ok {
			fmt.Println(name, v)
		} else {
			fmt.Println(name, "no data")
		}
	}
	for _, b := range p.Calendar.Roll(profile.Day) {
		fmt.Println(time.Unix(b.Start, 0).UTC().Format(time.DateOnly), b.PageViews, b.Visitors.Estimate().Value)
	}
	// Output:
	// pv 12
	// uv 4
	// errors 0%
	// p95 no data
	// 2024-05-01 6 3
	// 2024-05-02 6 4
}
