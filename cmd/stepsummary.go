package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/loadx/loadx/reports"
)

const (
	// stepSummaryVariable names the file whose Markdown GitHub Actions shows on the page of a workflow run.
	stepSummaryVariable = "GITHUB_STEP_SUMMARY"
	// maxStepSummary is how long the file may be. GitHub shows nothing at all of a longer one.
	maxStepSummary = 1 << 20
)

// A stepSummary is the report that is appended to the summary of a step of GitHub Actions. The nil one is none.
//
// The variable is set by the machine and not by who runs loadx, so that a file which can't be written is told and decides
// nothing: a build must not fail for want of a picture of its result. With --step-summary it was asked for, and does.
type stepSummary struct {
	file  *os.File
	asked bool
}

// openStepSummary opens the file to append to, unless one of the reports goes there already.
func openStepSummary(env *Env, f *sharedFlags) (*stepSummary, error) {
	path := env.getenv(stepSummaryVariable)
	asked := f.changed("step-summary")
	switch {
	case !f.stepSummary:
		return nil, nil
	case path == "" && asked:
		return nil, usage(fmt.Errorf("--step-summary: $%s is not set", stepSummaryVariable))
	case path == "":
		return nil, nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	switch {
	case err != nil && asked:
		return nil, usage(fmt.Errorf("--step-summary: %w", err))
	case err != nil:
		env.noteStepSummary(err)
		return nil, nil
	}
	if f.goesTo(env, file) {
		return nil, file.Close()
	}
	return &stepSummary{file: file, asked: asked}, nil
}

// goesTo says whether standard output or a report goes to the file: then it gets what was asked for and nothing else.
func (f *sharedFlags) goesTo(env *Env, file *os.File) bool {
	info, err := file.Stat()
	if err != nil {
		return false
	}
	if out, ok := env.Stdout.(*os.File); ok {
		if to, err := out.Stat(); err == nil && os.SameFile(info, to) {
			return true
		}
	}
	for _, path := range f.files() {
		if to, err := os.Stat(path); err == nil && os.SameFile(info, to) {
			return true
		}
	}
	return false
}

// write appends a report. An error is one that the exit code has to tell; others go to standard error.
func (s *stepSummary) write(env *Env, render func(io.Writer) error) error {
	if s == nil {
		return nil
	}
	err := s.append(render)
	s.close()
	switch {
	case err == nil:
		return nil
	case s.asked:
		return fmt.Errorf("--step-summary: %w", err)
	default:
		env.noteStepSummary(err)
		return nil
	}
}

func (e Env) noteStepSummary(err error) {
	fmt.Fprintf(e.Stderr, "loadx: note: no summary of this step: $%s: %s\n", stepSummaryVariable, oneLine(err))
}

func (s *stepSummary) append(render func(io.Writer) error) error {
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	// What stands there may end within a line, or within HTML, which a blank line ends.
	if info.Size() > 0 {
		text.WriteString("\n\n")
	}
	apart := text.Len()
	if err := render(&text); err != nil {
		return err
	}
	fitting := text.Bytes()
	if info.Mode().IsRegular() {
		room := int(max(maxStepSummary-info.Size(), 0)) - apart
		report := reports.FitMarkdown(fitting[apart:], room)
		if report == nil {
			return errors.New("it has 1 MiB already, and GitHub shows no more")
		}
		fitting = append(fitting[:apart], report...)
	}
	// In one piece, so that the reports of two runs side by side do not mix.
	_, err = s.file.Write(fitting)
	return err
}

// close closes the file; what was written to it stays.
func (s *stepSummary) close() {
	if s != nil && s.file != nil {
		s.file.Close()
		s.file = nil
	}
}
