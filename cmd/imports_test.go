package cmd_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/loadx/loadx/"

// A room is a package and what its code, tests aside, may import beside the standard library.
type room struct {
	ours []string
	// others are the modules of others, each behind as few rooms as it goes.
	others []string
}

// rooms is the whole house. Who adds a room or a wall between rooms adds it here, and says why in the design.
var rooms = map[string]room{
	"profile/spelling":  {},
	"profile/printable": {},
	"profile/codec":     {},
	"profile/columns":   {others: []string{"github.com/clipperhouse/displaywidth"}},
	"profile/uv":        {others: []string{"github.com/axiomhq/hyperloglog"}},
	"profile/latency":   {others: []string{"github.com/HdrHistogram/hdrhistogram-go"}},
	"profile/topk":      {others: []string{"github.com/zeebo/xxh3"}},
	"profile/balance":   {ours: []string{"profile/uv", "profile/topk"}, others: []string{"github.com/zeebo/xxh3"}},
	"profile":           {ours: []string{"profile/uv", "profile/latency", "profile/topk", "profile/balance"}},
	"profile/gate":      {ours: []string{"profile"}},
	"profile/compare":   {ours: []string{"profile", "profile/uv"}, others: []string{"golang.org/x/perf"}},
	"scenarios/traffic": {},
	"scenarios": {
		ours:   []string{"scenarios/traffic", "profile/gate", "profile/uv"},
		others: []string{"go.yaml.in/yaml/v4", "github.com/invopop/jsonschema"},
	},
	"attack/wire": {others: []string{"golang.org/x/net", "golang.org/x/sys"}},
	"attack/jar":  {},
	"attack": {
		ours:   []string{"attack/wire", "attack/jar", "scenarios", "scenarios/traffic", "profile", "profile/latency", "profile/uv"},
		others: []string{"github.com/tsenart/vegeta/v12", "golang.org/x/sys"},
	},
	"analyze/accesslog": {
		ours:   []string{"analyze/accesslog/marks"},
		others: []string{"github.com/valyala/fastjson"},
	},
	"analyze/accesslog/marks": {others: []string{"golang.org/x/sys"}},
	"analyze/input":           {others: []string{"github.com/klauspost/compress", "github.com/zeebo/xxh3", "golang.org/x/sys"}},
	"analyze/agent":           {others: []string{"github.com/zeebo/xxh3"}},
	"analyze/agent/gen":       {others: []string{"github.com/x-way/crawlerdetect"}},
	"analyze/filter":          {ours: []string{"analyze/accesslog", "profile/uv"}},
	"analyze/client":          {ours: []string{"analyze/accesslog", "profile/uv"}},
	"analyze": {
		ours: []string{"analyze/accesslog", "analyze/input", "analyze/agent", "analyze/client", "analyze/filter", "profile", "profile/uv"},
	},
	"reports": {
		ours:   []string{"profile", "profile/balance", "profile/columns", "profile/gate", "profile/compare", "profile/latency", "profile/uv"},
		others: []string{"github.com/olekukonko/tablewriter"},
	},
	"cmd/live":   {ours: []string{"attack", "profile", "profile/columns", "profile/gate"}},
	"cmd/manual": {},
	"cmd/site":   {ours: []string{"analyze/accesslog"}},
	"cmd": {
		ours: []string{
			"analyze", "analyze/accesslog", "analyze/client", "analyze/filter", "analyze/input", "attack", "cmd/live", "cmd/manual", "cmd/site", "profile", "profile/compare", "profile/gate",
			"profile/uv", "reports", "scenarios", "scenarios/traffic",
		},
		others: []string{"github.com/spf13/cobra", "github.com/spf13/pflag", "golang.org/x/term"},
	},
	"cmd/loadx":      {ours: []string{"cmd"}},
	"scripts/genlog": {}, "scripts/termpage": {}, "scripts/profiled": {ours: []string{"cmd"}},
	"scripts/gunzip": {others: []string{"github.com/klauspost/compress"}},
}

// leaves are small rooms that import nothing and that every room may use.
var leaves = []string{"profile/spelling", "profile/printable", "profile/codec"}

// namesWithoutAJob are packages that collect what belongs nowhere.
var namesWithoutAJob = []string{"util", "utils", "common", "helper", "helpers", "types", "lib", "core", "misc", "shared", "internal"}

// A sourceFile is what the rules look at in a file.
type sourceFile struct {
	path    string // slash-separated, from the root of the module
	name    string // of the package
	imports []string
}

func (f sourceFile) room() string { return path.Dir(f.path) }
func (f sourceFile) test() bool   { return strings.HasSuffix(f.path, "_test.go") }

// sourceFiles parses every Go file of a tree. Files that are read are known to the test cache, so that a bad import is
// never hidden by it.
func sourceFiles(root fs.FS) ([]sourceFile, error) {
	var files []sourceFile
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if p != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "bin" || base == "out") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), p, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		f := sourceFile{path: p, name: strings.TrimSuffix(parsed.Name.Name, "_test")}
		for _, i := range parsed.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			f.imports = append(f.imports, name)
		}
		files = append(files, f)
		return nil
	})
	return files, err
}

