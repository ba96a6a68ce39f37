package cmd_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/loadx/loadx/profile/printable"
	"github.com/loadx/loadx/reports"
)

// hostileTexts are fields of a log that would be more than text on a terminal, in a spreadsheet, or on a page.
var hostileTexts = []string{
	"\x1b]0;title\x07\x1b[31mred", "\u009b31mred", "\x9b31m\xff\xfe", "\u202egnp.exe\u2066", "in\u200bvisible\u00ad\ufeff", "\x00\x7f\b",
	"=HYPERLINK(1)", "+1+cmd", "-2+3", "@SUM(1)", "\t=1", "<script>alert(1)</script>", `"><img/src=x/onerror=alert(1)>`, "]]>", "--><b>",
	"a|b`c", "[x](http://evil.example)", "%s%n%!d", "&lt;b&gt;", `\x1b[31m`, `\"\`,
}

// hostileLogs are logs that have the texts in every field that can hold them, by format.
func hostileLogs() map[string]string {
	logs := map[string]string{}
	add := func(format, line string) { logs[format] += line + "\n" }
	for i, text := range hostileTexts {
		word := strings.NewReplacer(" ", "", `"`, `\"`).Replace(text)
		when := fmt.Sprintf("07/Oct/2024:00:33:%02d +0000", i)
		combined := fmt.Sprintf(`%s %s %s [%s] "%s /%s HTTP/1.1" 200 5 "http://%s/%s" "%s"`, word, word, word, when, word, word, word, word, word)
		add("combined", combined)
		add("vhost_combined", strings.ReplaceAll(word, ":", "")+":443 "+combined)
		b, err := json.Marshal(map[string]any{"remote_addr": text, "time": when, "request_method": text, "request_uri": "/" + text, "status": 200,
			"http_host": text, "http_referer": "http://" + text + "/", "http_user_agent": text, "upstream_addr": text, "remote_user": text})
		if err != nil {
			panic("BUG: " + err.Error())
		}
		add("json", string(b))
		tabless := strings.ReplaceAll(text, "\t", "")
		add("ltsv", strings.ReplaceAll(fmt.Sprintf("host:X\ttime:%s\tmethod:X\turi:/X\tstatus:200\tvhost:X\treferer:http://X/\tua:X\tupstream_addr:X\tuser:X", when), "X", tabless))
		if i == 0 {
			add("w3c", "#Fields: date time c-ip cs-username cs-method cs-uri-stem sc-status cs(User-Agent) cs(Referer) cs-host")
		}
		add("w3c", fmt.Sprintf("2024-10-07 00:33:%02d ", i)+strings.ReplaceAll("X X X /X 200 X http://X/ X", "X", strings.NewReplacer(" ", "", `"`, "", "\t", "").Replace(text)))
	}
	for format := range logs {
		for _, text := range hostileTexts {
			logs[format] += "no line " + text + "\n"
		}
	}
	return logs
}

// Nothing that a log or the name of a file says does more than show itself, whatever it is reported as.
func TestHostileLogs(t *testing.T) {
	const name = "=1\x1b[31m\u202e<b>|`x`.log"
	for format, text := range hostileLogs() {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file, save := filepath.Join(dir, name), filepath.Join(dir, "profile")
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			for _, report := range reports.Formats() {
				var w, again world
				code := w.run("analyze", file, "--format", format, "--pv", "raw", "--by", "addr", "--by", "user", "--top", "50", "--report", report, "--save", save)
				if code != 0 && code != 3 { // half of the lines are none
					t.Errorf("%s: exit code %d: %s", report, code, &w.stderr)
				}
				if n := measuredHits(t, report, w.stdout.String()); n < len(hostileTexts)-3 {
					t.Errorf("%d of %d lines were read", n, len(hostileTexts))
				}
				checkHarmless(t, report, w.stdout.String())
				checkHarmless(t, "standard error", w.stderr.String())
				again.run("report", save, "--report", report)
				checkHarmless(t, report, again.stdout.String())
			}
			for line := range strings.Count(text, "\n") {
				var w world
				w.run("formats", "explain", file, "--format", format, "--line", fmt.Sprint(line+1))
				checkHarmless(t, "explain", w.stdout.String())
				checkHarmless(t, "standard error", w.stderr.String())
			}
		})
	}
	for _, args := range [][]string{
		{"analyze", name}, {"analyze", name + "*"}, {"analyze", "[" + name}, {"analyze", "-", "--format", name}, {"analyze", "-", "--filter", name}, {"analyze", "-", "--by", name},
		{"analyze", "-", "--tz", name}, {"analyze", "-", "--since", name}, {"analyze", "-", "--uv-key", name}, {"analyze", "-", "--report", name},
		{"analyze", "-", "--report", "json=/nowhere/" + name}, {"analyze", "-", "--save", "/nowhere/" + name}, {"analyze", "-", "--trusted-proxy", name},
		{"analyze", "-", "--gate", name}, {"formats", "explain", name}, {"report", name}, {"merge", name, "--save", name}, {"--" + name}, {name},
	} {
		w := world{stdin: oneLine}
		if code := w.run(args...); code != 2 && code != 3 {
			t.Errorf("%q: exit code %d", args, code)
		}
		if w.stderr.String() == "" {
			t.Errorf("%q: nothing said", args)
		}
		checkHarmless(t, strings.Join(args, " "), w.stdout.String()+w.stderr.String())
	}
}

// measuredHits is the number of hits in a JSON report.
func measuredHits(t *testing.T, report, text string) int {
	t.Helper()
	if report != "json" {
		return len(hostileTexts)
	}
	var r struct{ Profile struct{ Hits int } }
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Error(err)
	}
	return r.Profile.Hits
}

func checkHarmless(t *testing.T, what, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s: no UTF-8", what)
	}
	plain := strings.ReplaceAll(text, "\n", "")
	if what == "csv" { // whose lines end so, by RFC 4180
		plain = strings.ReplaceAll(plain, "\r", "")
	}
	if i := strings.IndexFunc(plain, printable.Unsafe); i >= 0 {
		t.Errorf("%s: %q", what, plain[i:min(len(plain), i+30)])
	}
	switch what {
	case "csv":
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Error(err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if _, err := json.Number(cell).Float64(); err != nil && cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
					t.Errorf("a formula: %q", cell)
				}
			}
		}
	case "json":
		if !json.Valid([]byte(text)) {
			t.Errorf("no JSON: %.200s", text)
		}
	case "html":
		if strings.Contains(text, "<script>alert") || strings.Contains(text, "<img/") || strings.Contains(text, "<b>|") {
			t.Error("html: markup of the log is markup of the page")
		}
	case "junit":
		d := xml.NewDecoder(strings.NewReader(text))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("no XML: %v", err)
				break
			}
		}
	}
}
