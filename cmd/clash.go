package cmd

import (
	"fmt"
	"os"
	"path/filepath"
)

// refuseClash refuses an output file that is an input, or another output: opening it would destroy what it holds. Names
// that stand for nothing yet, and devices, are left to whoever opens them.
func refuseClash(inputs, outputs []string) error {
	type file struct {
		name string
		info os.FileInfo // nil while nothing is there
	}
	var taken []file
	for i, name := range append(append([]string(nil), inputs...), outputs...) {
		if name == "" {
			continue
		}
		info, err := os.Stat(name)
		if err == nil && !info.Mode().IsRegular() {
			continue
		}
		if err != nil {
			info = nil
		}
		for _, t := range taken {
			same := filepath.Clean(t.name) == filepath.Clean(name) || info != nil && t.info != nil && os.SameFile(t.info, info)
			if same && i >= len(inputs) {
				return withHint(usage(fmt.Errorf("%s is to be written, and %s is the same file: its content would be lost", name, t.name)),
					"name another file to write")
			}
		}
		taken = append(taken, file{name, info})
	}
	return nil
}

// files are the paths that the reports and the profile are written to.
func (f *sharedFlags) files() []string {
	files := []string{f.save}
	for _, spec := range f.reports {
		if _, path, named := cutReport(spec); named {
			files = append(files, path)
		}
	}
	return files
}
