package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/loadx/loadx/reports"
)

// An output is one report that was asked for: a format and where it goes.
type output struct {
	render reports.Renderer
	// path is where the report goes, "" for standard output.
	path string
	// temp takes the report before it replaces a regular file in one step, so that a reader never sees half of it.
	temp *os.File
}

// outputs are the reports of one run. Close drops what was not written.
type outputs []*output

// openOutputs parses --report and opens the files, so that a bad path fails before anything is measured. The table goes
// to standard output unless another report does.
func openOutputs(specs []string) (outputs, error) {
	var outs outputs
	toStdout := false
	for _, spec := range specs {
		format, path, named := cutReport(spec)
		render, err := reports.Lookup(format)
		if err == nil && named && path == "" {
			err = fmt.Errorf("--report %s: no file is named after =", spec)
		}
		if err != nil {
			outs.close()
			return nil, usage(err)
		}
		out := &output{render: render, path: path}
		if path == "" {
			toStdout = true
		} else if err := out.open(); err != nil {
			outs.close()
			return nil, usage(fmt.Errorf("--report %s: %w", format, err))
		}
		outs = append(outs, out)
	}
	if !toStdout {
		outs = append(outputs{{render: reports.Table}}, outs...)
	}
	return outs, nil
}

// cutReport splits FORMAT[=FILE].
func cutReport(spec string) (format, path string, named bool) { return strings.Cut(spec, "=") }

func (o *output) open() error {
	info, err := os.Stat(o.path)
	if err == nil && info.IsDir() {
		return fmt.Errorf("%s is a directory", o.path)
	}
	if err == nil && !info.Mode().IsRegular() {
		return nil // a device or a pipe, written in place
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(o.path), "."+filepath.Base(o.path)+".*")
	if err != nil {
		// The name of the temporary file would only puzzle.
		if e := (*fs.PathError)(nil); errors.As(err, &e) {
			err = e.Err
		}
		return fmt.Errorf("%s: %w", o.path, err)
	}
	o.temp = temp
	return nil
}

func (o *output) write(stdout io.Writer, r *reports.Report) error {
	if o.path == "" {
		return o.render(stdout, r)
	}
	r = plain(r)
	if o.temp == nil {
		f, err := os.OpenFile(o.path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(o.render(f, r), f.Close())
	}
	err := o.render(o.temp, r)
	if err == nil {
		err = o.temp.Chmod(0o644)
	}
	if err == nil {
		err = o.temp.Close()
	}
	if err == nil {
		err = os.Rename(o.temp.Name(), o.path)
	}
	if err == nil {
		o.temp = nil
	}
	return err
}

// plain is a report for a file: no terminal is behind it.
func plain(r *reports.Report) *reports.Report {
	p := *r
	p.Width, p.Color = 0, false
	return &p
}

// write writes every report, also when one of them fails; the errors are joined.
func (outs outputs) write(stdout io.Writer, r *reports.Report) error {
	var errs []error
	for _, o := range outs {
		if err := o.write(stdout, r); err != nil {
			errs = append(errs, fmt.Errorf("report: %w", err))
		}
	}
	outs.close()
	return errors.Join(errs...)
}

func (outs outputs) close() {
	for _, o := range outs {
		if o.temp != nil {
			o.temp.Close()
			os.Remove(o.temp.Name())
			o.temp = nil
		}
	}
}
