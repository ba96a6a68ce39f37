package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A newFile is a file that is written as a whole.
type newFile struct {
	// path is where it goes, "" for nowhere.
	path string
	// temp takes the content before it replaces a regular file in one step, so that a reader never sees half of it.
	temp *os.File
}

// open makes sure that the file can be written.
func (n *newFile) open() error {
	info, err := os.Stat(n.path)
	if err == nil && info.IsDir() {
		return fmt.Errorf("%s is a directory", n.path)
	}
	if err == nil && !info.Mode().IsRegular() {
		return nil // a device or a pipe, written in place
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(n.path), "."+filepath.Base(n.path)+".*")
	if err != nil {
		// The name of the temporary file would only puzzle.
		if e := (*fs.PathError)(nil); errors.As(err, &e) {
			err = e.Err
		}
		return fmt.Errorf("%s: %w", n.path, err)
	}
	n.temp = temp
	return nil
}

// write puts the content in place.
func (n *newFile) write(content func(io.Writer) error) error {
	if n.temp == nil {
		f, err := os.OpenFile(n.path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(content(f), f.Close())
	}
	err := content(n.temp)
	if err == nil {
		err = n.temp.Chmod(0o644)
	}
	if err == nil {
		err = n.temp.Close()
	}
	if err == nil {
		err = os.Rename(n.temp.Name(), n.path)
	}
	if err == nil {
		n.temp = nil
	}
	return err
}

// abandon drops what was not written.
func (n *newFile) abandon() {
	if n.temp != nil {
		n.temp.Close()
		os.Remove(n.temp.Name())
		n.temp = nil
	}
}
