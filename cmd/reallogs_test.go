package cmd_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// realLogs is where logs of real sites may lie; the tests that read them are skipped where they do not.
const realLogs = "../../shared/data/logs"

// apacheCSV is the LogFormat of the logs in custom_csv.
const apacheCSV = `%v,%p,%h,%l,%u,%t,%I,%O,%S,%B,%{ms}T,%D,%^FB,%>s,"%H","%m","%U","%q","%{Referer}i","%{User-Agent}i","%{VARNAME}C",%L`

// namedFormats are for the logs that detection refuses, by their first folder or path, what to give --format to read what
// there is to read in them.
var namedFormats = map[string]string{
	"custom_csv":                    apacheCSV,
	"dirty/lnav_bad_access.log":     "combined",
	"haproxy/crowdsec_haproxy.log":  "haproxy",
	"json_envoy/envoy_cri.log":      "cri+istio_json",
	"json_other/upsun_httplog.json": "json",
	"litespeed":                     "combined",
	"ltsv/nekrassov_ltsv.log":       "ltsv",
	"negative":                      "combined",
}

// TestRealLogReports holds the report of every real log to a golden file of its own, and shows that it does not depend on
// how many goroutines read the log. A golden file has the figures, and of tables with texts from the log their number of
// rows and a digest of them.
func TestRealLogReports(t *testing.T) {
	paths := realLogPaths(t)
	t.Cleanup(func() {
		files, err := filepath.Glob("testdata/reallogs/*.golden")
		if err != nil || len(files) != len(paths) {
			t.Errorf("%d golden files for %d logs (%v)", len(files), len(paths), err)
		}
	})
	for _, path := range paths {
		golden := filepath.Join("testdata", "reallogs", strings.NewReplacer("/", "_").Replace(path)+".golden")
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			got := reportRealLog(t, path)
			if format := formatNamedFor(path); format != "" {
				got += "\nwith --format " + format + "\n" + reportRealLog(t, path, "--format", format)
			}
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs from what is reported now; see go test -update:\n%s", golden, firstDifference(got, string(want)))
			}
		})
	}
}

// realLogPaths lists the real logs.
func realLogPaths(t *testing.T) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(realLogs, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(realLogs, path)
		paths = append(paths, filepath.ToSlash(rel))
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no real logs here")
	}
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func formatNamedFor(path string) string {
	folder, _, _ := strings.Cut(path, "/")
	if f := namedFormats[folder]; f != "" {
		return f
	}
	return namedFormats[path]
}

// firstDifference is the first line in which two texts differ.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

// A measuredLog is the part of a report that golden files hold.
type measuredLog struct {
	Verdict string                     `json:"verdict"`
	Profile map[string]json.RawMessage `json:"profile"`
}

// reportRealLog reads a log with one and with several workers, holds the reports together, and returns the digest of one.
func reportRealLog(t *testing.T, path string, args ...string) string {
	t.Helper()
	file := filepath.Join(realLogs, filepath.FromSlash(path))
	var first world
	var one measuredLog
	code := first.run(append([]string{"analyze", file, "--report", "json", "--top", "1000", "--workers", "1"}, args...)...)
	if first.stdout.String() != "" {
		if err := json.Unmarshal([]byte(first.stdout.String()), &one); err != nil {
			t.Fatal(err)
		}
	}
	for _, workers := range []int{2, 3, 7} {
		var w world
		var many measuredLog
		again := w.run(append([]string{"analyze", file, "--report", "json", "--top", "1000", "--workers", strconv.Itoa(workers)}, args...)...)
		if again != code || w.stderr.String() != first.stderr.String() {
			t.Errorf("%d workers end with %d and say %q, one with %d and %q", workers, again, &w.stderr, code, &first.stderr)
		}
		if w.stdout.String() != "" {
			if err := json.Unmarshal([]byte(w.stdout.String()), &many); err != nil {
				t.Fatal(err)
			}
		}
		sameMeasured(t, workers, many, one)
	}
	said, _, _ := strings.Cut(first.stderr.String(), "\n")
	said = strings.ReplaceAll(said, file, "FILE")
	return fmt.Sprintf("exit %d %s\n%s", code, said, digest(t, one))
}

// tableOther is the key of a table in the section "other", for the tables whose size is bounded.
var tableOther = map[string]string{"pages": "page", "hosts": "host", "referrers": "referrer"}

// A row is what is held of a row of a table of which a cap has cut off rows.
type row struct {
	Name   string  `json:"name"`
	Hits   uint64  `json:"hits"`
	Missed *uint64 `json:"hits_missed"`
}

