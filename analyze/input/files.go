package input

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// StandardInput is the name that stands for standard input.
const StandardInput = "-"

// ErrNoNames says that Expand was given nothing to expand.
var ErrNoNames = errors.New("input: no file named")

// Files is what a list of names stands for.
type Files struct {
	// Sources are the readable inputs, each once: in the order named, and
	// inside a rotated series oldest first.
	Sources []Source
	// Notes say, one line each, what was named and is left out on purpose,
	// such as a file named twice.
	Notes []string
}

// Source is one input that can be opened.
type Source struct {
	// Name is the path as named or found, "-" for standard input.
	Name string
	// Size is the number of bytes on disk when it was expanded, -1 where that
	// cannot be known (pipes, terminals).
	Size int64

	reader io.Reader // read instead of the file Name if not nil; not ours to close
	pipe   bool      // no regular file: a read may block
}

// FromReader returns a Source that reads r to its end under the given name.
// It can be opened once. Stream.Close does not close r; a goroutine that is
// blocked in r.Read when the stream is closed stays until that Read returns.
func FromReader(name string, r io.Reader) Source {
	s := Source{Name: name, Size: -1, reader: r, pipe: true}
	f, ok := r.(*os.File)
	if !ok {
		return s
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return s
	}
	s.pipe = false
	s.Size = info.Size()
	if at, err := f.Seek(0, io.SeekCurrent); err == nil {
		s.Size = max(0, info.Size()-at)
	}
	return s
}

// Expand resolves names to sources. A name is
//   - "-": standard input, read from stdin;
//   - the path of a file, a pipe or a device;
//   - the path of a directory: its regular files in order of name, neither
//     those of subdirectories nor hidden ones (".x");
//   - else a glob in the syntax of path/filepath.Match; as in a shell "*" does
//     not match hidden files, and what matches is treated as if it were named.
//
// A file named twice, or under two names by a link, is read once and noted.
// Files that cannot be opened are told now and not when their turn comes.
//
// The error joins one error of one line for each name that stands for nothing
// readable; errors.Is finds fs.ErrNotExist and fs.ErrPermission in it. The
// sources of the other names are valid beside it.
func Expand(names []string, stdin io.Reader) (Files, error) {
	if len(names) == 0 {
		return Files{}, ErrNoNames
	}
	e := expander{stdin: stdin, seen: make(map[identity][]seenFile)}
	for _, name := range names {
		if err := e.add(name); err != nil {
			e.errs = append(e.errs, err)
		}
	}
	return Files{Sources: oldestFirst(e.sources), Notes: e.notes}, errors.Join(e.errs...)
}

// identity is a cheap key under which the same file is sure to be found again;
// os.SameFile decides within it.
type identity struct {
	size     int64
	modified time.Time
}

type seenFile struct {
	info fs.FileInfo
	name string
}

type expander struct {
	stdin     io.Reader
	stdinUsed bool
	seen      map[identity][]seenFile
	sources   []Source
	notes     []string
	errs      []error
}

// add expands one name as the user wrote it.
func (e *expander) add(name string) error {
	if name == StandardInput {
		return e.addStandardInput()
	}
	_, err := os.Stat(name)
	if err == nil {
		return e.addPath(name)
	}
	if !strings.ContainsAny(name, "*?[") || !errors.Is(err, fs.ErrNotExist) {
		return nameError(name, err)
	}
	matches, globErr := filepath.Glob(name)
	if globErr != nil {
		return nameError(name, err) // no pattern, and no file either
	}
	hidden := strings.HasPrefix(filepath.Base(name), ".")
	any := false
	for _, match := range matches {
		if !hidden && strings.HasPrefix(filepath.Base(match), ".") {
			continue
		}
		any = true
		if err := e.addPath(match); err != nil {
			e.errs = append(e.errs, err)
		}
	}
	if !any {
		return nameError(name, absent("no file matches"))
	}
	return nil
}

func (e *expander) addStandardInput() error {
	if e.stdinUsed {
		e.notes = append(e.notes, "standard input is named more than once and read once")
		return nil
	}
	e.stdinUsed = true
	if e.stdin == nil {
		return fmt.Errorf("input: standard input: %w", fs.ErrClosed)
	}
	e.sources = append(e.sources, FromReader(StandardInput, e.stdin))
	return nil
}

// addPath adds the file or the directory that exists under path.
func (e *expander) addPath(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nameError(path, err)
	}
	if !info.IsDir() {
		return e.addFile(path, info)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nameError(path, err)
	}
	any := false
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		file := filepath.Join(path, entry.Name())
		info, err := os.Stat(file)
		if err != nil {
			e.errs = append(e.errs, nameError(file, err))
			continue
		}
		if !info.Mode().IsRegular() {
			continue
		}
		any = true
		if err := e.addFile(file, info); err != nil {
			e.errs = append(e.errs, err)
		}
	}
	if !any {
		return nameError(path, absent("directory without a regular file"))
	}
	return nil
}

func (e *expander) addFile(path string, info fs.FileInfo) error {
	key := identity{info.Size(), info.ModTime()}
	for _, other := range e.seen[key] {
		if !os.SameFile(info, other.info) {
			continue
		}
		if other.name == path {
			e.notes = append(e.notes, printable(path)+" is named more than once and read once")
		} else {
			e.notes = append(e.notes, printable(path)+" is the same file as "+printable(other.name)+" and read once")
		}
		return nil
	}
	source := Source{Name: path, Size: -1, pipe: !info.Mode().IsRegular()}
	if !source.pipe {
		f, err := os.Open(path)
		if err != nil {
			return nameError(path, err)
		}
		if err := f.Close(); err != nil {
			return nameError(path, err)
		}
		source.Size = info.Size()
	}
	e.seen[key] = append(e.seen[key], seenFile{info, path})
	e.sources = append(e.sources, source)
	return nil
}

// absent is a way in which nothing stands under a name. It is [fs.ErrNotExist].
type absent string

func (a absent) Error() string { return string(a) }
func (a absent) Unwrap() error { return fs.ErrNotExist }

// nameError says in one line what is wrong with a name; the operation and the
// path of a PathError would only repeat it.
func nameError(name string, err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return fmt.Errorf("input: %s: %w", printable(name), err)
}

// printable returns name as it may stand in a message of one line.
func printable(name string) string {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(name)
	}
	return name
}
