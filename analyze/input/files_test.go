package input

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree makes files (names ending in "/" are directories) and goes there.
func tree(t *testing.T, names ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range names {
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(name, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func names(files Files) []string {
	list := []string{}
	for _, s := range files.Sources {
		list = append(list, s.Name)
	}
	return list
}

func TestExpand(t *testing.T) {
	tree(t, "a.log", "b.log", "b[1].log", ".hidden.log", "d/2.txt", "d/1.txt", "d/.swp", "d/sub/3.txt", "empty/", "e/.only")
	if err := os.Symlink("a.log", "link.log"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", "d/dangling"); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		names, want, notes, errs []string
	}{
		{[]string{"b.log", "a.log"}, []string{"b.log", "a.log"}, nil, nil},
		{[]string{"-", "a.log", "-"}, []string{"-", "a.log"}, []string{"standard input is named more than once and read once"}, nil},
		{[]string{"[ab].log"}, []string{"a.log", "b.log"}, nil, nil},
		{[]string{"b[1].log"}, []string{"b[1].log"}, nil, nil},
		{[]string{"*.log"}, []string{"a.log", "b.log", "b[1].log"}, []string{"link.log is the same file as a.log and read once"}, nil},
		{[]string{".h*"}, []string{".hidden.log"}, nil, nil},
		{[]string{"d/sub"}, []string{"d/sub/3.txt"}, nil, nil},
		{[]string{"d"}, []string{"d/1.txt", "d/2.txt"}, nil, []string{"input: d/dangling: no such file or directory"}},
		{[]string{"a.log", "./a.log", "a.log"}, []string{"a.log"}, []string{"./a.log is the same file as a.log and read once", "a.log is named more than once and read once"}, nil},
		{[]string{"missing", "a.log", "*.gz", "empty", "e"}, []string{"a.log"}, nil, []string{
			"input: missing: no such file or directory",
			"input: *.gz: no file matches",
			"input: empty: directory without a regular file",
			"input: e: directory without a regular file"}},
		{[]string{"a.log/b"}, []string{}, nil, []string{"input: a.log/b: not a directory"}},
		{[]string{"", "two\nlines"}, []string{}, nil, []string{
			`input: "": no such file or directory`, `input: "two\nlines": no such file or directory`}},
		{[]string{"[a"}, []string{}, nil, []string{"input: [a: no such file or directory"}},
	}
	for _, test := range tests {
		files, err := Expand(test.names, strings.NewReader(""))
		if got := names(files); !slices.Equal(got, test.want) {
			t.Errorf("%q: sources %q, want %q", test.names, got, test.want)
		}
		if !slices.Equal(files.Notes, test.notes) {
			t.Errorf("%q: notes %q, want %q", test.names, files.Notes, test.notes)
		}
		message := ""
		if err != nil {
			message = err.Error()
		}
		if message != strings.Join(test.errs, "\n") {
			t.Errorf("%q: error %q, want %q", test.names, message, test.errs)
		}
	}
	if _, err := Expand([]string{"missing", "a.log"}, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("errors.Is does not find that it is missing: %v", err)
	}
	if _, err := Expand(nil, nil); !errors.Is(err, ErrNoNames) {
		t.Errorf("no names: %v", err)
	}
	if _, err := Expand([]string{"-"}, nil); err == nil || err.Error() != "input: standard input: file already closed" {
		t.Errorf("no standard input: %v", err)
	}
	if files, _ := Expand([]string{"a.log"}, nil); files.Sources[0].Size != 5 {
		t.Errorf("size %d", files.Sources[0].Size)
	}
}

func TestExpandWithoutPermission(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	tree(t, "secret", "open")
	if err := os.Chmod("secret", 0); err != nil {
		t.Fatal(err)
	}
	files, err := Expand([]string{"secret", "open"}, nil)
	if !errors.Is(err, fs.ErrPermission) || err.Error() != "input: secret: permission denied" || len(files.Sources) != 1 {
		t.Errorf("%v, %v", names(files), err)
	}
}

func TestFileGoneBeforeOpen(t *testing.T) {
	tree(t, "a.log")
	files, err := Expand([]string{"a.log"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove("a.log"); err != nil {
		t.Fatal(err)
	}
	_, err = files.Sources[0].Open(t.Context())
	if !errors.Is(err, fs.ErrNotExist) || err.Error() != "input: a.log: no such file or directory" {
		t.Errorf("open: %v", err)
	}
}

func TestOldestFirst(t *testing.T) {
	tests := []struct{ name, given, want string }{
		{"numbers", "access.log access.log.1 access.log.10.gz access.log.2.gz", "access.log.10.gz access.log.2.gz access.log.1 access.log"},
		{"dates", "a.log a.log-20260102 a.log-20251219.gz a.log-20251231", "a.log-20251219.gz a.log-20251231 a.log-20260102 a.log"},
		{"date before the extension", "a.log a-2026-01-02.log a-2025-12-31.log.zst", "a-2025-12-31.log.zst a-2026-01-02.log a.log"},
		{"date first", "20260102-a.log a.log 20251231-a.log", "20251231-a.log 20260102-a.log a.log"},
		{"hours", "a.log.2025-12-19-13 a.log.2025-12-19-02 a.log", "a.log.2025-12-19-02 a.log.2025-12-19-13 a.log"},
		{"clock", "a-20251219T2355Z.log a-20251219T0005Z.log", "a-20251219T0005Z.log a-20251219T2355Z.log"},
		{"date and number", "a.log-20251219.1 a.log-20251219.2 a.log-20251218.1", "a.log-20251218.1 a.log-20251219.2 a.log-20251219.1"},
		{"seconds", "access_log access_log.1766188800 access_log.1766102400", "access_log.1766102400 access_log.1766188800 access_log"},
		{"date and seconds", "a-20251219-1766102500 a-20251219-1766102400", "a-20251219-1766102400 a-20251219-1766102500"},
		{"years", "a.2025 a.2024 a.2026", "a.2024 a.2025 a.2026"},
		{"series stay apart", "b.log.1 a.log.2 b.log.2 a.log.3 other", "b.log.2 b.log.1 a.log.3 a.log.2 other"},
		{"directories stay apart", "h2/a.log h1/a.log.1 h2/a.log.1 h1/a.log", "h2/a.log.1 h2/a.log h1/a.log.1 h1/a.log"},
		{"no series", "z.txt - a.txt m9.txt", "z.txt - a.txt m9.txt"},
		{"no dates", "x99999999 x12345 x20251399", "x99999999 x12345 x20251399"},
	}
	for _, test := range tests {
		var sources []Source
		for name := range strings.FieldsSeq(test.given) {
			sources = append(sources, Source{Name: name})
		}
		got := strings.Join(names(Files{Sources: oldestFirst(sources)}), " ")
		if got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func FuzzSeries(f *testing.F) {
	for _, seed := range []string{"access.log.2.gz", "a-20251219", "access_log.1766102400", "2025-12-19-13", "..", "x.20251219-999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		key, a := seriesOf(path)
		if len(key) > len(path) {
			t.Fatalf("series %q of %q", key, path)
		}
		if a.compare(a) != 0 || a.compare(age{stamp: live, rotation: -1}) >= 0 {
			t.Fatalf("age %+v of %q", a, path)
		}
	})
}