// capped says how many hits a row may have at most that a cap has cut off the table of a section, 0 where no cap cut.
func (m measuredLog) capped(t *testing.T, section string) uint64 {
	t.Helper()
	var other map[string]struct {
		Hits   uint64 `json:"hits"`
		Unseen uint64 `json:"unseen_max"`
	}
	if m.Profile["other"] != nil {
		if err := json.Unmarshal(m.Profile["other"], &other); err != nil {
			t.Fatal(err)
		}
	}
	return other[tableOther[section]].Unseen
}

// sameMeasured wants the same of every section where no cap has cut, and else that no two rows of a table contradict each
// other: a row's hits are between those counted and those with what it may have missed.
func sameMeasured(t *testing.T, workers int, got, want measuredLog) {
	t.Helper()
	if got.Verdict != want.Verdict || len(got.Profile) != len(want.Profile) {
		t.Errorf("%d workers: verdict %q of %d sections, want %q of %d", workers, got.Verdict, len(got.Profile), want.Verdict, len(want.Profile))
	}
	anyCap := false
	for section := range tableOther {
		anyCap = anyCap || want.capped(t, section) > 0
	}
	for section := range want.Profile {
		switch {
		case want.capped(t, section) > 0:
			compatibleRows(t, workers, section, got, want)
		case section == "other" && anyCap:
		case !bytes.Equal(got.Profile[section], want.Profile[section]):
			t.Errorf("%d workers: %s differs", workers, section)
		}
	}
}

func compatibleRows(t *testing.T, workers int, section string, got, want measuredLog) {
	t.Helper()
	most := map[bool]map[string]row{}
	for one, m := range map[bool]measuredLog{true: want, false: got} {
		var rows []row
		if err := json.Unmarshal(m.Profile[section], &rows); err != nil {
			t.Fatal(err)
		}
		most[one] = map[string]row{}
		for _, r := range rows {
			if r.Missed == nil {
				t.Fatalf("%s: %q does not tell what it missed", section, r.Name)
			}
			most[one][r.Name] = r
		}
	}
	for one, m := range map[bool]measuredLog{true: want, false: got} {
		for name, r := range most[!one] {
			other, both := most[one][name]
			limit := m.capped(t, section) // for who is not in a table
			if !both && r.Hits > limit {
				t.Errorf("%d workers: %s: %q has %d hits, and is not among those with more than %d", workers, section, name, r.Hits, limit)
			}
			if both && (r.Hits > other.Hits+*other.Missed || other.Hits > r.Hits+*r.Missed) {
				t.Errorf("%d workers: %s: %q has %d hits and at most %d more, or %d and at most %d", workers, section, name, r.Hits, *r.Missed, other.Hits, *other.Missed)
			}
		}
	}
}

// readable are the sections that golden files hold as they are, in this order.
var readable = []string{"first", "last", "lines", "hits", "no_status", "pv", "uv", "uv_sum_of_days", "clients", "without_key", "bots", "static",
	"bytes", "status", "latency", "definitions", "warnings", "methods", "audiences", "browsers", "systems", "bot_families", "months", "days"}

// digested are those of which they hold a digest: they are long, or have texts from the log.
var digested = []string{"pages", "hosts", "referrers", "balance", "hours", "minutes", "bad_lines"}

const (
	maxReadableRows = 5
	// certainRows are the first rows of a capped table, which every way of cutting the rest off keeps.
	certainRows = 20
)

func digest(t *testing.T, m measuredLog) string {
	t.Helper()
	var b strings.Builder
	for i, section := range slices.Concat(readable, digested) {
		raw := m.Profile[section]
		if raw == nil {
			continue
		}
		var rows []json.RawMessage
		table := json.Unmarshal(raw, &rows) == nil
		switch {
		case table && len(rows) == 0:
		case m.capped(t, section) > 0:
			fmt.Fprintf(&b, "%s: first %d of more than %d rows, %s\n", section, certainRows, len(rows)-1, sum(rows[:certainRows]...))
		case i >= len(readable) && !table:
			fmt.Fprintf(&b, "%s: %s\n", section, sum(raw))
		case i >= len(readable) || table && len(rows) > maxReadableRows:
			fmt.Fprintf(&b, "%s: %d rows, %s\n", section, len(rows), sum(rows...))
		case table:
			for _, r := range rows {
				fmt.Fprintf(&b, "%s: %s\n", section, compact(t, r))
			}
		default:
			fmt.Fprintf(&b, "%s: %s\n", section, compact(t, raw))
		}
	}
	return b.String()
}

func sum(parts ...json.RawMessage) string {
	return fmt.Sprintf("sha256 %x", sha256.Sum256(bytes.Join(jsonBytes(parts), []byte("\n"))))[:len("sha256 ")+16]
}

func jsonBytes(parts []json.RawMessage) (out [][]byte) {
	for _, p := range parts {
		var b bytes.Buffer
		if json.Compact(&b, p) != nil {
			continue
		}
		out = append(out, b.Bytes())
	}
	return out
}

func compact(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
