package accesslog

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// corpus is where real logs may lie; the tests that read them are skipped
// where they do not.
const corpus = "../../../shared/data"

// readLog returns the lines of a real log.
func readLog(t testing.TB, path string) [][]byte {
	t.Helper()
	if lines, ok := readLogs.Load(path); ok {
		return lines.([][]byte)
	}
	f, err := os.Open(filepath.Join(corpus, path))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("no corpus of real logs")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	lines := cutAll(data)
	readLogs.Store(path, lines)
	return lines
}

// readLogs keeps what several tests read; nobody writes to the lines.
var readLogs sync.Map

func cutAll(data []byte) (lines [][]byte) {
	for line, rest, more := Cut(data); more; line, rest, more = Cut(rest) {
		lines = append(lines, line)
	}
	return lines
}

type day struct {
	PV     int `json:"pv"`
	UVIP   int `json:"uv_ip"`
	UVIPUA int `json:"uv_ip_ua"`
}

type truth struct {
	Files      []string       `json:"files"`
	Lines      int            `json:"lines"`
	Unparsed   int            `json:"unparsed"`
	PV         int            `json:"pv"`
	UVIP       int            `json:"uv_ip"`
	UVIPUA     int            `json:"uv_ip_ua"`
	Status     map[string]int `json:"status"`
	Methods    map[string]int `json:"methods"`
	Bytes      int64          `json:"bytes"`
	OutOfOrder int            `json:"out_of_order"`
	TopPaths   [][2]any       `json:"top_paths_no_query"`
	PerDay     map[string]day `json:"per_day"`
}

// tally counts what truth holds.
type tally struct {
	truth
	all    *visitors
	days   map[int64]*visitors // by days since the epoch
	paths  map[string]int
	latest int64
	key    []byte
}

func newTally() *tally {
	return &tally{
		truth: truth{Status: map[string]int{}, Methods: map[string]int{}},
		all:   newVisitors(), days: map[int64]*visitors{}, paths: map[string]int{},
	}
}

func (c *tally) add(line []byte, p *Parser, r *Record) {
	c.Lines++
	if err := p.Parse(line, r); err != nil {
		c.Unparsed++
		return
	}
	c.PV++
	c.Status[string(appendDigits(nil, r.Status, 3))]++
	if r.Bytes >= 0 {
		c.Bytes += r.Bytes
	}
	// A line is out of order when an earlier one has a later time.
	if r.Time < c.latest {
		c.OutOfOrder++
	}
	c.latest = max(c.latest, r.Time)
	// The truth calls HTTP/0.9 requests invalid as well, and knows methods as
	// they are written in the log.
	if r.BadRequest || r.Proto == nil {
		c.Methods["INVALID"]++
	} else {
		c.Methods[string(appendEscaped(nil, r.Method))]++
		uri, _, _ := bytes.Cut(r.URI, []byte("?"))
		c.paths[string(appendEscaped(nil, uri))]++
	}
	c.key = append(append(append(c.key[:0], r.Addr...), 0), r.UserAgent...)
	c.day(r).add(c.key, len(r.Addr))
	c.all.add(c.key, len(r.Addr))
}

// visitors holds distinct addresses, and addresses with User-Agents.
type visitors struct {
	pv         int
	ips, ipUAs map[string]struct{}
}

func newVisitors() *visitors {
	return &visitors{ips: map[string]struct{}{}, ipUAs: map[string]struct{}{}}
}

func (v *visitors) add(key []byte, addrLen int) {
	v.pv++
	if _, ok := v.ipUAs[string(key)]; ok {
		return
	}
	v.ips[string(key[:addrLen])] = struct{}{}
	v.ipUAs[string(key)] = struct{}{}
}

func (v *visitors) day() day { return day{PV: v.pv, UVIP: len(v.ips), UVIPUA: len(v.ipUAs)} }

// day returns the visitors of the record's day by the clock of its log.
func (c *tally) day(r *Record) *visitors {
	n := (r.Time/int64(time.Second) + int64(r.Offset)) / secondsPerDay
	v := c.days[n]
	if v == nil {
		v = newVisitors()
		c.days[n] = v
	}
	return v
}

func TestRealLogsEqualTheirTruth(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(corpus, "TRUTH.json"))
	if err != nil {
		t.Skip("no corpus of real logs")
	}
	var truths map[string]truth
	if err := json.Unmarshal(data, &truths); err != nil {
		t.Fatal(err)
	}
	if len(truths) == 0 {
		t.Fatal("the corpus has no truth")
	}
	for name, want := range truths {
		t.Run(name, func(t *testing.T) {
			got := newTally()
			var r Record
			for _, file := range want.Files {
				lines := readLog(t, file)
				d, err := Detect(lines)
				if err != nil {
					t.Fatal(err)
				}
				p := d.Format.NewParser()
				for _, line := range lines {
					got.add(line, p, &r)
				}
			}
			compareTruth(t, got, &want)
		})
	}
}

func compareTruth(t *testing.T, got *tally, want *truth) {
	t.Helper()
	equal(t, "lines", got.Lines, want.Lines)
	equal(t, "unparsed", got.Unparsed, want.Unparsed)
	equal(t, "pv", got.PV, want.PV)
	equal(t, "bytes", got.Bytes, want.Bytes)
	equal(t, "out of order", got.OutOfOrder, want.OutOfOrder)
	equal(t, "uv by ip", len(got.all.ips), want.UVIP)
	equal(t, "uv by ip and user agent", len(got.all.ipUAs), want.UVIPUA)
	equalMaps(t, "status", got.Status, want.Status)
	equalMaps(t, "methods", got.Methods, want.Methods)
	for _, row := range want.TopPaths {
		equal(t, "path "+row[0].(string), got.paths[row[0].(string)], int(row[1].(float64)))
	}
	equal(t, "days", len(got.days), len(want.PerDay))
	for n, v := range got.days {
		date := time.Unix(n*secondsPerDay, 0).UTC().Format("02/Jan/2006")
		equal(t, date, v.day(), want.PerDay[date])
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func equalMaps(t *testing.T, what string, got, want map[string]int) {
	t.Helper()
	for k, w := range want {
		equal(t, what+" "+k, got[k], w)
	}
	for k, g := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: %q counted %d times, want none", what, k, g)
		}
	}
}