// breaches returns what the files do against the rules, a line each.
func breaches(files []sourceFile, rooms map[string]room) []string {
	var out []string
	found := map[string]bool{}
	for _, f := range files {
		where := f.room()
		if slices.Contains(namesWithoutAJob, f.name) || slices.Contains(namesWithoutAJob, path.Base(where)) {
			out = append(out, fmt.Sprintf("%s: package %s: a name without a job", f.path, f.name))
		}
		r, known := rooms[where]
		if !known {
			out = append(out, fmt.Sprintf("%s: %s is no room of the house", f.path, where))
			continue
		}
		found[where] = true
		for _, name := range f.imports {
			if !allowed(name, where, r, f.test()) {
				out = append(out, fmt.Sprintf("%s: %s may not import %s", f.path, where, name))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rooms)) {
		if !found[name] {
			out = append(out, name+": in the table, and not in the tree")
		}
	}
	return out
}

// allowed says whether a file of a room may import a package. Tests may look into every room, but only cmd's know reports.
func allowed(name, where string, r room, test bool) bool {
	if ours, ok := strings.CutPrefix(name, module); ok {
		if test {
			return ours != "reports" || where == "reports" || where == "cmd"
		}
		return slices.Contains(r.ours, ours) || slices.Contains(leaves, ours)
	}
	first, _, _ := strings.Cut(name, "/")
	if !strings.Contains(first, ".") || test {
		return true // the standard library
	}
	return slices.ContainsFunc(r.others, func(m string) bool { return name == m || strings.HasPrefix(name, m+"/") })
}

func TestImports(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	files, err := sourceFiles(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 100 {
		t.Fatalf("only %d files: that is not the whole tree", len(files))
	}
	for _, b := range breaches(files, rooms) {
		t.Error(b)
	}
}

// The table itself keeps to the design: no circle, and the three that meet in a profile alone never meet each other.
func TestImportTable(t *testing.T) {
	reaches := map[string]map[string]bool{}
	var visit func(name string, trail []string) map[string]bool
	visit = func(name string, trail []string) map[string]bool {
		if slices.Contains(trail, name) {
			t.Fatalf("a circle: %v", append(trail, name))
		}
		if done := reaches[name]; done != nil {
			return done
		}
		all := map[string]bool{}
		for _, next := range rooms[name].ours {
			if _, known := rooms[next]; !known {
				t.Errorf("%s may import %s, which is no room", name, next)
			}
			all[next] = true
			maps.Copy(all, visit(next, append(trail, name)))
		}
		reaches[name] = all
		return all
	}
	for name := range rooms {
		if slices.Contains(leaves, name) && len(rooms[name].ours) > 0 {
			t.Errorf("%s is no leaf", name)
		}
		for next := range visit(name, nil) {
			if next == "reports" && name != "cmd" && name != "cmd/loadx" && name != "scripts/profiled" { // the two programs
				t.Errorf("%s reaches reports", name)
			}
		}
	}
	three := []string{"attack", "analyze", "reports"}
	for _, a := range three {
		for _, b := range three {
			if reaches[a][b] {
				t.Errorf("%s reaches %s", a, b)
			}
		}
	}
}

// The rules see what they are there for.
func TestImportBreaches(t *testing.T) {
	house := map[string]room{"attack": {ours: []string{"profile"}, others: []string{"example.org/engine"}}, "profile": {}}
	for _, c := range []struct {
		file sourceFile
		want string
	}{
		{sourceFile{"attack/a.go", "attack", []string{module + "profile", "example.org/engine/lib", "net/http"}}, ""},
		{sourceFile{"attack/a.go", "attack", []string{module + "analyze"}}, "attack/a.go: attack may not import " + module + "analyze"},
		{sourceFile{"attack/a.go", "attack", []string{module + "profile/uv"}}, "attack/a.go: attack may not import " + module + "profile/uv"},
		{sourceFile{"attack/a.go", "attack", []string{"example.org/engineer"}}, "attack/a.go: attack may not import example.org/engineer"},
		{sourceFile{"attack/a.go", "attack", []string{"example.org/other"}}, "attack/a.go: attack may not import example.org/other"},
		{sourceFile{"attack/a_test.go", "attack", []string{module + "analyze", "example.org/other"}}, ""},
		{sourceFile{"attack/a_test.go", "attack", []string{module + "reports"}}, "attack/a_test.go: attack may not import " + module + "reports"},
		{sourceFile{"attack/a.go", "util", nil}, "attack/a.go: package util: a name without a job"},
		{sourceFile{"attack/engine/a.go", "engine", nil}, "attack/engine/a.go: attack/engine is no room of the house"},
	} {
		files := []sourceFile{{"profile/p.go", "profile", nil}, {"attack/ok.go", "attack", nil}, c.file}
		if got := strings.Join(breaches(files, house), "\n"); got != c.want {
			t.Errorf("%s %v: %q, want %q", c.file.path, c.file.imports, got, c.want)
		}
	}
	if got := breaches(nil, house); len(got) != 2 {
		t.Errorf("an empty tree: %q", got)
	}
}
