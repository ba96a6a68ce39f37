package cmd

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/loadx/loadx/reports"
)

// An output is one report that was asked for: a format and where it goes.
type output struct {
	render reports.Renderer
	newFile
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
		out := &output{render: render, newFile: newFile{path: path}}
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

func (o *output) write(stdout io.Writer, r *reports.Report) error {
	if o.path == "" {
		return o.render(stdout, r)
	}
	r = plain(r)
	return o.newFile.write(func(w io.Writer) error { return o.render(w, r) })
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
		o.abandon()
	}
}
