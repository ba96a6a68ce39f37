package cmd

import (
	"fmt"
	"os"
)

// refuseClash refuses an output file that is an input, or another output: opening it would destroy what it holds. Names
// that stand for nothing yet, and devices, are left to whoever opens them.
func refuseClash(inputs, outputs []string) error {
	type named struct {
		name string
		info os.FileInfo
	}
	var taken []named
	look := func(name string) (named, bool) {
		info, err := os.Stat(name)
		return named{name, info}, name != "" && err == nil && info.Mode().IsRegular()
	}
	for _, name := range inputs {
		if n, ok := look(name); ok {
			taken = append(taken, n)
		}
	}
	fresh := map[string]bool{}
	for _, name := range outputs {
		n, ok := look(name)
		if !ok {
			if name != "" && fresh[name] {
				return usage(fmt.Errorf("%s is to be written twice", name))
			}
			if _, err := os.Stat(name); err != nil {
				fresh[name] = true
			}
			continue
		}
		for _, t := range taken {
			if os.SameFile(t.info, n.info) {
				return withHint(usage(fmt.Errorf("%s is read and written (as %s): its content would be lost", t.name, name)), "name another file to write")
			}
		}
		taken = append(taken, n)
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
